//! A text that fits one SMS segment.

use std::fmt;

use serde::Serialize;

use crate::segment::{Measure, measure};
use crate::string_newtype::string_newtype;

/// A message that is not empty and fits one SMS segment; there is no other way to make one.
///
/// What counts is in [`segment`](crate::segment): 160 septets of the GSM alphabet, or 70 UTF-16 units when a character is
/// not in it. SignalWire's document limits the message alone; [`OneSegment::check_with_code`] also counts the code.
///
/// ```
/// use relay_rest::OneSegment;
///
/// let message: OneSegment = "Your Acme code:".parse()?;
/// assert_eq!(message.as_str(), "Your Acme code:");
///
/// let error = OneSegment::try_from("x".repeat(171)).unwrap_err();
/// assert_eq!(error.to_string(), "message needs 171 septets; one segment holds 160");
/// # Ok::<(), relay_rest::SegmentError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct OneSegment(String);

impl OneSegment {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the text takes of its segment.
    pub fn measure(&self) -> Measure {
        measure(&self.0)
    }

    /// Checks that the SMS as it is delivered, the message, a blank and a code of `token_length` characters, is one segment.
    ///
    /// A code has letters and digits only: one unit for each in either encoding. With the default length of 6, the
    /// message may take 153 septets or 63 UTF-16 units.
    ///
    /// # Errors
    /// The whole SMS takes two segments, and costs as much.
    pub fn check_with_code(&self, token_length: usize) -> Result<(), SegmentError> {
        let mut measured = self.measure();
        measured.units = measured.units.saturating_add(1).saturating_add(token_length);
        if measured.fits() {
            return Ok(());
        }
        Err(SegmentError(SegmentReason::TooLongWithCode { measured, token_length }))
    }

    fn check(text: &str) -> Result<(), SegmentError> {
        if text.is_empty() {
            return Err(SegmentError(SegmentReason::Empty));
        }
        let measured = measure(text);
        if measured.fits() { Ok(()) } else { Err(SegmentError(SegmentReason::TooLong(measured))) }
    }
}

string_newtype!(OneSegment, SegmentError, "message must be a string");

/// What the text takes, and not the text: somebody may have put a number or a code into it.
impl fmt::Debug for OneSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneSegment").field(&format_args!("{}", self.measure())).finish()
    }
}

/// Why a string is not a [`OneSegment`], or is too long together with the code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct SegmentError(SegmentReason);

impl SegmentError {
    /// What was measured; nothing for an empty text. For a check with the code, the units are those of the whole SMS.
    pub fn measure(&self) -> Option<Measure> {
        match self.0 {
            SegmentReason::Empty => None,
            SegmentReason::TooLong(measured) | SegmentReason::TooLongWithCode { measured, .. } => {
                Some(measured)
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum SegmentReason {
    #[error("message is empty")]
    Empty,
    #[error("message needs {0}")]
    TooLong(Measure),
    #[error("message with a blank and a code of {token_length} characters needs {measured}")]
    TooLongWithCode { measured: Measure, token_length: usize },
}
