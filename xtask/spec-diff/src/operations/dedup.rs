//! Merges findings that have one cause.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::Change;

/// Merges changes with the same cause and direction, uniting their operations. The worst come first.
pub(super) fn one_for_each_cause(mut found: Vec<Change>) -> Vec<Change> {
    let order = |change: &Change| {
        let finding = &change.finding;
        let pointer = finding.pointer().unwrap_or_default().to_owned();
        (finding.level, change.operations.clone(), pointer, finding.id.clone(), finding.message())
    };
    found.sort_by_cached_key(order);
    let mut indices = HashMap::new();
    let mut changes: Vec<Change> = Vec::new();
    for change in found {
        match indices.entry(change.finding.cause()) {
            Entry::Occupied(index) => {
                let known: &mut Change = &mut changes[*index.get()];
                Arc::make_mut(&mut known.operations).extend(change.operations.iter().cloned());
            }
            Entry::Vacant(index) => {
                index.insert(changes.len());
                changes.push(change);
            }
        }
    }
    changes.sort_by_cached_key(order);
    changes
}
