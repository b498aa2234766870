//! Calls every operation of a generated client, with random arguments, against a server that knows the document.
//! Knows what to ask and how to judge; must not know HTTP or Rust types.

mod operation;
mod program;
mod server;

use std::collections::BTreeSet;
use std::path::Path;

use relay_rest_codegen::document::media_type::Form;
use relay_rest_codegen::{Generated, outline};
use serde_json::{Map, Value, json};

use crate::instances::Instances;
use crate::scratch::Scratch;
use crate::validate::difference;
use operation::{Argument, Operation};
use output::outln;
use program::Builders;
use server::{Expected, Server};

/// Calls each operation so often for each documented status, and prints what came of it. Whether all is well.
pub(crate) fn run(
    root: &Path,
    path: &str,
    document: &Value,
    generated: &Generated,
    calls: usize,
) -> Result<bool, String> {
    let outline = outline(&generated.source).map_err(|error| format!("error: {error}"))?;
    let builders = Builders::of(&outline);
    let mut failures = Vec::new();
    // What the document says too little, or wrong, about.
    let mut untried = BTreeSet::new();
    let mut methods = Vec::new();
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for (seed, (method, at)) in generated.operations.iter().enumerate() {
        let Some(operation) = Operation::new(document, at) else { continue };
        let mut instances = Instances::new(document, seed as u64);
        let documented = operation.answers();
        for documented in documented.iter().flat_map(|documented| std::iter::repeat_n(documented, calls)) {
            let call = match expectation(&operation, documented, &mut instances) {
                Ok(call) => call,
                Err(reason) => {
                    untried.insert(format!("{method} ({reason})"));
                    continue;
                }
            };
            match arguments(&builders, method, &call) {
                Ok(arguments) => {
                    lines.push(json!([expected.len(), method, arguments]));
                    methods.push(method.as_str());
                    expected.push(call);
                }
                Err(reason) => failures.push(format!("#{at}: {reason}")),
            }
        }
    }

    let scratch = Scratch::new(root, &format!("calls {path}"), &generated.source)?;
    scratch.write("src/main.rs", &builders.program())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("error: {error}"))?;
    let server = Server::new(expected.clone());
    let origin = server.start(&runtime).map_err(|error| format!("error: {error}"))?;
    let answers = scratch.ask(&[&origin], lines.into_iter())?;
    if answers.len() != expected.len() {
        return Err(format!("error: {} answers to {} calls", answers.len(), expected.len()));
    }

    let mut seen = server.seen();
    for (number, (expected, answer)) in expected.iter().zip(&answers).enumerate() {
        let call = format!("{} answered {}", methods[number], expected.status);
        let faults = seen.remove(&number).unwrap_or_else(|| vec!["no request came".to_owned()]);
        let fault = fault(expected, answer);
        failures.extend(faults.into_iter().chain(fault).map(|fault| format!("{call}: {fault}")));
    }
    for failure in failures.iter().take(40) {
        outln!("failure: {path}: {failure}");
    }
    outln!(
        "{path}: {} calls of {} operations, {calls} for each documented status, {} failures; no valid instance found for {}",
        expected.len(),
        generated.operations.len(),
        failures.len(),
        if untried.is_empty() {
            "none".to_owned()
        } else {
            untried.into_iter().collect::<Vec<_>>().join(", ")
        }
    );
    Ok(failures.is_empty())
}

/// One call: random arguments, and a random answer of a documented status.
fn expectation(
    operation: &Operation<'_>,
    documented: &operation::Documented,
    instances: &mut Instances<'_>,
) -> Result<Expected, String> {
    let body = operation.request_body(instances)?;
    let answer = match &documented.body {
        Some(body) => Some((body.media_type.clone(), operation.body_instance(body, instances)?)),
        None => None,
    };
    Ok(Expected {
        method: operation.method.clone(),
        template: operation.template.clone(),
        arguments: operation.arguments(instances)?,
        body: body.map(|(body, value)| (body.media_type, value)),
        status: documented.status,
        answer,
    })
}

/// What to set, by the names of the setters.
fn arguments(builders: &Builders, method: &str, call: &Expected) -> Result<Map<String, Value>, String> {
    let mut arguments = Map::new();
    for Argument { name, value, .. } in &call.arguments {
        let setter =
            builders.setter(method, name, &arguments).ok_or_else(|| format!("no setter for `{name}`"))?;
        arguments.insert(setter.to_owned(), value.clone());
    }
    if let Some((_, body)) = &call.body {
        arguments.insert("body".to_owned(), body.clone());
    }
    Ok(arguments)
}

/// In which way the typed result is not what was answered.
fn fault(expected: &Expected, answer: &Value) -> Option<String> {
    let is_success = (200..300).contains(&expected.status);
    // Errors are typed where they are JSON.
    let typed =
        expected.answer.as_ref().filter(|(media_type, _)| is_success || Form::of(media_type) == Form::Json);
    let body = typed.map_or(&Value::Null, |(_, body)| body);
    let (kind, found) = match answer[0].as_str() {
        Some("success") => (true, &answer[1]),
        Some("error") if answer[1] == expected.status => (false, &answer[2]),
        _ => return Some(answer.to_string()),
    };
    if kind != is_success {
        return Some(format!("the result is {answer}"));
    }
    if body.is_null() && found == "" {
        // No bytes.
        return None;
    }
    difference(body, found).map(|place| format!("the result differs at {place}: {found} instead of {body}"))
}
