//! What the API sends to servers of its users.

use super::Deprecation;
use crate::document::Pointer;

/// The payload of a webhook or a callback.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Webhook {
    /// The name of the alias of its type.
    pub name: String,
    /// The Rust type.
    pub payload: String,
    /// Whether it is sent as a form, and not as JSON.
    pub is_form: bool,
    /// The requests that have it.
    pub callers: Vec<Caller>,
    /// The summary of the document; empty without one.
    pub summary: String,
    /// The description, in CommonMark; empty without one.
    pub description: String,
    pub deprecation: Option<Deprecation>,
    /// The location of the operation in the document.
    pub of: Pointer,
    /// The location of its schema in the document.
    pub at: Pointer,
}

/// A webhook, or a callback of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    /// The HTTP method, such as `POST`.
    pub verb: String,
    /// The name in the document.
    pub name: String,
    /// Of a callback, the operation and the expression that gives the URL.
    pub callback: Option<(String, String)>,
}
