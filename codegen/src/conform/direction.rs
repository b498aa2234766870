//! Which component schemas are read from responses: those must tolerate more than what is sent.
//! Knows where requests and responses stand; must not know what is done about it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::pointer::Pointer;
use crate::position;

/// A component, as `(section, name)`.
type Component = (String, String);

/// The names of the component schemas that a response can hold, directly or through other components.
pub(super) fn received(document: &mut Value) -> BTreeSet<String> {
    let mut uses: BTreeMap<Component, Vec<Component>> = BTreeMap::new();
    let mut open: Vec<Component> = Vec::new();
    position::each_mut(document, &mut |_, at, value| {
        let Some(target) = value.get("$ref").and_then(Value::as_str).and_then(Pointer::from_reference) else {
            return;
        };
        let Some(target) = component(&target) else { return };
        match component(at) {
            Some(owner) => uses.entry(owner).or_default().push(target),
            None if is_in_response(at) => open.push(target),
            None => {}
        }
    });
    let mut reached = BTreeSet::new();
    while let Some(component) = open.pop() {
        if reached.insert(component.clone()) {
            open.extend(uses.get(&component).into_iter().flatten().cloned());
        }
    }
    reached.into_iter().filter(|(section, _)| section == "schemas").map(|(_, name)| name).collect()
}

fn component(at: &Pointer) -> Option<Component> {
    at.in_component().map(|(section, name)| (section.to_owned(), name.to_owned()))
}

/// `/paths/{path}/{method}/responses/…`; a callback's request is received as well.
fn is_in_response(at: &Pointer) -> bool {
    matches!(*at.tokens(), ["paths", _, _, "responses" | "callbacks", ..])
}
