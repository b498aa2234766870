//! An operation of a document: what its arguments, bodies and responses may be. Must not know generated code.

mod arguments;
mod bodies;
mod successes;

pub(super) use arguments::Argument;
pub(super) use bodies::{Body, DocumentedResponse};
pub(super) use successes::Streamed;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::references;
use relay_rest_codegen::document::walk::method_of;
use serde_json::Value;

use super::credentials::Security;
use crate::instances::Instances;
use crate::validate::{loosened, opened, validator};

/// An operation of a document, to be called.
#[derive(Clone)]
pub(super) struct TestedOperation<'a> {
    document: &'a Value,
    at: Pointer,
    pub(super) method: String,
    pub(super) template: String,
}

impl<'a> TestedOperation<'a> {
    /// The operation at `/paths/{template}/{method}` or `/paths/{template}/additionalOperations/{method}`.
    pub(super) fn new(document: &'a Value, at: &Pointer) -> Option<Self> {
        let [_, template, ..] = *at.tokens() else { return None };
        Some(Self { document, at: at.clone(), method: method_of(at), template: template.to_owned() })
    }

    /// How its requests are authenticated.
    pub(super) fn security(&self) -> Security {
        Security::of(self.document, &self.at)
    }

    /// Returns the document that the operation is of.
    pub(super) fn document(&self) -> &Value {
        self.document
    }

    /// Returns a random valid instance of the schema at `at`.
    pub(super) fn instance(&self, at: &Pointer, instances: &mut Instances<'_>) -> Result<Value, String> {
        for reading in [<Value as Clone>::clone, loosened, opened] {
            let validator = validator(&reading(self.document), at)?;
            if let Some(value) = (0..200).map(|_| instances.at(at)).find(|value| validator.is_valid(value)) {
                return Ok(value);
            }
        }
        Err(format!("#{at}: no valid instance found"))
    }

    /// Follows references to their end.
    fn resolved(&self, mut at: Pointer) -> Pointer {
        for _ in 0..64 {
            match at.resolve(self.document).and_then(references::target) {
                Some(target) => at = target,
                None => break,
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::calls::wire::written;

    fn argument(location: &str, name: &str, value: Value) -> Argument {
        let pairs = vec![(name.to_owned(), written(&value))];
        Argument { location: location.to_owned(), name: name.to_owned(), value, pairs }
    }

    #[test]
    fn a_call_for_another_document_is_judged() {
        let schema = json!({ "type": "object", "required": ["a"] });
        let document = json!({ "paths": { "/a/{id}": { "post": {
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "maxLength": 3 } },
                { "name": "q", "in": "query", "required": true, "schema": { "type": "string" } },
                { "name": "list", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "integer" } } },
                { "name": "X-H", "in": "header", "schema": { "type": "boolean" } },
            ],
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema }, "text/*": {} } } } } } });
        let operation =
            TestedOperation::new(&document, &Pointer::of(["paths", "/a/{id}", "post"])).expect("one");
        let faults = |given: &[Argument]| operation.judge_arguments(given).1.join("; ");
        let (id, q) = (argument("path", "id", json!("abc")), argument("query", "q", json!(5)));
        assert_eq!(
            faults(&[id.clone(), q.clone(), argument("header", "x-h", json!("true"))]),
            "",
            "5 is a text on the wire"
        );
        assert_eq!(faults(std::slice::from_ref(&id)), "the required query parameter `q` is not sent");
        assert_eq!(
            faults(&[argument("path", "id", json!("abcd")), q.clone()]),
            "the path parameter `id` is invalid: \"abcd\""
        );
        assert_eq!(
            faults(&[id.clone(), q.clone(), argument("header", "X-H", json!("x"))]),
            "the header parameter `X-H` is invalid: \"x\""
        );
        let (on_the_wire, _) = operation.judge_arguments(&[id, q, argument("query", "list", json!([1, 2]))]);
        assert!(
            on_the_wire.iter().any(|argument| argument.pairs == [("list".to_owned(), "1,2".to_owned())]),
            "{on_the_wire:?}"
        );

        let body =
            |media_type: &str, value: Value| operation.judge_body(Some(&(media_type.to_owned(), value)));
        assert_eq!(body("application/json; charset=utf-8", json!({ "a": 1 })), None);
        assert_eq!(body("text/plain", json!("x")), None);
        assert_eq!(body("application/json", json!({})).as_deref(), Some("the body is invalid: {}"));
        assert_eq!(
            body("application/xml", json!("")).as_deref(),
            Some("a body of the type `application/xml` is not accepted")
        );
        assert_eq!(operation.judge_body(None).as_deref(), Some("the required body is not sent"));
    }
}
