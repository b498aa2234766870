//! Turns every inline enum, object and union into a component, so that typify never invents a name.
//! Knows which schemas need a name; must not know what becomes of the types.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::deprecation;
use super::names::joined;
use super::origin::Origins;
use crate::document::Pointer;
use crate::document::keywords::is_composition;
use crate::document::media_type::{JSON, URL_ENCODED};
use crate::document::references;
use crate::document::{Kind, walk};

/// `requestBody: {schema: {properties: …}}` of `send-code` ⇒ `requestBody: {schema: {$ref: SendCodeRequest}}`
///
/// Bodies become `{Operation}Request` and `{Operation}Response{Status}`, names that no other operation can change.
pub(super) fn bodies(document: &mut Value, origins: &mut Origins) {
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_operation_mut(document, &mut |at, operation| {
        let Some(method) = operation.get("operationId").and_then(Value::as_str).map(str::to_owned) else {
            return;
        };
        for media_type in [JSON, URL_ENCODED] {
            if let Some(schema) = schema_of(operation.get_mut("requestBody"), media_type) {
                let at = || schema_at(&at.join("requestBody"), media_type);
                hoisted.take(schema, || (joined([method.as_str(), "Request"]), at()));
            }
        }
        for (status, response) in
            operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if let Some(schema) = json_schema(Some(response)) {
                let at = || schema_at(&at.join("responses").join(status), JSON);
                hoisted.take(schema, || (joined([method.as_str(), "Response", status.as_str()]), at()));
            }
        }
    });
    hoisted.put_into(document);
}

/// The location of the schema of a body.
fn schema_at(body: &Pointer, media_type: &str) -> Pointer {
    ["content", media_type, "schema"].iter().fold(body.clone(), |at, token| at.join(token))
}

/// `A: {properties: {b: {enum: [c]}}}` ⇒ `A: {properties: {b: {$ref: AB}}}, AB: {enum: [c]}`
///
/// A name made of the component and the property depends on nothing else.
pub(super) fn properties(document: &mut Value, origins: &mut Origins) {
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind == Kind::Schema
            && needs_a_name(schema)
            && let Some(name) = name_of(at)
        {
            let deprecation = deprecation::of_value(schema).filter(|_| is_property(at));
            hoisted.take(schema, || (name, at.clone()));
            if let Some(deprecation) = deprecation {
                deprecation::mark(schema, deprecation);
            }
        }
    });
    hoisted.put_into(document);
}

/// Whether it is a property's schema; `items` of a property called `properties` is taken for one.
fn is_property(at: &Pointer) -> bool {
    at.iter().rev().nth(1) == Some("properties")
}

/// The name for a schema inside a component; `None` for a component itself and for schemas elsewhere.
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

/// The components that schemas are hoisted into.
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

    /// Replaces `schema` by a reference to a new component if typify would have to name it. `describe` returns the component's
    /// name and where the schema was.
    fn take(&mut self, schema: &mut Value, describe: impl FnOnce() -> (String, Pointer)) {
        if !needs_a_name(schema) {
            return;
        }
        let (name, at) = describe();
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
    schema_of(body, JSON)
}

fn schema_of<'a>(body: Option<&'a mut Value>, media_type: &str) -> Option<&'a mut Value> {
    body?.get_mut("content")?.get_mut(media_type)?.get_mut("schema")
}
