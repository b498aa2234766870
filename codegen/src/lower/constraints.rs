//! Constraints that 3.0.3 writes differently, supports in part, or lacks.
//! Must not know types of instances.

use serde_json::{Map, Value, json};

use super::never::is_never;
use crate::document::keywords::{applies_in_place, matches_everything};
use crate::document::{Pointer, Schema};
use crate::problem::Problem;

/// The format of integers that neither an `i64` nor a `u64` holds.
pub(crate) const BEYOND_64_BITS: &str = "beyond-64-bits";

/// The extension that keeps the media type of a string's content, for multipart forms.
pub(crate) const CONTENT_MEDIA_TYPE: &str = "x-content-media-type";

/// Lowers the constraints of one schema.
pub(super) fn lower(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    beyond_i64(at, schema, problems);
    for range in [
        Range { inclusive: "minimum", exclusive: "exclusiveMinimum", tighter: f64::ge, inward: f64::ceil },
        Range { inclusive: "maximum", exclusive: "exclusiveMaximum", tighter: f64::le, inward: f64::floor },
    ] {
        range.lower(at, schema, problems);
    }
    content(schema);
    array(at, schema, problems);
    object(at, schema, problems);
    unions(at, schema, problems);
}

/// Reports that a constraint is lost.
pub(super) fn relaxed(at: &Pointer, key: &str, problems: &mut Vec<Problem>) {
    problems.push(Problem::relaxed(&at.join(key), format!("`{key}` is not checked")));
}

/// `{type: integer, minimum: 0, maximum: 18446744073709551615}` ⇒ `{type: integer, format: uint64, minimum: 0}`;
/// `{type: integer, maximum: 1e30}` ⇒ `{type: integer, format: beyond-64-bits}`
///
/// Where the document says that integers are beyond 64 bits with a sign, their type has to hold them.
fn beyond_i64(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if !schema.get("type").is_some_and(is_integer) || format.starts_with("int") {
        return;
    }
    let is_uint64 = format == "uint64";
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let maximum = number("maximum").or(number("exclusiveMaximum"));
    let minimum = number("minimum").or(number("exclusiveMinimum").map(|least| least + 1.0));
    let values =
        ["const", "default", "example", "enum", "examples"].iter().filter_map(|key| schema.get(*key));
    let values = values.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    let all = || maximum.into_iter().chain(minimum).chain(values.clone().filter_map(Value::as_f64));
    let is_signed = minimum.is_none_or(|least| least < 0.0);
    // 2⁶³ itself is what many programs make of the largest number with a sign, which has more digits than a float.
    if !all().any(|value| value.abs() > BEYOND) {
        return;
    }
    // 2⁶⁴ as a bound is what 2⁶⁴ - 1 is as a float.
    if is_uint64 || (!is_signed && all().all(|value| value <= 2.0 * BEYOND)) {
        schema.insert("format".to_owned(), "uint64".into());
        for key in ["maximum", "exclusiveMaximum"] {
            if schema.get(key).and_then(Value::as_f64).is_some_and(|bound| bound >= BEYOND) {
                schema.remove(key);
            }
        }
    } else {
        schema.insert("format".to_owned(), BEYOND_64_BITS.into());
        problems.push(Problem::lossy(
            at,
            "integers beyond 64 bits are any number, and have the digits of a float",
        ));
    }
}

/// The keywords for one end of a range of numbers.
struct Range {
    inclusive: &'static str,
    exclusive: &'static str,
    /// Whether the exclusive number is the tighter one.
    tighter: fn(&f64, &f64) -> bool,
    /// To the next integer that is allowed.
    inward: fn(f64) -> f64,
}

impl Range {
    fn lower(&self, at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
        self.flag(schema);
        if schema.get("type").is_some_and(is_integer)
            && schema.get("format").is_none_or(|format| format != BEYOND_64_BITS)
        {
            self.round(at, schema, problems);
        }
    }

    /// `{minimum: 1, exclusiveMinimum: 2}` ⇒ `{minimum: 2, exclusiveMinimum: true}`
    ///
    /// In 2020-12 the exclusive keyword is a number of its own; in 3.0 it is a flag that says how `minimum` is meant.
    fn flag(&self, schema: &mut Schema) {
        let Some(number) = schema.get(self.exclusive).and_then(Value::as_number).cloned() else { return };
        let is_tighter = match (number.as_f64(), schema.get(self.inclusive).and_then(Value::as_f64)) {
            (Some(exclusive), Some(inclusive)) => (self.tighter)(&exclusive, &inclusive),
            _ => true,
        };
        if is_tighter {
            schema.insert(self.inclusive.to_owned(), Value::Number(number));
            schema.insert(self.exclusive.to_owned(), true.into());
        } else {
            schema.remove(self.exclusive);
        }
    }

    /// `{type: integer, minimum: 0.5}` ⇒ `{type: integer, minimum: 1}`; `{type: integer, maximum: 1e30}` ⇒ `{type: integer}`
    ///
    /// Conforming reads the range of an integer as `i64`.
    fn round(&self, at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
        let key = self.inclusive;
        let Some(number) = schema.get(key).and_then(Value::as_f64).filter(|_| schema[key].as_i64().is_none())
        else {
            return;
        };
        // 2⁶³ itself is the first float beyond.
        if number.abs() >= 9_223_372_036_854_775_808.0 {
            schema.remove(key);
            schema.remove(self.exclusive);
            problems.push(Problem::relaxed(
                &at.join(key),
                format!("{number} does not fit into 64 bits and is not checked"),
            ));
            return;
        }
        let rounded = (self.inward)(number);
        if rounded != number {
            // The next integer inside is allowed, whether the fraction was or not.
            schema.remove(self.exclusive);
        }
        schema.insert(key.to_owned(), (rounded as i64).into());
    }
}

fn is_integer(kind: &Value) -> bool {
    let is = |kind: &Value| kind == "integer" || kind == "null";
    kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.iter().all(is) && !kinds.is_empty())
}

/// `{contentEncoding: base64}` ⇒ `{type: string, format: byte}`;
/// `{contentMediaType: application/octet-stream}` ⇒ `{type: string, format: binary}`;
/// `{contentMediaType: image/png}` ⇒ `{description: 'Content: image/png.', x-content-media-type: image/png}`
///
/// 3.0 has these two formats in place of the keywords; any other content goes into the description.
fn content(schema: &mut Schema) {
    let encoding = schema.remove("contentEncoding");
    let media_type = schema.remove("contentMediaType");
    let format =
        match (encoding.as_ref().and_then(Value::as_str), media_type.as_ref().and_then(Value::as_str)) {
            (None, None) => return,
            (Some("base64"), _) => "byte",
            (None, Some("application/octet-stream")) => "binary",
            (encoding, media_type) => {
                if let (None, Some(media_type)) = (encoding, media_type) {
                    schema.insert(CONTENT_MEDIA_TYPE.to_owned(), media_type.into());
                }
                let content = [encoding, media_type].into_iter().flatten().collect::<Vec<_>>().join(", ");
                describe(schema, &format!("Content: {content}."));
                return;
            }
        };
    schema.entry("type").or_insert_with(|| "string".into());
    schema.entry("format").or_insert_with(|| format.into());
    if let Some(media_type) = media_type.filter(|_| format == "byte") {
        describe(schema, &format!("Content: {}.", media_type.as_str().unwrap_or_default()));
    }
}

/// Adds a sentence to the description.
fn describe(schema: &mut Schema, sentence: &str) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let described = format!("{description}\n\n{sentence}");
    schema.insert("description".to_owned(), described.trim_start().into());
}

/// `{prefixItems: [A, B], items: C}` ⇒ `{items: {oneOf: [A, B, C]}}`; `{prefixItems: [A], items: false}` ⇒ `{maxItems: 1, items: A}`
///
/// 3.0 has one schema for all items, so which item is at which index is lost, except in tuples.
fn array(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    if is_tuple(schema) {
        ["items", "minItems", "maxItems"].iter().for_each(|key| drop(schema.remove(*key)));
        return;
    }
    if schema.get("items").is_some_and(is_never) {
        schema.remove("items");
        let length = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len) as u64;
        let own = schema.get("maxItems").and_then(Value::as_u64);
        schema.insert("maxItems".to_owned(), own.map_or(length, |own| own.min(length)).into());
        schema.entry("items").or_insert_with(|| json!({}));
    }
    let Some(Value::Array(members)) = schema.remove("prefixItems") else { return };
    let is_closed =
        schema.get("maxItems").and_then(Value::as_u64).is_some_and(|most| most <= members.len() as u64);
    let rest = schema
        .remove("items")
        .filter(|_| !is_closed)
        .unwrap_or_else(|| if is_closed { Value::Null } else { json!({}) });
    let has_never = members.iter().any(is_never);
    let mut distinct: Vec<Value> = Vec::new();
    for member in members.into_iter().chain(Some(rest).filter(|rest| !rest.is_null())) {
        if !is_never(&member) && !distinct.contains(&member) {
            distinct.push(member);
        }
    }
    if distinct.len() > 1 || has_never {
        problems.push(Problem::relaxed(&at.join("prefixItems"), "the order of the items is not checked"));
    }
    let items = match distinct.len() {
        0 => json!({}),
        1 => distinct.remove(0),
        // A member that allows anything makes the others redundant.
        _ if distinct.iter().any(|member| *member == json!({})) => json!({}),
        _ => json!({ "oneOf": distinct }),
    };
    schema.insert("items".to_owned(), items);
}

/// `{type: array, prefixItems: [A, B], minItems: 2, items: false}`: a list with one schema for each of two items or more.
fn is_tuple(schema: &Schema) -> bool {
    let Some(Value::Array(members)) = schema.get("prefixItems") else { return false };
    let is_list = |kind: &Value| {
        kind == "array" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("array")))
    };
    let length = |key: &str| schema.get(key).and_then(Value::as_f64);
    let expected = members.len() as f64;
    members.len() > 1
        && !members.iter().any(is_never)
        && schema.get("type").is_some_and(is_list)
        && length("minItems") == Some(expected)
        && match length("maxItems") {
            Some(most) => most == expected || most > expected && schema.get("items").is_some_and(is_never),
            None => schema.get("items").is_some_and(is_never),
        }
}

/// `{properties: {a: A, b: false}}` ⇒ `{properties: {a: A}}`;
/// `{patternProperties: {p: A}, additionalProperties: false}` ⇒ `{additionalProperties: A}`;
/// `{unevaluatedProperties: A}` ⇒ `{additionalProperties: A}`; with a composition ⇒ `{additionalProperties: {}}`
///
/// 3.0 has one schema for all properties without a name. `unevaluatedProperties` is the same thing unless a composition
/// evaluates properties too.
fn object(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.retain(|name, property| {
            let is_possible = !is_never(property);
            if !is_possible {
                problems
                    .push(Problem::relaxed(&at.join("properties").join(name), "its absence is not checked"));
            }
            is_possible
        });
    }
    let unevaluated = schema.remove("unevaluatedProperties");
    let patterns = match schema.remove("patternProperties") {
        Some(Value::Object(patterns)) => patterns,
        _ => Map::new(),
    };
    if !patterns.is_empty() {
        problems.push(Problem::relaxed(
            &at.join("patternProperties"),
            "which patterns the names match is not checked",
        ));
    }
    let others =
        schema.remove("additionalProperties").or(unevaluated.clone().filter(|_| !is_composed(schema)));
    let is_closed = others.as_ref().is_some_and(is_never);
    // In an open object, properties that no pattern matches may have any value.
    let matches_all = patterns.keys().any(|pattern| matches_everything(pattern) || pattern == "^.*$");
    let is_typed = is_closed || others.is_none() && matches_all;
    let mut values: Vec<Value> =
        patterns.into_iter().map(|(_, value)| value).filter(|value| !is_never(value)).collect();
    let value = match (values.len(), others) {
        (0, others) => others,
        (1, _) if is_typed => values.pop(),
        _ => Some(json!({})),
    };
    if let Some(value) = value {
        schema.insert("additionalProperties".to_owned(), value);
    } else if let Some(unevaluated) = unevaluated {
        // What a composition declares need not be like the others, so these may have any value.
        if !is_never(&unevaluated) {
            schema.insert("additionalProperties".to_owned(), json!({}));
        }
        relaxed(at, "unevaluatedProperties", problems);
    }
}

/// Whether other schemas apply to the same instance, and so evaluate properties of it.
fn is_composed(schema: &Schema) -> bool {
    schema.keys().any(|name| applies_in_place(name))
}

/// `{anyOf: [A, false]}` ⇒ `{anyOf: [A]}`; `{anyOf: [false]}` ⇒ `{}`; `{allOf: [A, false]}` is an error
///
/// A branch that allows nothing has no Rust type.
fn unions(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(key) else { continue };
        branches.retain(|branch| !is_never(branch));
        if branches.is_empty() {
            schema.remove(key);
            relaxed(at, key, problems);
        }
    }
    if schema.get("allOf").and_then(Value::as_array).is_some_and(|members| members.iter().any(is_never)) {
        schema.remove("allOf");
        problems.push(Problem::error(&at.join("allOf"), "the schema allows no value; remove what uses it"));
    }
}
