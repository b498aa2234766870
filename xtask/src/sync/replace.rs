//! New files for a folder, all at once: whenever it is looked at, there are the old ones or the new ones.
//! Knows file systems; must not know what is in the files.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Replaces files of a folder by others of the same names; all else in it stays.
///
/// The new folder is made beside the old one, and then the two change places in one step. What a process that was killed
/// left beside it is removed first.
///
/// # Errors
/// The file system's; then nothing has changed.
pub(crate) fn replace(folder: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    let staged = beside(folder);
    remove(&staged)?;
    let done = stage(folder, &staged, files).and_then(|()| exchange(folder, &staged));
    // After an exchange, the old folder.
    let removed = remove(&staged);
    done.and(removed)
}

/// Removes what a process that was killed left beside a folder.
///
/// # Errors
/// The file system's.
pub(crate) fn clean(folder: &Path) -> io::Result<()> {
    remove(&beside(folder))
}

/// `.name.new` in the same parent, so that it is in the same file system.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.new"))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the new folder and has all of it written to the disk.
fn stage(folder: &Path, staged: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    fs::create_dir(staged)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !files.iter().any(|(name, _)| entry.file_name() == **name) {
            // The same file, with its times.
            fs::hard_link(entry.path(), staged.join(entry.file_name()))?;
        }
    }
    for (name, content) in files {
        let mut file = File::create_new(staged.join(name))?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
    }
    File::open(staged)?.sync_all()
}

fn exchange(folder: &Path, staged: &Path) -> io::Result<()> {
    renameat_with(CWD, staged, CWD, folder, RenameFlags::EXCHANGE)?;
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
