//! Compares documentation outside schemas: descriptions, operation ids, tags.

use serde_json::Value;

use super::{DocumentComparison, FindingDraft, OperationPair};
use crate::normal::Site;
use crate::rules::{Location, Rule, rule};

const DOC_KEYWORDS: [&str; 6] = ["summary", "description", "externalDocs", "example", "examples", "links"];

impl<'a> DocumentComparison<'a> {
    pub(super) fn info(&mut self) {
        for key in ["info", "tags", "externalDocs"] {
            let (old, new) = (self.old.0.get(key), self.new.0.get(key));
            if old != new {
                let at = Location::at(&format!("/{key}").into());
                let draft = FindingDraft::new(rule!("docs-changed"), "the document", [at.clone(), at]);
                self.report(None, draft.what(format!("`{key}`")).values(old.cloned(), new.cloned()));
            }
        }
    }

    pub(super) fn compare_operation_docs(&mut self, pair: &OperationPair<'_, 'a>) {
        let (old, new) = (&pair.old.site, &pair.new.site);
        self.compare_docs(pair, &pair.name, old, new);
        self.compare_docs_at(pair, "operationId", &pair.name, old, new, rule!("operation-id-changed"));
        self.compare_docs_at(pair, "tags", &pair.name, old, new, rule!("tags-changed"));
    }

    /// Compares the documentation of one object.
    pub(super) fn compare_docs(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        what: &str,
        old: &Site<'a>,
        new: &Site<'a>,
    ) {
        for key in DOC_KEYWORDS {
            self.compare_docs_at(pair, key, what, old, new, rule!("docs-changed"));
        }
    }

    fn compare_docs_at(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        key: &'static str,
        what: &str,
        old: &Site<'a>,
        new: &Site<'a>,
        rule: Rule,
    ) {
        let (before, after) = (old.value.get(key), new.value.get(key));
        if sorted(before) != sorted(after) {
            let at = [old, new].map(|site| Location { keyword: Some(key), ..Location::at(&site.at) });
            let draft = FindingDraft::new(rule, what, at).what(format!("`{key}`"));
            self.report(Some(pair), draft.values(before.cloned(), after.cloned()));
        }
    }
}

/// Sorts a list, because the order of tags and the like means nothing.
fn sorted(value: Option<&Value>) -> Option<Value> {
    let mut value = value?.clone();
    if let Value::Array(items) = &mut value {
        items.sort_by_key(ToString::to_string);
    }
    Some(value)
}
