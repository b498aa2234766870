//! Reads an overlay, and reports every error in it at its own location.

use enumset::EnumSet;
use roas_overlay::v1_1::{Action, Overlay};
use roas_overlay::validation::Validate;
use serde::Deserialize;
use serde_json::Value;

use crate::document::Pointer;
use crate::problem::Problem;

/// A version of the specification. Patch versions are the same (Overlay 1.1.0 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1_0,
    V1_1,
}

impl Version {
    /// The version that an overlay states.
    ///
    /// # Errors
    /// Returns an error for any other version. The reader of the actions reports one that is missing or not a string.
    fn of(overlay: &Value) -> Result<Self, String> {
        let Some(stated) = overlay.get("overlay").and_then(Value::as_str) else { return Ok(Self::V1_1) };
        let is_of = |start: &str| {
            let patch = stated.strip_prefix(start).unwrap_or_default();
            !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit())
        };
        if is_of("1.0.") {
            Ok(Self::V1_0)
        } else if is_of("1.1.") {
            Ok(Self::V1_1)
        } else {
            Err(format!("the overlay says OpenAPI Overlay {stated}; only 1.0.x and 1.1.x are supported"))
        }
    }
}

/// The version of an overlay, and its actions.
///
/// # Errors
/// It is not an OpenAPI Overlay 1.0 or 1.1 document. Actions are read one by one, so that an invalid one is named.
pub(super) fn actions(mut overlay: Value) -> Result<(Version, Vec<Action>), Vec<Problem>> {
    let version = Version::of(&overlay)
        .map_err(|reason| vec![Problem::in_overlay(&Pointer::of(["overlay"]), reason)])?;
    let name = match version {
        Version::V1_0 => "OpenAPI Overlay 1.0",
        Version::V1_1 => "OpenAPI Overlay 1.1",
    };
    let invalid =
        |at: &Pointer, reason: &str| Problem::in_overlay(at, format!("not an {name} document: {reason}"));
    // But for `copy`, what 1.0 allows is the same in 1.1.
    if version == Version::V1_0 {
        overlay["overlay"] = "1.1.0".into();
    }
    let actions = match overlay.get_mut("actions") {
        Some(Value::Array(actions)) => std::mem::take(actions),
        _ => Vec::new(),
    };
    let mut problems = Vec::new();
    let mut read = Vec::with_capacity(actions.len());
    for (index, action) in actions.into_iter().enumerate() {
        let misspelt = action.as_object().into_iter().flatten().find_map(|(key, _)| misspelt(key));
        match Action::deserialize(action) {
            Ok(action) if action.copy.is_some() && version == Version::V1_0 => {
                problems.push(Problem::in_overlay(
                    &Pointer::of(["actions", &index.to_string()]),
                    "`copy` is an action of OpenAPI Overlay 1.1; the overlay is of 1.0",
                ))
            }
            _ if misspelt.is_some() => {
                problems.extend(misspelt.map(|message| {
                    Problem::in_overlay(&Pointer::of(["actions", &index.to_string()]), message)
                }))
            }
            Ok(action) => read.push(action),
            Err(error) => problems.push(Problem::in_overlay(
                &Pointer::of(["actions", &index.to_string()]),
                format!("not an action of {name}: {error}"),
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
            // The validator is that of 1.1.
            let reason = match version {
                Version::V1_0 => reason.replace("one of `update`, `copy`, or", "either `update` or"),
                Version::V1_1 => reason.to_owned(),
            };
            invalid(&Pointer::of(tokens), &reason)
        });
        found.collect::<Vec<_>>()
    })?;
    let mut actions = overlay.actions;
    actions.iter_mut().zip(targets).for_each(|(action, target)| action.target = target);
    Ok((version, actions))
}

/// The extensions of an action. Others are ignored, unless they resemble one of these.
const EXTENSIONS: [&str; 3] = ["x-expects", "x-source", "x-unless"];

fn misspelt(key: &str) -> Option<String> {
    let meant = EXTENSIONS.iter().find(|known| key.starts_with(&known[..5]) && key != **known)?;
    Some(format!("unknown extension `{key}`; did you mean `{meant}`?"))
}
