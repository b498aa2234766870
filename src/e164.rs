//! A telephone number in the international format of ITU-T E.164.

use std::fmt;

use crate::string_newtype::string_newtype;
use crate::unnamed::transparent;

/// A telephone number in the format of ITU-T E.164 §6: `+`, a country code that does not begin with 0, and 2 to 15 digits in all.
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
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(String);

transparent! { E164: Serialize }

impl E164 {
    /// Returns the number, which begins with `+`.
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

string_newtype!(E164, E164Error, "phone number must be a string");

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E164(…)")
    }
}

/// Why a string is not an [`E164`]. It does not repeat the string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct E164Error(E164Reason);

#[derive(Clone, Debug, PartialEq, Eq)]
enum E164Reason {
    NoPlus,
    NotADigit(usize),
    LeadingZero,
    Length(usize),
}

impl fmt::Display for E164Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            E164Reason::NoPlus => {
                f.write_str("phone number must begin with `+` and the country code (E.164)")
            }
            E164Reason::NotADigit(at) => {
                write!(f, "phone number contains a character other than a digit at byte {at} (E.164)")
            }
            E164Reason::LeadingZero => f.write_str("phone number: country codes do not begin with 0 (E.164)"),
            E164Reason::Length(digits) => {
                write!(f, "phone number has {digits} digits; 2 to 15 are allowed (E.164)")
            }
        }
    }
}

impl std::error::Error for E164Error {}
