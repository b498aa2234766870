//! The keywords of one schema object in normal form. Must not follow references or read other schemas.

use std::collections::BTreeMap;

use relay_rest_codegen::document::keywords::{
    self, Holds, KEYWORDS, Role, is_composition, matches_everything,
};
use relay_rest_codegen::document::references::is_reference_key;
use relay_rest_codegen::document::{is_documentation, is_extension, keyword};
use serde_json::{Map, Value};

use super::{Additional, At, Bound, Flag, NormalSchema, Site, Types, below};
use crate::lifecycle;

/// Whether a keyword is only documentation.
pub(crate) fn is_documentation_keyword(key: &str) -> bool {
    key == "summary" || is_documentation(key) && !lifecycle::is_lifecycle_extension(key)
}

/// The documentation of one schema object, by keyword.
pub(super) fn docs<'a>(at: &At, schema: &'a Map<String, Value>) -> BTreeMap<&'static str, Site<'a>> {
    let all = schema.iter().filter_map(|(key, value)| Some((keyword(key)?, value)));
    let docs = all.filter(|(keyword, _)| keyword.role == Role::Documentation);
    docs.map(|(keyword, value)| (keyword.name, Site { at: at.clone(), value })).collect()
}

/// Whether a keyword is a lower or an upper bound.
pub(super) fn bound_direction(name: &str) -> Option<keywords::Limit> {
    keyword(name)?.limit
}

impl<'a> NormalSchema<'a> {
    /// Reads the keywords of one schema object.
    pub(super) fn own(at: &At, schema: &'a Map<String, Value>) -> Self {
        let mut own = NormalSchema::default();
        for (key, value) in schema {
            own.keyword(at, schema, key, value);
        }
        // It adds a type, and no value to those that are listed (OpenAPI 3.0.4 §4.7.24).
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            if own.types == Types::ALL {
                own.is_null_unclear = own.values.is_none();
            } else {
                own.types = own.types.or(Types::NULL);
            }
        }
        own
    }

    fn keyword(&mut self, at: &At, schema: &'a Map<String, Value>, key: &'a str, value: &'a Value) {
        let site = || Site { at: at.clone(), value };
        let below_key = || Site { at: below(at, key), value };
        let mut flag = |flag, is_set| {
            if is_set {
                self.flags.insert(flag, at.clone());
            }
        };
        let is_true = value == &Value::Bool(true);
        match (key, value) {
            // Everything is evaluated by the keyword beside it.
            ("unevaluatedItems", _) if schema.contains_key("items") => {}
            ("unevaluatedProperties", _) if schema.contains_key("additionalProperties") => {}
            ("type", kind) => {
                self.types = Types::of(kind);
                self.types_at = Some(at.clone());
            }
            // What 3.0 writes as a format is content in 3.1 (OpenAPI 3.1.0 §4.8.14.2).
            ("format", Value::String(format)) if format == "binary" => {
                self.contents.entry("contentMediaType").or_insert(("application/octet-stream", at.clone()));
            }
            ("format", Value::String(format)) if format == "byte" => {
                self.contents.entry("contentEncoding").or_insert(("base64", at.clone()));
            }
            ("format", Value::String(format)) => {
                self.formats.insert(format, at.clone());
            }
            ("enum", Value::Array(values)) => self.allow_values(values, at),
            ("const", value) => self.allow_values(std::slice::from_ref(value), at),
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(is_exclusive)) => {
                // `{minimum: 1, exclusiveMinimum: true}` ⇒ `{exclusiveMinimum: 1}` (OpenAPI 3.0)
                let (inclusive, exclusive) = pair(key);
                if let (Some(Value::Number(bound)), true) = (schema.get(inclusive), *is_exclusive) {
                    self.bounds.insert(exclusive, (Bound::of(bound), at.clone()));
                }
            }
            ("pattern", Value::String(pattern)) if matches_everything(pattern) => {}
            ("pattern", Value::String(pattern)) => {
                self.patterns.insert(pattern, at.clone());
            }
            ("multipleOf", Value::Number(number)) => {
                self.multiples.insert(number.to_string(), at.clone());
            }
            ("contentEncoding", Value::String(content)) => {
                self.contents.insert("contentEncoding", (content, at.clone()));
            }
            ("contentMediaType", Value::String(content)) => {
                self.contents.insert("contentMediaType", (content, at.clone()));
            }
            ("uniqueItems", _) => flag(Flag::UniqueItems, is_true),
            ("readOnly", _) => flag(Flag::ReadOnly, is_true),
            ("writeOnly", _) => flag(Flag::WriteOnly, is_true),
            ("properties", _) => {
                for (name, site) in below_key().entries() {
                    self.properties.insert(name, vec![site]);
                }
            }
            ("required", Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                self.required.extend(names.map(|name| (name, at.clone())));
            }
            ("additionalProperties" | "unevaluatedProperties", Value::Bool(true)) => {}
            ("additionalProperties" | "unevaluatedProperties", Value::Object(of)) if has_only_docs(of) => {}
            ("additionalProperties" | "unevaluatedProperties", Value::Bool(_) | Value::Object(_)) => {
                flag(Flag::Closed, allows_nothing(value));
                let names = |keyword: &str| {
                    let of = schema.get(keyword).and_then(Value::as_object);
                    of.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
                };
                self.additional.push(Additional {
                    site: below_key(),
                    names: names("properties"),
                    patterns: names("patternProperties"),
                    is_unevaluated: key == "unevaluatedProperties",
                });
            }
            ("items", Value::Object(of)) if has_only_docs(of) => {}
            ("items", Value::Object(_) | Value::Bool(false)) => {
                self.items.push(below_key());
            }
            ("default", _) => self.default = Some(site()),
            ("discriminator", Value::Object(_)) => self.discriminator = Some(site()),
            ("deprecated", _) => self.lifecycle = Some((at.clone(), schema)),
            (key, _) if lifecycle::is_lifecycle_extension(key) => self.lifecycle = Some((at.clone(), schema)),
            _ => self.other(at, key, value),
        }
    }

    fn other(&mut self, at: &At, key: &'a str, value: &'a Value) {
        let site = || Site { at: at.clone(), value };
        let Some(keyword) = keyword(key) else {
            if key != "summary" && !is_extension(key) {
                self.unknown.insert(key, site());
            }
            return;
        };
        match (keyword.role, value) {
            (Role::Assertion, Value::Number(bound)) if keyword.limit.is_some() => {
                self.bounds.insert(keyword.name, (Bound::of(bound), at.clone()));
            }
            (Role::Documentation, _) => drop(self.docs.insert(keyword.name, site())),
            // These have no constraint of their own.
            (Role::Identifier | Role::Definitions, _) => {}
            (Role::InPlace, _) if is_composition(key) => {}
            (Role::Reference, _) if is_reference_key(key) => {}
            (Role::ToParts, Value::Bool(true)) => {}
            _ if key == "nullable" => {}
            _ if keyword.holds != Holds::Nothing || key == "dependentRequired" => {
                self.applicator(at, keyword.name, value);
            }
            _ => drop(self.unknown.insert(key, site())),
        }
    }

    fn applicator(&mut self, at: &At, keyword: &'static str, value: &'a Value) {
        match (keyword, value) {
            // `not: false` excludes nothing, `not: {}` everything.
            ("not", Value::Bool(false)) => {}
            ("not", value) if allows_everything(value) => {
                self.flags.insert(Flag::Never, at.clone());
            }
            (name, value) if is_no_constraint(name, value) => {}
            _ => {
                let site = Site { at: below(at, keyword), value };
                self.applicators.entry(keyword).or_default().push(site);
            }
        }
    }

    fn allow_values(&mut self, values: &'a [Value], at: &At) {
        let values: BTreeMap<String, &'a Value> =
            values.iter().map(|value| (canonical(value), value)).collect();
        match &mut self.values {
            Some(own) => own.retain(|text, _| values.contains_key(text)),
            None => self.values = Some(values),
        }
        self.values_at = Some(at.clone());
    }
}

/// Whether a schema has no constraint.
fn allows_everything(schema: &Value) -> bool {
    schema == &Value::Bool(true) || schema.as_object().is_some_and(has_only_docs)
}

/// Whether an applicator constrains nothing: it has an empty schema, or no schemas or names.
fn is_no_constraint(name: &str, value: &Value) -> bool {
    match (keyword(name).map(|keyword| keyword.holds), value) {
        // Even with an empty schema, `contains` requires an item, and `if` selects `then`.
        (Some(Holds::Schema), _) => !matches!(name, "if" | "contains") && allows_everything(value),
        (_, Value::Object(map)) => map.is_empty(),
        (_, Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}

/// Whether a schema is `false` or `{not: {}}`.
pub(super) fn allows_nothing(schema: &Value) -> bool {
    schema == &Value::Bool(false) || schema.get("not").is_some_and(allows_everything)
}

/// JSON that is equal for equal values: `1.0` is `1` (JSON Schema 2020-12 §4.2.2), and keys are sorted.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                (float as i64).to_string()
            }
            _ => number.to_string(),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let mut parts: Vec<String> =
                map.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        _ => value.to_string(),
    }
}

/// Whether all keywords of a schema are documentation.
fn has_only_docs(schema: &Map<String, Value>) -> bool {
    schema.keys().all(|key| is_documentation_keyword(key))
}

/// The inclusive and the exclusive keyword of a bound, by the exclusive one.
fn pair(key: &str) -> (&'static str, &'static str) {
    let pairs = KEYWORDS.iter().filter_map(|keyword| Some((keyword.name, keyword.exclusive()?)));
    pairs.into_iter().find(|(_, exclusive)| *exclusive == key).unwrap_or(("minimum", "exclusiveMinimum"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An unread keyword is compared as JSON, and reported only as `keyword-changed`.
    #[test]
    fn every_keyword_is_supported() {
        for keyword in KEYWORDS {
            let value = match (keyword.holds, keyword.name) {
                (Holds::Schema, _) => json!({ "type": "string" }),
                (Holds::List, _) => json!([{ "type": "string" }]),
                (Holds::Map, _) => json!({ "a": { "type": "string" } }),
                (Holds::Nothing, "type" | "format" | "pattern" | "contentEncoding" | "contentMediaType") => {
                    json!("a")
                }
                (Holds::Nothing, "enum" | "required") => json!(["a"]),
                (Holds::Nothing, "discriminator") => json!({ "propertyName": "a" }),
                (Holds::Nothing, "dependentRequired") => json!({ "a": ["b"] }),
                (Holds::Nothing, _) => json!(1),
            };
            let schema = json!({ keyword.name: value });
            let own = NormalSchema::own(&"".into(), schema.as_object().expect("an object"));
            // `xml` is not supported here; dynamic references are resolved before.
            let is_unread = matches!(keyword.name, "xml" | "$dynamicRef" | "$recursiveRef");
            assert_eq!(own.unknown.is_empty(), !is_unread, "{}", keyword.name);
        }
    }
}
