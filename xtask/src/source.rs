//! Loads a document by path, URL or git revision, or as it is published.

use std::path::{Path, PathBuf};
use std::process::Command;

use relay_rest_codegen::document::parse::text;
use relay_rest_codegen::document::uri;
use relay_rest_codegen::parse;
use serde_json::Value;
use spec_diff::{Load, Overlay, Side};

use crate::slice::Slice;
use crate::{fetch, files, generator, sync};

/// Stands for the sources of `openapi/source.toml` on the command line.
const UPSTREAM: &str = "upstream";
const MANIFEST: &str = "Cargo.toml";

/// Where the files that a document refers to are read from.
enum RelatedFiles {
    /// Only from URLs.
    Nowhere,
    /// From the document's folder.
    Folder(PathBuf),
    /// From a revision in a git repository.
    Revision(PathBuf, String),
}

/// Loads a side: a document alone from a URL or a file, or with its overlay and manifest from a checkout or a revision.
///
/// # Errors
/// The source cannot be read.
pub(crate) fn load_side(root: &Path, source: &str, slice: &Slice) -> Result<Side, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
    let path = Path::new(source);
    let (side, related) = if source == UPSTREAM && !path.exists() {
        let overlay = files::read_text(&root.join(generator::OVERLAY)).map_err(|error| failed(&error))?;
        let overlay = Some(Overlay { file: generator::OVERLAY.to_owned(), text: overlay });
        let side = Side::new(source, &sync::published(root)?);
        (Side { file: generator::DOCUMENT.to_owned(), overlay, ..side }, RelatedFiles::Nowhere)
    } else if fetch::is_url(source) {
        (Side::new(source, &fetch::fetch(source)?), RelatedFiles::Nowhere)
    } else if path.is_dir() {
        let tree = tree(source, &|name| {
            files::read_text(&path.join(name)).map_err(|error| failed(&format!("{name}: {error}")))
        })?;
        (tree, RelatedFiles::Folder(folder_of(&path.join(generator::DOCUMENT))))
    } else if path.exists() {
        let text = files::read_text(path).map_err(|error| failed(&error))?;
        (Side::new(source, &text), RelatedFiles::Folder(folder_of(path)))
    } else if let Some((revision, file)) = source.split_once(':') {
        let related = RelatedFiles::Revision(root.to_owned(), revision.to_owned());
        (Side { file: file.to_owned(), ..Side::new(source, &git(root, source, source)?) }, related)
    } else {
        let related = RelatedFiles::Revision(root.to_owned(), source.to_owned());
        (tree(source, &|name| git(root, source, &format!("{source}:{name}")))?, related)
    };
    let load = related.load(&side);
    Ok(Side { selection: slice.selection(), load, ..side })
}

fn tree(name: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<Side, String> {
    let side = Side::new(name, &read(generator::DOCUMENT)?);
    Ok(Side {
        file: generator::DOCUMENT.to_owned(),
        manifest: Some(read(MANIFEST)?),
        overlay: Some(Overlay { file: generator::OVERLAY.to_owned(), text: read(generator::OVERLAY)? }),
        ..side
    })
}

impl RelatedFiles {
    /// Returns the loader of the files that the document of a side refers to.
    fn load(self, side: &Side) -> Load {
        let (side, own) = (side.name.clone(), side.file.clone());
        Box::new(move |name| self.file(&side, &own, name))
    }

    fn file(&self, side: &str, own: &str, name: &str) -> Result<Value, String> {
        let failed =
            |reason: &dyn std::fmt::Display| format!("error: {side}: it refers to `{name}`: {reason}");
        let path = uri::percent_decode(name).ok_or_else(|| failed(&"it is not a URI reference"))?;
        let text = match self {
            _ if fetch::is_url(name) => fetch::fetch(name)?,
            Self::Folder(folder) => files::read_text(&folder.join(&*path)).map_err(|error| failed(&error))?,
            Self::Revision(root, revision) => {
                let object = format!("{revision}:{}", uri::resolve(own, &path));
                git(root, side, &object).map_err(|_| failed(&format!("{revision} has no such file")))?
            }
            Self::Nowhere => return Err(failed(&"a document without a folder cannot refer to other files")),
        };
        parse(&text).map_err(|reason| failed(&reason))
    }
}

/// Runs `git show` on an object.
fn git(root: &Path, source: &str, object: &str) -> Result<String, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
    let shown = Command::new("git")
        .args(["show", object])
        .current_dir(root)
        .output()
        .map_err(|error| failed(&format!("git does not run: {error}")))?;
    if !shown.status.success() {
        let reason = String::from_utf8_lossy(&shown.stderr);
        return Err(failed(&format!("not a file, a folder or a git revision: {}", reason.trim())));
    }
    text(shown.stdout).map_err(|reason| failed(&reason))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}
