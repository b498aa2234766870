//! Compares `enum` and `const`.

use serde_json::json;

use super::PairComparison;
use crate::normal::NormalSchema;
use crate::rules::rule;

impl PairComparison<'_, '_> {
    pub(super) fn values(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let listed = |normal: &NormalSchema<'_>| {
            let values = normal.values.as_ref()?.values().map(|value| (*value).clone()).collect::<Vec<_>>();
            Some(if let [only] = values.as_slice() { only.clone() } else { json!(values) })
        };
        let before_value = (old.values_at().filter(|_| old.values.is_some()), listed(old));
        let after_value = (new.values_at().filter(|_| new.values.is_some()), listed(new));
        // Without a list on one side, its other constraints decide which listed values it allows.
        if let (Some(before), None) = (&old.values, &new.values) {
            for gone in before.values().filter(|value| !new.fits(value)) {
                let before_value = (old.values_at(), Some((*gone).clone()));
                self.report_keyword(rule!("enum-value-removed"), "enum", before_value, (None, None));
            }
        }
        if let (None, Some(after)) = (&old.values, &new.values) {
            for more in after.values().filter(|value| !old.fits(value)) {
                let after_value = (new.values_at(), Some((*more).clone()));
                self.report_keyword(rule!("enum-value-added"), "enum", (None, None), after_value);
            }
        }
        match (&old.values, &new.values) {
            (None, None) => {}
            (None, Some(_)) if new.is_constant() => {
                self.report_keyword(rule!("const-added"), "const", before_value, after_value)
            }
            (None, Some(_)) => self.report_keyword(rule!("became-enum"), "enum", before_value, after_value),
            (Some(_), None) if old.is_constant() => {
                self.report_keyword(rule!("const-removed"), "const", before_value, after_value)
            }
            (Some(_), None) => self.report_keyword(rule!("enum-dropped"), "enum", before_value, after_value),
            (Some(before), Some(after)) if old.is_constant() && new.is_constant() => {
                if before.keys().ne(after.keys()) {
                    self.report_keyword(rule!("const-changed"), "const", before_value, after_value);
                }
            }
            (Some(before), Some(after)) => {
                for (_, gone) in before.iter().filter(|(text, _)| !after.contains_key(*text)) {
                    let before_value = (old.values_at(), Some((*gone).clone()));
                    self.report_keyword(
                        rule!("enum-value-removed"),
                        "enum",
                        before_value,
                        (new.values_at(), None),
                    );
                }
                for (_, more) in after.iter().filter(|(text, _)| !before.contains_key(*text)) {
                    let after_value = (new.values_at(), Some((*more).clone()));
                    self.report_keyword(
                        rule!("enum-value-added"),
                        "enum",
                        (old.values_at(), None),
                        after_value,
                    );
                }
            }
        }
    }
}
