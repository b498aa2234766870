//! Bounds, patterns and formats: what is sent must not break one, what is received may.
//! Knows which of them a type can hold; must not know which way a schema travels.

use serde_json::{Map, Value, json};

use super::merge::is_annotation;
use crate::document::keywords::Keyword;
use crate::document::{Pointer, Types, keyword};
use crate::problem::Problem;
use crate::settings::Settings;

/// A response is read even when the server has widened a bound, a pattern or an object since.
pub(super) fn relax(at: &Pointer, schema: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let mut dropped: Vec<&str> = bounds(schema).map(|keyword| keyword.name).collect();
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
pub(super) fn enforce(
    at: &Pointer,
    schema: &mut Map<String, Value>,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) {
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
        schema.retain(|key, _| is_annotation(key) || key == "type");
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
    let is_checked = |keyword: &Keyword| match kind {
        "string" => keyword.types == Types::STRING,
        "integer" => keyword.types == Types::NUMBER && keyword.limit.is_some(),
        _ => false,
    };
    let unchecked = bounds(schema).filter(|keyword| !is_checked(keyword));
    let mut unchecked: Vec<&str> = unchecked.map(|keyword| keyword.name).collect();
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

/// The keywords that bound the value.
fn bounds(schema: &Map<String, Value>) -> impl Iterator<Item = &'static Keyword> {
    schema.keys().filter_map(|key| keyword(key)).filter(|keyword| keyword.is_bound())
}
