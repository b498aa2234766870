//! Validates instances by the document before any pass, and finds where two values differ. Must not know generated code.

use jsonschema::{Draft, Validator};
use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::standalone;
use serde_json::{Value, json};

/// Creates a validator for the schema at `at`. References between files must be resolved already.
pub(crate) fn validator(document: &Value, at: &Pointer) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(false)
        .build(&standalone(document, at))
        .map_err(|error| format!("error: #{at}: {error}"))
}

/// Returns where two values differ. Numbers are compared by value: `1.0` may come back as `1`.
pub(crate) fn difference(value: &Value, again: &Value) -> Option<String> {
    match (value, again) {
        (Value::Object(value), Value::Object(again)) => {
            let added = again.iter().find(|(key, _)| !value.contains_key(*key)).map(|(key, _)| key.clone());
            added.or_else(|| {
                value.iter().find_map(|(key, value)| match again.get(key) {
                    None => Some(key.clone()),
                    Some(again) => difference(value, again).map(|at| format!("{key}/{at}")),
                })
            })
        }
        (Value::Array(value), Value::Array(again)) if value.len() == again.len() => {
            value.iter().zip(again).enumerate().find_map(|(index, (value, again))| {
                difference(value, again).map(|at| format!("{index}/{at}"))
            })
        }
        (Value::Number(value), Value::Number(again)) if value.as_f64() == again.as_f64() => None,
        _ if value == again => None,
        _ => Some(String::new()),
    }
}

/// Removes the properties that `again` lacks and the document does not declare, which are those that may have any value.
pub(crate) fn declared(value: &Value, again: &Value, validator: &Validator) -> Value {
    let mut value = value.clone();
    while let Some(at) = difference(&value, again) {
        let at = format!("/{at}");
        let Some((parent, key)) = at.rsplit_once('/') else { break };
        let is_lost = value.pointer(&at).is_some() && again.pointer(&at).is_none();
        if !is_lost || !may_be_anything(&value, &at, validator) {
            break;
        }
        match value.pointer_mut(parent) {
            Some(Value::Object(object)) => object.remove(key),
            _ => break,
        };
    }
    value
}

fn may_be_anything(value: &Value, at: &str, validator: &Validator) -> bool {
    let mut value = value.clone();
    [json!(null), json!(true), json!(1.5), json!("text"), json!([1]), json!({ "a": 1 })].into_iter().all(
        |other| {
            value.pointer_mut(at).is_some_and(|found| {
                *found = other;
                true
            }) && validator.is_valid(&value)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losing_an_undeclared_property_is_excused() {
        let schema =
            json!({ "components": { "schemas": { "A": { "properties": { "a": { "type": "string" } } } } } });
        let validator = validator(&schema, &Pointer::of(["components", "schemas", "A"])).expect("a schema");
        let value = json!({ "a": "b", "other": { "c": 1 } });
        assert_eq!(declared(&value, &json!({ "a": "b" }), &validator), json!({ "a": "b" }));
        assert_eq!(declared(&value, &json!({ "other": { "c": 1 } }), &validator), value);
        assert_eq!(declared(&value, &json!({ "a": "c" }), &validator), value);
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
