//! Values that break one rule of the document: the client must report each of them, and send nothing.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use relay_rest_codegen::Pointer;
use serde_json::{Map, Number, Value, json};

use super::operation::TestedOperation;
use super::program::Builders;
use super::server::Expected;
use crate::Failure;
use crate::validate::validator_of_formats;

/// The keywords that requests are checked against.
const CHECKED: [&str; 15] = [
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maximum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minimum",
    "minItems",
    "minLength",
    "minProperties",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// The formats that they are checked against.
const FORMATS: [&str; 2] = ["date", "date-time"];

/// Keywords below which assertions are those of the value that is sent. What else applies schemas is reported as relaxed.
const FOLLOWED: [&str; 8] =
    ["$ref", "$defs", "additionalProperties", "items", "allOf", "anyOf", "oneOf", "properties"];

/// How many calls of each operation are changed: every part of a value is, once for each change.
const CHANGED: usize = 4;
/// Greater values, in bytes of JSON, are not changed.
const MOST: usize = 20_000;

/// Invalid calls of the operations of a document.
pub(super) struct Invalid<'a> {
    document: &'a Value,
    /// Whether a pattern of the document is reported as not checked.
    pub(super) skips_patterns: bool,
    /// The assertions of the document that a call broke already.
    seen: BTreeSet<String>,
    /// How many calls of each operation were changed.
    changed: BTreeMap<String, usize>,
    /// The properties of the body that are files, whose content is not checked.
    files: BTreeSet<String>,
    /// What each call breaks.
    pub(super) calls: Vec<String>,
}

impl<'a> Invalid<'a> {
    pub(super) fn new(document: &'a Value, skips_patterns: bool) -> Self {
        Self {
            document,
            skips_patterns,
            seen: BTreeSet::new(),
            changed: BTreeMap::new(),
            files: BTreeSet::new(),
            calls: Vec::new(),
        }
    }

    /// Returns the arguments of a call with one of them changed, for each assertion that was not broken yet.
    pub(super) fn of(
        &mut self,
        operation: &TestedOperation<'_>,
        builders: &Builders,
        method: &str,
        call: &Expected,
        arguments: &Map<String, Value>,
    ) -> Vec<Map<String, Value>> {
        let mut found = Vec::new();
        let changed = self.changed.entry(method.to_owned()).or_default();
        *changed += 1;
        if *changed > CHANGED {
            return found;
        }
        let mut add = |setter: &str, values: Vec<Value>| {
            for value in values {
                let mut arguments = arguments.clone();
                arguments.insert(setter.to_owned(), value);
                found.push(arguments);
            }
        };
        if let (Some(schema), Some((_, body))) = (operation.body_schema(), &call.body) {
            self.files = operation.files_of(body);
            match body.as_array().filter(|_| operation.sends_items()) {
                Some(items) => {
                    let variants = items.iter().flat_map(|item| self.variants(&schema, item, method));
                    add("body", variants.map(|item| json!([item])).collect());
                }
                None => add("body", self.variants(&schema, body, method)),
            }
            self.files.clear();
        }
        let mut taken = Map::new();
        for argument in &call.arguments {
            let Some(setter) = builders.setter(method, &argument.name, &taken) else { continue };
            taken.insert(setter.to_owned(), Value::Null);
            if let Some(schema) = operation.schema_of(argument) {
                add(setter, self.variants(&schema, &argument.value, method));
            }
        }
        found
    }

    /// Copies of a valid value, each of which breaks one assertion at least.
    fn variants(&mut self, schema: &Pointer, value: &Value, method: &str) -> Vec<Value> {
        let Ok(validator) = validator_of_formats(self.document, schema) else { return Vec::new() };
        let mut variants = Vec::new();
        let is_invalid = validator.iter_errors(value).any(|error| self.broken(&error) != Some(Vec::new()));
        if is_invalid || value.to_string().len() > MOST {
            return variants;
        }
        for changed in changes(value) {
            let errors: Vec<_> = validator.iter_errors(&changed).collect();
            let broken: Option<Vec<Vec<String>>> = errors.iter().map(|error| self.broken(error)).collect();
            let broken: Vec<String> = broken.into_iter().flatten().flatten().collect();
            let assertion = |broken: &String| broken.split(" at ").next().unwrap_or_default().to_owned();
            let is_new = !broken.is_empty()
                && broken
                    .iter()
                    .any(|broken| self.seen.insert(format!("{method} {schema} {}", assertion(broken))));
            if is_new {
                self.calls.push(format!("{method}: #{schema} {}", broken.join(", ")));
                variants.push(changed);
            }
        }
        variants
    }

    /// The assertions that an error is about, if requests are checked against them: `/properties/a/maxLength at `/a``. Of a union, those
    /// of each branch that the value otherwise could be of; `None` if there is no such branch, or if another assertion is broken. Other
    /// formats are no assertions.
    fn broken(&self, error: &ValidationError<'_>) -> Option<Vec<String>> {
        if let ValidationErrorKind::Format { format } = error.kind()
            && !FORMATS.contains(&&**format)
        {
            return Some(Vec::new());
        }
        let path = error.evaluation_path().as_str();
        if !is_followed(path) {
            return None;
        }
        let place = error.instance_path().as_str();
        let property = place.split('/').nth(1).map(|token| token.replace("~1", "/").replace("~0", "~"));
        if error.instance().is_string() && property.is_some_and(|name| self.files.contains(&name)) {
            return None;
        }
        if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } =
            error.kind()
        {
            let of_branch = |errors: &Vec<ValidationError<'_>>| -> Option<Vec<Vec<String>>> {
                errors.iter().map(|error| self.broken(error)).collect()
            };
            let broken: Vec<String> = context.iter().filter_map(of_branch).flatten().flatten().collect();
            return (!broken.is_empty()).then_some(broken);
        }
        let keyword = path.rsplit('/').next().unwrap_or_default();
        let is_checked = CHECKED.contains(&keyword) && !(keyword == "pattern" && self.skips_patterns);
        is_checked.then(|| vec![format!("{path} at `{}`", error.instance_path())])
    }
}

/// Whether an assertion is one of the value that is sent.
fn is_followed(path: &str) -> bool {
    let mut tokens = path.split('/').skip(1).peekable();
    let mut is_followed = true;
    while let Some(token) = tokens.next() {
        is_followed &= tokens.peek().is_none() || FOLLOWED.contains(&token);
        if matches!(token, "properties" | "allOf" | "anyOf" | "oneOf" | "$defs") {
            tokens.next();
        }
    }
    is_followed
}

/// A failure if a call with an invalid value was sent, or failed for no reason.
pub(super) fn failure(what: &str, result: &Value) -> Option<Failure> {
    let is_reported = result[0] == "failed" && result[1].as_str().is_some_and(|reason| !reason.is_empty());
    (!is_reported)
        .then(|| Failure::new("an invalid value was sent", format!("{what}: the result is {result}")))
}

/// Copies of a value with one change somewhere.
fn changes(value: &Value) -> Vec<Value> {
    let mut changes: Vec<Value> = match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(number) => {
            let near = [number.as_f64().unwrap_or_default() + 0.37];
            let integers = [-1_000_000_007_i64, -1, 0, 1, 1_000_000_007, i64::MAX].map(Number::from);
            let floats = near.into_iter().filter(|_| number.is_f64()).filter_map(Number::from_f64);
            let integers =
                integers.into_iter().chain(number.as_i64().map(|number| Number::from(number / 2 * 2 + 1)));
            let as_own = |integer: Number| match number.is_f64() {
                true => integer.as_f64().and_then(Number::from_f64),
                false => Some(integer),
            };
            integers.filter_map(as_own).chain(floats).map(Value::Number).collect()
        }
        Value::String(text) => {
            let long = format!("{text}{}", "y".repeat(400));
            ["", "y", "\u{7}\u{20ac}", "no such value", &long].map(Value::from).to_vec()
        }
        Value::Array(items) => {
            let repeated = |times: usize| items.iter().cycle().take(items.len() * times).cloned().collect();
            let mut changes = vec![
                json!([]),
                repeated(2),
                Value::Array(repeated_of(items.first(), 1)),
                Value::Array(repeated_of(items.first(), 300)),
            ];
            for (index, item) in items.iter().enumerate().take(3) {
                changes.extend(self::changes(item).into_iter().map(|changed| {
                    let mut items = items.clone();
                    items[index] = changed;
                    Value::Array(items)
                }));
            }
            changes
        }
        Value::Object(properties) => {
            let mut changes = vec![json!({})];
            // Undeclared properties are dropped where the instances have none.
            let is_map = |(name, _): &(&String, &Value)| name.starts_with("key");
            let more = properties.iter().find(is_map).map(|(_, value)| {
                let more = (0..300).map(|index| (format!("more{index}"), value.clone()));
                Value::Object(properties.clone().into_iter().chain(more).collect())
            });
            changes.extend(more);
            for (name, value) in properties {
                changes.extend(self::changes(value).into_iter().map(|changed| {
                    let mut properties = properties.clone();
                    properties.insert(name.clone(), changed);
                    Value::Object(properties)
                }));
            }
            changes
        }
    };
    changes.retain(|changed| changed != value);
    changes
}

fn repeated_of(item: Option<&Value>, times: usize) -> Vec<Value> {
    item.into_iter().cycle().take(times).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_of_the_client_itself_is_accepted() {
        assert!(failure("a", &json!(["failed", "list: has 0 items"])).is_none());
        for result in [json!(["error", 404, null]), json!(["success", {}]), json!(["failed", ""])] {
            assert!(failure("a", &result).is_some(), "{result}");
        }
    }

    #[test]
    fn each_assertion_of_the_document_is_broken_once() {
        let document = json!({ "components": { "schemas": {
            "A": { "type": "object", "properties": {
                "day": { "type": "string", "format": "date" },
                "mail": { "type": "string", "format": "email" },
                "list": { "type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": { "$ref": "#/components/schemas/B" } },
                "number": { "type": "number", "multipleOf": 0.5, "exclusiveMaximum": 9 },
                "union": { "oneOf": [{ "type": "string", "maxLength": 3 }, { "type": "boolean" }] },
            } },
            "B": { "type": "string", "pattern": "^a", "maxLength": 3 },
        } } });
        let schema = Pointer::of(["components", "schemas", "A"]);
        let value = json!({ "day": "2026-11-22", "mail": "a@example.com", "list": ["ab"], "number": 1.5, "union": "a" });
        let broken = |skips_patterns: bool| {
            let mut invalid = Invalid::new(&document, skips_patterns);
            assert!(!invalid.variants(&schema, &value, "call").is_empty());
            assert!(invalid.variants(&schema, &value, "call").is_empty(), "each of them once");
            invalid.calls.join("\n")
        };
        let all = broken(false);
        for keyword in
            ["minItems", "maxItems", "uniqueItems", "pattern", "maxLength", "multipleOf", "exclusiveMaximum"]
        {
            assert!(all.contains(&format!("/{keyword} at")), "{keyword}: {all}");
        }
        assert!(all.contains("/oneOf/0/maxLength at"), "{all}");
        assert!(all.contains("/properties/day/format at") && !all.contains("mail"), "{all}");
        assert!(!broken(true).contains("/pattern"));
    }
}
