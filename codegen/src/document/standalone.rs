//! Copies a schema out of its document, with everything that it refers to.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::keywords::{Role, keyword};
use super::pointer::Pointer;
use super::references::{REF, target};
use super::walk::{self, Kind};

/// `{$ref: '#/components/schemas/A'}` ⇒ `{$ref: '#/$defs/0', $defs: {0: …A}}`
///
/// For validators, which know schemas only. References must have been resolved; dangling ones and identifiers are removed.
pub fn standalone(document: &Value, at: &Pointer) -> Value {
    let mut names: BTreeMap<Pointer, usize> = BTreeMap::new();
    let mut waiting = vec![at.clone()];
    let mut definitions = Map::new();
    names.insert(at.clone(), 0);
    while let Some(pointer) = waiting.pop() {
        let mut schema = pointer.resolve(document).cloned().unwrap_or(Value::Bool(true));
        walk::walk_mut(&mut schema, Kind::Schema, &mut Pointer::root(), &mut |_, _, value| {
            let target = target(value);
            strip(value);
            let Some(target) = target else { return };
            let next = names.len();
            let number = *names.entry(target.clone()).or_insert(next);
            if number == next {
                waiting.push(target);
            }
            value[REF] = format!("#/$defs/{number}").into();
        });
        let number = names.get(&pointer).copied().unwrap_or_default();
        definitions.insert(number.to_string(), schema);
    }
    json!({ REF: "#/$defs/0", "$defs": definitions })
}

/// Removes the references and identifiers of a schema.
fn strip(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|key, _| {
            keyword(key).is_none_or(|keyword| !matches!(keyword.role, Role::Identifier | Role::Reference))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::resolve::resolve;

    #[test]
    fn a_schema_in_one_piece_has_no_reference_that_leads_out_of_it() {
        let schemas = json!({
            "A": {
                "$id": "a", "$dynamicAnchor": "n", "title": "a",
                "items": { "$dynamicRef": "#n", "title": "n" },
                "contains": { "$ref": "https://x.org/b", "title": "x" },
                "not": { "$ref": "#/properties/c" },
                "properties": { "c": { "$recursiveRef": "#" }, "enum": { "enum": [{ "$ref": "c" }] } },
            },
            "B": { "$id": "b", "$dynamicAnchor": "n" },
        });
        let mut document = json!({ "openapi": "3.1.0", "components": { "schemas": schemas } });
        resolve(&mut document);
        let expected = json!({ "$ref": "#/$defs/0", "$defs": {
            "0": {
                "title": "a", "items": { "title": "n" }, "contains": { "title": "x" }, "not": { "$ref": "#/$defs/1" },
                "properties": { "c": { "$ref": "#/$defs/0" }, "enum": { "enum": [{ "$ref": "c" }] } },
            },
            "1": { "$ref": "#/$defs/0" },
        } });
        assert_eq!(standalone(&document, &Pointer::of(["components", "schemas", "A"])), expected);
    }
}
