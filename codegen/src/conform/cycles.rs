//! Schemas that consist of themselves, on which typify overflows the stack.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::Pointer;
use crate::document::graph::reached;
use crate::document::keywords::is_composition;
use crate::document::references::referred;
use crate::problem::Problem;

/// `A: {allOf: [{$ref: A}]}` is an error; `A: {properties: {a: {$ref: A}}}` is not.
///
/// Only an object or an array in between ends the recursion.
pub(super) fn check(document: &Value, problems: &mut Vec<Problem>) {
    let Some(Value::Object(schemas)) = document.pointer("/components/schemas") else { return };
    let mut made_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in schemas {
        collect(schema, made_of.entry(name.clone()).or_default());
    }
    for (name, parts) in &made_of {
        if reached(parts, &made_of).contains(name) {
            let at = Pointer::of(["components", "schemas", name]);
            problems.push(Problem::error(
                &at,
                "the schema contains itself; put an object or an array in between",
            ));
        }
    }
}

/// The components that apply to the same instance as `schema` does.
fn collect(schema: &Value, parts: &mut BTreeSet<String>) {
    parts.extend(referred(schema).map(Cow::into_owned));
    for (_, members) in schema.as_object().into_iter().flatten().filter(|(key, _)| is_composition(key)) {
        members.as_array().into_iter().flatten().for_each(|member| collect(member, parts));
    }
}
