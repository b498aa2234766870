//! The bodies of an operation: of requests, random or given, and of responses.

use std::collections::BTreeSet;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::{
    Form, Framing, essence, is_range, preferred, preferred_of_request,
};
use serde_json::{Value, json};

use super::TestedOperation;
use crate::calls::parts::FormSchema;
use crate::calls::wire::{Written, as_is};
use crate::instances::Instances;
use crate::validate::{in_place, validator};

/// A documented response.
#[derive(Clone, Debug)]
pub(in crate::calls) struct DocumentedResponse {
    pub(in crate::calls) status: u16,
    pub(in crate::calls) body: Option<Body>,
}

/// A media type, and the location of its schema if the body can be validated.
#[derive(Clone, Debug)]
pub(in crate::calls) struct Body {
    pub(in crate::calls) media_type: String,
    pub(in crate::calls) schema: Option<Pointer>,
    /// The Encoding Objects of a form.
    pub(in crate::calls) encoding: Value,
    /// Whether it is a multipart body that the caller formats, because it is not an object.
    pub(in crate::calls) is_formatted: bool,
    /// Whether it is values one after another, each of which the schema describes.
    pub(in crate::calls) is_item_schema: bool,
}

impl Body {
    /// The pairs that a form has of a value (OpenAPI 3.1 §4.8.14.5, §4.8.15.1).
    pub(in crate::calls) fn form(&self, value: &Value) -> Vec<(String, String)> {
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
    /// Why the body of a call that was made for another document is invalid.
    pub(in crate::calls) fn judge_body(&self, given: Option<&(String, Value)>) -> Option<String> {
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
    pub(in crate::calls) fn body_schema(&self) -> Option<Pointer> {
        self.body_of_request()?.schema
    }

    /// Whether the body of requests is values one after another, each of which its schema describes.
    pub(in crate::calls) fn sends_items(&self) -> bool {
        self.body_of_request().is_some_and(|body| body.is_item_schema)
    }

    /// Whether requests may have a body.
    pub(in crate::calls) fn takes_body(&self) -> bool {
        self.body_of_request().is_some()
    }

    /// The body of requests, with the media type that the client prefers.
    pub(super) fn body_of_request(&self) -> Option<Body> {
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
    pub(in crate::calls) fn form(&self) -> Option<(Pointer, Value)> {
        let body = self.body_of_request()?;
        self.form_schema(&body)?;
        Some((self.resolved(body.schema?), body.encoding))
    }

    /// The properties of a request body that are files.
    pub(in crate::calls) fn files_of(&self, value: &Value) -> BTreeSet<String> {
        let body = self.body_of_request();
        let form = body.as_ref().and_then(|body| self.form_schema(body));
        form.map(|form| form.file_names(value)).unwrap_or_default()
    }

    /// The multipart form that a body is.
    pub(in crate::calls) fn form_schema<'b>(&self, body: &'b Body) -> Option<FormSchema<'b>>
    where
        'a: 'b,
    {
        (Form::of(&body.media_type) == Form::Multipart && !body.is_formatted)
            .then(|| FormSchema::new(self.document, body.schema.as_ref(), &body.encoding))
            .flatten()
    }

    /// Returns a random request body; an optional one about half of the time.
    pub(in crate::calls) fn request_body(
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
    pub(in crate::calls) fn body_instance(
        &self,
        body: &Body,
        instances: &mut Instances<'_>,
    ) -> Result<Value, String> {
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
    pub(in crate::calls) fn responses(&self) -> Vec<DocumentedResponse> {
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
    pub(super) fn body(&self, at: &Pointer) -> Option<Body> {
        let content = at.resolve(self.document)?.get("content")?.as_object()?;
        self.body_of(at, preferred(content.keys())?)
    }

    /// The body with the media type that the client prefers, and the others that a response may have: of a success, those that the
    /// client asks for.
    pub(super) fn bodies(&self, at: &Pointer, is_success: bool) -> Vec<Body> {
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

    pub(super) fn body_of(&self, at: &Pointer, media_type: &str) -> Option<Body> {
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
}
