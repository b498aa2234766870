//! Lowers one schema from JSON Schema 2020-12 to the dialect of OpenAPI 3.0.3. Its subschemas are lowered first.

use serde_json::{Value, json};

use super::{conditions, constraints, types};
use crate::document::keywords::{self, Role, applies_to_parts, is_composition};
use crate::document::types::quote_null;
use crate::document::{Pointer, Schema, is_extension, references};
use crate::problem::Problem;

/// `true` ⇒ `{}`; `{not: {}}` ⇒ `false`, which the schema around it leaves out; of an object each keyword
///
/// 3.0 has no boolean schemas, and the order matters: `const` becomes an `enum`, which [`types::values`] then types.
pub(super) fn lower(at: &Pointer, schema: &mut Value, skip: bool, problems: &mut Vec<Problem>) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        // The schema above leaves it out.
        Value::Bool(false) => {}
        // TypeSpec writes `false` like this.
        Value::Object(map) if map.get("not").is_some_and(|not| *not == json!({})) => {
            *schema = Value::Bool(false);
        }
        Value::Object(map) => {
            if quote_null(map) {
                let message = "`type` is null; in quotes it would be the type `null`";
                problems.push(Problem::relaxed(&at.join("type"), message));
            }
            if let Some(unknown) = types::unknown(map) {
                let message = format!(
                    "unknown type `{unknown}`; expected null, boolean, integer, number, string, array or object"
                );
                problems.push(Problem::error(&at.join("type"), message));
                return;
            }
            first_example(map);
            types::constant(map);
            constraints::lower(at, map, problems);
            if types::has_null_that_its_enum_lacks(map) {
                let message = "`type` allows null and `enum` does not list it; null is accepted";
                problems.push(Problem::relaxed(&at.join("enum"), message));
            }
            types::null_branches(map);
            types::types(map);
            types::values(map);
            conditions::declare(map);
            drop_unsupported(at, map, problems);
            references(at, map, problems);
        }
        _ if skip => {
            problems.push(Problem::relaxed(at, "not a schema; any value is accepted"));
            *schema = json!({});
        }
        _ => problems.push(Problem::error(at, "a schema must be an object or a boolean")),
    }
}

/// `{examples: [1, 2]}` ⇒ `{example: 1}`
///
/// 3.0 has one example.
fn first_example(schema: &mut Schema) {
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(first);
    }
}

/// `{type: string, if: …, $comment: c}` ⇒ `{type: string}`
///
/// Drops every keyword that 3.0.3 lacks, after the others have replaced what they could. That only ever allows more instances.
/// JSON Schema ignores unknown keywords (2020-12 core §4.3.1); each one is reported.
fn drop_unsupported(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    schema.retain(|name, _| {
        let Some(keyword) = keywords::keyword(name) else {
            if !is_extension(name) {
                let message = format!("`{name}` is not a keyword of JSON Schema 2020-12");
                problems.push(Problem::relaxed(&at.join(name), message));
            }
            return is_extension(name);
        };
        // 3.0 has `not`, too, but no Rust type expresses it; it has no tuples, but Rust has.
        let is_kept = keyword.is_in_3_0() && name != "not" || name == "prefixItems";
        // Identifiers and definitions need no report: every reference is to a component by now.
        if !is_kept
            && matches!(keyword.role, Role::Reference | Role::InPlace | Role::ToParts | Role::Assertion)
        {
            constraints::relaxed(at, name, problems);
        }
        is_kept
    });
}

/// `{$ref: R, type: object, description: d}` ⇒ `{allOf: [{$ref: R}, {type: object}], description: d}`
///
/// 3.0 ignores siblings of a `$ref`. Those that typify could make no type of are reported instead, so that the reference stays
/// the type.
fn references(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    if schema.len() < 2 {
        return;
    }
    let Some(target) = references::target_of(schema) else { return };
    references::take(schema);
    let mut all_of = vec![references::to(&target)];
    let (mut siblings, annotations): (Schema, Schema) =
        std::mem::take(schema).into_iter().partition(|(key, _)| !is_annotation(key));
    if let Some(Value::Array(members)) = siblings.remove("allOf") {
        all_of.extend(members);
    }
    let makes_a_type = siblings.keys().any(|key| {
        matches!(key.as_str(), "type" | "enum" | "required") || is_composition(key) || applies_to_parts(key)
    });
    if makes_a_type {
        all_of.push(Value::Object(siblings));
    } else if !siblings.is_empty() {
        let keys = siblings.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        problems.push(Problem::relaxed(at, format!("{keys} beside a $ref: not checked")));
    }
    *schema = annotations;
    schema.insert("allOf".to_owned(), Value::Array(all_of));
}

/// `nullable` stays next to the `allOf`, as annotations do: it applies to the whole.
fn is_annotation(key: &str) -> bool {
    keywords::is_annotation(key) || key == "nullable"
}
