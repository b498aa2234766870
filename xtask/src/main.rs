//! The tasks of those who maintain the crate: `cargo xtask --help`.
//! Knows the command line and the files of this repository; must not know what the pipeline does.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use check::Then;
use clap::{Parser, Subcommand};
use relay_rest_codegen::{Input, Problem, generate, outline};

mod calls;
mod check;
mod ci;
mod diff;
mod examples;
mod fetch;
mod instances;
mod judge;
mod roundtrip;
mod scratch;
mod slice;
mod sync;

#[path = "../../build.rs"]
#[expect(dead_code, reason = "only the settings and the names of the files are wanted of the build script")]
mod build;

/// Tasks of those who maintain relay-rest.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print the Rust that the vendored document generates; what was relaxed on the way goes to standard error.
    Expand,
    /// Print one sorted line for each public item that the vendored document generates.
    Outline,
    /// Run the pipeline on any OpenAPI document, report what is in, left out and relaxed, and type-check the client.
    Check {
        /// The document, YAML or JSON: a file or a URL.
        #[arg(value_name = "PATH|URL")]
        path: String,
        /// Do not type-check the generated client.
        #[arg(long)]
        no_compile: bool,
        /// Go on without operations and schemas that cannot be generated.
        #[arg(long)]
        skip_unsupported: bool,
        /// Send so many random instances of each schema through its generated type, and compare what comes out.
        #[arg(long, value_name = "CASES", conflicts_with = "no_compile")]
        round_trip: Option<usize>,
        /// Call each operation so often for each documented status against a server that knows the document.
        #[arg(long, value_name = "CALLS", conflicts_with = "no_compile")]
        call: Option<usize>,
    },
    /// Bring the vendored document up to date with what SignalWire publishes, or leave all as it is.
    Sync(sync::Options),
    /// What changed between two documents, and whom it breaks.
    SpecDiff(diff::Options),
    /// Run everything that has to hold before a change lands: `.ci/run`, each step with its time.
    Ci,
}

fn main() -> ExitCode {
    let printed = match Arguments::parse().task {
        Task::Check { path, no_compile, skip_unsupported, round_trip, call } => {
            let then = Then { type_check: !no_compile, round_trip, call };
            match check::run(root(), &path, &then, skip_unsupported) {
                Ok(true) => Ok(String::new()),
                Ok(false) => return ExitCode::FAILURE,
                Err(message) => Err(message),
            }
        }
        Task::SpecDiff(options) => match diff::run(root(), &options) {
            Ok(true) => Ok(String::new()),
            Ok(false) => return ExitCode::FAILURE,
            Err(message) => {
                eprintln!("{message}");
                return ExitCode::from(2);
            }
        },
        Task::Sync(options) => match sync::run(root(), options) {
            Ok(sync::Outcome::Done) => Ok(String::new()),
            Ok(sync::Outcome::Differs) => return ExitCode::from(2),
            Err(message) => Err(message),
        },
        Task::Ci => match ci::run(root()) {
            Ok(true) => Ok(String::new()),
            Ok(false) => return ExitCode::FAILURE,
            Err(message) => Err(message),
        },
        Task::Expand => source(),
        Task::Outline => {
            source().and_then(|source| outline(&source).map_err(|error| format!("error: {error}")))
        }
    };
    let written = match printed {
        Ok(text) => io::stdout().write_all(text.as_bytes()).map_err(|error| format!("error: {error}")),
        Err(message) => Err(message),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

/// The generated client of the vendored document.
fn source() -> Result<String, String> {
    let generated = generate(&read(build::DOCUMENT)?, &read(build::OVERLAY)?, &build::settings())
        .map_err(|problems| told("error", &problems))?;
    eprint!("{}", told("relaxed", &generated.problems));
    Ok(generated.source)
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."))
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("error: {path}: {error}"))
}

fn told(what: &str, problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        let file = if problem.input == Input::Overlay { build::OVERLAY } else { build::DOCUMENT };
        let _ = writeln!(text, "{what}: {file}{problem}");
    }
    text
}
