//! A lock between processes. The kernel releases it when the process ends, even if it is killed.

use std::fs::File;
use std::path::Path;

use fs4::{FileExt, TryLockError};

use output::errln;

/// A lock that is held until it is dropped.
pub(super) struct Lock {
    /// The lock belongs to the open file.
    _file: File,
}

impl Lock {
    /// Takes the lock on the file at `path`, and waits while another process holds it.
    ///
    /// The file stays: if it were removed, a process that has it open and one that creates it anew could both hold "the" lock.
    ///
    /// # Errors
    /// The file cannot be created or locked.
    pub(super) fn acquire(path: &Path) -> Result<Self, String> {
        let failed =
            |error| format!("error: {}: cannot be locked: {error}; nothing was changed", path.display());
        let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                errln!("waiting for another `cargo xtask sync` to finish ({})", path.display());
                FileExt::lock(&file).map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self { _file: file })
    }
}
