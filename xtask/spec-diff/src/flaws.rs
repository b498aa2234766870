//! Reports what a comparison leaves out by the document's own fault: references that lead nowhere, and fields of a later version.

use std::collections::BTreeMap;
use std::sync::Arc;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::Kind;
use relay_rest_codegen::document::resolve::{Flaw, Reason};
use serde_json::Value;

use crate::operations::Change;
use crate::rules::{Finding, Location, rule};
use crate::side::Newer;

/// The references of both sides that cannot be followed, as findings. A schema whose reference breaks or is repaired has a finding of its
/// own where it is used.
pub(crate) fn changes([old, new]: [&[Flaw]; 2]) -> Vec<Change> {
    let mut by_reference: BTreeMap<String, [Option<&Flaw>; 2]> = BTreeMap::new();
    for (side, flaws) in [old, new].into_iter().enumerate() {
        for flaw in flaws.iter().filter(|flaw| is_unknown(flaw)) {
            by_reference.entry(format!("{flaw}")).or_default()[side].get_or_insert(flaw);
        }
    }
    let is_silent = |sides: &[Option<&Flaw>; 2]| match sides {
        [Some(_), Some(_)] => true,
        sides => sides.iter().flatten().all(|flaw| flaw.kind != Kind::Schema),
    };
    by_reference.into_values().filter(is_silent).map(change).collect()
}

/// The changes of fields that only a later version than the document's has.
pub(crate) fn newer([old, new]: [&Newer; 2]) -> Vec<Change> {
    let mut by_location: BTreeMap<&Pointer, [Option<&Value>; 2]> = BTreeMap::new();
    for (side, fields) in [old, new].into_iter().enumerate() {
        for (at, value) in fields {
            by_location.entry(at).or_default()[side] = Some(value);
        }
    }
    let changed = by_location.into_iter().filter(|(_, [old, new])| old != new);
    let change = |(at, values): (&Pointer, [Option<&Value>; 2])| {
        let field = at.last().unwrap_or_default();
        let text = format!("`{field}` changed, which the version of the document does not have");
        let parent = at.parent().map(|parent| Arc::from(parent.to_string()));
        let location = |value: Option<&Value>| match value {
            Some(_) => Location::at(&Arc::from(at.to_string())),
            None => Location::absent(parent.as_ref()),
        };
        not_compared(format!("{at} {text}"), &text, values.map(location), values.map(|value| value.cloned()))
    };
    changed.map(change).collect()
}

/// Whether a finding of [`changes`] is about it.
pub(crate) fn is_reported(flaw: &Flaw, changes: &[Change]) -> bool {
    changes.iter().any(|change| change.finding.sentence.says.ends_with(&flaw.to_string()))
}

/// Whether it is not known what a reference refers to. Dynamic references are compared by all their possible targets.
fn is_unknown(flaw: &Flaw) -> bool {
    matches!(flaw.reason, Reason::Invalid | Reason::Elsewhere | Reason::Nothing | Reason::Other)
}

fn change(sides: [Option<&Flaw>; 2]) -> Change {
    let location = |flaw: Option<&Flaw>| {
        flaw.map(|flaw| Location::at(&Arc::from(flaw.at.to_string()))).unwrap_or_default()
    };
    let text = sides.into_iter().flatten().next().map(ToString::to_string).unwrap_or_default();
    let values = sides.map(|flaw| Some(flaw?.reference.clone()));
    not_compared(text.clone(), &text, sides.map(location), values)
}

fn not_compared(
    identity: String,
    text: &str,
    locations: [Location; 2],
    values: [Option<Value>; 2],
) -> Change {
    let finding = Finding::new(rule!("not-compared"), None, text, locations, values);
    let finding = Finding { id: "not-compared".to_owned(), identity, ..finding };
    Change { finding, operations: Arc::default() }
}
