//! Applies an OpenAPI Overlay 1.0 document, action by action.
//! Knows the Overlay specification; must not know what the actions are about.

use enumset::EnumSet;
use roas_overlay::apply::{Apply, ApplyErrorKind, ApplyOptions};
use roas_overlay::v1_0::Overlay;
use roas_overlay::validation::Validate;
use serde_json::Value;

use crate::pointer::Pointer;
use crate::problem::Problem;

/// Applies `overlay` to `document`; each action must match something and change something.
pub(crate) fn apply(mut document: Value, overlay: &Value) -> (Value, Vec<Problem>) {
    let overlay = match read(overlay) {
        Ok(overlay) => overlay,
        Err(problems) => return (document, problems),
    };
    let mut problems = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let single = Overlay { actions: vec![action.clone()], ..overlay.clone() };
        let before = document.clone();
        const STALE: &str = "the document has moved on, so drop or mend the action";
        let message = match single.apply(&mut document, ApplyOptions::ErrorOnZeroMatch.into()) {
            Err(error) if error.kind == ApplyErrorKind::ZeroMatch => format!("matches nothing: {STALE}"),
            Err(error) => format!("cannot be applied: {}", error.kind),
            Ok(_) if before == document => format!("changes nothing: {STALE}"),
            Ok(_) => continue,
        };
        let about = action.description.as_deref().map_or("no description", first_sentence);
        problems.push(Problem::in_overlay(
            &Pointer::root().join("actions").join(index),
            format!("the action on `{}` ({about}) {message}", action.target),
        ));
    }
    (document, problems)
}

fn read(overlay: &Value) -> Result<Overlay, Vec<Problem>> {
    let invalid = |reason: String| {
        Problem::in_overlay(&Pointer::root(), format!("not an OpenAPI Overlay 1.0 document: {reason}"))
    };
    let overlay: Overlay =
        serde_json::from_value(overlay.clone()).map_err(|error| vec![invalid(error.to_string())])?;
    overlay
        .validate(EnumSet::empty())
        .map_err(|error| error.errors.iter().map(|each| invalid(each.to_string())).collect::<Vec<_>>())?;
    Ok(overlay)
}

fn first_sentence(text: &str) -> &str {
    text.split(['.', '\n']).next().unwrap_or(text).trim()
}
