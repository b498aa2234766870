//! The versions of OpenAPI, and where they interpret the same document differently.

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
    /// Any other version, or no version.
    Other,
}

impl Version {
    /// The version of a document. Patch versions have the same feature set (3.1.0 §4.1).
    pub fn of(document: &Value) -> Self {
        match document.get("openapi").and_then(Value::as_str) {
            Some(version) if version == "3.1" || version.starts_with("3.1.") => Self::V3_1,
            Some(version) if version == "3.0" || version.starts_with("3.0.") => Self::V3_0,
            _ => Self::Other,
        }
    }

    /// Whether `$id`, `$anchor` and `$dynamicRef` are keywords: in 3.0 they are not.
    pub(super) fn has_identifiers(self) -> bool {
        self != Self::V3_0
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
