//! The code that a person received: a secret.

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;

use crate::deserialize;

/// A one-time code as a person typed it. It is wiped from memory on drop, and neither `Debug` nor an error shows it.
///
/// ```
/// use relay_rest::OneTimeCode;
///
/// let code = OneTimeCode::from("123456");
/// assert_eq!(format!("{code:?}"), "OneTimeCode(…)");
/// assert_eq!(code.expose(), "123456");
/// ```
#[derive(Clone)]
pub struct OneTimeCode(SecretString);

impl OneTimeCode {
    /// Returns the code. Do not log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

macro_rules! from_strings {
    ($($string:ty),*) => {$(
        impl From<$string> for OneTimeCode {
            fn from(code: $string) -> Self {
                Self(code.into())
            }
        }
    )*};
}

from_strings!(&str, String, Box<str>);

impl From<&String> for OneTimeCode {
    fn from(code: &String) -> Self {
        Self(code.as_str().into())
    }
}

impl From<Cow<'_, str>> for OneTimeCode {
    fn from(code: Cow<'_, str>) -> Self {
        Self(code.into_owned().into())
    }
}

/// Compares in constant time, for codes of the same length.
impl PartialEq for OneTimeCode {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for OneTimeCode {}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

impl Serialize for OneTimeCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for OneTimeCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize::text(deserializer, "a one-time code must be a string")
    }
}
