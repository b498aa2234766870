//! Which components a document needs: those that its operations reach.
//! Knows what refers to components; must not know which operations there are.

use std::collections::BTreeSet;

use relay_rest_codegen::Pointer;
use serde_json::{Map, Value};

/// The components that are reached, by section and name, from all that is not a component.
pub(crate) fn reached(document: &Value) -> BTreeSet<(String, String)> {
    reach(document).0
}

/// The components that are reached, and the references that lead nowhere.
pub(super) fn reach(document: &Value) -> (BTreeSet<(String, String)>, Vec<Pointer>) {
    let (mut reached, mut dangling) = (BTreeSet::new(), Vec::new());
    let mut waiting = Vec::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        match key.as_str() {
            "components" => {}
            "security" => schemes(value, &mut waiting),
            _ => references(value, &mut waiting),
        }
    }
    while let Some(pointer) = waiting.pop() {
        let Some(target) = pointer.resolve(document) else {
            dangling.push(pointer);
            continue;
        };
        let component = pointer.in_component().map(|(section, name)| (section.to_owned(), name.to_owned()));
        if reached.insert(component.unwrap_or_default()) {
            // All of the component, wherever in it the reference leads.
            let at = Pointer::of(pointer.tokens().into_iter().take(3));
            references(at.resolve(document).unwrap_or(target), &mut waiting);
        }
    }
    (reached, dangling)
}

/// What a value refers to in the same document: by `$ref`, by the mapping of a discriminator, by the names of security schemes.
fn references(value: &Value, found: &mut Vec<Pointer>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).and_then(Pointer::from_reference));
            let mapping =
                map.get("discriminator").and_then(|discriminator| discriminator.get("mapping")?.as_object());
            for target in mapping.into_iter().flat_map(Map::values).filter_map(Value::as_str) {
                // A mapping names a schema or refers to it (OpenAPI 3.1.0 §4.8.25).
                let named = || Pointer::of(["components", "schemas", target]);
                found.push(Pointer::from_reference(target).unwrap_or_else(named));
            }
            for (key, value) in map {
                if key == "security" {
                    schemes(value, found);
                }
                references(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The security schemes that a list of requirements names.
fn schemes(requirements: &Value, found: &mut Vec<Pointer>) {
    let names =
        requirements.as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(Map::keys);
    found.extend(names.map(|name| Pointer::of(["components", "securitySchemes", name])));
}
