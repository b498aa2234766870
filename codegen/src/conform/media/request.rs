//! Chooses the media type of a request, and plans the others.

use serde_json::{Map, Value, json};

use super::{Moved, binary, form_of, is_header_value, known_as, with_schema};
use crate::conform::constraints::constraints;
use crate::conform::lines;
use crate::conform::multipart;
use crate::conform::parameters::resolve;
use crate::document::Pointer;
use crate::document::media_type::{
    Form, Framing, JSON, URL_ENCODED, essence, is_range, preferred_of_request,
};
use crate::plan::{ChosenMediaType, Lines, MediaTypes, Multipart, OtherBodies, ParameterStyle, Style};
use crate::problem::Problem;
use crate::settings::Settings;

/// Keeps one media type of the request of an operation. Returns why no client can send it.
pub(super) fn conform(
    at: &Pointer,
    operation: &mut Value,
    schemas: &Value,
    settings: &Settings,
    names: &mut MediaTypes,
    moved: &mut Vec<Moved>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let body = operation.get_mut("requestBody")?;
    let at = at.join("requestBody");
    let content = body.get("content").and_then(Value::as_object);
    let all: Vec<String> = content.into_iter().flat_map(Map::keys).cloned().collect();
    let typed = content.and_then(|content| best_of_request(content, schemas, settings));
    let of_form = |form: Form| typed.as_ref().filter(|typed| typed.1 == form).map(|(name, _)| &**name);
    names.multipart = of_form(Form::Multipart)
        .filter(|_| settings.multipart)
        .and_then(|name| multipart(&at, name, body, schemas, problems));
    // What is chosen and encoded is that of the form that is kept.
    names.content_type = content_type(body, schemas, settings);
    names.encodings = encodings(body);
    names.chosen = chosen(body, schemas, settings);
    names.others = other_bodies(&at, all, body["required"] == true, names, problems);
    names.lines = of_form(Form::Stream).and_then(|name| lines(&at, name, body, schemas, settings, problems));
    let reason = match &typed {
        Some((name, form)) if names.multipart.is_none() && names.lines.is_none() => {
            request(&at, name, *form, body, schemas, settings, problems)
        }
        _ => None,
    };
    let content = body.get("content").and_then(Value::as_object);
    if let (Some((before, _)), Some(now)) = (typed, content.and_then(|content| content.keys().next())) {
        let now = at.join("content").join(now);
        let form = names.multipart.as_ref().map(|form| (now.join("schema"), form.at.clone()));
        let lines =
            names.lines.as_ref().map(|lines| (now.join("schema").join("items"), lines.item_at.clone()));
        moved.extend(form.into_iter().chain(lines));
        moved.push((now, at.join("content").join(&before)));
    }
    if body.get("content").is_none_or(|content| content.as_object().is_none_or(Map::is_empty)) {
        operation.as_object_mut().and_then(|operation| operation.remove("requestBody"));
    }
    reason
}

/// Keeps a multipart form of a request as one that is url-encoded, if all parts can be written.
fn multipart(
    at: &Pointer,
    name: &str,
    body: &mut Value,
    schemas: &Value,
    problems: &mut Vec<Problem>,
) -> Option<Multipart> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let (mut schema, multipart) = multipart::conform(at, name, &content[name], schemas, problems)?;
    // No form is `null`.
    _ = schema.as_object_mut().map(|schema| schema.remove("nullable"));
    let kept = with_schema(content.remove(name), Some(schema));
    *content = Map::from_iter([(URL_ENCODED.to_owned(), kept)]);
    Some(multipart)
}

/// Keeps the values of a request that are one after another as a list in JSON, if they are typed.
fn lines(
    at: &Pointer,
    name: &str,
    body: &mut Value,
    schemas: &Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Option<Lines> {
    let content = body.get_mut("content")?.as_object_mut()?;
    let framing = lines::framing(name, &content[name], schemas, settings)?;
    let (list, lines) = lines::conform(at, name, &content[name], framing, schemas, problems);
    *content = Map::from_iter([(JSON.to_owned(), json!({ "schema": list }))]);
    Some(lines)
}

/// Keeps one media type of a request; returns why no client can send it.
fn request(
    at: &Pointer,
    name: &str,
    form: Form,
    body: &mut Value,
    schemas: &Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let content = body.get_mut("content")?.as_object_mut()?;
    if form == Form::Multipart && !settings.multipart {
        return Some(format!(
            "its body is `{name}`, which needs `Settings::multipart`, and the cargo feature `multipart`"
        ));
    }
    // A multipart form that is not an object is bytes, and so is a stream.
    let form = if matches!(form, Form::Multipart | Form::Stream) { Form::Bytes } else { form };
    let is_structured = |schema: &Value| {
        resolve(schema, schemas).get("type").is_some_and(|of| of != "string")
            || Framing::of(name).is_some() && lines::is_union_of_lists(schema, schemas)
    };
    if matches!(form, Form::Text | Form::Bytes) && content[name].get("schema").is_some_and(is_structured) {
        let message = format!("the body is a string or bytes that the caller formats as `{name}`");
        problems.push(Problem::relaxed(at, message));
    }
    let own = content[name].get("schema").map(|schema| resolve(schema, schemas)).and_then(Value::as_object);
    let mut unchecked: Vec<&str> =
        own.into_iter().flat_map(constraints).map(|keyword| keyword.name).collect();
    if form == Form::Text && !unchecked.is_empty() {
        unchecked.sort_unstable();
        let message = format!("not checked in requests: {}", unchecked.join(", "));
        problems.push(Problem::relaxed(&at.join("content").join(name).join("schema"), message));
    }
    let schema = match form {
        Form::Json | Form::UrlEncoded => None,
        // progenitor accepts no other schemas for these.
        Form::Text => Some(json!({ "type": "string" })),
        Form::Bytes | Form::Multipart | Form::Stream => Some(binary()),
    };
    let kept = with_schema(content.remove(name), schema);
    *content = Map::from_iter([(known_as(form).to_owned(), kept)]);
    None
}

/// `content: {application/json: A, application/xml: B}` ⇒ `application/xml`, of which the caller gives the bytes
///
/// The media types that neither the typed body nor its choice has.
fn other_bodies(
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

/// The styles of the properties of a form. A property without one is written by its value (OpenAPI 3.1 §4.8.15.1).
pub(in crate::conform) fn encodings(body: &Value) -> Vec<(String, ParameterStyle)> {
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

/// The preferred media type of a request.
fn best_of_request(
    content: &Map<String, Value>,
    schemas: &Value,
    settings: &Settings,
) -> Option<(String, Form)> {
    let is_typed = |name: &str| {
        let schema = content[name].get("schema");
        schema.is_some_and(|schema| Form::of(name) != Form::Multipart || multipart::is_form(schema, schemas))
    };
    let name = preferred_of_request(content.keys(), settings.multipart, is_typed)?;
    Some((name.clone(), form_of(name, &content[name], schemas)))
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
    let schema = |name: &String| ["schema", "itemSchema"].map(|key| content[name].get(key));
    let framing = lines::framing(&name, &content[&name], schemas, settings);
    let is_like_it = |other: &String| match form {
        Form::Json => {
            Form::of(other) == form
                && !is_range(other)
                && content[other].get("schema") == content[&name].get("schema")
        }
        Form::Stream if framing.is_some() => Framing::of(other) == framing && schema(other) == schema(&name),
        _ => is_chosen(form) && is_alike(other, form),
    };
    let allowed: Vec<String> =
        content.keys().filter(|other| is_like_it(other) && is_header_value(other)).cloned().collect();
    if allowed.len() < 2 && !allowed.iter().any(|name| is_range(name)) {
        return None;
    }
    if form == Form::Json || framing.is_some() {
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
