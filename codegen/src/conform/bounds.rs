//! Bounds of two schemas that hold together: of each pair the tighter one.
//! Knows the bounds of OpenAPI 3.0.3; must not know where schemas come together.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// The bounds of 3.0.3 (§4.7.24), the flag beside each that has one, and which of two is the tighter.
const BOUNDS: [(&str, Option<&str>, Ordering); 8] = [
    ("minimum", Some("exclusiveMinimum"), Ordering::Greater),
    ("maximum", Some("exclusiveMaximum"), Ordering::Less),
    ("minLength", None, Ordering::Greater),
    ("maxLength", None, Ordering::Less),
    ("minItems", None, Ordering::Greater),
    ("maxItems", None, Ordering::Less),
    ("minProperties", None, Ordering::Greater),
    ("maxProperties", None, Ordering::Less),
];

/// Leaves in `into` the tighter of each bound that both have, and takes it out of `other`.
pub(super) fn tighten(into: &mut Map<String, Value>, other: &mut Map<String, Value>) {
    for (bound, flag, tighter) in BOUNDS {
        let Some(own) = into.get(bound) else { continue };
        let Some(others) = other.get(bound) else { continue };
        let is_exclusive = |schema: &Map<String, Value>| {
            flag.is_some_and(|flag| schema.get(flag) == Some(&Value::Bool(true)))
        };
        let order = compare(others, own);
        let wins = order == Some(tighter) || (order == Some(Ordering::Equal) && is_exclusive(other));
        for keyword in [Some(bound), flag].into_iter().flatten() {
            match other.remove(keyword) {
                Some(value) if wins => {
                    into.insert(keyword.to_owned(), value);
                }
                None if wins => {
                    into.remove(keyword);
                }
                _ => {}
            }
        }
    }
}

/// Compares two numbers; integers as such, so that those beyond 2⁵³ keep apart.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}
