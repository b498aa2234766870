//! Compares the figures of a document with those of a saved run.

use std::collections::BTreeSet;

use super::figures::{Cost, Figures, Outcome};
use super::print::levels;
use super::saved::Run;

/// A change of seconds or memory is shown if it is beyond this factor, and not less than a moment or a few pages.
const FACTOR: f64 = 1.5;
const LEAST_SECONDS: f64 = 0.2;
const LEAST_MIB: f64 = 16.0;

/// What changed in a document.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) lines: Vec<String>,
    /// Why the run fails: the document fails now, or operations were lost.
    pub(super) worse: Option<String>,
}

/// Compares a document with the saved run.
pub(super) fn changes(before: &Run, name: &str, outcome: &Outcome, cost: Option<&Cost>) -> Changes {
    let mut changes = Changes::default();
    match (before.documents.get(name), outcome) {
        (None, Outcome::Generated(figures)) => {
            let (operations, left_out) = (figures.operations, figures.left_out.len());
            changes.lines.push(format!("new: {operations} operations, {left_out} left out"));
        }
        (None | Some(Outcome::Generated(_) | Outcome::Part), Outcome::Failed { error }) => {
            changes.lines.push(format!("fails now: {error}"));
            changes.worse = Some("no client, which did not fail before".to_owned());
        }
        (Some(Outcome::Failed { error: before }), Outcome::Failed { error }) if before != error => {
            changes.lines.push(format!("fails with another error: {error}"));
        }
        (Some(Outcome::Failed { .. }), Outcome::Generated(figures)) => {
            let (operations, left_out) = (figures.operations, figures.left_out.len());
            changes.lines.push(format!("no longer fails: {operations} operations, {left_out} left out"));
        }
        (Some(Outcome::Generated(before)), Outcome::Generated(now)) => {
            changes = of_figures(before, now);
        }
        _ => {}
    }
    if let (Some(before), Some(now)) = (before.costs.get(name), cost) {
        changes.lines.extend(beyond("s", before.seconds, now.seconds, LEAST_SECONDS));
        if let (Some(before), Some(now)) = (before.mib, now.mib) {
            changes.lines.extend(beyond("MiB", before as f64, now as f64, LEAST_MIB));
        }
    }
    changes
}

fn of_figures(before: &Figures, now: &Figures) -> Changes {
    let mut lines = Vec::new();
    if before.operations != now.operations {
        lines.push(format!("operations {} → {}", before.operations, now.operations));
    }
    let (lost, found) = difference(&before.left_out, &now.left_out);
    lines.extend(lost.iter().map(|operation| format!("left out now: {operation}")));
    lines.extend(found.iter().map(|operation| format!("no longer left out: {operation}")));
    for ((label, before), (_, now)) in levels(before).into_iter().zip(levels(now)) {
        let kinds: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for kind in kinds {
            let [before, now] = [before, now].map(|kinds| kinds.get(kind).copied().unwrap_or(0));
            if before != now {
                lines.push(format!("{label} {before} → {now} × {kind}"));
            }
        }
    }
    let (untyped, typed) = difference(&before.values, &now.values);
    lines.extend(untyped.iter().map(|value| format!("Value now: {value}")));
    lines.extend(typed.iter().map(|value| format!("no longer Value: {value}")));
    if before.lines != now.lines {
        lines.push(format!("lines {} → {}", before.lines, now.lines));
    }
    // An operation that came to the document and is left out was never there.
    let all = |figures: &Figures| figures.operations + figures.left_out.len();
    let is_lost = now.operations < before.operations || all(before) == all(now) && !lost.is_empty();
    let worse = is_lost.then(|| {
        let number = lost.len().max(before.operations.saturating_sub(now.operations));
        format!("{number} {} lost", if number == 1 { "operation was" } else { "operations were" })
    });
    Changes { lines, worse }
}

/// What only the second list has, and what only the first one has.
fn difference<'a>(before: &'a [String], now: &'a [String]) -> (Vec<&'a String>, Vec<&'a String>) {
    let added = now.iter().filter(|one| !before.contains(one)).collect();
    let removed = before.iter().filter(|one| !now.contains(one)).collect();
    (added, removed)
}

/// A line for a cost that is another one, and not only by chance.
fn beyond(unit: &str, before: f64, now: f64, least: f64) -> Option<String> {
    let is_beyond = before.max(now) > FACTOR * before.min(now) && (before - now).abs() > least;
    is_beyond.then(|| format!("{unit} {before:.1} → {now:.1}"))
}
