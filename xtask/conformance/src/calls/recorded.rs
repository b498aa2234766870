//! Makes random calls and returns their arguments and the requests that were sent, for comparison with another client.

use std::path::Path;

use relay_rest_codegen::{Generated, outline};
use serde_json::{Map, Value, json};

use super::operation::TestedOperation;
use super::program::{Builders, line};
use super::server::{Expected, Server};
use super::{arguments, expectation};
use crate::instances::Instances;
use crate::scratch::Scratch;

/// Calls each operation `calls` times. Returns for each call the operation, the values by location and name, the body, and the request.
///
/// # Errors
/// No valid call of an operation was found, a call sends no request, or the program does not compile or run.
pub(crate) fn run(
    root: &Path,
    path: &str,
    document: &Value,
    generated: &Generated,
    calls: usize,
) -> Result<Vec<Value>, String> {
    let outline = outline(&generated.source).map_err(|error| format!("error: {error}"))?;
    let builders = Builders::of(&outline);
    let (mut made, mut lines, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (seed, (method, at)) in generated.operations.iter().enumerate() {
        let failed = |reason: &str| format!("error: #{at}: {reason}");
        let operation = TestedOperation::new(document, at).ok_or_else(|| failed("not an operation"))?;
        let responses = operation.responses();
        let is_success = |status: u16| (200..300).contains(&status);
        let success = responses.into_iter().find(|response| is_success(response.status));
        let success = success.ok_or_else(|| failed("no success is documented"))?;
        let mut instances = Instances::new(document, seed as u64);
        for _ in 0..calls {
            let call = expectation(&operation, &success, &mut instances).map_err(|error| failed(&error))?;
            let arguments = arguments(&builders, method, &call).map_err(|error| failed(&error))?;
            lines.push(line(expected.len(), method, &arguments, "", &call.given));
            made.push(described(method, &call));
            expected.push(call);
        }
    }
    let scratch = Scratch::new(root, &format!("calls {path}"), &generated.source)?;
    scratch.write("src/main.rs", &builders.program())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("error: {error}"))?;
    let server = Server::new(expected);
    let origin = server.start(&runtime).map_err(|error| format!("error: {error}"))?;
    scratch.run_program(&[&origin, &origin], lines.into_iter())?;
    let mut requests = server.requests();
    for (number, call) in made.iter_mut().enumerate() {
        let request = requests.remove(&number);
        call["request"] = request.ok_or_else(|| format!("error: no request came of {call}"))?;
    }
    Ok(made)
}

fn described(method: &str, call: &Expected) -> Value {
    let of = |location: &str| -> Map<String, Value> {
        let arguments = call.arguments.iter().filter(|argument| argument.location == location);
        arguments.map(|argument| (argument.name.clone(), argument.value.clone())).collect()
    };
    let mut described = json!({ "operation": method, "path": of("path"), "query": of("query") });
    if let Some((_, body)) = &call.body {
        described["body"] = body.clone();
    }
    described
}
