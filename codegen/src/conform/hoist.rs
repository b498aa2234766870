//! Turns every inline enum, object and union into a component, so that typify never invents a name.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::constants;
use super::deprecation;
use super::discriminators::VARIANTS;
use super::errors::{success_of, type_of};
use super::merge::is_annotation;
use super::names::joined;
use super::origin::Origins;
use crate::document::Pointer;
use crate::document::graph;
use crate::document::keywords::is_composition;
use crate::document::media_type::{Framing, JSON, URL_ENCODED};
use crate::document::references;
use crate::document::{Kind, walk};
use crate::free_name::free_name;

/// `requestBody: {schema: {properties: …}}` of `send-code` ⇒ `requestBody: {schema: {$ref: SendCodeRequest}}`
///
/// Bodies become `{Operation}Request` and `{Operation}Response{Status}`, items of streams `{Operation}Event` and `{Operation}Item`, and a schema inside a list or a map adds a suffix,
/// as in `{Operation}RequestItem`: names that no other operation can change.
pub(super) fn bodies(document: &mut Value, origins: &mut Origins) {
    let branches = branch_names(document);
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_operation_mut(document, &mut |at, operation| {
        let Some(method) = operation.get("operationId").and_then(Value::as_str).map(str::to_owned) else {
            return;
        };
        for media_type in [JSON, URL_ENCODED] {
            if let Some(schema) = schema_of(operation.get_mut("requestBody"), media_type) {
                let at = schema_at(&at.join("requestBody"), media_type);
                hoisted.body(schema, &joined([method.as_str(), "Request"]), &at, &branches);
            }
        }
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let name = joined([method.as_str(), parameter["name"].as_str().unwrap_or_default()]);
            let at = at.join("parameters").join(&index.to_string()).join("schema");
            // progenitor names inline enums of strings after the operation.
            let is_taken = |schema: &Value| {
                needs_a_name(schema) && (schema.get("enum").is_none() || constants::is_scalar_enum(schema))
            };
            let Some(schema) = parameter.get_mut("schema") else { continue };
            for (part, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
                if let Some(inner) = schema.get_mut(part).filter(|inner| is_taken(inner)) {
                    hoisted.take(inner, joined([name.as_str(), suffix]), &at.join(part));
                }
            }
            if is_taken(schema) {
                hoisted.take(schema, name, &at);
            }
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        let is_success = success_of(responses.as_deref());
        for (status, response) in responses.into_iter().flatten() {
            if let Some(schema) = json_schema(Some(response)) {
                let at = schema_at(&at.join("responses").join(status), JSON);
                let framing = status.split_once(' ').and_then(|(_, media_type)| Framing::of(media_type));
                let name = match framing {
                    None => joined([method.as_str(), "Response", status.as_str()]),
                    Some(Framing::Events) => joined([method.as_str(), "Event"]),
                    Some(Framing::Lines | Framing::Sequence) => joined([method.as_str(), "Item"]),
                };
                hoisted.body(schema, &name, &at, &branches);
                // Each error body is a variant of one enum, by the name of its type. An item of a stream has a type as well.
                if (!is_success(status) || framing.is_some()) && type_of(schema).is_none() {
                    hoisted.take(schema, name, &at);
                }
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
    let branches = branch_names(document);
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind == Kind::Schema
            && let ["components", "schemas", name, rest @ ..] = at.tokens().as_slice()
            && !rest.is_empty()
        {
            hoisted.part(schema, name, &at.tokens()[..3], rest, &branches);
        }
    });
    hoisted.put_into(document);
}

/// `A: {properties: {b: {allOf: [{$ref: A}, C]}}}` ⇒ `A: {properties: {b: {$ref: AB}}}, AB: {allOf: [{$ref: A}, C]}`
///
/// Merged where it is, a composition that leads back to its component would have a copy of itself in a part, and that another one.
/// This comes before composing.
pub(super) fn recursive(document: &mut Value, origins: &mut Origins) {
    let uses = graph::schema_uses(document);
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind != Kind::Schema || !is_part(at) {
            return;
        }
        let tokens = at.tokens();
        let ["components", "schemas", name, rest @ ..] = tokens.as_slice() else { return };
        let (mut targets, mut is_merged) = (BTreeSet::new(), false);
        in_place(schema, &mut targets, &mut is_merged);
        if is_merged && graph::reached(&targets, &uses).contains(*name) {
            hoisted.take(schema, name_of(name, &tokens[..3], rest, &BTreeMap::new()), at);
        }
    });
    hoisted.put_into(document);
}

/// Whether it is the schema of a part of values, and not one that applies in place.
fn is_part(at: &Pointer) -> bool {
    let mut tokens = at.iter().rev();
    let (last, before) = (tokens.next(), tokens.next());
    matches!(before, Some("properties" | "prefixItems"))
        || matches!(last, Some("items" | "additionalProperties"))
}

/// Collects the components that a schema refers to in place, and whether composing merges some.
fn in_place(schema: &Value, targets: &mut BTreeSet<String>, is_merged: &mut bool) {
    let Some(map) = schema.as_object() else { return };
    targets.extend(references::referred(schema).map(Cow::into_owned));
    let members: Vec<&Value> = map
        .iter()
        .filter(|(key, _)| is_composition(key))
        .flat_map(|(_, members)| members.as_array().into_iter().flatten())
        .collect();
    let is_alone = |key: &str| is_annotation(key) || matches!(key, "format" | "discriminator");
    let has_siblings = || map.keys().filter(|key| !is_alone(key)).count() > 1;
    *is_merged |= !members.is_empty() && has_siblings() || map.contains_key("allOf") && members.len() > 1;
    members.into_iter().for_each(|member| in_place(member, targets, is_merged));
}

/// The names of the branches of unions, by the location of each branch.
fn branch_names(document: &Value) -> BTreeMap<Pointer, String> {
    let mut names = BTreeMap::new();
    walk::each(document, &mut |kind, at, schema| {
        let variants = schema.get(VARIANTS).filter(|_| kind == Kind::Schema).and_then(Value::as_array);
        for (index, variant) in variants.into_iter().flatten().enumerate() {
            let name = variant["name"].as_str().unwrap_or_default();
            names.insert(at.join("oneOf").join(&index.to_string()), name.to_owned());
        }
    });
    names
}

/// `LogEvent: {properties: {type: {enum: [a]}}}, Log: {properties: {eventType: {maxLength: 9}}}` ⇒ both would be a `LogEventType`
///
/// Hoists what typify names itself, where a component or another such schema has that name.
pub(super) fn apart(document: &mut Value, origins: &mut Origins) {
    let mut hoisted = NewComponents::new(document, origins);
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind != Kind::Schema || !is_checked_text(schema) {
            return;
        }
        let tokens = at.tokens();
        let ["components", "schemas", name, rest @ ..] = tokens.as_slice() else { return };
        let name = name_of(name, &tokens[..3], rest, &BTreeMap::new());
        if rest.is_empty() {
            return;
        }
        if !hoisted.taken.insert(name.clone()) {
            hoisted.take(schema, name, at);
        }
    });
    walk::each_operation_mut(document, &mut |at, operation| {
        let Some(method) = operation.get("operationId").and_then(Value::as_str).map(str::to_owned) else {
            return;
        };
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let of = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some(schema) = parameter.get_mut("schema") else { continue };
            let at = at.join("parameters").join(&index.to_string()).join("schema");
            let (schema, at, item) = match schema.get("items").is_some() {
                true => (&mut schema["items"], at.join("items"), "Item"),
                false => (schema, at, ""),
            };
            let name = joined([method.as_str(), &of, item]);
            let is_named = is_checked_text(schema) || needs_a_name(schema);
            if is_named && !hoisted.taken.insert(name.clone()) {
                hoisted.take(schema, name, &at);
            }
        }
    });
    hoisted.put_into(document);
}

/// Whether typify makes a newtype of a string because of its constraints.
fn is_checked_text(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    schema["type"] == "string" && (has("minLength") || has("maxLength") || has("pattern"))
}

/// Whether it is a property's schema; `items` of a property called `properties` is taken for one.
fn is_property(at: &Pointer) -> bool {
    at.iter().rev().nth(1) == Some("properties")
}

/// `[Pet]`, `[properties, owner, items]` ⇒ `PetOwnerItem`
///
/// The name for a schema at `rest` inside the schema `name` at `base`. A branch has the name of its variant.
fn name_of(name: &str, base: &[&str], rest: &[&str], branches: &BTreeMap<Pointer, String>) -> String {
    let mut parts = vec![name.to_owned()];
    let mut tokens = rest.iter().enumerate();
    while let Some((_, token)) = tokens.next() {
        match *token {
            "items" | "prefixItems" => parts.push("Item".to_owned()),
            "additionalProperties" => parts.push("Value".to_owned()),
            // The next token is the name of a property, which may be called like a keyword, or the index of a branch.
            keyword if keyword == "properties" || is_composition(keyword) => {
                parts.extend(tokens.next().map(|(index, name)| {
                    let at = base.iter().chain(&rest[..=index]).copied();
                    branches.get(&Pointer::of(at)).cloned().unwrap_or_else(|| (*name).to_owned())
                }));
            }
            other => parts.push(other.to_owned()),
        }
    }
    joined(parts.iter().map(String::as_str))
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

    /// Hoists the schema of a body, or the schema inside a list or a map.
    fn body(&mut self, schema: &mut Value, name: &str, at: &Pointer, branches: &BTreeMap<Pointer, String>) {
        if needs_a_name(schema) {
            return self.take(schema, name.to_owned(), at);
        }
        let base = at.tokens();
        walk::walk_mut(schema, Kind::Schema, &mut at.clone(), &mut |kind, at, schema| {
            let tokens = at.tokens();
            if kind == Kind::Schema {
                self.part(schema, name, &base, &tokens[base.len()..], branches);
            }
        });
    }

    /// Hoists a schema at `rest` inside the schema `name` at `base`.
    fn part(
        &mut self,
        schema: &mut Value,
        name: &str,
        base: &[&str],
        rest: &[&str],
        branches: &BTreeMap<Pointer, String>,
    ) {
        if !needs_a_name(schema) {
            return;
        }
        let at = Pointer::of(base.iter().chain(rest).copied());
        let deprecation = deprecation::of_value(schema).filter(|_| is_property(&at));
        self.take(schema, name_of(name, base, rest, branches), &at);
        if let Some(deprecation) = deprecation {
            deprecation::mark(schema, deprecation);
        }
    }

    /// Replaces `schema`, which is at `at`, by a reference to a new component.
    fn take(&mut self, schema: &mut Value, name: String, at: &Pointer) {
        let name = free_name(name, "", |name| self.taken.contains(name));
        let nullable = schema.as_object_mut().and_then(|map| map.remove("nullable"));
        let target = references::to_schema(&name);
        let replacement = match nullable {
            Some(Value::Bool(true)) => json!({ "allOf": [target], "nullable": true }),
            _ => target,
        };
        let schema = std::mem::replace(schema, replacement);
        self.origins.note(name.clone(), at);
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
    (has("enum") && schema["type"] == "string")
        || constants::is_scalar_enum(schema)
        || has("properties")
        || has("oneOf")
        || has("anyOf")
        || has("prefixItems")
        || is_object_without_properties(schema)
}

/// Whether it is an object for which typify would make a struct although it has no properties: others are required, or none allowed.
fn is_object_without_properties(schema: &Value) -> bool {
    let requires = schema.get("required").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
    schema["type"] == "object" && (requires || schema["additionalProperties"] == false)
}

/// The schema of the JSON media type of a Request Body or Response Object.
pub(super) fn json_schema(body: Option<&mut Value>) -> Option<&mut Value> {
    schema_of(body, JSON)
}

fn schema_of<'a>(body: Option<&'a mut Value>, media_type: &str) -> Option<&'a mut Value> {
    body?.get_mut("content")?.get_mut(media_type)?.get_mut("schema")
}
