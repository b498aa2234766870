//! The problems that passes report: a location in an input, a level and one sentence.

use std::fmt;

use crate::document::Pointer;

/// Which of the pipeline's inputs a [`Problem`] points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Input {
    /// The vendored OpenAPI document; after the overlay pass, the document with the overlay applied.
    Document,
    /// The OpenAPI Overlay.
    Overlay,
    /// No file: the [`Settings`](crate::Settings) that the caller chose.
    Settings,
}

/// The severity of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// No client can be generated.
    Error,
    /// An operation or a schema is not in the generated client.
    Omitted,
    /// The document declares something that the generated client cannot send or read.
    Lossy,
    /// The generated client accepts more than the document allows, or documents less.
    Relaxed,
}

/// One finding of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The input that [`Problem::pointer`] points into.
    pub input: Input,
    /// Its severity.
    pub level: Level,
    /// The location, as a JSON Pointer; for settings the root, as the message names the setting.
    pub pointer: Pointer,
    /// What was found and what was expected, in one sentence without a full stop.
    pub message: String,
}

impl Problem {
    /// An error in the document.
    pub fn error(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self {
            input: Input::Document,
            level: Level::Error,
            pointer: pointer.clone(),
            message: message.into(),
        }
    }

    /// A constraint that the generated client does not enforce.
    pub fn relaxed(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self { level: Level::Relaxed, ..Self::error(pointer, message) }
    }

    /// A part of the document that the generated client can neither send nor read.
    pub fn lossy(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self { level: Level::Lossy, ..Self::error(pointer, message) }
    }

    /// A part of the document that the generated client lacks.
    pub fn omitted(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self { level: Level::Omitted, ..Self::error(pointer, message) }
    }

    /// An error in the overlay.
    pub fn in_overlay(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self { input: Input::Overlay, ..Self::error(pointer, message) }
    }

    /// An error in the settings; the message names the setting.
    pub(crate) fn in_settings(message: impl Into<String>) -> Self {
        Self { input: Input::Settings, ..Self::error(&Pointer::root(), message) }
    }
}

/// `#/paths/~1mfa: message`, the JSON Pointer as a URI fragment; the caller puts its file name before it. Of the settings it is
/// the message alone.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.input {
            Input::Settings => f.write_str(&self.message),
            Input::Document | Input::Overlay => write!(f, "#{}: {}", self.pointer, self.message),
        }
    }
}

/// Returns the result with its problems, or only the problems if one of them is an error.
pub(crate) fn stop_on_errors(problems: Vec<Problem>, so_far: &mut Vec<Problem>) -> Result<(), Vec<Problem>> {
    so_far.extend(problems);
    if so_far.iter().any(|problem| problem.level == Level::Error) {
        return Err(std::mem::take(so_far));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Settings;

    #[test]
    fn what_is_neither_sent_nor_read_is_lossy() {
        let property = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
        let document = json!({
            "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
            "paths": { "/a": { "get": {
                "operationId": "get-a",
                "callbacks": { "on": { "{$request.body#/url}": { "post": { "responses": {} } } } },
                "responses": { "200": { "description": "d", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } }, "text/csv": {} } } } } } },
            "webhooks": { "w": { "post": { "requestBody": { "content": { "text/csv": {} } } } } },
            "components": { "schemas": {
                "A": { "type": "object", "allOf": [{ "properties": { "both": { "$ref": "#/components/schemas/B" }, "same": { "$ref": "#/components/schemas/B" } } },
                                 { "properties": { "both": property("c"), "same": property("b") } }] },
                "B": property("b") } } });
        let settings = Settings::of_module("relay_rest::codegen_support");
        let generated = crate::generate_from(document, &settings).expect("a client");
        let lossy = generated.problems.iter().filter(|problem| problem.level == Level::Lossy);
        let lossy: Vec<&str> = lossy.map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            lossy,
            [
                "no type is generated for a request without a body",
                "no type is generated for `text/csv`",
                "`both`: `c` of a second member cannot be set or read",
            ]
        );
    }
}
