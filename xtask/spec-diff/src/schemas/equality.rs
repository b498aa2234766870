//! Finds schemas that are equal with all that they refer to, whatever the components are called.

use std::collections::HashMap;

use relay_rest_codegen::document::keyword;
use relay_rest_codegen::document::keywords::{Holds, Role};
use serde_json::Value;

use crate::normal::{Schemas, is_documentation_keyword};

type Ids = (*const Value, *const Value);

/// Which schemas are equal. Each pair is looked at once, however many references lead to it.
#[derive(Default)]
pub(super) struct Equalities {
    known: HashMap<Ids, bool>,
    /// How many pairs are looked at; the others are taken for different.
    limit: usize,
}

/// A schema and its document.
type Schema<'a> = (Schemas<'a>, &'a Value);

impl Equalities {
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether two schemas are equal. Documentation does not count; two dynamic references are never equal.
    pub(super) fn are_equal<'a>(&mut self, one: Schema<'a>, other: Schema<'a>) -> bool {
        let mut different = Vec::new();
        let mut referring: HashMap<Ids, Vec<Ids>> = HashMap::new();
        let mut waiting = vec![(one.1, other.1)];
        while let Some(pair) = waiting.pop() {
            let ids = ids(pair);
            let is_equal = match self.known.get(&ids) {
                Some(known) => *known,
                None if self.known.len() >= self.limit => false,
                None => {
                    let mut references = Vec::new();
                    let is_equal = are_equal((one.0, pair.0), (other.0, pair.1), &mut references);
                    // Until a schema that it refers to turns out to be different.
                    self.known.insert(ids, is_equal);
                    for target in references.into_iter().filter(|_| is_equal) {
                        referring.entry(self::ids(target)).or_default().push(ids);
                        waiting.push(target);
                    }
                    is_equal
                }
            };
            if !is_equal {
                different.push(ids);
            }
        }
        while let Some(ids) = different.pop() {
            for from in referring.remove(&ids).into_iter().flatten() {
                if self.known.insert(from, false) == Some(true) {
                    different.push(from);
                }
            }
        }
        self.known.get(&ids((one.1, other.1))) == Some(&true)
    }
}

fn ids((one, other): (&Value, &Value)) -> Ids {
    (std::ptr::from_ref(one), std::ptr::from_ref(other))
}

/// Whether two schemas are equal if those that they refer to are, which are added to `references`.
fn are_equal<'a>(one: Schema<'a>, other: Schema<'a>, references: &mut Vec<(&'a Value, &'a Value)>) -> bool {
    let (Value::Object(own), Value::Object(target)) = (one.1, other.1) else { return one.1 == other.1 };
    let counts = |name: &str| {
        !is_documentation_keyword(name)
            && keyword(name).is_none_or(|keyword| keyword.role != Role::Definitions)
    };
    let count = |schema: &serde_json::Map<String, Value>| schema.keys().filter(|name| counts(name)).count();
    count(own) == count(target)
        && own.iter().filter(|(name, _)| counts(name)).all(|(name, value)| {
            let Some(others) = target.get(name) else { return false };
            let mut inner = |value, others| are_equal((one.0, value), (other.0, others), references);
            match (name.as_str(), keyword(name).map(|keyword| keyword.holds), value, others) {
                ("$dynamicRef" | "$recursiveRef", ..) => false,
                ("$ref", ..) => match (one.0.referenced(one.1), other.0.referenced(other.1)) {
                    (Some(one), Some(other)) => {
                        references.push((one.value, other.value));
                        true
                    }
                    (None, None) => value == others,
                    _ => false,
                },
                (_, Some(Holds::Schema), ..) => inner(value, others),
                (_, Some(Holds::List), Value::Array(values), Value::Array(others)) => {
                    values.len() == others.len()
                        && values.iter().zip(others).all(|(value, other)| inner(value, other))
                }
                (_, Some(Holds::Map), Value::Object(values), Value::Object(others)) => {
                    values.len() == others.len()
                        && values
                            .iter()
                            .all(|(name, value)| others.get(name).is_some_and(|other| inner(value, other)))
                }
                _ => value == others,
            }
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("#/{name}") })
    }

    #[test]
    fn schemas_are_equal_with_what_they_refer_to() {
        let one = json!({
            "Tree": { "type": "object", "properties": { "next": reference("Tree"), "leaf": reference("Leaf") } },
            "Leaf": { "type": "string", "description": "d" },
            "Number": { "type": "number" },
            "Both": { "anyOf": [reference("Leaf"), reference("Number")] },
            "Constant": { "const": { "title": "a" } },
            "Title": { "properties": { "title": false } },
            "Dynamic": { "$dynamicRef": "#a" },
            "None": reference("Nothing"),
            "Unused": { "type": "string", "$defs": { "a": true } },
        });
        let other = json!({
            "Tree": { "type": "object", "properties": { "next": reference("Tree"), "leaf": reference("Renamed") } },
            "Renamed": { "type": "string" },
            "Number": { "type": "number", "minimum": 1 },
            "Both": { "anyOf": [reference("Renamed"), reference("Number")] },
            "Constant": { "const": { "title": "b" } },
            "Title": { "properties": { "title": true } },
            "Dynamic": { "$dynamicRef": "#a" },
            "None": reference("Nothing"),
            "Unused": { "type": "string" },
        });
        let is_equal = |equalities: &mut Equalities, name: &str| {
            equalities.are_equal((Schemas(&one), &one[name]), (Schemas(&other), &other[name]))
        };
        let mut equalities = Equalities::with_limit(100);
        // The second time, what is known is used.
        for _ in 0..2 {
            for (name, expected) in [
                ("Tree", true),
                ("Both", false),
                ("Number", false),
                ("Constant", false),
                ("Title", false),
                ("Dynamic", false),
                ("None", true),
                ("Unused", true),
            ] {
                assert_eq!(is_equal(&mut equalities, name), expected, "{name}");
            }
        }
    }

    #[test]
    fn a_difference_far_away_counts_for_all_that_refer_to_it() {
        let circle = |last: Value| {
            let mut document = json!({ "S4": { "anyOf": [reference("S0"), last] } });
            for number in 0..4 {
                document[format!("S{number}")] = json!({ "items": reference(&format!("S{}", number + 1)) });
            }
            document
        };
        let (one, other) = (circle(json!({ "type": "string" })), circle(json!({ "type": "integer" })));
        let are_equal = |limit: usize, other: &Value| -> Vec<bool> {
            let mut equalities = Equalities::with_limit(limit);
            let names = (0..5).map(|number| format!("S{number}"));
            names
                .map(|name| {
                    equalities.are_equal((Schemas(&one), &one[&name]), (Schemas(other), &other[&name]))
                })
                .collect()
        };
        assert_eq!(are_equal(100, &other), [false; 5]);
        assert_eq!(are_equal(100, &one.clone()), [true; 5]);
        assert_eq!(are_equal(5, &one.clone()), [true; 5]);
        assert_eq!(are_equal(4, &one.clone()), [false; 5], "beyond the limit");
    }
}
