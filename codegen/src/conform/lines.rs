//! Turns requests that consist of JSON values, one after another, into lists; what is between the values goes into the plan.

use serde_json::{Value, json};

use super::parameters::resolve;
use crate::document::Pointer;
use crate::document::media_type::Framing;
use crate::plan::Lines;
use crate::problem::Problem;
use crate::settings::Settings;

/// How deep compositions are followed.
const DEEPEST: usize = 8;

/// How the values of a request of this media type follow each other, if they are typed.
///
/// A body of events has no type, and one whose `schema` is a string, or one of several lists, is text that the caller formats.
pub(super) fn framing(
    name: &str,
    media_type: &Value,
    schemas: &Value,
    settings: &Settings,
) -> Option<Framing> {
    let framing = Framing::of(name).filter(|framing| *framing != Framing::Events)?;
    let is_text = media_type.get("itemSchema").is_none()
        && media_type.get("schema").is_some_and(|schema| resolve(schema, schemas)["type"] == "string");
    let is_typed =
        !is_text && media_type.get("schema").is_none_or(|schema| !is_union_of_lists(schema, schemas));
    (settings.streams && is_typed).then_some(framing)
}

/// Whether a schema describes all of the values together, by itself or by a schema that it is composed of: these are merged later.
fn is_list(schema: &Value, schemas: &Value, depth: usize) -> bool {
    let schema = resolve(schema, schemas);
    let mut members = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    schema["type"] == "array" || depth < DEEPEST && members.any(|member| is_list(member, schemas, depth + 1))
}

/// Whether a schema is a union with lists: the type of that is not one list, whose items are written one by one.
pub(super) fn is_union_of_lists(schema: &Value, schemas: &Value) -> bool {
    let schema = resolve(schema, schemas);
    let branches = ["oneOf", "anyOf"].iter().filter_map(|key| schema.get(*key)?.as_array());
    branches.flatten().any(|branch| is_list(branch, schemas, 0))
}

/// `application/jsonl: {itemSchema: A}`, or in 3.1 `{schema: A}` ⇒ `application/json: {schema: {type: array, items: A}}`
///
/// A `schema` of an array describes all of the values together (OpenAPI 3.2 §4.14.3), and remains as it is. The generator makes
/// the same of it as of a list in JSON, and refining writes each item by itself.
pub(super) fn conform(
    at: &Pointer,
    name: &str,
    media_type: &Value,
    framing: Framing,
    schemas: &Value,
    problems: &mut Vec<Problem>,
) -> (Value, Lines) {
    let at = at.join("content").join(name);
    let schema = media_type.get("schema");
    let list_of = |items: &Value| json!({ "type": "array", "items": items });
    let (list, item_at) = match (media_type.get("itemSchema"), schema) {
        (Some(item), _) => {
            if schema.is_some() {
                let message = "not checked in requests beside `itemSchema`";
                problems.push(Problem::relaxed(&at.join("schema"), message));
            }
            (list_of(item), at.join("itemSchema"))
        }
        (None, Some(list)) if is_list(list, schemas, 0) => {
            (never_null(list, schemas), at.join("schema").join("items"))
        }
        (None, Some(item)) => (list_of(item), at.join("schema")),
        (None, None) => (list_of(&json!({})), at),
    };
    (list, Lines { framing, item_at })
}

/// `{type: array, nullable: true}` ⇒ `{allOf: [{type: array, nullable: true}, {type: array}]}`
///
/// No stream of values is `null`, whatever a part of a composition says. Composing merges both.
fn never_null(list: &Value, schemas: &Value) -> Value {
    let resolved = resolve(list, schemas);
    if resolved["type"] == "array" && resolved["nullable"] != true {
        return list.clone();
    }
    json!({ "allOf": [list, { "type": "array", "items": {} }] })
}
