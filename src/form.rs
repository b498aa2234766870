//! Bodies that are forms: what they are made of, as the pairs that a form has.
//! Knows how OpenAPI writes a form; must not know HTTP.

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;

/// The pairs of a form: a list is its name once for each item (OpenAPI 3.0.3 §4.7.15, style `form` and exploded), and `null` is left
/// out. Generated code calls it.
///
/// # Errors
/// A list or an object within it, for which a form has no way.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn form(body: &impl Serialize) -> Result<Vec<(String, String)>, Error> {
    let refused = |name: &str| Error::invalid_request(format!("`{name}` cannot be written in a form"));
    let body = serde_json::to_value(body).map_err(|error| Error::invalid_request(error.to_string()))?;
    let Value::Object(body) = body else { return Err(refused("body")) };
    let mut pairs = Vec::new();
    for (name, value) in body {
        let values = if let Value::Array(items) = value { items } else { vec![value] };
        for value in values {
            let text = match value {
                Value::Null => continue,
                Value::Bool(value) => value.to_string(),
                Value::Number(value) => value.to_string(),
                Value::String(value) => value,
                Value::Array(_) | Value::Object(_) => return Err(refused(&name)),
            };
            pairs.push((name.clone(), text));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_its_name_for_each_item() {
        let pairs = form(&json!({ "a": "x y", "list": [1, true, "z"], "none": null })).expect("pairs");
        let expected = [("a", "x y"), ("list", "1"), ("list", "true"), ("list", "z")];
        assert_eq!(pairs, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn what_a_form_cannot_say_is_an_error() {
        for (body, expected) in [
            (json!({ "a": { "b": 1 } }), "request is not sent: `a` cannot be written in a form"),
            (json!({ "a": [[1]] }), "request is not sent: `a` cannot be written in a form"),
            (json!([1]), "request is not sent: `body` cannot be written in a form"),
        ] {
            assert_eq!(form(&body).expect_err(expected).to_string(), expected);
        }
    }
}
