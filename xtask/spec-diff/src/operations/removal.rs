//! Reports removed operations, and changes of deprecation, sunset and stability of the others.

use super::{DocumentComparison, FindingDraft, Operation, OperationPair, Section};
use crate::lifecycle::{self, Lifecycle, Removal};
use crate::rules::{Location, rule};

impl<'a> DocumentComparison<'a> {
    pub(super) fn removed(&mut self, section: Section, operation: &Operation<'a>) {
        let rule = match (section, Lifecycle::at(&operation.site).removal()) {
            (Section::Paths, Removal::Unannounced) => rule!("api-removed-without-deprecation"),
            (Section::Webhooks, Removal::Unannounced) => rule!("webhook-removed"),
            (Section::Callbacks, _) => rule!("callback-removed"),
            (_, Removal::Unreadable) => rule!("api-deprecated-sunset-parse"),
            (Section::Paths, Removal::AfterSunset) => rule!("api-removed-with-deprecation"),
            (Section::Webhooks, Removal::AfterSunset) => rule!("webhook-removed-with-deprecation"),
            (Section::Paths, _) => rule!("api-removed-before-sunset"),
            (Section::Webhooks, _) => rule!("webhook-removed-before-sunset"),
        };
        let at = [Location::at(&operation.site.at), Location::default()];
        let draft = FindingDraft::new(rule, &*operation.name, at);
        let draft = draft.values(Some((&*operation.name).into()), None);
        self.report_about(Some((&operation.name, &operation.key, section)), draft);
    }

    /// Compares deprecation, sunset and stability of an operation.
    pub(super) fn compare_operation_lifecycle(&mut self, pair: &OperationPair<'_, 'a>) {
        let (old, new) = (&pair.old.site, &pair.new.site);
        for change in lifecycle::compare(&Lifecycle::at(old), &Lifecycle::at(new)) {
            let rule = match change.rule {
                found if found == rule!("deprecated") => rule!("endpoint-deprecated"),
                found if found == rule!("reactivated") => rule!("endpoint-reactivated"),
                found if found == rule!("sunset-parse") => rule!("api-deprecated-sunset-parse"),
                found if found == rule!("sunset-deleted") => rule!("api-sunset-deleted"),
                found if found == rule!("stability-decreased") => rule!("api-stability-decreased"),
                found if found == rule!("invalid-stability-level") => rule!("api-invalid-stability-level"),
                _ => rule!("api-sunset-date-changed-too-small"),
            };
            let draft = FindingDraft::changed(rule, &*pair.name, old, new);
            self.report(Some(pair), draft.values(change.old, change.new));
        }
    }
}
