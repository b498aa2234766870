//! Properties that only some instances of a schema have.

use serde_json::{Value, json};

use crate::document::Schema;

/// The properties that the alternatives of a schema declare. One that they declare differently may have any value.
#[derive(Default)]
pub(crate) struct OptionalProperties(Schema);

impl OptionalProperties {
    pub(crate) fn add(&mut self, name: &str, property: &Value) {
        match self.0.get_mut(name) {
            Some(known) if known != property => *known = json!({}),
            Some(_) => {}
            None => drop(self.0.insert(name.to_owned(), property.clone())),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds them to a schema. The properties that it declares itself stay as they are.
    pub(crate) fn put_into(self, schema: &mut Schema) {
        if self.is_empty() {
            return;
        }
        if let Value::Object(properties) = schema.entry("properties").or_insert_with(|| json!({})) {
            for (name, property) in self.0 {
                properties.entry(name).or_insert(property);
            }
        }
    }
}
