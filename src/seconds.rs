//! Whole seconds with the minimum and maximum of the document.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bounded::{Bounded, BoundedError};

/// Whole seconds from `MIN` to `MAX`, both included, made of a [`Duration`] or of an integer.
///
/// ```
/// use std::time::Duration;
/// use relay_rest::{Seconds, types::MfaRequest};
///
/// let ten_minutes = Duration::from_secs(600);
/// let request = MfaRequest::builder().to("+14043287382").valid_for(ten_minutes).build()?;
/// assert_eq!(request.valid_for.map(Seconds::as_duration), Some(ten_minutes));
/// // The same, in seconds.
/// assert_eq!(MfaRequest::builder().to("+14043287382").valid_for(600).build()?, request);
///
/// let error = MfaRequest::builder().to("+14043287382").valid_for(Duration::ZERO).build().unwrap_err();
/// assert_eq!(error.to_string(), "valid_for: 0 s; 1 to 604800 s are allowed");
/// # Ok::<(), relay_rest::Error>(())
/// ```
/// ```compile_fail
/// # use std::time::Duration;
/// # use relay_rest::types::MfaRequest;
/// // `token_length` is not a duration.
/// let request = MfaRequest::builder().token_length(Duration::from_secs(6));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seconds<const MIN: i64, const MAX: i64>(Bounded<MIN, MAX>);

impl<const MIN: i64, const MAX: i64> Seconds<MIN, MAX> {
    /// The least.
    pub const MIN: i64 = MIN;
    /// The most.
    pub const MAX: i64 = MAX;

    /// Returns a constant, which the compiler checks.
    ///
    /// ```
    /// # use relay_rest::Seconds;
    /// const DAY: Seconds<1, 604_800> = Seconds::new::<86_400>();
    /// assert_eq!(DAY.as_secs(), 86_400);
    /// ```
    /// ```compile_fail
    /// # use relay_rest::Seconds;
    /// const NOTHING: Seconds<1, 604_800> = Seconds::new::<0>();
    /// ```
    pub const fn new<const VALUE: i64>() -> Self {
        Self(Bounded::new::<VALUE>())
    }

    /// Returns the number of seconds. It does not compile where the range has negative ones.
    pub const fn as_secs(self) -> u64 {
        self.0.as_u64()
    }

    /// Returns the seconds as a [`Duration`]. It does not compile where the range has negative ones.
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.as_secs())
    }
}

impl<const MIN: i64, const MAX: i64> TryFrom<Duration> for Seconds<MIN, MAX> {
    type Error = SecondsError;

    fn try_from(duration: Duration) -> Result<Self, SecondsError> {
        if duration.subsec_nanos() != 0 {
            return Err(SecondsError(SecondsReason::Fraction(duration)));
        }
        duration.as_secs().try_into()
    }
}

macro_rules! conversions {
    ($($integer:ty),*) => {$(
        impl<const MIN: i64, const MAX: i64> TryFrom<$integer> for Seconds<MIN, MAX> {
            type Error = SecondsError;

            fn try_from(seconds: $integer) -> Result<Self, SecondsError> {
                Bounded::try_from(seconds).map(Self).map_err(|error| SecondsError(SecondsReason::Range(error)))
            }
        }
    )*};
}

conversions!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// Shows the number alone, as in a URL.
impl<const MIN: i64, const MAX: i64> fmt::Display for Seconds<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> Serialize for Seconds<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Seconds<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Bounded::deserialize(deserializer).map(Self)
    }
}

/// A time is not in the range of a [`Seconds`], or has a fraction of a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondsError(SecondsReason);

#[derive(Clone, Debug, PartialEq, Eq)]
enum SecondsReason {
    Range(BoundedError),
    Fraction(Duration),
}

impl fmt::Display for SecondsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SecondsReason::Range(BoundedError { value, min, max }) => {
                write!(f, "{value} s; {min} to {max} s are allowed")
            }
            SecondsReason::Fraction(duration) => {
                write!(f, "{duration:?} has a fraction of a second; only whole seconds are allowed")
            }
        }
    }
}

impl std::error::Error for SecondsError {}
