//! The two sides of a comparison: documents by path, URL, revision of git, or as they are published.
//! Knows where documents are; must not know what is compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use relay_rest_codegen::document::parse::text;
use relay_rest_codegen::document::references::{self, Flaw, Reason};
use relay_rest_codegen::document::uri;
use relay_rest_codegen::{Input, Pointer, Problem, overlaid, parse};
use serde_json::Value;

use super::basis::{Documents, Overlaid};
use super::shape::below;
use crate::slice::Slice;
use crate::{build, fetch, files, sync};

/// The sources of `openapi/source.toml`, on the command line.
const UPSTREAM: &str = "upstream";
const MANIFEST: &str = "Cargo.toml";

/// A document to compare, and what belongs to it.
pub(crate) struct Side {
    pub(crate) name: String,
    /// The file that the document is in, as a reader of the report finds it.
    pub(crate) file: String,
    pub(crate) text: String,
    overlay: Option<String>,
    /// Of a checkout or a revision, its `Cargo.toml`.
    pub(crate) manifest: Option<String>,
    /// Which part of it counts.
    slice: Slice,
    beside: Beside,
}

/// Where the files are that a document refers to.
enum Beside {
    /// There are none, but for those that are named by URLs.
    Nowhere,
    /// In the document's folder.
    Folder(PathBuf),
    /// In a repository, at a revision of it.
    Revision(PathBuf, String),
}

impl Side {
    pub(crate) fn new(name: &str, text: &str, overlay: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            file: name.to_owned(),
            text: text.to_owned(),
            overlay: overlay.map(str::to_owned),
            manifest: None,
            slice: Slice::default(),
            beside: Beside::Nowhere,
        }
    }

    /// Reads a side: a URL or a file is a document alone; a folder or a revision is a checkout, with its overlay.
    ///
    /// # Errors
    /// Why there is no document.
    pub(crate) fn read(root: &Path, source: &str, slice: Slice) -> Result<Self, String> {
        let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
        let path = Path::new(source);
        let side = if source == UPSTREAM && !path.exists() {
            let overlay = files::read(&root.join(build::OVERLAY)).map_err(|error| failed(&error))?;
            let file = build::DOCUMENT.to_owned();
            Self { file, ..Self::new(source, &sync::published(root)?, Some(&overlay)) }
        } else if fetch::is_url(source) {
            Self::new(source, &fetch::fetch(source)?, None)
        } else if path.is_dir() {
            let tree = Self::tree(source, &|name| {
                files::read(&path.join(name)).map_err(|error| failed(&format!("{name}: {error}")))
            })?;
            Self { beside: Beside::Folder(folder_of(&path.join(build::DOCUMENT))), ..tree }
        } else if path.exists() {
            let text = files::read(path).map_err(|error| failed(&error))?;
            Self { beside: Beside::Folder(folder_of(path)), ..Self::new(source, &text, None) }
        } else if let Some((revision, file)) = source.split_once(':') {
            let beside = Beside::Revision(root.to_owned(), revision.to_owned());
            Self { file: file.to_owned(), beside, ..Self::new(source, &git(root, source, source)?, None) }
        } else {
            let beside = Beside::Revision(root.to_owned(), source.to_owned());
            Self { beside, ..Self::tree(source, &|name| git(root, source, &format!("{source}:{name}")))? }
        };
        Ok(Self { slice, ..side })
    }

    fn tree(name: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<Self, String> {
        Ok(Self {
            file: build::DOCUMENT.to_owned(),
            manifest: Some(read(MANIFEST)?),
            ..Self::new(name, &read(build::DOCUMENT)?, Some(&read(build::OVERLAY)?))
        })
    }

    /// The document, or the part of it that counts, as published and with its overlay.
    ///
    /// # Errors
    /// It is not a document that can be compared. An overlay that does not apply to it is no error.
    pub(crate) fn documents(&self) -> Result<Documents, String> {
        let published = parse(&self.text).map_err(|error| format!("error: {}: {error}", self.name))?;
        if published.get("openapi").is_none() {
            return Err(format!("error: {}: not an OpenAPI document: it has no `openapi`", self.name));
        }
        let overlaid = self.overlay.as_deref().map(|overlay| overlaid(&self.text, overlay));
        let overlaid = match overlaid {
            None => None,
            Some(Ok(overlaid)) => {
                let problems = overlaid.problems();
                Some(if problems.is_empty() { Ok(overlaid) } else { Err(problems) })
            }
            Some(Err(problems)) if problems.iter().all(|problem| problem.input == Input::Overlay) => {
                Some(Err(problems))
            }
            Some(Err(problems)) => return Err(self.told(&problems)),
        };
        let (published, mut flaws) = self.part(published)?;
        let overlaid = match overlaid {
            Some(Ok(overlaid)) => {
                let (document, found) = self.part(overlaid.document)?;
                flaws = found;
                Some(Ok(Overlaid { document, actions: overlaid.actions }))
            }
            Some(Err(problems)) => Some(Err(problems)),
            None => None,
        };
        Ok(Documents { published, overlaid, flaws })
    }

    /// The part of a document that counts, in one piece, and the references that cannot be read as they are.
    fn part(&self, document: Value) -> Result<(Value, Vec<Flaw>), String> {
        // Other files have names that are relative to its folder, wherever that is.
        let own = if fetch::is_url(&self.file) { &self.file } else { file_name(&self.file) };
        let mut document = document;
        let mut flaws = references::bundle(&mut document, own, &mut |name| self.file_beside(name))?;
        flaws.retain(|flaw| !matches!(flaw.reason, Reason::Ignored(_)));
        let part = self.slice.of_any(document).map_err(|reason| format!("error: {}: {reason}", self.name))?;
        flaws.retain(|flaw| flaw.at.resolve(&part).is_some());
        Ok((part, flaws))
    }

    /// A file that the document refers to.
    fn file_beside(&self, name: &str) -> Result<Value, String> {
        let failed =
            |reason: &dyn std::fmt::Display| format!("error: {}: it refers to `{name}`: {reason}", self.name);
        let text = match &self.beside {
            _ if fetch::is_url(name) => fetch::fetch(name)?,
            Beside::Folder(folder) => files::read(&folder.join(name)).map_err(|error| failed(&error))?,
            Beside::Revision(root, revision) => {
                let object = format!("{revision}:{}", uri::resolve(&self.file, name));
                git(root, &self.name, &object).map_err(|_| failed(&format!("{revision} has no such file")))?
            }
            Beside::Nowhere => return Err(failed(&"there is nothing beside it")),
        };
        parse(&text).map_err(|reason| failed(&reason))
    }

    /// A pointer into the compared document, as it is in the text: the paths have their prefix. None for one into another file.
    pub(crate) fn pointer_in_text(&self, at: &str) -> Option<String> {
        if Pointer::parse(at).is_some_and(|at| references::is_in_another_file(&at)) {
            return None;
        }
        let prefix = self.slice.strip_prefix.as_deref().map(|prefix| prefix.trim_end_matches('/'));
        Some(match (prefix, at.strip_prefix("/paths/~1")) {
            (Some(prefix), Some(rest)) => format!("{}~1{rest}", below("/paths", prefix)),
            _ => at.to_owned(),
        })
    }

    /// Problems of its document, a line each.
    pub(crate) fn told(&self, problems: &[Problem]) -> String {
        let lines: Vec<String> =
            problems.iter().map(|problem| format!("error: {}{problem}", self.name)).collect();
        lines.join("\n")
    }
}

/// What git knows by a name.
fn git(root: &Path, source: &str, object: &str) -> Result<String, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
    let shown = Command::new("git")
        .args(["show", object])
        .current_dir(root)
        .output()
        .map_err(|error| failed(&format!("git does not run: {error}")))?;
    if !shown.status.success() {
        let reason = String::from_utf8_lossy(&shown.stderr);
        return Err(failed(&format!("neither a file nor a folder, nor what git knows: {}", reason.trim())));
    }
    text(shown.stdout).map_err(|reason| failed(&reason))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
