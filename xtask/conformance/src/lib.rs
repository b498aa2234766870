//! Checks the generated client of a document: it compiles without warnings, random instances of each schema survive a round trip
//! through its types, and each call and response is valid. The reference is `jsonschema`, on the document before any pass.
//!
//! [`replay`] checks what spec-diff says of two documents: by rustc, and by calls of the old client.

mod calls;
#[cfg(test)]
mod deprecated;
mod events;
mod examples;
mod instances;
pub mod replay;
mod report;
mod round_trip;
mod scratch;
mod settings;
mod validate;

use std::path::Path;

use relay_rest_codegen::document::resolve;
use relay_rest_codegen::{Generated, generate_from, parse};
use serde_json::Value;

pub use report::Format;
use scratch::Scratch;
use settings::{FEATURE, MODULE, settings};

/// The checks to run.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Do not type-check the generated client.
    #[arg(long)]
    pub no_compile: bool,
    /// Skip operations and schemas that cannot be generated.
    #[arg(long)]
    pub skip_unsupported: bool,
    /// Send this many random instances of each schema through its generated type, and compare the results.
    #[arg(long, value_name = "CASES", conflicts_with = "no_compile")]
    pub round_trip: Option<usize>,
    /// Call each operation this many times for each documented status, against a server that validates the requests.
    #[arg(long, value_name = "CALLS", conflicts_with = "no_compile")]
    pub call: Option<usize>,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Generates the client of a document, checks it, and prints a report. Returns whether every check passed.
///
/// `path` names the document in the report. Scratch crates are written to `target/xtask` in `root`.
///
/// # Errors
/// The document cannot be parsed, or a check cannot be run, for example because cargo fails to start.
pub fn run(root: &Path, path: &str, document: &str, options: &Options) -> Result<bool, String> {
    let mut document = parse(document).map_err(|error| format!("error: {path}: {error}"))?;
    let generated = match generate_from(document.clone(), &settings(options.skip_unsupported)) {
        Err(problems) => {
            report::problems(path, &problems, options.format);
            report::finish(path, &problems, None, &[], options.format);
            return Ok(false);
        }
        Ok(generated) => generated,
    };
    report::problems(path, &generated.problems, options.format);
    resolve(&mut document);
    validate::modernize(&mut document);
    let mut outcomes = Vec::new();
    if !options.no_compile {
        outcomes.push(type_check(root, path, &generated)?);
    }
    let compiles = |outcomes: &[Outcome]| outcomes.iter().all(|outcome| outcome.failures.is_empty());
    if let Some(cases) = options.round_trip.filter(|_| compiles(&outcomes)) {
        outcomes.push(round_trip::run(root, path, &document, &generated, cases)?);
    }
    if let Some(calls) =
        options.call.filter(|_| outcomes.first().is_none_or(|first| first.failures.is_empty()))
    {
        outcomes.push(calls::run(root, path, &document, &generated, calls)?);
    }
    report::finish(path, &generated.problems, Some(&generated), &outcomes, options.format);
    Ok(compiles(&outcomes))
}

/// Makes random calls with the generated client of a document, `calls` of each operation. Returns for each its arguments and the request
/// that it sent: `{"operation", "path", "query", "body", "request": {"method", "path", "query", "headers", "body"}}`.
///
/// # Errors
/// No client can be generated, or a call cannot be made.
pub fn record(root: &Path, path: &str, document: &str, calls: usize) -> Result<Vec<Value>, String> {
    let mut document = parse(document).map_err(|error| format!("error: {path}: {error}"))?;
    let generated = generate_from(document.clone(), &settings(false))
        .map_err(|problems| format!("error: {path}: {problems:?}"))?;
    resolve(&mut document);
    validate::modernize(&mut document);
    calls::recorded::run(root, path, &document, &generated, calls)
}

/// What one check found.
struct Outcome {
    check: &'static str,
    summary: String,
    failures: Vec<Failure>,
}

/// A failure and its kind.
struct Failure {
    kind: &'static str,
    message: String,
}

impl Failure {
    fn new(kind: &'static str, message: String) -> Self {
        Self { kind, message }
    }
}

/// Compiles and documents the client. Warnings are errors.
fn type_check(root: &Path, path: &str, generated: &Generated) -> Result<Outcome, String> {
    let scratch = Scratch::new(root, &format!("check {path}"), &generated.source)?;
    let mut failures = Vec::new();
    // All code is compiled. What is documented without the feature must not link to what needs it.
    for (task, arguments, flags, failed) in [
        (
            "check",
            ["--features", FEATURE].as_slice(),
            "RUSTFLAGS",
            "the client does not compile without warnings",
        ),
        ("doc", &["--no-deps"], "RUSTDOCFLAGS", "the client is not documented without warnings"),
    ] {
        let mut command = scratch.cargo(&[task, "--quiet", "--lib"]);
        command.args(arguments).env(flags, "-D warnings");
        let status = command.status().map_err(|error| format!("error: {path}: {error}"))?;
        failures.extend((!status.success()).then(|| Failure::new(failed, String::new())));
    }
    let summary = "compiled and documented".to_owned();
    Ok(Outcome { check: "compile", summary, failures })
}
