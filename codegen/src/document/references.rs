//! Reads and writes `$ref`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::pointer::Pointer;

pub(super) const REF: &str = "$ref";
const SCHEMAS: &str = "#/components/schemas/";

/// Whether an object has a `$ref`.
pub fn is_reference(object: &Map<String, Value>) -> bool {
    object.contains_key(REF)
}

/// Whether a key is that of a reference.
pub fn is_reference_key(key: &str) -> bool {
    key == REF
}

/// The location that the `$ref` of an object points to; `None` without one, or if it is in another document.
pub fn target(object: &Value) -> Option<Pointer> {
    object.as_object().and_then(target_of)
}

/// As [`target`].
pub fn target_of(object: &Map<String, Value>) -> Option<Pointer> {
    Pointer::from_reference(object.get(REF)?.as_str()?)
}

/// The component schema that the `$ref` of a schema refers to.
pub fn referred(schema: &Value) -> Option<Cow<'_, str>> {
    schema.as_object().and_then(referred_by)
}

/// As [`referred`].
pub fn referred_by(schema: &Map<String, Value>) -> Option<Cow<'_, str>> {
    named(schema.get(REF)?.as_str()?)
}

/// The component schema that a reference such as `#/components/schemas/Pet` is to.
pub fn named(reference: &str) -> Option<Cow<'_, str>> {
    let name = reference.strip_prefix(SCHEMAS)?;
    if name.contains(['%', '/', '~']) {
        let name = Pointer::from_reference(reference)?.component("schemas")?.to_owned();
        return Some(name.into());
    }
    Some(name.into())
}

/// The location of the `$ref` of an object.
pub fn keyword_at(object: &Pointer) -> Pointer {
    object.join(REF)
}

/// Removes the `$ref` of a schema.
pub fn take(schema: &mut Map<String, Value>) -> Option<Value> {
    schema.remove(REF)
}

/// A reference to a component schema.
pub fn to_schema(name: &str) -> Value {
    to(&Pointer::of(["components", "schemas", name]))
}

/// A reference to a location in the document.
pub fn to(target: &Pointer) -> Value {
    json!({ REF: target.to_reference() })
}

/// Makes a schema or Reference Object refer to a location in the document.
pub fn point(object: &mut Value, target: &Pointer) {
    if let Some(object) = object.as_object_mut() {
        object.insert(REF.to_owned(), target.to_reference().into());
    }
}
