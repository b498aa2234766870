//! What a valid instance is, by the unlowered document, and where two values differ.
//! Knows JSON Schema 2020-12 by way of a library; must not know generated code.

use jsonschema::{Draft, Validator};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use relay_rest_codegen::Pointer;
use serde_json::{Map, Value};

/// What is encoded of a JSON Pointer in a fragment: all but the slashes and the unreserved characters (RFC 3986 §2.3).
const FRAGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A validator of what stands at `at`, references into the whole document included.
pub(crate) fn validator(document: &Value, at: &Pointer) -> Result<Validator, String> {
    let fragment = utf8_percent_encode(&at.to_string(), FRAGMENT).to_string();
    let mut schema: Map<String, Value> = document.as_object().cloned().unwrap_or_default();
    schema.insert("$ref".to_owned(), format!("#{fragment}").into());
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(false)
        .build(&Value::Object(schema))
        .map_err(|error| format!("error: #{at}: {error}"))
}

/// Where two values differ. A number is its value: `1.0` may come back as `1`.
pub(crate) fn difference(value: &Value, again: &Value) -> Option<String> {
    match (value, again) {
        (Value::Object(value), Value::Object(again)) => {
            let added = again.iter().find(|(key, _)| !value.contains_key(*key)).map(|(key, _)| key.clone());
            added.or_else(|| {
                value.iter().find_map(|(key, value)| match again.get(key) {
                    None => Some(key.clone()),
                    Some(again) => difference(value, again).map(|place| format!("{key}/{place}")),
                })
            })
        }
        (Value::Array(value), Value::Array(again)) if value.len() == again.len() => {
            value.iter().zip(again).enumerate().find_map(|(index, (value, again))| {
                difference(value, again).map(|place| format!("{index}/{place}"))
            })
        }
        (Value::Number(value), Value::Number(again)) if value.as_f64() == again.as_f64() => None,
        _ if value == again => None,
        _ => Some(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_found_where_it_is() {
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
