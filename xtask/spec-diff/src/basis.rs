//! Chooses what is compared: the documents with their overlays, as published, or both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use relay_rest_codegen::document::Version;
use relay_rest_codegen::document::resolve::Flaw;
use relay_rest_codegen::{ActionReport, Pointer, Problem};
use serde_json::Value;

use super::flaws;
use super::operations::Change;
use super::rules::{Direction, Finding, Level, Location};
use super::side::Newer;

/// The document of one side.
pub(crate) struct Documents {
    /// Without the overlay.
    pub(crate) published: Value,
    /// With the side's overlay, if it has one; the problems if the overlay does not apply.
    pub(crate) overlaid: Option<Result<Overlaid, Vec<Problem>>>,
    /// The invalid references of the document that is compared.
    pub(crate) flaws: Vec<Flaw>,
    /// The fields that only a later version has, which are not compared.
    pub(crate) newer: Newer,
    /// The texts of the other files, by name.
    pub(crate) files: BTreeMap<String, String>,
    /// The filters that select no operation.
    pub(crate) unused: BTreeSet<String>,
    /// The version of OpenAPI, if it is later than those that are read.
    pub(crate) later: Option<String>,
}

/// At most this many invalid references of a side are listed; the rest are counted.
const MOST_FLAWS: usize = 10;

/// A document with its overlay applied, and what each action changed.
pub(crate) struct Overlaid {
    pub(crate) document: Value,
    pub(crate) actions: Vec<ActionReport>,
}

/// The documents to compare. Clients are generated from `documents`.
pub(crate) struct Basis {
    pub(crate) documents: [Value; 2],
    /// The same documents as published, where `documents` have overlays.
    pub(crate) published: Option<Published>,
    /// The references that cannot be followed, unless the documents are equal.
    pub(crate) flaws: Vec<Change>,
    /// Notes for the reader of the report.
    pub(crate) notes: Vec<String>,
    /// Errors of the sides whose overlay does not apply: no client is generated for them.
    pub(crate) without_client: Vec<String>,
}

/// Two documents as published, and what their overlays do to them.
pub(crate) struct Published {
    pub(crate) documents: [Value; 2],
    actions: [Vec<ActionReport>; 2],
}

/// Which comparison has a finding: with overlays, as published, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum FoundIn {
    /// Every comparison that was made.
    #[default]
    Every,
    /// Only the comparison as published. The actions with these targets hide the finding.
    Published(Vec<String>),
    /// Only the comparison with overlays.
    Overlaid,
}

impl Basis {
    /// Uses the overlays only if both sides have one that applies: comparing an overlaid document with a published one
    /// would report the overlay as a change.
    pub(crate) fn new(names: [&str; 2], overlays: [&str; 2], sides: [Documents; 2]) -> Self {
        let (mut notes, mut without_client) = (Vec::new(), Vec::new());
        let is_same = sides[0].published == sides[1].published;
        let mut flaws =
            if is_same { Vec::new() } else { flaws::changes(sides.each_ref().map(|side| &*side.flaws)) };
        // A version that has the fields has them compared: they are new there.
        let lack = |side: &Documents| matches!(Version::of(&side.published), Version::V3_0 | Version::V3_1);
        if !is_same && sides.iter().all(lack) {
            flaws.extend(flaws::newer(sides.each_ref().map(|side| &side.newer)));
        }
        for ((name, side), overlay) in names.iter().zip(&sides).zip(overlays) {
            if let Some(version) = &side.later {
                notes.push(format!("{name}: OpenAPI {version} is read as 3.2"));
            }
            let noted: Vec<&Flaw> =
                side.flaws.iter().filter(|flaw| !flaws::is_reported(flaw, &flaws)).collect();
            notes.extend(noted.iter().take(MOST_FLAWS).map(|flaw| format!("{name}#{}: {flaw}", flaw.at)));
            if let Some(more @ 1..) = noted.len().checked_sub(MOST_FLAWS) {
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
                flaws,
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
                Self {
                    documents: [old.published, new.published],
                    published: None,
                    flaws,
                    notes,
                    without_client,
                }
            }
        }
    }
}

/// The merged findings of both comparisons.
pub(crate) struct United {
    /// Changes that affect a user of the overlaid client.
    pub(crate) changes: Vec<(Change, FoundIn)>,
    /// Changes upstream that the overlay already had.
    pub(crate) anticipated: Vec<(Change, FoundIn)>,
}

impl Published {
    /// Merges the findings of both comparisons from the view of a client that was generated from BASE with its overlay.
    ///
    /// A change as published that the overlay hides is reported if that client meets it in REVISION as published. Otherwise it
    /// is anticipated, except for documentation and further causes of a break that the client meets. `meets` compares the
    /// client with a document as published; a finding that it returns for BASE too is not new.
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
            (change, FoundIn::Published(by))
        };
        let upstream = FindingsByLocation::of(&published, by_overlay);
        let mut reported = FindingsByLocation::of(&overlaid, |_, at| at);
        let found_in = |change: Change| {
            let is_published =
                upstream.without(change.clone(), &location(&change, |_, at| at), |_| true).is_none();
            (change, if is_published { FoundIn::Every } else { FoundIn::Overlaid })
        };
        let mut changes: Vec<_> = overlaid.into_iter().map(found_in).collect();
        let before: BTreeSet<String> = meets(&self.documents[0]).iter().map(key).collect();
        let all_met = meets(&self.documents[1]);
        for met in all_met.iter().cloned() {
            let level = met.finding.level;
            // A change that does not harm the client counts as anticipated.
            if level > Level::Warning || before.contains(&key(&met)) {
                continue;
            }
            // The old side of `met` has the overlay already, so its locations must not be shifted again.
            let at = location(&met, |side, at| if side == 0 { at } else { by_overlay(1, at) });
            if let Some(met) = reported.without(met, &at, |reported| reported <= level) {
                // The published comparison can be surer than `meets`: a pattern that replaces the overlay's pattern is a warning,
                // but one where BASE as published had none is breaking.
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
                // If the client meets a break here anyway, this change is one more cause of it.
                let is_met = all_met.iter().any(|met| is_bad_at(met, &change));
                let is_docs = change.finding.level == Level::Docs;
                if is_met || is_docs { &mut changes } else { &mut anticipated }.push(hidden(change));
            }
        }
        changes.sort_by_key(|(change, _)| change.finding.level);
        United { changes, anticipated }
    }

    /// The targets of the actions that edit the location of a finding or one around it; if there are none, of those that edit
    /// something inside it.
    fn hidden_by(&self, change: &Change) -> Vec<String> {
        let finding = &change.finding;
        let pointers: Vec<Pointer> =
            [&finding.old_at, &finding.new_at].into_iter().filter_map(pointer).collect();
        let targets = |is_about: fn(&Pointer, &Pointer) -> bool| {
            let mut targets: Vec<String> = Vec::new();
            for action in self.actions.iter().flatten() {
                let mut edits = action.edits.iter();
                let is_one = edits.any(|edit| pointers.iter().any(|at| is_about(&edit.pointer, at)));
                if is_one && !targets.contains(&action.target) {
                    targets.push(action.target.clone());
                }
            }
            targets
        };
        let around = targets(Pointer::contains);
        if around.is_empty() { targets(|edit, location| location.contains(edit)) } else { around }
    }
}

/// Whether both are warnings or worse in the same direction, and `met` is at the location of `change` or around it.
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

/// The direction of a finding and its location with the keyword: in REVISION, or in BASE if it exists only there.
type LocationKey = (Option<Direction>, String);

fn location(change: &Change, moved: impl Fn(usize, Pointer) -> Pointer) -> LocationKey {
    let Finding { direction, old_at, new_at, .. } = &change.finding;
    let (side, location) = match (new_at.present(), old_at.present()) {
        (None, Some(_)) => (0, old_at),
        _ => (1, new_at),
    };
    let at = location.at.as_deref().and_then(Pointer::parse).map(|at| moved(side, at));
    (*direction, format!("{side} {} {}", at.unwrap_or_default(), location.keyword.unwrap_or_default()))
}

/// The findings at each location: the operations that each reaches, and its level.
struct FindingsByLocation(BTreeMap<LocationKey, Vec<(Arc<Operations>, Level)>>);

impl FindingsByLocation {
    fn of(changes: &[Change], moved: impl Fn(usize, Pointer) -> Pointer) -> Self {
        let mut findings = Self(BTreeMap::new());
        changes.iter().for_each(|change| findings.add(change, location(change, &moved)));
        findings
    }

    fn add(&mut self, change: &Change, at: LocationKey) {
        self.0.entry(at).or_default().push((Arc::clone(&change.operations), change.finding.level));
    }

    /// Removes from a change the operations that have a finding of such a level at this location. None if no operation is left.
    fn without(
        &self,
        change: Change,
        at: &LocationKey,
        is_of_level: impl Fn(Level) -> bool,
    ) -> Option<Change> {
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

/// Equal for the same finding in both documents, even if it moved in the new one.
fn key(change: &Change) -> String {
    let Finding { id, old_at, sentence, .. } = &change.finding;
    format!("{id} {} {}", old_at.at.as_deref().unwrap_or_default(), sentence.says)
}

fn pointer_of(location: &Location) -> Option<Pointer> {
    Pointer::parse(location.at.as_deref()?)
}

/// The pointer of a finding with its keyword.
fn pointer(location: &Location) -> Option<Pointer> {
    let at = pointer_of(location)?;
    Some(match location.keyword {
        Some(keyword) if !keyword.is_empty() => at.join(keyword),
        _ => at,
    })
}

/// Items of arrays that an overlay removes; the items after them move up.
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

    /// Maps a location in the published document to the one in the overlaid document.
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
