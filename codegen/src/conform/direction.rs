//! Which component schemas are read from responses: those must tolerate more than what is sent.
//! Knows where requests and responses stand; must not know what is done about it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::pointer::{Pointer, referred};
use crate::position;

/// The names of the component schemas that a response can hold, directly or through other components.
pub(super) fn received(document: &mut Value) -> BTreeSet<String> {
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    position::each_mut(document, &mut |_, at, value| {
        let Some(target) = referred(value.get("$ref")) else { return };
        match at.in_component() {
            Some(("schemas", owner)) => uses.entry(owner.to_owned()).or_default().push(target.into_owned()),
            None if is_in_response(at) => open.push(target.into_owned()),
            _ => {}
        }
    });
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(uses.get(&name).into_iter().flatten().cloned());
        }
    }
    reached
}

/// `/paths/{path}/{method}/responses/…`; a callback's request is received as well.
fn is_in_response(at: &Pointer) -> bool {
    matches!(*at.tokens(), ["paths", _, _, "responses" | "callbacks", ..])
}
