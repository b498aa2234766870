//! Lowers a document from OpenAPI 3.1 to 3.0.3, which is what progenitor reads.

mod added;
mod conditions;
mod constraints;
mod events;
pub(crate) use constraints::{BEYOND_64_BITS, CONTENT_MEDIA_TYPE};
pub(crate) use events::{EVENT_DATA, Moves};
mod inline_components;
pub(crate) use inline_components::{is_inlined, replace_reference};
mod never;
mod plain;
mod references;
mod schema;
mod types;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::references::referred;
use crate::document::validate::{Misshapen, each_misshapen};
use crate::document::walk;
use crate::document::{Kind, Pointer, Version};
use crate::problem::{Level, Problem};

/// Lowers a 3.1 or 3.2 document to 3.0.3; a 3.0 document passes through with its references resolved.
///
/// With `skip`, a `$ref` of a schema that leads nowhere becomes a schema that allows anything.
pub(crate) fn lower(document: Value, skip: bool) -> (Value, Vec<Problem>) {
    let (document, problems, _) = lower_with_moves(document, skip);
    (document, problems)
}

/// As [`lower`]; also returns where the schemas that it moved were.
pub(crate) fn lower_with_moves(mut document: Value, skip: bool) -> (Value, Vec<Problem>, Moves) {
    let mut problems = Vec::new();
    let mut moves = Moves::default();
    let version = match version(&document) {
        Ok(version) => version,
        Err(problem) => return (document, vec![problem], moves),
    };
    let has_json_schema = version != Version::V3_0;
    let (mut spoiled, mut later) = (Vec::new(), Vec::new());
    each_misshapen(version, &document, Kind::Document, &mut Pointer::root(), &mut |at, flaw| {
        problems.push(match (flaw, walk::called(at)) {
            (Misshapen::Expected(expected), Some(called)) => {
                spoiled.push(called);
                Problem::lossy(at, format!("expected {expected}; {}", left_out(at)))
            }
            (Misshapen::Expected(expected), None) => Problem::error(at, format!("expected {expected}")),
            (Misshapen::Unknown(field), _) => {
                Problem::relaxed(at, format!("OpenAPI has no field `{field}` here"))
            }
            (Misshapen::Later(field), _) => {
                later.push(at.clone());
                Problem::relaxed(at, format!("OpenAPI {version} has no field `{field}` here"))
            }
        });
    });
    spoiled.iter().chain(&later).for_each(|at| remove(&mut document, at));
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return (document, problems, moves);
    }
    references::resolve(&mut document, skip, &mut problems);
    added::lower(version, &mut document, &mut problems);
    if has_json_schema {
        lower_root(&mut document);
        // Before `components` of other kinds go, and before schemas lose `contentSchema`.
        moves = events::lower(&mut document);
    }
    report_servers(&document, &mut problems);
    drop_strays(&mut document, &mut problems);
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, _| matches!(section.as_str(), "schemas" | "securitySchemes"));
    }
    walk::each_mut(&mut document, &mut |kind, at, value| {
        plain::mend(kind, at, value, &mut problems);
        if matches!(kind, Kind::MediaType | Kind::Parameter | Kind::Header) {
            drop_examples(value);
        }
    });
    if has_json_schema {
        walk::each_mut(&mut document, &mut |kind, at, value| match kind {
            Kind::Schema => schema::lower(at, value, skip, &mut problems),
            Kind::MediaType | Kind::Parameter | Kind::Header => {
                for key in ["schema", "itemSchema"] {
                    if let Some(schema) = value.get_mut(key) {
                        replace_never(&at.join(key), schema, &mut problems);
                    }
                }
            }
            Kind::Components => {
                for (name, schema) in
                    value.get_mut("schemas").and_then(Value::as_object_mut).into_iter().flatten()
                {
                    replace_never(&at.join("schemas").join(name), schema, &mut problems);
                }
            }
            _ => {}
        });
    }
    moves.point_to_input(&mut problems);
    walk::flatten(&mut document);
    (document, problems, moves)
}

/// Reports the servers of the document that are none.
fn report_servers(document: &Value, problems: &mut Vec<Problem>) {
    let first = document.get("servers").and_then(|servers| servers.get(0));
    if first.is_some_and(|server| !server.get("url").is_some_and(Value::is_string)) {
        let at = Pointer::of(["servers", "0"]);
        problems.push(Problem::relaxed(&at, "the server has no `url`; the base URL is `/`"));
    }
    let others = document.get("servers").and_then(Value::as_array).into_iter().flatten().enumerate().skip(1);
    for (index, _) in others.filter(|(_, server)| !server.get("url").is_some_and(Value::is_string)) {
        let at = Pointer::of(["servers", &index.to_string()]);
        problems.push(Problem::relaxed(&at, "the server has no `url`; left out"));
    }
}

/// What becomes of the webhook or the callback that a location is in, for which nothing else is given up.
fn left_out(at: &Pointer) -> &'static str {
    if at.iter().next() == Some("webhooks") { "the webhook is left out" } else { "the callback is left out" }
}

/// Removes an entry of an object.
fn remove(document: &mut Value, at: &Pointer) {
    if let Some((name, entries)) = at.last().zip(at.parent())
        && let Some(Value::Object(entries)) = entries.resolve_mut(document)
    {
        entries.remove(name);
    }
}

/// `schemas: {A: {…}, about: 'a text'}` ⇒ `schemas: {A: {…}}`
///
/// A value that is not a schema is an error only if something refers to it.
fn drop_strays(document: &mut Value, problems: &mut Vec<Problem>) {
    let is_stray = |schema: &Value| !schema.is_object() && !schema.is_boolean();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut strays: BTreeSet<String> = schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_stray(schema))
        .map(|(name, _)| name.clone())
        .collect();
    if strays.is_empty() {
        return;
    }
    walk::each(document, &mut |_, _, value| {
        if let Some(name) = referred(value) {
            strays.remove(&*name);
        }
    });
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        schemas.retain(|name, _| !strays.contains(name));
    }
    let at = Pointer::of(["components", "schemas"]);
    problems.extend(
        strays
            .iter()
            .map(|name| Problem::relaxed(&at.join(name), "not a schema, and nothing refers to it; left out")),
    );
}

/// `schema: false` ⇒ `schema: {}`
///
/// A schema that allows nothing has no Rust type. Inside another schema it is left out; this one is not inside a schema.
fn replace_never(at: &Pointer, schema: &mut Value, problems: &mut Vec<Problem>) {
    if never::is_never(schema) {
        problems.push(Problem::relaxed(
            at,
            "the schema allows no value, which no Rust type expresses; any value is accepted",
        ));
        *schema = Value::Object(Map::new());
    }
}

/// The version of a document.
///
/// # Errors
/// It is a version that is not supported.
fn version(document: &Value) -> Result<Version, Problem> {
    match (Version::of(document), document.get("openapi").and_then(Value::as_str)) {
        (Version::Other, Some(version)) => {
            let advice = "only 3.0.x, 3.1.x and 3.2.x are supported; if it uses nothing newer, set `openapi` to 3.2.0 in the overlay";
            let message = format!("the document says OpenAPI {version}; {advice}");
            Err(Problem::error(&Pointer::of(["openapi"]), message))
        }
        (Version::Other, None) => Err(check_kind(document).err().unwrap_or_else(|| {
            Problem::error(&Pointer::root(), "not an OpenAPI document: there is no `openapi: 3.1.0`")
        })),
        (version, _) => Ok(version),
    }
}

/// Checks that it is an OpenAPI document of some version: no overlay could turn anything else into one.
pub(crate) fn check_kind(document: &Value) -> Result<(), Problem> {
    let message = match (document.get("openapi"), document.get("swagger")) {
        _ if !document.is_object() => {
            return Err(Problem::error(&Pointer::root(), "not an OpenAPI document: not an object"));
        }
        (Some(Value::String(_)), _) => return Ok(()),
        (Some(version), _) => format!("the version `{version}` is not a string; write `openapi: 3.1.0`"),
        (None, Some(_)) => "the document says Swagger 2.0; convert it to OpenAPI 3 first".to_owned(),
        (None, None) => "not an OpenAPI document: there is no `openapi: 3.1.0`".to_owned(),
    };
    Err(Problem::error(&Pointer::of(["openapi"]), message))
}

/// `{openapi: 3.1.0, info: {summary: …}}` ⇒ `{openapi: 3.0.3, paths: {}, info: {}}`
///
/// Of what 3.1 added outside schemas, only webhooks change what a client sends or reads. Conforming takes them out. What 3.2 added is
/// lowered by [`added`].
fn lower_root(document: &mut Value) {
    let Some(root) = document.as_object_mut() else { return };
    root.insert("openapi".to_owned(), "3.0.3".into());
    root.remove("jsonSchemaDialect");
    root.remove("$self");
    root.entry("paths").or_insert_with(|| Value::Object(Map::new()));
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
}

/// `{schema: …, examples: {…}}` ⇒ `{schema: …}`
///
/// Next to a schema this is a map of Example Objects in both versions, and progenitor does not read it.
fn drop_examples(value: &mut Value) {
    if let Some(map) = value.as_object_mut() {
        map.remove("examples");
    }
}

#[cfg(test)]
mod tests;
