//! Takes successful responses that consist of events or JSON values out of the document: progenitor supports one body per operation.

use serde_json::{Value, json};

use super::events::{self, DEEPEST};
use super::media::{binary, is_header_value};
use super::parameters::resolve;
use crate::document::Pointer;
use crate::document::media_type::{Framing, JSON, essence};
use crate::plan::{StreamItem, StreamPlan};

/// `'200': {content: {application/json: A, text/event-stream: {schema: B}}}`
/// ⇒ `'200': {content: {application/json: A}}, '200 text/event-stream': {content: {application/json: {schema: B}}}`
///
/// The response that is left is what `send` reads: bytes where there is nothing else. The other one gives the type of an item.
pub(super) fn take(
    at: &Pointer,
    status: &str,
    body: &mut Value,
    request: Option<&Value>,
    schemas: &Value,
) -> Option<(StreamPlan, Option<Value>)> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let (name, framing) = content.keys().find_map(|name| Some((name.clone(), Framing::of(name)?)))?;
    let media_type = content.shift_remove(&name)?;
    let is_alone = content.keys().all(|other| Framing::of(other).is_some());
    if content.is_empty() {
        content.insert("application/octet-stream".to_owned(), json!({ "schema": binary() }));
    }
    let (item, schema, item_at) = item(&media_type, framing, schemas);
    let item_at = item_at.iter().fold(at.join("content").join(&name), |at, token| at.join(token));
    let key = format!("{status} {}", essence(&name));
    let response =
        schema.map(|schema| json!({ "description": "", "content": { JSON: { "schema": schema } } }));
    let switch = request.filter(|_| !is_alone).and_then(|request| switch(request, schemas));
    let media_type = if is_header_value(&name) { name } else { essence(&name) };
    let is_nullable = false;
    Some((StreamPlan { key, item_at, media_type, framing, item, is_nullable, switch }, response))
}

/// What a stream consists of, with its schema and the location of it in the Media Type Object.
fn item(
    media_type: &Value,
    framing: Framing,
    schemas: &Value,
) -> (StreamItem, Option<Value>, Vec<&'static str>) {
    let of_item = media_type.get("itemSchema");
    let (schema, at) = match (of_item, media_type.get("schema")) {
        (Some(schema), _) => (schema, vec!["itemSchema"]),
        // In 3.1 a list can only describe all of the values together.
        (None, Some(schema)) => match resolve(schema, schemas) {
            list if list["type"] == "array" && list.get("items").is_some() => {
                (&list["items"], vec!["schema", "items"])
            }
            _ => (schema, vec!["schema"]),
        },
        (None, None) if framing == Framing::Events => return (StreamItem::Text, None, Vec::new()),
        (None, None) => return (StreamItem::Json(None), None, Vec::new()),
    };
    let shortened = match framing {
        Framing::Events => events::without_end(schema, schemas),
        _ => None,
    };
    let schema = shortened.as_ref().unwrap_or(schema);
    let resolved = resolve(schema, schemas);
    let says_nothing = resolved.as_object().is_none_or(|keys| keys.keys().all(|key| key == "description"));
    let is_whole = framing == Framing::Events && events::is_whole(resolved, schemas, of_item.is_some());
    let of = match framing {
        _ if says_nothing => return (StreamItem::Json(None), None, at),
        Framing::Events if is_plain_text(resolved) => return (StreamItem::Text, None, at),
        Framing::Events if is_whole => StreamItem::WholeEvent(None, events::fields(resolved, schemas)),
        Framing::Events if events::has_words(resolved, schemas) => StreamItem::JsonOrText(None),
        _ => StreamItem::Json(None),
    };
    (of, Some(schema.clone()), at)
}

/// Whether every string is an instance: the text of an event is not JSON then.
pub(super) fn is_plain_text(schema: &Value) -> bool {
    schema["type"] == "string" && schema.get("enum").is_none()
}

/// The boolean property `stream` of a JSON body, by which APIs ask for a stream in place of another response.
fn switch(request: &Value, schemas: &Value) -> Option<String> {
    const NAME: &str = "stream";
    let content = request.get("content")?.as_object()?;
    let schema = content.iter().find(|(name, _)| essence(name) == JSON)?.1.get("schema")?;
    let property = property(schema, NAME, schemas, 0)?;
    let resolved = resolve(&property, schemas);
    let is_boolean = |schema: &Value| schema["type"] == "boolean";
    let branches = ["oneOf", "anyOf"].iter().find_map(|union| resolved.get(union)?.as_array());
    let is_it = is_boolean(resolved) || branches.is_some_and(|branches| branches.iter().any(is_boolean));
    is_it.then(|| NAME.to_owned())
}

/// A property of a schema, or of one that it is composed of.
fn property(schema: &Value, name: &str, schemas: &Value, depth: usize) -> Option<Value> {
    let resolved = resolve(schema, schemas);
    if let Some(found) = resolved.get("properties").and_then(Value::as_object).and_then(|own| own.get(name)) {
        return Some(found.clone());
    }
    let parts = ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| resolved.get(key)?.as_array()).flatten();
    if depth == DEEPEST {
        return None;
    }
    parts.into_iter().find_map(|part| property(part, name, schemas, depth + 1))
}
