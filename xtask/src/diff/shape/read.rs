//! What the keywords of one schema object say.
//! Knows the keywords of JSON Schema 2020-12 and OpenAPI; must not know other schemas.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{At, Flag, LOWER, Limit, Shape, Site, Types, UPPER, below, entries_of};

/// Keywords that people read: notes, which do not travel (JSON Schema Validation §9, OpenAPI 3.1.0 §4.8.24).
const NOTES: [&str; 7] =
    ["$comment", "description", "example", "examples", "externalDocs", "summary", "title"];

/// Keywords whose schemas or lists are compared for themselves.
const CONDITIONS: [&str; 12] = [
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "contains",
    "contentSchema",
    "propertyNames",
    "patternProperties",
    "prefixItems",
    "unevaluatedItems",
];

/// Keywords that name schemas or say how to read them: what they do shows elsewhere.
const SILENT: [&str; 10] =
    ["$ref", "$defs", "definitions", "$id", "$schema", "$anchor", "$vocabulary", "allOf", "anyOf", "oneOf"];

/// Whether a keyword says nothing about instances.
pub(super) fn is_note(key: &str) -> bool {
    NOTES.contains(&key) || (key.starts_with("x-") && key != "x-sunset" && key != "x-stability-level")
}

/// What people read in one schema object, by keyword.
pub(super) fn notes<'a>(at: &At, schema: &'a Map<String, Value>) -> BTreeMap<&'static str, Site<'a>> {
    let all = NOTES.iter().filter_map(|note| Some((*note, schema.get(*note)?)));
    all.map(|(note, value)| (note, Site { at: at.clone(), value })).collect()
}

impl<'a> Shape<'a> {
    /// The keywords of one schema object itself.
    pub(super) fn own(at: &At, schema: &'a Map<String, Value>) -> Self {
        let mut own = Shape::default();
        for (key, value) in schema {
            own.keyword(at, schema, key, value);
        }
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            own.allow_null();
        }
        own
    }

    fn keyword(&mut self, at: &At, schema: &'a Map<String, Value>, key: &'a str, value: &'a Value) {
        let site = || Site { at: at.clone(), value };
        let mut flag = |flag, is_set| {
            if is_set {
                self.flags.insert(flag, at.clone());
            }
        };
        let is_true = value == &Value::Bool(true);
        match (key, value) {
            ("type", kind) => {
                self.types = Types::of(kind);
                self.types_at = Some(at.clone());
            }
            ("format", Value::String(format)) => {
                self.formats.insert(format, at.clone());
            }
            ("enum", Value::Array(values)) => self.allow_values(values, at),
            ("const", value) => self.allow_values(std::slice::from_ref(value), at),
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(is_exclusive)) => {
                // OpenAPI 3.0: a flag beside the bound.
                let (inclusive, exclusive) = pair(key);
                if let (Some(Value::Number(bound)), true) = (schema.get(inclusive), *is_exclusive) {
                    self.bounds.insert(exclusive, (Limit::of(bound), at.clone()));
                }
            }
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
                for (name, site) in entries_of(at, key, Some(value)) {
                    self.properties.insert(name, vec![site]);
                }
            }
            ("required", Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                self.required.extend(names.map(|name| (name, at.clone())));
            }
            ("additionalProperties" | "unevaluatedProperties", _) if is_never(value) => {
                flag(Flag::Closed, true)
            }
            ("additionalProperties" | "unevaluatedProperties", Value::Bool(_)) => {}
            ("additionalProperties" | "unevaluatedProperties", Value::Object(of)) if !says_nothing(of) => {
                self.additional.push(Site { at: below(at, key), value });
            }
            ("items", Value::Object(of)) if says_nothing(of) => {}
            ("items", Value::Object(_) | Value::Bool(false)) => {
                self.items.push(Site { at: below(at, key), value });
            }
            ("default", _) => self.default = Some(site()),
            ("discriminator", Value::Object(_)) => self.discriminator = Some(site()),
            ("deprecated" | "x-sunset" | "x-stability-level", _) => {
                self.lifecycle = Some((at.clone(), schema))
            }
            _ => self.other(at, key, value),
        }
    }

    fn other(&mut self, at: &At, key: &'a str, value: &'a Value) {
        let site = || Site { at: at.clone(), value };
        let find = |known: &[&'static str]| known.iter().copied().find(|known| *known == key);
        if let (Some(keyword), Value::Number(bound)) = (find(&LOWER).or_else(|| find(&UPPER)), value) {
            self.bounds.insert(keyword, (Limit::of(bound), at.clone()));
        } else if let Some(keyword) = find(&CONDITIONS) {
            self.condition(at, keyword, value);
        } else if let Some(keyword) = find(&NOTES) {
            self.docs.insert(keyword, site());
        } else if find(&SILENT).is_none()
            && find(&LOWER).is_none()
            && !matches!(key, "nullable" | "items" | "additionalProperties" | "unevaluatedProperties")
            && !key.starts_with("x-")
        {
            self.unknown.insert(key, site());
        }
    }

    fn condition(&mut self, at: &At, keyword: &'static str, value: &'a Value) {
        match (keyword, value) {
            // Nothing is excluded, or everything.
            ("not", Value::Bool(false)) => {}
            ("not", value) if is_empty(value) => {
                self.flags.insert(Flag::Never, at.clone());
            }
            ("dependentRequired" | "dependentSchemas" | "patternProperties" | "prefixItems", value)
                if value.as_object().is_some_and(Map::is_empty)
                    || value.as_array().is_some_and(Vec::is_empty) => {}
            ("propertyNames" | "unevaluatedItems" | "contentSchema", value) if is_empty(value) => {}
            _ => {
                let site = Site { at: below(at, keyword), value };
                self.conditions.entry(keyword).or_default().push(site);
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

/// Whether a schema allows everything.
fn is_empty(schema: &Value) -> bool {
    schema == &Value::Bool(true) || schema.as_object().is_some_and(says_nothing)
}

/// Whether a schema allows nothing, as plainly as people write it.
fn is_never(schema: &Value) -> bool {
    schema == &Value::Bool(false) || schema.get("not").is_some_and(is_empty)
}

/// A value as it is compared: a number without a fraction is an integer (JSON Schema 2020-12 §4.2.2).
fn canonical(value: &Value) -> String {
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

/// Whether the keywords of a schema are notes.
fn says_nothing(schema: &Map<String, Value>) -> bool {
    schema.keys().all(|key| is_note(key))
}

/// The bound with the value, and the one that excludes it.
fn pair(key: &str) -> (&'static str, &'static str) {
    if key == "exclusiveMinimum" { ("minimum", "exclusiveMinimum") } else { ("maximum", "exclusiveMaximum") }
}
