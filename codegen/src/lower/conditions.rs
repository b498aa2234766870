//! Keeps the properties that conditions declare: 3.0 has no conditions.

use serde_json::{Value, json};

use crate::document::Schema;

/// `{if: I, then: {properties: {a: A}, required: [a]}}` ⇒ `{if: I, then: …, properties: {a: A}}`
///
/// A property that only some instances have is optional. One that several conditions declare differently may have any
/// value; one that the schema itself declares stays unchanged.
pub(super) fn declare(schema: &mut Schema) {
    let dependent = schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten();
    let conditional = ["then", "else"].iter().filter_map(|key| schema.get(*key));
    let mut found = Schema::new();
    conditional.chain(dependent.map(|(_, schema)| schema)).for_each(|schema| collect(schema, &mut found));
    if found.is_empty() {
        return;
    }
    if let Value::Object(properties) = schema.entry("properties").or_insert_with(|| json!({})) {
        for (name, property) in found {
            properties.entry(name).or_insert(property);
        }
    }
}

fn collect(schema: &Value, found: &mut Schema) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        match found.get_mut(name) {
            Some(known) if known != property => *known = json!({}),
            Some(_) => {}
            None => drop(found.insert(name.clone(), property.clone())),
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let members = schema.get(key).and_then(Value::as_array).into_iter().flatten();
        members.for_each(|member| collect(member, found));
    }
}
