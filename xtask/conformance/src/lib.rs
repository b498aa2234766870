//! Checks the generated client of a document: it compiles without warnings, random instances of each schema survive a round trip
//! through its types, and each call and response is valid. `jsonschema` is the judge, on the document before any pass.

mod calls;
#[cfg(test)]
mod deprecated;
mod examples;
mod instances;
mod round_trip;
mod scratch;
mod validate;

use std::path::Path;

use relay_rest_codegen::document::resolve;
use relay_rest_codegen::{Generated, Level, Problem, Settings, generate_from, parse};

use output::outln;
use scratch::Scratch;

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
}

/// Generates the client of a document, checks it, and prints a report. Returns whether every check passed.
///
/// `path` names the document in the report. Scratch crates are written to `target/xtask` in `root`.
///
/// # Errors
/// The document cannot be parsed, or a check cannot be run, for example because cargo fails to start.
pub fn run(root: &Path, path: &str, document: &str, options: &Options) -> Result<bool, String> {
    let mut document = parse(document).map_err(|error| format!("error: {path}: {error}"))?;
    match generate_from(document.clone(), &settings(options.skip_unsupported)) {
        Err(problems) => {
            report(path, &problems);
            outln!("{path}: no client can be generated");
            Ok(false)
        }
        Ok(generated) => {
            report(path, &generated.problems);
            let count = |level| generated.problems.iter().filter(|problem| problem.level == level).count();
            outln!(
                "{path}: {} operations in the client, {} left out, {} relaxed, {} lines of Rust",
                generated.operations.len(),
                count(Level::Omitted),
                count(Level::Relaxed),
                generated.source.lines().count()
            );
            resolve(&mut document);
            let mut is_well = options.no_compile || type_check(root, path, &generated)?;
            if let Some(cases) = options.round_trip.filter(|_| is_well) {
                is_well &= round_trip::run(root, path, &document, &generated, cases)?;
            }
            if let Some(calls) = options.call.filter(|_| is_well) {
                is_well &= calls::run(root, path, &document, &generated, calls)?;
            }
            Ok(is_well)
        }
    }
}

/// The settings for a client in a scratch crate.
fn settings(skip_unsupported: bool) -> Settings {
    Settings {
        module: "scratch::codegen_support".to_owned(),
        formats: Vec::new(),
        bounded_integer: "Bounded".to_owned(),
        integer_formats: Vec::new(),
        reserved_methods: Vec::new(),
        skip_unsupported,
    }
}

fn report(path: &str, problems: &[Problem]) {
    for problem in problems {
        let level = match problem.level {
            Level::Omitted => "left out",
            Level::Relaxed => "relaxed",
            _ => "error",
        };
        outln!("{level}: {path}{problem}");
    }
}

/// Prints the first failures of a check, each after `prefix`.
fn report_failures(prefix: &str, failures: &[String]) {
    for failure in failures.iter().take(40) {
        outln!("failure: {prefix}{failure}");
    }
}

/// The names in one line; `none` without one.
fn listed(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Compiles and documents the client. Warnings are errors.
fn type_check(root: &Path, path: &str, generated: &Generated) -> Result<bool, String> {
    let scratch = Scratch::new(root, &format!("check {path}"), &generated.source)?;
    let mut is_well = true;
    for (task, flags, done, failed) in [
        ("check", "RUSTFLAGS", "compiles without warnings", "does not compile without warnings"),
        ("doc", "RUSTDOCFLAGS", "is documented without warnings", "is not documented without warnings"),
    ] {
        let mut command = scratch.cargo(&[task, "--quiet", "--lib"]);
        command.args((task == "doc").then_some("--no-deps")).env(flags, "-D warnings");
        let status = command.status().map_err(|error| format!("error: {path}: {error}"))?;
        outln!("{path}: the client {}", if status.success() { done } else { failed });
        is_well &= status.success();
    }
    Ok(is_well)
}
