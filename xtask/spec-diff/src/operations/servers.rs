//! Compares servers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{DocumentComparison, FindingDraft, Operation, OperationPair};
use crate::normal::Site;
use crate::rules::{Location, rule};

impl<'a> DocumentComparison<'a> {
    /// Compares the servers of the document.
    pub(super) fn servers(&mut self) {
        let (old, new) = (urls(self.old.0.get("servers")), urls(self.new.0.get("servers")));
        let at = Location::at(&"/servers".into());
        self.compare_urls(None, &old, &new, [at.clone(), at]);
    }

    /// Compares the servers of an operation or its path item, if one side has any.
    pub(super) fn own_servers(&mut self, pair: &OperationPair<'_, 'a>) {
        let own = |operation: &Operation<'a>, document: &'a Value| {
            let of = |site: &Site<'a>| Some((site.at.clone(), site.value.get("servers")?));
            let found = of(&operation.site).or_else(|| operation.items.iter().find_map(of));
            let is_own = found.is_some();
            let (at, servers) =
                found.map_or((None, document.get("servers")), |(at, servers)| (Some(at), Some(servers)));
            (is_own, at.unwrap_or_else(|| "".into()), urls(servers))
        };
        let ((was_own, old_at, old), (is_own, new_at, new)) =
            (own(pair.old, self.old.0), own(pair.new, self.new.0));
        if was_own || is_own {
            self.compare_urls(Some(pair), &old, &new, [Location::at(&old_at), Location::at(&new_at)]);
        }
    }

    fn compare_urls(
        &mut self,
        pair: Option<&OperationPair<'_, 'a>>,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        at: [Location; 2],
    ) {
        let subject = pair.map_or("the document", |pair| &pair.name);
        for url in old.difference(new) {
            let [old_at, new_at] = at.clone();
            let at = [old_at, Location { is_absent: true, ..new_at }];
            let draft = FindingDraft::new(rule!("api-server-url-removed"), subject, at);
            self.report(pair, draft.values(Some(url.clone().into()), None));
        }
        for url in new.difference(old) {
            let [old_at, new_at] = at.clone();
            let at = [Location { is_absent: true, ..old_at }, new_at];
            let draft = FindingDraft::new(rule!("api-server-url-added"), subject, at);
            self.report(pair, draft.values(None, Some(url.clone().into())));
        }
    }
}

/// The URLs of a list, with variables replaced by their defaults, so that moving a constant into a variable is not a change.
/// Empty without a list: the server is then where the document is published (OpenAPI 3.1.0 §4.8.1.1).
fn urls(servers: Option<&Value>) -> BTreeSet<String> {
    let url = |server: &Value| {
        let url = server.get("url")?.as_str()?.to_owned();
        let variables = server.get("variables").and_then(Value::as_object).into_iter().flatten();
        let filled = variables.fold(url, |url, (name, variable)| {
            let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
            url.replace(&format!("{{{name}}}"), default)
        });
        Some(filled.trim_end_matches('/').to_owned())
    };
    servers.and_then(Value::as_array).into_iter().flatten().filter_map(url).collect()
}
