//! Finds which component schemas are sent and which are received; received ones must tolerate more.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::references::referred;
use crate::document::{Pointer, graph, walk};
use crate::plan::Webhook;

/// The names of the component schemas that are used, directly or inside others, in each direction.
pub(super) struct Directions {
    /// In responses and in the payloads of webhooks.
    pub(super) received: BTreeSet<String>,
    /// In requests.
    pub(super) sent: BTreeSet<String>,
}

/// Follows each reference from outside the components, and each payload, to all components that it reaches.
pub(super) fn of(document: &Value, webhooks: &[Webhook]) -> Directions {
    let uses = graph::schema_uses(document);
    let mut received: Vec<String> = webhooks.iter().map(|webhook| webhook.payload.clone()).collect();
    let mut sent = Vec::new();
    walk::each(document, &mut |_, at, value| {
        if at.in_component().is_none() {
            let direction = if is_in_response(at) { &mut received } else { &mut sent };
            direction.extend(referred(value).map(Cow::into_owned));
        }
    });
    Directions { received: graph::reached(&received, &uses), sent: graph::reached(&sent, &uses) }
}

/// `/paths/{path}/{method}/responses/…`
fn is_in_response(at: &Pointer) -> bool {
    at.iter().nth(3) == Some("responses")
}
