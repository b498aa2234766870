//! What a schema says that typify ignores, sends, or takes too strictly.
//! Knows typify's treatment of keywords; must not know operations.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::names::joined;
use crate::plan::{NullableProperty, Plan};
use crate::pointer::Pointer;
use crate::position::{self, Kind};
use crate::problem::Problem;
use crate::settings::Settings;

/// Conforms every schema; `received` names the components that responses hold.
pub(super) fn conform(
    document: &mut Value,
    received: &BTreeSet<String>,
    settings: &Settings,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    position::each_mut(document, &mut |kind, at, schema| {
        let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        map.remove("x-rust-type");
        // The title of a schema would replace the name of its type.
        map.remove("title");
        if is_parameter(at) {
            // There is no way to write `null` into a URL or a header.
            map.remove("nullable");
        }
        document_default(map);
        let component = at.component("schemas");
        plan.nullable.extend(properties(component, map));
        spell_out_formats(map);
        values_to_type(at, map, problems);
        if is_received(at, received) {
            relax(at, map, problems);
        } else {
            enforce(at, map, settings, problems);
        }
    });
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

/// progenitor sends every default, which the server may treat as the caller's own choice.
fn document_default(schema: &mut Map<String, Value>) {
    let Some(default) = schema.remove("default") else { return };
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    if !description.to_ascii_lowercase().contains("default") {
        describe(schema, &format!("Default: `{default}`."));
    }
}

/// Formats for which typify has types that read less than servers write, and write differently than they read.
fn spell_out_formats(schema: &mut Map<String, Value>) {
    let is_text = schema.get("type").is_some_and(|kind| kind == "string");
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if is_text && matches!(format, "date" | "date-time" | "ip" | "ipv4" | "ipv6") {
        let sentence = format!("Format: {format}.");
        schema.remove("format");
        describe(schema, &sentence);
    } else if !is_text && !matches!(schema.get("type").and_then(Value::as_str), Some("integer" | "number")) {
        // typify has no way with a format beside anything else.
        schema.remove("format");
    }
}

/// Adds a sentence to the description.
fn describe(schema: &mut Map<String, Value>, sentence: &str) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let described = format!("{description}\n\n{sentence}");
    schema.insert("description".to_owned(), described.trim_start().into());
}

/// An `enum` that no Rust enum can be made of becomes its type; its values go into the description.
fn values_to_type(at: &Pointer, schema: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let Some(Value::Array(values)) = schema.get("enum") else { return };
    if *values == [Value::Null] {
        return;
    }
    let mut variants: Vec<String> =
        values.iter().filter_map(Value::as_str).map(|value| joined([value])).collect();
    variants.sort();
    variants.dedup();
    let is_text = schema.get("type").is_some_and(|kind| kind == "string");
    if is_text && variants.len() == values.len() && variants.iter().all(|variant| !variant.is_empty()) {
        return;
    }
    let listed = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    schema.remove("enum");
    describe(schema, &format!("One of {listed}."));
    problems.push(Problem::relaxed(&at.join("enum"), "the values are not checked, only their type"));
}

/// Notes the properties that may be `null`, and makes `Option` of optional lists and maps: typify makes one that may be absent
/// an empty one, and then cannot send an empty one.
fn properties(component: Option<&str>, schema: &mut Map<String, Value>) -> Vec<NullableProperty> {
    let mut nullable = Vec::new();
    let (mut required, mut properties): (&[Value], _) = (&[], None);
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("required", Value::Array(names)) => required = names,
            ("properties", Value::Object(all)) => properties = Some(all),
            _ => {}
        }
    }
    for (name, property) in properties.into_iter().flatten() {
        let Some(property) = property.as_object_mut() else { continue };
        let is_optional = !required.iter().any(|required| required == name.as_str());
        if is_optional && property.get("enum").is_some_and(|values| *values == json!([null])) {
            // typify writes `null` even where nothing was read.
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

/// Whether `null` is one of several values; a schema without a type allows everything.
fn allows_null(schema: &Map<String, Value>) -> bool {
    const SHAPES: &[&str] = &["$ref", "allOf", "anyOf", "enum", "oneOf", "type"];
    schema.get("nullable") == Some(&Value::Bool(true)) || !SHAPES.iter().any(|key| schema.contains_key(*key))
}

/// The keyword, where it bounds a value.
fn bound(keyword: &str) -> Option<&'static str> {
    const BOUNDS: [&str; 13] = [
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "uniqueItems",
    ];
    BOUNDS.into_iter().find(|bound| *bound == keyword)
}

/// A response is read even when the server has widened a bound, a pattern or an object since.
fn relax(at: &Pointer, schema: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let mut dropped: Vec<&str> = schema.keys().filter_map(|key| bound(key)).collect();
    dropped.sort_unstable();
    dropped.iter().for_each(|key| drop(schema.remove(*key)));
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
        dropped.push("additionalProperties");
    }
    if schema.get("type").is_some_and(|kind| kind == "integer") && schema.remove("format").is_some() {
        dropped.push("format");
    }
    if !dropped.is_empty() {
        let message = format!("not checked in what is received: {}", dropped.join(", "));
        problems.push(Problem::relaxed(at, message));
    }
}

/// A request must not break a rule: formats and integer bounds become handwritten types that hold them.
fn enforce(at: &Pointer, schema: &mut Map<String, Value>, settings: &Settings, problems: &mut Vec<Problem>) {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let handwritten = match kind {
        "string" => settings.formats.iter().find(|(name, _)| name == format).map(|(_, of)| of.clone()),
        "integer" => integer_bounds(at, schema, problems)
            .map(|(minimum, maximum)| format!("{}<{minimum}, {maximum}>", settings.bounded_integer)),
        _ => None,
    };
    unchecked(at, kind, schema, problems);
    if let Some(name) = handwritten {
        let annotations =
            ["description", "nullable", "deprecated", "readOnly", "writeOnly", "example", "type"];
        schema.retain(|key, _| annotations.contains(&key.as_str()));
        let path = format!("{}::{name}", settings.module);
        schema.insert(
            "x-rust-type".to_owned(),
            json!({ "crate": settings.crate_name(), "version": "*", "path": path }),
        );
    } else if schema.remove("pattern").is_some() {
        problems.push(Problem::relaxed(
            at,
            "the pattern is not checked; give the schema a format that stands for it",
        ));
    }
}

/// Says which bounds no generated type holds a caller to, and that no text is as short and as long as a schema wants.
fn unchecked(at: &Pointer, kind: &str, schema: &Map<String, Value>, problems: &mut Vec<Problem>) {
    let is_checked = |bound: &str| match kind {
        "string" => matches!(bound, "maxLength" | "minLength" | "pattern"),
        "integer" => matches!(bound, "exclusiveMaximum" | "exclusiveMinimum" | "maximum" | "minimum"),
        _ => false,
    };
    let mut unchecked: Vec<&str> = schema.keys().filter_map(|key| bound(key)).collect();
    unchecked.retain(|bound| !is_checked(bound));
    if !unchecked.is_empty() {
        unchecked.sort_unstable();
        let message = format!("not checked in what is sent: {}", unchecked.join(", "));
        problems.push(Problem::relaxed(at, message));
    }
    let length = |key: &str| schema.get(key).and_then(Value::as_u64);
    if let (Some(least), Some(most)) = (length("minLength"), length("maxLength"))
        && least > most
    {
        problems.push(Problem::error(at, format!("no text has {least} to {most} characters")));
    }
}

/// The inclusive bounds, where there are any.
fn integer_bounds(
    at: &Pointer,
    schema: &Map<String, Value>,
    problems: &mut Vec<Problem>,
) -> Option<(i64, i64)> {
    let mut bound = |key: &str, exclusive: &str, inward: i64, open: i64| {
        let value = schema.get(key)?;
        let Some(value) = value.as_i64() else {
            problems.push(Problem::relaxed(
                &at.join(key),
                format!("the bound {value} is not checked: it is no 64-bit integer"),
            ));
            return Some(open);
        };
        let is_exclusive = schema.get(exclusive) == Some(&Value::Bool(true));
        Some(if is_exclusive { value.saturating_add(inward) } else { value })
    };
    let minimum = bound("minimum", "exclusiveMinimum", 1, i64::MIN);
    let maximum = bound("maximum", "exclusiveMaximum", -1, i64::MAX);
    if minimum.is_none() && maximum.is_none() {
        return None;
    }
    let (minimum, maximum) = (minimum.unwrap_or(i64::MIN), maximum.unwrap_or(i64::MAX));
    if minimum > maximum {
        problems.push(Problem::error(at, format!("no integer is from {minimum} to {maximum}")));
    }
    Some((minimum, maximum))
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
