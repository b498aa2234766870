//! The tighter of each two constraints, for schemas that apply together.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::document::keywords::{KEYWORDS, Limit};

/// `{minimum: 1}` and `{minimum: 2, maximum: 3}` ⇒ `{minimum: 2}` and `{maximum: 3}`
///
/// A conjunction is as strict as the stricter of the two; a type holds each constraint once.
pub(super) fn tighten(into: &mut Map<String, Value>, other: &mut Map<String, Value>) {
    // In 3.0 an `exclusiveMinimum` is a part of its `minimum`.
    for keyword in KEYWORDS.iter().filter(|keyword| !keyword.name.starts_with("exclusive")) {
        let (name, flag) = (keyword.name, keyword.exclusive());
        let tighter = match keyword.limit {
            Some(Limit::Lower) => Ordering::Greater,
            Some(Limit::Upper) => Ordering::Less,
            None => continue,
        };
        let Some(own) = into.get(name) else { continue };
        let Some(others) = other.get(name) else { continue };
        let is_exclusive = |schema: &Map<String, Value>| {
            flag.is_some_and(|flag| schema.get(flag) == Some(&Value::Bool(true)))
        };
        let order = compare(others, own);
        let is_tighter = order == Some(tighter) || (order == Some(Ordering::Equal) && is_exclusive(other));
        for keyword in [Some(name), flag].into_iter().flatten() {
            match other.remove(keyword) {
                Some(value) if is_tighter => {
                    into.insert(keyword.to_owned(), value);
                }
                None if is_tighter => {
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
