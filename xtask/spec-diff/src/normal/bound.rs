//! The values of bounds, compared without loss of precision.

use std::cmp::Ordering;

use serde_json::{Number, Value, json};

/// A bound: an integer of any size, or another number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    Integer(i128),
    Other(f64),
}

impl Bound {
    pub(crate) fn of(number: &Number) -> Self {
        let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        let float = || number.as_f64().unwrap_or_default();
        // `1e30` fits into an `i128`; larger floats may not.
        let whole = || Some(float()).filter(|float| float.fract() == 0.0 && float.abs() < 1e30);
        match integer.or_else(|| whole().map(|float| float as i128)) {
            Some(integer) => Self::Integer(integer),
            None => Self::Other(float()),
        }
    }

    /// The nearest integer above (`step` 1) or below (`step` -1), without the bound itself.
    pub(crate) fn next(self, step: i128) -> Self {
        match self {
            Self::Integer(integer) => Self::Integer(integer.saturating_add(step)),
            Self::Other(float) if step > 0 => Self::Integer(float.ceil() as i128),
            Self::Other(float) => Self::Integer(float.floor() as i128),
        }
    }

    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Other(float) => float,
        }
    }

    /// As a JSON number.
    pub(crate) fn shown(self) -> Value {
        match self {
            Self::Integer(integer) => match (i64::try_from(integer), u64::try_from(integer)) {
                (Ok(integer), _) => json!(integer),
                (_, Ok(integer)) => json!(integer),
                _ => json!(integer as f64),
            },
            Self::Other(float) => json!(float),
        }
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one.partial_cmp(other),
            (one, other) => one.float().partial_cmp(&other.float()),
        }
    }
}
