//! Finds the schemas and operations on which the generator fails, because its errors do not name them.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::{OpenAPI, Operation};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::document::Pointer;
use crate::document::graph::schemas_of;
use crate::document::{Kind, graph, walk};
use crate::pipeline::Conformed;
use crate::problem::{Level, Problem};

/// A schema or operation that the generator fails on, although it supports all schemas that it refers to.
pub(crate) struct Unsupported {
    /// Its location in the conformed document.
    pub(crate) at: Pointer,
    /// The generator's error.
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
    // A schema that fails only because of another one is not the cause.
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

/// The schemas and operations that errors in the input are about, where they are in the conformed document.
pub(crate) fn of_errors(conformed: &Conformed, problems: &[Problem]) -> Vec<Unsupported> {
    let Conformed { document, plan } = conformed;
    let part = |problem: &Problem| {
        let of_type = plan.types.iter().find(|(_, origin)| *origin == problem.pointer);
        let of_operation = || {
            let planned = plan.operations.iter().find(|planned| planned.at == problem.pointer)?;
            let mut operations = document.operations();
            let is_it = |operation: &Operation| operation.operation_id.as_ref() == Some(&planned.method);
            let (path, method, _) = operations.find(|(_, _, operation)| is_it(operation))?;
            Some(Pointer::of(["paths", path, method]))
        };
        let at =
            of_type.map(|(name, _)| Pointer::of(["components", "schemas", name])).or_else(of_operation)?;
        Some(Unsupported { at, reason: problem.message.clone() })
    };
    problems.iter().filter(|problem| problem.level == Level::Error).filter_map(part).collect()
}

/// `paths: {/a: {get: …}}, schemas: {B: …}` ⇒ `paths: {/a: {}}, schemas: {B: {}}`: a schema is replaced, because others refer to it.
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
