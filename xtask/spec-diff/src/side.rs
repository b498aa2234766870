//! One of the two sides of a comparison: the document, its overlay and its manifest, already read by the caller.

mod unread;

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::later::take_later;
use relay_rest_codegen::document::resolve::{self, Flaw, Reason};
use relay_rest_codegen::document::{Selection, one_file, uri};
use relay_rest_codegen::{Input, Pointer, Problem, overlaid, parse};
use serde_json::Value;

use crate::basis::{Documents, Overlaid};
use crate::normal::below;
use crate::operations::unread::is_later;

/// Returns a file that a document refers to: a URL, or a path relative to the document's folder.
pub type Load = Box<dyn Fn(&str) -> Result<Loaded, String> + Send + Sync>;

/// A file that a document refers to.
pub struct Loaded {
    /// The file as it is written.
    pub text: String,
    /// Its content.
    pub value: Value,
}

/// The fields that the version of a document does not have, and their values.
pub(crate) type Newer = Vec<(Pointer, Value)>;

/// A document to compare.
pub struct Side {
    /// The name in messages, as given on the command line.
    pub name: String,
    /// The path of the document, for annotations and links.
    pub file: String,
    /// The document as YAML or JSON.
    pub text: String,
    /// Its overlay, if it has one.
    pub overlay: Option<Overlay>,
    /// `Cargo.toml`, if the side is a checkout or a revision.
    pub manifest: Option<String>,
    /// The operations to compare.
    pub selection: Selection,
    /// Loads the files that the document refers to.
    pub load: Load,
}

/// An overlay.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its path, for messages.
    pub file: String,
    /// Its content as YAML or JSON.
    pub text: String,
}

impl Side {
    /// Creates a side without an overlay; loading any other file fails.
    pub fn new(name: &str, text: &str) -> Self {
        let failed = format!("error: {name}: it refers to");
        Self {
            name: name.to_owned(),
            file: name.to_owned(),
            text: text.to_owned(),
            overlay: None,
            manifest: None,
            selection: Selection::default(),
            load: Box::new(move |file| {
                Err(format!("{failed} `{file}`: a document without a folder cannot refer to other files"))
            }),
        }
    }

    /// The path of the overlay; empty without one.
    pub(crate) fn overlay_file(&self) -> &str {
        self.overlay.as_ref().map_or("", |overlay| &overlay.file)
    }

    /// Parses the document, applies the overlay, and keeps the selected operations of both versions.
    ///
    /// # Errors
    /// The document cannot be compared. An overlay that does not apply is not an error here.
    pub(crate) fn documents(&self) -> Result<Documents, String> {
        let published = parse(&self.text).map_err(|error| format!("error: {}: {error}", self.name))?;
        check_version(&published).map_err(|reason| format!("error: {}: {reason}", self.name))?;
        let overlaid = match self.overlay.as_ref().map(|overlay| overlaid(&self.text, &overlay.text)) {
            None => None,
            Some(Ok(overlaid)) if overlaid.problems().is_empty() => Some(Ok(overlaid)),
            Some(Ok(overlaid)) => Some(Err(overlaid.problems())),
            Some(Err(problems)) if problems.iter().all(|problem| problem.input == Input::Overlay) => {
                Some(Err(problems))
            }
            Some(Err(problems)) => return Err(self.problem_lines(&problems)),
        };
        let later = published["openapi"].as_str().filter(|version| is_later(version)).map(str::to_owned);
        let mut files = BTreeMap::new();
        let (published, mut flaws, mut unused, mut newer) = self.selected(published, &mut files)?;
        let overlaid = match overlaid {
            Some(Ok(overlaid)) => {
                let document;
                (document, flaws, unused, newer) = self.selected(overlaid.document, &mut files)?;
                Some(Ok(Overlaid { document, actions: overlaid.actions }))
            }
            Some(Err(problems)) => Some(Err(problems)),
            None => None,
        };
        Ok(Documents { published, overlaid, flaws, newer, files, unused, later })
    }

    /// The document and the files that it refers to as one file; `None` if it refers to none. Without the overlay and the selection.
    ///
    /// # Errors
    /// The document cannot be parsed, or another file cannot be loaded.
    pub fn one_file(&self) -> Result<Option<Value>, String> {
        let document = parse(&self.text).map_err(|error| format!("error: {}: {error}", self.name))?;
        one_file(&document, self.own(), &mut |name| Ok(Some((self.load)(name)?.value)))
    }

    /// The document's own name in references.
    fn own(&self) -> &str {
        // References are relative to the document's folder, so the folder itself is left out.
        if uri::is_absolute(&self.file) { &self.file } else { file_name(&self.file) }
    }

    /// Bundles a document, keeps the selected operations, and returns the invalid references that are left and the filters
    /// that match nothing. Adds the texts of the other files.
    fn selected(
        &self,
        document: Value,
        files: &mut BTreeMap<String, String>,
    ) -> Result<(Value, Vec<Flaw>, BTreeSet<String>, Newer), String> {
        let mut document = document;
        let mut flaws = resolve::bundle(&mut document, self.own(), &mut |name| {
            let Loaded { text, value } = (self.load)(name)?;
            files.insert(name.to_owned(), text);
            Ok(value)
        })?;
        flaws.retain(|flaw| !matches!(flaw.reason, Reason::Ignored(_)));
        let mut newer = take_later(&mut document);
        let whole = (self.selection != Selection::default()).then(|| document.clone());
        let (mut part, unused) =
            self.selection.of_any(document).map_err(|reason| format!("error: {}: {reason}", self.name))?;
        if let Some(whole) = whole {
            unread::keep_components(&mut part, &whole);
        }
        flaws.retain(|flaw| flaw.at.resolve(&part).is_some());
        newer.retain(|(at, _)| at.parent().is_some_and(|parent| parent.resolve(&part).is_some()));
        Ok((part, flaws, unused, newer))
    }

    /// Splits a pointer into the compared document into the name of another file, if it points into one, and the pointer into
    /// that file's text. In the text of the document, paths still have their prefix.
    pub(crate) fn pointer_in_text(&self, at: &str) -> (Option<String>, String) {
        if let Some((file, at)) = Pointer::parse(at).and_then(|at| resolve::in_another_file(&at)) {
            return (Some(file), at.to_string());
        }
        let prefix = self.selection.strip_prefix.as_deref().map(|prefix| prefix.trim_end_matches('/'));
        let at = match (prefix, at.strip_prefix("/paths/~1")) {
            (Some(prefix), Some(rest)) => format!("{}~1{rest}", below("/paths", prefix)),
            _ => at.to_owned(),
        };
        (None, at)
    }

    /// The path of another file of the document, by its name in references.
    ///
    /// `pet.yaml` of `openapi/api.yaml` ⇒ `openapi/pet.yaml`
    pub(crate) fn path_of(&self, name: &str) -> String {
        let path = uri::resolve(&self.file, name);
        uri::percent_decode(&path).map_or(path.clone(), Into::into)
    }

    /// Problems of the document or of the generator's settings, one per line.
    pub(crate) fn problem_lines(&self, problems: &[Problem]) -> String {
        let lines = problems.iter().map(|problem| match problem.input {
            Input::Settings => format!("error: settings of the generator: {problem}"),
            _ => format!("error: {}{problem}", self.name),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Checks that it is a document of OpenAPI 3.
fn check_version(document: &Value) -> Result<(), String> {
    let shown = |version: &Value| version.as_str().map_or_else(|| version.to_string(), str::to_owned);
    match (document.get("openapi").map(shown), document.get("swagger").map(shown)) {
        (Some(version), _) if version == "3" || version.starts_with("3.") => Ok(()),
        (Some(version), _) => Err(format!("OpenAPI {version} is not supported; 3.0, 3.1 and later 3.x are")),
        (None, Some(version)) => Err(format!(
            "Swagger {version} is not supported; convert it to OpenAPI 3, for example with \
             `npx swagger2openapi FILE` or https://converter.swagger.io"
        )),
        (None, None) => Err("not an OpenAPI document: it has no `openapi`".to_owned()),
    }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
