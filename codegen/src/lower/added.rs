//! Lowers what OpenAPI 3.2 added around schemas to what 3.1 has, as far as that is possible.

use serde_json::{Map, Value};

use super::remove;
use crate::document::resolve::DEFAULT_MAPPING;
use crate::document::token::is_token;
use crate::document::walk::{ADDITIONAL, METHODS};
use crate::document::{Kind, Pointer, Version, walk};
use crate::problem::Problem;

/// Lowers a document of 3.2; in one of an earlier version, reports the values that only 3.2 has. References have been resolved.
pub(super) fn lower(version: Version, document: &mut Value, problems: &mut Vec<Problem>) {
    if version != Version::V3_2 {
        walk::each_mut(document, &mut |kind, at, value| match kind {
            Kind::Parameter => later_values(version, at, value, problems),
            Kind::Schema => later_mapping(version, at, value, problems),
            _ => {}
        });
        return;
    }
    methods(document, problems);
    walk::each_mut(document, &mut |kind, _, value| {
        if kind == Kind::Response {
            describe(value);
        }
    });
    document.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten().for_each(describe);
}

/// `in: querystring` and `style: cookie`, of an earlier version.
fn later_values(version: Version, at: &Pointer, parameter: &mut Value, problems: &mut Vec<Problem>) {
    let is_later = |key: &str, value: &Value| !version.has_value(key, value);
    if parameter.get("in").is_some_and(|place| is_later("in", place)) {
        problems.push(Problem::error(&at.join("in"), "`querystring` is new in OpenAPI 3.2"));
    }
    if parameter.get("style").is_some_and(|style| is_later("style", style)) {
        let message = "the style `cookie` is new in OpenAPI 3.2; the default is used";
        problems.push(Problem::relaxed(&at.join("style"), message));
    }
    let Some(parameter) = parameter.as_object_mut() else { return };
    parameter.retain(|key, value| key != "style" || !is_later(key, value));
    // It applies to queries alone (3.1.1 §4.8.12.2).
    if parameter.get("in").is_some_and(|place| place != "query") {
        parameter.remove("allowReserved");
    }
}

/// `discriminator: {propertyName: kind, defaultMapping: A}` ⇒ `discriminator: {propertyName: kind}`, of an earlier version
fn later_mapping(version: Version, at: &Pointer, schema: &mut Value, problems: &mut Vec<Problem>) {
    let discriminator = schema.get_mut("discriminator").and_then(Value::as_object_mut);
    if discriminator.is_some_and(|fields| fields.remove(DEFAULT_MAPPING).is_some()) {
        let at = at.join("discriminator").join(DEFAULT_MAPPING);
        let message = format!("OpenAPI {version} has no field `{DEFAULT_MAPPING}` here");
        problems.push(Problem::relaxed(&at, message));
    }
}

/// Checks the methods of `additionalOperations`: they are tokens that no field has (3.2.0 §4.9, RFC 9110 §9.1).
fn methods(document: &mut Value, problems: &mut Vec<Problem>) {
    let mut omitted = Vec::new();
    walk::each(document, &mut |kind, at, item| {
        let operations = item.get(ADDITIONAL).and_then(Value::as_object).filter(|_| kind == Kind::PathItem);
        for method in operations.into_iter().flat_map(Map::keys) {
            let at = at.join(ADDITIONAL).join(method);
            if !is_token(method) {
                problems.push(Problem::error(&at, format!("`{method}` is not a method")));
            } else if METHODS.iter().any(|field| field.eq_ignore_ascii_case(method)) {
                let field = method.to_ascii_lowercase();
                let message =
                    format!("the operation of `{method}` belongs in the field `{field}` of the path");
                problems.push(Problem::error(&at, message));
            } else if method == "CONNECT" {
                // Its target is a host and a port (RFC 9110 §9.3.6).
                let message = "the operation is left out: a request by `CONNECT` has no path";
                problems.push(Problem::omitted(&at, message));
                omitted.push(at);
            }
        }
    });
    omitted.iter().for_each(|at| remove(document, at));
}

/// `{summary: s}` ⇒ `{description: s}`
///
/// Of a response, 3.0 requires a description; of a tag, it documents the group.
fn describe(value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    let summary = object.remove("summary").filter(Value::is_string);
    if object.get("description").is_none_or(Value::is_null) {
        object.insert("description".to_owned(), summary.unwrap_or_else(|| "".into()));
    }
}
