//! Reads text files, none larger than the largest document.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use relay_rest_codegen::MAX_BYTES;
use relay_rest_codegen::document::parse;

/// Reads a file that the user named, which may be a pipe.
///
/// # Errors
/// The file cannot be read, is too large, or is not UTF-8. The message does not name the path.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    limited(&mut File::open(path).map_err(|error| error.to_string())?)
}

/// Reads a file of a checkout. The message of an error names the path in it.
pub(crate) fn read_below(root: &Path, path: &str) -> Result<String, String> {
    read_text(&root.join(path)).map_err(|error| format!("error: {path}: {error}"))
}

/// Reads a regular file whose path does not come from the user: a device or a pipe may never end.
///
/// # Errors
/// Those of [`read_text`], or it is not a regular file.
pub(crate) fn read_regular(path: &Path) -> Result<String, String> {
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    read_text(path)
}

/// Reads UTF-8, up to the size of the largest document.
///
/// # Errors
/// It cannot be read, is too large, or is not UTF-8.
pub(crate) fn limited(from: &mut dyn Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > MAX_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_BYTES >> 20));
    }
    parse::text(bytes)
}
