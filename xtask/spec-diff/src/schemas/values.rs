//! Compares `enum` and `const`.

use serde_json::{Value, json};

use super::PairComparison;
use crate::normal::NormalSchema;
use crate::rules::{self, Finding, rule};

impl PairComparison<'_, '_> {
    pub(super) fn values(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let (old_at, new_at) = (old.values_at(), new.values_at());
        let are_constants = old.is_constant() && new.is_constant();
        if !are_constants {
            for (rule, values) in [
                (rule!("enum-value-removed"), only_in(old, new)),
                (rule!("enum-value-added"), only_in(new, old)),
            ] {
                if values.is_empty() {
                    continue;
                }
                let sides = [(old_at, listed(old)), (new_at, listed(new))];
                let finding = self.pair.keyword_finding_of(rule, "enum", &rules::listed(&values), sides);
                self.report(Finding { values, is_one_edit: true, ..finding });
            }
        }
        let (rule, keyword) = match (&old.values, &new.values) {
            (None, Some(_)) if new.is_constant() => (rule!("const-added"), "const"),
            (None, Some(_)) => (rule!("became-enum"), "enum"),
            (Some(_), None) if old.is_constant() => (rule!("const-removed"), "const"),
            (Some(_), None) => (rule!("enum-dropped"), "enum"),
            (Some(before), Some(after)) if are_constants && before.keys().ne(after.keys()) => {
                (rule!("const-changed"), "const")
            }
            _ => return,
        };
        self.report_keyword(rule, keyword, (old_at, listed(old)), (new_at, listed(new)));
    }
}

/// The listed values that the other side does not allow. Without a list there, its other constraints decide.
fn only_in(normal: &NormalSchema<'_>, other: &NormalSchema<'_>) -> Vec<Value> {
    let is_allowed = |text: &String, value: &Value| match &other.values {
        Some(values) => values.contains_key(text),
        None => other.fits_beside(value, normal),
    };
    let values = normal.values.iter().flatten();
    values.filter(|(text, value)| !is_allowed(text, value)).map(|(_, value)| (*value).clone()).collect()
}

/// The listed values; a constant alone.
fn listed(normal: &NormalSchema<'_>) -> Option<Value> {
    let values: Vec<&Value> = normal.values.as_ref()?.values().copied().collect();
    Some(if let [only] = values.as_slice() { (*only).clone() } else { json!(values) })
}
