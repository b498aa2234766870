//! One schema from JSON Schema 2020-12 to the dialect of OpenAPI 3.0.3, its subschemas being lowered already.
//! Knows the order of the steps and what is left when they are done; must not know where the schema stands.

use serde_json::{Map, Value, json};

use super::{constraints, types};
use crate::pointer::Pointer;
use crate::problem::Problem;

pub(super) type Schema = Map<String, Value>;

/// The keywords that say nothing about instances. `format` is one by default (2020-12 validation §7.2.1).
const ANNOTATIONS: &[&str] = &[
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "externalDocs",
    "format",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Lowers one schema in place.
pub(super) fn lower(at: &Pointer, schema: &mut Value, skip: bool, problems: &mut Vec<Problem>) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => *schema = json!({ NEVER: {} }),
        // TypeSpec's way to say `false`.
        Value::Object(map) if map.get("not").is_some_and(|not| *not == json!({})) => {
            *schema = json!({ NEVER: {} })
        }
        Value::Object(map) if is_annotated_type(map) => {}
        Value::Object(map) => {
            if let Some(unknown) = types::unknown(map) {
                let message = format!(
                    "`{unknown}` is no type; there are null, boolean, integer, number, string, array and object"
                );
                problems.push(Problem::error(&at.join("type"), message));
                return;
            }
            first_example(map);
            types::constant(map);
            constraints::lower(at, map, problems);
            if types::has_null_that_its_enum_lacks(map) {
                let message = "`null` is a type here and not a value of the `enum`; it is accepted";
                problems.push(Problem::relaxed(&at.join("enum"), message));
            }
            types::null_branches(map);
            types::types(map);
            types::values(map);
            leave_the_rest(at, map, problems);
            references(at, map, problems);
        }
        _ if skip => {
            problems.push(Problem::relaxed(at, "this is no schema; anything is allowed"));
            *schema = json!({});
        }
        _ => problems.push(Problem::error(at, "a schema must be an object or a boolean")),
    }
}

/// What `false` and its like become, so that the schema above can drop what cannot be there.
/// No document has a key like it, for YAML has no such character.
pub(super) const NEVER: &str = "\0never";

/// Whether a lowered schema allows nothing.
pub(super) fn is_never(schema: &Value) -> bool {
    schema.get(NEVER).is_some()
}

/// Whether it is a type with annotations and nothing else, as most schemas are: then there is nothing to do, and looking for
/// each of some forty keywords is most of what lowering costs.
fn is_annotated_type(schema: &Schema) -> bool {
    const UNCHANGED: &[&str] =
        &["deprecated", "description", "example", "format", "readOnly", "title", "type", "writeOnly"];
    schema.keys().all(|key| UNCHANGED.contains(&key.as_str()))
        && schema
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| matches!(kind, "boolean" | "integer" | "number" | "object" | "string"))
}

fn first_example(schema: &mut Schema) {
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(first);
    }
}

/// What becomes of a keyword, once all that 3.0.3 says in another way is said.
enum Fate {
    Kept,
    Dropped,
    Unchecked,
    Unknown,
}

fn fate(keyword: &str) -> Fate {
    match keyword {
        // What 3.0.3 gives the same meaning (§4.7.24), and what only annotates.
        "$ref"
        | "additionalProperties"
        | "allOf"
        | "anyOf"
        | "default"
        | "deprecated"
        | "description"
        | "discriminator"
        | "enum"
        | "example"
        | "exclusiveMaximum"
        | "exclusiveMinimum"
        | "externalDocs"
        | "format"
        | "items"
        | "maxItems"
        | "maxLength"
        | "maxProperties"
        | "maximum"
        | "minItems"
        | "minLength"
        | "minProperties"
        | "minimum"
        | "multipleOf"
        | "nullable"
        | "oneOf"
        | "pattern"
        | "properties"
        | "readOnly"
        | "required"
        | "title"
        | "type"
        | "uniqueItems"
        | "writeOnly"
        | "xml" => Fate::Kept,
        extension if extension.starts_with("x-") || extension == NEVER => Fate::Kept,
        // Of no use to a reader of 3.0: identity, definitions (what is used of them is a component by now), comments, and
        // what `contentMediaType` is a schema of.
        "$anchor" | "$comment" | "$defs" | "$dynamicAnchor" | "$id" | "$schema" | "$vocabulary"
        | "contentSchema" => Fate::Dropped,
        // What 3.0.3 cannot say at all: dropping one accepts more, and never less.
        "$dynamicRef" | "contains" | "dependentRequired" | "dependentSchemas" | "else" | "if"
        | "maxContains" | "minContains" | "not" | "propertyNames" | "then" | "unevaluatedItems" => {
            Fate::Unchecked
        }
        _ => Fate::Unknown,
    }
}

/// Keeps the keywords of 3.0.3. JSON Schema has unknown ones ignored (2020-12 core §4.3.1); we say that we did.
fn leave_the_rest(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    schema.retain(|keyword, _| {
        match fate(keyword) {
            Fate::Kept => return true,
            Fate::Dropped => {}
            Fate::Unchecked => constraints::relaxed(at, keyword, problems),
            Fate::Unknown => problems.push(Problem::relaxed(
                &at.join(keyword),
                format!("`{keyword}` is no keyword of JSON Schema 2020-12"),
            )),
        }
        false
    });
}

/// 3.0 ignores what stands beside a `$ref`, so a conjunction needs an `allOf`.
fn references(at: &Pointer, schema: &mut Schema, problems: &mut Vec<Problem>) {
    if schema.len() < 2 {
        return;
    }
    let Some(reference) = schema.remove("$ref") else { return };
    let mut all_of = vec![json!({ "$ref": reference })];
    let (mut beside, annotations): (Schema, Schema) =
        std::mem::take(schema).into_iter().partition(|(key, _)| !is_annotation(key));
    if let Some(Value::Array(members)) = beside.remove("allOf") {
        all_of.extend(members);
    }
    // A bound alone says nothing that a type could hold; a shape does.
    let has_shape =
        ["type", "properties", "enum", "items", "anyOf", "oneOf"].iter().any(|key| beside.contains_key(*key));
    if has_shape {
        all_of.push(Value::Object(beside));
    } else if !beside.is_empty() {
        let keys = beside.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        problems.push(Problem::relaxed(at, format!("{keys} beside a $ref: not checked")));
    }
    *schema = annotations;
    schema.insert("allOf".to_owned(), Value::Array(all_of));
}

fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}
