//! Replaces a discriminator by an enum of its values in each branch.
//! Knows the Discriminator Object (OpenAPI 3.1.0 §4.8.25); must not know what becomes of the union.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::merge::{Composer, is_annotation};
use super::only_member;
use crate::document::references::{named, referred};
use crate::document::{Pointer, Schema};
use crate::problem::Problem;

impl Composer<'_> {
    /// `{oneOf: [{$ref: Cat}], discriminator: {propertyName: kind}}` ⇒ `{oneOf: [{…Cat, properties: {kind: {enum: [Cat]}}}]}`
    ///
    /// progenitor drops discriminators; with its values in the branch serde cannot take it for another one. `flat` is the branch
    /// without references. Returns whether it changed: the branch may have exactly these values already.
    pub(super) fn discriminate(
        &mut self,
        at: &Pointer,
        branch: &Value,
        flat: &mut Schema,
        discriminator: &Value,
    ) -> bool {
        let Some(property) = discriminator.get("propertyName").and_then(Value::as_str) else { return false };
        let Some(name) = target(branch) else { return false };
        let Some(properties) = flat.get_mut("properties").and_then(Value::as_object_mut) else {
            return self.not_checked(at, property, &name);
        };
        let own = properties.get(property).and_then(|own| self.flat(own, &mut BTreeSet::new()));
        let Some(mut own) = own.filter(|own| own.get("type").is_some_and(|kind| kind == "string")) else {
            return self.not_checked(at, property, &name);
        };
        let mut values = self.values(&name, discriminator);
        if let Some(Value::Array(listed)) = own.get("enum") {
            values.retain(|value| listed.contains(value));
            if values.is_empty() || values.len() == listed.len() {
                return false;
            }
        }
        own.retain(|key, _| is_annotation(key));
        own.insert("type".to_owned(), "string".into());
        own.insert("enum".to_owned(), Value::Array(values));
        properties.insert(property.to_owned(), Value::Object(own));
        true
    }

    /// The values that map to a component, or else its name in the document.
    fn values(&self, name: &str, discriminator: &Value) -> Vec<Value> {
        let origin = self.origins.of(&Pointer::of(["components", "schemas", name]));
        let original = origin.last().unwrap_or(name);
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let is_target = |to: &Value| match to.as_str().and_then(named) {
            Some(to) => to == original,
            None => *to == original,
        };
        let mapped = mapping.into_iter().flatten().filter(|(_, to)| is_target(to));
        let values: Vec<Value> = mapped.map(|(value, _)| json!(value)).collect();
        if values.is_empty() { vec![json!(original)] } else { values }
    }

    fn not_checked(&mut self, at: &Pointer, property: &str, name: &str) -> bool {
        let message = format!("the value is not checked: `{property}` is not a string in `{name}`");
        self.problems.push(Problem::relaxed(&at.join("discriminator"), message));
        false
    }
}

/// The component that a branch refers to.
fn target(branch: &Value) -> Option<Cow<'_, str>> {
    referred(branch.as_object().and_then(only_member).unwrap_or(branch))
}
