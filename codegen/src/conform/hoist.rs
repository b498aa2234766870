//! Gives every inline enum, object and union a component of its own, so that typify never invents a name.
//! Knows what typify would have to name; must not know what becomes of the types.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::names::joined;
use super::origin::Origins;
use crate::document::Pointer;
use crate::document::keywords::is_composition;
use crate::document::media_type::JSON;
use crate::document::references;
use crate::document::{Kind, walk};

/// Hoists the schemas of request and response bodies: `{Operation}Request`, `{Operation}Response{Status}`.
pub(super) fn bodies(document: &mut Value, origins: &mut Origins) {
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_operation_mut(document, &mut |at, operation| {
        let Some(method) = operation.get("operationId").and_then(Value::as_str).map(str::to_owned) else {
            return;
        };
        if let Some(schema) = json_schema(operation.get_mut("requestBody")) {
            let at = || json_schema_at(&at.join("requestBody"));
            hoisted.take(schema, || (joined([method.as_str(), "Request"]), at()));
        }
        for (status, response) in
            operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if let Some(schema) = json_schema(Some(response)) {
                let at = || json_schema_at(&at.join("responses").join(status));
                hoisted.take(schema, || (joined([method.as_str(), "Response", status.as_str()]), at()));
            }
        }
    });
    hoisted.put_into(document);
}

/// Where the schema of a JSON body stands.
fn json_schema_at(body: &Pointer) -> Pointer {
    ["content", JSON, "schema"].iter().fold(body.clone(), |at, token| at.join(token))
}

/// Hoists what stands inside component schemas: `{Component}{Property}`.
pub(super) fn properties(document: &mut Value, origins: &mut Origins) {
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind == Kind::Schema
            && needs_a_name(schema)
            && let Some(name) = name_of(at)
        {
            hoisted.take(schema, || (name, at.clone()));
        }
    });
    hoisted.put_into(document);
}

/// The name for what stands at `at`; none for a component itself and for what is no part of one.
fn name_of(at: &Pointer) -> Option<String> {
    match *at.tokens() {
        ["components", "schemas", name, ref rest @ ..] if !rest.is_empty() => {
            let parts = rest.iter().filter(|token| **token != "properties").map(|token| match *token {
                "items" => "Item",
                "additionalProperties" => "Value",
                composition if is_composition(composition) => "",
                other => other,
            });
            Some(joined([name].into_iter().chain(parts)))
        }
        _ => None,
    }
}

struct NewComponents<'a> {
    origins: &'a mut Origins,
    taken: BTreeSet<String>,
    components: Map<String, Value>,
}

impl<'a> NewComponents<'a> {
    fn new(document: &Value, origins: &'a mut Origins) -> Self {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let taken = schemas.into_iter().flat_map(Map::keys).cloned().collect();
        Self { origins, taken, components: Map::new() }
    }

    /// Replaces `schema` by a reference to a new component where typify would have to name it: then it wants to know how
    /// it is called and where it stands.
    fn take(&mut self, schema: &mut Value, called: impl FnOnce() -> (String, Pointer)) {
        if !needs_a_name(schema) {
            return;
        }
        let (name, at) = called();
        let mut candidates =
            std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}{number}")));
        let Some(name) = candidates.find(|name| !self.taken.contains(name)) else { return };
        let nullable = schema.as_object_mut().and_then(|map| map.remove("nullable"));
        let target = references::to_schema(&name);
        let replacement = match nullable {
            Some(Value::Bool(true)) => json!({ "allOf": [target], "nullable": true }),
            _ => target,
        };
        let schema = std::mem::replace(schema, replacement);
        self.origins.note(name.clone(), &at);
        self.taken.insert(name.clone());
        self.components.insert(name, schema);
    }

    fn put_into(self, document: &mut Value) {
        if self.components.is_empty() {
            return;
        }
        if let Some(components) =
            document.as_object_mut().map(|root| root.entry("components").or_insert_with(|| json!({})))
        {
            match components.get_mut("schemas").and_then(Value::as_object_mut) {
                Some(schemas) => schemas.extend(self.components),
                None => components["schemas"] = Value::Object(self.components),
            }
        }
    }
}

fn needs_a_name(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    (has("enum") && schema["type"] == "string") || has("properties") || has("oneOf") || has("anyOf")
}

/// The schema of the JSON media type of a Request Body or Response Object.
pub(super) fn json_schema(body: Option<&mut Value>) -> Option<&mut Value> {
    let content = body?.get_mut("content")?.as_object_mut()?;
    let (_, media_type) = content.iter_mut().find(|(name, _)| *name == JSON)?;
    media_type.get_mut("schema")
}
