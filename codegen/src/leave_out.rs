//! Takes the parts of a document that have errors out of it, so that one bad line does not cost the rest.

use std::cell::OnceCell;

use serde_json::{Value, json};

use crate::document::keywords::{Role, keyword};
use crate::document::references::{is_reference, target};
use crate::document::walk::{Location, location};
use crate::document::{Kind, Pointer, resolve};
use crate::lower::{is_inlined, replace_reference};
use crate::plan::Status;
use crate::problem::{Level, Problem};

/// The document without the parts that have errors; `None` if an error is in a part that cannot be left out.
///
/// It leaves out the smallest part that others do not need: a keyword, a schema (any value is accepted there), the body of an error,
/// an operation, a path. A reference to a component that was left out is an error the next time.
pub(crate) fn each_error(
    mut document: Value,
    problems: &[Problem],
    left_out: &mut Vec<Problem>,
) -> Option<Value> {
    let before = left_out.len();
    let resolved = OnceCell::new();
    for error in problems.iter().filter(|problem| problem.level == Level::Error) {
        if error.pointer.resolve(&document).is_none() {
            let resolved = resolved.get_or_init(|| resolved_references(&document));
            write_out(&mut document, resolved, &error.pointer);
        }
        left_out.extend(one(&mut document, error)?);
    }
    (left_out.len() > before).then_some(document)
}

/// The document with each reference as a pointer into it.
fn resolved_references(document: &Value) -> Value {
    let mut resolved = document.clone();
    // The flaws are those of the document, and reported when it is lowered.
    let _flaws = resolve(&mut resolved);
    resolved
}

/// `/a: {$ref: '#/components/pathItems/A'}` ⇒ `/a: {get: …}`, for an error at `/paths/~1a/get`
///
/// An error is where lowering has written a reference out, and another path that shares the target may be without it:
/// only this path has `{id}`, for example. So the part is left out of a copy, and nobody else loses it.
fn write_out(document: &mut Value, resolved: &Value, error: &Pointer) {
    let (mut at, mut origin) = (Pointer::root(), Pointer::root());
    for token in error.iter() {
        // A chain that is longer is a cycle, which is an error of its own.
        for _ in 0..MAX_CHAIN {
            let Location::Holds(kind) = location(&at) else { break };
            let referring = origin.resolve(resolved).filter(|held| held.get(token).is_none());
            let Some(to) = referring.and_then(target).filter(|_| is_inlined(kind)) else { break };
            let copy = to.resolve(document).filter(|found| found.is_object()).cloned();
            if let Some(held) = at.resolve_mut(document).filter(|held| has_reference(held))
                && let Some(copy) = copy
            {
                replace_reference(held, copy);
            }
            origin = to;
        }
        at.push(token);
        origin.push(token);
    }
}

fn has_reference(value: &Value) -> bool {
    value.as_object().is_some_and(is_reference)
}

/// How many references a reference may lead through.
const MAX_CHAIN: usize = 32;

/// Leaves out the part with an error, and reports that; does nothing if an earlier error removed it.
fn one(document: &mut Value, error: &Problem) -> Option<Option<Problem>> {
    let mut at = error.pointer.clone();
    loop {
        let part = Part::at(document, &at);
        let report = |level: fn(&Pointer, String) -> Problem, what: &str| {
            Some(Some(level(&at, what.replace("{}", &error.message))))
        };
        match part {
            Some(Part::Gone) => return Some(None),
            Some(Part::Keyword) => {
                remove(document, &at)?;
                return report(Problem::relaxed, "{}; ignored");
            }
            Some(Part::Component(what)) => {
                if what == Kind::Schema {
                    // Others refer to it.
                    *at.resolve_mut(document)? = json!({});
                } else {
                    remove(document, &at)?;
                }
                return report(Problem::omitted, &format!("{} is left out: {{}}", the(what)));
            }
            Some(Part::Schema) => {
                *at.resolve_mut(document)? = json!({});
                return report(Problem::relaxed, "{}; any value is accepted there");
            }
            Some(Part::ErrorBody) => {
                *at.resolve_mut(document)? = json!({ "description": "" });
                return report(Problem::relaxed, "{}; the body of this error is not typed");
            }
            Some(Part::Field) => {
                remove(document, &at)?;
                return report(Problem::relaxed, "{}; left out");
            }
            Some(Part::Operation(what)) => {
                remove(document, &at)?;
                return report(Problem::omitted, &format!("{} is left out: {{}}", the(what)));
            }
            None => {
                at = at.parent()?;
            }
        }
    }
}

/// A part that can be left out.
enum Part {
    /// It was already left out.
    Gone,
    /// A keyword of a schema, without which it allows more.
    Keyword,
    /// A schema inside something else.
    Schema,
    Component(Kind),
    /// A response of a status that is an error.
    ErrorBody,
    /// A field without generated code, or a response that is not an error.
    Field,
    /// An operation, or all of a path.
    Operation(Kind),
}

impl Part {
    /// The part at a location, unless something around it has to go.
    fn at(document: &Value, at: &Pointer) -> Option<Self> {
        let held = at.resolve(document);
        match (location(at), at.tokens().as_slice()) {
            (Location::Holds(kind), ["components", _, _]) => match held {
                Some(Value::Object(object)) if object.is_empty() && kind == Kind::Schema => None,
                Some(_) => Some(Self::Component(kind)),
                None => Some(Self::Gone),
            },
            (Location::Holds(Kind::Schema), _) => (*held? != json!({})).then_some(Self::Schema),
            (Location::Holds(Kind::Header), _) => held.map(|_| Self::Field),
            (Location::Holds(Kind::Response), [.., key]) => match Status::parse(key) {
                Some(status) if is_success(document, at, status) => None,
                Some(_) => (*held? != json!({ "description": "" })).then_some(Self::ErrorBody),
                None => held.map(|_| Self::Field),
            },
            (Location::Holds(kind @ (Kind::Operation | Kind::PathItem)), _) => {
                Some(if held.is_some() { Self::Operation(kind) } else { Self::Gone })
            }
            (Location::Other, [.., key]) => {
                let is_assertion = keyword(key).is_some_and(|keyword| keyword.role == Role::Assertion);
                let is_in_schema = location(&at.parent()?) == Location::Holds(Kind::Schema);
                (held.is_some() && is_assertion && is_in_schema).then_some(Self::Keyword)
            }
            _ => None,
        }
    }
}

/// Whether a response can be a success: `default` can, unless another response is one.
fn is_success(document: &Value, at: &Pointer, status: Status) -> bool {
    let others = at.parent().and_then(|at| at.resolve(document)?.as_object());
    let has_success = |status: &String| Status::parse(status).is_some_and(Status::is_success);
    status.is_success()
        || status == Status::Default && !others.is_some_and(|others| others.keys().any(has_success))
}

fn the(kind: Kind) -> String {
    let named = kind.named();
    format!("the {}", named.split_once(' ').map_or(named, |(_, name)| name))
}

/// Removes an entry of an object.
fn remove(document: &mut Value, at: &Pointer) -> Option<Value> {
    at.parent()?.resolve_mut(document)?.as_object_mut()?.remove(at.last()?)
}
