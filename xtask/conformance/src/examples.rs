//! Collects the examples of a document.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::walk::each;
use relay_rest_codegen::document::{Kind, references};
use serde_json::Value;

/// Returns the examples of schemas, bodies and parameters, each with the location of its schema.
pub(crate) fn of(document: &Value) -> Vec<(Pointer, Value)> {
    let mut found = Vec::new();
    each(document, &mut |kind, at, value| {
        let (of, examples): (_, Vec<&Value>) = match (kind, value.get("schema"), value.get("examples")) {
            (Kind::Schema, _, examples) => {
                (at.clone(), examples.and_then(Value::as_array).into_iter().flatten().collect())
            }
            // A map of Example Objects.
            (Kind::MediaType | Kind::Parameter | Kind::Header, Some(schema), examples) => {
                let named = examples.and_then(Value::as_object).into_iter().flatten();
                let examples = named.filter_map(|(_, example)| example.get("value"));
                (references::target(schema).unwrap_or_else(|| at.join("schema")), examples.collect())
            }
            _ => return,
        };
        let all = examples.into_iter().chain(value.get("example"));
        found.extend(all.map(|example| (of.clone(), example.clone())));
    });
    found
}
