//! The types of JSON as a set.
//! Knows their names and what is a number; must not know schemas.

use serde_json::{Value, json};

/// A set of types; by default all of them. `number` stands with `integer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Types(u8);

const NAMES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

impl Default for Types {
    fn default() -> Self {
        Self::ALL
    }
}

impl Types {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ARRAY: Self = Self(1);
    pub(crate) const INTEGER: Self = Self(1 << 2);
    pub(crate) const NULL: Self = Self(1 << 3);
    pub(crate) const NUMBER: Self = Self(1 << 4 | 1 << 2);
    pub(crate) const OBJECT: Self = Self(1 << 5);
    pub(crate) const STRING: Self = Self(1 << 6);
    pub(crate) const ALL: Self = Self((1 << 7) - 1);

    /// What a `type` allows; all, where it is nothing that is known.
    pub(crate) fn of(kind: &Value) -> Self {
        let one = |name: &str| match name {
            "number" => Self::NUMBER,
            _ => {
                let known = NAMES.iter().position(|known| *known == name);
                known.map_or(Self::NONE, |index| Self(1 << index))
            }
        };
        match kind {
            Value::String(name) => one(name),
            Value::Array(names) => names.iter().filter_map(Value::as_str).map(one).fold(Self::NONE, Self::or),
            _ => Self::ALL,
        }
    }

    /// The type of a value.
    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self(1 << 1),
            Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => {
                Self::INTEGER
            }
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of the other's are in it.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some of the other's are in it.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// How many there are; a number is one.
    pub(crate) fn count(self) -> usize {
        self.names().len()
    }

    pub(crate) fn names(self) -> Vec<&'static str> {
        let is_in = |(index, name): (usize, &&'static str)| {
            let is_told = *name != "integer" || !self.has(Self::NUMBER);
            (self.0 & 1 << index != 0 && is_told).then_some(*name)
        };
        NAMES.iter().enumerate().filter_map(is_in).collect()
    }

    /// As a document says it; nothing where all are allowed.
    pub(crate) fn shown(self) -> Option<Value> {
        match self.names().as_slice() {
            _ if self == Self::ALL => None,
            [one] => Some(json!(one)),
            several => Some(json!(several)),
        }
    }
}
