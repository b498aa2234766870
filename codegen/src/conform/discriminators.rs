//! Finds the properties that distinguish the branches of a union, and the names of the branches.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::merge::Composer;
use super::names::pascal_case;
use super::only_member;
use crate::document::references::{named, referred};
use crate::document::{Pointer, Schema};
use crate::free_name::free_name;

/// The extension of a union that has a [`variant`] for each branch, in their order.
pub(super) const VARIANTS: &str = "x-codegen-variants";

/// The property of a variant with the keyword and the index of its branch before the branches were sorted.
pub(super) const FROM: &str = "from";

/// The property of the variant that a discriminator selects by `defaultMapping` (OpenAPI 3.2.0 §4.25).
pub(super) const DEFAULT: &str = "default";

/// The extension of a union that has the property of its discriminator.
pub(super) const DISCRIMINATOR: &str = "x-codegen-discriminator";

/// The extension of a discriminator whose mapping has every value that selects a branch.
pub(super) const COMPLETE: &str = "x-codegen-complete";

impl Composer<'_> {
    /// Describes a branch: `{name: Cat, tags: {kind: [cat]}}`, and `default: true` of the one for all other values.
    ///
    /// `branch` is as in the document, `merged` includes the siblings of the union. The name depends on the branch alone, so that
    /// no other branch renames it: that of the component, the value of its tag, its title, or the kind of its values.
    pub(super) fn variant(&mut self, branch: &Value, merged: &Value, discriminator: Option<&Value>) -> Value {
        let mut tags = self.tags(merged);
        let target = target(branch);
        let property = discriminator.and_then(|discriminator| discriminator.get("propertyName")?.as_str());
        if let (Some(discriminator), Some(property), Some(name)) = (discriminator, property, &target) {
            let mapped = self.mapped(name, discriminator);
            if !mapped.is_empty() {
                insert_tag(&mut tags, property, mapped);
            }
        }
        let title = |schema: &Value| schema.get("title").and_then(Value::as_str).map(str::to_owned);
        let constants = tags.iter().filter_map(|(_, values)| match values.as_array()?.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        });
        let constants: Vec<Value> = constants.collect();
        let word = |text: &str| Some(pascal_case(text)).filter(|name| is_type_name(name));
        let name = target
            .as_deref()
            .and_then(word)
            .or_else(|| constants.iter().filter_map(Value::as_str).find_map(word))
            .or_else(|| title(branch).as_deref().and_then(word))
            .or_else(|| constants.iter().find_map(|value| word(&format!("value {value}"))))
            .unwrap_or_else(|| kind(merged).to_owned());
        let mut variant = json!({ "name": name, "tags": tags });
        let default = discriminator.and_then(|discriminator| discriminator.get("defaultMapping"));
        if target.as_deref().zip(default).is_some_and(|(name, default)| self.is_target(default, name)) {
            variant[DEFAULT] = true.into();
        }
        variant
    }

    /// The properties of a branch that have listed values, with these values.
    fn tags(&mut self, branch: &Value) -> Map<String, Value> {
        // This schema is only inspected, not merged here: its problems are reported at its own location.
        let (flattened, problems) = (std::mem::take(&mut self.flattened), self.problems.len());
        let tags = self.tags_within(branch, 0);
        self.flattened = flattened;
        self.problems.truncate(problems);
        tags
    }

    fn tags_within(&mut self, branch: &Value, depth: usize) -> Map<String, Value> {
        let mut tags = Map::new();
        let Some(flat) = self.flat(branch, &mut BTreeSet::new()) else { return tags };
        for (name, property) in flat.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let values = self.flat(property, &mut BTreeSet::new()).and_then(|mut flat| flat.remove("enum"));
            tags.extend(values.map(|values| (name.clone(), values)));
        }
        // `oneOf: [{kind: [a]}, {kind: [b], more: [c]}]` ⇒ `kind: [a, b]`
        for key in ["oneOf", "anyOf"] {
            let Some(Value::Array(branches)) = flat.get(key).filter(|_| depth < MAX_DEPTH) else { continue };
            let within: Vec<_> = branches.iter().map(|branch| self.tags_within(branch, depth + 1)).collect();
            let Some((first, others)) = within.split_first() else { continue };
            for (name, values) in first {
                let mut values = values.as_array().cloned().unwrap_or_default();
                let others: Option<Vec<_>> = others.iter().map(|tags| tags.get(name)?.as_array()).collect();
                let Some(others) = others else { continue };
                others.into_iter().flatten().for_each(|value| {
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                });
                tags.entry(name.clone()).or_insert(Value::Array(values));
            }
        }
        tags
    }

    /// The values that map to a component, or else its name in the document.
    fn mapped(&self, name: &str, discriminator: &Value) -> Vec<String> {
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let mapped = mapping.into_iter().flatten().filter(|(_, to)| self.is_target(to, name));
        let values: Vec<String> = mapped.map(|(value, _)| value.clone()).collect();
        if values.is_empty() && discriminator.get(COMPLETE).is_none() {
            return vec![self.original(name)];
        }
        values
    }

    /// Whether a value of a mapping is that of a component.
    fn is_target(&self, to: &Value, name: &str) -> bool {
        let original = self.original(name);
        match to.as_str().and_then(named) {
            Some(to) => to == original,
            None => *to == original,
        }
    }

    /// The name of a component in the document.
    fn original(&self, name: &str) -> String {
        let origin = self.origins.of(&Pointer::of(["components", "schemas", name]));
        origin.last().unwrap_or(name).to_owned()
    }
}

/// Adds the values of a discriminator to the tags of a branch, as the first.
///
/// If a branch lists all values of the property, only the mapping says which of them are its own.
fn insert_tag(tags: &mut Map<String, Value>, property: &str, mapped: Vec<String>) {
    let declared = tags.shift_remove(property);
    let declared: &[Value] = declared.as_ref().and_then(Value::as_array).map_or(&[], Vec::as_slice);
    let both: Vec<Value> = declared.iter().filter(|value| mapped.contains(&as_key(value))).cloned().collect();
    let values = match (declared, both.as_slice()) {
        ([], _) => mapped.into_iter().map(Value::String).collect(),
        (declared, []) => declared.to_vec(),
        (_, both) => both.to_vec(),
    };
    tags.shift_insert(0, property.to_owned(), Value::Array(values));
}

/// How deep nested unions are inspected.
const MAX_DEPTH: usize = 3;

/// Numbers equal names, except the first: `[String, Object, Object]` ⇒ `[String, Object, Object2]`
pub(super) fn number(variants: &mut [&mut Value]) {
    let mut taken = BTreeSet::new();
    for variant in variants {
        let name = variant["name"].as_str().unwrap_or_default().to_owned();
        let name = free_name(name, "", |name| taken.contains(name));
        variant["name"] = name.clone().into();
        taken.insert(name);
    }
}

/// The key of a mapping for a value: keys are strings, whatever the type of the property.
fn as_key(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The kind of a branch's values.
pub(super) fn kind(branch: &Value) -> &'static str {
    match branch.get("type").and_then(Value::as_str) {
        Some("string") if branch.get("enum").is_some() => "Enum",
        Some("string") => "String",
        Some("integer") => "Integer",
        Some("number") => "Number",
        Some("boolean") => "Boolean",
        Some("array") => "Array",
        Some("object") => "Object",
        _ if branch.get("oneOf").is_some() => "Union",
        _ if branch.get("properties").is_some() => "Object",
        _ => "Value",
    }
}

/// Whether a name can be that of a type or a variant without a change.
fn is_type_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase()) && !matches!(name, "Self" | "Unknown")
}

/// The component that a branch refers to.
fn target(branch: &Value) -> Option<Cow<'_, str>> {
    referred(branch.as_object().and_then(only_member).unwrap_or(branch))
}

/// The variants of a union that has been conformed before.
pub(super) fn take_variants(schema: &mut Schema) -> Vec<Value> {
    match schema.remove(VARIANTS) {
        Some(Value::Array(variants)) => variants,
        _ => Vec::new(),
    }
}
