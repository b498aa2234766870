//! Compares security requirements.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{DocumentComparison, FindingDraft, Operation, OperationPair, keys};
use crate::normal::{Schemas, Site};
use crate::rules::{Location, rule};

/// One way to authenticate: schemes with their scopes. Empty without authentication.
type Alternative = BTreeSet<String>;

impl<'a> DocumentComparison<'a> {
    /// An old alternative still works if it contains all schemes and scopes of some new one.
    pub(super) fn security(&mut self, pair: &OperationPair<'_, 'a>) {
        let (old, before) = alternatives(self.old, pair.old);
        let (new, after) = alternatives(self.new, pair.new);
        if before == after {
            return;
        }
        let works = |alternative: &Alternative| after.iter().any(|needed| needed.is_subset(alternative));
        let rule = if !before.iter().any(works) {
            rule!("api-security-added")
        } else if !before.iter().all(works) {
            rule!("api-security-alternative-removed")
        } else {
            rule!("api-security-removed")
        };
        let location = |site: Option<Site<'_>>, operation: &Operation<'_>| {
            site.map_or_else(|| Location::absent(Some(&operation.site.at)), |site| Location::at(&site.at))
        };
        let at = [location(old, pair.old), location(new, pair.new)];
        let draft = FindingDraft::new(rule, "what a caller has to show changed", at);
        self.report(Some(&pair.name), draft);
    }
}

/// The location of an operation's requirements, and the alternatives to fulfil them (OpenAPI 3.1.0 §4.8.10 and §4.8.30).
fn alternatives<'a>(
    schemas: Schemas<'a>,
    operation: &Operation<'a>,
) -> (Option<Site<'a>>, BTreeSet<Alternative>) {
    let site = operation.site.get("security").or_else(|| schemas.site("/security"));
    let requirements = site.as_ref().and_then(|site| site.value.as_array()).filter(|all| !all.is_empty());
    let Some(requirements) = requirements else {
        return (site, BTreeSet::from([BTreeSet::new()]));
    };
    let schemes = |requirement: &Value| -> Alternative {
        let schemes = requirement.as_object().into_iter().flatten();
        let scopes = |(scheme, scopes): (&String, &Value)| {
            let scheme = identity(schemas, scheme);
            let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
            let own = std::iter::once(scheme.clone());
            own.chain(scopes.map(|scope| format!("{scheme} {scope}"))).collect::<Vec<_>>()
        };
        schemes.flat_map(scopes).collect()
    };
    (site, requirements.iter().map(schemes).collect())
}

/// Identifies a scheme by what a client must do, so that renaming the component is not a change.
fn identity(schemas: Schemas<'_>, name: &str) -> String {
    let at = super::below("/components/securitySchemes", name);
    let Some(scheme) = schemas.site(&at).and_then(|site| schemas.resolve(&site)) else {
        return name.to_owned();
    };
    let of = |key: &str| scheme.value.get(key).cloned().unwrap_or_default();
    let kind = of("scheme").as_str().map(str::to_ascii_lowercase);
    let flows = keys(scheme.value.get("flows").and_then(Value::as_object));
    json!([of("type"), of("name"), of("in"), kind, of("openIdConnectUrl"), flows]).to_string()
}
