//! Keeps the components of a part of a document that only what is not read refers to.

use std::collections::BTreeSet;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::references::{point, target};
use serde_json::Value;

/// Where such components are: the clients that are generated must not have types for them.
const KEPT: &str = "x-not-read";

/// The section and the name of a component.
type Component = (String, String);

/// Copies the components of `whole` that `part` refers to and does not have, and makes the references lead to the copies.
///
/// `{query: {$ref: '#/components/requestBodies/A'}}` ⇒ `{query: {$ref: '#/x-not-read/requestBodies/A'}}`
pub(super) fn keep_components(part: &mut Value, whole: &Value) {
    let had: BTreeSet<Component> = components(part).collect();
    let missing: BTreeSet<Component> =
        components(whole).filter(|component| !had.contains(component)).collect();
    let mut waiting = Vec::new();
    redirect(part, &missing, &mut waiting);
    let mut kept = BTreeSet::new();
    while let Some(component) = waiting.pop() {
        if !kept.insert(component.clone()) {
            continue;
        }
        let (section, name) = component;
        let mut copy = whole["components"][&section][&name].clone();
        redirect(&mut copy, &missing, &mut waiting);
        part[KEPT][section][name] = copy;
    }
}

/// The components of a document.
fn components(document: &Value) -> impl Iterator<Item = Component> {
    let sections = document.get("components").and_then(Value::as_object).into_iter().flatten();
    sections.flat_map(|(section, entries)| {
        let names = entries.as_object().into_iter().flatten();
        names.map(|(name, _)| (section.clone(), name.clone()))
    })
}

/// Makes the references to missing components lead to their copies, and adds these components to `found`.
fn redirect(value: &mut Value, missing: &BTreeSet<Component>, found: &mut Vec<Component>) {
    if let Some(at) = target(value)
        && let ["components", section, name, rest @ ..] = at.tokens().as_slice()
    {
        let component = ((*section).to_owned(), (*name).to_owned());
        if missing.contains(&component) {
            point(value, &Pointer::of([KEPT, section, name].into_iter().chain(rest.iter().copied())));
            found.push(component);
        }
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| redirect(value, missing, found)),
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, missing, found)),
        _ => {}
    }
}
