//! Writes values into URLs and forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;

/// Everything but the unreserved characters (RFC 3986 §2.3).
///
/// A URL parser takes a backslash for a slash (WHATWG URL §4.4), so that leaving out what need not be encoded is not enough.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a path. Generated code calls it for every parameter there.
///
/// # Errors
/// The value is empty, `.` or `..`: URL parsers take those for other paths, encoded or not, so that the request would reach
/// another operation.
#[allow(dead_code, reason = "only an operation with parameters in its path needs it")]
pub(crate) fn encode_path(value: &str) -> Result<String, Error> {
    match value {
        "" => Err(Error::invalid_request("a parameter in the path is empty".to_owned())),
        "." | ".." => Err(Error::invalid_request("a parameter in the path is `.` or `..`".to_owned())),
        _ => Ok(utf8_percent_encode(value, RESERVED).to_string()),
    }
}

/// The pairs of a form: a list is its name once for each item (OpenAPI 3.0.3 §4.7.15, style `form` and exploded), and `null` is left
/// out. Generated code calls it.
///
/// # Errors
/// A list or an object within it, for which a form has no way.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn form(body: &impl Serialize) -> Result<Vec<(String, String)>, Error> {
    let refused = |name: &str| Error::invalid_request(format!("`{name}` cannot be written in a form"));
    // Written and read, for `to_value` makes another number of an `f32`.
    let body = serde_json::to_vec(body).and_then(|body| serde_json::from_slice(&body));
    let body = body.map_err(|error| Error::invalid_request(error.to_string()))?;
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
    fn a_value_stays_one_segment() {
        for value in
            ["a/b", "a\\b", "..\\x", "../x", "?a#b", "%2e%2e", "é €", "a\tb\r\n", "+1", "...", "a;b@c:d"]
        {
            let encoded = encode_path(value).expect("a segment");
            let url = url::Url::parse(&format!("https://example.com/before/{encoded}/after")).expect("a URL");
            let segments: Vec<&str> = url.path_segments().expect("a path").collect();
            let found = percent_encoding::percent_decode_str(segments[1]).decode_utf8().expect("UTF-8");
            assert_eq!((segments.len(), &*found, url.query(), url.fragment()), (3, value, None, None));
        }
    }

    #[test]
    fn what_would_be_another_path_is_refused() {
        for value in ["", ".", ".."] {
            assert!(encode_path(value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_list_is_its_name_for_each_item() {
        let pairs = form(&json!({ "a": "x y", "list": [1, true, "z"], "none": null })).expect("pairs");
        let expected = [("a", "x y"), ("list", "1"), ("list", "true"), ("list", "z")];
        assert_eq!(pairs, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_number_is_written_in_its_own_precision() {
        let pairs = form(&std::collections::BTreeMap::from([("a", 0.1_f32)])).expect("pairs");
        assert_eq!(pairs, [("a".to_owned(), "0.1".to_owned())]);
    }

    #[test]
    fn what_a_form_cannot_say_is_an_error() {
        for (body, expected) in [
            (
                json!({ "a": { "b": 1 } }),
                "invalid request, nothing was sent: `a` cannot be written in a form",
            ),
            (json!({ "a": [[1]] }), "invalid request, nothing was sent: `a` cannot be written in a form"),
            (json!([1]), "invalid request, nothing was sent: `body` cannot be written in a form"),
        ] {
            assert_eq!(form(&body).expect_err(expected).to_string(), expected);
        }
    }
}
