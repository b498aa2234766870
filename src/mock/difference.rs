//! Describes how a request differs from what a mock expects: `body.to is "+15550001111", expected "+15550002222"`.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::received::pairs;

/// How many characters of a value are shown.
const LONGEST: usize = 200;

/// `name is found, expected expected`; `None` is a value that is not there.
pub(super) fn line(name: &str, found: Option<&Value>, expected: Option<&Value>) -> String {
    let found = found.map_or("missing".to_owned(), shown);
    match expected {
        Some(expected) => format!("{name} is {found}, expected {}", shown(expected)),
        None => format!("{name} is {found}, expected no value"),
    }
}

pub(super) fn shown(value: &Value) -> String {
    let whole = value.to_string();
    match whole.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

/// The properties and items that differ.
pub(super) fn of_json(name: &str, found: Option<&Value>, expected: Option<&Value>) -> Vec<String> {
    match (found, expected) {
        (found, expected) if found == expected => Vec::new(),
        (Some(Value::Object(found)), Some(Value::Object(expected))) => {
            let unexpected = found.keys().filter(|key| !expected.contains_key(*key));
            let differ = |key: &String| of_json(&format!("{name}.{key}"), found.get(key), expected.get(key));
            expected.keys().chain(unexpected).flat_map(differ).collect()
        }
        (Some(Value::Array(found)), Some(Value::Array(expected))) if found.len() == expected.len() => {
            let items = found.iter().zip(expected).enumerate();
            items.flat_map(|(i, (f, e))| of_json(&format!("{name}[{i}]"), Some(f), Some(e))).collect()
        }
        _ => vec![line(name, found, expected)],
    }
}

/// The values of a name: nothing, a string or an array of them.
pub(super) fn values<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>, name: &str) -> Option<Value> {
    let pairs = pairs.into_iter().filter(|(found, _)| found == name);
    let mut values: Vec<Value> = pairs.map(|(_, value)| json!(value)).collect();
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::Array(values)),
    }
}

/// The differences between two bodies, as forms if both are text.
pub(super) fn of_form(found: &Bytes, expected: &Bytes) -> Vec<String> {
    if found == expected {
        return Vec::new();
    }
    let fields = |body: &Bytes| {
        let pairs = pairs(&String::from_utf8_lossy(body));
        let names = pairs.iter().map(|(name, _)| (name.clone(), values(&pairs, name).unwrap_or_default()));
        Value::Object(names.collect::<Map<_, _>>())
    };
    let differ = of_json("body", Some(&fields(found)), Some(&fields(expected)));
    // The same fields in another order.
    if differ.is_empty() { of_bytes(found, expected) } else { differ }
}

pub(super) fn of_bytes(found: &Bytes, expected: &Bytes) -> Vec<String> {
    if found == expected {
        Vec::new()
    } else {
        vec![line("body", Some(&as_value(found)), Some(&as_value(expected)))]
    }
}

/// A body as it is shown: JSON, or a string, or how long it is.
pub(super) fn as_value(body: &Bytes) -> Value {
    match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        Err(_) => json!(format!("{} bytes", body.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_property_that_differs() {
        let found = json!({ "same": 1, "to": "+1", "extra": false, "list": [1, { "a": 2 }], "short": [1] });
        let expected = json!({ "same": 1, "to": "+2", "from": "+3", "list": [1, { "a": 3 }], "short": [] });
        let mut differ = of_json("body", Some(&found), Some(&expected));
        differ.sort();
        assert_eq!(
            differ,
            [
                "body.extra is false, expected no value",
                r#"body.from is missing, expected "+3""#,
                "body.list[1].a is 2, expected 3",
                "body.short is [1], expected []",
                r#"body.to is "+1", expected "+2""#,
            ]
        );
        assert!(of_json("body", Some(&found), Some(&found)).is_empty());
    }

    #[test]
    fn names_each_field_of_a_form_that_differs() {
        let of = |found: &'static str, expected: &'static str| of_form(&found.into(), &expected.into());
        assert_eq!(
            of("a=1&b=2&b=3", "a=x+y&b=2&b=4&c="),
            [
                r#"body.a is "1", expected "x y""#,
                r#"body.b[1] is "3", expected "4""#,
                r#"body.c is missing, expected """#
            ]
        );
        assert_eq!(of("a=1&b=2", "b=2&a=1"), [r#"body is "a=1&b=2", expected "b=2&a=1""#]);
        assert!(of("a=1", "a=1").is_empty());
    }

    #[test]
    fn shows_long_and_binary_bodies_briefly() {
        let (long, binary) = (Bytes::from("é".repeat(1000)), Bytes::from_static(&[0xFF, 0xFE]));
        let differ = of_bytes(&long, &binary);
        assert_eq!(differ, [format!("body is \"{}…, expected \"2 bytes\"", "é".repeat(LONGEST - 1))]);
    }
}
