//! A telephone number in the international format of ITU-T E.164.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::deserialize;

/// A telephone number as ITU-T E.164 §6 has it: `+`, a country code that does not begin with 0, at most 15 digits in all.
///
/// `Debug` does not show the number, `Display` does.
///
/// ```
/// use relay_rest::E164;
///
/// let number: E164 = "+14043287382".parse()?;
/// assert_eq!(number.as_str(), "+14043287382");
/// assert!("404-328-7382".parse::<E164>().is_err());
/// # Ok::<(), relay_rest::E164Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct E164(String);

impl E164 {
    /// The number, beginning with `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(text: &str) -> Result<(), E164Error> {
        let digits = text.strip_prefix('+').ok_or(E164Error(E164Reason::NoPlus))?;
        if let Some((index, _)) = digits.char_indices().find(|(_, character)| !character.is_ascii_digit()) {
            return Err(E164Error(E164Reason::NotADigit(index + 1)));
        }
        match digits.len() {
            2..=15 if digits.starts_with('0') => Err(E164Error(E164Reason::LeadingZero)),
            2..=15 => Ok(()),
            length => Err(E164Error(E164Reason::Length(length))),
        }
    }
}

impl FromStr for E164 {
    type Err = E164Error;

    fn from_str(text: &str) -> Result<Self, E164Error> {
        Self::check(text).map(|()| Self(text.to_owned()))
    }
}

impl TryFrom<&str> for E164 {
    type Error = E164Error;

    fn try_from(text: &str) -> Result<Self, E164Error> {
        text.parse()
    }
}

impl TryFrom<String> for E164 {
    type Error = E164Error;

    fn try_from(text: String) -> Result<Self, E164Error> {
        Self::check(&text).map(|()| Self(text))
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl AsRef<str> for E164 {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E164(…)")
    }
}

impl<'de> Deserialize<'de> for E164 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize::text(deserializer, "number must be a string")
    }
}

/// A text is no [`E164`]. It says where, and does not repeat the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct E164Error(E164Reason);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum E164Reason {
    #[error("number does not begin with `+` and the country code, as E.164 numbers do")]
    NoPlus,
    #[error("number has something other than a digit at byte {0}; E.164 allows `+` and digits only")]
    NotADigit(usize),
    #[error("number has a country code that begins with 0; E.164 has none")]
    LeadingZero,
    #[error("number has {0} digits; E.164 allows 2 to 15")]
    Length(usize),
}
