//! A copy of the checkout with another document, to check that the crate compiles with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::lock::lock;
use super::stage::Change;

/// Copies the checkout at `root` with these files replaced in `folder`, and type-checks the crate there. Cargo prints the errors.
///
/// All syncs share the copy in `target/xtask/tree`. Unchanged files are not written again, so that cargo does not recompile them.
///
/// # Errors
/// A file cannot be read or written, or the crate does not compile.
pub(crate) fn check(root: &Path, folder: &Path, files: &[Change<'_>]) -> Result<(), String> {
    let failed = |error: io::Error| format!("error: a copy of the checkout: {error}");
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => std::path::absolute(folder).map_err(failed)?,
        None => root.join("target"),
    };
    let copy = root.join("target/xtask/tree");
    fs::create_dir_all(&copy).map_err(failed)?;
    let _lock = lock(&root.join("target/xtask/tree.lock"))?;
    copy_into(root, &copy, &mut vec![root.canonicalize().map_err(failed)?]).map_err(failed)?;
    let folder = copy.join(folder.strip_prefix(root).unwrap_or(folder));
    for Change { name, new, .. } in files {
        write(&folder.join(name), new.as_bytes()).map_err(failed)?;
    }
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        // The generated client is among the files.
        .args(["check", "--quiet", "--lib", "--package", "relay-rest"])
        .args(["--no-default-features", "--features", "rustls,mock"])
        .current_dir(&copy)
        // In a shared target folder, cargo would take artifacts of the copy for those of the checkout: the packages have the
        // same names.
        .env("CARGO_TARGET_DIR", target.join("xtask/build"))
        .status()
        .map_err(|error| format!("error: cargo: {error}"))?;
    if status.success() {
        return Ok(());
    }
    Err("error: the crate does not compile with the published document".to_owned())
}

/// Copies a folder without `target` and hidden files.
///
/// Links are followed, so that no link in the copy points out of it. `parents` are the folders on the way here; skipping them
/// ends cycles of links.
fn copy_into(from: &Path, to: &Path, parents: &mut Vec<PathBuf>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let Ok(path) = entry.path().canonicalize() else { continue };
        if path.is_file() {
            write(&to.join(name), &fs::read(path)?)?;
        } else if path.is_dir() && !parents.contains(&path) {
            parents.push(path.clone());
            copy_into(&path, &to.join(name), parents)?;
            parents.pop();
        }
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == content) { Ok(()) } else { fs::write(path, content) }
}
