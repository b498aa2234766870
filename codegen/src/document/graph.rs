//! Finds which components refer to which, and which are reached. References must have been resolved.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::pointer::Pointer;
use super::references::{referred, target};
use super::resolve::{DEFAULT_MAPPING, MAPPING};
use super::walk::{self, Kind};

/// A component: its section and its name.
pub type Component = (String, String);

/// The component schemas that an object of this kind refers to.
pub fn schemas_of(value: &Value, kind: Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk::walk(value, kind, &mut Pointer::root(), &mut |_, _, value| {
        found.extend(referred(value).map(Cow::into_owned));
    });
    found
}

/// Which component schemas each component schema refers to.
pub fn schema_uses(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let schemas = schemas.into_iter().flatten();
    schemas.map(|(name, schema)| (name.clone(), schemas_of(schema, Kind::Schema))).collect()
}

/// `A` with `A: {B}, B: {C}` ⇒ `{A, B, C}`: everything that is reached from some names, and these.
pub fn reached<'n>(
    from: impl IntoIterator<Item = &'n String>,
    uses: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&String> = from.into_iter().collect();
    while let Some(name) = waiting.pop() {
        if reached.insert(name.clone()) {
            waiting.extend(uses.get(name).into_iter().flatten());
        }
    }
    reached
}

/// The number of the circle that each name is in: two have the same one if each reaches the other (Kosaraju's algorithm).
pub(crate) fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<&str, usize> {
    let mut used_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, used) in uses {
        used.iter().for_each(|used| used_by.entry(used).or_default().push(name));
    }
    // Each name after all that it uses, but for circles.
    let (mut seen, mut finished) = (BTreeSet::new(), Vec::new());
    for start in uses.keys().map(String::as_str) {
        let mut open = vec![(start, None)];
        while let Some((name, rest)) = open.pop() {
            let mut rest = match rest {
                Some(rest) => rest,
                None if !seen.insert(name) => continue,
                None => uses.get(name).into_iter().flatten(),
            };
            match rest.next() {
                Some(used) => {
                    open.push((name, Some(rest)));
                    open.push((used, None));
                }
                None => finished.push(name),
            }
        }
    }
    let mut circles = BTreeMap::new();
    for (circle, start) in finished.into_iter().rev().enumerate() {
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            if !circles.contains_key(name) {
                circles.insert(name, circle);
                open.extend(used_by.get(name).into_iter().flatten());
            }
        }
    }
    circles
}

/// The components that are reached from outside the components, and the targets of dangling references.
pub fn components_reached(document: &Value) -> (BTreeSet<Component>, Vec<Pointer>) {
    let (mut reached, mut dangling) = (BTreeSet::new(), Vec::new());
    let mut waiting = Vec::new();
    let Some(root) = document.as_object() else { return (reached, dangling) };
    let without: Map<String, Value> = root
        .iter()
        .filter(|(key, _)| *key != "components")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    waiting.extend(targets(&Value::Object(without), Kind::Document));
    let mut elsewhere = BTreeSet::new();
    let extending = extending(document.pointer("/components/schemas").and_then(Value::as_object));
    while let Some((pointer, kind)) = waiting.pop() {
        let Some(found) = pointer.resolve(document) else {
            dangling.push(pointer);
            continue;
        };
        match pointer.in_component() {
            Some((section, name)) => {
                if reached.insert((section.to_owned(), name.to_owned())) {
                    // The whole component is needed, even if the reference points into it.
                    let kind = Kind::of_section(section).unwrap_or(kind);
                    let at = Pointer::of(["components", section, name]);
                    if let Some(whole) = at.resolve(document) {
                        waiting.extend(targets(whole, kind));
                        if section == "schemas" && is_unmapped_base(whole) {
                            let children = extending.get(name).into_iter().flatten();
                            let children =
                                children.map(|child| Pointer::of(["components", "schemas", child]));
                            waiting.extend(children.map(|child| (child, Kind::Schema)));
                        }
                    }
                }
            }
            None => {
                if elsewhere.insert(pointer) {
                    waiting.extend(targets(found, kind));
                }
            }
        }
    }
    (reached, dangling)
}

/// The targets in an object: of references, of the mapping of a discriminator, and of security requirements.
fn targets(value: &Value, kind: Kind) -> Vec<(Pointer, Kind)> {
    let mut found = Vec::new();
    walk::walk(value, kind, &mut Pointer::root(), &mut |kind, _, value| {
        found.extend(target(value).map(|target| (target, kind)));
        match kind {
            Kind::Schema => found.extend(mapping_targets(value).map(|target| (target, Kind::Schema))),
            Kind::Document | Kind::Operation => {
                let schemes = security_schemes(value);
                found.extend(schemes.map(|scheme| (scheme, Kind::SecurityScheme)));
            }
            _ => {}
        }
    });
    found
}

/// The component schemas that extend each component schema by `allOf`.
pub fn extending(schemas: Option<&Map<String, Value>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut extending: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in schemas.into_iter().flatten() {
        for base in schema.get("allOf").and_then(Value::as_array).into_iter().flatten().filter_map(referred) {
            extending.entry(base.into_owned()).or_default().insert(name.clone());
        }
    }
    extending
}

/// Whether the values of a discriminator are the names of the schemas that extend this one (OpenAPI 3.1.0 §4.8.25).
fn is_unmapped_base(schema: &Value) -> bool {
    schema.get("discriminator").is_some_and(|own| own.is_object() && own.get("mapping").is_none())
        && ["oneOf", "anyOf"].iter().all(|key| schema.get(key).is_none())
}

/// The targets of the mapping of a schema's discriminator, and that of all other values.
pub(crate) fn mapping_targets(schema: &Value) -> impl Iterator<Item = Pointer> {
    let discriminator = schema.get("discriminator");
    let mapping = discriminator.and_then(|own| own.get(MAPPING)?.as_object()).into_iter().flatten();
    let all = mapping.map(|(_, target)| target).chain(discriminator.and_then(|own| own.get(DEFAULT_MAPPING)));
    all.filter_map(|target| Some(mapping_target(target.as_str()?)))
}

/// As [`mapping_targets`], as they are written.
pub(crate) fn mapping_targets_mut(schema: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    let discriminator = schema.get_mut("discriminator").and_then(Value::as_object_mut);
    discriminator.into_iter().flatten().flat_map(|(key, value)| match (key.as_str(), value) {
        (MAPPING, Value::Object(mapping)) => mapping.values_mut().collect(),
        (DEFAULT_MAPPING, target) => vec![target],
        _ => Vec::new(),
    })
}

/// The target of a value in a mapping, which is the name of a component or a reference (OpenAPI 3.1.0 §4.8.25).
pub fn mapping_target(target: &str) -> Pointer {
    Pointer::from_reference(target).unwrap_or_else(|| Pointer::of(["components", "schemas", target]))
}

/// The security schemes that the requirements of a document or an operation name.
fn security_schemes(value: &Value) -> impl Iterator<Item = Pointer> {
    let requirements = value.get("security").and_then(Value::as_array).into_iter().flatten();
    let names = requirements.filter_map(Value::as_object).flat_map(Map::keys);
    // In 3.2 also by URI, for which `resolve` writes the name.
    names.map(|name| Pointer::of(["components", "securitySchemes", name]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_reach_each_other_are_in_one_circle() {
        let uses =
            [("a", "b d"), ("b", "c"), ("c", "b e"), ("d", "d"), ("e", ""), ("f", "a g"), ("g", "f missing")];
        let uses =
            uses.map(|(name, used)| (name.to_owned(), used.split_whitespace().map(str::to_owned).collect()));
        let uses = BTreeMap::from(uses);
        let circles = circles(&uses);
        let is_one = |one: &str, other: &str| circles[one] == circles[other];
        assert!(is_one("b", "c") && is_one("f", "g"));
        for (one, other) in [("a", "b"), ("b", "e"), ("d", "a"), ("f", "a"), ("g", "missing"), ("e", "d")] {
            assert!(!is_one(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_extends_a_base_without_a_mapping_is_reached() {
        let reached = |discriminator: Value| {
            let document = json!({
                "paths": { "/a": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Base" } } } } } } } },
                "components": { "schemas": {
                    "Base": { "type": "object", "discriminator": discriminator },
                    "Child": { "allOf": [{ "$ref": "#/components/schemas/Base" }] },
                    "Mapped": { "allOf": [{ "$ref": "#/components/schemas/Base" }] },
                } }
            });
            components_reached(&document).0.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(reached(json!({ "propertyName": "kind" })), ["Base", "Child", "Mapped"]);
        let mapping = json!({ "propertyName": "kind", "mapping": { "m": "Mapped" } });
        assert_eq!(reached(mapping), ["Base", "Mapped"]);
        assert_eq!(reached(Value::Null), ["Base"]);
    }
}
