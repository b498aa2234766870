//! Turns lists with one schema for each item into components of which refining makes tuples; 3.0 and the generator have none.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::constraints::has_type;
use super::only_member;
use crate::document::graph::reached;
use crate::document::keywords::is_annotation;
use crate::document::references::referred;
use crate::document::{Kind, walk};
use crate::plan::{Plan, TUPLES, item_name};
use crate::settings::Settings;

/// `A: {type: array, prefixItems: [B, C]}` ⇒ `A: {type: object, properties: {item000: B, item001: C}, required: [item000, item001]}`;
/// `{$ref: A}` ⇒ `{type: string, x-rust-type: {path: 'tuples::A'}}`
///
/// The generator makes a struct of the one, and types of its own of the items; the other is where refining puts the tuple. An item that
/// contains the tuple by value is boxed: the generator does not see that.
pub(super) fn conform(document: &mut Value, settings: &Settings, plan: &mut Plan) {
    let Some(Value::Object(schemas)) = document.pointer("/components/schemas") else { return };
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in schemas {
        by_value(schema, held.entry(name.clone()).or_default());
    }
    for (name, schema) in schemas {
        let Some(items) = schema.get("prefixItems").and_then(Value::as_array) else { continue };
        plan.tuples.insert(name.clone());
        for (index, item) in items.iter().enumerate() {
            let mut parts = BTreeSet::new();
            by_value(item, &mut parts);
            if reached(&parts, &held).contains(name) {
                plan.boxed_items.insert((name.clone(), index));
            }
        }
    }
    walk::each_mut(document, &mut |kind, _, schema| {
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
            items_as_properties(map, items);
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

fn items_as_properties(schema: &mut Map<String, Value>, items: Vec<Value>) {
    for key in ["items", "minItems", "maxItems", "uniqueItems"] {
        schema.remove(key);
    }
    schema.insert("type".to_owned(), "object".into());
    let names: Vec<String> = (0..items.len()).map(item_name).collect();
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
            // typify makes a Rust array of it.
            ("items", part)
                if schema.get("minItems").is_some() && schema.get("minItems") == schema.get("maxItems") =>
            {
                by_value(part, held);
            }
            _ => {}
        }
    }
}
