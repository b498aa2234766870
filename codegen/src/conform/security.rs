//! Reads the security schemes and requirements. Must not know schemas.

use serde_json::Value;

use crate::document::references::target;
use crate::document::{Pointer, walk};
use crate::plan::{Plan, Requirement, SchemeKind, SchemePlan, SecurityPlan};
use crate::problem::Problem;

/// `security: [{token: [read]}]` of an operation ⇒ its plan has it, unless it is what the document has
///
/// Where the document has no list, it does not say how requests are authenticated: any scheme may be used, and none need be.
pub(super) fn plan(document: &Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    let mut security = SecurityPlan { schemes: schemes(document), ..SecurityPlan::default() };
    let at = Pointer::of(["security"]);
    let of_document = document.get("security").and_then(Value::as_array);
    security.default = match of_document {
        Some(list) => requirements(list, &at, &mut security.schemes, problems),
        None => {
            let known = security.schemes.iter().filter(|scheme| scheme.kind != SchemeKind::Undeclared);
            let each = known.map(|scheme| vec![(scheme.name.clone(), Vec::new())]);
            each.chain([Vec::new()]).collect()
        }
    };
    for (at, operation) in walk::operations(document) {
        let Some(list) = operation.get("security").and_then(Value::as_array) else { continue };
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.at == at) else { continue };
        let own = requirements(list, &at.join("security"), &mut security.schemes, problems);
        planned.security = (own != security.default).then_some(own);
    }
    plan.security = Some(security);
}

fn schemes(document: &Value) -> Vec<SchemePlan> {
    let at = Pointer::of(["components", "securitySchemes"]);
    let declared = at.resolve(document).and_then(Value::as_object).into_iter().flatten();
    let scheme = |(name, mut scheme): (&String, &Value)| {
        for _ in 0..8 {
            match target(scheme).and_then(|target| target.resolve(document)) {
                Some(other) => scheme = other,
                None => break,
            }
        }
        SchemePlan { name: name.clone(), kind: kind(scheme).unwrap_or(SchemeKind::Undeclared) }
    };
    declared.map(scheme).collect()
}

/// How a scheme authenticates a request; `None` if it is not one of OpenAPI's.
fn kind(scheme: &Value) -> Option<SchemeKind> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some(match text("type")? {
        "http" => match text("scheme")? {
            name if name.eq_ignore_ascii_case("basic") => SchemeKind::Basic,
            name if name.eq_ignore_ascii_case("bearer") => SchemeKind::Bearer,
            name => SchemeKind::Http(name.to_owned()),
        },
        "apiKey" => {
            let location = match text("in")? {
                "header" => "Header",
                "query" => "Query",
                "cookie" => "Cookie",
                _ => return None,
            };
            SchemeKind::ApiKey(location, text("name")?.to_owned())
        }
        "oauth2" => SchemeKind::OAuth2,
        "openIdConnect" => SchemeKind::OpenIdConnect,
        "mutualTLS" => SchemeKind::MutualTls,
        _ => return None,
    })
}

/// Reads a list of Security Requirement Objects, and reports schemes that are not declared.
fn requirements(
    list: &[Value],
    at: &Pointer,
    schemes: &mut Vec<SchemePlan>,
    problems: &mut Vec<Problem>,
) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    for (index, requirement) in list.iter().enumerate() {
        let Some(requirement) = requirement.as_object() else { continue };
        let mut all = Requirement::new();
        for (name, scopes) in requirement {
            let declared = schemes.iter().find(|scheme| scheme.name == *name).map(|scheme| &scheme.kind);
            if declared.is_none_or(|kind| *kind == SchemeKind::Undeclared) {
                let message = format!(
                    "the security scheme `{name}` is not declared in `components`, or not as OpenAPI has it; its credential must say where it is sent"
                );
                problems.push(Problem::relaxed(&at.join(&index.to_string()).join(name), message));
                if declared.is_none() {
                    schemes.push(SchemePlan { name: name.clone(), kind: SchemeKind::Undeclared });
                }
            }
            let scopes = scopes.as_array().into_iter().flatten();
            let scopes = scopes.filter_map(Value::as_str).map(str::to_owned).collect();
            all.push((name.clone(), scopes));
        }
        let apart = apart(&all, schemes);
        if let [_, _, ..] = apart[..] {
            let message = "several of the schemes have the same place in a request, which has room for one; each will do";
            problems.push(Problem::relaxed(&at.join(&index.to_string()), message));
        }
        requirements.extend(apart);
    }
    requirements
}

/// More ways to meet one requirement are not listed: a document can have any number.
const MOST_WAYS: usize = 16;

/// `{basic: [], token: [], key: []}` ⇒ `{basic: [], key: []}, {token: [], key: []}`
///
/// A request has one header `Authorization`. Documents list schemes together that are meant one by one.
fn apart(all: &Requirement, schemes: &[SchemePlan]) -> Vec<Requirement> {
    let mut places: Vec<(Place, Vec<&(String, Vec<String>)>)> = Vec::new();
    for one in all {
        let scheme = schemes.iter().find(|scheme| scheme.name == one.0);
        let place = place(&one.0, scheme.map_or(&SchemeKind::Undeclared, |scheme| &scheme.kind));
        match places.iter_mut().find(|(other, _)| *other == place) {
            Some((_, same)) => same.push(one),
            None => places.push((place, vec![one])),
        }
    }
    let mut ways = vec![Requirement::new()];
    for (_, same) in places {
        let longer = ways.iter().flat_map(|way| {
            same.iter().map(|one| way.iter().chain([*one]).cloned().collect::<Requirement>())
        });
        ways = longer.take(MOST_WAYS).collect();
    }
    ways
}

/// Where a request has a credential: a part of it, and a name there.
type Place = (&'static str, String);

fn place(name: &str, kind: &SchemeKind) -> Place {
    match kind {
        SchemeKind::ApiKey("Header", header) => ("Header", header.to_ascii_lowercase()),
        SchemeKind::ApiKey(location, parameter) => (location, parameter.clone()),
        SchemeKind::MutualTls => ("connection", name.to_owned()),
        _ => ("Header", "authorization".to_owned()),
    }
}
