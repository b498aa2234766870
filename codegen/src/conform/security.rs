//! Reads the security schemes and requirements. Must not know schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::references::target;
use crate::document::token::is_token;
use crate::document::{Pointer, walk};
use crate::plan::{OperationPlan, Plan, Requirement, SchemeKind, SchemePlan, SecurityPlan};
use crate::problem::Problem;

/// `security: [{token: [read]}]` of an operation ⇒ its plan has it, unless it is what the document has
///
/// Where the document has no list, it does not say how requests are authenticated: any scheme may be used, and none need be.
pub(super) fn plan(document: &Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    let mut schemes = schemes(document);
    let at = Pointer::of(["security"]);
    let of_document = document.get("security").and_then(Value::as_array);
    let default = match of_document {
        Some(list) => requirements(list, &at, &mut schemes, problems),
        None => {
            let known = schemes.all.iter().filter(|scheme| scheme.kind != SchemeKind::Undeclared);
            let each = known.map(|scheme| vec![(scheme.name.clone(), Vec::new())]);
            each.chain([Vec::new()]).collect()
        }
    };
    let mut operations: BTreeMap<Pointer, &mut OperationPlan> =
        plan.operations.iter_mut().map(|planned| (planned.at.clone(), planned)).collect();
    for (at, operation) in walk::operations(document) {
        let Some(list) = operation.get("security").and_then(Value::as_array) else { continue };
        let Some(planned) = operations.get_mut(&at) else { continue };
        let own = requirements(list, &at.join("security"), &mut schemes, problems);
        planned.security = (own != default).then_some(own);
    }
    plan.security = Some(SecurityPlan { schemes: schemes.all, default });
}

/// The schemes, and where each is by its name.
#[derive(Default)]
struct Schemes {
    all: Vec<SchemePlan>,
    places: BTreeMap<String, usize>,
}

impl Schemes {
    fn add(&mut self, name: &str, kind: SchemeKind) {
        self.places.insert(name.to_owned(), self.all.len());
        self.all.push(SchemePlan { name: name.to_owned(), kind });
    }

    fn kind(&self, name: &str) -> Option<&SchemeKind> {
        self.places.get(name).map(|place| &self.all[*place].kind)
    }
}

fn schemes(document: &Value) -> Schemes {
    let at = Pointer::of(["components", "securitySchemes"]);
    let declared = at.resolve(document).and_then(Value::as_object).into_iter().flatten();
    let mut schemes = Schemes::default();
    for (name, mut scheme) in declared {
        for _ in 0..8 {
            match target(scheme).and_then(|target| target.resolve(document)) {
                Some(other) => scheme = other,
                None => break,
            }
        }
        schemes.add(name, kind(scheme).unwrap_or(SchemeKind::Undeclared));
    }
    schemes
}

/// Headers that belong to a body or to the connection. A key in one of them would make the request another one.
const OF_MESSAGE: [&str; 5] = ["connection", "content-length", "content-type", "host", "transfer-encoding"];

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
            let name = text("name")?;
            let is_sent = match location {
                "Header" => is_token(name) && !OF_MESSAGE.iter().any(|own| own.eq_ignore_ascii_case(name)),
                "Cookie" => is_token(name),
                _ => true,
            };
            is_sent.then(|| SchemeKind::ApiKey(location, name.to_owned()))?
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
    schemes: &mut Schemes,
    problems: &mut Vec<Problem>,
) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    for (index, requirement) in list.iter().enumerate() {
        let Some(requirement) = requirement.as_object() else { continue };
        let mut all = Requirement::new();
        for (name, scopes) in requirement {
            let declared = schemes.kind(name);
            if declared.is_none_or(|kind| *kind == SchemeKind::Undeclared) {
                let message = format!(
                    "the security scheme `{name}` is not declared in `components`, or not as OpenAPI has it; its credential must say where it is sent"
                );
                problems.push(Problem::relaxed(&at.join(&index.to_string()).join(name), message));
                if declared.is_none() {
                    schemes.add(name, SchemeKind::Undeclared);
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
fn apart(all: &Requirement, schemes: &Schemes) -> Vec<Requirement> {
    let mut places: Vec<Vec<&(String, Vec<String>)>> = Vec::new();
    let mut seen: BTreeMap<Place, usize> = BTreeMap::new();
    for one in all {
        let place = place(&one.0, schemes.kind(&one.0).unwrap_or(&SchemeKind::Undeclared));
        match seen.get(&place).and_then(|place| places.get_mut(*place)) {
            Some(same) => same.push(one),
            None => {
                seen.insert(place, places.len());
                places.push(vec![one]);
            }
        }
    }
    let mut ways = vec![Requirement::new()];
    for same in places {
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
