//! `cargo xtask ci`: runs `.ci/run`, the only list of steps.

use std::path::Path;
use std::process::Command;

/// Runs the steps. Returns whether all passed.
///
/// # Errors
/// bash cannot be started.
pub(crate) fn run(root: &Path) -> Result<bool, String> {
    let status = Command::new("bash").arg(".ci/run").current_dir(root).status();
    status.map(|status| status.success()).map_err(|error| format!("error: bash .ci/run: {error}"))
}
