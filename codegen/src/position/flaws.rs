//! What is wrong with the shape of a document, so that passes can rely on it.
//! Knows which fields OpenAPI has where; must not know what schemas may say.

use serde_json::Value;

use super::Kind::{
    Components, Document, Encoding, Header, MediaType, Operation, Parameter, PathItem, RequestBody, Response,
    Schema,
};
use super::Shape::{List, Map, MapOfMaps, One};
use super::{Kind, field, is_extension, is_named_freely};
use crate::pointer::Pointer;

/// What is wrong with the shape of a document.
pub(crate) enum Flaw<'a> {
    /// Something else is expected here.
    Expected(&'a str),
    /// OpenAPI has no field of this name here.
    Unknown(&'a str),
}

/// Calls `report` for every position that holds no object, for every list or map of positions that is none, and for every
/// field that OpenAPI does not have.
///
/// Schemas may be booleans, and a list or a map that is `null` counts as absent. Passes rely on this having been checked.
pub(crate) fn each_misshapen(
    value: &Value,
    kind: Kind,
    at: &mut Pointer,
    report: &mut dyn FnMut(&Pointer, Flaw<'_>),
) {
    let Value::Object(object) = value else {
        if kind != Schema {
            report(at, Flaw::Expected("an object"));
        }
        return;
    };
    for (key, held) in object {
        let Some((shape, child)) = field(kind, key) else {
            if !is_plain_field(kind, key) && !is_extension(key) {
                report(&at.join(key), Flaw::Unknown(key));
            }
            continue;
        };
        at.push(key);
        match (shape, held) {
            (One, held) => each_misshapen(held, child, at, report),
            (_, Value::Null) => {}
            (List, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    at.push_index(index);
                    each_misshapen(item, child, at, report);
                    at.pop();
                }
            }
            (List, _) => report(at, Flaw::Expected("a list")),
            (Map, Value::Object(entries)) => {
                let is_free = is_named_freely(child);
                for (name, entry) in entries.iter().filter(|(name, _)| is_free || !is_extension(name)) {
                    at.push(name);
                    each_misshapen(entry, child, at, report);
                    at.pop();
                }
            }
            (MapOfMaps, Value::Object(entries)) => {
                for (name, entry) in
                    entries.iter().filter(|(name, entry)| !is_extension(name) && !entry.is_object())
                {
                    let expected = if entry.is_null() { "an object, not nothing" } else { "an object" };
                    report(&at.join(name), Flaw::Expected(expected));
                }
            }
            (Map | MapOfMaps, _) => report(at, Flaw::Expected("an object")),
        }
        at.pop();
    }
}

/// The fields of an object that hold no further positions: OpenAPI 3.0.3 §4.7, 3.1.0 §4.8. What a schema may have is not
/// this file's to say.
fn is_plain_field(kind: Kind, key: &str) -> bool {
    match kind {
        Document => matches!(
            key,
            "openapi" | "info" | "jsonSchemaDialect" | "servers" | "security" | "tags" | "externalDocs"
        ),
        Components => matches!(key, "examples" | "securitySchemes" | "links"),
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
                | "examples"
        ),
        RequestBody => matches!(key, "$ref" | "summary" | "description" | "required"),
        Response => matches!(key, "$ref" | "summary" | "description" | "links"),
        MediaType => matches!(key, "example" | "examples"),
        Encoding => matches!(key, "contentType" | "style" | "explode" | "allowReserved"),
        Schema => true,
    }
}
