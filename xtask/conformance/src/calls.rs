//! Calls every operation of a generated client with random arguments, against a server that knows the document.

mod credentials;
mod invalid;
mod operation;
mod pages;
pub(crate) mod parts;
mod program;
pub(crate) mod recorded;
pub(crate) mod replayed;
mod server;
mod servers;
mod streams;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use relay_rest_codegen::document::media_type::Form;
use relay_rest_codegen::{Generated, Problem, outline};
use serde_json::{Map, Value};

use crate::instances::Instances;
use crate::scratch::Scratch;
use crate::validate::{declared, difference};
use crate::{Failure, Outcome};
use credentials::SECRET;
use invalid::Invalid;
use operation::{Argument, TestedOperation};
use pages::Walk;
use program::{Builders, line};
use server::{Expected, Server};
use streams::StreamCall;

/// A call that the client must refuse: the method, the arguments, and the credentials of the client.
type UnexpectedCall<'a> = (&'a String, Map<String, Value>, Map<String, Value>);

/// The calls that the server expects, and the lines by which the program makes them.
#[derive(Default)]
struct Planned<'a> {
    lines: Vec<Value>,
    methods: Vec<&'a str>,
    expected: Vec<Expected>,
}

impl<'a> Planned<'a> {
    /// Adds a call. Returns its number.
    fn add(&mut self, method: &'a str, arguments: &Map<String, Value>, mode: &str, call: Expected) -> usize {
        let number = self.expected.len();
        self.lines.push(line(number, method, arguments, mode, &call.given));
        self.methods.push(method);
        self.expected.push(call);
        number
    }
}

/// Calls each operation `calls` times for each documented status, and returns the failures.
pub(crate) fn run(
    root: &Path,
    path: &str,
    document: &Value,
    generated: &Generated,
    calls: usize,
) -> Result<Outcome, String> {
    let outline = outline(&generated.source).map_err(|error| format!("error: {error}"))?;
    let builders = Builders::of(&outline);
    let mut failures = Vec::new();
    // Operations for which no valid instance was found.
    let mut untried = BTreeSet::new();
    let mut planned = Planned::default();
    let is_pattern = |problem: &Problem| problem.message.contains("the pattern is not checked");
    let mut invalid = Invalid::new(document, generated.problems.iter().any(is_pattern));
    let mut invalid_lines: Vec<UnexpectedCall<'_>> = Vec::new();
    // A call of each operation that needs credentials, with too few of them.
    let mut denied: Vec<UnexpectedCall<'_>> = Vec::new();
    for (seed, (method, at)) in generated.operations.iter().enumerate() {
        let Some(operation) = TestedOperation::new(document, at) else { continue };
        let mut instances = Instances::new(document, seed as u64);
        let documented = operation.responses();
        for documented in documented.iter().flat_map(|documented| std::iter::repeat_n(documented, calls)) {
            let call = match expectation(&operation, documented, &mut instances) {
                Ok(call) => call,
                Err(reason) => {
                    untried.insert(format!("{method}: {reason}"));
                    continue;
                }
            };
            match arguments(&builders, method, &call) {
                Ok(arguments) => {
                    let changed = invalid.of(&operation, &builders, method, &call, &arguments);
                    let given = &call.given;
                    invalid_lines.extend(changed.into_iter().map(|changed| (method, changed, given.clone())));
                    planned.add(method, &arguments, "", call);
                    let is_first = denied.last().is_none_or(|(other, ..)| *other != method);
                    if let Some(few) = operation.security().too_few(seed as u64).filter(|_| is_first) {
                        denied.push((method, arguments, few));
                    }
                }
                Err(reason) => {
                    failures.push(Failure::new("an argument without a setter", format!("#{at}: {reason}")))
                }
            }
        }
    }

    let mut streams = BTreeMap::new();
    for (method, at) in generated.operations.iter().filter(|(method, _)| builders.has_stream(method)) {
        let Some(operation) = TestedOperation::new(document, at) else { continue };
        let mut instances = Instances::new(document, planned.expected.len() as u64);
        let success = operation.responses().into_iter().find(|documented| documented.status / 100 == 2);
        for _ in 0..calls {
            let made = success
                .as_ref()
                .ok_or_else(|| "no documented success".to_owned())
                .and_then(|success| expectation(&operation, success, &mut instances))
                .and_then(|mut call| {
                    let arguments = arguments(&builders, method, &call)?;
                    let stream = StreamCall::new(&operation, &mut call, &mut instances)?;
                    Ok(stream.map(|stream| (stream, arguments, call)))
                });
            match made {
                Ok(None) => {}
                Ok(Some((stream, arguments, call))) => {
                    let number = planned.add(method, &arguments, "stream", call);
                    streams.insert(number, stream);
                }
                Err(reason) => _ = untried.insert(format!("the stream of {method}: {reason}")),
            }
        }
    }

    // Responses that are asked for as another media type, which are bytes.
    let mut as_bytes = BTreeSet::new();
    for (method, at) in generated.operations.iter().filter(|(method, _)| builders.has_alternatives(method)) {
        let Some(operation) = TestedOperation::new(document, at) else { continue };
        let mut instances = Instances::new(document, planned.expected.len() as u64);
        for (status, media_type) in operation.alternatives() {
            let documented = operation::DocumentedResponse { status, body: None };
            let call = expectation(&operation, &documented, &mut instances)
                .and_then(|call| Ok((arguments(&builders, method, &call)?, call)));
            match call {
                Ok((arguments, mut call)) => {
                    let mode = format!("accept {media_type}");
                    call.response = Some((media_type, "a,b".into()));
                    as_bytes.insert(planned.add(method, &arguments, &mode, call));
                }
                Err(reason) => _ = untried.insert(format!("another media type of {method}: {reason}")),
            }
        }
    }

    let Planned { mut lines, methods, expected } = planned;
    let unexpected = invalid_lines.iter().chain(&denied).enumerate();
    // No such call is expected by the server.
    lines.extend(unexpected.map(|(index, (method, arguments, given))| {
        line(expected.len() + index, method, arguments, "", given)
    }));

    let mut walks = Vec::new();
    for (method, plan) in generated.pages.iter().filter(|(method, _)| builders.has_pages(method)) {
        let at = generated.operations.iter().find(|(own, _)| own == method).map(|(_, at)| at);
        let Some(operation) = at.and_then(|at| TestedOperation::new(document, at)) else { continue };
        let mut instances = Instances::new(document, walks.len() as u64);
        let documented = operation.responses().into_iter().find(|documented| documented.status / 100 == 2);
        let walked = documented
            .ok_or_else(|| "no documented success".to_owned())
            .and_then(|documented| expectation(&operation, &documented, &mut instances))
            .and_then(|call| Walk::all(walks.len(), method, plan, &call, &operation, &mut instances))
            .and_then(|all| {
                let arguments = |walk: &Walk| arguments(&builders, method, walk.expected());
                all.into_iter().map(|walk| arguments(&walk).map(|arguments| (walk, arguments))).collect()
            });
        match walked {
            Ok::<Vec<_>, String>(walked) => walks.extend(walked),
            Err(reason) => _ = untried.insert(format!("pages of {method}: {reason}")),
        }
    }
    let (walks, walk_arguments): (Vec<Walk>, Vec<_>) = walks.into_iter().unzip();
    let of_walks = walks.iter().zip(walk_arguments).enumerate();
    lines.extend(of_walks.map(|(number, (walk, arguments))| {
        line(number, &walk.method, &arguments, walk.mode, &walk.expected().given)
    }));
    let walk_count = walks.len();
    let typed_servers = servers::expected(document, &generated.operations);
    lines.extend(typed_servers.iter().map(|(method, _)| {
        line(0, builders.typed_servers.name(method), &Map::new(), "servers", &Map::new())
    }));

    let scratch = Scratch::new(root, &format!("calls {path}"), &generated.source)?;
    scratch.write("src/main.rs", &builders.program())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("error: {error}"))?;
    let server = Server::new(expected.clone());
    let origin = server.start(&runtime).map_err(|error| format!("error: {error}"))?;
    let walks = pages::Server::new(walks);
    let of_pages = walks.start(&runtime).map_err(|error| format!("error: {error}"))?;
    let lines_count = lines.len();
    let responses = scratch.run_program(&[&origin, &of_pages], lines.into_iter())?;
    if responses.len() != lines_count {
        return Err(format!("error: {} responses to {} calls", responses.len(), expected.len()));
    }

    let mut seen = server.seen();
    for (number, (expected, response)) in expected.iter().zip(&responses).enumerate() {
        let call = format!("{} with a response {}", methods[number], expected.status);
        let faults = seen.remove(&number).unwrap_or_else(|| vec!["no request came".to_owned()]);
        let fault = match streams.get(&number) {
            Some(stream) => stream.fault(document, response),
            None if as_bytes.contains(&number) => {
                (*response != serde_json::json!(["success", "a,b"])).then(|| response.to_string())
            }
            None => fault(document, expected, response),
        };
        failures.extend(
            faults.into_iter().map(|fault| Failure::new("the wrong request", format!("{call}: {fault}"))),
        );
        failures.extend(fault.map(|fault| Failure::new("the wrong result", format!("{call}: {fault}"))));
    }
    let of_invalid = invalid.calls.iter().zip(&responses[expected.len()..]);
    failures.extend(of_invalid.filter_map(|(call, result)| invalid::failure(call, result)));
    let of_denied = &responses[expected.len() + invalid.calls.len()..];
    failures
        .extend(denied.iter().zip(of_denied).filter_map(|((method, ..), result)| too_few(method, result)));
    let (of_walks, of_servers) = of_denied[denied.len()..].split_at(walk_count);
    let of_servers = typed_servers.iter().zip(of_servers);
    failures.extend(
        of_servers.filter_map(|((method, at), result)| servers::failure(document, method, at, result)),
    );
    failures
        .extend(walks.failures(of_walks).into_iter().map(|failure| Failure::new("the wrong pages", failure)));
    failures.extend(untried.into_iter().map(|reason| Failure::new("no instance found", reason)));
    let summary = format!(
        "{} calls of {} operations, {calls} for each documented status, {} invalid calls, {} without credentials, {walk_count} lists, {} streams, {} with another media type, {} enums of servers",
        expected.len() - streams.len() - as_bytes.len(),
        generated.operations.len(),
        invalid.calls.len(),
        denied.len(),
        streams.len(),
        as_bytes.len(),
        typed_servers.len(),
    );
    Ok(Outcome { check: "calls", summary, failures })
}

/// One call: random arguments, and a random response with a documented status.
fn expectation(
    operation: &TestedOperation<'_>,
    documented: &operation::DocumentedResponse,
    instances: &mut Instances<'_>,
) -> Result<Expected, String> {
    instances.received = false;
    let body = operation.request_body(instances)?;
    let arguments = operation.arguments(instances)?;
    // What is received may have integers that are written as `1.0`.
    instances.received = true;
    let response = match &documented.body {
        // A response to HEAD has no body (RFC 9110 §9.3.2).
        Some(body) if operation.method != "HEAD" => {
            Some((body.media_type.clone(), operation.body_instance(body, instances)?))
        }
        _ => None,
    };
    let form = body.as_ref().and_then(|(body, _)| operation.form_schema(body));
    let parts = form
        .zip(body.as_ref())
        .map(|(form, (_, value))| form.parts(value, &mut |most| instances.below(most)));
    let (parts, files) = parts.map_or((None, None), |(parts, set)| (Some(parts), Some(set)));
    let security = operation.security();
    let given = security.random(instances.seed());
    Ok(Expected {
        parts,
        files,
        credentials: security.expected(&given),
        given,
        method: operation.method.clone(),
        template: operation.template.clone(),
        arguments,
        form: body.as_ref().map(|(body, value)| body.form(value)).unwrap_or_default(),
        body: body.map(|(body, value)| (body.media_type, value)),
        takes_body: operation.takes_body(),
        status: documented.status,
        response,
        schema: documented.body.as_ref().and_then(|body| body.schema.clone()),
        is_replayed: false,
    })
}

/// A failure if a call was sent without the credentials that it needs, or its error shows others.
fn too_few(method: &str, result: &Value) -> Option<Failure> {
    let reason = result[1].as_str().filter(|_| result[0] == "failed").unwrap_or_default();
    let is_reported = reason.contains("needs credentials for") && !reason.contains(SECRET);
    (!is_reported).then(|| Failure::new("too few credentials", format!("{method}: the result is {result}")))
}

/// The arguments by the names of their setters.
fn arguments(builders: &Builders, method: &str, call: &Expected) -> Result<Map<String, Value>, String> {
    let mut arguments = Map::new();
    if call.takes_body {
        // Its setter is not that of a parameter of the same name.
        arguments.insert("body".to_owned(), Value::Null);
    }
    for Argument { name, value, .. } in &call.arguments {
        let setter =
            builders.setter(method, name, &arguments).ok_or_else(|| format!("no setter for `{name}`"))?;
        arguments.insert(setter.to_owned(), value.clone());
    }
    match &call.body {
        Some((media_type, body)) => {
            if builders.has_content_type(method) && Form::of(media_type) == Form::Multipart {
                arguments.insert(String::new(), format!("{media_type}; boundary=own").into());
            }
            // Without a choice, `application/octet-stream` is sent where a range covers it.
            if builders.has_content_type(method)
                && let Some(kind) =
                    media_type.strip_suffix("/*").filter(|kind| !matches!(*kind, "*" | "application"))
            {
                arguments.insert(String::new(), format!("{kind}/x-one").into());
            }
            arguments.insert("body".to_owned(), call.files.as_ref().unwrap_or(body).clone())
        }
        None => call.takes_body.then(|| arguments.remove("body")).flatten(),
    };
    Ok(arguments)
}

/// The difference between the typed result and the response that the server sent, less what its schema does not declare.
fn fault(document: &Value, expected: &Expected, result: &Value) -> Option<String> {
    let is_success = (200..300).contains(&expected.status);
    let body = expected.response.as_ref().map_or(&Value::Null, |(_, body)| body);
    let is_json =
        expected.response.as_ref().is_some_and(|(media_type, _)| Form::of(media_type) == Form::Json);
    let (kind, found) = match result[0].as_str() {
        Some("success") => (true, &result[1]),
        Some("error") if result[1] == expected.status => (false, &result[2]),
        _ => return Some(result.to_string()),
    };
    if kind != is_success {
        return Some(format!("the result is {result}"));
    }
    // Where some successes are not JSON, all are bytes.
    if let Value::String(text) = found
        && is_success
        && is_json
        && serde_json::from_str::<Value>(text).is_ok_and(|found| found == *body)
    {
        return None;
    }
    if body.is_null() && found == "" || !is_success && !is_json && found.is_null() {
        // A binary body of no bytes, or an error body that need not have a type.
        return None;
    }
    let declared = match &expected.schema {
        Some(at) => &declared(body, found, document, at),
        None => body,
    };
    difference(declared, found).map(|at| format!("the result differs at {at}: {found} instead of {body}"))
}
