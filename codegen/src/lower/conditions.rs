//! Keeps the properties that conditions declare: 3.0 has no conditions.

use serde_json::Value;

use crate::document::Schema;
use crate::optional_properties::OptionalProperties;

/// `{if: I, then: {properties: {a: A}, required: [a]}}` ⇒ `{if: I, then: …, properties: {a: A}}`
///
/// A property that only some instances have is optional. One that several conditions declare differently may have any
/// value; one that the schema itself declares stays unchanged.
pub(super) fn declare(schema: &mut Schema) {
    let dependent = schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten();
    let conditional = ["then", "else"].iter().filter_map(|key| schema.get(*key));
    let mut found = OptionalProperties::default();
    conditional.chain(dependent.map(|(_, schema)| schema)).for_each(|schema| collect(schema, &mut found));
    found.put_into(schema);
}

fn collect(schema: &Value, found: &mut OptionalProperties) {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().for_each(|(name, property)| found.add(name, property));
    for key in ["allOf", "anyOf", "oneOf"] {
        let members = schema.get(key).and_then(Value::as_array).into_iter().flatten();
        members.for_each(|member| collect(member, found));
    }
}
