//! Replaces references to anything but schemas by what they refer to, recursively.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::parse::{MAX_VALUES, count};
use crate::document::references::{is_reference_key, keyword_at, target};
use crate::document::walk;
use crate::document::{Kind, Pointer};
use crate::problem::Problem;

/// `parameters: [{$ref: '#/components/parameters/A'}]` ⇒ `parameters: [{name: a, in: query, …}]`
///
/// progenitor panics on the `$ref` of a path item, and looks all others up in `components`; in 3.1 they may point anywhere.
pub(super) fn inline(document: &mut Value, problems: &mut Vec<Problem>) {
    let mut is_needed = false;
    walk::each(document, &mut |kind, _, value| is_needed |= is_inlined(kind) && target(value).is_some());
    if !is_needed {
        return;
    }
    let source = document.clone();
    let mut writer = Writer { source: &source, done: BTreeMap::new(), open: Vec::new(), written: 0 };
    walk::each_mut(document, &mut |kind, at, value| {
        if let Err(reason) = writer.write_out(kind, value) {
            let to = target(value).map(|target| target.to_reference()).unwrap_or_default();
            let message = match reason {
                Unwritten::Circle => "forms a cycle".to_owned(),
                Unwritten::TooLong => format!("expands the document to more than {MAX_VALUES} values"),
            };
            problems.push(Problem::error(&keyword_at(at), format!("the $ref `{to}` {message}")));
        }
    });
}

/// Whether objects of this kind are inlined: something is generated from them, and they are not schemas, which stay components.
pub(crate) fn is_inlined(kind: Kind) -> bool {
    kind.may_refer() && !matches!(kind, Kind::Schema | Kind::Example | Kind::Link | Kind::SecurityScheme)
}

/// Resolves references, each target once.
struct Writer<'a> {
    source: &'a Value,
    /// The targets without references, and how many values each has.
    done: BTreeMap<Pointer, (Value, usize)>,
    /// The targets that are being resolved: a reference to one of these is a cycle.
    open: Vec<Pointer>,
    /// How many values have been written.
    written: usize,
}

/// Why a reference stays.
enum Unwritten {
    Circle,
    TooLong,
}

impl Writer<'_> {
    /// Replaces a reference by its target. A dangling one stays; it has been reported.
    fn write_out(&mut self, kind: Kind, value: &mut Value) -> Result<(), Unwritten> {
        let Some(target) = target(value).filter(|_| is_inlined(kind)) else { return Ok(()) };
        let Some(found) = self.target(kind, &target)? else { return Ok(()) };
        replace_reference(value, found);
        Ok(())
    }

    /// The object at `target`, in which only schemas have references.
    fn target(&mut self, kind: Kind, target: &Pointer) -> Result<Option<Value>, Unwritten> {
        if !self.done.contains_key(target) {
            let Some(found) = target.resolve(self.source).filter(|found| found.is_object()) else {
                return Ok(None);
            };
            if self.open.contains(target) {
                return Err(Unwritten::Circle);
            }
            let mut found = found.clone();
            self.open.push(target.clone());
            let mut failed = None;
            walk::walk_mut(&mut found, kind, &mut Pointer::root(), &mut |kind, _, value| {
                if let Err(reason) = self.write_out(kind, value) {
                    failed = Some(reason);
                }
            });
            self.open.pop();
            if let Some(reason) = failed {
                return Err(reason);
            }
            let values = count(&found);
            self.done.insert(target.clone(), (found, values));
        }
        let Some((found, values)) = self.done.get(target) else { return Ok(None) };
        self.written += values;
        if self.written > MAX_VALUES { Err(Unwritten::TooLong) } else { Ok(Some(found.clone())) }
    }
}

/// `{$ref: …, description: d}` ⇒ `{…, description: d}`
///
/// Fields next to a reference override those of the target (3.1.0 §4.8.9, §4.8.23).
pub(crate) fn replace_reference(value: &mut Value, found: Value) {
    let beside = std::mem::replace(value, found);
    let (Value::Object(value), Value::Object(beside)) = (value, beside) else { return };
    value.extend(beside.into_iter().filter(|(key, _)| !is_reference_key(key)));
}
