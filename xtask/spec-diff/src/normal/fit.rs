//! Validates listed values against bounds, patterns, multiples and formats.

use std::net::{Ipv4Addr, Ipv6Addr};

use relay_rest_codegen::document::keyword;
use relay_rest_codegen::document::keywords::Limit;
use serde_json::Value;

use super::{Bound, NormalSchema, Types};

impl NormalSchema<'_> {
    /// Whether a value is valid under bounds, patterns, multiples and formats. A value whose validity cannot be decided counts as
    /// valid.
    pub(crate) fn fits(&self, value: &Value) -> bool {
        self.fits_beside(value, &NormalSchema::default())
    }

    /// As [`Self::fits`], of a value that `listing` lists: a format that stands beside the list does not exclude it.
    pub(crate) fn fits_beside(&self, value: &Value, listing: &NormalSchema<'_>) -> bool {
        let has = |format: &&str| {
            listing.formats_of_values.contains(format) || has_format(value, format).unwrap_or(true)
        };
        self.is_within(value) && self.formats.keys().all(has)
    }

    /// Whether it is known of each format whether a value has it.
    pub(crate) fn formats_are_decided(&self, value: &Value, listing: &NormalSchema<'_>) -> bool {
        let is_known =
            |format: &&str| listing.formats_of_values.contains(format) || has_format(value, format).is_some();
        self.formats.keys().all(is_known)
    }

    /// Drops the listed values that are invalid under bounds, patterns or multiples of the same schema. Formats drop none:
    /// JSON Schema leaves it open whether they are asserted.
    ///
    /// `enum: [1, 5], minimum: 2` ⇒ `enum: [5]`
    pub(super) fn drop_values_that_do_not_fit(&mut self) {
        let Some(mut values) = self.values.take() else { return };
        values.retain(|_, value| self.is_within(value));
        self.values = Some(values);
    }

    fn is_within(&self, value: &Value) -> bool {
        self.bounds.iter().all(|(name, (bound, _))| is_within(value, name, *bound))
            && self
                .patterns
                .keys()
                .all(|pattern| value.as_str().and_then(|text| matches(text, pattern)).unwrap_or(true))
            && self.multiples.keys().all(|multiple| is_multiple(value, multiple).unwrap_or(true))
    }
}

/// Whether a number, or the length or size of another value, is within a bound.
fn is_within(value: &Value, name: &str, bound: Bound) -> bool {
    let Some(keyword) = keyword(name).filter(|keyword| keyword.types.meets(Types::of_value(value))) else {
        return true;
    };
    let size = |size: usize| Bound::Integer(size as i128);
    let measured = match value {
        Value::Number(number) => Bound::of(number),
        // A character is a code point (JSON Schema 2020-12 validation §6.3.1).
        Value::String(text) => size(text.chars().count()),
        // Counting matches needs the schema of `contains`, which is compared elsewhere.
        Value::Array(_) if name.ends_with("Contains") => return true,
        Value::Array(items) => size(items.len()),
        Value::Object(map) => size(map.len()),
        Value::Null | Value::Bool(_) => return true,
    };
    let is_exclusive = name.starts_with("exclusive");
    match keyword.limit {
        Some(Limit::Lower) => measured > bound || !is_exclusive && measured == bound,
        Some(Limit::Upper) => measured < bound || !is_exclusive && measured == bound,
        None => true,
    }
}

/// Whether a string matches a pattern; none if the pattern is not an ECMA-262 regular expression (validation §6.3.3).
pub(crate) fn matches(text: &str, pattern: &str) -> Option<bool> {
    let regex = regress::Regex::with_flags(pattern, "u").ok()?;
    Some(regex.find(text).is_some())
}

fn is_multiple(value: &Value, of: &str) -> Option<bool> {
    let (value, of) = (value.as_f64()?, of.parse::<f64>().ok()?);
    let times = value / of;
    // 0.3 is a multiple of 0.1, although 0.3 / 0.1 is not an integer in floating point.
    Some((times - times.round()).abs() <= f64::EPSILON * times.abs().max(1.0))
}

/// Whether a string or a number has a format (validation §7.3, OpenAPI 3.1.0 §4.4); none for formats that are not checked here.
fn has_format(value: &Value, format: &str) -> Option<bool> {
    if let Value::Number(number) = value {
        let is_within = |bits: i32| {
            let number = Bound::of(number);
            Types::INTEGER.has(Types::of_value(value))
                && number >= Bound::Integer(-1 << (bits - 1))
                && number < Bound::Integer(1 << (bits - 1))
        };
        // All other formats are of strings.
        return Some(match format {
            "int32" => is_within(32),
            "int64" => is_within(64),
            _ => true,
        });
    }
    let text = value.as_str()?;
    match format {
        "date" => Some(rfc3339(text).is_some_and(|[has_date, has_time, _]| has_date && !has_time)),
        "date-time" => Some(rfc3339(text) == Some([true; 3]) && !text.contains(' ')),
        "email" => Some(email_address::EmailAddress::is_valid(text)),
        "ipv4" => Some(text.parse::<Ipv4Addr>().is_ok()),
        "ipv6" => Some(text.parse::<Ipv6Addr>().is_ok()),
        "uuid" => matches(text, "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
        _ => None,
    }
}

/// Whether a string has a date, a time and an offset as in RFC 3339, whose syntax TOML uses.
fn rfc3339(text: &str) -> Option<[bool; 3]> {
    let parsed: toml::value::Datetime = text.parse().ok()?;
    Some([parsed.date.is_some(), parsed.time.is_some(), parsed.offset.is_some()])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The oracle is the validator of the conformance tests.
    #[test]
    fn values_are_validated_as_by_json_schema() {
        let values = [
            json!(1),
            json!(2),
            json!(2.5),
            json!(-3),
            json!(0.3),
            json!("ab"),
            json!("é😀"),
            json!(""),
            json!("2026-02-30"),
            json!("2026-02-28"),
            json!("2026-02-28T01:02:03Z"),
            json!("2026-02-28t01:02:03.5+01:00"),
            json!("2026-02-28T01:02:03"),
            json!("2026-02-28 01:02:03Z"),
            json!("01:02:03"),
            json!("a@example.com"),
            json!("a@"),
            json!("10.0.0.1"),
            json!("::1"),
            json!([1, 2]),
            json!({ "a": 1 }),
            json!("c7a3e1c4-8e1b-4f8e-9a43-0c1f4e0a9f11"),
            json!(null),
            json!(true),
        ];
        let schemas = [
            json!({ "minimum": 2 }),
            json!({ "exclusiveMinimum": 2 }),
            json!({ "maximum": 2.5 }),
            json!({ "exclusiveMaximum": 2.5 }),
            json!({ "multipleOf": 0.1 }),
            json!({ "multipleOf": 2 }),
            json!({ "minLength": 2 }),
            json!({ "maxLength": 1 }),
            json!({ "minItems": 3 }),
            json!({ "maxItems": 2 }),
            json!({ "minProperties": 2 }),
            json!({ "maxProperties": 0 }),
            json!({ "pattern": "^\\p{L}" }),
            json!({ "pattern": "b$" }),
            json!({ "format": "date" }),
            json!({ "format": "ipv4" }),
            json!({ "format": "ipv6" }),
            json!({ "format": "date-time" }),
            json!({ "format": "email" }),
            json!({ "format": "uuid" }),
        ];
        let mut refused = 0;
        for schema in &schemas {
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(true)
                .build(schema)
                .expect("a schema");
            let normal = NormalSchema::own(&"".into(), schema.as_object().expect("an object"));
            for value in &values {
                assert_eq!(normal.fits(value), validator.is_valid(value), "{value} under {schema}");
                refused += usize::from(!normal.fits(value));
            }
        }
        assert!(refused > 30, "{refused}");
    }
}
