//! Several error bodies per operation, on which progenitor panics: they leave the document and go into the plan.
//! Knows the Responses Object; must not know how the bodies are decoded.

use serde_json::Value;

use super::hoist::json_schema;
use crate::plan::{OperationPlan, Plan, Status};
use crate::pointer::Pointer;
use crate::position;
use crate::problem::Problem;

/// Moves what is no 2xx response from each operation into its plan.
pub(super) fn take(document: &mut Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    position::each_operation_mut(document, &mut |at, operation| {
        let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.method == method) else {
            return;
        };
        let Some(Value::Object(responses)) = operation.get_mut("responses") else { return };
        let at = at.join("responses");
        responses.retain(|key, response| match Status::parse(key) {
            Some(status) if status.is_success() => {
                planned.success.push(status);
                true
            }
            Some(status) => {
                take_error(&at.join(key), status, response, planned, problems);
                false
            }
            None if key.starts_with("x-") => true,
            None => {
                problems.push(Problem::error(
                    &at.join(key),
                    format!("`{key}` is not a status code, a range or `default`"),
                ));
                false
            }
        });
        planned.errors.sort();
        check_success(&at, responses, problems);
    });
}

fn take_error(
    at: &Pointer,
    status: Status,
    response: &mut Value,
    planned: &mut OperationPlan,
    problems: &mut Vec<Problem>,
) {
    if response.get("content").is_none() {
        return;
    }
    let target = json_schema(Some(response))
        .and_then(|schema| schema.get("$ref"))
        .and_then(Value::as_str)
        .and_then(Pointer::from_reference);
    match target.as_ref().and_then(|target| target.component("schemas")) {
        Some(name) => planned.errors.push((status, name.to_owned())),
        None => {
            problems.push(Problem::relaxed(at, "the body of this error is not typed, only kept as it came"))
        }
    }
}

/// progenitor takes one type of success.
fn check_success(at: &Pointer, responses: &mut serde_json::Map<String, Value>, problems: &mut Vec<Problem>) {
    let mut bodies: Vec<Option<Value>> = Vec::new();
    for (key, response) in responses.iter_mut().filter(|(key, _)| !key.starts_with("x-")) {
        let has_content = response.get("content").is_some();
        let body = json_schema(Some(response)).cloned();
        if has_content && body.is_none() {
            problems.push(Problem::error(&at.join(key), "the response is not JSON, or has no schema"));
        }
        if !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    match bodies.len() {
        0 => problems.push(Problem::error(at, "the operation documents no response of success")),
        1 => {}
        _ => problems.push(Problem::error(at, "the operation documents several bodies of success")),
    }
}
