//! Compares security requirements.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{DocumentComparison, FindingDraft, Operation, OperationPair, keys};
use crate::normal::{Schemas, Site};
use crate::rules::{Location, rule};

/// One way to authenticate: schemes with their scopes. Empty without authentication.
type Alternative = BTreeSet<String>;

type Alternatives = BTreeMap<Alternative, Names>;

/// What the document calls an alternative, and each scheme and scope of it.
#[derive(Default)]
struct Names {
    whole: String,
    parts: BTreeMap<String, String>,
}

impl<'a> DocumentComparison<'a> {
    /// An old alternative still works if it contains all schemes and scopes of some new one.
    pub(super) fn security(&mut self, pair: &OperationPair<'_, 'a>) {
        let (old, before) = alternatives(self.old, pair.old);
        let (new, after) = alternatives(self.new, pair.new);
        if before.keys().eq(after.keys()) {
            return;
        }
        let works = |alternative: &Alternative| after.keys().any(|needed| needed.is_subset(alternative));
        let rule = if !before.keys().any(works) {
            rule!("api-security-added")
        } else if !before.keys().all(works) {
            rule!("api-security-alternative-removed")
        } else {
            rule!("api-security-removed")
        };
        let location = |site: &Option<Site<'_>>, operation: &Operation<'_>| {
            site.as_ref()
                .map_or_else(|| Location::absent(Some(&operation.site.at)), |site| Location::at(&site.at))
        };
        let at = [location(&old, pair.old), location(&new, pair.new)];
        let [old, new] = [old, new].map(|site| site.map(|site| site.value.clone()));
        let identity = format!("{:?} {:?}", before.keys(), after.keys());
        let draft = FindingDraft::new(rule, &*pair.name, at).what(change(&before, &after)).values(old, new);
        self.report(Some(pair), FindingDraft { identity: Some(identity), ..draft });
    }
}

/// Says which scheme and which scope changed.
fn change(before: &Alternatives, after: &Alternatives) -> String {
    fn only_in<'s>(ones: &'s Alternatives, others: &Alternatives) -> Vec<(&'s Alternative, &'s Names)> {
        ones.iter().filter(|(key, _)| !others.contains_key(*key)).collect()
    }
    let (gone, more) = (only_in(before, after), only_in(after, before));
    if let ([(one, names)], [(other, new_names)]) = (gone.as_slice(), more.as_slice())
        && !one.is_disjoint(other)
    {
        let parts = |names: &Names, ones: &Alternative, others: &Alternative| {
            let only: Vec<String> = ones.difference(others).map(|part| names.parts[part].clone()).collect();
            only.join(" and ")
        };
        match (parts(new_names, other, one), parts(names, one, other)) {
            (more, gone) if gone.is_empty() => return format!("now also requires {more}"),
            (more, gone) if more.is_empty() => return format!("no longer requires {gone}"),
            _ => {}
        }
    }
    if let ([(_, names)], [(_, new_names)]) = (gone.as_slice(), more.as_slice())
        && names.whole == new_names.whole
    {
        return format!("{} is now another scheme", names.whole);
    }
    let all = |alternatives: &[(&Alternative, &Names)]| {
        alternatives.iter().map(|(_, names)| names.whole.clone()).collect::<Vec<_>>().join(" or ")
    };
    match (gone.as_slice(), more.as_slice()) {
        (gone, []) => format!("no longer accepts {}", all(gone)),
        ([], more) => format!("now accepts {}", all(more)),
        (gone, more) => format!("no longer accepts {} and now accepts {}", all(gone), all(more)),
    }
}

/// The location of an operation's requirements, and the alternatives to fulfil them (OpenAPI 3.1.0 §4.8.10 and §4.8.30).
fn alternatives<'a>(schemas: Schemas<'a>, operation: &Operation<'a>) -> (Option<Site<'a>>, Alternatives) {
    let site = operation.site.get("security").or_else(|| schemas.site("/security"));
    let requirements = site.as_ref().and_then(|site| site.value.as_array()).filter(|all| !all.is_empty());
    let none = || {
        let whole = "calls without authentication".to_owned();
        (BTreeSet::new(), Names { whole, ..Names::default() })
    };
    let Some(requirements) = requirements else {
        return (site, Alternatives::from([none()]));
    };
    let schemes = |requirement: &Value| -> (Alternative, Names) {
        let (mut parts, mut names) = (BTreeMap::new(), Vec::new());
        for (scheme, scopes) in requirement.as_object().into_iter().flatten() {
            let identity = identity(schemas, scheme);
            let scopes: Vec<&str> =
                scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for scope in &scopes {
                parts.insert(format!("{identity} {scope}"), format!("the scope `{scope}` of `{scheme}`"));
            }
            parts.insert(identity, format!("the scheme `{scheme}`"));
            let listed: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
            names.push(match listed.as_slice() {
                [] => format!("`{scheme}`"),
                [scope] => format!("`{scheme}` with the scope {scope}"),
                listed => format!("`{scheme}` with the scopes {}", listed.join(", ")),
            });
        }
        if names.is_empty() {
            return none();
        }
        (parts.keys().cloned().collect(), Names { whole: names.join(" and "), parts })
    };
    (site, requirements.iter().map(schemes).collect())
}

/// Identifies a scheme by what a client must do, so that renaming the component is not a change.
fn identity(schemas: Schemas<'_>, name: &str) -> String {
    let at = super::below("/components/securitySchemes", name);
    let Some(scheme) = schemas.site(&at).and_then(|site| schemas.resolve(&site)) else {
        return name.to_owned();
    };
    scheme_identity(scheme.value)
}

/// As [`identity`], of a scheme.
pub(super) fn scheme_identity(scheme: &Value) -> String {
    let of = |key: &str| scheme.get(key).cloned().unwrap_or_default();
    let kind = of("scheme").as_str().map(str::to_ascii_lowercase);
    let flows = keys(scheme.get("flows").and_then(Value::as_object));
    json!([of("type"), of("name"), of("in"), kind, of("openIdConnectUrl"), flows]).to_string()
}
