//! Puts decoded components in place of those of the document, which others still refer to as copies.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Moves;
use crate::document::graph::{mapping_target, mapping_targets, mapping_targets_mut};
use crate::document::references::referred;
use crate::document::{Kind, Pointer, references, walk};
use crate::free_name::free_name;

/// Follows the name of a component in references to what is decoded, until all others are known.
const DECODED: &str = "\u{0}";

/// The name of a decoded component in references, until [`replace`] has told it from the original.
pub(super) fn decoded_name(name: &str) -> String {
    format!("{name}{DECODED}")
}

/// Replaces components by those whose data is decoded, and refers to copies of the others where they are used elsewhere.
///
/// `{E: {oneOf: [A]}}` with `A` and `E` decoded, and `E` used elsewhere ⇒ `{E: {oneOf: [A]}, EText: {oneOf: [AText]}}`
pub(super) fn replace(document: &mut Value, decoded: BTreeMap<String, Value>, moves: &mut Moves) {
    let mut originals: BTreeMap<String, Value> = BTreeMap::new();
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in decoded {
            if let Some(place) = schemas.get_mut(&name) {
                originals.insert(name, std::mem::replace(place, schema));
            }
        }
    }
    let used = |kind: Kind, schema: &Value| {
        let names = if kind == Kind::Schema { names_in(schema) } else { Vec::new() };
        names.into_iter().filter(|name| originals.contains_key(name)).collect::<Vec<_>>()
    };
    let mut elsewhere: BTreeSet<String> = BTreeSet::new();
    walk::each(document, &mut |kind, _, value| elsewhere.extend(used(kind, value)));
    // A copy refers to copies.
    let mut waiting: Vec<String> = elsewhere.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        let Some(original) = originals.get(&name) else { continue };
        walk::walk(original, Kind::Schema, &mut Pointer::root(), &mut |kind, _, value| {
            waiting.extend(used(kind, value).into_iter().filter(|name| elsewhere.insert(name.clone())));
        });
    }
    let mut copies: BTreeMap<String, String> = BTreeMap::new();
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, original) in originals.into_iter().filter(|(name, _)| elsewhere.contains(name)) {
            let copy = free_name(format!("{name}Text"), "", |name| schemas.contains_key(name));
            schemas.insert(copy.clone(), original);
            let at = |name: &str| Pointer::of(["components", "schemas", name]);
            moves.0.insert(at(&copy), at(&name));
            copies.insert(name, copy);
        }
    }
    walk::each_mut(document, &mut |kind, _, value| {
        if kind == Kind::Schema {
            point(value, &copies);
        }
    });
}

/// The components that a schema refers to, by itself or in the mapping of its discriminator.
fn names_in(schema: &Value) -> Vec<String> {
    let mapped = mapping_targets(schema).filter_map(|at| at.component("schemas").map(str::to_owned));
    mapped.chain(referred(schema).map(Cow::into_owned)).collect()
}

/// Makes the references of a schema lead to the decoded components, or to the copies of the others.
fn point(schema: &mut Value, copies: &BTreeMap<String, String>) {
    let now = |name: &str| {
        let to = name.strip_suffix(DECODED).or_else(|| copies.get(name).map(String::as_str))?;
        Some(Pointer::of(["components", "schemas", to]))
    };
    if let Some(at) = referred(schema).and_then(|name| now(&name)) {
        references::point(schema, &at);
    }
    let Some(object) = schema.as_object_mut() else { return };
    keep_values(object, copies);
    for target in mapping_targets_mut(object) {
        let at = target.as_str().map(mapping_target);
        if let Some(at) = at.as_ref().and_then(|at| now(at.component("schemas")?)) {
            *target = at.to_reference().into();
        }
    }
}

/// `{oneOf: [A], discriminator: {propertyName: p}}` ⇒ `{oneOf: [A], discriminator: {propertyName: p, mapping: {A: A}}}`
///
/// Without a mapping, the value of a branch is the name of its component (OpenAPI 3.1.1 §4.8.25), and the copy has another name.
fn keep_values(schema: &mut Map<String, Value>, copies: &BTreeMap<String, String>) {
    let unions = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    let names: BTreeSet<String> = unions.flatten().filter_map(referred).map(Cow::into_owned).collect();
    let Some(Value::Object(discriminator)) = schema.get_mut("discriminator") else { return };
    let mapping = discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten();
    let mapped: BTreeSet<Pointer> = mapping.filter_map(|(_, to)| to.as_str().map(mapping_target)).collect();
    let unmapped = names.into_iter().filter(|name| {
        copies.contains_key(name) && !mapped.contains(&Pointer::of(["components", "schemas", name]))
    });
    for name in unmapped {
        let mapping = discriminator.entry("mapping").or_insert_with(|| json!({}));
        if let Some(mapping) = mapping.as_object_mut() {
            mapping.entry(name.clone()).or_insert_with(|| name.into());
        }
    }
}
