//! Random arguments and responses for one operation, as the document describes them. Must not know generated code.

mod successes;
pub(super) use successes::Streamed;

use std::collections::BTreeSet;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::{
    Form, Framing, essence, is_range, preferred, preferred_of_request,
};
use relay_rest_codegen::document::references;
use relay_rest_codegen::document::walk::method_of;
use serde_json::{Value, json};

use super::credentials::Security;
use super::parts::FormSchema;
use super::wire::{Written, as_is, encoded, reserved, reserved_in_cookie, reserved_in_path, written};
use crate::instances::Instances;
use crate::validate::{in_place, loosened, opened, validator};

/// An operation of a document, to be called.
#[derive(Clone)]
pub(super) struct TestedOperation<'a> {
    document: &'a Value,
    at: Pointer,
    pub(super) method: String,
    pub(super) template: String,
}

/// An argument: the value to set, and how it must appear on the wire.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// `in` of the parameter.
    pub(super) location: String,
    /// The name on the wire.
    pub(super) name: String,
    pub(super) value: Value,
    /// The names and values on the wire, in order; percent-encoded in a path, in a query and in cookies.
    pub(super) pairs: Vec<(String, String)>,
}

/// A documented response.
#[derive(Clone, Debug)]
pub(super) struct DocumentedResponse {
    pub(super) status: u16,
    pub(super) body: Option<Body>,
}

/// A media type, and the location of its schema if the body can be validated.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) media_type: String,
    pub(super) schema: Option<Pointer>,
    /// The Encoding Objects of a form.
    pub(super) encoding: Value,
    /// Whether it is a multipart body that the caller formats, because it is not an object.
    pub(super) is_formatted: bool,
    /// Whether it is values one after another, each of which the schema describes.
    pub(super) is_item_schema: bool,
}

impl Body {
    /// The pairs that a form has of a value (OpenAPI 3.1 §4.8.14.5, §4.8.15.1).
    pub(super) fn form(&self, value: &Value) -> Vec<(String, String)> {
        let properties = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        properties
            .flat_map(|(name, value)| {
                let encoding = &self.encoding[name];
                let is_json =
                    encoding["contentType"].as_str().is_some_and(|name| Form::of(name) == Form::Json);
                let is_styled = encoding.get("style").is_some() || encoding.get("explode").is_some();
                if !is_styled && (is_json || value.is_object()) {
                    return vec![(name.clone(), value.to_string())];
                }
                let style = encoding["style"].as_str().unwrap_or("form");
                let explode = encoding["explode"].as_bool().unwrap_or(style == "form");
                // The form is compared after it is decoded.
                Written { has_pairs: true, style, explode, encode: as_is, encode_name: as_is }
                    .pairs(name, value)
            })
            .collect()
    }
}

impl<'a> TestedOperation<'a> {
    /// The operation at `/paths/{template}/{method}` or `/paths/{template}/additionalOperations/{method}`.
    pub(super) fn new(document: &'a Value, at: &Pointer) -> Option<Self> {
        let [_, template, ..] = *at.tokens() else { return None };
        Some(Self { document, at: at.clone(), method: method_of(at), template: template.to_owned() })
    }

    /// How its requests are authenticated.
    pub(super) fn security(&self) -> Security {
        Security::of(self.document, &self.at)
    }

    /// Returns random arguments for all required parameters and about half of the others.
    pub(super) fn arguments(&self, instances: &mut Instances<'_>) -> Result<Vec<Argument>, String> {
        let mut arguments: Vec<Argument> = Vec::new();
        for at in self.parameters() {
            let Some(parameter) = at.resolve(self.document) else { continue };
            let is_required = parameter["required"] == true || parameter["in"] == "path";
            if is_required || instances.include_optional() {
                arguments.extend(self.argument(&at, parameter, instances)?);
            }
        }
        Ok(arguments)
    }

    /// The locations of the parameters. The operation's own hide those of its path. In the order in which setters are named: those in
    /// the path first.
    fn parameters(&self) -> Vec<Pointer> {
        let path = Pointer::of(self.at.tokens().into_iter().take(2));
        let mut found: Vec<Pointer> = Vec::new();
        for list in [self.at.join("parameters"), path.join("parameters")] {
            let count = list.resolve(self.document).and_then(Value::as_array).map_or(0, Vec::len);
            for at in (0..count).map(|index| self.resolved(list.join(&index.to_string()))) {
                let key = |at: &Pointer| {
                    at.resolve(self.document)
                        .map(|parameter| (parameter["name"].clone(), parameter["in"].clone()))
                };
                if !found.iter().any(|other| key(other) == key(&at)) {
                    found.push(at);
                }
            }
        }
        let place = |at: &Pointer| {
            let is_in_path = at.resolve(self.document).is_some_and(|parameter| parameter["in"] == "path");
            (!is_in_path, at.tokens().starts_with(&self.at.tokens()))
        };
        found.sort_by_key(place);
        found
    }

    fn argument(
        &self,
        at: &Pointer,
        parameter: &Value,
        instances: &mut Instances<'_>,
    ) -> Result<Vec<Argument>, String> {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let (name, location) = (text("name"), text("in"));
        if !is_set(&location, &name) {
            return Ok(Vec::new());
        }
        if let Some(content) = parameter["content"].as_object() {
            let media_type = content.keys().next().cloned().unwrap_or_default();
            let schema = self.resolved(at.join("content").join(&media_type)).join("schema");
            let value = self.instance(&schema, instances)?;
            return Ok(self.sent(at, parameter, value));
        }
        let mut value = self.instance(&at.join("schema"), instances)?;
        // An empty path parameter would change the path.
        let is_empty = |value: &Value| [json!(""), json!([]), json!([""]), json!({})].contains(value);
        for _ in 0..50 {
            if location != "path" || !is_empty(&value) {
                break;
            }
            value = self.instance(&at.join("schema"), instances)?;
        }
        if location == "path" && is_empty(&value) {
            return Err(format!("#{at}: no instance found that is not empty"));
        }
        if !self.is_typed(&at.join("schema")) && !value.is_null() {
            // The setter takes a string.
            value = written(&value).into();
        }
        Ok(self.sent(at, parameter, value))
    }

    /// What is sent of the value of a parameter.
    fn sent(&self, at: &Pointer, parameter: &Value, value: Value) -> Vec<Argument> {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let (name, location, style) = (text("name"), text("in"), text("style"));
        let encode = match location.as_str() {
            "cookie" if style == "cookie" => as_is,
            "query" if parameter["allowReserved"] == true => reserved,
            "path" if parameter["allowReserved"] == true => reserved_in_path,
            "cookie" if parameter["allowReserved"] == true => reserved_in_cookie,
            "query" | "path" | "cookie" => encoded,
            _ => as_is,
        };
        let has_pairs = matches!(location.as_str(), "query" | "cookie");
        let encode_name = if has_pairs && style != "cookie" { encoded } else { as_is };
        let one = |name: &str, value: Value, texts: Vec<String>| Argument {
            location: location.clone(),
            name: name.to_owned(),
            value,
            pairs: texts.into_iter().map(|text| (encode_name(name), encode(&text))).collect(),
        };
        if let Some(content) = parameter["content"].as_object() {
            let media_type = content.keys().next().cloned().unwrap_or_default();
            let schema = self.resolved(at.join("content").join(&media_type)).join("schema");
            if location == "querystring" {
                return vec![self.whole_query(at, &name, &media_type, value)];
            }
            let text = value.to_string();
            let is_typed = Form::of(&media_type) == Form::Json && self.is_typed(&schema);
            let set = if is_typed { value } else { text.clone().into() };
            return vec![one(&name, set, vec![text])];
        }
        let is_form = matches!(style.as_str(), "" | "form" | "cookie");
        let explode = parameter["explode"].as_bool().unwrap_or(is_form && has_pairs);
        let is_deep = style == "deepObject";
        if let Value::Object(properties) = &value
            && has_pairs
            && (explode || is_deep)
        {
            let given = properties.iter().filter(|(_, value)| !value.is_null());
            if self.has_a_parameter_for_each_property(&at.join("schema")) {
                let full = |property: &str| {
                    if is_deep { format!("{name}[{property}]") } else { property.to_owned() }
                };
                return given
                    .map(|(key, value)| one(&full(key), value.clone(), vec![written(value)]))
                    .collect();
            }
        }
        if value.is_null() {
            return Vec::new();
        }
        let mut argument = one(&name, value.clone(), Vec::new());
        let written = Written { has_pairs, style: &style, explode, encode, encode_name };
        argument.pairs = written.pairs(&name, &value);
        vec![argument]
    }

    /// What is sent of the parameter that is the whole query: the pairs of a form, or one text without a name, decoded.
    fn whole_query(&self, at: &Pointer, name: &str, media_type: &str, value: Value) -> Argument {
        let schema = self.resolved(at.join("content").join(media_type)).join("schema");
        let is_typed = self.is_typed(&schema);
        let (value, pairs) = match Form::of(media_type) {
            Form::UrlEncoded if is_typed && value.is_object() => {
                let encoding = self.resolved(at.join("content").join(media_type)).join("encoding");
                let encoding = encoding.resolve(self.document).cloned().unwrap_or_default();
                let body = Body {
                    media_type: media_type.to_owned(),
                    schema: None,
                    encoding,
                    is_formatted: false,
                    is_item_schema: false,
                };
                let pairs = body.form(&value);
                (value, pairs)
            }
            Form::Json if is_typed => {
                let text = value.to_string();
                (value, vec![(String::new(), text)])
            }
            _ => {
                let text = written(&value);
                (text.clone().into(), vec![(String::new(), text)])
            }
        };
        Argument { location: "querystring".to_owned(), name: name.to_owned(), value, pairs }
    }

    /// Reads the arguments of a call that was made for another document. Returns what this one has on the wire for them, and
    /// why it is invalid.
    pub(super) fn judge_arguments(&self, given: &[Argument]) -> (Vec<Argument>, Vec<String>) {
        let mut arguments = given.to_vec();
        let mut faults = Vec::new();
        for at in self.parameters() {
            let Some(parameter) = at.resolve(self.document) else { continue };
            let text = |key: &str| parameter[key].as_str().unwrap_or_default();
            let (name, location) = (text("name"), text("in"));
            let schema = at.join("schema");
            let is_each =
                matches!(location, "query" | "cookie") && self.has_a_parameter_for_each_property(&schema);
            if !is_set(location, name) || is_each {
                continue;
            }
            let is_it = |argument: &&Argument| {
                argument.location == location
                    && (argument.name == name
                        || location == "header" && argument.name.eq_ignore_ascii_case(name))
            };
            let Some(argument) = given.iter().find(is_it) else {
                if parameter["required"] == true || location == "path" {
                    faults.push(format!("the required {location} parameter `{name}` is not sent"));
                }
                continue;
            };
            if self.is_typed(&schema) && !self.is_valid_on_the_wire(&schema, &argument.value) {
                faults.push(format!("the {location} parameter `{name}` is invalid: {}", argument.value));
            }
            if parameter.get("content").is_none() {
                let sent = self.sent(&at, parameter, argument.value.clone());
                arguments.retain(|other| !is_it(&other));
                arguments
                    .extend(sent.into_iter().map(|sent| Argument { name: argument.name.clone(), ..sent }));
            }
        }
        (arguments, faults)
    }

    /// Whether a value is valid in any of the types that its text on the wire may have.
    fn is_valid_on_the_wire(&self, schema: &Pointer, value: &Value) -> bool {
        let Ok(validator) = validator(self.document, schema) else { return true };
        let read = |text: &str| serde_json::from_str::<Value>(text).ok().filter(|value| !value.is_object());
        let readings = [Some(value.clone()), Some(written(value).into()), value.as_str().and_then(read)];
        readings.iter().flatten().any(|value| validator.is_valid(value))
    }

    /// Why the body of a call that was made for another document is invalid.
    pub(super) fn judge_body(&self, given: Option<&(String, Value)>) -> Option<String> {
        let at = self.resolved(self.at.join("requestBody"));
        let body = at.resolve(self.document)?;
        let Some((media_type, value)) = given else {
            return (body["required"] == true).then(|| "the required body is not sent".to_owned());
        };
        let content = body["content"].as_object()?;
        let sent = essence(media_type);
        let covers = |range: &&String| {
            let range = essence(range);
            range == "*/*"
                || range == sent
                || range.strip_suffix('*').is_some_and(|start| sent.starts_with(start))
        };
        let Some(name) =
            content.keys().find(|name| essence(name) == sent).or_else(|| content.keys().find(covers))
        else {
            return Some(format!("a body of the type `{media_type}` is not accepted"));
        };
        let schema = self.body_of(&at, name)?.schema?;
        let validator = validator(self.document, &schema).ok()?;
        (!validator.is_valid(value)).then(|| format!("the body is invalid: {value}"))
    }

    /// The location of the schema of the request body, or of its items, if it is JSON or a form.
    pub(super) fn body_schema(&self) -> Option<Pointer> {
        self.body_of_request()?.schema
    }

    /// Whether the body of requests is values one after another, each of which its schema describes.
    pub(super) fn sends_items(&self) -> bool {
        self.body_of_request().is_some_and(|body| body.is_item_schema)
    }

    /// The location of the schema of a parameter that is sent as one.
    pub(super) fn schema_of(&self, argument: &Argument) -> Option<Pointer> {
        let is_it = |at: &Pointer| {
            let parameter = at.resolve(self.document);
            parameter.is_some_and(|own| own["name"] == *argument.name && own["in"] == *argument.location)
        };
        let at = self.parameters().into_iter().find(is_it)?;
        let content = at.resolve(self.document)?.get("content").and_then(Value::as_object);
        let schema = match content.and_then(|content| content.keys().next()) {
            // What the caller formats is not checked.
            Some(media_type) if matches!(Form::of(media_type), Form::Json | Form::UrlEncoded) => {
                self.resolved(at.join("content").join(media_type)).join("schema")
            }
            Some(_) => return None,
            None => at.join("schema"),
        };
        self.is_typed(&schema).then_some(schema)
    }

    /// Whether requests may have a body.
    pub(super) fn takes_body(&self) -> bool {
        self.body_of_request().is_some()
    }

    /// The body of requests, with the media type that the client prefers.
    fn body_of_request(&self) -> Option<Body> {
        let at = self.resolved(self.at.join("requestBody"));
        let content = at.resolve(self.document)?.get("content")?.as_object()?;
        let is_typed = |name: &str| {
            let media_type = self.resolved(at.join("content").join(name));
            let Some(schema) = media_type.resolve(self.document).and_then(|of| of.get("schema")) else {
                return false;
            };
            let at = media_type.join("schema");
            let is_object = || FormSchema::new(self.document, Some(&at), &Value::Null).is_some();
            Form::of(name) != Form::Multipart || schema.is_object() && is_object()
        };
        let media_type = preferred_of_request(content.keys(), true, is_typed)?;
        let mut body = self.body_of(&at, media_type)?;
        if Form::of(media_type) == Form::Multipart {
            let schema = content[media_type].get("schema");
            body.schema = schema.map(|_| self.resolved(at.join("content").join(media_type)).join("schema"));
            if self.form_schema(&body).is_none() {
                (body.schema, body.is_formatted) = (None, true);
            }
        }
        if matches!(Framing::of(media_type), Some(Framing::Lines | Framing::Sequence)) {
            (body.schema, body.is_item_schema) = self.lines(&at.join("content").join(media_type));
        }
        Some(body)
    }

    /// The location of the schema of a body of values one after another, and whether it describes each of them, and not a list of all.
    /// A string is bytes.
    fn lines(&self, at: &Pointer) -> (Option<Pointer>, bool) {
        let at = self.resolved(at.clone());
        let item = at.join("itemSchema");
        if item.resolve(self.document).is_some() {
            return (Some(item), true);
        }
        let schema = at.join("schema");
        let parts = in_place(self.document, schema.resolve(self.document), None);
        let is =
            |name: &str| parts.iter().any(|of| of["type"] == name || of["type"] == json!([name, "null"]));
        let is_union = |of: &&&Value| of["type"] == "array" && parts[0]["type"] != "array";
        let lists = parts.iter().filter(is_union).count();
        match parts.is_empty() {
            true => (None, true),
            // One of several lists is bytes.
            false if is("string") || lists > 1 => (None, false),
            false => (Some(schema), !is("array")),
        }
    }

    /// The location of the schema of the multipart form that requests have, with its Encoding Objects.
    pub(super) fn form(&self) -> Option<(Pointer, Value)> {
        let body = self.body_of_request()?;
        self.form_schema(&body)?;
        Some((self.resolved(body.schema?), body.encoding))
    }

    /// The properties of a request body that are files.
    pub(super) fn files_of(&self, value: &Value) -> BTreeSet<String> {
        let body = self.body_of_request();
        let form = body.as_ref().and_then(|body| self.form_schema(body));
        form.map(|form| form.file_names(value)).unwrap_or_default()
    }

    /// The multipart form that a body is.
    pub(super) fn form_schema<'b>(&self, body: &'b Body) -> Option<FormSchema<'b>>
    where
        'a: 'b,
    {
        (Form::of(&body.media_type) == Form::Multipart && !body.is_formatted)
            .then(|| FormSchema::new(self.document, body.schema.as_ref(), &body.encoding))
            .flatten()
    }

    /// Returns a random request body; an optional one about half of the time.
    pub(super) fn request_body(
        &self,
        instances: &mut Instances<'_>,
    ) -> Result<Option<(Body, Value)>, String> {
        let at = self.resolved(self.at.join("requestBody"));
        let Some(body) = self.body_of_request() else { return Ok(None) };
        let is_required = at.resolve(self.document).is_some_and(|body| body["required"] == true);
        if !is_required && !instances.include_optional() {
            return Ok(None);
        }
        let mut value = self.body_instance(&body, instances)?;
        if let Some(form) = self.form_schema(&body) {
            if body.schema.is_none() {
                value = json!({ "a": "content", "b c": "" });
            }
            form.with_files_as_strings(&mut value);
        }
        Ok(Some((body, value)))
    }

    /// Returns a random body: valid under its schema, or a string without one.
    pub(super) fn body_instance(&self, body: &Body, instances: &mut Instances<'_>) -> Result<Value, String> {
        if body.is_item_schema {
            let item = |instances: &mut Instances<'_>| match &body.schema {
                Some(schema) => self.instance(schema, instances),
                None => Ok(json!({ "a": ["content"] })),
            };
            return (0..instances.below(4))
                .map(|_| item(instances))
                .collect::<Result<_, _>>()
                .map(Value::Array);
        }
        match &body.schema {
            // No list of values is `null`, whatever its schema says.
            Some(schema) if Framing::of(&body.media_type).is_some() => {
                let mut values = (0..50).map(|_| self.instance(schema, instances));
                let found = values.find(|value| value.as_ref().is_ok_and(|value| !value.is_null()));
                found.unwrap_or_else(|| Err("no list of values found".to_owned()))
            }
            Some(schema) => self.instance(schema, instances),
            None => Ok("a text".into()),
        }
    }

    /// The documented responses. A range or `default` is represented by one status that no other entry has.
    pub(super) fn responses(&self) -> Vec<DocumentedResponse> {
        let at = self.at.join("responses");
        let responses = at.resolve(self.document).and_then(Value::as_object);
        let keys: Vec<&String> = responses.into_iter().flatten().map(|(key, _)| key).collect();
        let has_success = keys.iter().any(|key| key.starts_with('2'));
        let status_of = |key: &str| match key {
            "default" => Some(if has_success { 599 } else { 200 }),
            key if key.ends_with("XX") => key[..1].parse::<u16>().ok().map(|class| class * 100 + 98),
            key => key.parse().ok(),
        };
        keys.iter()
            .filter_map(|key| {
                let status = status_of(key)?;
                let has_content = self.method != "HEAD" && !matches!(status, 204 | 205 | 304);
                let at = self.resolved(at.join(key));
                let bodies = match (200..300).contains(&status) {
                    // It has errors as well, which are read as one type.
                    true if *key == "default" => self.body(&at).into_iter().collect(),
                    is_success => self.bodies(&at, is_success),
                };
                let bodies = bodies.into_iter().filter(|_| has_content).map(Some);
                let bodies: Vec<_> = bodies.collect();
                let bodies = if bodies.is_empty() { vec![None] } else { bodies };
                Some(bodies.into_iter().map(move |body| DocumentedResponse { status, body }))
            })
            .flatten()
            // An interim response does not end a call.
            .filter(|documented| documented.status >= 200)
            .collect()
    }

    /// The body with the media type that the client prefers.
    fn body(&self, at: &Pointer) -> Option<Body> {
        let content = at.resolve(self.document)?.get("content")?.as_object()?;
        self.body_of(at, preferred(content.keys())?)
    }

    /// The body with the media type that the client prefers, and the others that a response may have: of a success, those that the
    /// client asks for.
    fn bodies(&self, at: &Pointer, is_success: bool) -> Vec<Body> {
        let first = self.body(at);
        let content = at.resolve(self.document).and_then(|body| body.get("content")?.as_object());
        let is_other = |name: &&String| {
            let may_come = match Form::of(name) {
                Form::Json => {
                    !is_success
                        || first.as_ref().is_some_and(|first| Form::of(&first.media_type) == Form::Json)
                }
                form => form == Form::Text && !is_success,
            };
            may_come
                && !is_range(name)
                && first.as_ref().is_some_and(|first| essence(&first.media_type) != essence(name))
        };
        let others = content.into_iter().flat_map(|content| content.keys()).filter(is_other);
        let others: Vec<Body> = others.filter_map(|name| self.body_of(at, name)).collect();
        first.into_iter().chain(others).collect()
    }

    fn body_of(&self, at: &Pointer, media_type: &str) -> Option<Body> {
        let at = self.resolved(at.join("content").join(media_type));
        let content = at.resolve(self.document)?;
        let is_typed = matches!(Form::of(media_type), Form::Json | Form::UrlEncoded);
        let has_schema = is_typed && content.get("schema").is_some();
        let schema = has_schema.then(|| at.join("schema"));
        let encoding = content["encoding"].clone();
        Some(Body {
            media_type: media_type.to_owned(),
            schema,
            encoding,
            is_formatted: false,
            is_item_schema: false,
        })
    }

    /// Returns the document that the operation is of.
    pub(super) fn document(&self) -> &Value {
        self.document
    }

    /// Returns a random valid instance of the schema at `at`.
    pub(super) fn instance(&self, at: &Pointer, instances: &mut Instances<'_>) -> Result<Value, String> {
        for reading in [<Value as Clone>::clone, loosened, opened] {
            let validator = validator(&reading(self.document), at)?;
            if let Some(value) = (0..200).map(|_| instances.at(at)).find(|value| validator.is_valid(value)) {
                return Ok(value);
            }
        }
        Err(format!("#{at}: no valid instance found"))
    }

    /// Whether the setter of a parameter takes a type, and not a string for any value.
    fn is_typed(&self, at: &Pointer) -> bool {
        let Some(schema) = self.resolved(at.clone()).resolve(self.document) else { return false };
        let keys = ["type", "properties", "oneOf", "anyOf", "allOf", "enum", "const"];
        keys.iter().any(|key| schema.get(key).is_some())
    }

    /// Whether an object in a query has no others than scalar properties, each of which has a setter.
    fn has_a_parameter_for_each_property(&self, at: &Pointer) -> bool {
        let at = self.resolved(at.clone());
        let Some(schema) = at.resolve(self.document) else { return false };
        let properties = schema["properties"].as_object();
        let is_scalar = |name: &String| {
            let property = self.resolved(at.join("properties").join(name)).resolve(self.document);
            let of = property.map_or(&Value::Null, |property| &property["type"]);
            let is_one =
                |of: &Value| ["string", "integer", "number", "boolean"].iter().any(|one| *of == *one);
            match of {
                Value::Array(types) => {
                    let mut others = types.iter().filter(|of| **of != "null");
                    others.next().is_some_and(is_one) && others.next().is_none()
                }
                of => is_one(of),
            }
        };
        schema.get("additionalProperties").is_none_or(|others| *others == false)
            && properties.is_some_and(|properties| properties.keys().all(is_scalar))
    }

    /// Follows references to their end.
    fn resolved(&self, mut at: Pointer) -> Pointer {
        for _ in 0..64 {
            match at.resolve(self.document).and_then(references::target) {
                Some(target) => at = target,
                None => break,
            }
        }
        at
    }
}

/// Whether a parameter has a setter: these headers have none.
fn is_set(location: &str, name: &str) -> bool {
    let ignored = ["accept", "authorization", "content-type"];
    location != "header" || !ignored.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(location: &str, name: &str, value: Value) -> Argument {
        let pairs = vec![(name.to_owned(), written(&value))];
        Argument { location: location.to_owned(), name: name.to_owned(), value, pairs }
    }

    #[test]
    fn a_call_for_another_document_is_judged() {
        let schema = json!({ "type": "object", "required": ["a"] });
        let document = json!({ "paths": { "/a/{id}": { "post": {
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "maxLength": 3 } },
                { "name": "q", "in": "query", "required": true, "schema": { "type": "string" } },
                { "name": "list", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "integer" } } },
                { "name": "X-H", "in": "header", "schema": { "type": "boolean" } },
            ],
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema }, "text/*": {} } } } } } });
        let operation =
            TestedOperation::new(&document, &Pointer::of(["paths", "/a/{id}", "post"])).expect("one");
        let faults = |given: &[Argument]| operation.judge_arguments(given).1.join("; ");
        let (id, q) = (argument("path", "id", json!("abc")), argument("query", "q", json!(5)));
        assert_eq!(
            faults(&[id.clone(), q.clone(), argument("header", "x-h", json!("true"))]),
            "",
            "5 is a text on the wire"
        );
        assert_eq!(faults(std::slice::from_ref(&id)), "the required query parameter `q` is not sent");
        assert_eq!(
            faults(&[argument("path", "id", json!("abcd")), q.clone()]),
            "the path parameter `id` is invalid: \"abcd\""
        );
        assert_eq!(
            faults(&[id.clone(), q.clone(), argument("header", "X-H", json!("x"))]),
            "the header parameter `X-H` is invalid: \"x\""
        );
        let (on_the_wire, _) = operation.judge_arguments(&[id, q, argument("query", "list", json!([1, 2]))]);
        assert!(
            on_the_wire.iter().any(|argument| argument.pairs == [("list".to_owned(), "1,2".to_owned())]),
            "{on_the_wire:?}"
        );

        let body =
            |media_type: &str, value: Value| operation.judge_body(Some(&(media_type.to_owned(), value)));
        assert_eq!(body("application/json; charset=utf-8", json!({ "a": 1 })), None);
        assert_eq!(body("text/plain", json!("x")), None);
        assert_eq!(body("application/json", json!({})).as_deref(), Some("the body is invalid: {}"));
        assert_eq!(
            body("application/xml", json!("")).as_deref(),
            Some("a body of the type `application/xml` is not accepted")
        );
        assert_eq!(operation.judge_body(None).as_deref(), Some("the required body is not sent"));
    }
}
