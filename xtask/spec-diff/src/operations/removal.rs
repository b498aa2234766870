//! Reports removed operations, and changes of deprecation, sunset and stability of the others.

use super::{DocumentComparison, FindingDraft, Operation, OperationPair, Section};
use crate::lifecycle::{self, Lifecycle, Removal};
use crate::rules::{Location, rule};

impl<'a> DocumentComparison<'a> {
    pub(super) fn removed(&mut self, section: Section, operation: &Operation<'a>) {
        let lifecycle = operation.site.value.as_object().map(Lifecycle::of).unwrap_or_default();
        let rule = match (section, lifecycle.removal()) {
            (Section::Paths, Removal::Unannounced) => rule!("api-removed-without-deprecation"),
            (Section::Webhooks, Removal::Unannounced) => rule!("webhook-removed"),
            (Section::Callbacks, _) => rule!("callback-removed"),
            (_, Removal::Unreadable) => rule!("api-deprecated-sunset-parse"),
            (Section::Paths, Removal::AfterSunset) => rule!("api-removed-with-deprecation"),
            (Section::Webhooks, Removal::AfterSunset) => rule!("webhook-removed-with-deprecation"),
            (Section::Paths, _) => rule!("api-removed-before-sunset"),
            (Section::Webhooks, _) => rule!("webhook-removed-before-sunset"),
        };
        let what = format!("{} is gone", operation.name);
        self.report(
            Some(&operation.name),
            FindingDraft::new(rule, what, Location::at(&operation.site.at), Location::default()),
        );
    }

    /// Compares deprecation, sunset and stability of an operation.
    pub(super) fn compare_operation_lifecycle(&mut self, pair: &OperationPair<'_, 'a>) {
        let lifecycle_of = |operation: &Operation<'a>| {
            operation.site.value.as_object().map(Lifecycle::of).unwrap_or_default()
        };
        for change in lifecycle::compare(&lifecycle_of(pair.old), &lifecycle_of(pair.new)) {
            let rule = match change.rule {
                found if found == rule!("deprecated") => rule!("endpoint-deprecated"),
                found if found == rule!("reactivated") => rule!("endpoint-reactivated"),
                found if found == rule!("sunset-parse") => rule!("api-deprecated-sunset-parse"),
                found if found == rule!("sunset-deleted") => rule!("api-sunset-deleted"),
                found if found == rule!("stability-decreased") => rule!("api-stability-decreased"),
                found if found == rule!("invalid-stability-level") => rule!("api-invalid-stability-level"),
                _ => rule!("api-sunset-date-changed-too-small"),
            };
            let what = format!("{}: {}", pair.name, change.rule.words());
            let (old, new) = (Location::at(&pair.old.site.at), Location::at(&pair.new.site.at));
            self.report(
                Some(&pair.name),
                FindingDraft::new(rule, what, old, new).values(change.old, change.new),
            );
        }
    }
}
