//! Reads text files.

use std::fs;
use std::path::Path;

use relay_rest_codegen::document::parse;

/// Reads a file as UTF-8.
///
/// # Errors
/// The file cannot be read, or is not UTF-8. The message does not name the path.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    parse::text(bytes)
}

/// Reads a file of a checkout. The message of an error names the path in it.
pub(crate) fn read_below(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("error: {path}: {error}"))
}
