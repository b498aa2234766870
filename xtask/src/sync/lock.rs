//! A lock between processes. The kernel releases it when the process ends, even if it is killed.

use std::fs::File;
use std::path::Path;

use fs4::{FileExt, TryLockError};

use output::errln;

/// Takes the lock on the file at `path`, and waits while another process holds it. The lock is held until the file is dropped.
///
/// The file stays on the disk: if it were removed, a process that has it open and one that creates it anew could both hold
/// "the" lock.
///
/// # Errors
/// The file cannot be created or locked.
pub(super) fn lock(path: &Path) -> Result<File, String> {
    let failed = |error| format!("error: {}: cannot be locked: {error}; nothing was changed", path.display());
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match FileExt::try_lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            errln!("waiting for another `cargo xtask sync` to finish ({})", path.display());
            FileExt::lock(&file).map_err(failed)?;
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    Ok(file)
}
