//! Which component schemas are sent and which are received; those that are received must tolerate more.
//! Knows the locations of requests and responses; must not know what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::Pointer;
use crate::document::references::referred;
use crate::document::walk;

/// The names of the component schemas that are used, directly or inside others, in each direction.
pub(super) struct Directions {
    /// In responses, and in the requests of callbacks.
    pub(super) received: BTreeSet<String>,
    /// In requests.
    pub(super) sent: BTreeSet<String>,
}

/// Follows each reference from outside the components to all components that it reaches.
pub(super) fn of(document: &mut Value) -> Directions {
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut received, mut sent) = (Vec::new(), Vec::new());
    walk::each_mut(document, &mut |_, at, value| {
        let Some(target) = referred(value) else { return };
        let target = target.into_owned();
        match at.in_component() {
            Some(("schemas", owner)) => uses.entry(owner.to_owned()).or_default().push(target),
            Some(_) => {}
            None if is_in_response(at) => received.push(target),
            None => sent.push(target),
        }
    });
    Directions { received: reached(received, &uses), sent: reached(sent, &uses) }
}

fn reached(mut open: Vec<String>, uses: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(uses.get(&name).into_iter().flatten().cloned());
        }
    }
    reached
}

/// `/paths/{path}/{method}/responses/…`, and callbacks: their requests are received, too.
fn is_in_response(at: &Pointer) -> bool {
    matches!(at.iter().nth(3), Some("responses" | "callbacks"))
}
