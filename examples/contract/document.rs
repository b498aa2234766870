//! The vendored document with its overlay, as the judge of requests and answers.
//! Knows OpenAPI 3.1 and JSON Schema 2020-12; must not know what any operation does.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use jsonschema::{Draft, Validator};
use relay_rest_codegen::document::media_type::{Form, JSON};
use relay_rest_codegen::document::walk::operations;
use relay_rest_codegen::document::{resolve, standalone};
use relay_rest_codegen::{Overlaid, Pointer};
use serde_json::Value;

/// The 3.1 document, unlowered.
pub(super) struct Document(Value);

impl Document {
    pub(super) fn load() -> Result<Self, String> {
        let document = include_str!("../../openapi/relay-rest.yaml");
        let overlay = include_str!("../../openapi/overlay.yaml");
        relay_rest_codegen::overlaid(document, overlay)
            .and_then(Overlaid::into_document)
            .map(|mut document| {
                resolve(&mut document);
                Self(document)
            })
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    /// The path of the first server.
    pub(super) fn base_path(&self) -> &str {
        let url = self.0["servers"][0]["url"].as_str().unwrap_or_default();
        let host = url.find("://").map_or(0, |scheme| scheme + 3);
        url[host..].find('/').map_or("", |path| &url[host + path..])
    }

    /// The `operationId` of what is asked for, and the parameter in its path.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<(String, Option<String>)> {
        self.0["paths"].as_object()?.iter().find_map(|(template, item)| {
            let parameter = matches(template, path)?;
            let id = item.get(method.to_ascii_lowercase())?.get("operationId")?.as_str()?;
            Some((id.to_owned(), parameter))
        })
    }

    /// The body of a request, if it is one that the document allows.
    pub(super) fn check_request(
        &self,
        operation: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Value, Vec<String>> {
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if Form::of(content_type) != Form::Json {
            return Err(vec![format!("the content type is `{content_type}`, application/json is expected")]);
        }
        let body: Value =
            serde_json::from_slice(body).map_err(|error| vec![format!("the body is no JSON: {error}")])?;
        self.check(self.pointer(operation).join("requestBody"), &body)?;
        Ok(body)
    }

    /// Checks an answer; a status that the document does not list is a violation too.
    pub(super) fn check_answer(&self, operation: &str, status: u16, body: &Value) -> Result<(), Vec<String>> {
        self.check(self.pointer(operation).join("responses").join(&status.to_string()), body)
    }

    /// The location of an operation.
    fn pointer(&self, id: &str) -> Pointer {
        let found = operations(&self.0).find(|(_, operation)| operation["operationId"] == id);
        found.map(|(at, _)| at).unwrap_or_default()
    }

    fn check(&self, body_at: Pointer, body: &Value) -> Result<(), Vec<String>> {
        let at = ["content", JSON, "schema"].iter().fold(body_at, |at, token| at.join(token));
        if at.resolve(&self.0).is_none() {
            return Err(vec![format!("the document has nothing at {at}")]);
        }
        let validator = validator(&standalone(&self.0, &at)).map_err(|error| vec![error])?;
        let reasons: Vec<String> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }
}

fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .build(schema)
        .map_err(|error| error.to_string())
}

/// Whether a path is an instance of a template with at most one parameter, and the parameter.
fn matches(template: &str, path: &str) -> Option<Option<String>> {
    let (templates, segments) = (template.split('/'), path.split('/'));
    if templates.clone().count() != segments.clone().count() {
        return None;
    }
    let mut parameter = None;
    for (template, segment) in templates.zip(segments) {
        if template.starts_with('{') {
            parameter = Some(segment.to_owned());
        } else if template != segment {
            return None;
        }
    }
    Some(parameter)
}
