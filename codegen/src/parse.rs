//! Reads YAML (and so JSON) into a `Value`.
//! Knows YAML's rules; must not know OpenAPI.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The longest text that is read, in bytes: the largest documents of one API that are published have about ten million.
pub const MAX_BYTES: usize = 16 << 20;
/// The most that a text may stand for, its aliases written out. A client takes some 10 kB of memory for each value.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// How much text counts as another value, in bytes.
const TEXT_PER_VALUE: usize = 64;

/// Reads one YAML or JSON text.
///
/// Keys that YAML reads as numbers or booleans (an unquoted `200:`) become strings, as OpenAPI means them.
///
/// # Errors
/// The place (line and column) and the reason: broken syntax, a duplicate key, a tag, a key that is no scalar, a number
/// that JSON cannot hold, more than [`MAX_BYTES`] or a million values.
pub fn parse(text: &str) -> Result<Value, String> {
    if text.len() > MAX_BYTES {
        return Err(format!(
            "{} bytes are too many for one client: at most {MAX_BYTES} are read; take a part of the document",
            text.len()
        ));
    }
    let values = Cell::new(0);
    // A byte order mark is none of the text (YAML 1.2.2 §5.2), and the reader takes it for a document of its own.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Node { values: &values }
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| error.to_string())
}

/// Reads a value of any kind; serde_json's own `Value` lets a later key replace an earlier one.
#[derive(Clone, Copy)]
struct Node<'c> {
    /// How many values have been read.
    values: &'c Cell<usize>,
}

impl Node<'_> {
    /// Counts a value with so many bytes of text.
    fn count<E: Error>(self, text: usize) -> Result<(), E> {
        self.values.set(self.values.get() + 1 + text / TEXT_PER_VALUE);
        if self.values.get() > MAX_VALUES {
            return Err(E::custom(format!(
                "more than {MAX_VALUES} values, aliases written out, are too many for one client: take a part of the document"
            )));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has as well")
    }

    /// A text that is empty, or nothing but comments.
    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.count(0)?;
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    // An integer beyond 64 bits: a bound, in practice, and as a bound its nearest float is as good.
    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.count(0)?;
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("JSON has no number {value}")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        self.count(0)?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        self.count(0)?;
        let mut map = Map::new();
        while let Some(key) = mapping.next_key_seed(Key { node: self, before: &map })? {
            let value = mapping.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("a YAML tag has no meaning here"))
    }
}

/// Reads a key, which must be none of those before it: said here, the place that is told is the key's own.
struct Key<'c, 'm> {
    node: Node<'c>,
    before: &'m Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Key<'_, '_> {
    fn named<E: Error>(self, key: String) -> Result<String, E> {
        self.node.count(key.len())?;
        if self.before.contains_key(&key) {
            return Err(E::custom(format!("the key `{key}` is there twice")));
        }
        Ok(key)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        self.named(key.to_owned())
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        self.named("null".to_owned())
    }

    fn visit_bool<E: Error>(self, key: bool) -> Result<String, E> {
        self.named(key.to_string())
    }

    fn visit_u64<E: Error>(self, key: u64) -> Result<String, E> {
        self.named(key.to_string())
    }

    fn visit_i64<E: Error>(self, key: i64) -> Result<String, E> {
        self.named(key.to_string())
    }

    fn visit_f64<E: Error>(self, key: f64) -> Result<String, E> {
        self.named(Value::from(key).to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom("a key is not a scalar"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom("a key is not a scalar"))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom("a YAML tag has no meaning here"))
    }
}
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(text: &str) -> String {
        parse(text).expect_err("it is broken")
    }

    #[test]
    fn an_unquoted_status_code_is_a_string_key() {
        assert_eq!(
            parse("{200: {a: 1.5}, true: -1, null: [~, 'x']}"),
            Ok(json!({"200": {"a": 1.5}, "true": -1, "null": [null, "x"]}))
        );
    }

    #[test]
    fn a_text_without_content_is_null() {
        assert_eq!(["", "# only this", "---"].map(parse), [(); 3].map(|()| Ok(Value::Null)));
    }

    #[test]
    fn a_byte_order_mark_is_none_of_the_text() {
        assert_eq!(parse("\u{feff}a: 1"), Ok(json!({"a": 1})));
    }

    #[test]
    fn an_integer_beyond_64_bits_is_a_float() {
        assert_eq!(parse("a: 18446744073709551616"), Ok(json!({"a": 18_446_744_073_709_551_616.0})));
    }

    #[test]
    fn what_json_cannot_hold_is_told_with_its_line() {
        for (text, expected) in [
            ("a: [1,\nb: 2\n", "did not find expected ',' or ']' at line 3 column 1"),
            ("x:\n  a: 1\n  b: 2\n  a: 3", "x: the key `a` is there twice at line 4 column 3"),
            ("x: {1: a, '1': b}", "the key `1` is there twice"),
            ("a: .nan", "JSON has no number NaN"),
            ("a: !secret x", "a YAML tag has no meaning here"),
            ("x: {? [a] : b}", "a key is not a scalar"),
        ] {
            let error = error(text);
            assert!(error.contains(expected) && error.contains("line"), "{text:?}: {error}");
        }
    }
}
