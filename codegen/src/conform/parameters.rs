//! Turns parameters that progenitor cannot send into scalars and exploded arrays, which it can.
//! Must not know bodies.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::deprecation;
use super::media;
use super::only_member;
use super::origin::Origins;
use super::renames::names_in;
use crate::document::Pointer;
use crate::document::media_type::Form;
use crate::document::references::referred;
use crate::document::token::is_token;
use crate::document::walk::{self, is_method};
use crate::plan::{ParameterStyle, Plan, Style};
use crate::problem::Problem;

/// The header parameters that OpenAPI ignores (§4.7.12.1): they belong to bodies and to security.
const IGNORED_HEADERS: &[&str] = &["accept", "authorization", "content-type"];

/// The parameters that handwritten code writes, by the method of the operation and the index.
pub(super) type Styles = BTreeMap<(String, usize), ParameterStyle>;

/// The styles of the properties of those that are the whole query, likewise.
pub(super) type Encodings = BTreeMap<(String, usize), Vec<(String, ParameterStyle)>>;

/// Conforms the parameters of every operation, those of its path included. The problems point into the input, because a
/// parameter may become several, or none.
pub(super) fn conform(document: &mut Value, origins: &mut Origins) -> (Styles, Encodings, Vec<Problem>) {
    let mut problems = Vec::new();
    let shared = move_down(document);
    // Taken out, because the operations change while schemas are looked up.
    let schemas = document.pointer_mut("/components/schemas").map(Value::take).unwrap_or_default();
    let (mut styles, mut all_encodings) = (Styles::new(), Encodings::new());
    walk::each_operation_mut(document, &mut |at, operation| {
        let [_, path, _] = *at.tokens() else { return };
        let list = at.join("parameters");
        let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let parameters = match operation.get_mut("parameters") {
            Some(Value::Array(parameters)) => std::mem::take(parameters),
            _ => Vec::new(),
        };
        if parameters.is_empty() {
            return;
        }
        let mut conformed = Vec::with_capacity(parameters.len());
        let shared = shared.get(at).map_or(&[][..], Vec::as_slice);
        let is_whole = |parameter: &Value| parameter.get("in").is_some_and(|place| place == "querystring");
        let is_in_query = |parameter: &Value| parameter.get("in").is_some_and(|place| place == "query");
        let has_others =
            parameters.iter().any(is_in_query) || parameters.iter().filter(|one| is_whole(one)).count() > 1;
        for (index, parameter) in parameters.into_iter().enumerate() {
            let origin = match shared.get(index) {
                Some(origin) => origin.clone(),
                None => list.join(&(index - shared.len()).to_string()),
            };
            check(&origin, path, &parameter, &mut problems);
            let mut encodings = None;
            if is_whole(&parameter) {
                if has_others || parameter.get("content").is_none() {
                    let message = "a `querystring` is the only parameter of the query, and has `content`";
                    problems.push(Problem::error(&origin, message));
                    continue;
                }
                encodings = Some(media::encodings(&parameter)).filter(|encodings| !encodings.is_empty());
            }
            all_encodings.extend(encodings.map(|encodings| ((method.clone(), conformed.len()), encodings)));
            for (parameter, style) in one(&origin, parameter, &schemas, &mut problems) {
                origins.moved(list.join(&conformed.len().to_string()), origin.clone());
                styles.extend(style.map(|style| ((method.clone(), conformed.len()), style)));
                conformed.push(parameter);
            }
        }
        operation["parameters"] = Value::Array(conformed);
    });
    if let Some(place) = document.pointer_mut("/components/schemas") {
        *place = schemas;
    }
    (styles, all_encodings, problems)
}

/// Plans the documentation of each parameter: its own description, and that of its schema if it adds something.
pub(super) fn descriptions(document: &mut Value, plan: &mut Plan) {
    walk::each_operation_mut(document, &mut |_, operation| {
        let id = operation.get("operationId").and_then(Value::as_str);
        let planned = plan.operations.iter_mut().find(|planned| id == Some(&*planned.method));
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        for (planned, parameter) in
            planned.into_iter().flat_map(|planned| &mut planned.parameters).zip(parameters)
        {
            let text =
                |of: &Value| of.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            let (own, of_schema) = (text(parameter), parameter.get("schema").map(text).unwrap_or_default());
            let added = of_schema.strip_prefix(&*own).unwrap_or(&of_schema).trim_start();
            planned.description = format!("{own}\n\n{added}").trim().to_owned();
        }
    });
}

/// `/a: {parameters: [P], get: {parameters: [Q]}}` ⇒ `/a: {get: {parameters: [P, Q]}}`
///
/// The parameters of a path apply to each of its operations that has none of the same name and location. Returns where they
/// were, by operation.
fn move_down(document: &mut Value) -> BTreeMap<Pointer, Vec<Pointer>> {
    let mut moved = BTreeMap::new();
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return moved };
    for (path, item) in paths.iter_mut().filter_map(|(path, item)| Some((path, item.as_object_mut()?))) {
        let Some(Value::Array(shared)) = item.remove("parameters") else { continue };
        let list = Pointer::of(["paths", path, "parameters"]);
        for (method, operation) in item.iter_mut().filter(|(method, _)| is_method(method)) {
            let Some(operation) = operation.as_object_mut() else { continue };
            let own = operation.entry("parameters").or_insert_with(|| json!([]));
            let Some(own) = own.as_array_mut() else { continue };
            let same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
            let missing = shared.iter().enumerate().filter(|(_, a)| !own.iter().any(|b| same(a, b)));
            let (origins, missing): (Vec<Pointer>, Vec<Value>) =
                missing.map(|(index, a)| (list.join(&index.to_string()), a.clone())).unzip();
            own.splice(0..0, missing);
            moved.insert(Pointer::of(["paths", path, method]), origins);
        }
    }
    moved
}

/// Reports parameters that no request can have: one that the path lacks, and a header whose name is not a token (RFC 9110 §5.6.2).
fn check(at: &Pointer, path: &str, parameter: &Value, problems: &mut Vec<Problem>) {
    let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
    match parameter.get("in").and_then(Value::as_str) {
        Some("path") if !names_in(path).any(|other| other == name) => {
            problems.push(Problem::error(at, format!("the path has no `{{{name}}}`")));
        }
        Some("header") if !is_token(name) => {
            problems.push(Problem::error(at, format!("`{name}` is not a valid header name")));
        }
        _ => {}
    }
}

/// `{name: a, style: pipeDelimited, schema: {type: array}}` ⇒ `{name: a, schema: {type: string}}`;
/// `{name: a, style: label, schema: {type: string}}` ⇒ `{name: a, schema: {type: string}}` and its style
///
/// Returns the parameters that progenitor can send in the place of one, with the style of those that handwritten code writes.
/// The caller formats as a string what neither can write.
fn one(
    at: &Pointer,
    mut parameter: Value,
    schemas: &Value,
    problems: &mut Vec<Problem>,
) -> Vec<(Value, Option<ParameterStyle>)> {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, place) = (text("name"), text("in"));
    let is_required = parameter.get("required") == Some(&Value::Bool(true));
    let is_pairs = matches!(place.as_str(), "query" | "cookie");
    let default = if is_pairs { Style::Form } else { Style::Simple };
    let written = ParameterStyle::of(&parameter, default);
    if place == "header" && IGNORED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Vec::new();
    }
    let Some(map) = parameter.as_object_mut() else { return Vec::new() };
    ["style", "explode", "allowEmptyValue", "example", "examples"].iter().for_each(|key| {
        map.remove(*key);
    });
    if place == "path" {
        map.insert("required".to_owned(), true.into());
    }
    if let Some(content) = map.remove("content") {
        let content = content.as_object().and_then(|content| content.iter().next());
        let (media_type, content) =
            content.map_or(("", &Value::Null), |(name, content)| (name.as_str(), content));
        if place == "querystring" {
            return vec![whole_query(at, parameter, media_type, content, schemas, problems)];
        }
        return match content.get("schema") {
            Some(schema) if Form::of(media_type) == Form::Json && is_typed(resolve(schema, schemas)) => {
                map.insert("schema".to_owned(), schema.clone());
                vec![(parameter, Some(ParameterStyle { style: Style::Json, explode: false, ..written }))]
            }
            _ => vec![(as_text(at, parameter, &format!("as `{media_type}`"), problems), None)],
        };
    }
    let schema = map.entry("schema").or_insert_with(|| json!({ "type": "string" })).clone();
    let resolved = resolve(&schema, schemas);
    match value_kind(resolved, schemas) {
        ValueKind::Scalar => {
            let is_reserved = place == "path" && written.allows_reserved;
            let is_own = matches!(written.style, Style::Label | Style::Matrix | Style::Cookie) || is_reserved;
            vec![(parameter, is_own.then_some(written))]
        }
        // progenitor writes the name once for each item; a list of an exploded style is written the same.
        ValueKind::Array if is_pairs && written.explode && written.style != Style::DeepObject => {
            vec![(parameter, (written.style == Style::Cookie).then_some(written))]
        }
        ValueKind::Object if is_pairs && (written.explode || written.style == Style::DeepObject) => {
            let deep = written.style == Style::DeepObject;
            match exploded(&parameter, &name, is_required, deep, resolved, schemas) {
                Some(parts) => {
                    problems
                        .push(Problem::relaxed(at, format!("each property of `{name}` becomes a parameter")));
                    let own = (written.style == Style::Cookie).then_some(written);
                    parts.into_iter().map(|part| (part, own)).collect()
                }
                None => vec![(parameter, Some(written))],
            }
        }
        _ if is_typed(resolved) => vec![(parameter, Some(written))],
        _ => vec![(as_text(at, parameter, "as the document says", problems), None)],
    }
}

/// `{in: querystring, content: {application/json: {schema: S}}}` ⇒ `{in: querystring, schema: S}`, and how it is written
fn whole_query(
    at: &Pointer,
    mut parameter: Value,
    media_type: &str,
    content: &Value,
    schemas: &Value,
    problems: &mut Vec<Problem>,
) -> (Value, Option<ParameterStyle>) {
    let schema = content.get("schema");
    let resolved = schema.map(|schema| resolve(schema, schemas)).filter(|schema| is_typed(schema));
    let is_object = resolved.is_some_and(|schema| {
        !matches!(value_kind(schema, schemas), ValueKind::Scalar | ValueKind::Array)
            && schema.get("type").is_none_or(|of| of == "object")
    });
    let style = match Form::of(media_type) {
        Form::Json if resolved.is_some() => Style::Json,
        Form::UrlEncoded if is_object => Style::Form,
        _ => Style::Simple,
    };
    let written = ParameterStyle { style, explode: false, allows_reserved: false };
    let is_text = resolved.is_some_and(|schema| schema["type"] == "string");
    match schema {
        Some(schema) if style != Style::Simple => parameter["schema"] = schema.clone(),
        // The type of a text would be that of JSON.
        _ if is_text => parameter["schema"] = json!({ "type": "string" }),
        _ => parameter = as_text(at, parameter, &format!("as `{media_type}`"), problems),
    }
    (parameter, Some(written))
}

/// Whether typify has a type for a schema, and not only any JSON value.
fn is_typed(schema: &Value) -> bool {
    ["type", "properties", "oneOf", "anyOf", "allOf", "enum"].iter().any(|key| schema.get(key).is_some())
}

/// A string that the caller formats.
fn as_text(at: &Pointer, mut parameter: Value, how: &str, problems: &mut Vec<Problem>) -> Value {
    let description = parameter.get("description").and_then(Value::as_str).unwrap_or_default();
    parameter["description"] = format!("{description}\n\nThe caller formats it {how}.").trim_start().into();
    parameter["schema"] = json!({ "type": "string" });
    problems.push(Problem::relaxed(at, format!("the parameter is a string that the caller formats {how}")));
    parameter
}

/// `{name: a, style: deepObject, schema: {properties: {b: S}}}` ⇒ `{name: 'a[b]', schema: S}`
///
/// One parameter per property, as the style writes them; `None` if a property is not a scalar.
fn exploded(
    parameter: &Value,
    name: &str,
    is_required: bool,
    deep: bool,
    schema: &Value,
    schemas: &Value,
) -> Option<Vec<Value>> {
    let properties = schema.get("properties")?.as_object()?;
    if schema.get("additionalProperties").is_some_and(|others| *others != false) {
        // Additional properties have no known names.
        return None;
    }
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    properties
        .iter()
        .map(|(property, of)| {
            let is_scalar = matches!(value_kind(resolve(of, schemas), schemas), ValueKind::Scalar);
            let mut part = Map::new();
            let full = if deep { format!("{name}[{property}]") } else { property.clone() };
            part.insert("name".to_owned(), full.into());
            part.insert("in".to_owned(), parameter["in"].clone());
            part.insert(
                "required".to_owned(),
                (is_required && required.contains(&property.as_str().into())).into(),
            );
            let reserved = parameter.get("allowReserved");
            part.extend(reserved.map(|reserved| ("allowReserved".to_owned(), reserved.clone())));
            let description = of.get("description").or_else(|| parameter.get("description"));
            part.extend(description.map(|description| ("description".to_owned(), description.clone())));
            part.insert("schema".to_owned(), of.clone());
            let mut part = Value::Object(part);
            if let Some(deprecation) = deprecation::of_value(parameter) {
                deprecation::mark(&mut part, deprecation);
            }
            is_scalar.then_some(part)
        })
        .collect()
}

/// What a parameter can be written as.
enum ValueKind {
    Scalar,
    Array,
    Object,
    /// A union, or anything at all.
    Other,
}

fn value_kind(schema: &Value, schemas: &Value) -> ValueKind {
    match schema.get("type").and_then(Value::as_str) {
        Some("string" | "integer" | "number" | "boolean") => ValueKind::Scalar,
        Some("array") => {
            match schema.get("items").map(|items| value_kind(resolve(items, schemas), schemas)) {
                Some(ValueKind::Scalar) => ValueKind::Array,
                _ => ValueKind::Other,
            }
        }
        Some("object") => ValueKind::Object,
        _ if schema.get("properties").is_some() => ValueKind::Object,
        _ => ValueKind::Other,
    }
}

/// Follows references, and compositions of one.
pub(super) fn resolve<'a>(mut schema: &'a Value, schemas: &'a Value) -> &'a Value {
    for _ in 0..64 {
        let next = match referred(schema) {
            Some(name) => schemas.get(&*name),
            None => schema.as_object().and_then(only_member),
        };
        let Some(next) = next else { break };
        schema = next;
    }
    schema
}
