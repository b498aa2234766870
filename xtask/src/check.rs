//! `cargo xtask check`: runs the pipeline on any document and type-checks what comes of it.
//! Knows files, cargo and how to report; must not know what the passes do.

use std::path::Path;

use relay_rest_codegen::document::references;
use relay_rest_codegen::{Generated, Level, Problem, Settings, generate, parse};

use crate::output::outln;
use crate::scratch::Scratch;
use crate::{calls, fetch, files, roundtrip};

/// Changes nothing that a pass looks at; a document that is checked has no overlay of its own.
pub(crate) const NO_OVERLAY: &str =
    "{overlay: 1.0.0, info: {title: none, version: '1'}, actions: [{target: $, update: {x-checked: true}}]}";

/// What is done with a client that was generated.
pub(crate) struct Then {
    pub(crate) type_check: bool,
    /// How many instances of each type are sent through it.
    pub(crate) round_trip: Option<usize>,
    /// How often each operation is called for each documented status.
    pub(crate) call: Option<usize>,
}

/// Generates from the document at `path`, a file or a URL, prints a report, and does what comes then. Whether all went well.
pub(crate) fn run(root: &Path, path: &str, then: &Then, skip_unsupported: bool) -> Result<bool, String> {
    let document = if fetch::is_url(path) {
        fetch::fetch(path)?
    } else {
        files::read(Path::new(path)).map_err(|error| format!("error: {path}: {error}"))?
    };
    match generate(&document, NO_OVERLAY, &settings(skip_unsupported)) {
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
            let mut document = parse(&document).map_err(|error| format!("error: {path}: {error}"))?;
            references::resolve(&mut document);
            let mut is_well = !then.type_check || type_check(root, path, &generated)?;
            if let Some(cases) = then.round_trip.filter(|_| is_well) {
                is_well &= roundtrip::run(root, path, &document, &generated, cases)?;
            }
            if let Some(calls) = then.call.filter(|_| is_well) {
                is_well &= calls::run(root, path, &document, &generated, calls)?;
            }
            Ok(is_well)
        }
    }
}

/// The settings for a client that stands in a scratch crate.
pub(crate) fn settings(skip_unsupported: bool) -> Settings {
    Settings {
        module: "scratch::handwritten".to_owned(),
        formats: Vec::new(),
        bounded_integer: "Bounded".to_owned(),
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

/// Compiles and documents the client; warnings count.
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
