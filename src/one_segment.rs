//! A message that fits one SMS segment.

use std::fmt;

use crate::segment::{Measure, TooLong, measure};
use crate::string_newtype::string_newtype;
use crate::unnamed::transparent;

/// A message that is not empty and fits one SMS segment. Every constructor and deserializer enforces that.
///
/// A segment holds 160 characters of the GSM alphabet, of which `€`, `[` and [a few others](crate::segment) count twice. With a
/// single character from outside the alphabet, it holds 70 UTF-16 units. SignalWire's document limits the message alone;
/// [`OneSegment::check_with_code`] also counts the code.
///
/// ```
/// use relay_rest::OneSegment;
///
/// let message: OneSegment = "Your Acme code:".parse()?;
/// assert_eq!(message.as_str(), "Your Acme code:");
///
/// let error = OneSegment::try_from("x".repeat(171)).unwrap_err();
/// assert_eq!(error.to_string(), "SMS text is too long for one segment: 171 of 160 characters (GSM), 2 segments; shorten it by 11");
/// # Ok::<(), relay_rest::SegmentError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OneSegment(String);

transparent! { OneSegment: Serialize }

impl OneSegment {
    /// Returns the message.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns how much of its segment the message takes.
    pub fn measure(&self) -> Measure {
        measure(&self.0)
    }

    /// Checks that the whole SMS fits one segment: the message, a blank, and a code of `token_length` characters.
    ///
    /// A code consists of letters and digits, each of which takes one unit in either encoding. With the default length of 6, the
    /// message may take 153 septets or 63 UTF-16 units.
    ///
    /// # Errors
    /// Returns an error if the SMS takes more than one segment, each of which is charged.
    pub fn check_with_code(&self, token_length: usize) -> Result<(), SegmentError> {
        let measured = self.measure().plus(1).plus(token_length);
        if measured.fits() {
            return Ok(());
        }
        let why = TooLong::new(&self.0, measured);
        Err(SegmentError(SegmentReason::TooLongWithCode { why, token_length }))
    }

    fn check(text: &str) -> Result<(), SegmentError> {
        if text.is_empty() {
            return Err(SegmentError(SegmentReason::Empty));
        }
        let measured = measure(text);
        if measured.fits() {
            return Ok(());
        }
        Err(SegmentError(SegmentReason::TooLong(TooLong::new(text, measured))))
    }
}

string_newtype!(OneSegment, SegmentError, "SMS text must be a string");

/// Shows the size and not the message, which may contain a telephone number or a code.
impl fmt::Debug for OneSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneSegment").field(&format_args!("{}", self.measure())).finish()
    }
}

/// Why a string is not a [`OneSegment`], or is too long together with the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentError(SegmentReason);

impl SegmentError {
    /// Returns the size that is too long; `None` for an empty message. If the code was counted, it is the size of the whole SMS.
    pub fn measure(&self) -> Option<Measure> {
        match &self.0 {
            SegmentReason::Empty => None,
            SegmentReason::TooLong(why) | SegmentReason::TooLongWithCode { why, .. } => Some(why.measured),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum SegmentReason {
    Empty,
    TooLong(TooLong),
    TooLongWithCode { why: TooLong, token_length: usize },
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SegmentReason::Empty => f.write_str("SMS text is empty"),
            SegmentReason::TooLong(why) => write!(f, "SMS text is too long for one segment: {why}"),
            SegmentReason::TooLongWithCode { why, token_length } => write!(
                f,
                "SMS text with a blank and a code of {token_length} characters is too long for one segment: {why}"
            ),
        }
    }
}

impl std::error::Error for SegmentError {}
