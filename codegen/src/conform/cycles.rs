//! Schemas that consist of themselves, on which typify overflows the stack.
//! Knows which keywords apply in place; must not know any others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::Pointer;
use crate::document::keywords::is_composition;
use crate::document::references::referred;
use crate::problem::Problem;

/// `A: {allOf: [{$ref: A}]}` is an error; `A: {properties: {a: {$ref: A}}}` is not.
///
/// Only an object or an array in between ends the recursion.
pub(super) fn check(document: &Value, problems: &mut Vec<Problem>) {
    let Some(Value::Object(schemas)) = document.pointer("/components/schemas") else { return };
    let made_of: BTreeMap<&str, Vec<String>> = schemas
        .iter()
        .map(|(name, schema)| {
            let mut parts = Vec::new();
            collect(schema, &mut parts);
            (name.as_str(), parts)
        })
        .collect();
    for &name in made_of.keys() {
        let (mut reached, mut open) = (BTreeSet::new(), made_of[name].clone());
        while let Some(part) = open.pop() {
            if let Some(parts) = made_of.get(part.as_str()).filter(|_| reached.insert(part.clone())) {
                open.extend(parts.iter().cloned());
            }
        }
        if reached.contains(name) {
            let at = Pointer::of(["components", "schemas", name]);
            problems.push(Problem::error(
                &at,
                "the schema is made of itself; put an object or a list in between",
            ));
        }
    }
}

/// The components that apply to the same instance as `schema` does.
fn collect(schema: &Value, parts: &mut Vec<String>) {
    parts.extend(referred(schema).map(Cow::into_owned));
    for (_, members) in schema.as_object().into_iter().flatten().filter(|(key, _)| is_composition(key)) {
        members.as_array().into_iter().flatten().for_each(|member| collect(member, parts));
    }
}
