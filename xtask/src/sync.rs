//! `cargo xtask sync`: brings the vendored document up to date, and leaves a tree that builds or all as it was.
//! Knows the order of things; must not know how any of them is done.

mod merge;
mod page;
mod record;
mod replace;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use relay_rest_codegen::{generate, parse};
use similar::{ChangeTag, TextDiff};
use url::Url;

use self::merge::Named;
use self::page::Form;
use self::record::{Fetched, Record, hash};
use self::tree::Tree;
use crate::diff::{Report, Settings, Side, print};
use crate::fetch::{self, Found, Wanted};
use crate::slice::Slice;
use crate::{build, told};

/// Where the record is, in the folder of the document.
const SOURCE: &str = "openapi/source.toml";

/// What is asked for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the document is published: a page, an index of pages or a document, by URL or path; `-` reads standard input.
    /// Several are merged. Without it, the sources of openapi/source.toml.
    #[arg(long = "source", value_name = "URL|PATH")]
    sources: Vec<String>,
    /// Which links of an index are followed, such as '*/multi-factor-authentication/*'.
    #[arg(long, value_name = "GLOB")]
    select: Option<String>,
    #[command(flatten)]
    slice: Slice,
    /// Write nothing, and exit with 2 when the published document is another one.
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Write nothing, and print what would change.
    #[arg(long)]
    dry_run: bool,
    /// Do not type-check the crate with the new document.
    #[arg(long)]
    no_check: bool,
    /// The checkout to bring up to date; by default the one that xtask was built from.
    #[arg(long, value_name = "PATH")]
    tree: Option<PathBuf>,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The vendored document is the published one, or was made so, or would be.
    Done,
    /// The published document is another one, and it was only looked.
    Differs,
}

/// The files of the vendored document.
struct Vendored {
    folder: PathBuf,
    document: String,
    overlay: String,
    record: Record,
}

/// Brings the document up to date.
///
/// # Errors
/// Why nothing was changed.
pub(crate) fn run(root: &Path, options: Options) -> Result<Outcome, String> {
    let root = options.tree.as_deref().unwrap_or(root);
    let vendored = Vendored::read(root)?;
    let asked = Asked::of(&options, &vendored.record);
    let Some((document, fetched)) = asked.document(&vendored)? else {
        println!("nothing changed");
        return Ok(Outcome::Done);
    };
    if document == vendored.document {
        println!("nothing changed");
        return Ok(Outcome::Done);
    }
    let generated = generate(&document, &vendored.overlay, &build::settings()).map_err(|problems| {
        format!(
            "{}error: the published document gives no client; nothing was changed",
            told("error", &problems)
        )
    })?;
    let changes = changes(&vendored, &document);
    if options.check {
        println!("{changes}the published document is not the vendored one");
        return Ok(Outcome::Differs);
    }
    let record = Record {
        sha256: hash(&document),
        sources: asked.sources,
        select: asked.select,
        slice: asked.slice,
        fetched,
    };
    let record = record.write().map_err(|error| format!("error: {}: {error}", SOURCE))?;
    let files = [(name(build::DOCUMENT), document.as_str()), (name(SOURCE), record.as_str())];
    if !options.no_check {
        Tree::new(root, &vendored.folder, &files)?.check()?;
    }
    eprint!("{}", told("relaxed", &generated.problems));
    if options.dry_run {
        print!("{changes}");
        return Ok(Outcome::Done);
    }
    replace::replace(&vendored.folder, &files)
        .map_err(|error| format!("error: {}: {error}; nothing was changed", vendored.folder.display()))?;
    print!("{changes}");
    println!("{} is up to date", build::DOCUMENT);
    Ok(Outcome::Done)
}

/// The document as its sources publish it now.
///
/// # Errors
/// Why it cannot be had.
pub(crate) fn published(root: &Path) -> Result<String, String> {
    let vendored = Vendored::read(root)?;
    let asked = Asked {
        sources: vendored.record.sources.clone(),
        select: vendored.record.select.clone(),
        slice: vendored.record.slice.clone(),
    };
    // What has not changed is what is vendored.
    Ok(asked.document(&vendored)?.map_or(vendored.document, |(document, _)| document))
}

impl Vendored {
    fn read(root: &Path) -> Result<Self, String> {
        let read = |path: &str| {
            fs::read_to_string(root.join(path)).map_err(|error| format!("error: {path}: {error}"))
        };
        let record = Record::read(&read(SOURCE)?).map_err(|error| format!("error: {}: {error}", SOURCE))?;
        let folder = root.join(build::DOCUMENT).parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { folder, document: read(build::DOCUMENT)?, overlay: read(build::OVERLAY)?, record })
    }
}

/// The sources and what is wanted of them.
struct Asked {
    sources: Vec<String>,
    select: Option<String>,
    slice: Slice,
}

/// A text as it came, and what people call it.
struct Text {
    name: String,
    etag: Option<String>,
    text: String,
}

impl Asked {
    /// What the command line says, and otherwise the record. Other sources are cut in another way.
    fn of(options: &Options, record: &Record) -> Self {
        let (select, slice) = (options.select.clone(), options.slice.clone());
        if !options.sources.is_empty() {
            return Self { sources: options.sources.clone(), select, slice };
        }
        let slice = if slice.is_whole() { record.slice.clone() } else { slice };
        Self { sources: record.sources.clone(), select: select.or_else(|| record.select.clone()), slice }
    }

    /// The published document and what it was made of; nothing where every server says that nothing has changed.
    fn document(&self, vendored: &Vendored) -> Result<Option<(String, Vec<Fetched>)>, String> {
        if self.is_unchanged(vendored)? {
            return Ok(None);
        }
        let mut texts = Vec::new();
        let mut documents = Vec::new();
        for text in read(self.sources.clone())? {
            match form(&text)? {
                Form::Document(document) => documents.push((text.name.clone(), document.to_owned())),
                Form::Index(links) => {
                    for page in read(self.selected(&text.name, &links)?)? {
                        match form(&page)? {
                            Form::Document(document) => {
                                documents.push((page.name.clone(), document.to_owned()))
                            }
                            Form::Index(_) => {
                                return Err(format!("error: {}: it is an index in an index", page.name));
                            }
                        }
                        texts.push(page);
                    }
                }
            }
            texts.push(text);
        }
        let document = self.united(documents)?;
        let fetched = texts.into_iter().map(|text| Fetched::new(text.name, text.etag, &text.text)).collect();
        Ok(Some((document, fetched)))
    }

    /// Whether the record is of the same request and all of its servers answer 304.
    fn is_unchanged(&self, vendored: &Vendored) -> Result<bool, String> {
        let record = &vendored.record;
        let is_same = self.sources == record.sources
            && self.select == record.select
            && self.slice == record.slice
            && record.sha256 == hash(&vendored.document);
        let has_tag = |fetched: &Fetched| fetched.etag.is_some() && fetch::is_url(&fetched.url);
        if !is_same || record.fetched.is_empty() || !record.fetched.iter().all(has_tag) {
            return Ok(false);
        }
        let wanted = record
            .fetched
            .iter()
            .map(|fetched| Wanted { url: fetched.url.clone(), etag: fetched.etag.clone() });
        // What is wrong is told when all is asked for.
        Ok(fetch::all(wanted.collect())
            .is_ok_and(|found| found.iter().all(|found| *found == Found::Unchanged)))
    }

    /// The links of an index that are wanted, as URLs or paths.
    fn selected(&self, index: &str, links: &[&str]) -> Result<Vec<String>, String> {
        let Some(select) = &self.select else {
            let some = links.iter().take(3).map(|link| format!("  {link}\n")).collect::<String>();
            return Err(format!(
                "error: {index}: it is an index of {} pages, such as\n{some}--select GLOB says which are wanted",
                links.len()
            ));
        };
        let pattern =
            glob::Pattern::new(select).map_err(|error| format!("error: --select {select}: {error}"))?;
        let mut seen = BTreeSet::new();
        let mut selected = Vec::new();
        for link in links {
            let target = resolve(index, link)?;
            if pattern.matches(&target) && seen.insert(target.clone()) {
                selected.push(target);
            }
        }
        if selected.is_empty() {
            return Err(format!("error: {index}: none of its {} links fits `{select}`", links.len()));
        }
        Ok(selected)
    }

    /// One document: the only one as it came, byte for byte, unless it is cut; several merged.
    fn united(&self, documents: Vec<(String, String)>) -> Result<String, String> {
        if let [(_, only)] = documents.as_slice()
            && self.slice.is_whole()
        {
            return Ok(only.clone());
        }
        let mut named = Vec::new();
        for (name, text) in documents {
            let document = parse(&text).map_err(|error| format!("error: {name}: {error}"))?;
            if !document.is_object() {
                return Err(format!("error: {name}: it is no OpenAPI document"));
            }
            named.push(Named { name, document });
        }
        let merged = merge::merge(named).map_err(|conflicts| {
            conflicts.iter().map(|conflict| format!("error: {conflict}\n")).collect::<String>()
        })?;
        let cut = self.slice.of(merged).map_err(|error| format!("error: {error}"))?;
        serde_yaml::to_string(&cut).map_err(|error| format!("error: {error}"))
    }
}

fn form(text: &Text) -> Result<Form<'_>, String> {
    page::read(&text.text).map_err(|reason| format!("error: {}: {reason}", text.name))
}

/// Reads sources: URLs together, then files and folders, in the order in which they are named.
fn read(sources: Vec<String>) -> Result<Vec<Text>, String> {
    let wanted = sources.iter().filter(|source| fetch::is_url(source));
    let wanted = wanted.map(|url| Wanted { url: url.clone(), etag: None }).collect::<Vec<_>>();
    let mut found = if wanted.is_empty() { Vec::new() } else { fetch::all(wanted)? }.into_iter();
    let mut texts = Vec::new();
    for source in sources {
        if fetch::is_url(&source) {
            let Some(Found::Text { text, etag }) = found.next() else {
                return Err(format!(
                    "error: {source}: the server answers 304 to a question that has no condition"
                ));
            };
            texts.push(Text { name: source, etag, text });
        } else if source == "-" {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| format!("error: standard input: {error}"))?;
            texts.push(Text { name: source, etag: None, text });
        } else {
            for path in files(Path::new(&source)).map_err(|error| format!("error: {source}: {error}"))? {
                let text = fs::read_to_string(&path)
                    .map_err(|error| format!("error: {}: {error}", path.display()))?;
                texts.push(Text { name: path.display().to_string(), etag: None, text });
            }
        }
    }
    Ok(texts)
}

/// The file, or the documents and pages in the folder, sorted.
fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let file = entry?.path();
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if file.is_file() && matches!(extension, "json" | "md" | "yaml" | "yml") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(std::io::Error::other("there is no .json, .md, .yaml or .yml in the folder"));
    }
    Ok(files)
}

/// A link of an index as a URL or a path.
fn resolve(index: &str, link: &str) -> Result<String, String> {
    if fetch::is_url(index) || fetch::is_url(link) {
        let base = Url::parse(index).ok();
        let url = Url::options().base_url(base.as_ref()).parse(link);
        return url.map(String::from).map_err(|error| format!("error: {index}: the link `{link}`: {error}"));
    }
    let folder = Path::new(index).parent().unwrap_or_else(|| Path::new(""));
    Ok(folder.join(link).display().to_string())
}

/// The file's name in its folder.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What changes for callers, and in the document.
fn changes(vendored: &Vendored, document: &str) -> String {
    let side = |name, text| Side::new(name, text, Some(&vendored.overlay));
    let report = Report::of(
        &side("the vendored document", &vendored.document),
        &side("the published document", document),
        &Settings::default(),
        true,
    );
    let mut text = report.map_or_else(|reason| format!("{reason}\n"), |report| print::text(&report, false));
    let lines = TextDiff::from_lines(vendored.document.as_str(), document);
    let count = |tag| lines.iter_all_changes().filter(|change| change.tag() == tag).count();
    let (more, less) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
    text.push_str(&format!("the document: {more} lines more, {less} lines less\n"));
    text
}
