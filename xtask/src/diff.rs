//! `cargo xtask spec-diff`: what changed between two documents, and whom it breaks.
//! Knows the command line and how findings are told; must not know how they are found.

mod lifecycle;
mod operations;
mod rules;
mod schemas;
mod shape;

use operations::{Change, compare};
use rules::{Direction, Level};

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use relay_rest_codegen::{Problem, Settings, generate, outline, overlaid, parse};
use serde_json::{Value, json};

use crate::check::NO_OVERLAY;
use crate::{build, fetch};

/// What is asked for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The document that callers go by: a file, a URL, a checkout, or a revision of git, alone or as REV:PATH.
    #[arg(value_name = "BASE", default_value = "HEAD")]
    base: String,
    /// The document that they will meet; by default the checkout's.
    #[arg(value_name = "REVISION")]
    revision: Option<String>,
    /// How to print what is found.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Exit with 1 when there is something of this level or worse.
    #[arg(long, value_enum, default_value = "breaking")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Breaking,
    Warning,
    Any,
    Never,
}

/// A document to compare, and the overlay that belongs to it.
pub(crate) struct Side {
    name: String,
    text: String,
    overlay: Option<String>,
}

/// What is found: on the wire, and in the public items of the generated crate.
pub(crate) struct Report {
    changes: Vec<Change>,
    /// The items that are gone and those that are new, or why they are not known.
    items: Result<[Vec<String>; 2], String>,
}

/// Compares and prints. Whether nothing is as bad as it may not be.
///
/// # Errors
/// Why the documents cannot be compared.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool, String> {
    let base = Side::read(root, &options.base)?;
    let revision = options.revision.as_deref().unwrap_or_else(|| root.to_str().unwrap_or("."));
    let report = Report::of(&base, &Side::read(root, revision)?)?;
    match options.format {
        Format::Text => print!("{}", report.text()),
        Format::Json => println!("{:#}", report.json()),
    }
    let worst = report.changes.iter().map(|change| change.finding.level).min();
    let broken = report.items.as_ref().is_ok_and(|[gone, _]| !gone.is_empty());
    Ok(match options.fail_on {
        FailOn::Never => true,
        FailOn::Breaking => worst != Some(Level::Breaking) && !broken,
        FailOn::Warning => worst.is_none_or(|worst| worst > Level::Warning) && !broken,
        FailOn::Any => worst.is_none() && !broken,
    })
}

impl Side {
    pub(crate) fn new(name: &str, text: &str, overlay: Option<&str>) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), overlay: overlay.map(str::to_owned) }
    }

    /// A URL or a file is a document alone; a folder or a revision is a checkout, with its overlay.
    fn read(root: &Path, source: &str) -> Result<Self, String> {
        let failed = |reason: &dyn std::fmt::Display| format!("error: {source}: {reason}");
        let path = Path::new(source);
        if fetch::is_url(source) {
            return Ok(Self::new(source, &fetch::fetch(source)?, None));
        }
        if path.is_dir() {
            let file = |name: &str| {
                fs::read_to_string(path.join(name)).map_err(|error| failed(&format!("{name}: {error}")))
            };
            return Ok(Self::new(source, &file(build::DOCUMENT)?, Some(&file(build::OVERLAY)?)));
        }
        if path.exists() {
            let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
            return Ok(Self::new(source, &text, None));
        }
        let show = |object: &str| {
            let shown = Command::new("git")
                .args(["show", object])
                .current_dir(root)
                .output()
                .map_err(|error| failed(&error))?;
            if !shown.status.success() {
                let reason = String::from_utf8_lossy(&shown.stderr);
                return Err(failed(&format!(
                    "neither a file nor a folder, nor what git knows: {}",
                    reason.trim()
                )));
            }
            String::from_utf8(shown.stdout).map_err(|_| failed(&"it is no UTF-8 text"))
        };
        if source.contains(':') {
            return Ok(Self::new(source, &show(source)?, None));
        }
        let file = |name: &str| show(&format!("{source}:{name}"));
        Ok(Self::new(source, &file(build::DOCUMENT)?, Some(&file(build::OVERLAY)?)))
    }

    /// What travels: the document with its overlay.
    fn document(&self) -> Result<Value, String> {
        let document = match &self.overlay {
            None => parse(&self.text).map_err(|error| format!("error: {}: {error}", self.name))?,
            Some(overlay) => overlaid(&self.text, overlay).map_err(|problems| self.told(&problems))?,
        };
        if document.get("openapi").is_none() {
            return Err(format!("error: {}: it is no OpenAPI document", self.name));
        }
        match foreign(&document, "") {
            Some(at) => {
                Err(format!("error: {}#{at}: it refers to another document; bundle them first", self.name))
            }
            None => Ok(document),
        }
    }

    /// The public items of the generated crate.
    fn items(&self) -> Result<BTreeSet<String>, String> {
        let settings = Settings { skip_unsupported: true, ..build::settings() };
        let generated = generate(&self.text, self.overlay.as_deref().unwrap_or(NO_OVERLAY), &settings);
        let generated = generated.map_err(|problems| self.told(&problems))?;
        let outline = outline(&generated.source).map_err(|error| format!("error: {}: {error}", self.name))?;
        Ok(outline.lines().map(str::to_owned).collect())
    }

    fn told(&self, problems: &[Problem]) -> String {
        let lines: Vec<String> =
            problems.iter().map(|problem| format!("error: {}{problem}", self.name)).collect();
        lines.join("\n")
    }
}

impl Report {
    /// # Errors
    /// Why the documents cannot be compared on the wire. That one gives no client is in the report.
    pub(crate) fn of(base: &Side, revision: &Side) -> Result<Self, String> {
        let changes = compare(&base.document()?, &revision.document()?);
        let items = base.items().and_then(|old| {
            let new = revision.items()?;
            let only = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
            Ok([only(&old, &new), only(&new, &old)])
        });
        Ok(Self { changes, items })
    }

    fn count(&self, level: Level) -> usize {
        self.changes.iter().filter(|change| change.finding.level == level).count()
    }

    /// The version that is due, as semver names its parts, and why.
    fn verdict(&self) -> String {
        let (gone, new) = match &self.items {
            Ok([gone, new]) => (gone.len(), new.len()),
            Err(_) => (0, 0),
        };
        let (breaking, others) = (self.count(Level::Breaking), self.changes.len());
        let due = if breaking + gone > 0 {
            "major"
        } else if others + new > 0 {
            "minor"
        } else {
            "patch"
        };
        let additive = others - breaking + new;
        format!("{due}: {breaking} wire-breaking, {gone} Rust-breaking, {additive} additive")
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for Change { finding, operations } in &self.changes {
            let at = finding.new_at.as_ref().or(finding.old_at.as_ref()).map_or("", String::as_str);
            text.push_str(&format!(
                "{} [{}] {}\n  at #{at}\n",
                level(finding.level),
                finding.id,
                finding.message
            ));
            let named: Vec<&str> = operations.iter().take(5).map(String::as_str).collect();
            let more = operations.len().saturating_sub(named.len());
            if !named.is_empty() {
                text.push_str(&format!(
                    "  in {}{}\n",
                    named.join(", "),
                    if more > 0 { format!(" and {more} more") } else { String::new() }
                ));
            }
        }
        match &self.items {
            Ok([gone, new]) => {
                gone.iter().for_each(|item| text.push_str(&format!("- {item}\n")));
                new.iter().for_each(|item| text.push_str(&format!("+ {item}\n")));
            }
            Err(reason) => {
                text.push_str(&format!("the Rust part is missing, for a side gives no client:\n{reason}\n"))
            }
        }
        text.push_str(&format!("{}\n", self.verdict()));
        text
    }

    fn json(&self) -> Value {
        let changes = self.changes.iter().map(|Change { finding, operations }| {
            json!({
                "level": level(finding.level),
                "id": finding.id,
                "direction": finding.direction.map(direction),
                "operations": operations,
                "pointer": finding.new_at.as_ref().or(finding.old_at.as_ref()),
                "message": finding.message,
                "old": finding.old,
                "new": finding.new,
            })
        });
        let changes: Vec<Value> = changes.collect();
        let items = match &self.items {
            Ok([gone, new]) => json!({ "removed": gone, "added": new }),
            Err(reason) => json!({ "missing": reason }),
        };
        json!({ "version": 1, "changes": changes, "items": items, "verdict": self.verdict() })
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Breaking => "breaking",
        Level::Warning => "warning",
        Level::Info => "info",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Request => "request",
        Direction::Response => "response",
    }
}

/// The first reference that leads out of the document.
fn foreign(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::Object(map) => match map.get("$ref").and_then(Value::as_str) {
            Some(target) if !target.starts_with('#') => Some(at.to_owned()),
            // What is data, and what others have added, may have anything in it.
            _ => map
                .iter()
                .filter(|(key, _)| {
                    !key.starts_with("x-") && !matches!(key.as_str(), "example" | "examples" | "default")
                })
                .find_map(|(key, value)| foreign(value, &shape::below(at, key))),
        },
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| foreign(item, &format!("{at}/{index}")))
        }
        _ => None,
    }
}
