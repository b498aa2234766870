//! Texts from files, read alike by every task.

use std::fs;
use std::path::Path;

use relay_rest_codegen::document::parse;

/// The text of a file.
///
/// # Errors
/// The file cannot be read, or is not UTF-8; the path is not named.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    parse::text(bytes)
}
