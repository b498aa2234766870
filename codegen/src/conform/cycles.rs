//! Schemas that consist of themselves, on which typify overflows the stack.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::keywords::is_composition;
use crate::document::references::referred;
use crate::document::{Pointer, Schema};
use crate::problem::Problem;

/// `A: {allOf: [{$ref: A}]}` is an error; `A: {properties: {a: {$ref: A}}}` is not.
///
/// Only an object or an array in between ends the recursion. The error is at the reference that closes the cycle, so that only
/// that one has to be left out.
pub(super) fn check(document: &Value, problems: &mut Vec<Problem>) {
    let Some(Value::Object(schemas)) = document.pointer("/components/schemas") else { return };
    let mut search = Search { schemas, is_open: BTreeMap::new(), problems };
    schemas.keys().for_each(|name| search.component(name));
}

/// A search of all components in depth.
struct Search<'a> {
    schemas: &'a Schema,
    /// The components that were visited, and whether the search is inside them.
    is_open: BTreeMap<&'a str, bool>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Search<'a> {
    fn component(&mut self, name: &str) {
        if let Some((name, schema)) = self.schemas.get_key_value(name)
            && !self.is_open.contains_key(name.as_str())
        {
            self.is_open.insert(name, true);
            self.schema(&Pointer::of(["components", "schemas", name]), schema);
            self.is_open.insert(name, false);
        }
    }

    /// Follows the references that apply to the same instance as `schema` does.
    fn schema(&mut self, at: &Pointer, schema: &'a Value) {
        if let Some(name) = referred(schema) {
            if self.is_open.get(&*name) == Some(&true) {
                let message = "the schema contains itself; put an object or an array in between";
                self.problems.push(Problem::error(at, message));
            } else {
                self.component(&name);
            }
        }
        for (key, members) in schema.as_object().into_iter().flatten().filter(|(key, _)| is_composition(key))
        {
            for (index, member) in members.as_array().into_iter().flatten().enumerate() {
                self.schema(&at.join(key).join(&index.to_string()), member);
            }
        }
    }
}
