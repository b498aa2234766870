//! Conforms keywords that typify ignores, sends, or enforces too strictly.
//! Must not know operations.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::constants;
use super::constraints;
use super::deprecation;
use super::directions::Directions;
use super::is_member;
use super::names::{joined, pascal_case};
use crate::document::Pointer;
use crate::document::keywords::{allows_anything, applies_in_place, drop_those_of_other_types};
use crate::document::references::referred;
use crate::document::{Kind, walk};
use crate::plan::{DeprecatedProperty, NullableProperty, Plan, ScalarEnum, TUPLES};
use crate::problem::Problem;
use crate::settings::Settings;

/// The name of the identifiers that a string with the format `uuid` is one of.
pub(super) const ID: &str = "x-id";

/// Conforms every schema; the constraints of those that are `checked` are enforced where they are sent.
pub(super) fn conform(
    document: &mut Value,
    directions: &Directions,
    checked: &BTreeSet<Pointer>,
    settings: &Settings,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    let [read_only, write_only] = ["readOnly", "writeOnly"].map(|keyword| saying(document, keyword));
    walk::each_mut(document, &mut |kind, at, schema| {
        let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        map.remove("x-rust-type");
        // The title of a schema would replace the name of its type.
        map.remove("title");
        if is_parameter(at) {
            // A URL or a header cannot carry `null`.
            map.remove("nullable");
        }
        document_default(map);
        let component = at.component("schemas");
        if let Some(name) = component {
            let others = [
                directions.sent.contains(name).then_some(("readOnly", "sent", &read_only)),
                directions.received.contains(name).then_some(("writeOnly", "received", &write_only)),
            ];
            require_of_writers(at, map, &others, problems);
        }
        if let Some((name, deprecation)) = component.zip(deprecation::of(map)) {
            plan.deprecated_types.insert(name.to_owned(), deprecation);
        }
        plan.deprecated_properties.extend(deprecated_properties(component, map));
        plan.nullable.extend(properties(component, map));
        let is_received = is_received(at, &directions.received);
        if let Some(id) = take_id(at, map, problems) {
            constraints::has_type(
                map,
                settings.crate_name(),
                &format!("{}::{TUPLES}::{id}", settings.crate_name()),
            );
            plan.ids.insert(id);
            return;
        }
        spell_out_formats(map, is_received, settings);
        constraints::drop_idle(map);
        let scalars = component.and_then(|_| constants::take_scalars(map));
        if let Some((name, values)) = component.zip(scalars) {
            plan.scalar_enums.push(ScalarEnum { name: name.to_owned(), values });
        }
        let is_unchecked = !checked.contains(at) && is_sent(at, &directions.sent);
        values_to_type(at, map, is_received, is_unchecked, problems);
        let constants = constants::take(map);
        if let Some(of) = component.filter(|_| !constants.is_empty() && map.contains_key("enum")) {
            plan.constants.push((of.to_owned(), constants));
        }
        if is_received {
            constraints::relax(at, map, settings, problems);
        } else {
            constraints::enforce(at, map, is_unchecked, settings, problems);
        }
    });
}

/// `{type: string, properties: P}` ⇒ `{type: string}`
///
/// typify reads some of these keywords whatever the type is.
pub(super) fn drop_keywords_of_other_types(document: &mut Value) {
    walk::each_mut(document, &mut |kind, _, schema| {
        if let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) {
            drop_those_of_other_types(map);
        }
    });
}

/// `{items: {type: string}}` ⇒ `{}`; `{additionalProperties: {type: string}}` ⇒ `{}`
///
/// `items` constrains lists only, `additionalProperties` objects only: without a `type`, any other value is valid (JSON
/// Schema 2020-12 core §10.3). typify would generate a list or a map. `properties` without a `type` stays an object, because
/// that is what most documents mean; this is reported.
pub(super) fn parts_without_type(document: &mut Value, problems: &mut Vec<Problem>) {
    walk::each_mut(document, &mut |kind, at, schema| {
        let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        let has_type =
            |key: &String| matches!(key.as_str(), "type" | "enum" | "properties") || applies_in_place(key);
        // A member of a composition constrains only what the others allow.
        if is_member(at) {
            return;
        }
        let is_object_by_properties =
            map.contains_key("properties") && map.keys().filter(|key| has_type(key)).count() == 1;
        if is_object_by_properties {
            let message = "values that are not objects are not supported; `type: object` would exclude them";
            problems.push(Problem::lossy(&at.join("properties"), message));
        }
        if map.keys().any(has_type) {
            return;
        }
        for (key, of) in [("items", "array"), ("additionalProperties", "object"), ("required", "object")] {
            if map.remove(key).is_some_and(|held| !allows_anything(&held)) {
                let message = format!("not checked without `type: {of}`; any value is accepted");
                problems.push(Problem::relaxed(&at.join(key), message));
            }
        }
    });
}

/// `{type: string, format: uuid, x-id: PetId}` ⇒ `PetId`
///
/// Only the document, or its overlay, knows that the `id` of one schema and the `{id}` in a path are of the same thing: a name made of
/// either would depend on the other.
fn take_id(at: &Pointer, schema: &mut Map<String, Value>, problems: &mut Vec<Problem>) -> Option<String> {
    let id = schema.remove(ID)?;
    let is = |key: &str, expected: &str| schema.get(key).is_some_and(|value| value == expected);
    if !is("type", "string") || !is("format", "uuid") || schema.contains_key("enum") {
        problems.push(Problem::relaxed(&at.join(ID), "only for strings with `format: uuid`; ignored"));
        return None;
    }
    let name = id.as_str().filter(|name| joined([*name]) == *name).map(str::to_owned);
    if name.is_none() {
        problems.push(Problem::error(&at.join(ID), "expected the name of a Rust type, such as `PetId`"));
    }
    name
}

/// Whether it is the schema of a parameter.
fn is_parameter(at: &Pointer) -> bool {
    at.last() == Some("schema") && at.iter().rev().nth(2) == Some("parameters")
}

fn is_received(at: &Pointer, received: &BTreeSet<String>) -> bool {
    match at.in_component() {
        Some(("schemas", name)) => received.contains(name),
        _ => at.iter().any(|token| token == "responses"),
    }
}

/// Whether it is, or may be, in a request.
fn is_sent(at: &Pointer, sent: &BTreeSet<String>) -> bool {
    at.in_component().is_none_or(|(_, name)| sent.contains(name))
}

/// The components that have a keyword, or are composed of one that has it.
pub(super) fn saying(document: &Value, keyword: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let more: Vec<String> = schemas
            .into_iter()
            .flatten()
            .filter(|(name, schema)| !found.contains(*name) && says(schema, keyword, &found))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Whether a schema has a keyword, itself or in a schema that it is composed of.
pub(super) fn says(schema: &Value, keyword: &str, components: &BTreeSet<String>) -> bool {
    schema.get(keyword) == Some(&Value::Bool(true))
        || referred(schema).is_some_and(|name| components.contains(&*name))
        || schema
            .get("allOf")
            .and_then(Value::as_array)
            .is_some_and(|members| members.iter().any(|member| says(member, keyword, components)))
}

/// `{required: [id], properties: {id: {readOnly: true}}}`, which is sent ⇒ `{properties: {id: …}}`
///
/// A property that only one side writes is required from that side alone (OpenAPI 3.0.3 §4.7.24.1, 3.1.0 §4.8.24 with JSON Schema
/// 2020-12 validation §9.4), and one type serves both. `others` has the keywords that exclude a property from the directions of the schema,
/// with the components that have them.
fn require_of_writers(
    at: &Pointer,
    schema: &mut Map<String, Value>,
    others: &[Option<(&str, &str, &BTreeSet<String>)>],
    problems: &mut Vec<Problem>,
) {
    let (Some(Value::Object(properties)), Some(required)) =
        (schema.get("properties"), schema.get("required").and_then(Value::as_array))
    else {
        return;
    };
    let (mut kept, before) = (Vec::new(), required.len());
    for name in required {
        let property = name.as_str().and_then(|name| properties.get(name));
        let is_said = |(keyword, _, components): &&(&str, &str, &BTreeSet<String>)| {
            property.is_some_and(|property| says(property, keyword, components))
        };
        match others.iter().flatten().find(is_said) {
            Some((keyword, direction, _)) => {
                let name = name.as_str().unwrap_or_default();
                let message =
                    format!("`{name}` is optional, because it is {keyword} and the schema is {direction}");
                problems.push(Problem::relaxed(&at.join("required"), message));
            }
            None => kept.push(name.clone()),
        }
    }
    if kept.len() < before {
        schema.insert("required".to_owned(), Value::Array(kept));
    }
}

/// The properties of a component that are deprecated.
fn deprecated_properties<'a>(
    component: Option<&'a str>,
    schema: &'a Map<String, Value>,
) -> impl Iterator<Item = DeprecatedProperty> + 'a {
    let properties = component.and_then(|_| schema.get("properties")?.as_object()).into_iter().flatten();
    properties.filter_map(move |(name, property)| {
        let deprecation = deprecation::of_value(property)?;
        Some(DeprecatedProperty { of: component?.to_owned(), name: name.clone(), deprecation })
    })
}

/// progenitor sends every default, which the server may treat as the caller's own choice.
fn document_default(schema: &mut Map<String, Value>) {
    let Some(default) = schema.remove("default") else { return };
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    if !description.to_ascii_lowercase().contains("default") {
        describe(schema, &format!("Default: `{default}`."));
    }
}

/// `{type: string, format: date-time}` ⇒ `{type: string, description: 'Format: date-time.'}`; the same of `uuid` in what is
/// received; `{type: number, format: float}` ⇒ `{type: number}`
///
/// typify's types for these reject values that servers send, and do not serialize exactly what they parsed. The `settings` may
/// have other ones. An enum is no type of theirs.
fn spell_out_formats(schema: &mut Map<String, Value>, is_received: bool, settings: &Settings) {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let is_parsed = match format {
        "date" | "date-time" | "ip" | "ipv4" | "ipv6" => true,
        // The caller creates values that are sent, and has a `Uuid`.
        "uuid" => is_received,
        _ => false,
    };
    let of = if is_received { settings.received_format(format) } else { settings.sent_format(format) };
    if kind == "string" && is_parsed && (of.is_none() || schema.contains_key("enum")) {
        let sentence = format!("Format: {format}.");
        schema.remove("format");
        describe(schema, &sentence);
    } else if !matches!(kind, "string" | "integer") {
        // typify fails on the format of any other type, and reads a `float` with fewer digits than JSON has.
        schema.remove("format");
    }
}

/// Adds a sentence to the description.
pub(super) fn describe(schema: &mut Map<String, Value>, sentence: &str) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let described = format!("{description}\n\n{sentence}");
    schema.insert("description".to_owned(), described.trim_start().into());
}

/// `{type: integer, enum: [1, 2]}` without names ⇒ `{type: integer, description: 'One of `1`, `2`.'}`; `{type: string, enum: [a, a]}` ⇒
/// `{type: string, enum: [a]}`
///
/// typify makes an enum of strings with distinct names only.
fn values_to_type(
    at: &Pointer,
    schema: &mut Map<String, Value>,
    is_received: bool,
    is_unchecked: bool,
    problems: &mut Vec<Problem>,
) {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(value.to_string()));
    }
    let Some(Value::Array(values)) = schema.get("enum") else { return };
    if *values == [Value::Null] || has_variants(schema, values) {
        return;
    }
    let listed = constants::listed(schema, values);
    schema.remove("enum");
    describe(schema, &format!("One of {listed}."));
    let message = match (is_received, is_unchecked) {
        (true, false) => "in responses, the values are not checked, only their type",
        (_, true) => "the values are not checked, only their type",
        (false, false) => return,
    };
    problems.push(Problem::relaxed(&at.join("enum"), message));
}

/// Whether typify makes an enum of these values: strings with distinct names.
pub(super) fn has_variants(schema: &Map<String, Value>, values: &[Value]) -> bool {
    let mut variants: Vec<String> = values.iter().filter_map(Value::as_str).map(pascal_case).collect();
    variants.sort();
    variants.dedup();
    let is_text = schema.get("type").is_some_and(|kind| kind == "string");
    is_text && variants.len() == values.len() && variants.iter().all(|variant| !variant.is_empty())
}

/// `{properties: {a: {type: array}}}` ⇒ `{properties: {a: {type: array, nullable: true}}}`
///
/// Makes optional arrays and maps an `Option`: typify reads an absent one as empty, and then does not send an empty one. Returns
/// the properties that may be `null`.
fn properties(component: Option<&str>, schema: &mut Map<String, Value>) -> Vec<NullableProperty> {
    let mut nullable = Vec::new();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        let Some(property) = property.as_object_mut() else { continue };
        let is_optional = !required.contains(&name.as_str().into());
        if is_optional && property.get("enum").is_some_and(|values| *values == json!([null])) {
            // typify writes `null` for an absent property.
            property.remove("enum");
            describe(property, "Always `null`.");
        }
        if let Some(of) = component.filter(|_| allows_null(property)) {
            nullable.push(NullableProperty { of: of.to_owned(), name: name.clone(), is_optional });
        }
        let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
        if is_optional && (kind == "array" || (kind == "object" && !property.contains_key("properties"))) {
            property.insert("nullable".to_owned(), true.into());
        }
    }
    nullable
}

/// Whether `null` is one of several allowed values.
fn allows_null(schema: &Map<String, Value>) -> bool {
    let restricts = |key: &String| key == "enum" || key == "type" || applies_in_place(key);
    schema.get("nullable") == Some(&Value::Bool(true)) || !schema.keys().any(restricts)
}

/// The names of the components that are enums of strings.
pub(super) fn string_enums(document: &Value) -> impl Iterator<Item = String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema["type"] == "string" && schema.get("enum").is_some())
        .map(|(name, _)| name.clone())
}
