//! `cargo xtask spec-diff`: loads two documents, compares them, and prints the report.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::json;
use spec_diff::{Bump, Level, Report, RustComparison, Settings, Side, print, rules, version};

use crate::related::External;
use crate::slice::Slice;
use crate::{generator, source};
use output::{errln, json, out, raw};

/// The default path of the settings.
const SETTINGS: &str = "spec-diff.toml";

/// The command line.
#[derive(clap::Args)]
pub(crate) struct SpecDiffOptions {
    /// The document that clients were written for: a file, a URL, a checkout, a revision of git, alone or as REV:PATH, or `upstream`.
    #[arg(value_name = "BASE", default_value = "HEAD")]
    base: String,
    /// The document to compare it with; by default the checkout's.
    #[arg(value_name = "REVISION")]
    revision: Option<String>,
    /// The format of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Exit with 1 if there is a change of this level or worse; by default `breaking`. Between two checkouts or revisions, a
    /// change that breaks the Rust API is breaking too.
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    /// Exit with 1 unless the version in Cargo.toml was raised as much as the changes require. Breaking changes are then allowed,
    /// unless --fail-on is given.
    #[arg(long)]
    require_bump: bool,
    /// Show changes of documentation: descriptions, examples, names.
    #[arg(long)]
    docs: bool,
    /// Whether to compare the generated Rust too.
    #[arg(long, value_enum, default_value = "always")]
    rust: Rust,
    /// Compare operations whose path begins with these segments, such as /mfa.
    #[arg(long, value_name = "PREFIX")]
    paths: Vec<String>,
    /// Compare operations with one of these tags.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
    /// Move this prefix of every path of BASE into the URL of its server.
    #[arg(long, value_name = "PREFIX")]
    strip_prefix_base: Option<String>,
    /// Move this prefix of every path of REVISION into the URL of its server.
    #[arg(long, value_name = "PREFIX")]
    strip_prefix_revision: Option<String>,
    /// Read the files that a document refers to from this folder or origin, too: by default only from its own folder or host.
    #[arg(long, value_name = "FOLDER|URL", value_parser = External::parse)]
    allow_external_refs: Vec<External>,
    /// Levels of rules and accepted findings; by default spec-diff.toml of the checkout.
    #[arg(long, value_name = "PATH")]
    settings: Option<PathBuf>,
    /// List all rules with their levels, and compare nothing.
    #[arg(long)]
    rules: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
    Github,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Breaking,
    Warning,
    Any,
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rust {
    Always,
    Never,
}

/// Compares two documents and prints the report. Returns whether `--fail-on` and `--require-bump` are satisfied.
///
/// # Errors
/// The documents cannot be loaded or compared.
pub(crate) fn run(root: &Path, options: &SpecDiffOptions) -> Result<bool, String> {
    if options.rules {
        out(&all_rules(options.format));
        return Ok(true);
    }
    let slice = |prefix: &Option<String>| Slice {
        paths: options.paths.clone(),
        tags: options.tags.clone(),
        strip_prefix: prefix.clone(),
        ..Slice::default()
    };
    let settings = match &options.settings {
        Some(path) if !path.exists() => return Err(format!("error: {}: no such file", path.display())),
        Some(path) => settings(path)?,
        None => settings(&root.join(SETTINGS))?,
    };
    let revision = options.revision.as_deref().unwrap_or_else(|| root.to_str().unwrap_or("."));
    let load = |source: &str, prefix: &Option<String>| {
        source::load_side(root, source, &slice(prefix), &options.allow_external_refs)
    };
    let base = load(&options.base, &options.strip_prefix_base)?;
    let revision = load(revision, &options.strip_prefix_revision)?;
    let generator = generator::settings();
    let generator = Some(&generator).filter(|_| options.rust == Rust::Always);
    let report = Report::of(&base, &revision, &settings, generator)?;
    let docs = options.docs;
    match options.format {
        Format::Text => out(&print::text(&report, docs)),
        Format::Json => json(&print::json(&report, docs)),
        Format::Markdown => out(&print::markdown(&report, docs)),
        Format::Github => raw(&print::github(&report, docs)),
    }
    let is_high_enough = !options.require_bump || is_raised(&base, &revision, &report)?;
    let are_trees = base.manifest.is_some() && revision.manifest.is_some();
    let breaks_items = are_trees && report.bump_of_items() == Some(Bump::Major);
    let is_at_least = |level: Level| report.worst().is_some_and(|worst| worst <= level) || breaks_items;
    let fail_on =
        options.fail_on.unwrap_or(if options.require_bump { FailOn::Never } else { FailOn::Breaking });
    let is_good = match fail_on {
        FailOn::Never => true,
        FailOn::Breaking => !is_at_least(Level::Breaking),
        FailOn::Warning => !is_at_least(Level::Warning),
        FailOn::Any => report.worst().is_none() && report.bump_of_items().is_none(),
    };
    Ok(is_good && is_high_enough)
}

/// Whether the version was raised as much as the changes require; prints an error if not.
fn is_raised(base: &Side, revision: &Side, report: &Report) -> Result<bool, String> {
    let version = |side: &Side| {
        let manifest = side.manifest.as_ref().ok_or("not a checkout or a revision, so it has no version");
        manifest
            .map_err(ToOwned::to_owned)
            .and_then(|manifest| version::version(manifest))
            .map_err(|reason| format!("error: {}: {reason}", side.name))
    };
    let (old, new) = (version(base)?, version(revision)?);
    if let RustComparison::Failed(reason) = &report.rust {
        errln!("{reason}\nerror: the Rust API was not compared, so the required version is unknown");
        return Ok(false);
    }
    let least = version::least(&old, report.due());
    if new < least {
        errln!(
            "error: the version is {new}, and it must be at least {least}: it was {old}, and {}",
            report.verdict()
        );
    }
    Ok(new >= least)
}

/// Reads the settings. A missing file means the defaults.
///
/// # Errors
/// The file cannot be read, is invalid, or names unknown rules.
pub(crate) fn settings(path: &Path) -> Result<Settings, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {}: {reason}", path.display());
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(failed(&error)),
        Ok(text) => Settings::parse(&text).map_err(|reason| failed(&reason.trim_end())),
    }
}

/// Lists the rules: id, level, and why they matter.
fn all_rules(format: Format) -> String {
    if format == Format::Json {
        let rules = rules().into_iter().map(
            |(id, name, level, why)| json!({ "id": id, "rule": name, "level": level.name(), "why": why }),
        );
        return format!("{:#}\n", json!(rules.collect::<Vec<_>>()));
    }
    rules().iter().map(|(id, _, level, why)| format!("{id} {}: {why}\n", level.name())).collect()
}
