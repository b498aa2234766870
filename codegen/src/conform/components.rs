//! Component schemas for which typify would generate a redundant newtype, or two types with the same name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::only_member;
use super::schema::ID;
use crate::document::references::{referred, referred_by};
use crate::document::{Kind, is_documentation, is_extension, walk};
use crate::lower::CONTENT_MEDIA_TYPE;

/// `{$ref: '#/components/schemas/uuid'}` ⇒ `{type: string, format: uuid}`;
/// `{$ref: '#/components/schemas/age'}` ⇒ `{type: integer, minimum: 0, nullable: true}`
///
/// typify would wrap a component that only names a scalar in a newtype that adds nothing, and that no integer converts to.
pub(super) fn inline_scalars(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    let scalars: BTreeMap<String, Map<String, Value>> = schemas
        .iter()
        .filter_map(|(name, schema)| Some((name, schema.as_object()?)))
        .filter(|(_, schema)| is_bare_scalar(schema))
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    schemas.retain(|name, _| !scalars.contains_key(name));
    let is_scalar = |member: &Value| member.as_object().is_some_and(is_bare_scalar);
    walk::each_mut(document, &mut |kind, _, schema| {
        let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        if let Some(scalar) = referred_by(map).and_then(|name| scalars.get(&*name)) {
            *map = scalar.clone();
        } else if let Some(Value::Object(scalar)) = only_member(map).cloned().filter(is_scalar)
            // Composing intersects two ranges, and reports two types.
            && !(has_range(map) && has_range(&scalar))
            && kind_of(map).is_none_or(|kind| kind_of(&scalar) == Some(kind))
        {
            map.remove("allOf");
            scalar.into_iter().for_each(|(key, value)| {
                map.entry(key).or_insert(value);
            });
        }
    });
}

/// `A: {type: object, nullable: true}` and `{$ref: A}` ⇒ `A: {type: object}` and `{allOf: [{$ref: A}], nullable: true}`
///
/// typify would give a nullable component and the type inside its `Option` the same name.
pub(super) fn move_nullability(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    let mut nullable = BTreeSet::new();
    for (name, schema) in schemas.iter_mut() {
        if let Some(map) = schema.as_object_mut()
            && map.remove("nullable") == Some(Value::Bool(true))
        {
            nullable.insert(name.clone());
        }
    }
    if nullable.is_empty() {
        return;
    }
    walk::each_mut(document, &mut |kind, _, schema| {
        let to_nullable = referred(schema).is_some_and(|name| nullable.contains(&*name));
        if kind == Kind::Schema && to_nullable {
            *schema = json!({ "allOf": [schema.take()], "nullable": true });
        }
    });
    // `allOf: [{allOf: [R], nullable: true}]` ⇒ `allOf: [R], nullable: true`, where a use was an `allOf` before.
    walk::each_mut(document, &mut |kind, _, schema| {
        let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        let only = only_member(map).and_then(Value::as_object);
        let only = only.filter(|only| only.len() == 2 && only.get("nullable") == Some(&Value::Bool(true)));
        if let Some(inner) = only.and_then(|only| only.get("allOf")).cloned() {
            map.insert("allOf".to_owned(), inner);
            map.insert("nullable".to_owned(), true.into());
        }
    });
}

/// The keywords of a range that a handwritten type enforces.
const RANGE: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];

fn has_range(schema: &Map<String, Value>) -> bool {
    RANGE.iter().any(|key| schema.contains_key(*key))
}

/// The type of a schema; that of `{enum: [null]}` is `null`.
fn kind_of(schema: &Map<String, Value>) -> Option<&str> {
    let kind = schema.get("type").and_then(Value::as_str);
    kind.or_else(|| has_null_alone(schema).then_some("null"))
}

fn has_null_alone(schema: &Map<String, Value>) -> bool {
    schema.get("enum").is_some_and(|values| *values == json!([null]))
}

fn is_bare_scalar(schema: &Map<String, Value>) -> bool {
    let is_null = has_null_alone(schema);
    let kind = schema.get("type").and_then(Value::as_str);
    let is_scalar = is_null || matches!(kind, Some("string" | "integer" | "number" | "boolean"));
    let is_allowed = |key: &String| match key.as_str() {
        "type" | "format" | "nullable" => true,
        "enum" => is_null,
        key if RANGE.contains(&key) => kind == Some("integer"),
        ID | CONTENT_MEDIA_TYPE => kind == Some("string"),
        key => is_documentation(key) && !is_extension(key),
    };
    is_scalar && schema.keys().all(is_allowed)
}
