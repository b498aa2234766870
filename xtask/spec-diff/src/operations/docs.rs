//! What people read around schemas: descriptions, names, tags.
//! Knows where it stands; must not know what travels.

use serde_json::Value;

use super::{Both, Documents, Told};
use crate::normal::Site;
use crate::rules::{Rule, Spot, rule};

const NOTES: [&str; 5] = ["summary", "description", "externalDocs", "example", "examples"];

impl<'a> Documents<'a> {
    pub(super) fn info(&mut self) {
        for key in ["info", "tags", "externalDocs"] {
            let (old, new) = (self.old.0.get(key), self.new.0.get(key));
            if old != new {
                let at = Spot::at(&format!("/{key}").into());
                self.say(None, Told::new(rule!("docs-changed"), format!("`{key}` changed"), at.clone(), at));
            }
        }
    }

    pub(super) fn operation_notes(&mut self, both: &Both<'_, 'a>) {
        let (old, new) = (&both.old.site, &both.new.site);
        self.notes(both, &both.name, old, new);
        self.note(both, "operationId", &both.name, old, new, rule!("operation-id-changed"));
        self.note(both, "tags", &both.name, old, new, rule!("tags-changed"));
    }

    /// What is written about one thing.
    pub(super) fn notes(&mut self, both: &Both<'_, 'a>, what: &str, old: &Site<'a>, new: &Site<'a>) {
        for key in NOTES {
            self.note(both, key, what, old, new, rule!("docs-changed"));
        }
    }

    fn note(
        &mut self,
        both: &Both<'_, 'a>,
        key: &'static str,
        what: &str,
        old: &Site<'a>,
        new: &Site<'a>,
        rule: Rule,
    ) {
        let (before, after) = (old.value.get(key), new.value.get(key));
        if sorted(before) != sorted(after) {
            let spot = |site: &Site<'_>| Spot { keyword: Some(key), ..Spot::at(&site.at) };
            let told = Told::new(rule, format!("{what}: its `{key}` changed"), spot(old), spot(new));
            self.say(Some(&both.name), told.values(before.cloned(), after.cloned()));
        }
    }
}

/// The order of a list of texts is nothing.
fn sorted(value: Option<&Value>) -> Option<Value> {
    let mut value = value?.clone();
    if let Value::Array(items) = &mut value {
        items.sort_by_key(ToString::to_string);
    }
    Some(value)
}
