//! Turns lists with one schema for each item into components of which refining makes tuples; 3.0 and the generator have none.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::constraints::has_type;
use super::only_member;
use crate::document::graph::reached;
use crate::document::keywords::is_annotation;
use crate::document::references::referred;
use crate::document::{Kind, Pointer, walk};
use crate::plan::{Plan, TUPLES};
use crate::problem::Problem;
use crate::settings::Settings;

/// `A: {type: array, prefixItems: [B, C]}` ⇒ `A: {type: object, properties: {item0: B, item1: C}, required: [item0, item1]}`;
/// `{$ref: A}` ⇒ `{type: string, x-rust-type: {path: 'tuples::A'}}`
///
/// The generator makes a struct of the one, and types of its own of the items; the other is where refining puts the tuple. A
/// tuple that would contain itself by value is a list of any values.
pub(super) fn conform(
    document: &mut Value,
    settings: &Settings,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    let Some(Value::Object(schemas)) = document.pointer("/components/schemas") else { return };
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in schemas {
        by_value(schema, held.entry(name.clone()).or_default());
    }
    let is_tuple = |schema: &Value| schema.get("prefixItems").is_some();
    let contains_itself =
        |name: &String| held.get(name).is_some_and(|parts| reached(parts, &held).contains(name));
    plan.tuples = schemas
        .iter()
        .filter(|(_, schema)| is_tuple(schema))
        .map(|(name, _)| name.clone())
        .filter(|name| !contains_itself(name))
        .collect();
    walk::each_mut(document, &mut |kind, at, schema| {
        if kind != Kind::Schema {
            return;
        }
        if let Some(name) = referred(schema).filter(|name| plan.tuples.contains(&**name)) {
            let name = name.into_owned();
            *schema = stand_in(&name, Map::new(), settings);
        } else if let Some(map) = schema.as_object()
            && map.get("nullable") != Some(&Value::Bool(true))
            && let Some(name) =
                only_member(map).and_then(referred).filter(|name| plan.tuples.contains(&**name))
        {
            let annotations = map.iter().filter(|(key, _)| is_annotation(key));
            let annotations = annotations.map(|(key, value)| (key.clone(), value.clone())).collect();
            *schema = stand_in(&name, annotations, settings);
        }
        if let Some(map) = schema.as_object_mut()
            && let Some(Value::Array(items)) = map.remove("prefixItems")
        {
            items_as_properties(at, map, items, plan, problems);
        }
    });
}

/// The schema of which the generator makes a path that stands for a tuple.
fn stand_in(name: &str, annotations: Map<String, Value>, settings: &Settings) -> Value {
    let mut schema = annotations;
    schema.insert("type".to_owned(), "string".into());
    has_type(&mut schema, settings.crate_name(), &format!("{}::{TUPLES}::{name}", settings.crate_name()));
    Value::Object(schema)
}

fn items_as_properties(
    at: &Pointer,
    schema: &mut Map<String, Value>,
    items: Vec<Value>,
    plan: &Plan,
    problems: &mut Vec<Problem>,
) {
    for key in ["items", "minItems", "maxItems", "uniqueItems"] {
        schema.remove(key);
    }
    let is_tuple = at.is_component() && at.last().is_some_and(|name| plan.tuples.contains(name));
    if !is_tuple {
        schema.insert("items".to_owned(), json!({}));
        let message = "a tuple that contains itself is not supported; it is a list of any values";
        problems.push(Problem::relaxed(&at.join("prefixItems"), message));
        return;
    }
    schema.insert("type".to_owned(), "object".into());
    let names: Vec<String> = (0..items.len()).map(|index| format!("item{index}")).collect();
    schema.insert("required".to_owned(), json!(names));
    schema.insert("properties".to_owned(), Value::Object(names.into_iter().zip(items).collect()));
}

/// The components that a value of the schema contains without a list or a map in between.
fn by_value(schema: &Value, held: &mut BTreeSet<String>) {
    held.extend(referred(schema).map(std::borrow::Cow::into_owned));
    for (key, part) in schema.as_object().into_iter().flatten() {
        match (key.as_str(), part) {
            ("properties", Value::Object(parts)) => parts.values().for_each(|part| by_value(part, held)),
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter().for_each(|part| by_value(part, held));
            }
            _ => {}
        }
    }
}
