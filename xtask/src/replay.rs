//! `cargo xtask replay`: runs the conformance crate on pairs of documents. That is a process of its own, so that the other tasks need
//! not compile it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The command line.
#[derive(clap::Args)]
pub(crate) struct ReplayOptions {
    /// Files OLD NEW OLD NEW …, or folders with a folder for each pair, which holds `base.yaml` and `revision.yaml`.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Call each operation of OLD this many times for each response of NEW; 0 calls nothing.
    #[arg(long, value_name = "CALLS", default_value_t = 3)]
    call: usize,
}

/// Replays the pairs. Returns the exit code of the program.
///
/// # Errors
/// cargo does not run.
pub(crate) fn run(root: &Path, options: &ReplayOptions) -> Result<u8, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", "conformance", "--bin", "replay", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--")
        .args(&options.files)
        .arg(format!("--call={}", options.call))
        .arg("--root")
        .arg(root)
        .status()
        .map_err(|error| format!("error: cargo: {error}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2))
}
