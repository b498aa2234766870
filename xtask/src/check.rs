//! `cargo xtask check`: reads a document and starts the conformance tests on it, which only this task compiles.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::NamedTempFile;

use crate::{fetch, files};

/// What is asked for.
#[derive(clap::Args)]
pub(crate) struct Options {
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
}

/// Checks the client of a document; false when something is wrong with it.
///
/// # Errors
/// The document cannot be read, or cargo does not run.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool, String> {
    let path = &options.path;
    let failed = |reason: &dyn std::fmt::Display| format!("error: {path}: {reason}");
    let text = if fetch::is_url(path) {
        fetch::fetch(path)?
    } else {
        files::read(Path::new(path)).map_err(|reason| failed(&reason))?
    };
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
    for (option, value) in [("--round-trip", options.round_trip), ("--call", options.call)] {
        command.args(value.map(|value| format!("{option}={value}")));
    }
    let status = command.status().map_err(|error| failed(&error))?;
    Ok(status.success())
}
