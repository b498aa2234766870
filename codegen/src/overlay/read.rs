//! Reads an overlay, and reports every error in it at its own location.

use enumset::EnumSet;
use roas_overlay::v1_0::{Action, Overlay};
use roas_overlay::validation::Validate;
use serde::Deserialize;
use serde_json::Value;

use crate::document::Pointer;
use crate::problem::Problem;

/// The actions of an overlay.
///
/// # Errors
/// It is not an OpenAPI Overlay 1.0 document. Actions are read one by one, so that an invalid one is named.
pub(super) fn actions(mut overlay: Value) -> Result<Vec<Action>, Vec<Problem>> {
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
        let misspelt = action.as_object().into_iter().flatten().find_map(|(key, _)| misspelt(key));
        match Action::deserialize(action) {
            _ if misspelt.is_some() => {
                problems.extend(misspelt.map(|message| {
                    Problem::in_overlay(&Pointer::of(["actions", &index.to_string()]), message)
                }))
            }
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
    // Validation compiles every JSONPath, which is done again when the action is applied: here each is the shortest one.
    let targets: Vec<String> =
        read.iter_mut().map(|action| std::mem::replace(&mut action.target, "$".to_owned())).collect();
    overlay.actions = read;
    overlay.validate(EnumSet::empty()).map_err(|error| {
        let found = error.errors.iter().map(|each| {
            let each = each.to_string();
            // `#.actions[3]: what is wrong`
            let (location, reason) = each.split_once(": ").unwrap_or(("", &each));
            let tokens = location.split(['#', '.', '[', ']']).filter(|token| !token.is_empty());
            invalid(&Pointer::of(tokens), reason)
        });
        found.collect::<Vec<_>>()
    })?;
    let mut actions = overlay.actions;
    actions.iter_mut().zip(targets).for_each(|(action, target)| action.target = target);
    Ok(actions)
}

/// The extensions of an action. Others are ignored, unless they resemble one of these.
const EXTENSIONS: [&str; 3] = ["x-expects", "x-source", "x-unless"];

fn misspelt(key: &str) -> Option<String> {
    let meant = EXTENSIONS.iter().find(|known| key.starts_with(&known[..5]) && key != **known)?;
    Some(format!("unknown extension `{key}`; did you mean `{meant}`?"))
}
