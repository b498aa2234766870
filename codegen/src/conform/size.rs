//! Limits how much code a document may give: generating takes memory in proportion to it, about 2 kB for a line.

use serde_json::{Map, Value};

use crate::document::{Pointer, walk};
use crate::problem::Problem;

/// How many lines of Rust a client may have, about: those for which generating takes three gigabytes. A document of 1,084 operations
/// and 3,318 schemas gives half as many.
const MAX_LINES: usize = 1_500_000;

// The lines for each part, without documentation, measured on documents with thousands of one part.
const SCHEMA: usize = 33;
const PROPERTY: usize = 17;
const VALUE: usize = 4;
const OPERATION: usize = 45;
const PARAMETER: usize = 15;

/// Reports a document whose client would have too many lines. A short document can have that many: a property takes 8 bytes.
pub(super) fn check(document: &Value, problems: &mut Vec<Problem>) {
    let lines = lines(document);
    if lines > MAX_LINES {
        let message =
            format!("the client would have about {lines} lines of code; at most {MAX_LINES} are supported");
        problems.push(Problem::error(&Pointer::root(), message));
    }
}

/// About how many lines the client of a conformed document has, whose schemas with code of their own are all components.
fn lines(document: &Value) -> usize {
    let count = |schema: &Value, key: &str| match schema.get(key) {
        Some(Value::Object(parts)) => parts.len(),
        Some(Value::Array(parts)) => parts.len(),
        _ => 0,
    };
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let of_schema = |schema: &Value| {
        let parts = PROPERTY * (count(schema, "properties") + count(schema, "oneOf"));
        SCHEMA + parts + VALUE * count(schema, "enum")
    };
    let of_schemas: usize = schemas.into_iter().flat_map(Map::values).map(of_schema).sum();
    let of_operation = |operation: &Value| OPERATION + PARAMETER * count(operation, "parameters");
    let of_operations: usize = walk::operations(document).map(|(_, operation)| of_operation(operation)).sum();
    of_schemas + of_operations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_with_too_many_parts_is_refused() {
        let parts = |count: usize| (0..count).map(|index| (format!("a{index}"), json!({})));
        let document = |properties: usize| {
            let schema =
                json!({ "properties": Value::Object(parts(properties).collect()), "enum": ["a", "b"] });
            let operation = json!({ "parameters": [{}] });
            json!({ "paths": { "/a": { "get": operation } }, "components": { "schemas": { "A": schema } } })
        };
        let rest = SCHEMA + 2 * VALUE + OPERATION + PARAMETER;
        let fitting = (MAX_LINES - rest) / PROPERTY;
        let problems = |properties: usize| {
            let mut problems = Vec::new();
            check(&document(properties), &mut problems);
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(problems(fitting), [""; 0]);
        let lines = rest + (fitting + 1) * PROPERTY;
        assert_eq!(
            problems(fitting + 1),
            [format!("#: the client would have about {lines} lines of code; at most 1500000 are supported")]
        );
    }
}
