//! One of the two documents that are compared, and what belongs to it. Who has it, has read it.

use relay_rest_codegen::document::resolve::{self, Flaw, Reason};
use relay_rest_codegen::document::{Selection, uri};
use relay_rest_codegen::{Input, Pointer, Problem, overlaid, parse};
use serde_json::Value;

use crate::basis::{Documents, Overlaid};
use crate::normal::below;

/// Returns a file that a document refers to: a URL, or a path relative to the document's folder.
pub type Load = Box<dyn Fn(&str) -> Result<Value, String> + Send + Sync>;

/// A document to compare.
pub struct Side {
    /// What the user calls it.
    pub name: String,
    /// The file that the document is in, as a reader of the report finds it.
    pub file: String,
    /// The document, YAML or JSON.
    pub text: String,
    /// Its overlay, if it has one.
    pub overlay: Option<Overlay>,
    /// Of a checkout or a revision, its `Cargo.toml`.
    pub manifest: Option<String>,
    /// Which part of it is compared.
    pub selection: Selection,
    /// Where its other files come from.
    pub load: Load,
}

/// An overlay, and the file that it is in.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// As a reader of the report finds it.
    pub file: String,
    /// YAML or JSON.
    pub text: String,
}

impl Side {
    /// A document that refers to no other file.
    pub fn new(name: &str, text: &str) -> Self {
        let failed = format!("error: {name}: it refers to");
        Self {
            name: name.to_owned(),
            file: name.to_owned(),
            text: text.to_owned(),
            overlay: None,
            manifest: None,
            selection: Selection::default(),
            load: Box::new(move |file| Err(format!("{failed} `{file}`: there is nothing beside it"))),
        }
    }

    /// The file of its overlay; empty where it has none.
    pub(crate) fn overlay_file(&self) -> &str {
        self.overlay.as_ref().map_or("", |overlay| &overlay.file)
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
        let overlaid = self.overlay.as_ref().map(|overlay| overlaid(&self.text, &overlay.text));
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
        let own = if uri::is_absolute(&self.file) { &self.file } else { file_name(&self.file) };
        let mut document = document;
        let mut flaws = resolve::bundle(&mut document, own, &mut |name| (self.load)(name))?;
        flaws.retain(|flaw| !matches!(flaw.reason, Reason::Ignored(_)));
        let part =
            self.selection.of_any(document).map_err(|reason| format!("error: {}: {reason}", self.name))?;
        flaws.retain(|flaw| flaw.at.resolve(&part).is_some());
        Ok((part, flaws))
    }

    /// A pointer into the compared document, as it is in the text: the paths have their prefix. None for one into another file.
    pub(crate) fn pointer_in_text(&self, at: &str) -> Option<String> {
        if Pointer::parse(at).is_some_and(|at| resolve::is_in_another_file(&at)) {
            return None;
        }
        let prefix = self.selection.strip_prefix.as_deref().map(|prefix| prefix.trim_end_matches('/'));
        Some(match (prefix, at.strip_prefix("/paths/~1")) {
            (Some(prefix), Some(rest)) => format!("{}~1{rest}", below("/paths", prefix)),
            _ => at.to_owned(),
        })
    }

    /// Problems of its document, a line each.
    pub fn told(&self, problems: &[Problem]) -> String {
        let lines: Vec<String> =
            problems.iter().map(|problem| format!("error: {}{problem}", self.name)).collect();
        lines.join("\n")
    }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
