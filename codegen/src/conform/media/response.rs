//! Chooses the media type of each response, and plans the others.

use serde_json::{Map, Value, json};

use super::{Moved, best, binary, is_header_value, known_as, with_schema};
use crate::conform::errors::success_of;
use crate::conform::streams;
use crate::document::Pointer;
use crate::document::media_type::{Form, JSON, essence, is_range, preferred};
use crate::plan::MediaTypes;
use crate::problem::Problem;
use crate::settings::Settings;

/// Keeps one media type of each response of an operation, and adds a response for each other one that is typed.
pub(super) fn conform(
    at: &Pointer,
    operation: &mut Value,
    schemas: &Value,
    settings: &Settings,
    names: &mut MediaTypes,
    moved: &mut Vec<Moved>,
    problems: &mut Vec<Problem>,
) {
    let is_head = at.last() == Some("head");
    let at = at.join("responses");
    // Taken out of the operation, whose request a stream depends on.
    let Some(Value::Object(mut all)) = operation.get_mut("responses").map(Value::take) else { return };
    let is_success_of_all = success_of(Some(&all));
    let mut by_media_type = Vec::new();
    if !is_head {
        names.alternatives = alternatives_of(&all, &is_success_of_all);
    }
    let schema_of =
        |key: &str| ["content", JSON, "schema"].iter().fold(at.join(key), |at, token| at.join(token));
    for (status, body) in &mut all {
        let at = at.join(status);
        if is_head || never_has_content(status) {
            drop_content(&at, body, is_head, problems);
        }
        let is_success = is_success_of_all(status);
        if is_success && settings.streams && names.stream.is_none() {
            let request = operation.get("requestBody");
            if let Some((stream, response)) = streams::take(&at, status, body, request, schemas) {
                moved.push((schema_of(&stream.key), stream.item_at.clone()));
                by_media_type.extend(response.map(|response| (stream.key.clone(), response)));
                names.stream = Some(stream);
            }
        }
        for (name, key, response) in other_bodies(status, body, is_success, schemas) {
            moved.push((schema_of(&key), at.join("content").join(&name).join("schema")));
            by_media_type.push((key, response));
        }
        if let Some([before, now]) = response(&at, body, is_success, schemas, settings, problems) {
            moved.push((at.join("content").join(&now), at.join("content").join(&before)));
        }
    }
    all.extend(by_media_type);
    operation["responses"] = Value::Object(all);
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

/// `content: {application/json: S, text/csv: T}` ⇒ `content: {application/json: S}`;
/// `content: {text/csv: T}` ⇒ `content: {application/octet-stream: {format: binary}}`
///
/// JSON is parsed, anything else is bytes. Returns the names of the media type before and after.
fn response(
    at: &Pointer,
    body: &mut Value,
    is_success: bool,
    schemas: &Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Option<[String; 2]> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let Some((name, form)) = best(content, schemas) else {
        _ = body.as_object_mut().map(|body| body.remove("content"));
        return None;
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
    Some([name, known_as(kept_as).to_owned()])
}

/// The media types of successes that are read as JSON, and in which the caller can ask for the response instead: it is bytes then.
fn alternatives_of(responses: &Map<String, Value>, is_success: &dyn Fn(&str) -> bool) -> Vec<String> {
    let responses = responses.iter();
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
/// Each is returned with its media type, and with its key.
fn other_bodies(
    status: &str,
    body: &mut Value,
    is_success: bool,
    schemas: &Value,
) -> Vec<(String, String, Value)> {
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
            others.push((name.clone(), key, json!({ "description": "" })));
        } else if media_type.get("schema") != schema.as_ref() {
            let typed = with_schema(Some(media_type.take()), None);
            others.push((name.clone(), key, json!({ "description": "", "content": { JSON: typed } })));
        }
        !is_json
    });
    others
}

/// `Accept` of a request: the media types that are read, those of successes first.
pub(super) fn accept(responses: Option<&Value>) -> Option<String> {
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
