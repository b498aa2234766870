//! Loads a document by path, URL or git revision, or as it is published.

use std::path::{Path, PathBuf};

use spec_diff::{Overlay, Side};

use crate::related::{self, Base, External};
use crate::slice::Slice;
use crate::{fetch, files, generator, sync};

/// Stands for the sources of `openapi/source.toml` on the command line.
const UPSTREAM: &str = "upstream";
const MANIFEST: &str = "Cargo.toml";

/// Loads a side: a document alone from a URL or a file, or with its overlay and manifest from a checkout or a revision.
///
/// # Errors
/// The source cannot be read.
pub(crate) fn load_side(
    root: &Path,
    source: &str,
    slice: &Slice,
    external: &[External],
) -> Result<Side, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
    let path = Path::new(source);
    let (side, base) = if source == UPSTREAM && !path.exists() {
        let overlay = files::read_text(&root.join(generator::OVERLAY)).map_err(|error| failed(&error))?;
        let overlay = Some(Overlay { file: generator::OVERLAY.to_owned(), text: overlay });
        let side = Side::new(source, &sync::published(root)?);
        (Side { file: generator::DOCUMENT.to_owned(), overlay, ..side }, Base::Nowhere)
    } else if fetch::is_url(source) {
        (Side::new(source, &fetch::fetch(source)?), Base::Origin(source.to_owned()))
    } else if path.is_dir() {
        let tree = tree(source, &|name| {
            // The checkout may be of a stranger's branch, with links to anywhere.
            related::located(path, Path::new(name), external)
                .and_then(|file| files::read_regular(&file))
                .map_err(|error| failed(&format!("{name}: {error}")))
        })?;
        (tree, Base::Folder(folder_of(&path.join(generator::DOCUMENT))))
    } else if path.exists() {
        let text = files::read_text(path).map_err(|error| failed(&error))?;
        (Side::new(source, &text), Base::Folder(folder_of(path)))
    } else if let Some((revision, file)) = source.split_once(':') {
        let base = Base::Revision(root.to_owned(), revision.to_owned(), file.to_owned());
        (Side { file: file.to_owned(), ..Side::new(source, &git(root, source, source)?) }, base)
    } else {
        let base = Base::Revision(root.to_owned(), source.to_owned(), generator::DOCUMENT.to_owned());
        (tree(source, &|name| git(root, source, &format!("{source}:{name}")))?, base)
    };
    let load = related::loader(&side.name, base, external);
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

/// Runs `git show` on an object.
fn git(root: &Path, source: &str, object: &str) -> Result<String, String> {
    related::show(root, object).map_err(|reason| format!("error: {source}: {reason}"))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}
