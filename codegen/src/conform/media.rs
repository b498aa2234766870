//! Chooses one media type per body, of the four that progenitor supports, and omits operations that have none.
//! Knows media types; must not know more of schemas than whether a form can carry them.

use serde_json::{Map, Value, json};

use super::parameters::{ValueKind, resolve, value_kind};
use crate::document::Pointer;
use crate::document::keywords::applies_to_parts;
use crate::document::media_type::{Form, JSON, URL_ENCODED, essence, preferred};
use crate::document::walk;
use crate::problem::Problem;

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
/// progenitor supports one media type per body, and JSON only under that name. Operations without a supported one are omitted.
pub(super) fn conform(document: &mut Value, problems: &mut Vec<Problem>) {
    let mut omitted: Vec<Pointer> = Vec::new();
    // Out of the document while its operations change, and back again.
    let schemas = document.pointer_mut("/components/schemas").map(Value::take).unwrap_or_default();
    walk::each_operation_mut(document, &mut |at, operation| {
        let mut reasons = Vec::new();
        if let Some(body) = operation.get_mut("requestBody") {
            reasons.extend(request(&at.join("requestBody"), body, problems));
            reasons.extend(unwritable(body, &schemas));
            if body.get("content").is_none_or(|content| content.as_object().is_none_or(Map::is_empty)) {
                operation.as_object_mut().and_then(|operation| operation.remove("requestBody"));
            }
        }
        let is_head = at.tokens().last() == Some(&"head");
        for (status, body) in
            operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if is_head || never_has_content(status) {
                drop_content(&at.join("responses").join(status), body, is_head, problems);
            }
            let is_success = status.starts_with('2') || status == "default";
            reasons
                .extend(response(&at.join("responses").join(status), body, problems).filter(|_| is_success));
        }
        if let Some(reason) = reasons.into_iter().next() {
            problems.push(Problem::omitted(at, format!("the operation is left out: {reason}")));
            omitted.push(at.clone());
        }
    });
    if let Some(place) = document.pointer_mut("/components/schemas") {
        *place = schemas;
    }
    for at in omitted {
        if let [_, path, method] = *at.tokens()
            && let Some(item) = document["paths"].get_mut(path).and_then(Value::as_object_mut)
        {
            item.remove(method);
        }
    }
}

/// Keeps one media type of a request; returns why no client can send it.
fn request(at: &Pointer, body: &mut Value, problems: &mut Vec<Problem>) -> Option<String> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let (name, form) = best(content)?;
    if matches!(form, Form::Multipart | Form::Stream) {
        return Some(format!("its body is `{name}`"));
    }
    let schema = match form {
        Form::Json | Form::UrlEncoded => None,
        // progenitor accepts no other schemas for these.
        Form::Text => Some(json!({ "type": "string" })),
        Form::Bytes | Form::Multipart | Form::Stream => Some(binary()),
    };
    let kept = with_schema(content.remove(&name), schema);
    report(at, &name, form, content, "sent", problems);
    *content = Map::from_iter([(known_as(form).to_owned(), kept)]);
    None
}

/// Whether responses of a status have no content: informational ones, 204, 205 and 304 (RFC 9110 §6.4.1, §15.3.6).
fn never_has_content(status: &str) -> bool {
    matches!(status, "204" | "205" | "304") || (status.len() == 3 && status.starts_with('1'))
}

/// `head: {responses: {'404': {content: …}}}` ⇒ `head: {responses: {'404': {}}}`
///
/// The content of a response to HEAD is what a GET would get (RFC 9110 §9.3.2); nothing of it is sent.
fn drop_content(at: &Pointer, body: &mut Value, is_head: bool, problems: &mut Vec<Problem>) {
    let dropped = body.as_object_mut().and_then(|body| body.remove("content"));
    if dropped.is_some() && !is_head {
        problems.push(Problem::relaxed(at, "responses of this status have no content; it is not read"));
    }
}

/// Why a body cannot be sent as a form: it has a property with parts, which have no names there.
fn unwritable(body: &Value, schemas: &Value) -> Option<String> {
    let schema = body.get("content")?.get(URL_ENCODED)?.get("schema")?;
    let schema = resolve(schema, schemas);
    let properties = schema.get("properties")?.as_object()?;
    let is_written = |of: &Value| {
        matches!(value_kind(resolve(of, schemas), schemas), ValueKind::Scalar | ValueKind::Array)
    };
    let (name, _) = properties.iter().find(|(_, of)| {
        let of = resolve(of, schemas);
        let has_parts = of.as_object().is_some_and(|of| of.keys().any(|key| applies_to_parts(key)));
        has_parts && !is_written(of)
    })?;
    Some(format!("its body is a form, which cannot express `{name}`"))
}

/// `content: {application/json: S, text/csv: T}` ⇒ `content: {application/json: S}`;
/// `content: {text/csv: T}` ⇒ `content: {application/octet-stream: {format: binary}}`
///
/// JSON is parsed, anything else is bytes; returns why the operation cannot be generated.
fn response(at: &Pointer, body: &mut Value, problems: &mut Vec<Problem>) -> Option<String> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let Some((name, form)) = best(content) else {
        body.as_object_mut()?.remove("content");
        return None;
    };
    if matches!(form, Form::Multipart | Form::Stream) {
        *content = Map::from_iter([(known_as(form).to_owned(), json!({ "schema": binary() }))]);
        return Some(format!("its response is `{name}`"));
    }
    let (kept_as, kept) = match form {
        Form::Json => (Form::Json, with_schema(content.remove(&name), None)),
        _ => (Form::Bytes, json!({ "schema": binary() })),
    };
    report(at, &name, kept_as, content, "read", problems);
    *content = Map::from_iter([(known_as(kept_as).to_owned(), kept)]);
    None
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
fn best(content: &Map<String, Value>) -> Option<(String, Form)> {
    let name = preferred(content.keys())?;
    Some((name.clone(), Form::of(name)))
}

/// Reports a media type that is sent or read as another one, and those that are not used.
fn report(
    at: &Pointer,
    name: &str,
    form: Form,
    others: &Map<String, Value>,
    done: &str,
    problems: &mut Vec<Problem>,
) {
    if essence(name) != known_as(form) && (form != Form::Bytes || done == "sent") {
        problems.push(Problem::relaxed(at, format!("`{name}` is {done} as `{}`", known_as(form))));
    }
    let others: Vec<String> =
        others.keys().filter(|other| *other != name).map(|other| format!("`{other}`")).collect();
    if !others.is_empty() {
        problems.push(Problem::relaxed(at, format!("only `{name}` is {done}, not {}", others.join(", "))));
    }
}
