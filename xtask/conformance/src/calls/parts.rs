//! The parts that a multipart form must have of a value, as the document describes them, and those that a request has.
//! Independent of the client.

use std::collections::BTreeSet;

use axum::body::{Body as AxumBody, Bytes};
use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::keywords::{allows_anything, is_annotation};
use relay_rest_codegen::document::media_type::{Form, essence, is_range};
use relay_rest_codegen::document::walk;
use serde_json::{Map, Value, json};

use super::operation::TestedOperation;
use super::wire::{Written, as_is, written};
use crate::validate::{difference, in_place};

/// A part that must be in a form.
#[derive(Clone, Debug)]
pub(super) struct Part {
    name: String,
    content: Content,
    /// What the caller calls the file; `None` leaves the name to the client.
    file_name: Option<String>,
    /// The media types or ranges, one of which it must have; empty for a text without one.
    media_types: Vec<String>,
    headers: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Json(Value),
    File(String),
    /// A string that is one of both.
    Either(String),
}

/// The schemas of the forms of a document, with their Encoding Objects.
pub(crate) struct Forms<'a> {
    document: &'a Value,
    forms: Vec<(Pointer, Value)>,
}

impl<'a> Forms<'a> {
    pub(crate) fn of(document: &'a Value) -> Self {
        let operations = walk::operations(document).filter_map(|(at, _)| TestedOperation::new(document, &at));
        Self { document, forms: operations.filter_map(|operation| operation.form()).collect() }
    }

    /// Makes strings of the files in an instance of the schema at `at`: a schema may allow any value for a file.
    pub(crate) fn with_files_as_strings(&self, at: &Pointer, value: &mut Value) {
        for (schema, encoding) in self.forms.iter().filter(|(schema, _)| schema == at) {
            if let Some(form) = FormSchema::new(self.document, Some(schema), encoding) {
                form.with_files_as_strings(value);
            }
        }
    }
}

/// The form of an operation.
pub(super) struct FormSchema<'a> {
    document: &'a Value,
    schema: Option<&'a Value>,
    encoding: &'a Value,
}

impl<'a> FormSchema<'a> {
    /// `None` if values are not objects.
    pub(super) fn new(document: &'a Value, schema: Option<&Pointer>, encoding: &'a Value) -> Option<Self> {
        let schema = schema.and_then(|at| at.resolve(document));
        let form = Self { document, schema, encoding };
        let parts = in_place(document, schema, None);
        let is_object = |of: &&&Value| {
            of.get("type").is_some_and(|kind| *kind == "object" || *kind == json!(["object"]))
                || of.get("properties").is_some()
        };
        (parts.iter().any(|part| is_object(&part)) || form.is_open()).then_some(form)
    }

    /// Whether nothing is known of its properties: each may be a file.
    fn is_open(&self) -> bool {
        let is_known = |(key, value): (&String, &Value)| match key.as_str() {
            "type" => *value != "object",
            "additionalProperties" => {
                *value != true
                    && value.as_object().is_none_or(|map| !map.keys().all(|key| is_annotation(key)))
            }
            "$ref" => false,
            key => !is_annotation(key),
        };
        let parts = in_place(self.document, self.schema, None);
        !parts.iter().any(|part| part.as_object().is_none_or(|part| part.iter().any(is_known)))
    }

    /// The names of the declared properties, in order.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut add = |name: &String| {
            if !names.contains(name) {
                names.push(name.clone());
            }
        };
        each_in_order(self.document, self.schema, 0, &mut |schema| {
            schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .for_each(|(name, _)| add(name));
        });
        self.encoding.as_object().into_iter().flatten().for_each(|(name, _)| add(name));
        names
    }

    /// All schemas that apply to a property in place.
    fn schemas_of(&self, name: &str) -> Vec<&'a Value> {
        let parts = in_place(self.document, self.schema, None);
        let own: Vec<_> = parts.iter().filter_map(|part| part.get("properties")?.get(name)).collect();
        let others = parts.iter().filter_map(|part| part.get("additionalProperties"));
        let of_property = if own.is_empty() { others.collect() } else { own };
        of_property.into_iter().flat_map(|schema| in_place(self.document, Some(schema), None)).collect()
    }

    fn media_types(&self, name: &str) -> Vec<String> {
        let listed = self.encoding[name]["contentType"].as_str().unwrap_or_default();
        listed.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// Whether a schema without compositions is that of a file.
    fn is_file(&self, schema: &Value, media_types: &[String]) -> bool {
        let is = |key: &str, value: &str| schema[key] == value;
        let is_binary = |name: &str| {
            Form::of(name) == Form::Bytes && !essence(name).ends_with("xml") && name.contains('/')
        };
        let has = |key: &str| schema.get(key).is_some();
        let first = media_types.first().map(String::as_str);
        let is_string = is("type", "string")
            || schema["type"].as_array().is_some_and(|all| {
                all.contains(&json!("string")) && all.iter().all(|of| *of == "string" || *of == "null")
            });
        if is_string || is("format", "binary") && !has("type") || has("contentMediaType") && !has("type") {
            return is("format", "binary")
                || !has("contentEncoding")
                    && !is("format", "byte")
                    && !has("enum")
                    && !has("const")
                    && (schema["contentMediaType"].as_str().is_some_and(is_binary)
                        || first.is_some_and(is_binary));
        }
        let is_json = media_types.iter().any(|name| Form::of(name) == Form::Json);
        if is("type", "object") {
            return !media_types.is_empty() && !is_json;
        }
        allows_anything(schema) && !is_json
    }

    /// Whether the values of a property, or the items of its lists, are files: all, some or none.
    fn files(&self, name: &str) -> Option<bool> {
        if self.is_open() {
            return Some(true);
        }
        let media_types = self.media_types(name);
        let (mut files, mut others) = (false, false);
        let mut look = |schema: &Value| {
            let is_composed =
                ["$ref", "allOf", "anyOf", "oneOf"].iter().any(|key| schema.get(*key).is_some());
            if is_composed && schema.get("type").is_none() || schema["type"] == "null" {
                return;
            }
            match self.is_file(schema, &media_types) {
                true => files = true,
                false => others |= schema["type"] == "string" || schema.get("enum").is_some(),
            }
        };
        for schema in self.schemas_of(name) {
            match schema.get("items") {
                Some(items) => in_place(self.document, Some(items), None).into_iter().for_each(&mut look),
                None => look(schema),
            }
        }
        match (files, others) {
            (false, _) => None,
            (true, others) => Some(!others),
        }
    }

    /// The properties that may be files.
    pub(super) fn file_names(&self, value: &Value) -> BTreeSet<String> {
        let names = value.as_object().into_iter().flatten().map(|(name, _)| name);
        names.filter(|name| self.files(name).is_some()).cloned().collect()
    }

    /// `{file: 5, files: [{}]}` ⇒ `{file: '5', files: ['{}']}`, where these are files of any content
    pub(super) fn with_files_as_strings(&self, value: &mut Value) {
        let names = self.file_names(value);
        let is_open = self.is_open();
        for (name, value) in
            value.as_object_mut().into_iter().flatten().filter(|(name, _)| names.contains(*name))
        {
            let as_text = |value: &mut Value| {
                if !value.is_null() {
                    *value = written(value).into();
                }
            };
            let is_listed = self.schemas_of(name).iter().any(|schema| schema.get("items").is_some());
            match value {
                Value::Array(items) if is_listed && !is_open => items.iter_mut().for_each(as_text),
                Value::Null if is_open => *value = "".into(),
                value => as_text(value),
            }
        }
    }

    /// The parts of a value, and the value to set: some files have names, media types and headers. `pick` returns a number below its argument.
    pub(super) fn parts(&self, value: &Value, pick: &mut dyn FnMut(usize) -> usize) -> (Vec<Part>, Value) {
        let mut set = value.clone();
        let mut parts = Vec::new();
        let mut names = self.names();
        names.retain(|name| value.get(name).is_some());
        let mut others: Vec<String> =
            value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        others.retain(|name| !names.contains(name));
        others.sort();
        for name in names.into_iter().chain(others) {
            let own = &mut set[&name];
            match self.files(&name) {
                Some(is_certain) => {
                    let values: Vec<&mut Value> = match own {
                        Value::Array(items) => items.iter_mut().collect(),
                        own => vec![own],
                    };
                    for value in values.into_iter().filter(|value| !value.is_null()) {
                        parts.push(self.file(&name, value, is_certain, pick));
                    }
                }
                None => parts.extend(self.fields(&name, &value[&name])),
            }
        }
        (parts, set)
    }

    fn file(
        &self,
        name: &str,
        value: &mut Value,
        is_certain: bool,
        pick: &mut dyn FnMut(usize) -> usize,
    ) -> Part {
        let text = written(value);
        let mut allowed = self.media_types(name);
        let headers = self.headers(name);
        if !is_certain {
            return Part {
                name: name.to_owned(),
                content: Content::Either(text),
                file_name: None,
                media_types: allowed,
                headers,
            };
        }
        if allowed.is_empty() {
            let own = self.schemas_of(name).into_iter().flat_map(|schema| {
                [Some(schema), schema.get("items")]
                    .into_iter()
                    .flatten()
                    .filter_map(|of| of["contentMediaType"].as_str())
            });
            allowed = own.map(str::to_owned).collect();
        }
        let sendable: Vec<String> = allowed
            .iter()
            .map(|range| match range.strip_suffix("/*") {
                Some("*" | "application") => "application/octet-stream".to_owned(),
                Some(kind) => format!("{kind}/x-one"),
                None => range.clone(),
            })
            .collect();
        let must_choose = !allowed.is_empty() && allowed.iter().all(|range| is_range(range));
        let mut described = Map::from_iter([("content".to_owned(), Value::from(text.clone()))]);
        let (mut file_name, mut media_types) = (None, allowed.clone());
        if pick(2) == 0 {
            let chosen = ["a.png", "a \"b\".txt", "é\r\n.x"][pick(3)];
            file_name = Some(chosen.to_owned());
            described.insert("name".to_owned(), chosen.into());
        }
        if must_choose || pick(2) == 0 {
            let any = ["text/csv".to_owned(), "application/x-any; a=b".to_owned()];
            let from = if sendable.is_empty() { &any[..] } else { &sendable[..] };
            let chosen = from[pick(from.len())].clone();
            described.insert("content_type".to_owned(), chosen.clone().into());
            media_types = vec![chosen];
        }
        if described.len() > 1 {
            *value = Value::Object(described);
        } else {
            *value = text.clone().into();
        }
        Part { name: name.to_owned(), content: Content::File(text), file_name, media_types, headers }
    }

    /// The headers that can only have one value.
    fn headers(&self, name: &str) -> Vec<(String, String)> {
        let headers = self.encoding[name]["headers"].as_object().into_iter().flatten();
        let constant = |(name, header): (&String, &Value)| {
            let schema = in_place(self.document, header.get("schema"), None);
            let one = schema.iter().find_map(|schema| {
                let listed = schema.get("enum").and_then(Value::as_array).filter(|listed| listed.len() == 1);
                schema.get("const").or_else(|| listed?.first())
            })?;
            Some((name.clone(), written(one)))
        };
        headers.filter(|(name, _)| !name.eq_ignore_ascii_case("content-type")).filter_map(constant).collect()
    }

    /// The parts of a property that is no file (OpenAPI 3.1.1 §4.8.15.3).
    fn fields(&self, name: &str, value: &Value) -> Vec<Part> {
        let encoding = &self.encoding[name];
        let headers = self.headers(name);
        let media_types = self.media_types(name);
        let part = |name: &str, content: Content, media_types: Vec<String>| Part {
            name: name.to_owned(),
            content,
            file_name: None,
            media_types,
            headers: headers.clone(),
        };
        if value.is_null() {
            return Vec::new();
        }
        if ["style", "explode", "allowReserved"].iter().any(|key| encoding.get(key).is_some()) {
            let style = encoding["style"].as_str().unwrap_or("form");
            let explode = encoding["explode"].as_bool().unwrap_or(style == "form");
            let written = Written { has_pairs: true, style, explode, encode: as_is, encode_name: as_is };
            let pairs = written.pairs(name, value).into_iter();
            return pairs.map(|(name, text)| part(&name, Content::Text(text), Vec::new())).collect();
        }
        let schemas = self.schemas_of(name);
        let is_list = schemas.iter().any(|schema| schema["type"] == "array" || schema.get("items").is_some());
        if media_types.iter().any(|name| !is_range(name) && Form::of(name) == Form::Json)
            && (!value.is_string() || Form::of(&media_types[0]) == Form::Json)
        {
            let json =
                media_types.iter().filter(|name| Form::of(name) == Form::Json).cloned().collect::<Vec<_>>();
            return match value {
                Value::Array(items) if is_list => {
                    items.iter().map(|item| part(name, Content::Json(item.clone()), json.clone())).collect()
                }
                value => vec![part(name, Content::Json(value.clone()), json)],
            };
        }
        let of_content =
            schemas.iter().flat_map(|schema| [Some(*schema), schema.get("items")].into_iter().flatten());
        let default =
            of_content.clone().find_map(|schema| schema["contentMediaType"].as_str().map(str::to_owned));
        let is_encoded = of_content
            .into_iter()
            .any(|schema| schema["format"] == "byte" || schema["contentEncoding"] == "base64");
        let default = default.or_else(|| is_encoded.then(|| "application/octet-stream".to_owned()));
        let of_text = if media_types.is_empty() { default.into_iter().collect() } else { media_types };
        let one = |value: &Value| match value {
            Value::Object(_) | Value::Array(_) => {
                part(name, Content::Json(value.clone()), vec!["application/json".to_owned()])
            }
            scalar => part(name, Content::Text(written(scalar)), of_text.clone()),
        };
        match value {
            Value::Array(items) => items.iter().filter(|item| !item.is_null()).map(one).collect(),
            value => vec![one(value)],
        }
    }
}

/// Calls `visit` for a schema and those that it is composed of, the members of a composition after the schema itself.
fn each_in_order<'a>(
    document: &'a Value,
    schema: Option<&'a Value>,
    depth: usize,
    visit: &mut dyn FnMut(&'a Value),
) {
    let Some(schema) = schema.filter(|_| depth < 16) else { return };
    if let Some(target) = relay_rest_codegen::document::references::target(schema) {
        each_in_order(document, target.resolve(document), depth + 1, visit);
    }
    visit(schema);
    for key in ["allOf", "oneOf", "anyOf"] {
        for member in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            each_in_order(document, Some(member), depth + 1, visit);
        }
    }
}

/// A part that a request has.
struct Found {
    name: String,
    file_name: Option<String>,
    media_type: Option<String>,
    headers: Vec<(String, String)>,
    content: Bytes,
}

/// The difference between the form of a request and the expected one.
pub(super) async fn fault(media_type: &str, parts: &[Part], sent: &str, body: Bytes) -> Option<String> {
    if essence(sent) != essence(media_type) {
        return Some(format!("the content type {sent:?} instead of {media_type:?}"));
    }
    let Some(boundary) = sent.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))
    else {
        return Some(format!("no boundary in {sent:?}"));
    };
    let found = match read(boundary, body).await {
        Ok(found) => found,
        Err(error) => return Some(format!("a form that cannot be read: {error}")),
    };
    let names: Vec<_> = found.iter().map(|part| part.name.clone()).collect();
    let expected: Vec<_> = parts.iter().map(|part| escaped(&part.name)).collect();
    if names != expected {
        return Some(format!("the parts {names:?} instead of {expected:?}"));
    }
    found.iter().zip(parts).find_map(|(found, part)| {
        differs(found, part).map(|reason| format!("the part {:?}: {reason}", part.name))
    })
}

async fn read(boundary: &str, body: Bytes) -> Result<Vec<Found>, multer::Error> {
    let mut form = multer::Multipart::new(AxumBody::from(body).into_data_stream(), boundary);
    let mut found = Vec::new();
    while let Some(field) = form.next_field().await? {
        let headers = field
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers: Vec<_> = headers.collect();
        let media_type =
            headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone());
        found.push(Found {
            name: field.name().unwrap_or_default().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            media_type,
            headers,
            content: field.bytes().await?,
        });
    }
    Ok(found)
}

/// A name as browsers write it in a header (HTML §4.10.21.8).
fn escaped(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

fn differs(found: &Found, part: &Part) -> Option<String> {
    let content = String::from_utf8_lossy(&found.content);
    let is_same = match &part.content {
        Content::Text(text) => {
            let number = |text: &str| text.parse::<f64>().ok();
            content == *text || number(&content).is_some() && number(&content) == number(text)
        }
        Content::Json(value) => {
            serde_json::from_slice(&found.content).is_ok_and(|found| difference(value, &found).is_none())
        }
        Content::File(text) | Content::Either(text) => content == *text,
    };
    if !is_same {
        return Some(format!("the content {content:?} instead of {:?}", part.content));
    }
    let is_file = match part.content {
        Content::File(_) => true,
        Content::Either(_) => found.file_name.is_some(),
        _ => false,
    };
    let expected_name = is_file.then(|| escaped(part.file_name.as_ref().unwrap_or(&part.name)));
    if found.file_name != expected_name {
        return Some(format!("the file name {:?} instead of {expected_name:?}", found.file_name));
    }
    let covers = |range: &String, media_type: &str| match essence(range).strip_suffix('*') {
        Some("*/") => true,
        Some(start) => essence(media_type).starts_with(start),
        None => essence(range) == essence(media_type),
    };
    let is_typed = match &found.media_type {
        Some(own) if part.media_types.is_empty() => is_file || essence(own) == "text/plain",
        Some(own) => part.media_types.iter().any(|range| covers(range, own)),
        // Without one it is `text/plain` (RFC 7578 §4.4).
        None => !is_file && part.media_types.iter().all(|range| essence(range) == "text/plain"),
    };
    if !is_typed {
        return Some(format!(
            "the media type {:?} instead of one of {:?}",
            found.media_type, part.media_types
        ));
    }
    let missing = part.headers.iter().find(|(name, value)| {
        !found.headers.iter().any(|(other, own)| other.eq_ignore_ascii_case(name) && own == value)
    });
    missing.map(|(name, value)| format!("no header `{name}: {value}`"))
}
