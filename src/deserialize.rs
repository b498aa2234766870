//! Deserializes strings without the value in the error, as serde would have it there: it may be a code.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

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
