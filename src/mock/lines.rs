//! Reads bodies of JSON values one after another, to compare them with those that a mock expects.

use bytes::Bytes;
use serde_json::Value;

use super::difference::{as_value, line, of_json};
use crate::frames::{Framing, RECORD_SEPARATOR};

/// Returns how the values of a body differ from the expected ones.
pub(super) fn differences(body: &Bytes, expected: &Value, framing: Framing) -> Vec<String> {
    match values(body, framing) {
        Some(found) => of_json("body", Some(&found), Some(expected)),
        None => vec![line("body", Some(&as_value(body)), Some(expected))],
    }
}

/// The values of a body as a list; `None` if they are not written as the client writes them.
pub(super) fn values(body: &[u8], framing: Framing) -> Option<Value> {
    let value = |record: &[u8]| {
        let record = match framing {
            Framing::Sequence => record.strip_prefix(&[RECORD_SEPARATOR])?,
            _ => record,
        };
        serde_json::from_slice(record).ok()
    };
    if body.is_empty() {
        return Some(Value::Array(Vec::new()));
    }
    let values: Option<Vec<Value>> =
        body.strip_suffix(b"\n")?.split(|byte| *byte == b'\n').map(value).collect();
    values.map(Value::Array)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compared(body: &'static str, framing: Framing) -> Vec<String> {
        differences(&Bytes::from_static(body.as_bytes()), &json!([{ "a": 1 }, [2]]), framing)
    }

    #[test]
    fn values_are_compared_by_their_places() {
        assert_eq!(compared("{\"a\":1}\n[2]\n", Framing::Lines), [""; 0]);
        assert_eq!(compared("\u{1e}{\"a\":1}\n\u{1e}[2]\n", Framing::Sequence), [""; 0]);
        assert_eq!(compared("{\"a\":3}\n[2]\n", Framing::Lines), ["body[0].a is 3, expected 1"]);
        assert_eq!(compared("{\"a\":1}\n", Framing::Lines), [r#"body is [{"a":1}], expected [{"a":1},[2]]"#]);
        assert_eq!(values(b"", Framing::Sequence), Some(json!([])));
    }

    #[test]
    fn what_is_between_the_values_is_compared() {
        for (body, framing) in [
            ("{\"a\":1}\n[2]", Framing::Lines),
            ("[{\"a\":1},[2]]", Framing::Lines),
            ("{\"a\":1}[2]\n", Framing::Lines),
            ("{\"a\":1}\n[2]\n", Framing::Sequence),
        ] {
            assert_eq!(compared(body, framing).len(), 1, "{body}");
        }
    }
}
