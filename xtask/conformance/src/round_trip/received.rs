//! Finds the schemas that responses have. Must not know generated code.

use std::collections::BTreeSet;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::references;
use serde_json::Value;

/// The locations that responses refer to, directly or not.
pub(super) struct Received(BTreeSet<Pointer>);

impl Received {
    pub(super) fn of(document: &Value) -> Self {
        let mut received = Self(BTreeSet::new());
        let items = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        for operation in items.filter_map(|(_, item)| item.as_object()).flatten().map(|(_, of)| of) {
            received.follow(document, operation.get("responses"));
        }
        received
    }

    /// Whether a response may have a value of the schema at `at`.
    pub(super) fn has(&self, at: &Pointer) -> bool {
        let tokens = at.tokens();
        tokens.contains(&"responses")
            || (0..=tokens.len())
                .any(|length| self.0.contains(&Pointer::of(tokens[..length].iter().copied())))
    }

    fn follow(&mut self, document: &Value, value: Option<&Value>) {
        let Some(value) = value else { return };
        if let Some(target) = references::target(value)
            && self.0.insert(target.clone())
        {
            self.follow(document, target.resolve(document));
        }
        match value {
            Value::Object(all) => all.iter().for_each(|(_, of)| self.follow(document, Some(of))),
            Value::Array(all) => all.iter().for_each(|of| self.follow(document, Some(of))),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_requests_have_is_not_received() {
        let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let document = json!({
            "paths": { "/a": { "get": { "requestBody": { "content": { "a": to("Sent") } },
                                        "responses": { "200": { "content": { "a": to("A") } } } } } },
            "components": { "schemas": { "A": { "properties": { "b": to("B") } }, "B": to("A"), "Sent": to("A") } },
        });
        let received = Received::of(&document);
        let has = |name: &str| received.has(&Pointer::of(["components", "schemas", name, "properties", "b"]));
        assert_eq!(["A", "B", "Sent"].map(has), [true, true, false]);
    }
}
