//! Merges findings that have one cause.

use std::collections::HashMap;
use std::sync::Arc;

use super::Change;

/// Merges changes with the same cause and direction, uniting their operations. The worst come first.
pub(super) fn one_for_each_cause(mut found: Vec<Change>) -> Vec<Change> {
    let order = |change: &Change| {
        let finding = &change.finding;
        let pointer = finding.pointer().unwrap_or_default().to_owned();
        (finding.level, change.operations.clone(), pointer, finding.id.clone(), finding.message.clone())
    };
    found.sort_by_cached_key(order);
    let mut indices = HashMap::new();
    let mut changes: Vec<Change> = Vec::new();
    for change in found {
        let (rule, direction, old, new, values) = change.finding.cause();
        let cause = (rule, direction, old.map(str::to_owned), new.map(str::to_owned), values);
        match indices.get(&cause) {
            Some(&index) => {
                let known: &mut Change = &mut changes[index];
                Arc::make_mut(&mut known.operations).extend(change.operations.iter().cloned());
            }
            None => {
                indices.insert(cause, changes.len());
                changes.push(change);
            }
        }
    }
    changes.sort_by_cached_key(order);
    changes
}
