//! OpenAPI 3.1 is not 3.0: says in 3.0.3 what a 3.1 document says.
//! Knows both specifications; must not know which generator reads the result.

mod constraints;
mod inline;
mod references;
mod schema;
mod types;

use serde_json::{Map, Value};

use crate::pointer::Pointer;
use crate::position::{self, Flaw, Kind};
use crate::problem::{Level, Problem};

/// Lowers a 3.1 document to 3.0.3; a 3.0 document passes through with its references resolved.
///
/// `skip` makes a schema that cannot be found one that allows anything.
pub(crate) fn lower(mut document: Value, skip: bool) -> (Value, Vec<Problem>) {
    let mut problems = Vec::new();
    let Some(is_3_1) = is_3_1(&document, &mut problems) else { return (document, problems) };
    position::each_misshapen(&document, Kind::Document, &mut Pointer::root(), &mut |at, flaw| {
        problems.push(match flaw {
            Flaw::Expected(expected) => Problem::error(at, format!("{expected} is expected here")),
            Flaw::Unknown(field) => Problem::relaxed(at, format!("OpenAPI has no field `{field}` here")),
        });
    });
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return (document, problems);
    }
    if is_3_1 {
        lower_root(&mut document, &mut problems);
    }
    references::resolve(&mut document, skip, &mut problems);
    unused(&document, &mut problems);
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, _| {
            !matches!(
                section.as_str(),
                "pathItems" | "parameters" | "requestBodies" | "responses" | "headers"
            )
        });
    }
    if is_3_1 {
        let mut any_never = false;
        position::each_mut(&mut document, &mut |kind, at, value| match kind {
            Kind::Schema => {
                schema::lower(at, value, skip, &mut problems);
                any_never |= schema::is_never(value);
            }
            Kind::MediaType | Kind::Parameter | Kind::Header => first_example(value),
            _ => {}
        });
        if any_never {
            replace_never(&mut document, &mut problems);
        }
    }
    (document, problems)
}

/// A client has one base URL, so that other servers are the caller's to set, and calls nobody back.
fn unused(document: &Value, problems: &mut Vec<Problem>) {
    for index in 1..document.get("servers").and_then(Value::as_array).map_or(0, Vec::len) {
        let at = Pointer::of(["servers", &index.to_string()]);
        problems.push(Problem::relaxed(&at, "this server is not used, only the first one"));
    }
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let own = std::iter::once((None, item))
            .chain(item.as_object().into_iter().flatten().map(|(key, value)| (Some(key), value)));
        for (method, _) in own.filter(|(_, value)| value.get("servers").is_some()) {
            let at =
                Pointer::of(["paths", path].into_iter().chain(method.map(String::as_str)).chain(["servers"]));
            problems.push(Problem::relaxed(&at, "these servers are not used, only the document's first one"));
        }
        for (method, _) in
            item.as_object().into_iter().flatten().filter(|(_, value)| value.get("callbacks").is_some())
        {
            let at = Pointer::of(["paths", path, method, "callbacks"]);
            problems.push(Problem::relaxed(
                &at,
                "callbacks are what the API calls; the client has no code for them",
            ));
        }
    }
}

/// What allows nothing and could not be dropped by the schema above it.
fn replace_never(document: &mut Value, problems: &mut Vec<Problem>) {
    position::each_mut(document, &mut |kind, at, value| {
        if kind == Kind::Schema && schema::is_never(value) {
            problems
                .push(Problem::relaxed(at, "a schema that allows nothing has no type; anything is allowed"));
            *value = Value::Object(Map::new());
        }
    });
}

/// Tells 3.1 from 3.0; `None`, with a problem, for anything else. A patch version changes nothing that counts
/// (3.1.0 §4.1), so that 3.1.1 and 3.1.2 are read as 3.1.0.
fn is_3_1(document: &Value, problems: &mut Vec<Problem>) -> Option<bool> {
    let at = Pointer::of(["openapi"]);
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version == "3.1" || version.starts_with("3.1.") => Some(true),
        Some(version) if version.starts_with("3.0.") => Some(false),
        Some(version) => {
            let advice =
                "only 3.0.x and 3.1.x are read; where nothing newer is used, set it to 3.1.0 in the overlay";
            problems.push(Problem::error(&at, format!("the document says OpenAPI {version}; {advice}")));
            None
        }
        None => {
            problems.extend(check_kind(document).err());
            None
        }
    }
}

/// Whether it is an OpenAPI document at all, of whatever version: no overlay could make it one.
pub(crate) fn check_kind(document: &Value) -> Result<(), Problem> {
    let message = match (document.get("openapi"), document.get("swagger")) {
        _ if !document.is_object() => {
            return Err(Problem::error(&Pointer::root(), "not an OpenAPI document: it is no object"));
        }
        (Some(Value::String(_)), _) => return Ok(()),
        (Some(version), _) => format!("the version `{version}` is no text; write `openapi: 3.1.0`"),
        (None, Some(_)) => "the document says Swagger 2.0; convert it to OpenAPI 3 first".to_owned(),
        (None, None) => "not an OpenAPI document: there is no `openapi: 3.1.0`".to_owned(),
    };
    Err(Problem::error(&Pointer::of(["openapi"]), message))
}

/// What 3.1 added outside schemas: none of it changes what a client sends or reads.
fn lower_root(document: &mut Value, problems: &mut Vec<Problem>) {
    let Some(root) = document.as_object_mut() else { return };
    root.insert("openapi".to_owned(), "3.0.3".into());
    root.remove("jsonSchemaDialect");
    if root.remove("webhooks").is_some() {
        let at = Pointer::of(["webhooks"]);
        problems
            .push(Problem::relaxed(&at, "webhooks are what the API calls; the client has no code for them"));
    }
    root.entry("paths").or_insert_with(|| Value::Object(Map::new()));
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
}

/// `examples` beside a schema is a map of Example Objects in both versions and nothing reads it.
fn first_example(value: &mut Value) {
    if let Some(map) = value.as_object_mut() {
        map.remove("examples");
    }
}

#[cfg(test)]
mod tests;
