//! The problems of references.

use std::fmt;

use serde_json::Value;

use crate::document::pointer::Pointer;
use crate::document::walk::Kind;

/// A reference that is invalid, or cannot be followed as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The object that holds the reference.
    pub at: Pointer,
    /// What the object should be.
    pub kind: Kind,
    /// The keyword and its value.
    pub keyword: &'static str,
    pub reference: Value,
    pub reason: Reason,
}

/// The problem of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not a string, or not a URI reference.
    Invalid,
    /// It points to another document.
    Elsewhere,
    /// Its target does not exist.
    Nothing,
    /// Its target is not of the expected kind.
    Other,
    /// Its target depends on how it is reached (JSON Schema 2020-12 core §8.2.3.2).
    Dynamic,
    /// An `$id` makes it relative to the schema, where the target does not exist; it is resolved against the root of the document.
    FromRoot,
    /// Neither OpenAPI nor JSON Schema allows a reference there.
    Misplaced,
    /// It has siblings that are ignored.
    Ignored(Vec<String>),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keyword, reference, kind, .. } = self;
        let reference = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
        match &self.reason {
            Reason::Invalid => write!(f, "the {keyword} `{reference}` is not a URI reference"),
            Reason::Elsewhere => {
                write!(f, "the {keyword} `{reference}` leaves the document; bundle it into one file first")
            }
            Reason::Nothing => write!(f, "the {keyword} `{reference}` points at nothing"),
            Reason::Other => {
                write!(f, "the {keyword} `{reference}` points at something other than {}", kind.named())
            }
            Reason::Dynamic => {
                write!(
                    f,
                    "the {keyword} `{reference}` refers to different schemas depending on how it is reached"
                )
            }
            Reason::FromRoot => {
                write!(
                    f,
                    "the {keyword} `{reference}` points at nothing relative to the schema's `$id`; it is resolved from the root of the document"
                )
            }
            Reason::Misplaced => {
                write!(f, "the {keyword} `{reference}` is not allowed here, so it is not followed")
            }
            Reason::Ignored(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                write!(f, "beside a {keyword}, {} is ignored", keys.join(", "))
            }
        }
    }
}
