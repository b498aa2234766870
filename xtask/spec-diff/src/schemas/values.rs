//! The values that two schemas list.
//! Knows shapes; must not know where they come from.

use serde_json::json;

use super::{Found, Said};
use crate::normal::Shape;
use crate::rules::rule;

impl Found<'_, '_> {
    pub(super) fn values(&mut self, old: &Shape<'_>, new: &Shape<'_>) {
        let listed = |shape: &Shape<'_>| {
            let values = shape.values.as_ref()?.values().map(|value| (*value).clone()).collect::<Vec<_>>();
            Some(if let [only] = values.as_slice() { only.clone() } else { json!(values) })
        };
        let said = Said::new(old.values_at().filter(|_| old.values.is_some()), listed(old));
        let says = Said::new(new.values_at().filter(|_| new.values.is_some()), listed(new));
        // What was listed may be refused by what is asked now, and what is listed now may not have been right before.
        if let (Some(before), None) = (&old.values, &new.values) {
            for gone in before.values().filter(|value| !new.fits(value)) {
                let said = Said::new(old.values_at(), Some((*gone).clone()));
                self.say(rule!("enum-value-removed"), "enum", said, Said::new(None, None));
            }
        }
        if let (None, Some(after)) = (&old.values, &new.values) {
            for more in after.values().filter(|value| !old.fits(value)) {
                let says = Said::new(new.values_at(), Some((*more).clone()));
                self.say(rule!("enum-value-added"), "enum", Said::new(None, None), says);
            }
        }
        match (&old.values, &new.values) {
            (None, None) => {}
            (None, Some(_)) if new.is_constant() => self.say(rule!("const-added"), "const", said, says),
            (None, Some(_)) => self.say(rule!("became-enum"), "enum", said, says),
            (Some(_), None) if old.is_constant() => self.say(rule!("const-removed"), "const", said, says),
            (Some(_), None) => self.say(rule!("enum-dropped"), "enum", said, says),
            (Some(before), Some(after)) if old.is_constant() && new.is_constant() => {
                if before.keys().ne(after.keys()) {
                    self.say(rule!("const-changed"), "const", said, says);
                }
            }
            (Some(before), Some(after)) => {
                for (_, gone) in before.iter().filter(|(text, _)| !after.contains_key(*text)) {
                    let said = Said::new(old.values_at(), Some((*gone).clone()));
                    self.say(rule!("enum-value-removed"), "enum", said, Said::new(new.values_at(), None));
                }
                for (_, more) in after.iter().filter(|(text, _)| !before.contains_key(*text)) {
                    let says = Said::new(new.values_at(), Some((*more).clone()));
                    self.say(rule!("enum-value-added"), "enum", Said::new(old.values_at(), None), says);
                }
            }
        }
    }
}
