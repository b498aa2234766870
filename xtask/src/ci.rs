//! `cargo xtask ci`: what has to hold before a change lands.
//! Knows that `.ci/run` is the one list of steps; must not know any of them.

use std::path::Path;
use std::process::Command;

/// Runs the steps, which say what they are and how long each took; false when one of them failed.
///
/// # Errors
/// There is no bash.
pub(crate) fn run(root: &Path) -> Result<bool, String> {
    let status = Command::new("bash").arg(".ci/run").current_dir(root).status();
    status.map(|status| status.success()).map_err(|error| format!("error: bash .ci/run: {error}"))
}
