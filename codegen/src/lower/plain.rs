//! Repairs strings and flags of another type. Most matter to documentation alone, so that none makes a document invalid.

use serde_json::{Map, Value, json};

use crate::document::{Kind, Pointer};
use crate::problem::Problem;

/// What a field holds.
#[derive(Clone, Copy)]
enum Plain {
    Text,
    Flag,
}

/// The texts and flags of OpenAPI 3.0.3 §4.7 and 3.1.0 §4.8, and the annotations of schemas.
fn plain(kind: Kind, key: &str) -> Option<Plain> {
    use Kind::{Header, Operation, Parameter, PathItem, RequestBody, Response, Schema};
    Some(match (kind, key) {
        (PathItem | Operation | Parameter | Header | RequestBody | Response, "summary" | "description")
        | (Operation, "operationId")
        | (Parameter, "name" | "in")
        | (Parameter | Header, "style")
        | (Schema, "title" | "description" | "format") => Plain::Text,
        (Operation, "deprecated")
        | (Parameter | Header, "required" | "deprecated" | "explode" | "allowReserved" | "allowEmptyValue")
        | (RequestBody, "required")
        | (Schema, "deprecated" | "readOnly" | "writeOnly") => Plain::Flag,
        _ => return None,
    })
}

/// `{description: 5, deprecated: 'true', summary: []}` ⇒ `{description: '5', deprecated: true}`
pub(super) fn mend(kind: Kind, at: &Pointer, value: &mut Value, problems: &mut Vec<Problem>) {
    let Some(object) = value.as_object_mut() else { return };
    object.retain(|key, held| {
        let Some(plain) = plain(kind, key) else { return true };
        let (mended, expected) = match (plain, &*held) {
            (Plain::Text, Value::String(_)) | (Plain::Flag, Value::Bool(_)) => return true,
            // Treated as absent.
            (_, Value::Null) => return false,
            (Plain::Text, Value::Number(_) | Value::Bool(_)) => (Some(held.to_string().into()), "a text"),
            (Plain::Text, _) => (None, "a text"),
            (Plain::Flag, held) => {
                let flag = held.as_str().and_then(|text| text.to_ascii_lowercase().parse::<bool>().ok());
                (flag.map(Value::from), "true or false")
            }
        };
        let done =
            mended.as_ref().map_or_else(|| "ignored".to_owned(), |mended| format!("read as `{mended}`"));
        problems.push(Problem::relaxed(&at.join(key), format!("expected {expected}; {done}")));
        mended.map(|mended| *held = mended).is_some()
    });
    if kind == Kind::Schema {
        documentation(at, object, problems);
    }
}

/// `{discriminator: kind, externalDocs: u}` ⇒ `{discriminator: {propertyName: kind}}`
///
/// Swagger 2.0 has the name alone.
fn documentation(at: &Pointer, schema: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let is_text = |object: &Value, key: &str| object.get(key).is_some_and(Value::is_string);
    if schema.get("externalDocs").is_some_and(|docs| !is_text(docs, "url")) {
        schema.remove("externalDocs");
    }
    match schema.get_mut("discriminator") {
        Some(Value::String(name)) => {
            let message = format!("expected an object; read as `propertyName: {name}`");
            problems.push(Problem::relaxed(&at.join("discriminator"), message));
            schema["discriminator"] = json!({ "propertyName": name.clone() });
        }
        Some(discriminator) if !is_text(discriminator, "propertyName") => {
            let message = "expected an object with a `propertyName`; ignored";
            problems.push(Problem::relaxed(&at.join("discriminator"), message));
            schema.remove("discriminator");
        }
        Some(discriminator) => {
            let Some(fields) = discriminator.as_object_mut() else { return };
            let mut ignored = |key: &str, is_valid: fn(&Value) -> bool, expected: &str| {
                if fields.get(key).is_some_and(|held| !is_valid(held)) {
                    fields.remove(key);
                    let message = format!("expected {expected}; ignored");
                    problems.push(Problem::relaxed(&at.join("discriminator").join(key), message));
                }
            };
            ignored("mapping", is_mapping, "an object of texts");
            ignored("defaultMapping", Value::is_string, "a text");
        }
        None => {}
    }
}

fn is_mapping(mapping: &Value) -> bool {
    mapping.as_object().is_some_and(|mapping| mapping.values().all(Value::is_string))
}
