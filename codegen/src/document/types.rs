//! The types of JSON instances, as a set.

use serde_json::{Map, Value, json};

use super::keywords::is_annotation;

/// A set of types; by default all of them. `number` includes `integer` (JSON Schema 2020-12 validation §6.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u8);

/// The names of the types, in the order of their bits.
const NAMES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

impl Default for Types {
    fn default() -> Self {
        Self::ALL
    }
}

impl Types {
    pub const NONE: Self = Self(0);
    pub const ARRAY: Self = Self(1);
    pub const BOOLEAN: Self = Self(1 << 1);
    pub const INTEGER: Self = Self(1 << 2);
    pub const NULL: Self = Self(1 << 3);
    pub const NUMBER: Self = Self(1 << 4 | 1 << 2);
    pub const OBJECT: Self = Self(1 << 5);
    pub const STRING: Self = Self(1 << 6);
    pub const ALL: Self = Self((1 << 7) - 1);

    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "number" => Some(Self::NUMBER),
            _ => NAMES.iter().position(|known| *known == name).map(|index| Self(1 << index)),
        }
    }

    /// The types that a `type` keyword allows; an unknown name allows none.
    pub fn of(kind: &Value) -> Self {
        let one = |name: &str| Self::named(name).unwrap_or(Self::NONE);
        match kind {
            Value::String(name) => one(name),
            Value::Array(names) => names.iter().filter_map(Value::as_str).map(one).fold(Self::NONE, Self::or),
            _ => Self::ALL,
        }
    }

    /// The type of a value.
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => {
                Self::INTEGER
            }
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// The union of both.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The intersection of both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The types that only this one has.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it contains all of the other.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether both have a type in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The number of its names; `number` is one.
    pub fn count(self) -> usize {
        self.names().len()
    }

    /// The names of its types; `number` includes `integer`.
    pub fn names(self) -> Vec<&'static str> {
        let is_in = |(index, name): (usize, &&'static str)| {
            let is_listed = *name != "integer" || !self.has(Self::NUMBER);
            (self.0 & 1 << index != 0 && is_listed).then_some(*name)
        };
        NAMES.iter().enumerate().filter_map(is_in).collect()
    }

    /// The value of a `type` keyword; `None` if all types are allowed.
    pub fn shown(self) -> Option<Value> {
        match self.names().as_slice() {
            _ if self == Self::ALL => None,
            [one] => Some(json!(one)),
            several => Some(json!(several)),
        }
    }
}

/// `{type: null}` ⇒ `{type: 'null'}`; `{type: null, anyOf: …}` ⇒ `{anyOf: …}`; `{type: [string, null]}` ⇒ `{type: [string, 'null']}`
///
/// YAML reads the unquoted name of the type as `null`. Next to a keyword that restricts the values, `type: null` is taken for an
/// absent type, because programs write fields without a value so. Returns whether there was such a null.
pub fn quote_null(schema: &mut Map<String, Value>) -> bool {
    let says_more = schema.keys().any(|key| key != "type" && !is_annotation(key));
    match schema.get_mut("type") {
        Some(Value::Null) if says_more => schema.remove("type").is_some(),
        Some(null @ Value::Null) => {
            *null = "null".into();
            true
        }
        Some(Value::Array(kinds)) => {
            let nulls = kinds.iter_mut().filter(|kind| kind.is_null());
            nulls.map(|null| *null = "null".into()).count() > 0
        }
        _ => false,
    }
}
