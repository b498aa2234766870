//! Turns multipart bodies into forms whose files have a type of their own; what their parts are goes into the plan.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::constraints::constraints;
use super::only_member;
use super::parameters::resolve;
use crate::document::Pointer;
use crate::document::keywords::{allows_anything, is_annotation};
use crate::document::media_type::{Form, essence, is_range};
use crate::document::references::referred;
use crate::lower::CONTENT_MEDIA_TYPE;
use crate::plan::{Multipart, ParameterStyle, Part, PartContent, Style};
use crate::problem::Problem;
use crate::settings::Settings;

/// The format of a string that is sent as a file.
const FILE: &str = "x-multipart-file";

/// The handwritten type of a file.
const TYPE: &str = "File";

/// How many schemas inside each other are looked at for files.
const MAX_DEPTH: usize = 24;

/// How many schemas are looked at for one body: references may meet in the same schema over and over.
const MAX_SCHEMAS: usize = 20_000;

/// The settings with the type of files.
pub(super) fn with_files(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if settings.multipart {
        settings.formats.push((FILE.to_owned(), TYPE.to_owned()));
    }
    settings
}

/// `multipart/form-data: {schema: {$ref: A}}`, `A: {properties: {a: {format: binary}}}` ⇒
/// `application/x-www-form-urlencoded: {schema: {properties: {a: {format: x-multipart-file}}}}`
///
/// The generator makes the same of it as of a form, and refining writes parts. A component with a file is written out, and hoisted by the
/// name of the operation: in JSON, the same property is a string. `None` if the body is not an object.
pub(super) fn conform(
    at: &Pointer,
    media_type: &str,
    content: &Value,
    schemas: &Value,
    problems: &mut Vec<Problem>,
) -> Option<(Value, Multipart)> {
    let at = at.join("content").join(media_type);
    let none = Map::new();
    let encodings = content.get("encoding").and_then(Value::as_object).unwrap_or(&none);
    let schema = content.get("schema").cloned().unwrap_or_else(|| json!({}));
    let mut form = FormBody {
        schemas,
        encodings,
        at: at.clone(),
        parts: Vec::new(),
        seen: BTreeSet::new(),
        left: MAX_SCHEMAS,
        problems,
    };
    let schema = if is_open(resolve(&schema, schemas)) {
        json!({ "type": "object", "additionalProperties": file(&Map::new()) })
    } else if is_form(&schema, schemas) {
        form.body(&at.join("schema"), &schema, MAX_DEPTH).unwrap_or(schema)
    } else {
        return None;
    };
    for name in encodings.keys() {
        form.part(name, &Value::Null);
    }
    if form.left == 0 {
        let message = "too many schemas; those that were not looked at have strings for files";
        form.problems.push(Problem::lossy(&at.join("schema"), message));
    }
    let parts = form.parts;
    let origin = origin(at.join("schema"), content.get("schema").unwrap_or(&Value::Null), schemas);
    let boundary = |parameter: &&str| !parameter.trim().to_ascii_lowercase().starts_with("boundary");
    let media_type = media_type.split(';').filter(boundary).map(str::trim).collect::<Vec<_>>().join("; ");
    Some((schema, Multipart { media_type, at: origin, parts }))
}

/// The schema that a body refers to, or its own.
fn origin(at: Pointer, schema: &Value, schemas: &Value) -> Pointer {
    let (mut at, mut schema) = (at, schema);
    for _ in 0..MAX_DEPTH {
        let Some(name) = referred(schema) else { break };
        at = Pointer::of(["components", "schemas", &name]);
        schema = &schemas[&*name];
    }
    at
}

/// Whether nothing is known of the properties.
fn is_open(schema: &Value) -> bool {
    let is_open = |others: &Value| *others != false && allows_anything(others);
    schema.as_object().is_none_or(|map| {
        map.iter().all(|(key, value)| match key.as_str() {
            "type" => value == "object",
            "additionalProperties" => is_open(value),
            key => is_annotation(key),
        })
    })
}

/// Whether the parts of a multipart body are known by a schema.
pub(super) fn is_form(schema: &Value, schemas: &Value) -> bool {
    is_object(schema, schemas, &mut BTreeSet::new())
}

/// Whether values are objects. `seen` are the components that are looked at already.
fn is_object<'a>(schema: &'a Value, schemas: &'a Value, seen: &mut BTreeSet<&'a str>) -> bool {
    if let Some(name) = referred(schema) {
        let target = schemas.as_object().and_then(|schemas| schemas.get_key_value(&*name));
        return target.is_some_and(|(name, target)| !seen.insert(name) || is_object(target, schemas, seen));
    }
    match schema.get("type") {
        Some(kind) => kind == "object",
        None if schema.get("properties").is_some() => true,
        None => {
            let lists = ["oneOf", "anyOf", "allOf"].iter().filter_map(|key| schema.get(*key)?.as_array());
            let mut members = lists.flatten().peekable();
            members.peek().is_some() && members.all(|member| is_object(member, schemas, seen))
        }
    }
}

/// The schema of a file, with the annotations of what it is made from.
fn file(of: &Map<String, Value>) -> Value {
    let is_kept = |key: &str| {
        key == "nullable" || is_annotation(key) && !matches!(key, "format" | "default" | "example")
    };
    let mut file: Map<String, Value> =
        of.iter().filter(|(key, _)| is_kept(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    file.insert("type".to_owned(), "string".into());
    file.insert("format".to_owned(), FILE.into());
    Value::Object(file)
}

/// A body whose parts are being collected.
struct FormBody<'a> {
    schemas: &'a Value,
    encodings: &'a Map<String, Value>,
    /// The location of the Media Type Object.
    at: Pointer,
    parts: Vec<Part>,
    /// The properties that have a part.
    seen: BTreeSet<String>,
    /// How many more schemas are looked at.
    left: usize,
    problems: &'a mut Vec<Problem>,
}

impl FormBody<'_> {
    /// Collects the parts of a schema of the body; returns the schema with its files, if it has any.
    fn body(&mut self, at: &Pointer, schema: &Value, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        if let Some(name) = referred(schema) {
            let at = Pointer::of(["components", "schemas", &name]);
            return self.body(&at, self.schemas.get(&*name)?, depth);
        }
        let mut with_files = schema.as_object()?.clone();
        let mut has_files = false;
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.part(name, property);
            let at = at.join("properties").join(name);
            if let Some(file) = self.marked(&at, property, &self.content_types(name), depth) {
                with_files["properties"][name] = file;
                has_files = true;
            }
        }
        if let Some(others) = schema.get("additionalProperties").filter(|others| others.is_object())
            && !allows_anything(others)
            && let Some(file) = self.marked(&at.join("additionalProperties"), others, &[], depth)
        {
            with_files["additionalProperties"] = file;
            has_files = true;
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            let members = schema.get(key).and_then(Value::as_array);
            for (index, member) in members.into_iter().flatten().enumerate() {
                let place = at.join(key).join(&index.to_string());
                if let Some(mut with_file) = self.body(&place, member, depth) {
                    if let Some(name) = referred(member) {
                        // The name of its variant.
                        with_file["title"] = name.into_owned().into();
                    }
                    with_files[key][index] = with_file;
                    has_files = true;
                    // It maps values to components, which are written out here.
                    with_files.remove("discriminator");
                }
            }
        }
        has_files.then_some(Value::Object(with_files))
    }

    /// The schema of a property, or of a part of it, with its files, if it has any.
    fn marked(
        &mut self,
        at: &Pointer,
        schema: &Value,
        media_types: &[String],
        depth: usize,
    ) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        if let Some(name) = referred(schema) {
            let at = Pointer::of(["components", "schemas", &name]);
            return self.marked(&at, self.schemas.get(&*name)?, media_types, depth);
        }
        let map = schema.as_object()?;
        if is_file(map, media_types) {
            let mut unchecked: Vec<&str> = constraints(map).map(|keyword| keyword.name).collect();
            unchecked.sort_unstable();
            if !unchecked.is_empty() {
                let message = format!("not checked of a file: {}", unchecked.join(", "));
                self.problems.push(Problem::relaxed(at, message));
            }
            if map.get("type").is_some_and(|kind| kind == "object") {
                let message = format!("a file that the caller formats as `{}`", media_types.join(", "));
                self.problems.push(Problem::relaxed(at, message));
            }
            return Some(file(map));
        }
        let mut with_files = map.clone();
        let mut has_files = false;
        // A part is an item of a list, and a list in it is JSON, in which a file is a string.
        let is_nested = |items: &Value| resolve(items, self.schemas).get("items").is_some();
        if let Some(items) = map.get("items").filter(|items| !is_nested(items))
            && let Some(items) = self.marked(&at.join("items"), items, media_types, depth)
        {
            with_files.insert("items".to_owned(), items);
            has_files = true;
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            for (index, member) in map.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
                let at = at.join(key).join(&index.to_string());
                if let Some(member) = self.marked(&at, member, media_types, depth) {
                    with_files[key][index] = member;
                    has_files = true;
                }
            }
        }
        has_files.then_some(Value::Object(with_files))
    }

    /// The media types of a property's Encoding Object.
    fn content_types(&self, name: &str) -> Vec<String> {
        let listed = self.encodings.get(name).and_then(|encoding| encoding.get("contentType")?.as_str());
        let media_types = listed.into_iter().flat_map(|listed| listed.split(',')).map(str::trim);
        let is_valid =
            |text: &&str| text.contains('/') && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        media_types.filter(is_valid).map(str::to_owned).collect()
    }

    /// Plans how a property is written. One that is a file in one branch of a union may be a string in another.
    fn part(&mut self, name: &str, schema: &Value) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        let mut media_types = self.content_types(name);
        let at = self.at.join("encoding").join(name);
        let has_files = self.marked_quietly(schema, &media_types);
        let encoding = self.encodings.get(name);
        let own = resolve(schema, self.schemas);
        let is_list = own.get("type").is_some_and(|kind| kind == "array");
        let is_styled = encoding
            .is_some_and(|of| ["style", "explode", "allowReserved"].iter().any(|key| of.get(key).is_some()));
        let style = encoding.filter(|_| is_styled && !has_files);
        let style = style.map(|encoding| ParameterStyle::of(encoding, Style::Form));
        if style.is_some() {
            media_types.clear();
        }
        let mut content = PartContent::ByValue;
        if !has_files {
            let is_json = |media_type: &String| !is_range(media_type) && Form::of(media_type) == Form::Json;
            let is_complex = own.get("type").is_none_or(|kind| kind == "object");
            let first = media_types.iter().find(|media_type| !is_range(media_type));
            let sent = media_types.iter().find(|of| is_complex && is_json(of)).or(first).cloned();
            if let Some(sent) = &sent {
                let others: Vec<_> =
                    media_types.iter().filter(|of| *of != sent).map(|of| format!("`{of}`")).collect();
                if !others.is_empty() {
                    let message = format!("only `{sent}` is sent, not {}", others.join(", "));
                    self.problems.push(Problem::lossy(&at.join("contentType"), message));
                }
                if is_json(sent) {
                    content = if is_list { PartContent::JsonItems } else { PartContent::Json };
                }
            }
            let inner = if is_list { resolve(&own["items"], self.schemas) } else { own };
            media_types = match sent {
                Some(sent) => vec![sent],
                None if style.is_some() => Vec::new(),
                None => default_of_text(inner).into_iter().collect(),
            };
        } else if media_types.is_empty() {
            let inner = if is_list { resolve(&own["items"], self.schemas) } else { own };
            media_types.extend(inner.get(CONTENT_MEDIA_TYPE).and_then(Value::as_str).map(str::to_owned));
        }
        let headers = encoding.map(|encoding| self.headers(&at, encoding, has_files)).unwrap_or_default();
        self.parts.push(Part { name: name.to_owned(), content, content_types: media_types, headers, style });
    }

    /// Whether a property has files.
    fn marked_quietly(&mut self, schema: &Value, media_types: &[String]) -> bool {
        let before = self.problems.len();
        let has_files = self.marked(&Pointer::root(), schema, media_types, MAX_DEPTH).is_some();
        self.problems.truncate(before);
        has_files
    }

    /// The headers of a part that have one value each. The caller adds others to files.
    fn headers(&mut self, at: &Pointer, encoding: &Value, is_file: bool) -> Vec<(String, String)> {
        let mut constants = Vec::new();
        for (name, header) in encoding.get("headers").and_then(Value::as_object).into_iter().flatten() {
            // The part has it from `contentType` (OpenAPI 3.1.1 §4.8.15).
            if name.eq_ignore_ascii_case("content-type") {
                continue;
            }
            let values = header.get("schema").and_then(|schema| schema.get("enum")).and_then(Value::as_array);
            let constant = values.filter(|values| values.len() == 1).and_then(|values| text(&values[0]));
            let is_name = http::HeaderName::try_from(name).is_ok();
            match constant.filter(|value| is_name && http::HeaderValue::try_from(value).is_ok()) {
                Some(value) => constants.push((name.clone(), value)),
                None if is_file => {
                    let message = "not checked: the caller adds the header to the file";
                    self.problems.push(Problem::relaxed(&at.join("headers").join(name), message));
                }
                None => {
                    let message = "the header is not sent: it has several values, and its part is not a file";
                    self.problems.push(Problem::lossy(&at.join("headers").join(name), message));
                }
            }
        }
        constants
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The media type of a string without an Encoding Object, if it is not `text/plain` (OpenAPI 3.1.1 §4.8.15.1).
fn default_of_text(schema: &Value) -> Option<String> {
    let of_content = schema.get(CONTENT_MEDIA_TYPE).and_then(Value::as_str).map(str::to_owned);
    let is_encoded = schema["type"] == "string" && schema["format"] == "byte";
    of_content.or_else(|| is_encoded.then(|| "application/octet-stream".to_owned()))
}

/// Whether a value is sent as a file: it is bytes, or has a media type that is neither text nor what its own type is written as.
fn is_file(schema: &Map<String, Value>, media_types: &[String]) -> bool {
    let is = |key: &str, value: &str| schema.get(key).is_some_and(|own| own == value);
    let first = media_types.first();
    let is_xml = |media_type: &str| {
        let essence = essence(media_type);
        essence == "application/xml" || essence.ends_with("+xml")
    };
    let is_binary = |media_type: &str| {
        Form::of(media_type) == Form::Bytes && !is_xml(media_type) && media_type.contains('/')
    };
    let own = schema.get(CONTENT_MEDIA_TYPE).and_then(Value::as_str);
    if is("type", "string") {
        let is_encoded = is("format", "byte");
        let is_listed = schema.contains_key("enum");
        return is("format", "binary")
            || !is_encoded
                && !is_listed
                && (own.is_some_and(is_binary) || first.is_some_and(|of| is_binary(of)));
    }
    let is_json = media_types.iter().any(|media_type| Form::of(media_type) == Form::Json);
    if is("type", "object") {
        return !media_types.is_empty() && !is_json;
    }
    let is_unknown = schema.keys().all(|key| is_annotation(key));
    is_unknown && only_member(schema).is_none() && !is_json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{generate_from, parse};

    const DOCUMENT: &str = "{openapi: 3.1.0, info: {title: t, version: '1'}, paths: {/a: {post: {operationId: a, requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {b: {type: string, format: binary}}}}}}, responses: {'204': {description: d}}}}, /c: {get: {operationId: c, responses: {'204': {description: d}}}}}}";

    #[test]
    fn without_the_setting_the_operation_is_left_out() {
        let of = |multipart| {
            let settings = Settings { multipart, ..Settings::of_module("m::support") };
            let generated = generate_from(parse(DOCUMENT).expect("YAML"), &settings).expect("a client");
            let methods: Vec<_> = generated.operations.into_iter().map(|(method, _)| method).collect();
            (methods.join(" "), generated.problems.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(of(true), ("a c".to_owned(), Vec::new()));
        let expected = "#/paths/~1a/post: the operation is left out: its body is `multipart/form-data`, which needs `Settings::multipart`, and the cargo feature `multipart`";
        assert_eq!(of(false), ("c".to_owned(), vec![expected.to_owned()]));
    }

    #[test]
    fn schemas_that_meet_over_and_over_end() {
        let two = |index: usize| json!({ "$ref": format!("#/components/schemas/A{}", (index + 1) % 40) });
        let schemas: Map<String, Value> = (0..40)
            .map(|index| {
                let both = [two(index), two(index)];
                let schema = json!({ "anyOf": both, "properties": { "p": { "anyOf": both } } });
                (format!("A{index}"), schema)
            })
            .collect();
        let content = json!({ "schema": { "$ref": "#/components/schemas/A0" } });
        let mut problems = Vec::new();
        let (_, form) =
            conform(&Pointer::root(), "multipart/form-data", &content, &schemas.into(), &mut problems)
                .expect("a form");
        assert_eq!(form.parts.len(), 1);
        assert!(problems[0].message.starts_with("too many schemas"), "{problems:?}");
    }
}
