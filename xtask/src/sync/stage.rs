//! Copies a folder with some files replaced, and lists or removes folders that other processes may change meanwhile.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file of the folder, and its two versions; the old one is empty if the file does not exist yet.
pub(super) struct Change<'a> {
    pub(super) name: &'a str,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
}

/// Copies the folder `from` to `to` with some files replaced, and waits until it is on the disk.
///
/// All other files are hard links: what an editor writes into one of them meanwhile is in both folders.
pub(super) fn copy(from: &Path, to: &Path, changes: &[Change<'_>]) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if changes.iter().any(|change| entry.file_name() == *change.name) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&source, &target, &[])?;
        } else if let Err(error) = fs::hard_link(&source, &target) {
            // Not every file system has hard links.
            if !kind.is_file() {
                return Err(io::Error::new(error.kind(), format!("{}: {error}", source.display())));
            }
            fs::copy(&source, &target)?;
        }
    }
    for change in changes {
        let mut file = File::create_new(to.join(change.name))?;
        file.write_all(change.new.as_bytes())?;
        file.sync_all()?;
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    sync_folder(to)
}

/// Lists the files in a folder and its subfolders, relative to it.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    list(folder).map(|(files, _)| files)
}

/// Removes a folder. Stops at a file that must stay, and returns its name.
pub(super) fn remove(folder: &Path, may_go: &dyn Fn(&Path, &Path) -> bool) -> io::Result<Option<PathBuf>> {
    let (files, folders) = list(folder)?;
    for name in files {
        let file = folder.join(&name);
        if !may_go(&file, &name) {
            return Ok(Some(name));
        }
        fs::remove_file(file)?;
    }
    for name in folders.iter().rev() {
        match fs::remove_dir(folder.join(name)) {
            Ok(()) => {}
            // A file was added after the listing.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => return Ok(Some(name.clone())),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Lists files and folders, relative to `folder`. The folders begin with itself; parents come before their subfolders.
fn list(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    let mut next = 0;
    while let Some(parent) = folders.get(next).cloned() {
        next += 1;
        for entry in fs::read_dir(folder.join(&parent))? {
            let entry = entry?;
            let name = parent.join(entry.file_name());
            if entry.file_type()?.is_dir() { folders.push(name) } else { files.push(name) }
        }
    }
    Ok((files, folders))
}

/// Waits until the entries of a folder are on the disk.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
