//! Two names that become one Rust identifier, and names that generated methods have already: a stand-in for one of them.
//! Knows how identifiers are made; must not know how the true name is put back.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use super::names::identifier;
use crate::plan::{Plan, StandIn};
use crate::position;

/// The methods of an operation's builder, and the variables of its `send` that refining looks for.
const RESERVED: [&str; 8] = ["body", "body_map", "client", "header_map", "info", "new", "request", "send"];

/// The field that typify gives the properties that a schema does not name.
const OTHERS: &str = "extra";

/// Gives stand-ins to properties of components and parameters of operations.
pub(super) fn conform(document: &mut Value, plan: &mut Plan) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        plan.properties.extend(properties(name, schema));
    }
    position::each_operation_mut(document, &mut |_, operation| {
        let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.method == method) else {
            return;
        };
        let mut taken = BTreeSet::new();
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(original) = parameter.get("name").and_then(Value::as_str).map(str::to_owned) else {
                continue;
            };
            if let Some(name) = stand_in(&original, &RESERVED, "parameter", &mut taken) {
                parameter["name"] = name.as_str().into();
                planned.parameters.push(StandIn { of: method.clone(), name, original });
            }
        }
    });
    rename_in_paths(document, plan);
}

/// Replaces the names of properties that are the identifier of an earlier one.
fn properties(component: &str, schema: &mut Value) -> Vec<StandIn> {
    let mut found: Vec<StandIn> = Vec::new();
    let is_open = schema.get("additionalProperties").is_some_and(|others| *others != false);
    let reserved: &[&str] = if is_open { &[OTHERS] } else { &[] };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return found };
    let mut taken = BTreeSet::new();
    let renamed: Map<String, Value> = std::mem::take(properties)
        .into_iter()
        .map(|(original, property)| match stand_in(&original, reserved, "property", &mut taken) {
            None => (original, property),
            Some(name) => {
                found.push(StandIn { of: component.to_owned(), name: name.clone(), original });
                (name, property)
            }
        })
        .collect();
    *properties = renamed;
    for required in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(stand_in) = found.iter().find(|stand_in| *required == stand_in.original.as_str()) {
            *required = stand_in.name.as_str().into();
        }
    }
    found
}

/// Another name, where the identifier of this one is reserved or taken, or where none can be made of it.
fn stand_in(original: &str, reserved: &[&str], what: &str, taken: &mut BTreeSet<String>) -> Option<String> {
    let snake = snake_case(original);
    let is_reserved = reserved.contains(&snake.as_str());
    if !snake.is_empty() && !is_reserved && taken.insert(snake.clone()) {
        return None;
    }
    let base = if snake.is_empty() { "unnamed" } else { &snake };
    let first = is_reserved.then(|| format!("{base}_{what}"));
    let mut candidates = first.into_iter().chain((2..).map(|number| format!("{base}_{number}")));
    candidates.find(|name| taken.insert(name.clone()))
}

/// `identifier(name).to_snake_case()`, which most names are already.
fn snake_case(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let has_edges = name.starts_with('_') || name.ends_with('_') || name.contains("__");
    if !has_edges && name.bytes().all(is_plain) { name.to_owned() } else { identifier(name).to_snake_case() }
}

/// The names of path parameters stand in the path as well.
fn rename_in_paths(document: &mut Value, plan: &Plan) {
    let stand_ins: Vec<&StandIn> =
        plan.operations.iter().flat_map(|operation| &operation.parameters).collect();
    if stand_ins.is_empty() {
        return;
    }
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    let renamed = std::mem::take(paths).into_iter().map(|(path, item)| {
        let ids: Vec<&str> = item
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, operation)| operation["operationId"].as_str())
            .collect();
        let of_this = stand_ins.iter().filter(|stand_in| ids.contains(&stand_in.of.as_str()));
        let path = of_this.fold(path, |path, stand_in| {
            path.replace(&format!("{{{}}}", stand_in.original), &format!("{{{}}}", stand_in.name))
        });
        (path, item)
    });
    let renamed: Map<String, Value> = renamed.collect();
    *paths = renamed;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_a_name_already_is_one_for_heck_too(name in "[a-z_]?[A-Za-z0-9_.é]{0,9}") {
            prop_assert_eq!(snake_case(&name), identifier(&name).to_snake_case());
        }
    }
}
