//! Lowers `type`, `const`, `enum` and the three ways in which 3.1 writes `null`.

use serde_json::{Value, json};

use crate::document::keywords::{is_only_null, keyword};
use crate::document::references::is_reference;
use crate::document::{Schema, Types, is_documentation};

/// Whether a keyword applies to one of these types, but not to all types.
fn is_about(name: &str, types: Types) -> bool {
    keyword(name).is_some_and(|keyword| keyword.types != Types::ALL && keyword.types.meets(types))
}

/// The name in `type` that JSON Schema 2020-12 does not define.
pub(super) fn unknown(schema: &Schema) -> Option<String> {
    let is_known = |kind: &Value| kind.as_str().is_some_and(|kind| Types::named(kind).is_some());
    let unknown = match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().find(|kind| !is_known(kind))?,
        kind if is_known(kind) => return None,
        kind => kind,
    };
    Some(unknown.as_str().map_or_else(|| unknown.to_string(), str::to_owned))
}

/// Whether `null` is in `type` and not in `enum`.
pub(super) fn has_null_that_its_enum_lacks(schema: &Schema) -> bool {
    let has =
        |key: &str, null: &Value| schema.get(key).and_then(Value::as_array).map(|list| list.contains(null));
    has("type", &json!("null")) == Some(true) && has("enum", &Value::Null) == Some(false)
}

/// `{const: 1}` ⇒ `{enum: [1]}`
///
/// 3.0 has no `const`.
pub(super) fn constant(schema: &mut Schema) {
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
}

/// `{anyOf: [X, {type: 'null'}]}` ⇒ `{…X, nullable: true}`;
/// `{type: T, anyOf: [X, {type: 'null'}]}` ⇒ `{type: T, allOf: [{allOf: [X], nullable: true}]}`
///
/// 3.0 has no type `null`. In a schema with a `type`, `nullable` would apply to that type, so the branch keeps it.
pub(super) fn null_branches(schema: &mut Schema) {
    for union in ["anyOf", "oneOf"] {
        let has_type = schema.contains_key("type") || schema.contains_key("enum");
        let Some(Value::Array(branches)) = schema.get_mut(union) else { continue };
        let before = branches.len();
        branches.retain(|branch| !is_null(branch));
        let had_null = branches.len() != before;
        if branches.is_empty() {
            schema.remove(union);
            if has_type {
                also(schema, json!({ "enum": [null] }));
            } else {
                schema.insert("enum".to_owned(), json!([null]));
            }
            continue;
        }
        if branches.len() == 1
            && let Some(only) = branches.pop()
        {
            schema.remove(union);
            if has_type && had_null {
                also(schema, json!({ "allOf": [only], "nullable": true }));
            } else {
                merge_only_branch(schema, only);
            }
        } else if has_type && had_null {
            branches.push(json!({ "enum": [null] }));
        }
        if had_null && !has_type {
            schema.insert("nullable".to_owned(), true.into());
        }
    }
}

/// Adds a member to `allOf`.
fn also(schema: &mut Schema, member: Value) {
    match schema.get_mut("allOf").and_then(Value::as_array_mut) {
        Some(members) => members.push(member),
        None => {
            schema.insert("allOf".to_owned(), json!([member]));
        }
    }
}

/// `{description: d, anyOf: [{type: T}]}` ⇒ `{description: d, type: T}`; `{type: T, anyOf: [{type: U}]}` ⇒ `{type: T, allOf: [{type: U}]}`
///
/// A union of one branch needs no type of its own. Keywords that the schema has already would be lost, so these stay apart.
fn merge_only_branch(schema: &mut Schema, branch: Value) {
    let clashes =
        |branch: &Schema| branch.keys().any(|key| !is_documentation(key) && schema.contains_key(key));
    // Merged into a nullable schema, the members of the `allOf` of a branch with a type would have to allow null as well.
    let keeps_together = |branch: &Schema| {
        branch.contains_key("allOf") && (branch.contains_key("type") || branch.contains_key("enum"))
    };
    match branch {
        Value::Object(branch) if !is_reference(&branch) && !keeps_together(&branch) && !clashes(&branch) => {
            branch.into_iter().for_each(|(key, value)| {
                schema.entry(key).or_insert(value);
            });
        }
        branch => also(schema, branch),
    }
}

/// Whether a schema is `{enum: [null]}`, which is what [`types`] makes of `{type: 'null'}`.
fn is_null(schema: &Value) -> bool {
    schema.as_object().is_some_and(is_only_null)
}

/// `{type: [T, 'null']}` ⇒ `{type: T, nullable: true}`; `{type: [T, U]}` ⇒ `{oneOf: [{type: T}, {type: U}]}`;
/// `{type: 'null'}` ⇒ `{enum: [null]}`
///
/// OpenAPI 3.0 allows one `type`, which cannot be `null`.
pub(super) fn types(schema: &mut Schema) {
    let mut kinds: Vec<String> = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(kind)) if kind == "null" => vec![kind.clone()],
        // As in 3.0.
        _ => return,
    };
    if kinds.len() > 1 && kinds.iter().any(|kind| kind == "null") {
        kinds.retain(|kind| kind != "null");
        schema.insert("nullable".to_owned(), true.into());
    }
    // Every integer is a number.
    if kinds.iter().any(|kind| kind == "number") && !schema.contains_key("enum") {
        kinds.retain(|kind| kind != "integer");
    }
    match kinds.as_slice() {
        [] => {
            schema.remove("type");
        }
        [null] if null == "null" => {
            schema.remove("type");
            schema.insert("enum".to_owned(), json!([null]));
        }
        [kind] => {
            schema.insert("type".to_owned(), kind.as_str().into());
        }
        several => split(schema, several),
    }
}

/// `{type: [string, integer], maxLength: 3, minimum: 1}` ⇒ `{oneOf: [{type: string, maxLength: 3}, {type: integer, minimum: 1}]}`
///
/// Each keyword goes to the branch of the type that it applies to. serde tries the branches in order, and an integer is a number
/// too, so `number` comes last.
fn split(schema: &mut Schema, kinds: &[String]) {
    let mut kinds = kinds.to_vec();
    kinds.sort_by_key(|kind| kind == "number");
    let branches = kinds.iter().filter_map(|kind| branch_of(schema, kind, &kinds)).collect();
    schema.retain(|key, _| !is_about(key, Types::ALL) && key != "type" && key != "enum");
    let branches = Value::Array(branches);
    if schema.contains_key("oneOf") {
        also(schema, json!({ "oneOf": branches }));
    } else {
        schema.insert("oneOf".to_owned(), branches);
    }
}

/// The branch for one of the types; `None` if the `enum` has no value of that type.
fn branch_of(schema: &Schema, kind: &str, kinds: &[String]) -> Option<Value> {
    let mut branch = Schema::new();
    branch.insert("type".to_owned(), kind.into());
    let types = Types::named(kind).unwrap_or(Types::NONE);
    let own = schema.iter().filter(|(key, _)| is_about(key, types));
    branch.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    if let Some(Value::Array(values)) = schema.get("enum") {
        let has_integers = kinds.iter().any(|kind| kind == "integer");
        let is_own = |value: &&Value| match Types::of_value(value) {
            Types::INTEGER if has_integers => kind == "integer",
            of => types.has(of),
        };
        let own: Vec<Value> = values.iter().filter(is_own).cloned().collect();
        if own.is_empty() {
            return None;
        }
        branch.insert("enum".to_owned(), Value::Array(own));
    }
    Some(Value::Object(branch))
}

/// `{enum: [a, null]}` ⇒ `{type: string, enum: [a], nullable: true}`; `{enum: [a, 1]}` ⇒ `{oneOf: [{type: string, enum: [a]}, …]}`
///
/// `nullable` takes effect only next to a `type` (3.0.3 §4.7.24).
pub(super) fn values(schema: &mut Schema) {
    let Some(Value::Array(values)) = schema.get_mut("enum") else { return };
    if !values.is_empty() && values.iter().all(Value::is_null) {
        values.truncate(1);
        schema.remove("type");
        return;
    }
    if values.contains(&Value::Null) {
        values.retain(|value| !value.is_null());
        schema.insert("nullable".to_owned(), true.into());
    }
    let Some(Value::Array(values)) = schema.get("enum") else { return };
    let of_values = values.iter().map(|value| Types::of_value(value).names().concat());
    let mut kinds: Vec<String> = of_values.filter(|kind| kind != "null").collect();
    kinds.sort();
    kinds.dedup();
    match (schema.contains_key("type"), kinds.as_slice()) {
        (_, []) => {
            schema.remove("enum");
        }
        (false, [kind]) => {
            schema.insert("type".to_owned(), kind.as_str().into());
        }
        (false, several) => split(schema, several),
        (true, _) => {}
    }
}
