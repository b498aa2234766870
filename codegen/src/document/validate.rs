//! Checks that objects, lists and maps are where OpenAPI has them, so that passes can rely on it.

use serde_json::Value;

use super::is_extension;
use super::walk::Arity::{List, Map, One};
use super::walk::Kind::{
    Callback, Components, Document, Encoding, Example, Header, Link, MediaType, Operation, Parameter,
    PathItem, RequestBody, Response, Schema, SecurityScheme,
};
use super::walk::{Kind, field, is_lowered_method, is_named_freely};
use crate::document::{Pointer, Version};

/// A field that is not as OpenAPI has it.
pub(crate) enum Misshapen<'a> {
    /// It is not the expected object, list or map.
    Expected(&'a str),
    /// OpenAPI has no field of this name here.
    Unknown(&'a str),
    /// Only a later version has a field of this name here, or lowering has.
    Later(&'a str),
}

/// Calls `report` for each field that is not the object, list or map that OpenAPI has there, and for each unknown field.
///
/// Schemas may be booleans, and a list or a map that is `null` counts as absent.
pub(crate) fn each_misshapen(
    version: Version,
    value: &Value,
    kind: Kind,
    at: &mut Pointer,
    report: &mut dyn FnMut(&Pointer, Misshapen<'_>),
) {
    let Value::Object(object) = value else {
        if kind != Schema {
            report(at, Misshapen::Expected("an object"));
        }
        return;
    };
    for (key, held) in object {
        let found = field(kind, key).filter(|_| kind != PathItem || !is_lowered_method(key));
        let is_unknown = found.is_none() && !is_plain_field(kind, key) && !is_extension(key);
        if !version.has(kind, key) || is_unknown && field(kind, key).is_some() {
            report(&at.join(key), Misshapen::Later(key));
            continue;
        }
        let Some((arity, child)) = found else {
            if is_unknown {
                report(&at.join(key), Misshapen::Unknown(key));
            }
            continue;
        };
        if is_needless(child) {
            continue;
        }
        at.push(key);
        match (arity, held) {
            (One, held) => each_misshapen(version, held, child, at, report),
            (_, Value::Null) => {}
            (List, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    at.push_index(index);
                    each_misshapen(version, item, child, at, report);
                    at.pop();
                }
            }
            (List, _) => report(at, Misshapen::Expected("a list")),
            (Map, Value::Object(entries)) => {
                let is_free = is_named_freely(kind, child);
                for (name, entry) in entries.iter().filter(|(name, _)| is_free || !is_extension(name)) {
                    at.push(name);
                    each_misshapen(version, entry, child, at, report);
                    at.pop();
                }
            }
            (Map, _) => report(at, Misshapen::Expected("an object")),
        }
        at.pop();
    }
}

/// Whether nothing is generated from objects of a kind.
fn is_needless(kind: Kind) -> bool {
    matches!(kind, Example | Link | SecurityScheme)
}

/// The fields that contain no further objects (OpenAPI 3.0.3 §4.7, 3.1.0 §4.8, 3.2.0 §4); those of schemas are not checked here.
fn is_plain_field(kind: Kind, key: &str) -> bool {
    match kind {
        Document => matches!(
            key,
            "openapi"
                | "$self"
                | "info"
                | "jsonSchemaDialect"
                | "servers"
                | "security"
                | "tags"
                | "externalDocs"
        ),
        Components => false,
        PathItem => matches!(key, "$ref" | "summary" | "description" | "servers"),
        Operation => matches!(
            key,
            "tags"
                | "summary"
                | "description"
                | "externalDocs"
                | "operationId"
                | "deprecated"
                | "security"
                | "servers"
        ),
        Parameter | Header => matches!(
            key,
            "$ref"
                | "summary"
                | "name"
                | "in"
                | "description"
                | "required"
                | "deprecated"
                | "allowEmptyValue"
                | "style"
                | "explode"
                | "allowReserved"
                | "example"
        ),
        RequestBody => matches!(key, "$ref" | "summary" | "description" | "required"),
        Response => matches!(key, "$ref" | "summary" | "description"),
        MediaType => matches!(key, "$ref" | "example"),
        Encoding => matches!(key, "contentType" | "style" | "explode" | "allowReserved"),
        Callback | Example | Link | SecurityScheme | Schema => true,
    }
}
