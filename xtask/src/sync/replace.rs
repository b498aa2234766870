//! Replaces files of a folder all at once: a process that opens the folder sees either the old files or the new ones.
//!
//! The new folder is made in a staging folder beside the old one, and the two are exchanged in one step. Where the system or the
//! file system cannot do that, the files are renamed one by one, and a journal lets the next run finish what was interrupted.
//!
//! ```text
//! .openapi.sync.lock            held from before the files are read until they are replaced
//! .openapi.sync-XXXXXX/folder   the new folder; after the exchange, the old one
//!                     /changes  once the new folder is complete: the hashes of all files, old and new
//!                     /commit   `changes`, renamed: the files are being renamed one by one
//! ```
//!
//! A file is removed only if it is one of those versions, or is in the folder as well.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lock::lock;
use super::record::hash;
use super::stage::{self, Change, sync_folder};

/// If this variable is set, files are renamed one by one although the folders could be exchanged. Tests set it.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
const FILE_BY_FILE: &str = "SYNC_FILE_BY_FILE";

/// The content of `changes` and `commit`.
#[derive(Serialize, Deserialize)]
struct Journal {
    files: Vec<Entry>,
}

/// A file with the hashes of its two versions; the same hash twice if it does not change.
#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    old: String,
    new: String,
}

/// A folder, locked so that only this process replaces its files.
pub(super) struct Replacer {
    /// The canonical path, so that the folder is exchanged, and not a link to it.
    folder: PathBuf,
    _lock: File,
}

impl Replacer {
    /// Waits for other syncs of this folder, and finishes or removes what killed ones left behind. Also returns warnings.
    ///
    /// # Errors
    /// The folder cannot be locked, or one of the files named here is a symbolic link.
    pub(super) fn new(folder: &Path, names: &[&str]) -> Result<(Self, Vec<String>), String> {
        let real =
            fs::canonicalize(folder).map_err(|error| format!("error: {}: {error}", folder.display()))?;
        let lock = lock(&real.with_file_name(format!("{}.lock", prefix(&real))))?;
        if let Some(name) = names.iter().find(|name| real.join(name).is_symlink()) {
            return Err(format!(
                "error: {}: is a symbolic link, which sync would replace with a file; move the file itself there, or make the whole folder a link; nothing was changed",
                folder.join(name).display()
            ));
        }
        let replacer = Self { folder: real, _lock: lock };
        let warnings = replacer.recover().map_err(|error| format!("error: {}: {error}", folder.display()))?;
        Ok((replacer, warnings))
    }

    /// Replaces files; all others stay. Returns warnings.
    ///
    /// # Errors
    /// A file cannot be written or replaced. The message says whether anything was changed.
    pub(super) fn replace(&self, changes: &[Change<'_>]) -> Result<Vec<String>, String> {
        let folder = self.folder.display();
        let unchanged = |error: io::Error| format!("error: {folder}: {error}; nothing was changed");
        let parent = self.folder.parent().unwrap_or(Path::new("."));
        let staging = tempfile::Builder::new()
            .prefix(&format!("{}-", prefix(&self.folder)))
            .tempdir_in(parent)
            .map_err(unchanged)?
            .keep();
        let replaced = self.put(&staging, changes);
        if let Err(error) = &replaced
            && staging.join("commit").exists()
            && changes.iter().any(|change| !holds(&self.folder.join(change.name), &hash(change.old)))
        {
            return Err(format!(
                "error: {folder}: {error}; some of the files were replaced, and the next `cargo xtask sync` finishes it"
            ));
        }
        let warning = self.discard(&staging).unwrap_or_else(|error| {
            Some(format!("warning: {}: {error}; it can be removed", staging.display()))
        });
        match replaced {
            Ok(()) => Ok(warning.into_iter().collect()),
            Err(error) => {
                Err(warning.map(|warning| format!("{warning}\n")).unwrap_or_default() + &unchanged(error))
            }
        }
    }

    /// Stages the new folder, and exchanges it with the old one.
    fn put(&self, staging: &Path, changes: &[Change<'_>]) -> io::Result<()> {
        let staged = staging.join("folder");
        stage::copy(&self.folder, &staged, changes)?;
        let journal = Journal::new(&staged, changes)?;
        journal.write(staging)?;
        journal.covers(&self.folder, &staged)?;
        match exchange(&staged, &self.folder) {
            Ok(()) => {
                if let Err(edited) = journal.covers(&staged, &self.folder) {
                    // An editor saved a file into the old folder between the check and the exchange.
                    exchange(&staged, &self.folder)?;
                    return Err(edited);
                }
                // The exchange is done even if it cannot be flushed to the disk.
                let _ = sync_folder(self.folder.parent().unwrap_or(Path::new(".")));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                fs::rename(staging.join("changes"), staging.join("commit"))?;
                sync_folder(staging)?;
                match journal.finish(staging, &self.folder)? {
                    true => Ok(()),
                    false => Err(io::Error::other("the files were changed during the sync; run it again")),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Finishes or removes what killed processes left behind. Live processes own none of it: this one holds the lock.
    fn recover(&self) -> io::Result<Vec<String>> {
        let mut warnings = Vec::new();
        let prefix = format!("{}-", prefix(&self.folder));
        for entry in fs::read_dir(self.folder.parent().unwrap_or(Path::new(".")))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) && entry.file_type()?.is_dir() {
                let recovered = self.recover_one(&entry.path());
                warnings.extend(recovered.map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", entry.path().display()))
                })?);
            }
        }
        Ok(warnings)
    }

    fn recover_one(&self, staging: &Path) -> io::Result<Option<String>> {
        if let Some(journal) = Journal::read(&staging.join("commit"))? {
            journal.finish(staging, &self.folder)?;
        }
        self.discard(staging)
    }

    /// Removes a staging folder. If it has a file without another copy, keeps it and returns a warning.
    fn discard(&self, staging: &Path) -> io::Result<Option<String>> {
        let staged = staging.join("folder");
        let journal = match Journal::read(&staging.join("commit"))? {
            None => Journal::read(&staging.join("changes"))?,
            journal => journal,
        };
        // Without a journal, the staged folder was never in place, so no editor can have saved a file into it.
        if let Some(journal) = journal
            && staged.exists()
        {
            let keep = match journal.unknown(&staged, &self.folder)? {
                Some(name) => Some(name),
                // `remove` checks each file again, because one may have been saved since `unknown` looked.
                None => stage::remove(&staged, &|file, name| journal.knows(file, name, &self.folder))?,
            };
            if let Some(name) = keep {
                return Ok(Some(format!(
                    "warning: {} was saved during a sync and is not in {}; move it there or remove {}",
                    staged.join(name).display(),
                    self.folder.display(),
                    staging.display()
                )));
            }
        }
        fs::remove_dir_all(staging)?;
        Ok(None)
    }
}

impl Journal {
    /// Creates the journal of a staged folder.
    fn new(staged: &Path, changes: &[Change<'_>]) -> io::Result<Self> {
        let mut files = Vec::new();
        for name in stage::files(staged)? {
            let path = staged.join(&name);
            if !fs::symlink_metadata(&path)?.is_file() {
                continue;
            }
            let new = hash(fs::read(&path)?);
            let change = changes.iter().find(|change| name == Path::new(change.name));
            let old = change.map_or_else(|| new.clone(), |change| hash(change.old));
            files.push(Entry { name: name.to_string_lossy().into_owned(), old, new });
        }
        Ok(Self { files })
    }

    /// Reads a journal, if it exists.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the journal to `changes` atomically.
    fn write(&self, staging: &Path) -> io::Result<()> {
        let unfinished = staging.join("unfinished");
        let mut file = File::create_new(&unfinished)?;
        file.write_all(toml::to_string(self).map_err(io::Error::other)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(unfinished, staging.join("changes"))?;
        sync_folder(staging)
    }

    /// Returns a file in `folder` that is neither a known version nor in `other` with the same content.
    fn unknown(&self, folder: &Path, other: &Path) -> io::Result<Option<PathBuf>> {
        Ok(stage::files(folder)?.into_iter().find(|name| !self.knows(&folder.join(name), name, other)))
    }

    /// Fails if removing `folder` would lose a file that `other` does not have.
    fn covers(&self, folder: &Path, other: &Path) -> io::Result<()> {
        let edited = |name: PathBuf| format!("{} was changed during the sync; run it again", name.display());
        self.unknown(folder, other)?.map_or(Ok(()), |name| Err(io::Error::other(edited(name))))
    }

    /// Whether a file can be removed: it is a known version, or `other` has the same content.
    fn knows(&self, file: &Path, name: &Path, other: &Path) -> bool {
        let is_version = |bytes: &[u8]| {
            let entry = self.files.iter().find(|entry| name == Path::new(&entry.name));
            entry.is_some_and(|entry| [&entry.old, &entry.new].contains(&&hash(bytes)))
        };
        match fs::symlink_metadata(file).map(|metadata| metadata.file_type()) {
            Ok(kind) if kind.is_symlink() => fs::read_link(file).ok() == fs::read_link(other.join(name)).ok(),
            Ok(kind) if kind.is_file() => fs::read(file).is_ok_and(|bytes| {
                is_version(&bytes) || fs::read(other.join(name)).is_ok_and(|others| others == bytes)
            }),
            // Sockets and the like have no content.
            Ok(_) => true,
            // Removed meanwhile.
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// Renames the staged files into the folder. Returns false and does nothing if a file is neither the old nor the new version,
    /// for example because it was restored with git.
    fn finish(&self, staging: &Path, folder: &Path) -> io::Result<bool> {
        let staged = staging.join("folder");
        let mut missing = Vec::new();
        for Entry { name, old, new } in self.files.iter().filter(|entry| entry.old != entry.new) {
            let (from, to) = (staged.join(name), folder.join(name));
            if holds(&to, new) {
                continue;
            }
            if !holds(&to, old) || !holds(&from, new) {
                return Ok(false);
            }
            missing.push((from, to));
        }
        for (from, to) in missing {
            fs::rename(from, to)?;
        }
        sync_folder(folder)?;
        Ok(true)
    }
}

/// Whether the content of a file has this hash. A file that does not exist yet has the one of nothing.
fn holds(file: &Path, expected: &str) -> bool {
    match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => hash("") == expected,
        content => content.is_ok_and(|bytes| hash(bytes) == expected),
    }
}

/// `.openapi.sync`, the prefix of all files that a sync creates beside `openapi/`; `.gitignore` lists it.
fn prefix(folder: &Path) -> String {
    format!(".{}.sync", folder.file_name().unwrap_or(OsStr::new("folder")).to_string_lossy())
}

/// Exchanges two folders atomically; fails with `Unsupported` if that is impossible.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    if std::env::var_os(FILE_BY_FILE).is_some() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    // The system or file system cannot exchange, the folder is in a lower layer of overlayfs, or it is a mount point.
    let unsupported = [Errno::NOSYS, Errno::INVAL, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::XDEV, Errno::BUSY];
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(|error| {
        if unsupported.contains(&error) { io::ErrorKind::Unsupported.into() } else { error.into() }
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
