//! `cargo xtask overlay`: what each action of the overlay changes, what it cites (`x-source`), and whether it is still needed.

pub(crate) mod citations;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use relay_rest_codegen::{ActionOutcome, ActionReport, Edit, Overlaid, Pointer, overlaid, parse};
use serde::Deserialize;
use serde_json::Value;

use crate::related::Elsewhere;
use crate::slice::Slice;
use crate::{files, problems, source, vendored};
use output::{out, short};

/// The command line.
#[derive(clap::Args)]
pub(crate) struct OverlayOptions {
    /// Another document to apply the overlay to: a file, a URL, or `upstream`, what the sources of openapi/source.toml
    /// publish now. By default the vendored one.
    #[arg(value_name = "DOCUMENT")]
    document: Option<String>,
    /// The checkout whose overlay is shown; by default the one that xtask was built from.
    #[arg(long, value_name = "PATH")]
    tree: Option<PathBuf>,
}

/// A citation of an action, an item of its `x-source`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    /// A page that can be fetched.
    url: Option<String>,
    /// A source that cannot be fetched: a standard, or a file at a revision.
    document: Option<String>,
    /// The date when it was read, such as `2026-11-22`.
    date: String,
    /// The cited words or figures, exactly as in the source except for white space.
    #[serde(default)]
    says: Vec<String>,
}

impl Source {
    /// Fails unless the source has one location and a valid date.
    fn checked(self) -> Result<Self, String> {
        let is_date = self.date.parse::<toml::value::Datetime>().is_ok_and(|date| date.time.is_none());
        match self.url.is_some() == self.document.is_some() {
            true => Err("expected either a `url` or a `document`".to_owned()),
            false if !is_date => Err(format!("`{}` is not a date such as 2026-11-22", self.date)),
            false => Ok(self),
        }
    }
}

/// Prints a paragraph for each action. Returns whether none must be fixed.
///
/// # Errors
/// The document or the overlay cannot be read.
pub(crate) fn run(root: &Path, options: &OverlayOptions) -> Result<bool, String> {
    let root = options.tree.as_deref().unwrap_or(root);
    let read = |path: &str| files::read_below(root, path);
    let overlay = read(vendored::OVERLAY)?;
    let document = match &options.document {
        None => read(vendored::DOCUMENT)?,
        Some(source) => source::load_side(root, source, &Slice::default(), &Elsewhere::Nothing)?.text,
    };
    let Overlaid { actions, .. } = overlaid(&document, &overlay)
        .map_err(|problems| problems::lines("error", &problems, problems::VENDORED))?;
    let sources = sources(&overlay)?;
    let mut text = String::new();
    for action in &actions {
        let sources: Vec<_> = sources.iter().filter(|(at, _)| *at == action.pointer).collect();
        let _ = writeln!(text, "#{} {}", action.pointer, action.target);
        let _ = writeln!(text, "  {}", action.summary());
        action.edits.iter().for_each(|edit| shown(&mut text, edit));
        for (_, source) in sources {
            let says: Vec<String> = source.says.iter().map(|says| format!(" \"{says}\"")).collect();
            let name = source.url.as_deref().or(source.document.as_deref()).unwrap_or_default();
            let _ = writeln!(text, "  source: {name} ({}){}", source.date, says.join(","));
        }
        let _ = writeln!(text, "  {}\n", state(action));
    }
    let is_skipped = |action: &&ActionReport| matches!(action.outcome, ActionOutcome::Skipped { .. });
    let skipped = actions.iter().filter(is_skipped).count();
    let unfit: Vec<_> = actions.iter().filter(|action| action.problem().is_some()).collect();
    for action in &unfit {
        let _ = writeln!(text, "to fix: #{} {}", action.pointer, action.target);
    }
    let _ = writeln!(text, "{} actions, {skipped} skipped, {} to fix", actions.len(), unfit.len());
    out(&text);
    Ok(unfit.is_empty())
}

/// Whether an action is still needed.
fn state(action: &ActionReport) -> String {
    match &action.outcome {
        ActionOutcome::Applied if action.redundant.is_empty() => "needed".to_owned(),
        ActionOutcome::Applied => {
            let at: Vec<String> = action.redundant.iter().map(|at| format!("#{at}")).collect();
            format!("needed in part: the document says the same at {}", at.join(", "))
        }
        ActionOutcome::Skipped { unless } => format!("skipped: the document has `{unless}`"),
        ActionOutcome::Stale(reason) => format!("stale: it {reason}"),
        ActionOutcome::Unexpected(reason) => format!("to fix: it {reason}"),
        ActionOutcome::Invalid(reason) => format!("invalid: it {reason}"),
        other => format!("{other:?}"),
    }
}

fn shown(text: &mut String, edit: &Edit) {
    const LONGEST: usize = 100;
    let at = &edit.pointer;
    let _ = match (&edit.old, &edit.new) {
        (None, Some(new)) => writeln!(text, "  + #{at}: {}", short(new, LONGEST)),
        (Some(old), None) => writeln!(text, "  - #{at}: {}", short(old, LONGEST)),
        (Some(old), Some(new)) => {
            writeln!(text, "  ~ #{at}: {} becomes {}", short(old, LONGEST), short(new, LONGEST))
        }
        (None, None) => Ok(()),
    };
}

/// The sources of all actions, each with the location of its action.
///
/// # Errors
/// An action has an `x-source` that cannot be read.
fn sources(overlay: &str) -> Result<Vec<(Pointer, Source)>, String> {
    let overlay = parse(overlay).map_err(|error| format!("error: {}: {error}", vendored::OVERLAY))?;
    let mut all = Vec::new();
    for (index, action) in overlay["actions"].as_array().into_iter().flatten().enumerate() {
        let action_at = Pointer::of(["actions", &index.to_string()]);
        let list = match action.get("x-source") {
            None => continue,
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
        };
        for source in list {
            let source = Source::deserialize(source).map_err(|error| error.to_string());
            let source = source.and_then(Source::checked);
            let source = source
                .map_err(|reason| format!("error: {}#{action_at}/x-source: {reason}", vendored::OVERLAY))?;
            all.push((action_at.clone(), source));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAY: &str = include_str!("../../openapi/overlay.yaml");

    #[test]
    fn every_action_of_the_overlay_has_a_source() {
        let sources = sources(OVERLAY).expect("they can be read");
        let overlay = parse(OVERLAY).expect("YAML");
        for index in 0..overlay["actions"].as_array().map_or(0, Vec::len) {
            let at = Pointer::of(["actions", &index.to_string()]);
            assert!(sources.iter().any(|(of, _)| *of == at), "#{at} has no x-source");
        }
        for (at, source) in &sources {
            assert!(source.url.is_none() || !source.says.is_empty(), "#{at} cites nothing of its page");
            for says in &source.says {
                // Quotes are short, because the pages are not ours to copy.
                assert!(says.split_whitespace().count() <= 6 && says.len() <= 60, "#{at}: {says}");
            }
        }
    }

    #[test]
    fn an_invalid_source_is_reported_with_its_action() {
        for (source, reason) in [
            ("{date: 2026-11-22}", "expected either a `url` or a `document`"),
            ("{url: 'https://x.example', document: d, date: 2026-11-22}", "expected either a `url`"),
            ("{url: 'https://x.example'}", "missing field `date`"),
            ("{url: 'https://x.example', date: 2026-11-22, say: [a]}", "unknown field `say`"),
            ("{document: d, date: yesterday}", "is not a date"),
        ] {
            let error = sources(&format!("{{actions: [{{}}, {{x-source: {source}}}]}}")).expect_err(source);
            assert!(error.starts_with("error: openapi/overlay.yaml#/actions/1/x-source: "), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }
}
