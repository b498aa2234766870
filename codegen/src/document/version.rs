//! The versions of OpenAPI, and where they interpret the same document differently.

use std::fmt;

use serde_json::{Map, Value};

use super::keywords::is_extension;
use super::walk::Kind;

/// The version that a document says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 3.0.x: its schemas are a dialect of their own.
    V3_0,
    /// 3.1.x: its schemas are JSON Schema 2020-12.
    V3_1,
    /// 3.2.x: schemas as in 3.1, and more around them.
    V3_2,
    /// Any other version, or no version.
    Other,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
            Self::Other => "of another version",
        })
    }
}

impl Version {
    /// The version of a document. Patch versions have the same feature set (3.1.0 §4.1).
    pub fn of(document: &Value) -> Self {
        let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
        let is = |own: &str| {
            version.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match () {
            () if is("3.2") => Self::V3_2,
            () if is("3.1") => Self::V3_1,
            () if is("3.0") => Self::V3_0,
            () => Self::Other,
        }
    }

    /// Whether `$id`, `$anchor` and `$dynamicRef` are keywords: in 3.0 they are not.
    pub(super) fn has_identifiers(self) -> bool {
        self != Self::V3_0
    }

    /// Whether an object of this kind may be a reference: a Media Type Object may since 3.2 (3.2.0 §4.14).
    pub(super) fn may_refer(self, kind: Kind) -> bool {
        kind.may_refer() && (kind != Kind::MediaType || matches!(self, Self::V3_2 | Self::Other))
    }

    /// Whether a security requirement may name a scheme by its URI (3.2.0 §4.30).
    pub(super) fn has_schemes_by_uri(self) -> bool {
        matches!(self, Self::V3_2 | Self::Other)
    }

    /// Whether a discriminator has `defaultMapping` (3.2.0 §4.25).
    pub(super) fn has_default_mapping(self) -> bool {
        matches!(self, Self::V3_2 | Self::Other)
    }

    /// Whether this version has a value that is not new in a later one: of `in`, `querystring`, and of `style`, `cookie` (3.2.0 §4.12).
    pub fn has_value(self, key: &str, value: &Value) -> bool {
        let is_later =
            matches!((key, value.as_str()), ("in", Some("querystring")) | ("style", Some("cookie")));
        matches!(self, Self::V3_2 | Self::Other) || !is_later
    }

    /// Whether this version has a field that is not new in a later one.
    pub(crate) fn has(self, kind: Kind, key: &str) -> bool {
        matches!(self, Self::V3_2 | Self::Other) || !LATER.contains(&(kind, key))
    }

    /// The siblings of a reference that are ignored (3.0.3 §4.7.23, 3.1.0 §4.8.23).
    pub(super) fn ignored_beside_reference(
        self,
        kind: Kind,
        object: &Map<String, Value>,
        reference: &str,
    ) -> Vec<String> {
        let counts = |key: &str| match kind {
            // A path item may have fields next to its `$ref` (3.1.0 §4.8.9).
            Kind::PathItem => true,
            Kind::Schema => self.has_identifiers(),
            _ => self.has_identifiers() && matches!(key, "summary" | "description"),
        };
        let others = object.keys().filter(|key| *key != reference && !is_extension(key));
        others.filter(|key| !counts(key)).cloned().collect()
    }
}

/// The fields that are new in OpenAPI 3.2, of the objects whose fields are checked (3.2.0 §4).
const LATER: [(Kind, &str); 11] = [
    (Kind::Document, "$self"),
    (Kind::Components, "mediaTypes"),
    (Kind::PathItem, "query"),
    (Kind::PathItem, "additionalOperations"),
    (Kind::MediaType, "$ref"),
    (Kind::MediaType, "itemSchema"),
    (Kind::MediaType, "prefixEncoding"),
    (Kind::MediaType, "itemEncoding"),
    (Kind::Encoding, "encoding"),
    (Kind::Encoding, "prefixEncoding"),
    (Kind::Encoding, "itemEncoding"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn siblings_of_a_reference_count_by_version_and_kind() {
        let object = json!({ "$ref": "#/a", "description": "d", "required": true, "summary": "s", "x-a": 1 });
        let none: [&str; 0] = [];
        for (version, kind, ignored) in [
            (Version::V3_0, Kind::Schema, &["description", "required", "summary"][..]),
            (Version::V3_1, Kind::Schema, &none),
            (Version::Other, Kind::Schema, &none),
            (Version::V3_0, Kind::Parameter, &["description", "required", "summary"]),
            (Version::V3_1, Kind::Parameter, &["required"]),
            (Version::V3_0, Kind::PathItem, &none),
            (Version::V3_1, Kind::PathItem, &none),
        ] {
            let object = object.as_object().expect("an object");
            let found = version.ignored_beside_reference(kind, object, "$ref");
            assert_eq!(found, ignored, "{version:?} {kind:?}");
        }
    }
}
