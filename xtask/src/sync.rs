//! `cargo xtask sync`: updates the vendored document if the crate builds with the new one; otherwise changes nothing.

mod lock;
mod merge;
mod page;
mod record;
mod replace;
mod shipped;
mod sources;
mod stage;
mod tree;

use std::path::{Path, PathBuf};

use relay_rest_codegen::{Generated, Input, Problem, overlaid};
use similar::{ChangeTag, TextDiff};

use self::record::{Fetched, Record, hash};
use self::replace::Replacer;
pub(crate) use self::shipped::{GenerateOptions, Shipped, generate};
use self::shipped::{folder, name};
use self::sources::DocumentRequest;
use self::stage::Change;
use spec_diff::print::{self, View};
use spec_diff::{Overlay, Report, Settings, Side};

use crate::overlay::citations;
use crate::slice::Slice;
use crate::{files, generator, problems, vendored};
use output::{err, errln, out, outln};

/// The path of the record.
const SOURCE: &str = "openapi/source.toml";

/// The files that are replaced.
const FILES: [&str; 4] = [vendored::DOCUMENT, SOURCE, vendored::CLIENT, vendored::MOCKS];

/// The command line.
#[derive(clap::Args)]
pub(crate) struct SyncOptions {
    /// Where the document is published: a page, an index of pages or a document, by URL or path; `-` reads standard input.
    /// Several are merged. Without it, the sources of openapi/source.toml.
    #[arg(long = "source", value_name = "URL|PATH")]
    sources: Vec<String>,
    /// Follow only links of an index that match this pattern, such as '*/multi-factor-authentication/*'.
    #[arg(long, value_name = "GLOB")]
    select: Option<String>,
    #[command(flatten)]
    slice: Slice,
    /// Write nothing, and exit with 2 if the published document differs from the vendored one, with 3 if the overlay does not
    /// apply to it. The crate is not compiled.
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Also check that the pages that the overlay cites still contain the quoted words; exit with 4 if one does not.
    // `requires` alone is not enough: clap does not enforce it if another given option conflicts with `--check`.
    #[arg(long, requires = "check", conflicts_with_all = ["anyway", "dry_run"])]
    citations: bool,
    /// Write nothing, and print what would change.
    #[arg(long)]
    dry_run: bool,
    /// Do not type-check the crate with the new document.
    #[arg(long)]
    no_check: bool,
    /// Vendor the document even if the overlay does not apply to it or the crate does not compile with it. The build fails until
    /// that is fixed.
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    anyway: bool,
    /// Replace the vendored document although it was edited by hand.
    #[arg(long)]
    force: bool,
    /// The checkout to bring up to date; by default the one that xtask was built from.
    #[arg(long, value_name = "PATH")]
    tree: Option<PathBuf>,
}

/// The outcome of a sync.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The vendored document is up to date, was updated, or would be without `--dry-run`.
    Done,
    /// `--check`: the published document differs.
    Differs,
    /// The published document differs, and the overlay or the code must be fixed first.
    Blocked,
    /// A page no longer has words that the overlay cites.
    CitationGone,
}

/// The files of the vendored document.
struct Vendored {
    folder: PathBuf,
    document: String,
    overlay: String,
    record: Record,
    /// The text of the record.
    source: String,
    shipped: Shipped,
}

/// Updates the vendored document.
///
/// # Errors
/// The document cannot be fetched, read or written. The message says whether anything was changed.
pub(crate) fn run(root: &Path, options: SyncOptions) -> Result<Outcome, String> {
    let root = options.tree.as_deref().unwrap_or(root);
    // Locks before reading, so that no other sync replaces the files in between.
    let replacer = match options.check || options.dry_run {
        true => None,
        false => {
            let (replacer, warnings) = Replacer::new(&folder(root), &FILES.map(name))?;
            warnings.iter().for_each(|warning| errln!("{warning}"));
            Some(replacer)
        }
    };
    let vendored = Vendored::read(root)?;
    if !vendored.is_recorded() && !options.force {
        let edited = format!(
            "{}: does not have the hash in {SOURCE}: it was edited by hand; put corrections in {} and restore the document with git",
            vendored::DOCUMENT,
            vendored::OVERLAY
        );
        if !options.check {
            return Err(format!("error: {edited}, or pass --force to replace it; nothing was changed"));
        }
        errln!("warning: {edited}");
    }
    let request = options.request(&vendored.record);
    let outcome = match request.document(&vendored.record, &vendored.document)? {
        Some((document, fetched)) if document != vendored.document || !vendored.is_recorded() => {
            update(root, &options, request, &vendored, document, fetched, replacer)?
        }
        _ => {
            outln!("nothing changed");
            Outcome::Done
        }
    };
    if options.citations && !citations::check(&vendored.overlay)? {
        return Ok(Outcome::CitationGone);
    }
    Ok(outcome)
}

/// Vendors a document that differs from the vendored one, or prints what would change.
fn update(
    root: &Path,
    options: &SyncOptions,
    request: DocumentRequest,
    vendored: &Vendored,
    document: String,
    fetched: Vec<Fetched>,
    replacer: Option<Replacer>,
) -> Result<Outcome, String> {
    let fit = fit(&document, &vendored.overlay)?;
    out(&changes(vendored, &document, !matches!(fit, Fit::OverlayMismatch(_))));
    let is_local = |source: &&String| Path::new(source).is_absolute() || source.starts_with("..");
    let local: Vec<String> = request.sources.iter().filter(is_local).cloned().collect();
    let is_piped = request.sources.iter().any(|source| source == "-");
    let record = Record {
        sha256: hash(&document),
        sources: request.sources,
        select: request.select,
        slice: request.slice,
        fetched,
    };
    let record = record.write().map_err(|error| format!("error: {}: {error}", SOURCE))?;
    let mut files = vec![
        Change { name: name(vendored::DOCUMENT), old: &vendored.document, new: &document },
        Change { name: name(SOURCE), old: &vendored.source, new: &record },
    ];
    // Where no client can be generated, the old one stays, and no longer fits the document: the build fails with both.
    let shipped;
    let obstacle = match fit {
        Fit::OverlayMismatch(reason) | Fit::NoClient(reason) => Some(reason),
        Fit::Client { relaxed, generated } => {
            shipped = Shipped::of([&document, &vendored.overlay], &generated)?;
            files.extend(vendored.shipped.changes(&shipped));
            let is_compiled = !options.check && !options.no_check;
            let checked = is_compiled.then(|| {
                errln!("checking that the crate compiles with the published document");
                tree::check(root, &vendored.folder, &files)
            });
            err(&relaxed);
            checked.and_then(Result::err)
        }
    };
    let until = if obstacle.is_some() { "; the build fails until the errors above are fixed" } else { "" };
    if let Some(obstacle) = obstacle {
        if !options.anyway {
            errln!(
                "{obstacle}; nothing was changed (`cargo xtask sync --anyway` vendors the document first)"
            );
            return Ok(Outcome::Blocked);
        }
        errln!("{obstacle}");
    }
    if options.check {
        outln!("the published document differs from the vendored one");
        return Ok(Outcome::Differs);
    }
    let Some(replacer) = replacer else { return Ok(Outcome::Done) };
    for source in local {
        errln!("warning: {source} is recorded in {SOURCE}, but exists only on this machine");
    }
    if is_piped {
        errln!(
            "warning: standard input is recorded in {SOURCE}: `cargo xtask sync` reads it again unless --source is given"
        );
    }
    for warning in replacer.replace(&files)? {
        errln!("{warning}");
    }
    outln!("{} is up to date{until}", vendored::DOCUMENT);
    Ok(Outcome::Done)
}

/// What can be generated from a document; the strings are messages.
enum Fit {
    /// A client, with the relaxed constraints.
    Client { relaxed: String, generated: Box<Generated> },
    /// Actions of the overlay do not apply.
    OverlayMismatch(String),
    /// The document has an unsupported construct.
    NoClient(String),
}

/// Tries to generate a client from a document with the overlay.
///
/// # Errors
/// It is not an OpenAPI document.
fn fit(document: &str, overlay: &str) -> Result<Fit, String> {
    let is_ours = |problems: &[Problem]| problems.iter().all(|problem| problem.input == Input::Overlay);
    if let Err(problems) = overlaid(document, overlay)
        && !is_ours(&problems)
    {
        let problems: String =
            problems.iter().map(|problem| format!("error: the published document{problem}\n")).collect();
        return Err(format!("{problems}error: the published document is invalid; nothing was changed"));
    }
    let lines = |label: &str, problems: &[Problem]| problems::lines(label, problems, problems::VENDORED);
    Ok(match relay_rest_codegen::generate(document, overlay, &generator::settings()) {
        Ok(generated) => {
            Fit::Client { relaxed: lines("relaxed", &generated.problems), generated: Box::new(generated) }
        }
        Err(problems) if is_ours(&problems) => Fit::OverlayMismatch(format!(
            "{}error: these actions of the overlay do not fit the published document: fix them",
            lines("error", &problems)
        )),
        Err(problems) => Fit::NoClient(format!(
            "{}error: no client can be generated from the published document",
            lines("error", &problems)
        )),
    })
}

/// Returns the document as its sources publish it now.
///
/// # Errors
/// It cannot be fetched or read.
pub(crate) fn published(root: &Path) -> Result<String, String> {
    let vendored = Vendored::read(root)?;
    let request = DocumentRequest::recorded(&vendored.record);
    // None: every server responded that nothing changed.
    Ok(request
        .document(&vendored.record, &vendored.document)?
        .map_or(vendored.document, |(document, _)| document))
}

impl SyncOptions {
    /// Combines the command line with the record. The recorded selection and slice apply only to the recorded sources.
    fn request(&self, record: &Record) -> DocumentRequest {
        let (select, slice) = (self.select.clone(), self.slice.clone());
        if !self.sources.is_empty() {
            return DocumentRequest { sources: self.sources.clone(), select, slice };
        }
        let recorded = DocumentRequest::recorded(record);
        let slice = if slice.is_whole() { recorded.slice } else { slice };
        DocumentRequest { sources: recorded.sources, select: select.or(recorded.select), slice }
    }
}

impl Vendored {
    /// Reads the files. Reads them again if they do not belong together, because another sync may be replacing them.
    fn read(root: &Path) -> Result<Self, String> {
        const ATTEMPTS: usize = 3;
        let mut read = Self::read_once(root);
        for _ in 1..ATTEMPTS {
            if read.as_ref().is_ok_and(Self::is_recorded) {
                break;
            }
            read = Self::read_once(root);
        }
        read
    }

    fn read_once(root: &Path) -> Result<Self, String> {
        let read = |path: &str| files::read_below(root, path);
        let source = read(SOURCE)?;
        let record = Record::parse(&source).map_err(|error| format!("error: {}: {error}", SOURCE))?;
        let (document, overlay) = (read(vendored::DOCUMENT)?, read(vendored::OVERLAY)?);
        Ok(Self { folder: folder(root), document, overlay, record, source, shipped: Shipped::read(root)? })
    }

    /// Whether the document has the recorded hash.
    fn is_recorded(&self) -> bool {
        self.record.sha256 == hash(&self.document)
    }
}

/// Reports the changes for clients and the number of changed lines; without the overlay if it does not apply.
fn changes(vendored: &Vendored, document: &str, with_overlay: bool) -> String {
    let side = |name: &str, document: &str| {
        let overlay = Overlay { file: vendored::OVERLAY.to_owned(), text: vendored.overlay.clone() };
        Side { overlay: Some(overlay).filter(|_| with_overlay), ..Side::new(name, document) }
    };
    let (old, new) =
        (side("the vendored document", &vendored.document), side("the published document", document));
    let generator = generator::settings();
    let generator = Some(&generator).filter(|_| with_overlay);
    let report = Report::of(&old, &new, &Settings::default(), generator);
    let mut text =
        report.map_or_else(|reason| format!("{reason}\n"), |report| print::text(&report, View::default()));
    if !with_overlay {
        text.push_str("(compared as published, because the overlay does not fit the published document)\n");
    }
    let lines = TextDiff::from_lines(vendored.document.as_str(), document);
    let count = |tag| lines.iter_all_changes().filter(|change| change.tag() == tag).count();
    let (more, less) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
    text.push_str(&format!("the document: {more} lines added, {less} lines removed\n"));
    text
}
