//! Applies an OpenAPI Overlay 1.0 or 1.1 document, action by action, and reports what each action does.
//! Must not know the subject of an action.
//!
//! Two extensions make an overlay safe to keep while the document changes under it:
//!
//! - `x-expects` states the values that an action replaces or removes. An action that would overwrite anything else is an
//!   error, so that a correction of ours never hides a change of theirs.
//! - `x-unless`, a JSONPath, skips an action where it matches something, so that one overlay serves several documents.

mod edit;
mod read;

use serde_json::Value;
use serde_json_path::{JsonPath, NormalizedPath, PathElement};

use crate::document::Pointer;
use crate::problem::Problem;
use edit::Findings;
use read::{Action, Version};

pub use edit::Edit;

/// What one action of an overlay does to a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActionReport {
    /// The action's location in the overlay.
    pub pointer: Pointer,
    /// Its JSONPath.
    pub target: String,
    /// Why it is necessary.
    pub description: Option<String>,
    /// What it changes, in order. An action whose outcome is an error is listed as if it were applied.
    pub edits: Vec<Edit>,
    /// The locations where the document already has the action's value.
    pub redundant: Vec<Pointer>,
    /// How it ended.
    pub outcome: ActionOutcome,
}

/// How an action of an overlay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionOutcome {
    /// It was applied.
    Applied,
    /// It was skipped, because its `x-unless` matches something.
    Skipped {
        /// The JSONPath that matches.
        unless: String,
    },
    /// It matches nothing or changes nothing: the document has changed, or already has the value.
    Stale(String),
    /// The document has another value than the action expects to replace or remove, or the action does not state what it expects.
    Unexpected(String),
    /// It is not an action that can be applied to any document.
    Invalid(String),
}

impl ActionReport {
    /// The first sentence of the description.
    pub fn summary(&self) -> &str {
        self.description.as_deref().map_or("no description", first_sentence)
    }

    /// The error that this action is, if it is one.
    pub fn problem(&self) -> Option<Problem> {
        match &self.outcome {
            ActionOutcome::Applied | ActionOutcome::Skipped { .. } => None,
            ActionOutcome::Stale(reason)
            | ActionOutcome::Unexpected(reason)
            | ActionOutcome::Invalid(reason) => {
                let message = format!("the action on `{}` ({}) {reason}", self.target, self.summary());
                Some(Problem::in_overlay(&self.pointer, message))
            }
        }
    }
}

/// Applies `overlay` to `document`. An action that ends in an error is applied as far as it can be, so that the reports of
/// the actions after it are about the document and not about that error.
///
/// # Errors
/// It is not an OpenAPI Overlay 1.0 or 1.1 document.
pub(crate) fn apply(document: &mut Value, overlay: Value) -> Result<Vec<ActionReport>, Vec<Problem>> {
    let (version, actions) = read::actions(overlay)?;
    let reports = actions.iter().enumerate().map(|(index, action)| {
        let mut report = ActionReport {
            pointer: Pointer::of(["actions", &index.to_string()]),
            target: action.target.clone(),
            description: action.description.clone(),
            edits: Vec::new(),
            redundant: Vec::new(),
            outcome: ActionOutcome::Applied,
        };
        report.outcome = match skipped(document, action) {
            Ok(None) => run(document, action, version, &mut report),
            Ok(Some(unless)) => ActionOutcome::Skipped { unless: unless.to_owned() },
            Err(reason) => ActionOutcome::Invalid(reason),
        };
        report
    });
    Ok(reports.collect())
}

/// The condition of an action, `x-unless`, where it holds.
fn skipped<'a>(document: &Value, action: &'a Action) -> Result<Option<&'a str>, String> {
    let Some(unless) = action.unless.as_deref() else { return Ok(None) };
    let found = matches(document, unless)?;
    Ok((!found.is_empty()).then_some(unless))
}

/// Overlay 1.1.0 §4.4.3.
fn run(document: &mut Value, action: &Action, version: Version, report: &mut ActionReport) -> ActionOutcome {
    let targets = match matches(document, &action.target) {
        Ok(targets) => targets,
        Err(reason) => return ActionOutcome::Invalid(reason),
    };
    if targets.is_empty() {
        let reason = "matches nothing: the document has changed, so drop or fix the action";
        return ActionOutcome::Stale(reason.to_owned());
    }
    let update = match (&action.copy, &action.update) {
        (Some(from), _) => match copied(document, from) {
            Ok(value) => Some(value),
            Err(outcome) => return outcome,
        },
        (None, update) => update.clone(),
    };
    let expects = action.expects.as_ref();
    let (mut findings, mut form) = (Findings::default(), None);
    // From the last to the first, so that removing an array's item does not move the others.
    for at in targets.into_iter().rev() {
        // An earlier target may have been inside this one, and is gone with it.
        let Some(node) = at.resolve_mut(document) else { continue };
        let own_form = edit::form(node);
        if version == Version::V1_0 && own_form == edit::Form::Primitive {
            let reason = format!("cannot be applied: #{at} is neither an object nor an array");
            return ActionOutcome::Invalid(reason);
        }
        if action.remove && at.last().is_none() {
            return ActionOutcome::Invalid("cannot be applied: it removes the whole document".to_owned());
        }
        match &update {
            Some(update) => {
                if version == Version::V1_1 && *form.get_or_insert(own_form) != own_form {
                    let reason =
                        "cannot be applied: its target must be all objects, all arrays or all primitives";
                    return ActionOutcome::Invalid(reason.to_owned());
                }
                edit::update(node, update, version, expects, at, report, &mut findings);
            }
            None => edit::remove(document, expects, at, report, &mut findings),
        }
    }
    let Findings { unexpected, incompatible } = findings;
    if !incompatible.is_empty() {
        return ActionOutcome::Invalid(format!("cannot be applied: it {}", incompatible.join("; it ")));
    }
    if !unexpected.is_empty() {
        let advice =
            "if the document has changed, drop or fix the action; if the document is wrong, state its value";
        return ActionOutcome::Unexpected(format!("{}: {advice}", unexpected.join("; it ")));
    }
    if report.edits.is_empty() {
        let reason = "changes nothing: the document already has these values, so drop the action";
        return ActionOutcome::Stale(reason.to_owned());
    }
    ActionOutcome::Applied
}

/// The value that an action copies, as the document has it before the action.
fn copied(document: &Value, from: &str) -> Result<Value, ActionOutcome> {
    let found = matches(document, from).map_err(ActionOutcome::Invalid)?;
    let at = match found.as_slice() {
        [at] => at,
        [] => {
            let reason = format!(
                "copies `{from}`, which matches nothing: the document has changed, so drop or fix the action"
            );
            return Err(ActionOutcome::Stale(reason));
        }
        several => {
            let reason = format!("copies `{from}`, which matches {} values; it must be one", several.len());
            return Err(ActionOutcome::Invalid(reason));
        }
    };
    let value = at.resolve(document).cloned();
    value.ok_or_else(|| ActionOutcome::Invalid(format!("copies `{from}`, which is not in the document")))
}

/// The locations of what a JSONPath (RFC 9535) matches, sorted and each once: `$.a[2, 0, 0]` ⇒ `/a/0`, `/a/2`
fn matches(document: &Value, path: &str) -> Result<Vec<Pointer>, String> {
    if !path.starts_with('$') {
        return Err(format!("has an invalid JSONPath `{path}`: it must begin with `$`"));
    }
    let compiled =
        JsonPath::parse(path).map_err(|reason| format!("has an invalid JSONPath `{path}`: {reason}"))?;
    let located = compiled.query_located(document).dedup();
    Ok(located.locations().map(pointer).collect())
}

fn pointer(location: &NormalizedPath<'_>) -> Pointer {
    let mut pointer = Pointer::root();
    for element in location.iter() {
        match element {
            PathElement::Name(name) => pointer.push(name),
            PathElement::Index(index) => pointer.push_index(*index),
        }
    }
    pointer
}

fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(['.', '\n']).map(|(index, _)| index).find(|index| {
        text[index + 1..].chars().next().is_none_or(char::is_whitespace) || text[*index..].starts_with('\n')
    });
    text[..end.unwrap_or(text.len())].trim()
}
