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
