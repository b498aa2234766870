//! Integers with the minimum and maximum of the document.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An integer from `MIN` to `MAX`, both included. Every constructor and deserializer enforces the range.
///
/// ```
/// use relay_rest::Bounded;
///
/// let length = Bounded::<4, 20>::try_from(6_u8)?;
/// assert_eq!(length.get(), 6);
/// assert_eq!(Bounded::<4, 20>::try_from(3_u8).unwrap_err().to_string(), "3 is out of range; 4 to 20 are allowed");
/// # Ok::<(), relay_rest::BoundedError>(())
/// ```
/// ```compile_fail
/// // 300 does not fit.
/// relay_rest::Bounded::<1, 300>::new::<7>().as_u8();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bounded<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Bounded<MIN, MAX> {
    /// The smallest value.
    pub const MIN: i64 = MIN;
    /// The largest value.
    pub const MAX: i64 = MAX;

    /// Returns a constant, which the compiler checks.
    ///
    /// ```
    /// # use relay_rest::Bounded;
    /// const LENGTH: Bounded<4, 20> = Bounded::new::<6>();
    /// assert_eq!(LENGTH.as_u8(), 6);
    /// ```
    /// ```compile_fail
    /// # use relay_rest::Bounded;
    /// const LENGTH: Bounded<4, 20> = Bounded::new::<3>();
    /// ```
    pub const fn new<const VALUE: i64>() -> Self {
        const { assert!(MIN <= VALUE && VALUE <= MAX, "value is out of range") };
        Self(VALUE)
    }

    /// Returns the integer.
    pub const fn get(self) -> i64 {
        self.0
    }

    fn checked(value: i128) -> Result<Self, BoundedError> {
        match i64::try_from(value) {
            Ok(value) if (MIN..=MAX).contains(&value) => Ok(Self(value)),
            _ => Err(BoundedError { value, min: MIN, max: MAX }),
        }
    }
}

macro_rules! conversions {
    ($($integer:ty),*) => {$(
        impl<const MIN: i64, const MAX: i64> TryFrom<$integer> for Bounded<MIN, MAX> {
            type Error = BoundedError;

            fn try_from(value: $integer) -> Result<Self, BoundedError> {
                // At most 64 bits wide, so nothing is lost.
                Self::checked(value as i128)
            }
        }
    )*};
}

macro_rules! narrowed {
    ($($name:ident $integer:ident),*) => {
        impl<const MIN: i64, const MAX: i64> Bounded<MIN, MAX> {$(
            #[doc = concat!("Returns the integer as a `", stringify!($integer), "`. It does not compile if the range does not fit.")]
            pub const fn $name(self) -> $integer {
                const { assert!(MIN >= $integer::MIN as i64 && MAX as u64 <= $integer::MAX as u64, "the range does not fit") };
                self.0 as $integer
            }
        )*}
    };
}

narrowed!(as_u8 u8, as_u16 u16, as_u32 u32, as_u64 u64, as_usize usize);

conversions!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl<const MIN: i64, const MAX: i64> From<Bounded<MIN, MAX>> for i64 {
    fn from(bounded: Bounded<MIN, MAX>) -> Self {
        bounded.0
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Bounded<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> Serialize for Bounded<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Bounded<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Neither serde's error nor `BoundedError`: they quote what was found, which may be a code in the wrong property.
        i64::deserialize(deserializer)
            .ok()
            .and_then(|value| Self::try_from(value).ok())
            .ok_or_else(|| de::Error::custom(format_args!("expected an integer from {MIN} to {MAX}")))
    }
}

/// An integer is not in the range of a [`Bounded`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundedError {
    pub(crate) value: i128,
    pub(crate) min: i64,
    pub(crate) max: i64,
}

impl fmt::Display for BoundedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, min, max } = self;
        write!(f, "{value} is out of range; {min} to {max} are allowed")
    }
}

impl std::error::Error for BoundedError {}
