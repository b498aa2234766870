//! Bounds of two schemas that hold together: of each pair the tighter one.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::document::keywords::{KEYWORDS, Limit};

/// Leaves in `into` the tighter of each bound that both have, and takes it out of `other`.
pub(super) fn tighten(into: &mut Map<String, Value>, other: &mut Map<String, Value>) {
    for keyword in
        KEYWORDS.iter().filter(|keyword| keyword.is_in_3_0() && !keyword.name.starts_with("exclusive"))
    {
        let (bound, flag) = (keyword.name, keyword.exclusive());
        let tighter = match keyword.limit {
            Some(Limit::Lower) => Ordering::Greater,
            Some(Limit::Upper) => Ordering::Less,
            None => continue,
        };
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
