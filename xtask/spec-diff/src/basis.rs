//! What two sides are compared as: with their overlays, as published, or both.
//! Knows overlays and findings; must not know how documents are read or compared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use relay_rest_codegen::document::resolve::Flaw;
use relay_rest_codegen::{ActionReport, Pointer, Problem};
use serde_json::Value;

use super::operations::Change;
use super::rules::{Direction, Finding, Level, Spot};

/// The document of one side.
pub(crate) struct Documents {
    /// As somebody publishes it.
    pub(crate) published: Value,
    /// With the side's overlay, if it has one, or why the overlay does not apply.
    pub(crate) overlaid: Option<Result<Overlaid, Vec<Problem>>>,
    /// The references of the compared one that cannot be read as they are.
    pub(crate) flaws: Vec<Flaw>,
}

/// How many references of a side are reported one by one.
const MOST_FLAWS: usize = 10;

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
    pub(crate) fn new(names: [&str; 2], overlays: [&str; 2], sides: [Documents; 2]) -> Self {
        let (mut notes, mut without_client) = (Vec::new(), Vec::new());
        for ((name, side), overlay) in names.iter().zip(&sides).zip(overlays) {
            let flaws = side.flaws.iter().take(MOST_FLAWS);
            notes.extend(flaws.map(|flaw| format!("{name}#{}: {flaw}", flaw.at)));
            if let Some(more @ 1..) = side.flaws.len().checked_sub(MOST_FLAWS) {
                notes.push(format!("{name}: {more} more references cannot be read as they are"));
            }
            if let Some(Err(problems)) = &side.overlaid {
                let problems: Vec<String> =
                    problems.iter().map(|problem| format!("\n  {overlay}{problem}")).collect();
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
                if overlays.contains(&true) {
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
    /// What the user of a client of BASE, its overlay included, meets in REVISION: in its document with its overlay, and in
    /// its document as published, which an overlay can hide. The rest of what changed upstream is anticipated.
    ///
    /// `meets` compares that client with a document as published. What it finds in BASE as well is nothing new.
    pub(crate) fn unite(
        &self,
        overlaid: Vec<Change>,
        published: Vec<Change>,
        meets: impl Fn(&Value) -> Vec<Change>,
    ) -> United {
        let moved = [0, 1].map(|side| Moved::new(&self.documents[side], &self.actions[side]));
        let by_overlay = |side: usize, at: Pointer| moved[side].by_overlay(at);
        let hidden = |change: Change| {
            let by = self.hidden_by(&change);
            (change, Seen::Published(by))
        };
        let upstream = FindingsByLocation::of(&published, by_overlay);
        let mut reported = FindingsByLocation::of(&overlaid, |_, at| at);
        let seen = |change: Change| {
            let is_published =
                upstream.without(change.clone(), &location(&change, |_, at| at), |_| true).is_none();
            (change, if is_published { Seen::Always } else { Seen::Overlaid })
        };
        let mut changes: Vec<_> = overlaid.into_iter().map(seen).collect();
        let before: BTreeSet<String> = meets(&self.documents[0]).iter().map(key).collect();
        let meets = meets(&self.documents[1]);
        for met in meets.iter().cloned() {
            let level = met.finding.level;
            // What is harmless to the client is anticipated.
            if level > Level::Warning || before.contains(&key(&met)) {
                continue;
            }
            // The client's side is overlaid already.
            let at = location(&met, |side, at| if side == 0 { at } else { by_overlay(1, at) });
            if let Some(met) = reported.without(met, &at, |reported| reported <= level) {
                // Of a pattern for another, nobody knows; where there was none upstream, it is a break.
                let worse = published.iter().find(|change| {
                    change.finding.level < level
                        && location(change, by_overlay) == at
                        && !change.operations.is_disjoint(&met.operations)
                });
                let finding = worse.map_or(met.finding, |worse| worse.finding.clone());
                let met = Change { finding, operations: met.operations };
                reported.add(&met, at);
                changes.push(hidden(met));
            }
        }
        let mut anticipated = Vec::new();
        for change in published {
            let at = location(&change, by_overlay);
            if let Some(change) = reported.without(change, &at, |_| true) {
                // Where the client meets something bad in any case, one cause more is not anticipated.
                let is_met = meets.iter().any(|met| is_bad_at(met, &change));
                let is_docs = change.finding.level == Level::Docs;
                if is_met || is_docs { &mut changes } else { &mut anticipated }.push(hidden(change));
            }
        }
        changes.sort_by_key(|(change, _)| change.finding.level);
        United { changes, anticipated }
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

/// Whether both are bad, in the same direction, and what was met is about the same part of a document or one around it.
fn is_bad_at(met: &Change, change: &Change) -> bool {
    let (one, other) = (&met.finding, &change.finding);
    one.level <= Level::Warning
        && other.level <= Level::Warning
        && one.direction == other.direction
        && pointer_of(&one.new_at)
            .is_some_and(|around| pointer_of(&other.new_at).is_some_and(|inside| around.contains(&inside)))
        && !met.operations.is_disjoint(&change.operations)
}

type Operations = BTreeSet<Arc<str>>;

/// Where something is found, whatever it is called: the direction, and the location with the keyword in REVISION, or in BASE
/// where it is only there.
type Location = (Option<Direction>, String);

fn location(change: &Change, moved: impl Fn(usize, Pointer) -> Pointer) -> Location {
    let Finding { direction, old_at, new_at, .. } = &change.finding;
    let (side, spot) = match (new_at.present(), old_at.present()) {
        (None, Some(_)) => (0, old_at),
        _ => (1, new_at),
    };
    let at = spot.at.as_deref().and_then(Pointer::parse).map(|at| moved(side, at));
    (*direction, format!("{side} {} {}", at.unwrap_or_default(), spot.keyword.unwrap_or_default()))
}

/// FindingsByLocation with the operations that a finding there reaches, and its level.
struct FindingsByLocation(BTreeMap<Location, Vec<(Arc<Operations>, Level)>>);

impl FindingsByLocation {
    fn of(changes: &[Change], moved: impl Fn(usize, Pointer) -> Pointer) -> Self {
        let mut findings = Self(BTreeMap::new());
        changes.iter().for_each(|change| findings.add(change, location(change, &moved)));
        findings
    }

    fn add(&mut self, change: &Change, at: Location) {
        self.0.entry(at).or_default().push((Arc::clone(&change.operations), change.finding.level));
    }

    /// A change for the operations for which nothing of such a level is found at this location; nothing where there are none.
    fn without(&self, change: Change, at: &Location, is_of_level: impl Fn(Level) -> bool) -> Option<Change> {
        let found = self.0.get(at).into_iter().flatten().filter(|(_, level)| is_of_level(*level));
        let mut found = found.peekable();
        if found.peek().is_none() {
            return Some(change);
        }
        let mut others = (*change.operations).clone();
        found.for_each(|(operations, _)| others.retain(|name| !operations.contains(name)));
        (!others.is_empty()).then(|| Change { operations: Arc::new(others), ..change })
    }
}

/// What two findings have in common when a client meets the same in both documents, wherever each of them has it.
fn key(change: &Change) -> String {
    let Finding { id, old_at, message, .. } = &change.finding;
    format!("{id} {} {message}", old_at.at.as_deref().unwrap_or_default())
}

fn pointer_of(spot: &Spot) -> Option<Pointer> {
    Pointer::parse(spot.at.as_deref()?)
}

/// What a finding is about, its keyword included.
fn pointer(spot: &Spot) -> Option<Pointer> {
    let at = pointer_of(spot)?;
    Some(match spot.keyword {
        Some(keyword) if !keyword.is_empty() => at.join(keyword),
        _ => at,
    })
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
                at = Pointer::of(
                    tokens.map(|(position, token)| if position == depth { &above } else { *token }),
                );
            }
        }
        at
    }
}

#[cfg(test)]
mod tests;
