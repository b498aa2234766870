//! Validates instances by the document before any pass, and finds where two values differ. Must not know generated code.

use std::collections::BTreeSet;

use jsonschema::{Draft, Validator};
use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::keywords::allows_anything;
use relay_rest_codegen::document::types::quote_null;
use relay_rest_codegen::document::walk::{each, each_mut};
use relay_rest_codegen::document::{Kind, references, standalone};
use serde_json::{Number, Value, json};

/// Creates a validator for the schema at `at`. References between files must be resolved already.
pub(crate) fn validator(document: &Value, at: &Pointer) -> Result<Validator, String> {
    built(document, at, false)
}

/// Creates a validator that knows formats as well.
pub(crate) fn validator_of_formats(document: &Value, at: &Pointer) -> Result<Validator, String> {
    built(document, at, true)
}

fn built(document: &Value, at: &Pointer, knows_formats: bool) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(knows_formats)
        .build(&standalone(document, at))
        .map_err(|error| format!("error: #{at}: {error}"))
}

/// `{minimum: 1, exclusiveMinimum: true}` ⇒ `{exclusiveMinimum: 1}`; `{type: null}` ⇒ `{type: 'null'}`; in 3.0 `{type: T, nullable: true}` ⇒ `{type: [T, 'null']}`
///
/// The validator knows 2020-12 only.
pub(crate) fn modernize(document: &mut Value) {
    let is_3_0 = document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
    each_mut(document, &mut |kind, _, schema| {
        let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        quote_null(schema);
        if schema.get("examples").is_some_and(|examples| !examples.is_array()) {
            // As in a Media Type Object; the validator refuses the whole schema.
            schema.shift_remove("examples");
        }
        for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if schema.get(exclusive).is_some_and(Value::is_boolean) {
                let is_exclusive = schema.shift_remove(exclusive) == Some(Value::Bool(true));
                let number = if is_exclusive { schema.shift_remove(limit) } else { None };
                schema.extend(number.map(|number| (exclusive.to_owned(), number)));
            }
        }
        if is_3_0
            && schema.shift_remove("nullable") == Some(Value::Bool(true))
            && let Some(kind) = schema.get("type").cloned()
        {
            schema.insert("type".to_owned(), json!([kind, "null"]));
            // Null is then a value of a listed type, but not a listed value (OpenAPI 3.0.3 §4.7.24).
        }
    });
}

/// `{oneOf: [A, B]}` ⇒ `{allOf: [{anyOf: [A, B]}]}`
///
/// Documents write `oneOf` where branches do not exclude each other, so that no value is valid that fits one well.
pub(crate) fn loosened(document: &Value) -> Value {
    let mut document = document.clone();
    each_mut(&mut document, &mut |kind, _, schema| {
        let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        if let Some(branches) = schema.shift_remove("oneOf") {
            if schema.contains_key("anyOf") {
                if let Value::Array(members) = schema.entry("allOf").or_insert_with(|| json!([])) {
                    members.push(json!({ "anyOf": branches }));
                }
            } else {
                schema.insert("anyOf".to_owned(), branches);
            }
        }
    });
    document
}

/// `{additionalProperties: false}` ⇒ `{}`, and as [`loosened`]
///
/// Documents extend closed objects by `allOf`, so that no value is valid that has the properties of the extension.
pub(crate) fn opened(document: &Value) -> Value {
    let mut document = loosened(document);
    each_mut(&mut document, &mut |kind, _, schema| {
        let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if schema.get(key) == Some(&Value::Bool(false)) {
                schema.shift_remove(key);
            }
        }
    });
    document
}

/// `{enum: [a, b, c]}` ⇒ `{enum: [a, b, UNKNOWN]}`; `{oneOf: [{const: 1}, {const: 2}]}` ⇒ `{oneOf: [{const: 1}, {const: 2}, {const: 3}]}`, and as [`loosened`]
///
/// Servers add values. Where a property with another value selects another branch, a new value would be a new branch; these are
/// tried by their own.
pub(crate) fn with_unknown_values(document: &Value) -> Value {
    let mut selecting = BTreeSet::new();
    each(document, &mut |_, _, value| {
        let name =
            value.get("discriminator").and_then(|discriminator| discriminator["propertyName"].as_str());
        selecting.extend(name.map(str::to_owned));
    });
    let mut document = loosened(document);
    each_mut(&mut document, &mut |kind, at, schema| {
        let selects = matches!(at.tokens()[..], [.., "properties", name] if selecting.contains(name));
        let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema && !selects) else {
            return;
        };
        if let Some(Value::Array(values)) = schema.get_mut("enum")
            && let Some(unknown) = unknown_of(values.iter())
        {
            values.truncate(2);
            values.push(unknown);
        }
        if let Some(Value::Array(branches)) = schema.get_mut("anyOf")
            && let Some(unknown) = unknown_of(branches.iter().map(|branch| &branch["const"]))
        {
            branches.truncate(2);
            branches.push(json!({ "const": unknown }));
        }
    });
    document
}

/// A string or an integer that differs from all of these.
fn unknown_of<'a>(values: impl ExactSizeIterator<Item = &'a Value> + Clone) -> Option<Value> {
    match values.len() {
        0 | 1 => None,
        _ if values.clone().all(Value::is_string) => Some(UNKNOWN.into()),
        _ if values.clone().all(Value::is_i64) => {
            values.filter_map(Value::as_i64).max()?.checked_add(1).map(Value::from)
        }
        _ => None,
    }
}

/// A value that no document lists.
pub(crate) const UNKNOWN: &str = "an unknown value";

/// Returns where two values differ. Numbers are compared by value: `1.0` may come back as `1`.
pub(crate) fn difference(value: &Value, again: &Value) -> Option<String> {
    difference_at(value, again).map(|at| at.join("/"))
}

fn difference_at(value: &Value, again: &Value) -> Option<Vec<String>> {
    let inside = |token: String, value: &Value, again: &Value| {
        difference_at(value, again).map(|mut at| {
            at.insert(0, token);
            at
        })
    };
    match (value, again) {
        (Value::Object(value), Value::Object(again)) => {
            let added =
                again.iter().find(|(key, _)| !value.contains_key(*key)).map(|(key, _)| vec![key.clone()]);
            added.or_else(|| {
                value.iter().find_map(|(key, value)| match again.get(key) {
                    None => Some(vec![key.clone()]),
                    Some(again) => inside(key.clone(), value, again),
                })
            })
        }
        (Value::Array(value), Value::Array(again)) if value.len() == again.len() => value
            .iter()
            .zip(again)
            .enumerate()
            .find_map(|(index, (value, again))| inside(index.to_string(), value, again)),
        (Value::Number(one), Value::Number(other)) if is_same_number(one, other) => None,
        _ if value == again => None,
        _ => Some(vec![String::new()]),
    }
}

/// Integers are compared with all of their digits.
fn is_same_number(one: &Number, other: &Number) -> bool {
    let are_floats = one.is_f64() || other.is_f64();
    one == other || (are_floats && one.as_f64() == other.as_f64())
}

/// Removes the properties that `again` lacks and no schema of the document declares for their object.
pub(crate) fn declared(value: &Value, again: &Value, document: &Value, at: &Pointer) -> Value {
    let mut value = value.clone();
    while let Some(path) = difference_at(&value, again) {
        let pointer: String =
            path.iter().map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1"))).collect();
        let is_lost = value.pointer(&pointer).is_some() && again.pointer(&pointer).is_none();
        if !is_lost || declares(document, at, &value, &path) {
            break;
        }
        let Some((parent, key)) =
            pointer.rsplit_once('/').zip(path.last()).map(|((parent, _), key)| (parent, key))
        else {
            break;
        };
        match value.pointer_mut(parent) {
            Some(Value::Object(object)) => object.shift_remove(key),
            _ => break,
        };
    }
    value
}

/// Whether a schema that applies to the object declares the property at the end of `path`: in a union, in a condition or in a
/// child that a discriminator selects as well. A branch of a union does not apply whose constants the object does not have.
fn declares(document: &Value, at: &Pointer, value: &Value, path: &[String]) -> bool {
    let mut value = Some(value);
    let mut found: Vec<&Value> = in_place(document, at.resolve(document), value);
    for (index, token) in path.iter().enumerate() {
        let is_last = index + 1 == path.len();
        let mut next = Vec::new();
        for schema in found {
            let named = schema.get("properties").and_then(|properties| properties.get(token));
            let patterns = schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
            let by_pattern = patterns.filter(|(pattern, _)| pattern_fits(pattern, token)).map(|(_, of)| of);
            let others =
                ["additionalProperties", "unevaluatedProperties"].iter().filter_map(|key| schema.get(*key));
            // What may have any value is not declared.
            let others = others.filter(|others| !allows_anything(others) && **others != false);
            let items = ["items", "unevaluatedItems"].iter().filter_map(|key| schema.get(*key));
            let prefix = schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten();
            let items = items.chain(prefix).filter(|_| token.parse::<usize>().is_ok());
            next.extend(named.into_iter().chain(by_pattern).chain(others).chain(items.filter(|_| !is_last)));
        }
        if is_last {
            return !next.is_empty();
        }
        value = value.and_then(|value| match value {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?),
            value => value.get(token),
        });
        found = next.into_iter().flat_map(|schema| in_place(document, Some(schema), value)).collect();
    }
    false
}

/// Whether the value has a property that differs from all constants that the schema lists for it.
fn has_other_constants(document: &Value, schema: &Value, value: Option<&Value>) -> bool {
    let target = references::target(schema).and_then(|target| target.resolve(document));
    let properties = target.unwrap_or(schema).get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().any(|(name, property)| {
        let Some(own) = value.and_then(|value| value.get(name)) else { return false };
        property.get("const").is_some_and(|constant| constant != own)
            || property.get("enum").and_then(Value::as_array).is_some_and(|listed| !listed.contains(own))
    })
}

fn pattern_fits(pattern: &str, name: &str) -> bool {
    let schema = json!({ "pattern": pattern });
    jsonschema::is_valid(&schema, &Value::from(name))
}

/// A schema and all that apply to the same value, even under a condition.
pub(crate) fn in_place<'a>(
    document: &'a Value,
    schema: Option<&'a Value>,
    value: Option<&Value>,
) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = schema.into_iter().collect();
    let mut index = 0;
    while let Some(schema) = found.get(index).copied() {
        index += 1;
        let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
        let branches = list("anyOf").chain(list("oneOf"));
        let branches = branches.filter(|branch| !has_other_constants(document, branch, value));
        let lists = list("allOf").chain(branches);
        let ones = ["then", "else"].iter().filter_map(|key| schema.get(*key));
        let dependent = schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten();
        let target = references::target(schema).and_then(|target| target.resolve(document));
        for next in lists.chain(ones).chain(dependent.map(|(_, of)| of)).chain(target) {
            if found.len() < 500 && !found.iter().any(|other| std::ptr::eq(*other, next)) {
                found.push(next);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_of_a_branch_that_has_another_tag_is_not_declared() {
        let branch = |tag: &str, name: &str| json!({ "properties": { "tag": { "enum": [tag] }, name: { "type": "string" } } });
        let schemas = json!({ "A": { "oneOf": [branch("a", "x"), { "$ref": "#/components/schemas/B" }] }, "B": branch("b", "y") });
        let document = json!({ "components": { "schemas": schemas } });
        let at = Pointer::of(["components", "schemas", "A"]);
        for (tag, name, is_excused) in
            [("a", "x", false), ("a", "y", true), ("b", "x", true), ("b", "y", false)]
        {
            let value = json!({ "tag": tag, name: "v" });
            let again = json!({ "tag": tag });
            assert_eq!(declared(&value, &again, &document, &at) == again, is_excused, "{tag} {name}");
        }
    }

    #[test]
    fn losing_an_undeclared_property_is_excused() {
        let schema =
            json!({ "components": { "schemas": { "A": { "properties": { "a": { "type": "string" } } } } } });
        let at = Pointer::of(["components", "schemas", "A"]);
        let value = json!({ "a": "b", "other": { "c": 1 } });
        assert_eq!(declared(&value, &json!({ "a": "b" }), &schema, &at), json!({ "a": "b" }));
        assert_eq!(declared(&value, &json!({ "other": { "c": 1 } }), &schema, &at), value);
        assert_eq!(declared(&value, &json!({ "a": "c" }), &schema, &at), value);
    }

    #[test]
    fn unknown_values_are_those_of_open_enums() {
        let listed = json!({ "type": "string", "enum": ["a", "b", "c"] });
        let document = json!({ "components": { "schemas": {
            "A": { "properties": { "kind": listed, "other": listed, "only": { "enum": ["a"] },
                                   "one": { "oneOf": [{ "const": 1 }, { "const": 7 }] } } },
            "B": { "oneOf": [{ "$ref": "#/components/schemas/A" }], "discriminator": { "propertyName": "kind" } } } } });
        let changed = with_unknown_values(&document);
        let properties = &changed["components"]["schemas"]["A"]["properties"];
        assert_eq!(properties["other"]["enum"], json!(["a", "b", UNKNOWN]));
        assert_eq!(properties["one"]["anyOf"][2], json!({ "const": 8 }));
        assert_eq!((&properties["kind"], &properties["only"]["enum"]), (&listed, &json!(["a"])));
    }

    #[test]
    fn a_difference_is_located() {
        let value = json!({ "a": [1, { "b": 2.0 }], "c": null });
        assert_eq!(difference(&value, &json!({ "a": [1.0, { "b": 2 }], "c": null })), None);
        assert_eq!(difference(&value, &json!({ "a": [1, { "b": 2 }] })), Some("c".to_owned()));
        assert_eq!(
            difference(&value, &json!({ "a": [1, { "b": 3 }], "c": null })),
            Some("a/1/b/".to_owned())
        );
        assert_eq!(
            difference(&value, &json!({ "a": [1, { "b": 2 }], "c": null, "d": 1 })),
            Some("d".to_owned())
        );
    }
}
