//! `cargo xtask check`: runs the pipeline on any document and type-checks what comes of it.
//! Knows files, cargo and how to report; must not know what the passes do.

use std::fs;
use std::path::Path;

use relay_rest_codegen::{Generated, Level, Problem, Settings, generate, overlaid};

use crate::roundtrip;
use crate::scratch::Scratch;

/// Changes nothing that a pass looks at; a document that is checked has no overlay of its own.
const NO_OVERLAY: &str =
    "{overlay: 1.0.0, info: {title: none, version: '1'}, actions: [{target: $, update: {x-checked: true}}]}";

/// What is done with a client that was generated.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    Nothing,
    TypeCheck,
    /// Send so many instances of each type through it.
    RoundTrip(usize),
}

/// Generates from the document at `path`, prints a report, and does what comes then. Whether all went well.
pub(crate) fn run(root: &Path, path: &str, then: Then, skip_unsupported: bool) -> Result<bool, String> {
    let document = fs::read_to_string(path).map_err(|error| format!("error: {path}: {error}"))?;
    let settings = Settings {
        module: "crate::handwritten".to_owned(),
        formats: Vec::new(),
        bounded_integer: "Bounded".to_owned(),
        skip_unsupported,
    };
    match generate(&document, NO_OVERLAY, &settings) {
        Err(problems) => {
            report(path, &problems);
            println!("{path}: no client can be generated");
            Ok(false)
        }
        Ok(generated) => {
            report(path, &generated.problems);
            let count = |level| generated.problems.iter().filter(|problem| problem.level == level).count();
            println!(
                "{path}: {} operations in the client, {} left out, {} relaxed, {} lines of Rust",
                generated.operations,
                count(Level::Omitted),
                count(Level::Relaxed),
                generated.source.lines().count()
            );
            match then {
                Then::Nothing => Ok(true),
                Then::TypeCheck => type_check(root, path, &generated),
                Then::RoundTrip(cases) => {
                    let document =
                        overlaid(&document, NO_OVERLAY).map_err(|_| "error: no document".to_owned())?;
                    roundtrip::run(root, path, &document, &generated, cases)
                }
            }
        }
    }
}

fn report(path: &str, problems: &[Problem]) {
    for problem in problems {
        let level = match problem.level {
            Level::Omitted => "left out",
            Level::Relaxed => "relaxed",
            _ => "error",
        };
        println!("{level}: {path}{problem}");
    }
}

fn type_check(root: &Path, path: &str, generated: &Generated) -> Result<bool, String> {
    let scratch = Scratch::new(root, &format!("check {path}"), &generated.source)?;
    let mut check = scratch.cargo(&["check", "--quiet", "--lib"]);
    let status =
        check.env("RUSTFLAGS", "-D warnings").status().map_err(|error| format!("error: {path}: {error}"))?;
    println!(
        "{path}: the client {}",
        if status.success() { "compiles without warnings" } else { "does not compile" }
    );
    Ok(status.success())
}
