//! What two sides are compared as: with their overlays, as published, or both.
//! Knows overlays and findings; must not know how documents are read or compared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use relay_rest_codegen::{ActionReport, Pointer, Problem};
use serde_json::Value;

use super::operations::Change;
use super::rules::{Direction, Finding, Level, Spot};
use crate::build;

/// The document of one side.
pub(crate) struct Documents {
    /// As somebody publishes it.
    pub(crate) published: Value,
    /// With the side's overlay, if it has one, or why the overlay does not apply.
    pub(crate) overlaid: Option<Result<Overlaid, Vec<Problem>>>,
}

/// A document with its overlay, and what the overlay did to it.
pub(crate) struct Overlaid {
    pub(crate) document: Value,
    pub(crate) actions: Vec<ActionReport>,
}

/// What is compared. Clients are generated from `documents`.
pub(crate) struct Basis {
    pub(crate) documents: [Value; 2],
    /// The same documents as published, where `documents` have overlays.
    pub(crate) published: Option<Published>,
    /// What a reader of the report has to know about it.
    pub(crate) notes: Vec<String>,
    /// The sides that have an overlay which does not apply, and so no client.
    pub(crate) without_client: Vec<String>,
}

/// Two documents as published, and what their overlays do to them.
pub(crate) struct Published {
    pub(crate) documents: [Value; 2],
    actions: [Vec<ActionReport>; 2],
}

/// Which of the comparisons shows a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Seen {
    /// All of those that were made.
    #[default]
    Always,
    /// The published documents alone: these actions of the overlays, by their targets, hide it.
    Published(Vec<String>),
    /// The documents with their overlays alone.
    Overlaid,
}

impl Basis {
    /// Compares like with like: with the overlays only where both sides have one that applies.
    pub(crate) fn new(names: [&str; 2], sides: [Documents; 2]) -> Self {
        let (mut notes, mut without_client) = (Vec::new(), Vec::new());
        for (name, side) in names.iter().zip(&sides) {
            if let Some(Err(problems)) = &side.overlaid {
                let problems: Vec<String> =
                    problems.iter().map(|problem| format!("\n  {}{problem}", build::OVERLAY)).collect();
                notes.push(format!(
                    "the overlay of {name} does not apply to its document:{}",
                    problems.concat()
                ));
                without_client.push(format!("error: {name}: its overlay does not apply to its document"));
            }
        }
        let [old, new] = sides;
        match (old.overlaid, new.overlaid) {
            (Some(Ok(before)), Some(Ok(after))) => Self {
                documents: [before.document, after.document],
                published: Some(Published {
                    documents: [old.published, new.published],
                    actions: [before.actions, after.actions],
                }),
                notes,
                without_client,
            },
            (before, after) => {
                let overlays = [before.is_some(), after.is_some()];
                if let Some(without) = overlays.iter().position(|has_one| !has_one)
                    && overlays.contains(&true)
                {
                    notes.push(format!("{} has no overlay", names[without]));
                }
                if !notes.is_empty() {
                    notes.push("both sides are compared as published".to_owned());
                }
                Self { documents: [old.published, new.published], published: None, notes, without_client }
            }
        }
    }
}

/// What two comparisons show, taken together.
pub(crate) struct United {
    /// What somebody who uses the overlaid client meets, and which of the comparisons shows it.
    pub(crate) changes: Vec<(Change, Seen)>,
    /// What changed upstream to what the overlay says already.
    pub(crate) anticipated: Vec<(Change, Seen)>,
}

impl Published {
    /// Both comparisons as one list: what only one of them shows says so.
    ///
    /// What an overlay hides matters when a client of BASE, its overlay included, meets it in REVISION as published:
    /// `meets` compares the two, and the client with BASE as published.
    pub(crate) fn unite(
        &self,
        overlaid: Vec<Change>,
        published: Vec<Change>,
        meets: impl Fn(&Value) -> Vec<Change>,
    ) -> United {
        let moved = [0, 1].map(|side| Moved::new(&self.documents[side], &self.actions[side]));
        let by_overlay = |side: usize, at: Pointer| moved[side].by_overlay(at);
        let in_published: BTreeSet<String> = published.iter().map(|change| key(change, by_overlay)).collect();
        let mut in_overlaid: BTreeMap<String, Operations> = BTreeMap::new();
        for change in &overlaid {
            let operations = in_overlaid.entry(key(change, |_, at| at)).or_default();
            operations.extend(change.operations.iter().cloned());
        }
        // An overlay can give one of several operations a schema of its own: then the change is hidden for that one.
        let hidden: Vec<Change> = published
            .into_iter()
            .filter_map(|change| match in_overlaid.get(&key(&change, by_overlay)) {
                Some(operations) => without(change, operations),
                None => Some(change),
            })
            .collect();
        let met = if hidden.is_empty() { Vec::new() } else { meets(&self.documents[1]) };
        let (hidden, mut anticipated): (Vec<_>, Vec<_>) =
            hidden.into_iter().partition(|change| met.iter().any(|met| is_met(change, met)));
        let place_of = |change: &Change| place(change, |at| by_overlay(1, at));
        let operations = |change: &Change| Arc::clone(&change.operations);
        let is_reported = |change: &&Change| is_bad(change.finding.level);
        let of_overlaid =
            overlaid.iter().filter(is_reported).map(|change| (place(change, |at| at), operations(change)));
        let reported: Vec<(Place, Arc<Operations>)> = of_overlaid
            .chain(hidden.iter().filter(is_reported).map(|change| (place_of(change), operations(change))))
            .collect();
        // A change can be harmless compared with BASE as published, and not to its client: `enum: [a, b, c]` where there was
        // no `enum`, and the overlay of BASE has `[a, b]`. What the client has met before is nothing new.
        let unreported = met.into_iter().filter(|met| is_bad(met.finding.level)).filter_map(|met| {
            let at = place_of(&met);
            let here: Vec<_> = reported.iter().filter(|(other, _)| *other == at).collect();
            if here.is_empty() {
                return Some(met);
            }
            let operations = here.iter().flat_map(|(_, operations)| operations.iter().cloned()).collect();
            without(met, &operations)
        });
        let mut unreported: Vec<Change> = unreported.collect();
        if !unreported.is_empty() {
            let before: BTreeSet<String> = meets(&self.documents[0]).iter().map(key_for_client).collect();
            unreported.retain(|met| !before.contains(&key_for_client(met)));
        }
        let unreported_at: Vec<Place> = unreported.iter().map(place_of).collect();
        anticipated.retain(|change| !unreported_at.contains(&place_of(change)));
        let with_actions = |change: Change| {
            let by = self.hidden_by(&change);
            (change, Seen::Published(by))
        };
        let mut changes: Vec<_> = overlaid
            .into_iter()
            .map(|change| {
                let is_published = in_published.contains(&key(&change, |_, at| at));
                (change, if is_published { Seen::Always } else { Seen::Overlaid })
            })
            .chain(hidden.into_iter().chain(unreported).map(with_actions))
            .collect();
        changes.sort_by_key(|(change, _)| change.finding.level);
        United { changes, anticipated: anticipated.into_iter().map(with_actions).collect() }
    }

    /// The targets of the actions that change what a finding is about, or else something inside it.
    fn hidden_by(&self, change: &Change) -> Vec<String> {
        let finding = &change.finding;
        let spots: Vec<Pointer> =
            [&finding.old_at, &finding.new_at].into_iter().filter_map(pointer).collect();
        let targets = |is_about: fn(&Pointer, &Pointer) -> bool| {
            let mut targets: Vec<String> = Vec::new();
            for action in self.actions.iter().flatten() {
                let mut edits = action.edits.iter();
                let is_one = edits.any(|edit| spots.iter().any(|spot| is_about(&edit.pointer, spot)));
                if is_one && !targets.contains(&action.target) {
                    targets.push(action.target.clone());
                }
            }
            targets
        };
        let around = targets(Pointer::contains);
        if around.is_empty() { targets(|edit, spot| spot.contains(edit)) } else { around }
    }
}

/// Whether a client meets a change that an overlay hides: something at the same place is at least nearly as bad for it.
fn is_met(hidden: &Change, met: &Change) -> bool {
    let is_of_the_same_operation =
        hidden.operations.is_empty() || !hidden.operations.is_disjoint(&met.operations);
    let (hidden, met) = (&hidden.finding, &met.finding);
    is_of_the_same_operation
        && hidden.direction == met.direction
        && hidden.new_at.at == met.new_at.at
        && (hidden.level == met.level || is_bad(hidden.level) && is_bad(met.level))
}

/// A change for the operations that are not these; nothing where there are no others.
fn without(change: Change, operations: &Operations) -> Option<Change> {
    let others: Operations = change.operations.difference(operations).cloned().collect();
    (!others.is_empty()).then(|| Change { operations: Arc::new(others), ..change })
}

fn is_bad(level: Level) -> bool {
    level <= Level::Warning
}

/// What two findings have in common when a client meets the same in both documents, wherever each of them has it.
fn key_for_client(change: &Change) -> String {
    let Finding { id, old_at, old, new, .. } = &change.finding;
    format!("{id} {} {old:?} {new:?}", old_at.at.as_deref().unwrap_or_default())
}

type Operations = BTreeSet<Arc<str>>;

/// Where in REVISION something is found: the direction, the location and the keyword.
type Place = (Option<Direction>, Option<Pointer>, Option<&'static str>);

fn place(change: &Change, moved: impl Fn(Pointer) -> Pointer) -> Place {
    let spot = &change.finding.new_at;
    (change.finding.direction, spot.at.as_deref().and_then(Pointer::parse).map(moved), spot.keyword)
}

/// What a finding is about, its keyword included.
fn pointer(spot: &Spot) -> Option<Pointer> {
    let at = Pointer::parse(spot.at.as_deref()?)?;
    Some(match spot.keyword {
        Some(keyword) if !keyword.is_empty() => at.join(keyword),
        _ => at,
    })
}

/// What two findings have in common when they are the same one in both comparisons.
fn key(change: &Change, moved: impl Fn(usize, Pointer) -> Pointer) -> String {
    let finding = &change.finding;
    let at = |side: usize, spot: &Spot| {
        let at = spot.present().and_then(|at| Pointer::parse(at));
        at.map(|at| moved(side, at).to_string()).unwrap_or_default()
    };
    let (old_at, new_at) = (at(0, &finding.old_at), at(1, &finding.new_at));
    format!("{} {old_at} {new_at} {:?} {:?}", finding.id, finding.old, finding.new)
}

/// The items of arrays that an overlay removes: those after them move up.
struct Moved(Vec<(Pointer, usize)>);

impl Moved {
    fn new(published: &Value, actions: &[ActionReport]) -> Self {
        let removed = actions.iter().flat_map(|action| &action.edits).filter(|edit| edit.new.is_none());
        let items = removed.filter_map(|edit| {
            let mut array = edit.pointer.clone();
            let index = array.last()?.parse().ok()?;
            array.pop();
            array.resolve(published)?.is_array().then_some((array, index))
        });
        Self(items.collect())
    }

    /// Where something of the published document is in the overlaid one.
    fn by_overlay(&self, mut at: Pointer) -> Pointer {
        for (array, removed) in &self.0 {
            let depth = array.tokens().len();
            let index = at.tokens().get(depth).and_then(|token| token.parse::<usize>().ok());
            if let Some(index) = index.filter(|index| array.contains(&at) && index > removed) {
                let above = (index - 1).to_string();
                let tokens = at.tokens();
                let tokens = tokens.iter().enumerate();
                at = Pointer::of(tokens.map(|(place, token)| if place == depth { &above } else { *token }));
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stands_after_a_removed_item_moves_up() {
        let overlay = json!({ "overlay": "1.0.0", "info": { "title": "t", "version": "1" }, "actions": [
            { "target": "$.a[?@.x == 1]", "remove": true, "x-expects": { "x": 1 } },
            { "target": "$.b['0']", "remove": true, "x-expects": {} },
        ] });
        let document = json!({ "openapi": "3.1.0", "a": [{ "x": 0 }, { "x": 1 }, { "x": 1 }, { "x": 3 }], "b": { "0": {}, "1": {} } });
        let applied =
            relay_rest_codegen::overlaid(&document.to_string(), &overlay.to_string()).expect("both are read");
        assert_eq!(applied.problems(), []);
        let moved = Moved::new(&document, &applied.actions);
        for (published, overlaid) in
            [("/a/0/x", "/a/0/x"), ("/a/3/x", "/a/1/x"), ("/a", "/a"), ("/b/1", "/b/1"), ("/c/3", "/c/3")]
        {
            let found = moved.by_overlay(Pointer::parse(published).expect("a pointer"));
            assert_eq!(found.to_string(), overlaid);
        }
    }
}
