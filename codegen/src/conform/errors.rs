//! Moves error bodies into the plan: progenitor panics on several per operation.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::discriminators::kind;
use super::hoist::json_schema;
use super::media::binary;
use super::names::pascal_case;
use super::only_member;
use crate::document::media_type::JSON;
use crate::document::references::referred;
use crate::document::walk;
use crate::document::{Pointer, is_extension};
use crate::free_name::free_name;
use crate::plan::{OperationPlan, Plan, Status, TUPLES};
use crate::problem::Problem;

/// `responses: {'200': A, '404': B, default: C}` ⇒ `responses: {2XX: A}`, and `404: B, default: C` in the plan
///
/// progenitor supports one type of success and one of error. Refining has `send` decode the errors by their status.
pub(super) fn take(document: &mut Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    walk::each_operation_mut(document, &mut |at, operation| {
        let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.method == method) else {
            return;
        };
        let at = at.join("responses");
        let responses = match operation.get_mut("responses").map(Value::take) {
            Some(Value::Object(responses)) => responses,
            _ => Map::new(),
        };
        let is_success = success_of(Some(&responses));
        let mut successes = Vec::new();
        let mut default = None;
        for (key, mut response) in responses.into_iter().filter(|(key, _)| !is_extension(key)) {
            let typed = json_schema(Some(&mut response)).and_then(|schema| type_of(schema));
            if let Some(stream) = planned.media_types.stream.as_mut().filter(|stream| stream.key == key) {
                if let Some(of) = stream.item.of_mut() {
                    *of = typed;
                }
                stream.is_nullable =
                    json_schema(Some(&mut response)).is_some_and(|schema| is_nullable(schema));
                continue;
            }
            if let Some((status, media_type)) = key.split_once(' ')
                && let Some(status) = Status::parse(status)
            {
                let media_type = media_type.to_owned();
                if is_success(&key) {
                    planned.successes_by_type.extend(typed.map(|typed| (status, Some(media_type), typed)));
                    successes.push(response);
                } else {
                    planned.errors_by_media_type.push((status, media_type, typed));
                }
                continue;
            }
            match Status::parse(&key) {
                Some(status) if status.is_success() => {
                    planned.successes_by_type.extend(typed.map(|typed| (status, None, typed)));
                    planned.success.push(status);
                    successes.push(response);
                }
                Some(status) => {
                    take_error(&at, &key, status, &mut response, planned, problems);
                    default = (status == Status::Default).then_some(response).or(default);
                }
                None => problems.push(Problem::error(
                    &at.join(&key),
                    format!("`{key}` is not a status code, a range or `default`"),
                )),
            }
        }
        // In the order to match in: a code after its range would never match.
        planned.success.sort();
        planned.errors.sort();
        if successes.is_empty() {
            // `default` covers every status that is not listed, successes included.
            planned.success.push(Status::Range(2));
            successes.extend(default);
        }
        planned.successes_by_type.sort_by_key(|(status, media_type, _)| (*status, media_type.is_none()));
        operation["responses"] = json!({ "2XX": one_of(&at, successes, planned, problems) });
    });
}

fn take_error(
    at: &Pointer,
    key: &str,
    status: Status,
    response: &mut Value,
    planned: &mut OperationPlan,
    problems: &mut Vec<Problem>,
) {
    let has_body = response.get("content").is_some();
    let typed = json_schema(Some(response)).and_then(|schema| type_of(schema));
    if has_body && typed.is_none() {
        let untyped = "the body of this error is not typed, only kept as it came";
        problems.push(Problem::relaxed(&at.join(key), untyped));
    }
    // Also without a type, so that the status does not get the body of its range or of `default`.
    planned.errors.push((status, typed));
}

/// The component of a body. One that may be `null` is `{allOf: [R], nullable: true}`; `null` is read as no body.
pub(super) fn type_of(schema: &Value) -> Option<String> {
    let schema = schema.as_object().and_then(only_member).unwrap_or(schema);
    let tuple = || schema.get("x-rust-type")?.get("path")?.as_str()?.split_once(&format!("::{TUPLES}::"));
    referred(schema).map(Cow::into_owned).or_else(|| tuple().map(|(_, name)| name.to_owned()))
}

/// Whether a status of these responses is one of success: 2xx, and `default` where there is no 2xx. A media type may follow it.
pub(super) fn success_of(responses: Option<&Map<String, Value>>) -> impl Fn(&str) -> bool + use<> {
    let is_2xx = |key: &str| {
        let (status, _) = key.split_once(' ').unwrap_or((key, ""));
        Status::parse(status).is_some_and(Status::is_success)
    };
    let has_2xx = responses.into_iter().flat_map(Map::keys).any(|key| is_2xx(key));
    move |key| is_2xx(key) || (key == "default" && !has_2xx)
}

/// The names of the variants of a union of bodies, each by its own: that of its type, or the kind of its values.
fn variants(bodies: &[Value]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut name = |body: &Value| {
        let own = type_of(body).map_or_else(|| kind(body).to_owned(), |of| pascal_case(&of));
        let name = free_name(own, "", |name| taken.contains(name));
        taken.insert(name.clone());
        name
    };
    bodies.iter().map(&mut name).collect()
}

fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// `{allOf: [R], nullable: true}` ⇒ `R`, and that it may be `null`
fn without_null(mut schema: Value) -> (Value, bool) {
    let is_nullable = is_nullable(&schema);
    match schema.as_object().filter(|_| is_nullable).and_then(only_member).cloned() {
        Some(only) => schema = only,
        None if is_nullable => _ = schema.as_object_mut().map(|schema| schema.remove("nullable")),
        None => {}
    }
    (schema, is_nullable)
}

/// `200: A, 201: B` ⇒ `{oneOf: [A, B]}`; `200: A, 204: none` ⇒ `{allOf: [A], nullable: true}`; JSON and other content ⇒ bytes
///
/// progenitor supports one type of success.
fn one_of(
    at: &Pointer,
    responses: Vec<Value>,
    planned: &mut OperationPlan,
    problems: &mut Vec<Problem>,
) -> Value {
    let mut bodies: Vec<Value> = Vec::new();
    let (mut has_bytes, mut has_none) = (false, false);
    for mut response in responses {
        let has_content = response.get("content").is_some();
        match json_schema(Some(&mut response)) {
            Some(schema) => {
                let (schema, is_nullable) = without_null(schema.take());
                has_none |= is_nullable;
                if !bodies.contains(&schema) {
                    bodies.push(schema);
                }
            }
            None if has_content => has_bytes = true,
            None => has_none = true,
        }
    }
    if has_bytes || bodies.len() < 2 {
        planned.successes_by_type.clear();
    }
    if has_bytes {
        if !bodies.is_empty() {
            problems.push(Problem::relaxed(
                at,
                "some successful responses are JSON and some are not; all are read as bytes",
            ));
        }
        return json!({ "description": "", "content": { "application/octet-stream": { "schema": binary() } } });
    }
    let schema = match bodies.len() {
        0 => return json!({ "description": "" }),
        1 => bodies.remove(0),
        _ => {
            planned.success_variants = variants(&bodies);
            json!({ "oneOf": bodies })
        }
    };
    let schema = if has_none { json!({ "allOf": [schema], "nullable": true }) } else { schema };
    json!({ "description": "", "content": { JSON: { "schema": schema } } })
}
