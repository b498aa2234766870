//! `cargo xtask spec-diff`: loads two documents, compares them, and prints the report.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use spec_diff::print::{self, Refusal, View};
use spec_diff::{Bump, Level, Report, RustComparison, Settings, Side, rules, version};

use crate::related::{Elsewhere, External};
use crate::slice::Slice;
use crate::{apply, generator, source};
use output::{errln, escaped, json, out, raw};
use relay_rest_codegen::document::Selection;

/// The default path of the settings.
const SETTINGS: &str = "spec-diff.toml";
/// The environment variable with the file that GitHub shows below the log of a step.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// GitHub rejects larger summaries; other commands of the step may have written some.
const MOST_OF_SUMMARY: usize = 900 << 10;
const UNKNOWN: &str = "the Rust API was not compared, so the required version is unknown";

/// The command line.
#[derive(clap::Args)]
pub(crate) struct SpecDiffOptions {
    /// The document that clients were written for: a file, `-` for standard input, a URL, a checkout, a revision of git, alone or as
    /// REV:PATH, the same of another repository (FOLDER@REV:PATH), or `upstream`.
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
    /// Write the version that is due, counted from that of BASE, into Cargo.toml and Cargo.lock of the checkout REVISION, and what
    /// changed into CHANGELOG.md. Breaking changes are then allowed, unless --fail-on is given.
    #[arg(long)]
    apply: bool,
    /// Show changes of documentation: descriptions, examples, names.
    #[arg(long)]
    docs: bool,
    /// Show changes of this level and worse. All count for the verdict and the exit code.
    #[arg(long, value_enum, default_value = "info")]
    level: Least,
    /// Whether to compare the generated Rust too.
    #[arg(long, value_enum, default_value = "always")]
    rust: Rust,
    /// Compare operations whose path begins with these segments, such as /mfa.
    #[arg(long, value_name = "PREFIX")]
    paths: Vec<String>,
    /// Compare operations whose path has a match of this regular expression, such as ^/v2/.
    #[arg(long, value_name = "REGEX")]
    match_path: Option<String>,
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
    Html,
    Github,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Least {
    Breaking,
    Warning,
    Info,
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
    if options.base == source::STANDARD_INPUT && options.revision.as_deref() == Some(source::STANDARD_INPUT) {
        return Err("error: only one side can be standard input".to_owned());
    }
    let slice = |prefix: &Option<String>| Slice {
        paths: options.paths.clone(),
        tags: options.tags.clone(),
        strip_prefix: prefix.clone(),
        ..Slice::default()
    };
    let settings = match &options.settings {
        Some(path) => settings(path, true)?,
        None => settings(&root.join(SETTINGS), false)?,
    };
    let revision_name = options.revision.as_deref().unwrap_or_else(|| root.to_str().unwrap_or("."));
    let load = |source: &str, prefix: &Option<String>| {
        let elsewhere = Elsewhere::Allowed(options.allow_external_refs.clone());
        let side = source::load_side(root, source, &slice(prefix), &elsewhere)?;
        let selection = Selection { path_pattern: options.match_path.clone(), ..side.selection };
        Ok::<_, String>(Side { selection, ..side })
    };
    let base = load(&options.base, &options.strip_prefix_base)?;
    let revision = load(revision_name, &options.strip_prefix_revision)?;
    let generator = generator::settings();
    let generator = Some(&generator).filter(|_| options.rust == Rust::Always);
    let report = Report::of(&base, &revision, &settings, generator)?;
    let applied = options.apply.then(|| applied(&base, revision_name, &report)).transpose()?;
    let refusal =
        if options.require_bump && !options.apply { refusal(&base, &revision, &report)? } else { None };
    print(options, &report, refusal.as_ref())?;
    applied.iter().flatten().for_each(|line| errln!("wrote {line}"));
    let are_trees = base.manifest.is_some() && revision.manifest.is_some();
    let breaks_items = are_trees && report.bump_of_items() == Some(Bump::Major);
    let is_at_least = |level: Level| report.worst().is_some_and(|worst| worst <= level) || breaks_items;
    let allows_breaks = options.require_bump || options.apply;
    let fail_on = options.fail_on.unwrap_or(if allows_breaks { FailOn::Never } else { FailOn::Breaking });
    let is_good = match fail_on {
        FailOn::Never => true,
        FailOn::Breaking => !is_at_least(Level::Breaking),
        FailOn::Warning => !is_at_least(Level::Warning),
        FailOn::Any => report.worst().is_none() && report.bump_of_items().is_none(),
    };
    Ok(is_good && refusal.is_none())
}

/// Prints the report, and the refusal where its readers look for errors.
///
/// # Errors
/// The summary of the step cannot be written.
fn print(options: &SpecDiffOptions, report: &Report, refusal: Option<&Refusal>) -> Result<(), String> {
    let least = match options.level {
        Least::Breaking => Level::Breaking,
        Least::Warning => Level::Warning,
        Least::Info => Level::Info,
    };
    let view = View { docs: options.docs, least, ..View::default() };
    match options.format {
        Format::Text => out(&print::text(report, view)),
        Format::Json => json(&print::json(report, view)),
        Format::Markdown => out(&print::markdown(report, view)),
        Format::Html => out(&print::html(report, view)),
        Format::Github => {
            raw(&print::github(report, view, refusal));
            summarize(report, view)?;
        }
    }
    if let Some(refusal) = refusal.filter(|_| options.format != Format::Github) {
        errln!("error: {}", refusal.message);
    }
    Ok(())
}

/// Appends the whole report to the summary of the step, if GitHub runs this.
fn summarize(report: &Report, view: View) -> Result<(), String> {
    let Some(path) = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()) else { return Ok(()) };
    let mut text = escaped(&print::markdown(report, View { most: usize::MAX, ..view }));
    if text.len() > MOST_OF_SUMMARY {
        text = escaped(&print::markdown(report, view));
    }
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("error: {SUMMARY}: {error}"))
}

/// Writes the version and the changelog into the checkout. Returns a line for each file that changed.
fn applied(base: &Side, revision: &str, report: &Report) -> Result<Vec<String>, String> {
    let tree = Path::new(revision);
    if !tree.is_dir() {
        return Err(format!("error: {revision}: --apply writes into a checkout, and this is not one"));
    }
    if let RustComparison::Failed(reason) = &report.rust {
        return Err(format!("{reason}\nerror: {UNKNOWN}"));
    }
    apply::apply(tree, &version_of(base)?, report)
}

fn version_of(side: &Side) -> Result<semver::Version, String> {
    let manifest = side.manifest.as_ref().ok_or("not a checkout or a revision, so it has no version");
    manifest
        .map_err(ToOwned::to_owned)
        .and_then(|manifest| version::version(manifest))
        .map_err(|reason| format!("error: {}: {reason}", side.name))
}

/// Why the version was not raised as much as the changes require; none if it was.
fn refusal(base: &Side, revision: &Side, report: &Report) -> Result<Option<Refusal>, String> {
    let (old, new) = (version_of(base)?, version_of(revision)?);
    let line = revision.manifest.as_deref().map_or(1, apply::line_of_version);
    let refusal = |message: String| Some(Refusal { file: apply::MANIFEST.to_owned(), line, message });
    if let RustComparison::Failed(reason) = &report.rust {
        return Ok(refusal(format!("{UNKNOWN}:\n{reason}")));
    }
    let least = version::least(&old, report.due());
    if new >= least {
        return Ok(None);
    }
    let verdict = report.verdict();
    Ok(refusal(format!("the version is {new}, and it must be at least {least}: it was {old}, and {verdict}")))
}

/// Reads the settings. A missing file means the defaults, unless it `must_exist`.
///
/// # Errors
/// The file cannot be read, is invalid, or names unknown rules.
fn settings(path: &Path, must_exist: bool) -> Result<Settings, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {}: {reason}", path.display());
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Ok(Settings::default()),
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
