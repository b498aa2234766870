//! Deserializes more strictly than serde, which accepts an array for a struct, and quotes in errors the value found, which may be a code.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// Deserializes a body, and rejects an array where an object is expected.
///
/// # Errors
/// Returns an error if it is not JSON, or not of type `T`.
pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_list && matches!(T::deserialize(Probe), Err(Asked { for_struct: true })) {
        return Err(serde_json::Error::custom("expected an object, found an array"));
    }
    serde_json::from_slice(body)
}

/// Deserializes a validated string; `otherwise` is the error for a value that is not a string.
///
/// # Errors
/// Returns an error if the value is not a string, or the type rejects it.
pub(crate) fn text<'de, T: TryFrom<String, Error: fmt::Display>, D: Deserializer<'de>>(
    deserializer: D,
    otherwise: &'static str,
) -> Result<T, D::Error> {
    String::deserialize(deserializer)
        .map_err(|_| D::Error::custom(otherwise))?
        .try_into()
        .map_err(D::Error::custom)
}

/// Records whether a type expects a struct, and provides no value.
struct Probe;

#[derive(Debug)]
struct Asked {
    for_struct: bool,
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked { for_struct: false })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked { for_struct: true })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Asked> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is there")
    }
}

impl std::error::Error for Asked {}

impl Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { for_struct: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Outcome {
        success: bool,
    }

    #[test]
    fn a_list_is_no_object() {
        assert!(from_slice::<Outcome>(b" [true]").is_err());
        assert!(from_slice::<Option<Outcome>>(b"[true]").is_err());
        assert!(from_slice::<Outcome>(b" {\"success\":true}").is_ok_and(|outcome| outcome.success));
        assert_eq!(from_slice::<Vec<bool>>(b"[true]").ok(), Some(vec![true]));
        assert_eq!(from_slice::<serde_json::Value>(b"[1]").ok(), Some(serde_json::json!([1])));
    }
}
