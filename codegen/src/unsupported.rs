//! The generator fails without naming a place: finds the schemas and operations that it fails on.
//! Knows what can be taken out of a document; must not know why the generator fails.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::OpenAPI;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::document::Pointer;
use crate::document::graph::schemas_of;
use crate::document::{Kind, graph, walk};

/// Something that the generator fails on although it takes everything that it is made of.
pub(crate) struct Unsupported {
    /// Where it stands in the conformed document.
    pub(crate) at: Pointer,
    /// What the generator said.
    pub(crate) reason: String,
}

/// Tries every component alone with what it refers to, then every operation; `attempt` is the generator.
pub(crate) fn find(document: &OpenAPI, attempt: &dyn Fn(&OpenAPI) -> Result<(), String>) -> Vec<Unsupported> {
    let Ok(whole) = serde_json::to_value(document) else { return Vec::new() };
    let uses = graph::schema_uses(&whole);
    let schemas =
        whole.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut failing: BTreeMap<String, String> = BTreeMap::new();
    for name in schemas.keys() {
        let part = with(&whole, &closure(name, &uses, &schemas), None);
        if let Err(reason) = part.map_or(Ok(()), |part| attempt(&part)) {
            failing.insert(name.clone(), reason);
        }
    }
    // What fails only because of something that it refers to is not the cause.
    let is_cause = |name: &str| {
        closure(name, &uses, &schemas).keys().all(|other| {
            other == name
                || !failing.contains_key(other)
                || closure(other, &uses, &schemas).contains_key(name)
        })
    };
    let mut found: Vec<Unsupported> = failing
        .iter()
        .filter(|(name, _)| is_cause(name))
        .map(|(name, reason)| Unsupported {
            at: Pointer::of(["components", "schemas", name]),
            reason: reason.clone(),
        })
        .collect();
    let sound: Map<String, Value> = schemas
        .iter()
        .filter(|(name, _)| !failing.contains_key(*name))
        .map(|(n, s)| (n.clone(), s.clone()))
        .collect();
    for (at, operation) in walk::operations(&whole) {
        let refers_to_failing =
            schemas_of(operation, Kind::Operation).iter().any(|name| !sound.contains_key(name));
        let part = with(&whole, &sound, Some((&at, operation)));
        if let Some(Err(reason)) = part.filter(|_| !refers_to_failing).map(|part| attempt(&part)) {
            found.push(Unsupported { at, reason });
        }
    }
    found
}

/// The document without the found: their operations are gone, their schemas allow anything.
pub(crate) fn without(document: &OpenAPI, found: &[Unsupported]) -> Option<OpenAPI> {
    let mut value = serde_json::to_value(document).ok()?;
    for part in found {
        match *part.at.tokens() {
            ["components", "schemas", name] => value["components"]["schemas"][name] = json!({}),
            ["paths", path, method] => {
                value["paths"]
                    .get_mut(path)
                    .and_then(Value::as_object_mut)
                    .and_then(|item| item.remove(method));
            }
            _ => {}
        }
    }
    OpenAPI::deserialize(&value).ok()
}

/// A schema and everything that it refers to.
fn closure(
    name: &str,
    uses: &BTreeMap<String, BTreeSet<String>>,
    schemas: &Map<String, Value>,
) -> Map<String, Value> {
    let reached = graph::reached([&name.to_owned()], uses);
    reached.into_iter().filter_map(|name| schemas.get(&name).cloned().map(|schema| (name, schema))).collect()
}

/// A document of some schemas and at most one operation.
fn with(
    whole: &Value,
    schemas: &Map<String, Value>,
    operation: Option<(&Pointer, &Value)>,
) -> Option<OpenAPI> {
    let mut part = json!({ "openapi": whole["openapi"], "info": whole["info"], "paths": {}, "components": { "schemas": schemas } });
    if let Some((at, operation)) = operation
        && let [_, path, method] = *at.tokens()
    {
        part["paths"][path] = json!({ method: operation });
    }
    OpenAPI::deserialize(&part).ok()
}
