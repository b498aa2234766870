//! Conforms constraints: generated types enforce them in requests, and ignore them in responses.
//! Must not know in which direction a schema travels.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::merge::is_annotation;
use super::schema::describe;
use crate::document::keywords::{Keyword, matches_everything};
use crate::document::{Pointer, Types, keyword};
use crate::lower::BEYOND_64_BITS;
use crate::problem::Problem;
use crate::settings::Settings;

/// `{minLength: 0, pattern: '.*', uniqueItems: false, maxLength: 5}` ⇒ `{maxLength: 5}`
///
/// Every value satisfies these, so nothing is lost without them, and rustc would warn about a check of them.
pub(super) fn drop_idle(schema: &mut Map<String, Value>) {
    let is_integer = schema.get("type").is_some_and(|kind| kind == "integer");
    schema.retain(|key, value| !match &**key {
        "minLength" | "minItems" | "minProperties" => value.as_f64() == Some(0.0),
        "uniqueItems" | "exclusiveMinimum" | "exclusiveMaximum" => *value == false,
        "multipleOf" => is_integer && value.as_f64() == Some(1.0),
        "pattern" => value.as_str().is_some_and(matches_everything),
        _ => false,
    });
}

/// `{type: string, maxLength: 5, pattern: p}` ⇒ `{type: string}`;
/// `{type: string, format: uuid}` ⇒ `{type: string, x-rust-type: {path: 'm::Identifier'}}`
///
/// A response must still parse after the server has relaxed a constraint.
pub(super) fn relax(
    at: &Pointer,
    schema: &mut Map<String, Value>,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) {
    let mut dropped: Vec<&str> = constraints(schema).map(|keyword| keyword.name).collect();
    dropped.sort_unstable();
    dropped.iter().for_each(|key| drop(schema.remove(*key)));
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
        dropped.push("additionalProperties");
    }
    let is_integer = schema.get("type").is_some_and(|kind| kind == "integer");
    if is_integer && is_of(schema, BEYOND_64_BITS) {
        return any_number(schema);
    }
    // The format of the integers that an `i64` cannot hold chooses their type.
    if is_integer && !is_of(schema, "uint64") && schema.remove("format").is_some() {
        dropped.push("format");
    }
    if !dropped.is_empty() {
        let message = format!("not checked in responses: {}", dropped.join(", "));
        problems.push(Problem::relaxed(at, message));
    }
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if let Some(of) = settings.received_format(format)
        && schema.get("type").is_some_and(|kind| kind == "string")
    {
        has_type(schema, settings.crate_name(), &format!("{}::{of}", settings.module));
    }
}

/// `{type: integer, minimum: 1, maximum: 9}` ⇒ `{type: integer, x-rust-type: {path: 'm::Bounded<1, 9>'}}`;
/// `{type: integer, format: seconds, minimum: 1}` ⇒ `{type: integer, x-rust-type: {path: 'm::Seconds<1, 9223372036854775807>'}}`;
/// `{type: string, format: e164}` ⇒ `{type: string, x-rust-type: {path: 'm::E164'}}`
///
/// A request must satisfy the constraints, and typify enforces only lengths of strings: handwritten types and the rules in the plan
/// do the rest. What they do not do is reported where the schema is `is_unchecked`.
pub(super) fn enforce(
    at: &Pointer,
    schema: &mut Map<String, Value>,
    is_unchecked: bool,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) {
    lengths_of_values(at, schema, problems);
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_long = kind == "integer" && is_of(schema, "uint64") && !schema.contains_key("maximum");
    if is_long {
        long(at, schema, is_unchecked, problems);
    }
    if is_of(schema, BEYOND_64_BITS) {
        return any_number(schema);
    }
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let range = if kind == "integer" { integer_range(at, schema, problems) } else { None };
    let handwritten = match kind {
        "string" => settings.sent_format(format).map(str::to_owned),
        _ => range.map(|(minimum, maximum)| {
            let of = settings.integer_formats.iter().find(|(name, _)| name == format);
            let of = of.map_or(&settings.bounded_integer, |(_, of)| of);
            format!("{of}<{minimum}, {maximum}>")
        }),
    };
    lengths(at, schema, problems);
    if is_unchecked {
        unchecked(at, kind, schema, problems);
    }
    match range {
        Some((minimum, maximum)) => {
            document_limits(schema, Some(minimum), (maximum < i64::MAX).then_some(maximum), "Range", "")
        }
        None if kind == "string" && handwritten.is_none() => {
            let length = |key: &str| schema.get(key).and_then(Value::as_i64);
            document_limits(schema, length("minLength"), length("maxLength"), "Length", " characters");
        }
        None => {}
    }
    if let Some(name) = handwritten {
        has_type(schema, settings.crate_name(), &format!("{}::{name}", settings.module));
    } else if schema.remove("pattern").is_some() && is_unchecked {
        problems.push(Problem::relaxed(
            at,
            "the pattern is not checked; a `format` with a Rust type can replace it",
        ));
    }
}

fn is_of(schema: &Map<String, Value>, format: &str) -> bool {
    schema.get("format").is_some_and(|of| of == format)
}

/// `{type: integer, format: beyond-64-bits}` ⇒ `{type: integer, x-rust-type: {path: 'serde_json::Number'}}`
fn any_number(schema: &mut Map<String, Value>) {
    has_type(schema, "serde_json", "serde_json::Number");
}

/// `{type: T, maximum: 1}` ⇒ `{type: T, x-rust-type: {path: …}}`
pub(super) fn has_type(schema: &mut Map<String, Value>, of_crate: &str, path: &str) {
    schema.retain(|key, _| is_annotation(key) && key != "format" || key == "type");
    let of = json!({ "crate": of_crate, "version": "*", "path": path });
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        // typify uses the type in `x-rust-type`, whatever else the schema allows.
        let kind = schema.remove("type").unwrap_or_default();
        schema.insert("allOf".to_owned(), json!([{ "type": kind, "x-rust-type": of }]));
    } else {
        schema.insert("x-rust-type".to_owned(), of);
    }
}

/// `{maxLength: 9, description: A name.}` ⇒ `{description: "A name.\n\nLength: at most 9 characters."}`
///
/// The limits are added to the documentation unless the description already has them.
fn document_limits(
    schema: &mut Map<String, Value>,
    least: Option<i64>,
    most: Option<i64>,
    of: &str,
    unit: &str,
) {
    let least = least.filter(|least| *least > i64::MIN);
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let numbers: BTreeSet<&str> =
        text.split(|letter: char| !letter.is_ascii_digit() && letter != '-').collect();
    if [least, most].into_iter().flatten().all(|limit| numbers.contains(&*limit.to_string())) {
        return;
    }
    let sentence = match (least, most) {
        (Some(least), Some(most)) if least == most => format!("{of}: {least}{unit}."),
        (Some(least), Some(most)) => format!("{of}: {least} to {most}{unit}."),
        (Some(least), None) => format!("{of}: at least {least}{unit}."),
        (None, Some(most)) => format!("{of}: at most {most}{unit}."),
        (None, None) => return,
    };
    describe(schema, &sentence);
}

/// Reports the constraints that no generated type enforces.
fn unchecked(at: &Pointer, kind: &str, schema: &Map<String, Value>, problems: &mut Vec<Problem>) {
    let is_checked = |keyword: &Keyword| match kind {
        "string" => keyword.types == Types::STRING,
        "integer" => keyword.types == Types::NUMBER && keyword.limit.is_some(),
        _ => false,
    };
    let unchecked = constraints(schema).filter(|keyword| !is_checked(keyword));
    let mut unchecked: Vec<&str> = unchecked.map(|keyword| keyword.name).collect();
    if !unchecked.is_empty() {
        unchecked.sort_unstable();
        let message = format!("not checked in requests: {}", unchecked.join(", "));
        problems.push(Problem::relaxed(at, message));
    }
}

/// `{enum: [a], minLength: 2}` ⇒ `{enum: [a]}`
///
/// typify leaves out the values that have another length, and would have none.
fn lengths_of_values(at: &Pointer, schema: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let Some(values) = schema.get("enum").and_then(Value::as_array) else { return };
    let length = |key: &str| schema.get(key).and_then(Value::as_u64);
    let range = length("minLength").unwrap_or(0)..=length("maxLength").unwrap_or(u64::MAX);
    let is_allowed =
        |value: &Value| value.as_str().is_none_or(|text| range.contains(&(text.chars().count() as u64)));
    if values.iter().any(is_allowed) {
        return;
    }
    ["minLength", "maxLength"].iter().for_each(|key| drop(schema.remove(*key)));
    let message = "none of the values has an allowed length, so that the length is not checked";
    problems.push(Problem::relaxed(at, message));
}

/// Reports a `minLength` above `maxLength`.
fn lengths(at: &Pointer, schema: &Map<String, Value>, problems: &mut Vec<Problem>) {
    let length = |key: &str| schema.get(key).and_then(Value::as_u64);
    if let (Some(least), Some(most)) = (length("minLength"), length("maxLength"))
        && least > most
    {
        problems.push(Problem::error(at, format!("`minLength` {least} is greater than `maxLength` {most}")));
    }
}

/// `{type: integer, format: uint64, minimum: 0}` ⇒ `{type: integer, format: uint64}`
///
/// The handwritten type of a range holds an `i64`; without a maximum these integers need a `u64`.
fn long(at: &Pointer, schema: &mut Map<String, Value>, is_unchecked: bool, problems: &mut Vec<Problem>) {
    schema.remove("exclusiveMinimum");
    if let Some(minimum) = schema.remove("minimum").filter(|_| is_unchecked)
        && minimum.as_f64().is_some_and(|minimum| minimum > 0.0)
    {
        problems.push(Problem::relaxed(at, "not checked in requests: minimum"));
    }
}

/// `{minimum: 1, exclusiveMaximum: true, maximum: 9}` ⇒ `(1, 8)`; `None` without either.
fn integer_range(
    at: &Pointer,
    schema: &Map<String, Value>,
    problems: &mut Vec<Problem>,
) -> Option<(i64, i64)> {
    let mut end = |key: &str, exclusive: &str, inward: i64, open: i64| {
        let value = schema.get(key)?;
        let Some(value) = value.as_i64() else {
            problems.push(Problem::relaxed(
                &at.join(key),
                format!("the bound {value} is not checked: it is not a 64-bit integer"),
            ));
            return Some(open);
        };
        let is_exclusive = schema.get(exclusive) == Some(&Value::Bool(true));
        Some(if is_exclusive { value.saturating_add(inward) } else { value })
    };
    let minimum = end("minimum", "exclusiveMinimum", 1, i64::MIN);
    let maximum = end("maximum", "exclusiveMaximum", -1, i64::MAX);
    if minimum.is_none() && maximum.is_none() {
        return None;
    }
    let (minimum, maximum) = (minimum.unwrap_or(i64::MIN), maximum.unwrap_or(i64::MAX));
    if minimum > maximum {
        problems.push(Problem::error(at, format!("no integer is in the range {minimum} to {maximum}")));
    }
    Some((minimum, maximum))
}

/// The constraints of a schema.
pub(super) fn constraints(schema: &Map<String, Value>) -> impl Iterator<Item = &'static Keyword> {
    schema.keys().filter_map(|key| keyword(key)).filter(|keyword| keyword.is_bound())
}
