//! The code that a person received: a secret.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    /// The code itself, for those who must have it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for OneTimeCode {
    fn from(code: &str) -> Self {
        Self(code.into())
    }
}

impl From<String> for OneTimeCode {
    fn from(code: String) -> Self {
        Self(code.into())
    }
}

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
