//! Makes the calls of the clients of old documents against a server that knows the new ones.

use std::fmt::Write as _;

use relay_rest_codegen::document::media_type::Form;
use relay_rest_codegen::{Outline, Pointer};
use serde_json::{Value, json};

use super::operation::{Argument, TestedOperation};
use super::program::{Builders, CREDENTIALS, IMPORTS};
use super::server::{Expected, Server};
use super::{arguments, expectation};
use crate::instances::Instances;
use crate::scratch::Scratch;

/// The old client of a pair, and both documents.
pub(crate) struct Caller<'a> {
    /// The module of the client in the scratch crate.
    pub(crate) module: String,
    pub(crate) outline: &'a Outline,
    /// The methods, and the locations of their operations in the old document.
    pub(crate) operations: &'a [(String, Pointer)],
    pub(crate) old: &'a Value,
    pub(crate) new: &'a Value,
}

/// A call that the new server refuses, or whose response the old client cannot read.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The index of the pair.
    pub(crate) pair: usize,
    /// The method and the path, as in `GET /pets`.
    pub(crate) operation: String,
    pub(crate) reason: String,
}

/// A call that was made.
struct Call<'a> {
    pair: usize,
    operation: String,
    /// Why the new document does not allow it.
    faults: Vec<String>,
    /// The operation of the new document.
    new: Option<TestedOperation<'a>>,
}

/// Calls each operation `calls` times for each response that the new document has. Returns the number of calls, and what failed.
///
/// # Errors
/// The program does not compile or run.
pub(crate) fn run(
    scratch: &Scratch,
    callers: &[Caller<'_>],
    calls: usize,
) -> Result<(usize, Vec<Refused>), String> {
    let (mut made, mut lines, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    let mut program = format!("{PROGRAM}use scratch::security;\n{CREDENTIALS}");
    let mut arms = String::new();
    for (pair, caller) in callers.iter().enumerate() {
        let builders = Builders::of(caller.outline);
        let module = &caller.module;
        let of_module =
            builders.module().replace(crate::MODULE, &format!("scratch::{module}::codegen_support"));
        let _ = writeln!(program, "mod {module} {{\nuse scratch::{module}::*;\n{IMPORTS}{of_module}}}");
        let _ = writeln!(
            arms,
            "{pair} => {{ let client = scratch::{module}::Client::new(base_url, http, credentials(&given)).map_err(|error| error.to_string()); match client {{ Err(reason) => Err(reason), Ok(client) => {module}::call(&client, &method, arguments, \"\").await }} }}"
        );
        for (seed, (method, at)) in caller.operations.iter().enumerate() {
            let Some(old) = TestedOperation::new(caller.old, at) else { continue };
            let operation = format!("{} {}", old.method, old.template);
            let Some((new, names)) = same(&old, caller.new) else {
                let faults = vec!["the operation is gone".to_owned()];
                made.push(Call { pair, operation, faults, new: None });
                expected.push(None);
                continue;
            };
            let mut instances = Instances::new(caller.old, seed as u64);
            let mut of_new = Instances::new(caller.new, seed as u64);
            let responses = new.responses();
            for documented in responses.iter().flat_map(|response| std::iter::repeat_n(response, calls)) {
                let bodiless = super::operation::DocumentedResponse { status: documented.status, body: None };
                let Ok(sent) = expectation(&old, &bodiless, &mut instances) else { continue };
                // Documents write `oneOf` where branches do not exclude each other; then BASE itself does not allow the call.
                let is_allowed = old.judge_arguments(&sent.arguments).1.is_empty()
                    && old.judge_body(sent.body.as_ref()).is_none();
                if !is_allowed {
                    continue;
                }
                let Ok(arguments) = arguments(&builders, method, &sent) else { continue };
                of_new.received = true;
                let response = match &documented.body {
                    Some(body) if old.method != "HEAD" => match new.body_instance(body, &mut of_new) {
                        Ok(value) => Some((body.media_type.clone(), value)),
                        Err(_) => continue,
                    },
                    _ => None,
                };
                let renamed: Vec<Argument> =
                    sent.arguments.iter().cloned().map(|argument| names.of_new(argument)).collect();
                let (on_the_wire, faults) = new.judge_arguments(&renamed);
                lines.push(json!([pair, expected.len(), method, arguments, sent.given]));
                made.push(Call { pair, operation: operation.clone(), faults, new: Some(new.clone()) });
                expected.push(Some(Expected {
                    template: new.template.clone(),
                    arguments: on_the_wire,
                    response,
                    is_replayed: true,
                    ..sent
                }));
            }
        }
    }
    scratch.write("src/main.rs", &program.replace("/*arms*/", &arms))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("error: {error}"))?;
    let nothing = Expected { status: 404, ..Expected::default() };
    let server =
        Server::new(expected.iter().map(|call| call.clone().unwrap_or_else(|| nothing.clone())).collect());
    let origin = server.start(&runtime).map_err(|error| format!("error: {error}"))?;
    let count = lines.len();
    let mut results = scratch.run_program(&[&origin], lines.into_iter())?.into_iter();
    let (mut seen, mut requests) = (server.seen(), server.requests());
    let mut refused = Vec::new();
    for (number, (call, expected)) in made.into_iter().zip(&expected).enumerate() {
        let mut reasons = call.faults;
        if let (Some(expected), Some(new)) = (expected, &call.new) {
            let result = results.next().unwrap_or_default();
            reasons.extend(seen.remove(&number).unwrap_or_default());
            // Undeclared properties of the value that was set are not sent.
            let body = expected.body.as_ref().map(|(media_type, value)| {
                let request = requests.remove(&number).filter(|_| Form::of(media_type) == Form::Json);
                let sent = request.and_then(|mut request| request.get_mut("body").map(Value::take));
                (media_type.clone(), sent.unwrap_or_else(|| value.clone()))
            });
            reasons.extend(new.judge_body(body.as_ref()));
            // A value that the old client itself refuses was not sent.
            if result[0] == "failed" {
                reasons.push(format!("the result is {result}"));
            }
        }
        let (pair, operation) = (call.pair, call.operation);
        refused.extend(reasons.into_iter().map(|reason| Refused {
            pair,
            operation: operation.clone(),
            reason,
        }));
    }
    Ok((count, refused))
}

/// The new names of path parameters, by their old ones.
struct Names(Vec<(String, String)>);

impl Names {
    fn of_new(&self, mut argument: Argument) -> Argument {
        let renamed = self.0.iter().find(|(old, _)| argument.location == "path" && argument.name == *old);
        if let Some((_, new)) = renamed {
            argument.pairs.iter_mut().for_each(|(name, _)| name.clone_from(new));
            argument.name.clone_from(new);
        }
        argument
    }
}

/// The same operation of another document, whatever its path parameters are called.
fn same<'a>(old: &TestedOperation<'_>, document: &'a Value) -> Option<(TestedOperation<'a>, Names)> {
    let method = old.method.to_lowercase();
    let paths = document["paths"].as_object()?;
    let is_same = |template: &&String| pieces(template).0 == pieces(&old.template).0;
    let template =
        paths.keys().find(|template| **template == old.template).or_else(|| paths.keys().find(is_same))?;
    paths[template].get(&method)?;
    let new = TestedOperation::new(document, &Pointer::of(["paths", template, &method]))?;
    let names = pieces(&old.template).1.into_iter().zip(pieces(template).1).collect();
    Some((new, Names(names)))
}

/// The fixed parts of a template, and the names of its parameters.
fn pieces(template: &str) -> (Vec<&str>, Vec<String>) {
    let (mut fixed, mut names) = (Vec::new(), Vec::new());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        fixed.push(before);
        names.push(name.to_owned());
        rest = after;
    }
    fixed.push(rest);
    (fixed, names)
}

const PROGRAM: &str = r#"#![allow(warnings)]
use std::io::{BufRead, Write};
use serde_json::{Map, Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let origin = std::env::args().nth(1).unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let (pair, number, method, arguments, given): (usize, usize, String, Map<String, Value>, Map<String, Value>) = serde_json::from_str(&line.unwrap()).unwrap();
        let (base_url, http) = (format!("{origin}/{number}"), http.clone());
        let outcome: Result<Value, String> = match pair { /*arms*/ _ => Err("no such pair".to_owned()) };
        let outcome = outcome.unwrap_or_else(|reason| json!(["failed", reason]));
        writeln!(out, "{outcome}").unwrap();
    }
}
"#;
