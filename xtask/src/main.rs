//! Tasks for maintainers: `cargo xtask --help`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use output::errln;
use relay_rest_codegen::outline;

mod apply;
mod check;
mod ci;
mod corpus;
mod expand;
mod fetch;
mod files;
mod overlay;
mod problems;
mod related;
mod replay;
mod slice;
mod source;
mod spec_diff;
mod sync;

#[path = "../../src/generator.rs"]
mod generator;
#[path = "../../src/vendored.rs"]
mod vendored;

/// Tasks for maintainers of relay-rest.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print the Rust client of a document. Relaxed constraints are listed on standard error.
    Expand(expand::ExpandOptions),
    /// Print one sorted line for each public item of a generated client.
    Outline(expand::ExpandOptions),
    /// Run the pipeline on any OpenAPI document, report what is generated, left out and relaxed, and type-check the client.
    Check(check::CheckOptions),
    /// Measure what the pipeline makes of each document in a folder, and compare with a saved run.
    Corpus(corpus::CorpusOptions),
    /// Measure one document of a corpus, in a process of its own.
    #[command(hide = true)]
    CorpusDocument(corpus::DocumentOptions),
    /// Update the vendored document to what SignalWire publishes, or change nothing.
    Sync(sync::SyncOptions),
    /// Generate the client that is shipped in openapi/ anew, after a change of the overlay or of the pipeline.
    Generate(sync::GenerateOptions),
    /// Show what each action of the overlay changes, what it cites, and whether it is still needed.
    Overlay(overlay::OverlayOptions),
    /// Compare two documents: what changed, and whether it breaks clients.
    SpecDiff(spec_diff::SpecDiffOptions),
    /// Check what spec-diff says of two documents: compile uses of the old client against the new one, and make its calls.
    Replay(replay::ReplayOptions),
    /// Run all checks that a change must pass: `.ci/run`, each step with its time.
    Ci,
}

/// The exit code of an invalid command line, `EX_USAGE` of sysexits.h. Lower codes belong to the tasks.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let task = match Arguments::try_parse() {
        Ok(arguments) => arguments.task,
        // `--help` and `--version` are not errors.
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            return ExitCode::from(USAGE);
        }
        Err(error) => error.exit(),
    };
    let (code, message) = match run(task) {
        Ok(code) => (code, output::check().err()),
        Err((code, message)) => (code, Some(message)),
    };
    let Some(message) = message else { return ExitCode::from(code) };
    errln!("{}", message.trim_end());
    // A task whose output could not be written has failed.
    ExitCode::from(code.max(1))
}

/// Runs a task. Returns the exit code, and the message of an error.
fn run(task: Task) -> Result<u8, (u8, String)> {
    let failed = |message| (1, message);
    let code = |is_good: bool| u8::from(!is_good);
    match task {
        Task::Check(options) => check::run(root(), &options).map(code).map_err(failed),
        Task::Corpus(options) => corpus::run(&options).map(code).map_err(|message| (2, message)),
        Task::CorpusDocument(options) => corpus::document(&options).map(|()| 0).map_err(failed),
        Task::SpecDiff(options) => spec_diff::run(root(), &options).map(code).map_err(|message| (2, message)),
        Task::Replay(options) => replay::run(root(), &options).map_err(|message| (2, message)),
        Task::Sync(options) => match sync::run(root(), options).map_err(failed)? {
            sync::Outcome::Done => Ok(0),
            sync::Outcome::Differs => Ok(2),
            sync::Outcome::Blocked => Ok(3),
            sync::Outcome::CitationGone => Ok(4),
        },
        Task::Generate(options) => {
            sync::generate(root(), &options).map_err(failed)?;
            Ok(0)
        }
        Task::Overlay(options) => overlay::run(root(), &options).map(code).map_err(|message| (2, message)),
        Task::Ci => ci::run(root()).map(code).map_err(failed),
        Task::Expand(options) => {
            output::raw(&expand::source(root(), &options).map_err(failed)?);
            Ok(0)
        }
        Task::Outline(options) => {
            let source = expand::source(root(), &options).map_err(failed)?;
            let outline = outline(&source).map_err(|error| failed(format!("error: {error}")))?;
            output::raw(&outline.to_string());
            Ok(0)
        }
    }
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."))
}
