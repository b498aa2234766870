//! One schema from JSON Schema 2020-12 to the dialect of OpenAPI 3.0.3, its subschemas being lowered already.
//! Knows keywords; must not know where in the document the schema stands.

use serde_json::{Map, Value, json};

use crate::pointer::Pointer;
use crate::problem::Problem;

type Schema = Map<String, Value>;

/// The keywords that 3.0.3 gives the same meaning (§4.7.24), and those that only annotate.
const SHARED: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
    "xml",
];

/// The keywords that say nothing about instances.
const ANNOTATIONS: &[&str] = &[
    "default",
    "deprecated",
    "description",
    "example",
    "externalDocs",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// The keywords that apply to one type only (JSON Schema 2020-12 validation §6).
const fn keywords_of(kind: &str) -> &'static [&'static str] {
    match kind.as_bytes() {
        b"string" => &["format", "maxLength", "minLength", "pattern"],
        b"integer" | b"number" => {
            &["exclusiveMaximum", "exclusiveMinimum", "format", "maximum", "minimum", "multipleOf"]
        }
        b"array" => &["items", "maxItems", "minItems", "uniqueItems"],
        b"object" => &["additionalProperties", "maxProperties", "minProperties", "properties", "required"],
        _ => &[],
    }
}

/// Lowers one schema in place.
pub(super) fn lower(at: &Pointer, schema: &mut Value, problems: &mut Vec<Problem>) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        // `additionalProperties: false` is 3.0 as well.
        Value::Bool(false) if at.last() == Some("additionalProperties") => {}
        Value::Bool(false) => {
            problems.push(Problem::error(
                at,
                "a schema that allows nothing has no 3.0 form; remove what it stands at",
            ));
        }
        Value::Object(map) => {
            for step in
                [annotations, constant, exclusive_bounds, null_branches, types, null_in_enum, reference]
            {
                step(map);
            }
            refuse_the_rest(at, map, problems);
        }
        _ => problems.push(Problem::error(at, "a schema must be an object or a boolean")),
    }
}

fn annotations(schema: &mut Schema) {
    schema.remove("$comment");
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(first);
    }
}

fn constant(schema: &mut Schema) {
    if let Some(value) = schema.remove("const") {
        if let Some(kind) = type_of(&value) {
            schema.entry("type").or_insert_with(|| kind.into());
        }
        schema.insert("enum".to_owned(), json!([value]));
    }
}

/// 2020-12 has a number where 3.0 has a flag beside `minimum` or `maximum`.
fn exclusive_bounds(schema: &mut Schema) {
    for (bound, exclusive, tighter) in [
        ("minimum", "exclusiveMinimum", f64::ge as fn(&f64, &f64) -> bool),
        ("maximum", "exclusiveMaximum", f64::le),
    ] {
        let Some(limit) = schema.get(exclusive).and_then(Value::as_number).cloned() else { continue };
        let wins = match (limit.as_f64(), schema.get(bound).and_then(Value::as_f64)) {
            (Some(limit), Some(inclusive)) => tighter(&limit, &inclusive),
            _ => true,
        };
        if wins {
            schema.insert(bound.to_owned(), Value::Number(limit));
            schema.insert(exclusive.to_owned(), true.into());
        } else {
            schema.remove(exclusive);
        }
    }
}

/// `anyOf: [X, {type: null}]` is a nullable X.
fn null_branches(schema: &mut Schema) {
    for union in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(union) else { continue };
        let before = branches.len();
        branches.retain(|branch| !is_null(branch));
        if branches.len() == before {
            continue;
        }
        let only = if branches.len() == 1 { branches.pop() } else { None };
        if let Some(only) = only {
            schema.remove(union);
            match only {
                Value::Object(branch) if !branch.contains_key("$ref") => {
                    branch.into_iter().for_each(|(key, value)| {
                        schema.entry(key).or_insert(value);
                    });
                }
                reference => {
                    schema.insert("allOf".to_owned(), json!([reference]));
                }
            }
        }
        schema.insert("nullable".to_owned(), true.into());
    }
}

/// What [`types`] makes of `type: "null"`.
fn is_null(schema: &Value) -> bool {
    schema.get("enum").is_some_and(|values| *values == json!([null])) && schema.get("type").is_none()
}

fn types(schema: &mut Schema) {
    let Some(kinds) = schema.get("type") else { return };
    let mut kinds: Vec<String> = match kinds {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(kind) => vec![kind.clone()],
        _ => return,
    };
    let nullable = kinds.len() > 1 && kinds.iter().any(|kind| kind == "null");
    if nullable {
        kinds.retain(|kind| kind != "null");
        schema.insert("nullable".to_owned(), true.into());
    }
    match kinds.as_slice() {
        [null] if null == "null" => {
            schema.remove("type");
            schema.insert("enum".to_owned(), json!([null]));
        }
        [kind] => {
            schema.insert("type".to_owned(), kind.as_str().into());
        }
        several => {
            // An integer is a number too, so it has to be tried first.
            let mut several = several.to_vec();
            several.sort_by_key(|kind| kind == "number");
            let branches = several.iter().map(|kind| branch_of(schema, kind)).collect();
            let typed = ["string", "integer", "array", "object"].iter().flat_map(|kind| keywords_of(kind));
            typed.chain(&["type", "enum"]).for_each(|key| {
                schema.remove(*key);
            });
            schema.insert("oneOf".to_owned(), Value::Array(branches));
        }
    }
}

/// What `schema` says about instances of one type.
fn branch_of(schema: &Schema, kind: &str) -> Value {
    let mut branch = Schema::new();
    branch.insert("type".to_owned(), kind.into());
    for &key in keywords_of(kind) {
        if let Some(value) = schema.get(key) {
            branch.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        let own = |value: &&Value| {
            type_of(value).is_some_and(|of| of == kind || (of == "integer" && kind == "number"))
        };
        branch.insert("enum".to_owned(), values.iter().filter(own).cloned().collect());
    }
    Value::Object(branch)
}

fn null_in_enum(schema: &mut Schema) {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && values.len() > 1
        && values.contains(&Value::Null)
    {
        values.retain(|value| !value.is_null());
        schema.insert("nullable".to_owned(), true.into());
    }
}

/// 3.0 ignores what stands beside a `$ref`, so annotations need an `allOf` between.
fn reference(schema: &mut Schema) {
    if schema.len() > 1
        && schema.keys().all(|key| key == "$ref" || ANNOTATIONS.contains(&key.as_str()))
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}

fn refuse_the_rest(at: &Pointer, schema: &Schema, problems: &mut Vec<Problem>) {
    for key in schema.keys().filter(|key| !SHARED.contains(&key.as_str()) && !key.starts_with("x-")) {
        problems.push(Problem::error(&at.join(key), format!("the keyword `{key}` has no OpenAPI 3.0 form")));
    }
    if schema.contains_key("$ref") && schema.len() > 1 {
        problems.push(Problem::error(
            &at.join("$ref"),
            "constraints beside a $ref have no OpenAPI 3.0 form; write the schema out in the overlay",
        ));
    }
}

/// The JSON Schema type of a value.
fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}
