//! `cargo xtask check`: reads a document, and runs the conformance crate on it. That is a process of its own, so that the other
//! tasks need not compile it.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use relay_rest_codegen::parse;
use tempfile::NamedTempFile;

use crate::{fetch, files, source};

/// The command line.
#[derive(clap::Args)]
pub(crate) struct CheckOptions {
    /// The document, YAML or JSON: a file or a URL.
    #[arg(value_name = "PATH|URL")]
    path: String,
    /// Do not type-check the generated client.
    #[arg(long)]
    no_compile: bool,
    /// Skip operations and schemas that cannot be generated.
    #[arg(long)]
    skip_unsupported: bool,
    /// Send this many random instances of each schema through its generated type, and compare the results.
    #[arg(long, value_name = "CASES", conflicts_with = "no_compile")]
    round_trip: Option<usize>,
    /// Call each operation this many times for each documented status, against a server that validates the requests.
    #[arg(long, value_name = "CALLS", conflicts_with = "no_compile")]
    call: Option<usize>,
    /// How to print the report: `text` or `json`.
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Checks the client of a document. Returns whether every check passed.
///
/// # Errors
/// The document cannot be read, or cargo does not run.
pub(crate) fn run(root: &Path, options: &CheckOptions) -> Result<bool, String> {
    let path = &options.path;
    let failed = |reason: &dyn std::fmt::Display| format!("error: {path}: {reason}");
    let text = if fetch::is_url(path) {
        fetch::fetch(path)?
    } else {
        files::read_text(Path::new(path)).map_err(|reason| failed(&reason))?
    };
    let document = parse(&text).map_err(|reason| failed(&reason))?;
    let whole = source::one_file(path, Path::new(path), &document, options.skip_unsupported)?;
    let text = whole.map_or(text, |whole| whole.to_string());
    let mut file = NamedTempFile::new().map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["run", "--quiet", "--package", "conformance", "--manifest-path"])
        .arg(root.join("Cargo.toml"));
    command.arg("--").arg(file.path()).args(["--name", path]).arg("--root").arg(root);
    command.args(options.no_compile.then_some("--no-compile"));
    command.args(options.skip_unsupported.then_some("--skip-unsupported"));
    command.args(["--format", &options.format]);
    for (option, value) in [("--round-trip", options.round_trip), ("--call", options.call)] {
        command.args(value.map(|value| format!("{option}={value}")));
    }
    let status = command.status().map_err(|error| failed(&error))?;
    Ok(status.success())
}
