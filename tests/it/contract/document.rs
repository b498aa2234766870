//! Validates requests and responses against the vendored document with its overlay.

use axum::http::header;
use jsonschema::{Draft, Validator};
use relay_rest_codegen::document::media_type::{Form, JSON};
use relay_rest_codegen::document::{resolve, standalone};
use relay_rest_codegen::{Overlaid, Pointer};
use serde_json::Value;

use crate::server::Exchange;

/// The 3.1 document, unlowered.
pub(super) struct Document(Value);

impl Document {
    pub(super) fn load() -> Result<Self, String> {
        let document = include_str!("../../../openapi/relay-rest.yaml");
        let overlay = include_str!("../../../openapi/overlay.yaml");
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

    /// The differences of a request or its response from the document; a status that the document does not list is one.
    pub(super) fn check(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let path = exchange.uri.path().strip_prefix(self.base_path());
        let Some(operation) = path.and_then(|path| self.operation(exchange.method.as_str(), path)) else {
            return vec!["no operation of the document".to_owned()];
        };
        // Unknown credentials are rejected before the request is read.
        let mut reasons =
            if exchange.status == 401 { Vec::new() } else { self.check_request(&operation, exchange) };
        let at = operation.join("responses").join(&exchange.status.to_string());
        let of_response = self.check_body(at, exchange.response).into_iter();
        reasons.extend(of_response.map(|reason| format!("own response {}: {reason}", exchange.status)));
        reasons
    }

    /// The location of the operation with this method and path.
    fn operation(&self, method: &str, path: &str) -> Option<Pointer> {
        let paths = self.0["paths"].as_object()?;
        let (template, item) = paths.iter().find(|(template, _)| is_instance(template, path))?;
        let method = method.to_ascii_lowercase();
        item.get(&method)?;
        Some(["paths", template, &method].iter().fold(Pointer::default(), |at, token| at.join(token)))
    }

    fn check_request(&self, operation: &Pointer, exchange: &Exchange<'_>) -> Vec<String> {
        let content_type = exchange.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if Form::of(content_type) != Form::Json {
            return vec![format!("the content type is `{content_type}`, application/json is expected")];
        }
        match serde_json::from_slice(exchange.body) {
            Ok(body) => self.check_body(operation.join("requestBody"), &body),
            Err(error) => vec![format!("the body is no JSON: {error}")],
        }
    }

    fn check_body(&self, body_at: Pointer, body: &Value) -> Vec<String> {
        let at = ["content", JSON, "schema"].iter().fold(body_at, |at, token| at.join(token));
        if at.resolve(&self.0).is_none() {
            return vec![format!("the document has nothing at {at}")];
        }
        match validator(&standalone(&self.0, &at)) {
            Ok(validator) => validator
                .iter_errors(body)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect(),
            Err(error) => vec![error],
        }
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

/// Whether a path is an instance of a template.
fn is_instance(template: &str, path: &str) -> bool {
    let (templates, segments) = (template.split('/'), path.split('/'));
    templates.clone().count() == segments.clone().count()
        && templates.zip(segments).all(|(template, segment)| template.starts_with('{') || template == segment)
}
