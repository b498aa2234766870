//! The errors that the body of an answer lists, in whichever of SignalWire's shapes.
//! Knows those shapes; must not know which operation has which.

use std::fmt;

use serde_json::{Map, Value};

/// One error as the API tells it. What it says may quote what was sent, so `Debug` does not show it.
///
/// SignalWire lists errors as `{"errors": [{"code", "message", "attribute", "url", …}]}`, in another part of its API as
/// `{"errors": [{"code", "title", "detail", …}]}`, and tells a single one as `{"error": "…"}`. What is not there is `None`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiError {
    code: Option<String>,
    message: Option<String>,
    attribute: Option<String>,
    url: Option<String>,
}

impl ApiError {
    /// SignalWire's code for the error, such as `invalid_parameter`: an open set, so it is a text.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The error in words.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The property of the request that is at fault.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// SignalWire's page about the error.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// All that a body lists; nothing where it has none of the shapes.
    pub(crate) fn all(body: &[u8]) -> Vec<Self> {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return Vec::new() };
        match body.get("errors") {
            Some(Value::Array(errors)) => errors.iter().filter_map(Self::read).collect(),
            _ => Self::of(&body).into_iter().collect(),
        }
    }

    fn read(error: &Value) -> Option<Self> {
        match error {
            Value::Object(error) => Self::of(error),
            Value::String(message) => Some(Self { message: Some(message.clone()), ..Self::nothing() }),
            _ => None,
        }
    }

    /// Nothing where none of the properties is there.
    fn of(error: &Map<String, Value>) -> Option<Self> {
        let text = |names: &[&str]| {
            names.iter().find_map(|name| match error.get(*name)? {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let told = Self {
            code: text(&["code"]),
            message: text(&["message", "detail", "error", "title"]),
            attribute: text(&["attribute"]),
            url: text(&["url"]),
        };
        (told != Self::nothing()).then_some(told)
    }

    const fn nothing() -> Self {
        Self { code: None, message: None, attribute: None, url: None }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Vec<[Option<String>; 4]> {
        let all = ApiError::all(body.as_bytes());
        all.into_iter().map(|error| [error.code, error.message, error.attribute, error.url]).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn each_shape_is_read() {
        let body = r#"{"errors":[{"type":"validation_error","code":"missing_required_parameter",
            "message":"to is required","attribute":"to","url":"https://example.com/errors"}, "in words", 7]}"#;
        let first = [
            some("missing_required_parameter"),
            some("to is required"),
            some("to"),
            some("https://example.com/errors"),
        ];
        assert_eq!(told(body), [first, [None, some("in words"), None, None]]);

        let body = r#"{"errors":[{"detail":"no number","status":"422","title":"Invalid","code":21211}]}"#;
        assert_eq!(told(body), [[some("21211"), some("no number"), None, None]]);
        assert_eq!(told(r#"{"error":"Unauthorized"}"#), [[None, some("Unauthorized"), None, None]]);
        assert_eq!(told(r#"{"code":"busy","message":"wait"}"#), [[some("busy"), some("wait"), None, None]]);
    }

    #[test]
    fn what_has_no_shape_lists_nothing() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"errors":{}}"#,
            r#"{"errors":[{}, null]}"#,
            r#"{"error":{}}"#,
            "\u{0}",
        ] {
            assert!(told(body).is_empty(), "{body}");
        }
        assert!(ApiError::all(b"{\"error\":\"\xff\"}").is_empty());
    }
}
