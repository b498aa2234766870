//! Compares bounds of numbers, lengths and counts, and `multipleOf`.

use serde_json::{Number, Value, json};

use super::PairComparison;
use crate::normal::{At, Bound, NormalSchema};
use crate::rules::{Rule, rule};

/// A keyword, and its rules: set, unset, increased, decreased.
struct BoundRules {
    keyword: &'static str,
    rules: [Rule; 4],
}

macro_rules! bounds {
    ($($keyword:literal $name:literal),+ $(,)?) => {
        [$(BoundRules {
            keyword: $keyword,
            rules: [
                rule!(concat!($name, "-set")),
                rule!(concat!($name, "-unset")),
                rule!(concat!($name, "-increased")),
                rule!(concat!($name, "-decreased")),
            ],
        }),+]
    };
}

/// Bounds of lengths and counts.
const COUNTS: [BoundRules; 8] = bounds![
    "minLength" "min-length", "maxLength" "max-length", "minItems" "min-items", "maxItems" "max-items",
    "minProperties" "min-properties", "maxProperties" "max-properties",
    "minContains" "min-contains", "maxContains" "max-contains",
];
/// Bounds of numbers: the lower ones, then the upper ones; the inclusive one first.
const NUMBERS: [[BoundRules; 2]; 2] = [
    bounds!["minimum" "min", "exclusiveMinimum" "exclusive-min"],
    bounds!["maximum" "max", "exclusiveMaximum" "exclusive-max"],
];

impl PairComparison<'_, '_> {
    pub(super) fn bounds(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        self.numbers(old, new);
        for bound in &COUNTS {
            let at = |normal: &NormalSchema<'_>| normal.bounds.get(bound.keyword).cloned();
            self.bound(bound, at(old), at(new));
        }
    }

    fn numbers(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        for kinds in &NUMBERS {
            let bound_of = |normal: &NormalSchema<'_>| {
                kinds.iter().find_map(|kind| Some((kind, normal.bounds.get(kind.keyword).cloned()?)))
            };
            match (bound_of(old), bound_of(new)) {
                (Some((kind, before)), Some((other, after)))
                    if kind.keyword != other.keyword && before.0 == after.0 =>
                {
                    // `minimum: 5` ⇒ `exclusiveMinimum: 5` increases the bound.
                    let is_tighter = other.keyword.starts_with("exclusive");
                    let is_lower = other.keyword.ends_with("inimum");
                    let [_, _, increased, decreased] = other.rules;
                    let rule = if is_tighter == is_lower { increased } else { decreased };
                    self.report_keyword(
                        rule,
                        other.keyword,
                        (Some(&before.1), Some(json!({ kind.keyword: before.0.shown() }))),
                        (Some(&after.1), Some(json!({ other.keyword: after.0.shown() }))),
                    );
                }
                (before, after) => {
                    let kind = after.as_ref().or(before.as_ref()).map(|(kind, _)| *kind);
                    if let Some(kind) = kind {
                        self.bound(kind, before.map(|(_, bound)| bound), after.map(|(_, bound)| bound));
                    }
                }
            }
        }
    }

    fn bound(&mut self, bound: &BoundRules, old: Option<(Bound, At)>, new: Option<(Bound, At)>) {
        let [set, unset, increased, decreased] = bound.rules;
        let rule = match (&old, &new) {
            (None, None) => return,
            (None, Some(_)) => set,
            (Some(_), None) => unset,
            (Some((before, _)), Some((after, _))) if before == after => return,
            (Some((before, _)), Some((after, _))) if after > before => increased,
            _ => decreased,
        };
        let [before, after] =
            [&old, &new].map(|side| side.as_ref().map(|(bound, at)| (at, bound.shown())).unzip());
        self.report_keyword(rule, bound.keyword, before, after);
    }

    pub(super) fn multiples(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let only = |normal: &NormalSchema<'_>| match normal.multiples.keys().collect::<Vec<_>>().as_slice() {
            [only] => only.parse::<f64>().ok(),
            _ => None,
        };
        let is_multiple = |of: f64, one: f64| one != 0.0 && (of / one).fract() == 0.0;
        let changed = match (only(old), only(new)) {
            (Some(before), Some(after)) if is_multiple(after, before) => rule!("multiple-of-narrowed"),
            (Some(before), Some(after)) if is_multiple(before, after) => rule!("multiple-of-widened"),
            _ => rule!("multiple-of-changed"),
        };
        let rules = [rule!("multiple-of-set"), rule!("multiple-of-unset"), changed];
        self.compare_sets("multipleOf", &old.multiples, &new.multiples, rules, |multiple| {
            multiple.parse::<Number>().map_or_else(|_| json!(multiple), Value::Number)
        });
    }
}

#[cfg(test)]
mod tests {
    use relay_rest_codegen::document::keywords::KEYWORDS;

    use super::*;

    #[test]
    fn every_bound_has_rules() {
        let known: Vec<&str> =
            COUNTS.iter().chain(NUMBERS.as_flattened()).map(|bound| bound.keyword).collect();
        for keyword in KEYWORDS.iter().filter(|keyword| keyword.limit.is_some()) {
            assert!(known.contains(&keyword.name), "{}", keyword.name);
        }
    }
}
