//! Chooses one media type per body, of the four that progenitor supports, and omits operations that have none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::constraints::constraints;
use super::errors::success_of;
use super::multipart;
use super::origin::Origins;
use super::parameters::resolve;
use super::streams;
use crate::document::Pointer;
use crate::document::media_type::{
    Form, JSON, URL_ENCODED, essence, is_range, preferred, preferred_of_request,
};
use crate::document::walk;
use crate::plan::{ChosenMediaType, MediaTypes, Multipart, OtherBodies, ParameterStyle, Style};
use crate::problem::Problem;
use crate::settings::Settings;

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
/// Returns the names that the document has, by operation.
pub(super) fn conform(
    document: &mut Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Pointer, MediaTypes> {
    let mut media_types = BTreeMap::new();
    let mut omitted: Vec<Pointer> = Vec::new();
    // Taken out of the document while its operations change.
    let schemas = document.pointer_mut("/components/schemas").map(Value::take).unwrap_or_default();
    walk::each_operation_mut(document, &mut |at, operation| {
        let mut reasons = Vec::new();
        let mut names = MediaTypes { accept: accept(operation.get("responses")), ..MediaTypes::default() };
        if let Some(body) = operation.get_mut("requestBody") {
            let place = at.join("requestBody");
            let all = body.get("content").and_then(Value::as_object);
            let all: Vec<String> = all.into_iter().flat_map(Map::keys).cloned().collect();
            names.multipart = multipart(&place, body, &schemas, settings, problems);
            names.content_type = content_type(body, &schemas, settings);
            names.encodings = encodings(body);
            names.chosen = chosen(body, &schemas, settings);
            names.others = other_bodies_of_request(&place, all, body["required"] == true, &names, problems);
            if names.multipart.is_none() {
                reasons.extend(request(&place, body, &schemas, settings, problems));
            }
            if body.get("content").is_none_or(|content| content.as_object().is_none_or(Map::is_empty)) {
                operation.as_object_mut().and_then(|operation| operation.remove("requestBody"));
            }
        }
        let is_head = at.tokens().last() == Some(&"head");
        // Taken out of the operation, whose request a stream depends on.
        let mut responses = operation.get_mut("responses").map(Value::take);
        let all = responses.as_mut().and_then(Value::as_object_mut);
        let is_success_of_all = success_of(all.as_deref());
        let mut by_media_type = Vec::new();
        if !is_head {
            names.alternatives = alternatives_of(all.as_deref(), &is_success_of_all);
        }
        let at_responses = at.join("responses");
        for (status, body) in all.into_iter().flatten() {
            let at = at_responses.join(status);
            if is_head || never_has_content(status) {
                drop_content(&at, body, is_head, problems);
            }
            let is_success = is_success_of_all(status);
            if is_success && settings.streams && names.stream.is_none() {
                let request = operation.get("requestBody");
                if let Some((stream, response)) = streams::take(&at, status, body, request, &schemas) {
                    by_media_type.extend(response.map(|response| (stream.key.clone(), response)));
                    names.stream = Some(stream);
                }
            }
            by_media_type.extend(other_bodies(status, body, is_success, &schemas));
            response(&at, body, is_success, &schemas, settings, problems);
        }
        if let Some(Value::Object(mut all)) = responses {
            all.extend(by_media_type);
            operation["responses"] = Value::Object(all);
        }
        media_types.insert(at.clone(), names);
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
    media_types
}

/// Keeps a multipart form of a request as one that is url-encoded, if the request has one and all parts can be written.
fn multipart(
    at: &Pointer,
    body: &mut Value,
    schemas: &Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Option<Multipart> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let (name, _) =
        best_of_request(content, schemas, settings).filter(|(_, form)| *form == Form::Multipart)?;
    if !settings.multipart {
        return None;
    }
    let (mut schema, multipart) = multipart::conform(at, &name, &content[&name], schemas, problems)?;
    // No form is `null`.
    _ = schema.as_object_mut().map(|schema| schema.remove("nullable"));
    let kept = with_schema(content.remove(&name), Some(schema));
    *content = Map::from_iter([(URL_ENCODED.to_owned(), kept)]);
    Some(multipart)
}

/// Keeps one media type of a request; returns why no client can send it.
fn request(
    at: &Pointer,
    body: &mut Value,
    schemas: &Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let (name, form) = best_of_request(content, schemas, settings)?;
    if form == Form::Multipart && !settings.multipart {
        return Some(format!(
            "its body is `{name}`, which needs `Settings::multipart`, and the cargo feature `multipart`"
        ));
    }
    // A multipart form that is not an object is bytes, and so is a stream.
    let form = if matches!(form, Form::Multipart | Form::Stream) { Form::Bytes } else { form };
    let is_structured =
        |schema: &Value| resolve(schema, schemas).get("type").is_some_and(|of| of != "string");
    if matches!(form, Form::Text | Form::Bytes) && content[&name].get("schema").is_some_and(is_structured) {
        let message = format!("the body is a string or bytes that the caller formats as `{name}`");
        problems.push(Problem::relaxed(at, message));
    }
    let own = content[&name].get("schema").map(|schema| resolve(schema, schemas)).and_then(Value::as_object);
    let mut unchecked: Vec<&str> =
        own.into_iter().flat_map(constraints).map(|keyword| keyword.name).collect();
    if form == Form::Text && !unchecked.is_empty() {
        unchecked.sort_unstable();
        let message = format!("not checked in requests: {}", unchecked.join(", "));
        problems.push(Problem::relaxed(&at.join("content").join(&name).join("schema"), message));
    }
    let schema = match form {
        Form::Json | Form::UrlEncoded => None,
        // progenitor accepts no other schemas for these.
        Form::Text => Some(json!({ "type": "string" })),
        Form::Bytes | Form::Multipart | Form::Stream => Some(binary()),
    };
    let kept = with_schema(content.remove(&name), schema);
    *content = Map::from_iter([(known_as(form).to_owned(), kept)]);
    None
}

/// `content: {application/json: A, application/xml: B}` ⇒ `application/xml`, of which the caller gives the bytes
///
/// The media types that neither the typed body nor its choice has.
fn other_bodies_of_request(
    at: &Pointer,
    mut all: Vec<String>,
    is_required: bool,
    names: &MediaTypes,
    problems: &mut Vec<Problem>,
) -> Option<OtherBodies> {
    let typed = names.multipart.as_ref().map(|form| &form.media_type).or(names.content_type.as_ref())?;
    let is_chosen = |name: &String| names.chosen.as_ref().is_some_and(|chosen| chosen.allowed.contains(name));
    all.retain(|name| essence(name) != essence(typed) && !is_chosen(name) && is_header_value(name));
    if all.is_empty() {
        return None;
    }
    let listed: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
    let listed = listed.join(" and ");
    let message = format!("bodies of {listed} are formatted by the caller, and not checked");
    problems.push(Problem::relaxed(at, message));
    Some(OtherBodies { setter: String::new(), allowed: all, is_required })
}

/// Whether responses of a status have no content: informational ones, 204, 205 and 304 (RFC 9110 §6.4.1, §15.3.6).
fn never_has_content(status: &str) -> bool {
    matches!(status, "204" | "205" | "304") || (status.len() == 3 && status.starts_with('1'))
}

/// `head: {responses: {'404': {content: …}}}` ⇒ `head: {responses: {'404': {}}}`
///
/// The content of a response to HEAD describes that of a GET (RFC 9110 §9.3.2), and is not sent.
fn drop_content(at: &Pointer, body: &mut Value, is_head: bool, problems: &mut Vec<Problem>) {
    let dropped = body.as_object_mut().and_then(|body| body.remove("content"));
    if dropped.is_some() && !is_head {
        problems.push(Problem::relaxed(at, "responses of this status have no content; it is not read"));
    }
}

/// The styles of the properties of a form. A property without one is written by its value (OpenAPI 3.1 §4.8.15.1).
pub(super) fn encodings(body: &Value) -> Vec<(String, ParameterStyle)> {
    let content = body.get("content").and_then(Value::as_object).into_iter().flatten();
    let form = content.filter(|(name, _)| Form::of(name) == Form::UrlEncoded);
    let encoding = form.filter_map(|(_, media_type)| media_type.get("encoding")?.as_object()).flatten();
    let style = |of: &Value| {
        let media_type = of.get("contentType").and_then(Value::as_str);
        if ["style", "explode", "allowReserved"].iter().any(|key| of.get(key).is_some()) {
            Some(ParameterStyle::of(of, Style::Form))
        } else if media_type.is_some_and(|media_type| Form::of(media_type) == Form::Json) {
            Some(ParameterStyle { style: Style::Json, explode: false, allows_reserved: false })
        } else {
            None
        }
    };
    encoding.filter_map(|(name, of)| Some((name.clone(), style(of)?))).collect()
}

/// `content: {application/json: S, text/csv: T}` ⇒ `content: {application/json: S}`;
/// `content: {text/csv: T}` ⇒ `content: {application/octet-stream: {format: binary}}`
///
/// JSON is parsed, anything else is bytes.
fn response(
    at: &Pointer,
    body: &mut Value,
    is_success: bool,
    schemas: &Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else { return };
    let Some((name, form)) = best(content, schemas) else {
        _ = body.as_object_mut().map(|body| body.remove("content"));
        return;
    };
    let (kept_as, kept) = match form {
        Form::Json => (Form::Json, with_schema(content.remove(&name), None)),
        _ => (Form::Bytes, json!({ "schema": binary() })),
    };
    if form == Form::Stream && is_success {
        let reason = match settings.streams {
            true => "only those of the first stream have a type",
            false => "`Settings::streams` has types for them",
        };
        problems.push(Problem::lossy(at, format!("the items of `{name}` are not typed; {reason}")));
    }
    *content = Map::from_iter([(known_as(kept_as).to_owned(), kept)]);
}

/// The media types of successes that are read as JSON, and in which the caller can ask for the response instead: it is bytes then.
fn alternatives_of(responses: Option<&Map<String, Value>>, is_success: &dyn Fn(&str) -> bool) -> Vec<String> {
    let responses = responses.into_iter().flatten();
    let mut names: Vec<String> = Vec::new();
    for (_, response) in responses.filter(|(status, _)| is_success(status) && !never_has_content(status)) {
        let content = response.get("content").and_then(Value::as_object);
        let is_json =
            content.and_then(|all| preferred(all.keys())).is_some_and(|name| Form::of(name) == Form::Json);
        let others = content.into_iter().flat_map(Map::keys).filter(|name| {
            let is_other = !matches!(Form::of(name), Form::Json | Form::Stream) || is_range(name);
            is_json && is_other && is_header_value(name)
        });
        for name in others {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// `'404': {content: {application/json: A, application/problem+json: B, text/plain: T}}` ⇒ also `'404 application/problem+json': {content:
/// {application/json: B}}` and `'404 text/plain': {}`
///
/// `Content-Type` decides which of them came. Errors that are not JSON are kept as they come, because servers ignore `Accept` in
/// errors; successes that are not JSON are not asked for. JSON that the document does not have is read as the preferred one.
fn other_bodies(status: &str, body: &mut Value, is_success: bool, schemas: &Value) -> Vec<(String, Value)> {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else { return Vec::new() };
    if is_success && status == "default" {
        // It has errors as well, which are read as one type.
        return Vec::new();
    }
    let Some((preferred, Form::Json)) = best(content, schemas) else { return Vec::new() };
    // The preferred one is read as `application/json`, which must not be another one.
    let kept = content.keys().find(|name| essence(name) == JSON).cloned().unwrap_or(preferred);
    let schema = content[&kept].get("schema").cloned();
    let mut others = Vec::new();
    content.retain(|name, media_type| {
        let is_other = *name != kept && !is_range(name) && essence(name) != essence(&kept);
        if !is_other {
            return true;
        }
        let is_json = Form::of(name) == Form::Json;
        if is_success && !is_json {
            return true;
        }
        let key = format!("{status} {}", essence(name));
        if !is_json {
            others.push((key, json!({ "description": "" })));
        } else if media_type.get("schema") != schema.as_ref() {
            let typed = with_schema(Some(media_type.take()), None);
            others.push((key, json!({ "description": "", "content": { JSON: typed } })));
        }
        !is_json
    });
    others
}

/// Makes problems of what [`other_bodies`] adds point into the document.
pub(super) fn note(document: &Value, media_types: &BTreeMap<Pointer, MediaTypes>, origins: &mut Origins) {
    for (at, operation) in walk::operations(document) {
        if let Some(stream) = media_types.get(&at).and_then(|names| names.stream.as_ref()) {
            let schema = ["responses", &stream.key, "content", JSON, "schema"];
            let at = schema.iter().fold(at.clone(), |at, token| at.join(token));
            origins.moved(at, stream.item_at.clone());
        }
        for key in operation.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            if let Some((status, media_type)) = key.split_once(' ') {
                let responses = at.join("responses");
                origins.moved(responses.join(key), responses.join(status).join("content").join(media_type));
            }
        }
    }
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
    let schema = content[name].get("schema").map(|schema| resolve(schema, schemas));
    let is_binary = schema.is_some_and(|schema| schema["type"] == "string" && schema["format"] == "binary");
    // `*/*` is JSON only where its schema may be.
    let form = if is_range(name) && is_binary { Form::Bytes } else { Form::of(name) };
    Some((name.clone(), form))
}

/// The preferred media type of a request.
fn best_of_request(
    content: &Map<String, Value>,
    schemas: &Value,
    settings: &Settings,
) -> Option<(String, Form)> {
    match preferred_of_request(content.keys(), settings.multipart) {
        Some(name) if Form::of(name) == Form::Multipart => Some((name.clone(), Form::Multipart)),
        _ => best(content, schemas),
    }
}

/// Whether it can be the value of a header.
pub(super) fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether the caller may choose among media types that are ranges: bytes and texts are sent as they are.
fn is_chosen(form: Form) -> bool {
    matches!(form, Form::Bytes | Form::Text)
}

/// Whether a media type or a range can be sent in this form.
fn is_alike(name: &str, form: Form) -> bool {
    Form::of(name) == form || form == Form::Bytes && is_range(name)
}

/// The media types that the caller may choose from, if there are several or one of them is a range.
fn chosen(body: &Value, schemas: &Value, settings: &Settings) -> Option<ChosenMediaType> {
    let content = body.get("content")?.as_object()?;
    let (name, form) = best_of_request(content, schemas, settings)?;
    if form == Form::Multipart && settings.multipart {
        // The caller formats it, and so chooses the boundary.
        return Some(ChosenMediaType { setter: String::new(), allowed: vec![name], default: None });
    }
    // What is typed has one type for all of its names; bytes and texts are sent as they are.
    let schema = content[&name].get("schema");
    let is_like_it = |other: &String| match form {
        Form::Json => Form::of(other) == form && !is_range(other) && content[other].get("schema") == schema,
        _ => is_chosen(form) && is_alike(other, form),
    };
    let allowed: Vec<String> =
        content.keys().filter(|other| is_like_it(other) && is_header_value(other)).cloned().collect();
    if allowed.len() < 2 && !allowed.iter().any(|name| is_range(name)) {
        return None;
    }
    if form == Form::Json {
        return Some(ChosenMediaType { setter: String::new(), allowed, default: Some(name) });
    }
    let known = known_as(form);
    let covers = |range: &&String| {
        essence(range).strip_suffix('*').is_some_and(|start| start == "*/" || known.starts_with(start))
    };
    let named = allowed.iter().find(|name| !is_range(name)).cloned();
    let default = named.or_else(|| allowed.iter().find(covers).map(|_| known.to_owned()));
    Some(ChosenMediaType { setter: String::new(), allowed, default })
}

/// `Content-Type` of a request: the media type that is sent.
fn content_type(body: &Value, schemas: &Value, settings: &Settings) -> Option<String> {
    let (name, form) = best_of_request(body.get("content")?.as_object()?, schemas, settings)?;
    let is_sent = !is_range(&name) && is_header_value(&name);
    Some(if is_sent { name } else { known_as(form).to_owned() })
}

/// `Accept` of a request: the media types that are read, those of successes first.
fn accept(responses: Option<&Value>) -> Option<String> {
    let responses = responses?.as_object()?;
    let is_success = success_of(Some(responses));
    let (successes, errors): (Vec<_>, Vec<_>) = responses
        .iter()
        .filter(|(status, _)| !never_has_content(status))
        .partition(|(status, _)| is_success(status));
    let mut names: Vec<&str> = Vec::new();
    for (status, response) in successes.into_iter().chain(errors) {
        let content = response.get("content").and_then(Value::as_object);
        let name = content.and_then(|content| preferred(content.keys())).map(String::as_str);
        // Each that has a type.
        let others = content.into_iter().flat_map(Map::keys).map(String::as_str);
        let others = others.filter(|other| {
            let is_json = name.is_some_and(|name| Form::of(name) == Form::Json);
            if !is_json && is_success(status) {
                // All of them are bytes.
                return Form::of(other) != Form::Stream;
            }
            let is_read = !is_success(status) || is_json && status != "default";
            is_read && Form::of(other) == Form::Json && !is_range(other)
        });
        for name in name.into_iter().chain(others) {
            if is_header_value(name) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// Reports a media range that is sent as one of its media types, and those that are not used.
pub(super) fn report(
    at: &Pointer,
    name: &str,
    form: Form,
    others: &Map<String, Value>,
    done: &str,
    problems: &mut Vec<Problem>,
) {
    if done == "sent" && is_range(name) && !is_chosen(form) {
        problems.push(Problem::lossy(at, format!("`{name}` is {done} as `{}`", known_as(form))));
    }
    let others: Vec<String> =
        others.keys().filter(|other| *other != name).map(|other| format!("`{other}`")).collect();
    if !others.is_empty() {
        problems.push(Problem::lossy(at, format!("only `{name}` is {done}, not {}", others.join(", "))));
    }
}
