//! The examples that a document gives, with what they are examples of.
//! Knows where OpenAPI 3.1 has examples; must not know what is done with them.

use relay_rest_codegen::Pointer;
use serde_json::Value;

/// The examples of schemas and of bodies, with the places of the schemas that they are examples of.
pub(crate) fn of(document: &Value) -> Vec<(Pointer, Value)> {
    let mut found = Vec::new();
    collect_examples(document, &mut Pointer::root(), &mut found);
    found
}

fn collect_examples(value: &Value, at: &mut Pointer, found: &mut Vec<(Pointer, Value)>) {
    match value {
        Value::Object(map) => {
            let (of, examples) = match map.get("schema") {
                // A body or a parameter: `examples` is a map of Example Objects.
                Some(schema) => {
                    let target = schema.get("$ref").and_then(Value::as_str).and_then(Pointer::from_reference);
                    let named = map.get("examples").and_then(Value::as_object).into_iter().flatten();
                    let examples: Vec<&Value> =
                        named.filter_map(|(_, example)| example.get("value")).collect();
                    (target.unwrap_or_else(|| at.join("schema")), examples)
                }
                None => (
                    at.clone(),
                    map.get("examples").and_then(Value::as_array).into_iter().flatten().collect(),
                ),
            };
            found.extend(
                examples.into_iter().chain(map.get("example")).map(|example| (of.clone(), example.clone())),
            );
            for (key, child) in map
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "example" | "examples" | "default" | "enum"))
            {
                at.push(key);
                collect_examples(child, at, found);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push_index(index);
                collect_examples(item, at, found);
                at.pop();
            }
        }
        _ => {}
    }
}
