//! Chooses one media type per body, of the four that progenitor supports. What a client sends and reads besides is in the plan.

mod request;
mod response;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::parameters::resolve;
use crate::document::media_type::{Form, JSON, URL_ENCODED, is_range, preferred};
use crate::document::walk;
use crate::document::{Kind, Pointer};
use crate::lower::EVENT_DATA;
use crate::plan::MediaTypes;
use crate::problem::Problem;
use crate::settings::Settings;
pub(super) use request::encodings;

/// A location in the conformed document, and that in the input.
pub(super) type Moved = (Pointer, Pointer);

/// The media type that progenitor has for a form.
const fn known_as(form: Form) -> &'static str {
    match form {
        Form::Json => JSON,
        Form::UrlEncoded => URL_ENCODED,
        Form::Text => "text/plain",
        Form::Bytes | Form::Multipart | Form::Stream => "application/octet-stream",
    }
}

/// `content: {text/xml: …, application/hal+json: S}` ⇒ `content: {application/json: S}`
///
/// progenitor supports one media type per body, and JSON only under that name. A multipart form is left out
/// where the settings have none. Returns the names that the document has, by operation, and where what has moved was.
pub(super) fn conform(
    document: &mut Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> (BTreeMap<Pointer, MediaTypes>, Vec<Moved>) {
    let mut media_types = BTreeMap::new();
    let mut moved = Vec::new();
    let mut omitted: Vec<Pointer> = Vec::new();
    // Taken out of the document while its operations change.
    let schemas = document.pointer_mut("/components/schemas").map(Value::take).unwrap_or_default();
    walk::each_operation_mut(document, &mut |at, operation| {
        let mut names =
            MediaTypes { accept: response::accept(operation.get("responses")), ..MediaTypes::default() };
        let reason = request::conform(at, operation, &schemas, settings, &mut names, &mut moved, problems);
        response::conform(at, operation, &schemas, settings, &mut names, &mut moved, problems);
        media_types.insert(at.clone(), names);
        if let Some(reason) = reason {
            problems.push(Problem::omitted(at, format!("the operation is left out: {reason}")));
            omitted.push(at.clone());
        }
    });
    if let Some(place) = document.pointer_mut("/components/schemas") {
        *place = schemas;
    }
    // Streams know it by now, and compositions must not merge it.
    walk::each_mut(document, &mut |kind, _, schema| {
        if let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema) {
            schema.remove(EVENT_DATA);
        }
    });
    for at in omitted {
        if let [_, path, method] = *at.tokens()
            && let Some(item) = document["paths"].get_mut(path).and_then(Value::as_object_mut)
        {
            item.remove(method);
        }
    }
    (media_types, moved)
}

/// A Media Type Object with this schema, else with its own or one that allows anything.
fn with_schema(media_type: Option<Value>, schema: Option<Value>) -> Value {
    let mut media_type = media_type.unwrap_or_default();
    if let Some(fields) = media_type.as_object_mut() {
        fields.remove("encoding");
        let own = schema.or_else(|| fields.remove("schema")).unwrap_or_else(|| json!({}));
        fields.insert("schema".to_owned(), own);
    }
    media_type
}

/// The schema of a body of bytes.
pub(super) fn binary() -> Value {
    json!({ "type": "string", "format": "binary" })
}

/// The preferred media type: by its form, then in the document's order.
fn best(content: &Map<String, Value>, schemas: &Value) -> Option<(String, Form)> {
    let name = preferred(content.keys())?;
    Some((name.clone(), form_of(name, &content[name], schemas)))
}

/// The form of a media type: `*/*` is JSON only where its schema may be.
fn form_of(name: &str, media_type: &Value, schemas: &Value) -> Form {
    let schema = media_type.get("schema").map(|schema| resolve(schema, schemas));
    let is_binary = schema.is_some_and(|schema| schema["type"] == "string" && schema["format"] == "binary");
    if is_range(name) && is_binary { Form::Bytes } else { Form::of(name) }
}

/// Whether it can be the value of a header.
pub(super) fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}
