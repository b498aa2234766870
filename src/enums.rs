//! Reads enums of strings. What serde derives for such an enum copies the value first, and takes rustc several times as long.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a string as a value of an enum that keeps the values which the document does not list.
///
/// # Errors
/// Returns the error of the deserializer if the value is not a string.
pub(crate) fn open_enum<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: for<'a> From<&'a str>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(Text(|value: &str| Ok(T::from(value))))
}

/// Reads a string as one of the values which the document lists.
///
/// # Errors
/// Returns the error of the deserializer if the value is not a string, and that of `FromStr` if it is not listed.
pub(crate) fn closed_enum<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(Text(|value: &str| value.parse().map_err(|error: T::Err| error.to_string())))
}

struct Text<F>(F);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        (self.0)(value).map_err(E::custom)
    }
}
