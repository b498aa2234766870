//! Applies an OpenAPI Overlay 1.0 document, action by action.
//! Knows the Overlay specification; must not know what the actions are about.

use enumset::EnumSet;
use roas_overlay::common::apply::{compile_path, locate, merge_json, remove_at};
use roas_overlay::v1_0::{Action, Overlay};
use roas_overlay::validation::Validate;
use serde::Deserialize;
use serde_json::Value;

use crate::pointer::Pointer;
use crate::problem::{Level, Problem};

/// Applies `overlay` to `document`; each action must match something and change something, but for those whose `x-unless`
/// holds: they are skipped.
pub(crate) fn apply(mut document: Value, overlay: Value) -> (Value, Vec<Problem>) {
    let overlay = match read(overlay) {
        Ok(overlay) => overlay,
        Err(problems) => return (document, problems),
    };
    let mut problems = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let about = action.description.as_deref().map_or("no description", first_sentence);
        let message = |reason: &str| format!("the action on `{}` ({about}) {reason}", action.target);
        let at = Pointer::of(["actions", &index.to_string()]);
        let outcome = match skipped(&document, action) {
            Ok(None) => apply_action(&mut document, action).map(|()| None),
            otherwise => otherwise,
        };
        match outcome {
            Ok(None) => {}
            Ok(Some(unless)) => problems.push(Problem {
                level: Level::Relaxed,
                ..Problem::in_overlay(&at, message(&format!("is skipped, for the document has `{unless}`")))
            }),
            Err(reason) => problems.push(Problem::in_overlay(&at, message(&reason))),
        }
    }
    (document, problems)
}

/// Reads an overlay, its actions one by one, so that one that is none is named.
fn read(mut overlay: Value) -> Result<Overlay, Vec<Problem>> {
    let invalid = |at: &Pointer, reason: &str| {
        Problem::in_overlay(at, format!("not an OpenAPI Overlay 1.0 document: {reason}"))
    };
    let actions = match overlay.get_mut("actions") {
        Some(Value::Array(actions)) => std::mem::take(actions),
        _ => Vec::new(),
    };
    let mut problems = Vec::new();
    let mut read = Vec::with_capacity(actions.len());
    for (index, action) in actions.into_iter().enumerate() {
        match Action::deserialize(action) {
            Ok(action) => read.push(action),
            Err(error) => problems.push(Problem::in_overlay(
                &Pointer::of(["actions", &index.to_string()]),
                format!("not an action of OpenAPI Overlay 1.0: {error}"),
            )),
        }
    }
    let overlay = Overlay::deserialize(overlay)
        .map_err(|error| problems.push(invalid(&Pointer::root(), &error.to_string())));
    let (Ok(mut overlay), true) = (overlay, problems.is_empty()) else { return Err(problems) };
    // Each JSONPath is compiled once, when it is its action's turn; here they all are the shortest one.
    let targets: Vec<String> =
        read.iter_mut().map(|action| std::mem::replace(&mut action.target, "$".to_owned())).collect();
    overlay.actions = read;
    overlay.validate(EnumSet::empty()).map_err(|error| {
        let told = error.errors.iter().map(|each| {
            let each = each.to_string();
            // `#.actions[3]: what is wrong`
            let (place, reason) = each.split_once(": ").unwrap_or(("", &each));
            let tokens = place.split(['#', '.', '[', ']']).filter(|token| !token.is_empty());
            invalid(&Pointer::of(tokens), reason)
        });
        told.collect::<Vec<_>>()
    })?;
    overlay.actions.iter_mut().zip(targets).for_each(|(action, target)| action.target = target);
    Ok(overlay)
}

/// The condition of an action, `x-unless`, where it holds: what the JSONPath matches is there already.
fn skipped<'a>(document: &Value, action: &'a Action) -> Result<Option<&'a str>, String> {
    let unless = action.extensions.as_ref().and_then(|extensions| extensions.get("x-unless"));
    let Some(unless) = unless else { return Ok(None) };
    let unless = unless.as_str().ok_or("has an `x-unless` that is no JSONPath")?;
    let found = matches(document, unless)?;
    Ok((!found.is_empty()).then_some(unless))
}

/// Overlay 1.0.0 §4.4.3; roas-overlay's own `apply` copies the document for every action and does not tell what changed.
fn apply_action(document: &mut Value, action: &Action) -> Result<(), String> {
    const STALE: &str = "the document has moved on, so drop or mend the action";
    let targets = matches(document, &action.target)?;
    if targets.is_empty() {
        return Err(format!("matches nothing: {STALE}"));
    }
    let mut changed = false;
    // From the last to the first, so that removing an array's item does not move the others.
    for target in targets.iter().rev() {
        let Some(node) = Pointer::resolve_mut(document, target) else { continue };
        if !node.is_object() && !node.is_array() {
            return Err("cannot be applied: an action targets objects and arrays only".to_owned());
        }
        match (&action.update, node) {
            _ if action.is_remove() => changed |= remove_at(document, target),
            (Some(update), Value::Array(items)) => {
                items.push(update.clone());
                changed = true;
            }
            (Some(update), node) if changes(node, update) => {
                merge_json(node, update);
                changed = true;
            }
            _ => {}
        }
    }
    if changed { Ok(()) } else { Err(format!("changes nothing: {STALE}")) }
}

/// JSON Pointers to what a JSONPath matches.
fn matches(document: &Value, path: &str) -> Result<Vec<String>, String> {
    let compiled =
        compile_path(path).map_err(|reason| format!("has the JSONPath `{path}`, which is none: {reason}"))?;
    Ok(locate(document, &compiled))
}

/// Whether merging `update` into `node` makes a difference.
fn changes(node: &Value, update: &Value) -> bool {
    match (node, update) {
        (Value::Object(node), Value::Object(update)) => {
            update.iter().any(|(key, value)| node.get(key).is_none_or(|node| changes(node, value)))
        }
        (Value::Array(_), Value::Array(update)) => !update.is_empty(),
        (node, update) => node != update,
    }
}

fn first_sentence(text: &str) -> &str {
    text.split(['.', '\n']).next().unwrap_or(text).trim()
}
