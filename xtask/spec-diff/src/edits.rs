//! Merges findings about the same edit in several places.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::basis::FoundIn;
use crate::operations::Change;
use crate::rules::Place;

/// Merges the same edit in several places, such as a member that was removed from several unions.
pub(crate) fn one_for_each_edit(found: Vec<(Change, FoundIn)>) -> Vec<(Change, FoundIn)> {
    let mut indices: HashMap<_, usize> = HashMap::new();
    let mut changes: Vec<(Change, FoundIn)> = Vec::new();
    for (change, found_in) in found {
        let finding = &change.finding;
        if !finding.is_one_edit {
            changes.push((change, found_in));
            continue;
        }
        // Of listed values, all of them count, and not only those that were added or removed.
        let lists =
            [&finding.old, &finding.new].map(|list| list.clone().filter(|_| !finding.values.is_empty()));
        let says = format!("{} {lists:?}", finding.sentence.says);
        let edit =
            (finding.level, finding.id.clone(), finding.identity.clone(), says, format!("{found_in:?}"));
        match indices.entry(edit) {
            Entry::Occupied(index) => {
                let known: &mut Change = &mut changes[*index.get()].0;
                Arc::make_mut(&mut known.operations).extend(change.operations.iter().cloned());
                known.finding.also_at.push(Place {
                    pointer: change.finding.pointer().unwrap_or_default().to_owned(),
                    subject: change.finding.sentence.subject,
                    place: change.finding.place,
                });
            }
            Entry::Vacant(index) => {
                index.insert(changes.len());
                changes.push((change, found_in));
            }
        }
    }
    changes
}
