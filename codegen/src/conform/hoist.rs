//! Turns every inline enum, object and union into a component, so that typify never invents a name.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::compose::repeats;
use super::constants;
use super::deprecation;
use super::discriminators::VARIANTS;
use super::errors::{success_of, type_of};
use super::is_member;
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
    each_inside(document, |schema, at, name, rest| {
        hoisted.part(schema, name, &at.tokens()[..3], rest, &branches);
    });
    hoisted.put_into(document);
}

/// Calls `edit` with each schema inside a component, its location, the name of the component, and the location inside that.
fn each_inside(document: &mut Value, mut edit: impl FnMut(&mut Value, &Pointer, &str, &[&str])) {
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind == Kind::Schema
            && let ["components", "schemas", name, rest @ ..] = at.tokens().as_slice()
            && !rest.is_empty()
        {
            edit(schema, at, name, rest);
        }
    });
}

/// `A: {properties: {b: {allOf: [{$ref: A}, C]}}}` ⇒ `A: {properties: {b: {$ref: AB}}}, AB: {allOf: [{$ref: A}, C]}`
///
/// Merged where it is, a composition that leads back to its component would have a copy of itself in a part, and that another one.
/// This comes before composing, and so before branches of unions have names: what the schema is composed of adds nothing to its name.
pub(super) fn recursive(document: &mut Value, origins: &mut Origins) {
    let uses = graph::schema_uses(document);
    let circles = graph::circles(&uses);
    let components = document.pointer("/components/schemas").and_then(Value::as_object).cloned();
    let components = components.unwrap_or_default();
    let mut hoisted = NewComponents::new(document, origins);
    each_inside(document, |schema, at, name, rest| {
        if !is_part(at) {
            return;
        }
        let mut found = InPlace::default();
        found.add(schema, &components);
        let leads_back = |target: &String| circles.get(&**target) == circles.get(name);
        if found.is_merged && found.targets.iter().any(leads_back) {
            hoisted.take(schema, name_of(name, &[], &of_parts(rest), &BTreeMap::new()), at);
        }
    });
    hoisted.put_into(document);
}

/// `[oneOf, 1, properties, a, items]` ⇒ `[properties, a, items]`
fn of_parts<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let (mut parts, mut rest) = (Vec::new(), tokens.iter());
    while let Some(token) = rest.next() {
        match *token {
            key if is_composition(key) => drop(rest.next()),
            "properties" => parts.extend([Some(*token), rest.next().copied()].into_iter().flatten()),
            part => parts.push(part),
        }
    }
    parts
}

/// Whether it is the schema of a part of values, and not one that applies in place.
fn is_part(at: &Pointer) -> bool {
    let mut tokens = at.iter().rev();
    let (last, before) = (tokens.next(), tokens.next());
    matches!(before, Some("properties" | "prefixItems"))
        || matches!(last, Some("items" | "additionalProperties"))
}

/// The components that a schema refers to in place, and whether composing merges any.
#[derive(Default)]
struct InPlace {
    targets: BTreeSet<String>,
    is_merged: bool,
}

impl InPlace {
    fn add(&mut self, schema: &Value, components: &Map<String, Value>) {
        let Some(map) = schema.as_object() else { return };
        self.targets.extend(references::referred(schema).map(Cow::into_owned));
        self.is_merged |= is_merged(map, components);
        for key in ["allOf", "anyOf", "oneOf"] {
            let members = map.get(key).and_then(Value::as_array);
            members.into_iter().flatten().for_each(|member| self.add(member, components));
        }
    }
}

/// Whether composing merges the members or the siblings of a composition; what only repeats the first member is dropped.
fn is_merged(schema: &Map<String, Value>, components: &Map<String, Value>) -> bool {
    let members = schema.get("allOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = members.first().and_then(|first| components.get(&*references::referred(first)?)?.as_object());
    let adds = |member: &&Value| first.is_none_or(|first| !repeats(member, first));
    let merged = members.len().min(1) + members.iter().skip(1).filter(adds).count();
    let unions = ["anyOf", "oneOf"].iter().filter(|key| schema.contains_key(**key)).count();
    let is_sibling = |key: &&String| {
        !is_annotation(key) && !is_composition(key) && !matches!(key.as_str(), "format" | "discriminator")
    };
    merged + unions > 0 && merged + unions + schema.keys().filter(is_sibling).count() > 1
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
    each_inside(document, |schema, at, name, rest| {
        if !is_checked_text(schema) {
            return;
        }
        let name = name_of(name, &at.tokens()[..3], rest, &BTreeMap::new());
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
        let at = Pointer::of(base.iter().chain(rest).copied());
        if !(needs_a_name(schema) || is_member(&at) && is_closed_without_properties(schema)) {
            return;
        }
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
        || requires_properties(schema)
}

/// Whether it is an object for which typify makes a struct although it describes no properties: it requires some.
fn requires_properties(schema: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    schema["type"] == "object" && required.is_some_and(|names| !names.is_empty())
}

/// Whether it is an object without properties that allows no others: as a branch of a union, typify would make a variant with fields of it.
fn is_closed_without_properties(schema: &Value) -> bool {
    schema["type"] == "object" && schema["additionalProperties"] == false
}

/// The schema of the JSON media type of a Request Body or Response Object.
pub(super) fn json_schema(body: Option<&mut Value>) -> Option<&mut Value> {
    schema_of(body, JSON)
}

fn schema_of<'a>(body: Option<&'a mut Value>, media_type: &str) -> Option<&'a mut Value> {
    body?.get_mut("content")?.get_mut(media_type)?.get_mut("schema")
}
