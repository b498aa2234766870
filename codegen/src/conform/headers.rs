//! Moves the response headers of each operation into the plan: progenitor ignores them.

use serde_json::{Map, Value};

use super::deprecation;
use super::names::setter_name;
use crate::document::references::referred;
use crate::document::walk;
use crate::free_name::free_name;
use crate::plan::{HeaderKind, HeaderPlan, Plan};

/// The methods that every type of headers has.
const METHODS: [&str; 5] = ["borrow", "clone", "fmt", "from", "into"];

/// `responses: {'200': {headers: {X-Limit: {schema: {type: integer}}}}}` ⇒ `{name: X-Limit, method: x_limit, kind: Integer}`
///
/// The headers of all responses together: one that is not of the same kind in each of them is a string.
pub(super) fn collect(document: &Value, plan: &mut Plan) {
    let schemas = document.pointer("/components/schemas").unwrap_or(&Value::Null);
    for (_, operation) in walk::operations(document) {
        let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.method == method) else {
            continue;
        };
        let responses = operation.get("responses").and_then(Value::as_object);
        let headers = responses
            .into_iter()
            .flat_map(Map::values)
            .filter_map(|response| response.get("headers").and_then(Value::as_object));
        let mut found: Vec<HeaderPlan> = Vec::new();
        // `Content-Type` is ignored (OpenAPI 3.1.0 §4.8.17.1).
        for (name, header) in headers.flatten().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        {
            let (kind, is_list) = kind_of(header.get("schema"), schemas);
            if let Some(same) = found.iter_mut().find(|other| other.name.eq_ignore_ascii_case(name)) {
                if (same.kind, same.is_list) != (kind, is_list) {
                    (same.kind, same.is_list) = (HeaderKind::Text, false);
                }
                continue;
            }
            let is_taken =
                |method: &str| METHODS.contains(&method) || found.iter().any(|other| other.method == method);
            found.push(HeaderPlan {
                name: name.clone(),
                method: free_name(setter_name(name), "_", is_taken),
                kind,
                is_list,
                description: header.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
                deprecation: deprecation::of_value(header),
            });
        }
        planned.headers = found;
    }
}

/// The kind of the values of a header, and whether it lists several. Objects, and what has no schema, are strings as they come.
fn kind_of(schema: Option<&Value>, schemas: &Value) -> (HeaderKind, bool) {
    let scalar = |schema: &Value| match schema.get("type").and_then(Value::as_str) {
        Some("integer") if schema.get("format").is_some_and(|format| format == "uint64") => {
            HeaderKind::Unsigned
        }
        Some("integer") if schema.get("x-rust-type").is_none() => HeaderKind::Integer,
        Some("number") => HeaderKind::Number,
        Some("boolean") => HeaderKind::Boolean,
        _ => HeaderKind::Text,
    };
    let Some(schema) = schema.map(|schema| resolved(schema, schemas)) else {
        return (HeaderKind::Text, false);
    };
    match schema.get("items").filter(|_| schema["type"] == "array") {
        Some(items) => (scalar(resolved(items, schemas)), true),
        None => (scalar(schema), false),
    }
}

/// The component that a schema refers to, or the schema.
fn resolved<'a>(schema: &'a Value, schemas: &'a Value) -> &'a Value {
    referred(schema).and_then(|name| schemas.get(&*name)).unwrap_or(schema)
}
