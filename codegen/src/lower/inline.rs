//! References of everything but schemas: what they go to is written in their place, with all that it refers to in turn.
//! Knows Reference Objects; must not know schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::references::dangling;
use crate::parse::MAX_VALUES;
use crate::pointer::Pointer;
use crate::position::{self, Kind};
use crate::problem::Problem;

/// Writes parameters, bodies, responses, headers and path items where they are referred to.
pub(super) fn inline(document: &mut Value, problems: &mut Vec<Problem>) {
    let source = targets(document);
    let mut writer = Writer { source: &source, done: BTreeMap::new(), open: Vec::new(), written: 0 };
    position::each_mut(document, &mut |kind, at, value| {
        if let Err(reason) = writer.write_out(kind, value) {
            let target = &value["$ref"];
            let message = match reason {
                Unwritten::Dangling => dangling(target),
                Unwritten::Circle => "goes round in a circle".to_owned(),
                Unwritten::TooLong => format!("makes more than {MAX_VALUES} values of the document"),
            };
            problems.push(Problem::error(&at.join("$ref"), format!("the $ref {target} {message}")));
        }
    });
}

/// Writes out what is referred to, with all that it refers to in turn.
struct Writer<'a> {
    source: &'a Value,
    /// What has been written out once, and how many values it is.
    done: BTreeMap<Pointer, (Value, usize)>,
    /// What is being written out: whoever comes back to one of these goes round in a circle.
    open: Vec<Pointer>,
    /// How many values have been written.
    written: usize,
}

/// Why a reference stays.
enum Unwritten {
    Dangling,
    Circle,
    TooLong,
}

impl Writer<'_> {
    /// Puts what a reference goes to in its place, unless it is that of a schema.
    fn write_out(&mut self, kind: Kind, value: &mut Value) -> Result<(), Unwritten> {
        let Some(reference) = value.get("$ref").filter(|_| kind != Kind::Schema) else { return Ok(()) };
        let target = reference.as_str().and_then(Pointer::from_reference).ok_or(Unwritten::Dangling)?;
        let found = self.target(kind, &target)?;
        let beside = std::mem::replace(value, found);
        keep_beside(value, beside);
        Ok(())
    }

    /// What `target` points at, without references other than those of schemas.
    fn target(&mut self, kind: Kind, target: &Pointer) -> Result<Value, Unwritten> {
        if !self.done.contains_key(target) {
            let found = target.resolve(self.source).filter(|found| found.is_object());
            let mut found = found.ok_or(Unwritten::Dangling)?.clone();
            if self.open.contains(target) {
                return Err(Unwritten::Circle);
            }
            self.open.push(target.clone());
            let mut failed = None;
            position::walk_mut(&mut found, kind, &mut Pointer::root(), &mut |kind, _, value| {
                match self.write_out(kind, value) {
                    // That is told where it stands.
                    Ok(()) | Err(Unwritten::Dangling) => {}
                    Err(reason) => failed = Some(reason),
                }
            });
            self.open.pop();
            if let Some(reason) = failed {
                return Err(reason);
            }
            let values = count(&found);
            self.done.insert(target.clone(), (found, values));
        }
        let (found, values) = self.done.get(target).ok_or(Unwritten::Dangling)?;
        self.written += values;
        if self.written > MAX_VALUES { Err(Unwritten::TooLong) } else { Ok(found.clone()) }
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// What everything but schemas refers to, as it is now. Usually that is in `components`, beside the schemas: then a copy
/// of those few sections does.
fn targets(document: &mut Value) -> Value {
    let mut sections = BTreeSet::new();
    position::each_mut(document, &mut |kind, _, value| {
        if kind != Kind::Schema
            && let Some(target) = value.get("$ref").and_then(Value::as_str)
        {
            let target = Pointer::from_reference(target);
            let section = target.as_ref().and_then(Pointer::in_component).map(|(section, _)| section);
            // Within these every reference is seen, so that what they refer to in turn is copied too.
            let walked = section.filter(|section| SECTIONS.contains(section));
            sections.insert(walked.map(str::to_owned));
        }
    });
    if sections.contains(&None) {
        return document.clone();
    }
    let copied = sections.into_iter().flatten().filter_map(|section| {
        let found = document["components"].get(&section)?.clone();
        Some((section, found))
    });
    json!({ "components": copied.collect::<Map<_, _>>() })
}

/// The sections of `components` that have references other than those of schemas (3.1.0 §4.8.7).
const SECTIONS: &[&str] = &["headers", "parameters", "pathItems", "requestBodies", "responses"];

/// A Reference Object may have a description of its own (3.1.0 §4.8.23), and a Path Item anything (§4.8.9).
fn keep_beside(value: &mut Value, beside: Value) {
    let (Value::Object(value), Value::Object(beside)) = (value, beside) else { return };
    beside.into_iter().filter(|(key, _)| key != "$ref").for_each(|(key, entry)| {
        value.insert(key, entry);
    });
}
