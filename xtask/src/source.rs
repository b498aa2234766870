//! Loads a document by path, URL or git revision, or as it is published.

use std::path::{Path, PathBuf};

use output::errln;
use relay_rest_codegen::document;
use serde_json::Value;
use spec_diff::{Overlay, Side};

use crate::related::{self, Base, Elsewhere};
use crate::slice::Slice;
use crate::{fetch, files, sync, vendored};

/// Stands for the sources of `openapi/source.toml` on the command line.
const UPSTREAM: &str = "upstream";
/// Stands for standard input on the command line.
pub(crate) const STANDARD_INPUT: &str = "-";
const MANIFEST: &str = "Cargo.toml";

/// Loads a side: a document alone from a URL or a file, or with its overlay and manifest from a checkout or a revision.
///
/// # Errors
/// The source cannot be read.
pub(crate) fn load_side(
    root: &Path,
    source: &str,
    slice: &Slice,
    elsewhere: &Elsewhere,
) -> Result<Side, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
    let path = Path::new(source);
    let (side, base) = if source == STANDARD_INPUT {
        let text = files::limited(&mut std::io::stdin().lock()).map_err(|error| failed(&error))?;
        (Side::new("standard input", &text), Base::Nowhere)
    } else if source == UPSTREAM && !path.exists() {
        let overlay = files::read_text(&root.join(vendored::OVERLAY)).map_err(|error| failed(&error))?;
        let overlay = Some(Overlay { file: vendored::OVERLAY.to_owned(), text: overlay });
        let side = Side::new(source, &sync::published(root)?);
        (Side { file: vendored::DOCUMENT.to_owned(), overlay, ..side }, Base::Nowhere)
    } else if fetch::is_url(source) {
        (Side::new(source, &fetch::fetch(source)?), Base::Origin(source.to_owned()))
    } else if path.is_dir() {
        let tree = tree(source, &|name| {
            // The checkout may be of a stranger's branch, with links to anywhere.
            related::located(path, Path::new(name), elsewhere)
                .and_then(|file| files::read_regular(&file))
                .map_err(|error| failed(&format!("{name}: {error}")))
        })?;
        (tree, Base::Folder(folder_of(&path.join(vendored::DOCUMENT))))
    } else if path.exists() {
        let text = files::read_text(path).map_err(|error| failed(&error))?;
        (Side::new(source, &text), Base::Folder(folder_of(path)))
    } else {
        let (repository, object) = repository(root, source);
        let show = |object: &str| {
            related::show(&repository, object).map_err(|reason| format!("error: {source}: {reason}"))
        };
        if let Some((revision, file)) = object.split_once(':') {
            let side = Side { file: file.to_owned(), ..Side::new(source, &show(object)?) };
            (side, Base::Revision(repository.clone(), revision.to_owned(), file.to_owned()))
        } else {
            let tree = tree(source, &|name| show(&format!("{object}:{name}")))?;
            (tree, Base::Revision(repository.clone(), object.to_owned(), vendored::DOCUMENT.to_owned()))
        }
    };
    let load = related::loader(&side.name, base, elsewhere);
    Ok(Side { selection: slice.selection(), load, ..side })
}

/// A document at a path and the files that it refers to as one; `None` if it refers to none.
///
/// With `skip_unsupported`, references to a file that cannot be read stay as they are, which is reported: the pipeline leaves them out.
///
/// # Errors
/// Another file cannot be read, for example because it is outside of the document's folder, or a URL. The message begins with `name`.
pub(crate) fn one_file(
    name: &str,
    path: &Path,
    document: &Value,
    skip_unsupported: bool,
) -> Result<Option<Value>, String> {
    let base = if path.is_file() { Base::Folder(folder_of(path)) } else { Base::Nowhere };
    let load = related::loader(name, base, &Elsewhere::Nothing);
    let own = path.file_name().map(|own| own.to_string_lossy()).unwrap_or_default();
    document::one_file(document, &own, &mut |name| match load(name) {
        Ok(file) => Ok(Some(file.value)),
        Err(reason) if skip_unsupported => {
            errln!("warning: {}; references to it are left out", reason.trim_start_matches("error: "));
            Ok(None)
        }
        Err(reason) => Err(reason),
    })
}

fn tree(name: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<Side, String> {
    let side = Side::new(name, &read(vendored::DOCUMENT)?);
    Ok(Side {
        file: vendored::DOCUMENT.to_owned(),
        manifest: Some(read(MANIFEST)?),
        overlay: Some(Overlay { file: vendored::OVERLAY.to_owned(), text: read(vendored::OVERLAY)? }),
        ..side
    })
}

/// Splits a revision off the folder of its repository: by default `root`.
///
/// `../other@v1.2:api.yaml` ⇒ `../other` and `v1.2:api.yaml`; `HEAD@{1}` is a revision.
fn repository<'a>(root: &Path, source: &'a str) -> (PathBuf, &'a str) {
    match source.split_once('@') {
        Some((folder, object)) if Path::new(folder).is_dir() && !object.starts_with('{') => {
            (PathBuf::from(folder), object)
        }
        _ => (root.to_owned(), source),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}
