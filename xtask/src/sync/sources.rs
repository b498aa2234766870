//! Reads the sources of a document, and makes one document of their pages, indexes and files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use relay_rest_codegen::document::parse::parse;
use serde_json::Value;
use url::Url;

use super::merge::{self, Named};
use super::page::{self, Form};
use super::record::{Fetched, Record, hash};
use crate::fetch::{self, FetchOutcome, FetchRequest};
use crate::slice::Slice;
use crate::{files, source};

/// The maximum number of pages of one index.
const MAX_PAGES: usize = 1_000;

/// The sources of a document, and the part of them to keep.
#[derive(PartialEq, Eq)]
pub(super) struct DocumentRequest {
    pub(super) sources: Vec<String>,
    pub(super) select: Option<String>,
    pub(super) slice: Slice,
}

/// A file as published, and its name in messages.
struct Text {
    name: String,
    etag: Option<String>,
    text: String,
}

impl DocumentRequest {
    /// What the record was written for.
    pub(super) fn recorded(record: &Record) -> Self {
        let Record { sources, select, slice, .. } = record.clone();
        Self { sources, select, slice }
    }

    /// Returns the published document and the files that it was made of. None if every server responds that nothing changed since
    /// the record was written.
    ///
    /// # Errors
    /// A source cannot be read, has no document, or conflicts with another one.
    pub(super) fn document(
        &self,
        record: &Record,
        vendored: &str,
    ) -> Result<Option<(String, Vec<Fetched>)>, String> {
        if self.is_unchanged(record, vendored)? {
            return Ok(None);
        }
        let mut texts = Vec::new();
        let mut documents = Vec::new();
        for text in read_sources(self.sources.clone())? {
            match form(&text)? {
                Form::Document(document) => documents.push((text.name.clone(), document.to_owned())),
                Form::Index(links) => {
                    for page in read_sources(self.selected(&text.name, &links)?)? {
                        match form(&page)? {
                            Form::Document(document) => {
                                documents.push((page.name.clone(), document.to_owned()))
                            }
                            Form::Index(_) => {
                                return Err(format!(
                                    "error: {}: an index that another index links to is not read",
                                    page.name
                                ));
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

    /// Whether the record is of this request, and all servers respond 304 Not Modified.
    fn is_unchanged(&self, record: &Record, vendored: &str) -> Result<bool, String> {
        let is_same = *self == Self::recorded(record) && record.sha256 == hash(vendored);
        let has_tag = |fetched: &Fetched| fetched.etag.is_some() && fetch::is_url(&fetched.url);
        if !is_same || record.fetched.is_empty() || !record.fetched.iter().all(has_tag) {
            return Ok(false);
        }
        let requests = record
            .fetched
            .iter()
            .map(|fetched| FetchRequest { url: fetched.url.clone(), etag: fetched.etag.clone() });
        // An error here is reported by the unconditional requests that follow.
        Ok(fetch::all(requests.collect())
            .is_ok_and(|found| found.iter().all(|found| *found == FetchOutcome::Unchanged)))
    }

    /// The selected links of an index, as URLs or paths.
    fn selected(&self, index: &str, links: &[&str]) -> Result<Vec<String>, String> {
        let Some(select) = &self.select else {
            let some = links.iter().take(3).map(|link| format!("  {link}\n")).collect::<String>();
            return Err(format!(
                "error: {index}: it is an index of {} pages, such as\n{some}--select GLOB selects the pages",
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
                if !is_beside(index, link, &target) {
                    return Err(format!(
                        "error: {index}: the link `{link}` leaves the host or folder of the index; pass it as a --source of its own"
                    ));
                }
                selected.push(target);
            }
        }
        if selected.len() > MAX_PAGES {
            let found = selected.len();
            return Err(format!(
                "error: {index}: {found} of its links fit `{select}`; at most {MAX_PAGES} are read"
            ));
        }
        if selected.is_empty() {
            return Err(format!("error: {index}: none of its {} links fits `{select}`", links.len()));
        }
        Ok(selected)
    }

    /// Merges several documents, or takes a slice. A single whole document stays byte for byte, unless it consists of several files.
    fn united(&self, documents: Vec<(String, String)>) -> Result<String, String> {
        let documents = documents.into_iter().map(|(name, text)| {
            // An invalid document is reported by what reads it next.
            let whole = match parse(&text) {
                Ok(document) => source::one_file(&name, Path::new(&name), &document, false)?,
                Err(_) => None,
            };
            let text = whole.map_or(Ok(text), |whole| yaml(&whole))?;
            Ok((name, text))
        });
        let documents = documents.collect::<Result<Vec<_>, String>>()?;
        if let [(_, only)] = documents.as_slice()
            && self.slice.is_whole()
        {
            return Ok(only.clone());
        }
        let mut named = Vec::new();
        for (name, text) in documents {
            let document = parse(&text).map_err(|error| format!("error: {name}: {error}"))?;
            if !document.is_object() {
                return Err(format!("error: {name}: it is not an OpenAPI document"));
            }
            named.push(Named { name, document });
        }
        let merged = merge::merge(named).map_err(|conflicts| {
            conflicts.iter().map(|conflict| format!("error: {conflict}\n")).collect::<String>()
        })?;
        let cut = self.slice.selection().of(merged).map_err(|error| format!("error: {error}"))?;
        yaml(&cut)
    }
}

fn yaml(document: &Value) -> Result<String, String> {
    serde_yaml::to_string(document).map_err(|error| format!("error: {error}"))
}

fn form(text: &Text) -> Result<Form<'_>, String> {
    page::classify(&text.text).map_err(|reason| format!("error: {}: {reason}", text.name))
}

/// Reads sources: fetches all URLs at once, and returns everything in the given order.
fn read_sources(sources: Vec<String>) -> Result<Vec<Text>, String> {
    let urls: Vec<String> = sources.iter().filter(|source| fetch::is_url(source)).cloned().collect();
    let mut found = if urls.is_empty() { Vec::new() } else { fetch::texts(&urls)? }.into_iter();
    let mut texts = Vec::new();
    for source in sources {
        if fetch::is_url(&source) {
            texts.extend(found.next().map(|(text, etag)| Text { name: source, etag, text }));
        } else if source == "-" {
            let text = files::limited(&mut std::io::stdin().lock())
                .map_err(|reason| format!("error: standard input: {reason}"))?;
            texts.push(Text { name: source, etag: None, text });
        } else {
            for path in files(Path::new(&source)).map_err(|error| format!("error: {source}: {error}"))? {
                let text =
                    files::read_text(&path).map_err(|error| format!("error: {}: {error}", path.display()))?;
                texts.push(Text { name: path.display().to_string(), etag: None, text });
            }
        }
    }
    Ok(texts)
}

/// The file itself, or the documents and pages in a folder, sorted.
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

/// Resolves a link of an index to a URL or a path.
fn resolve(index: &str, link: &str) -> Result<String, String> {
    if fetch::is_url(index) || fetch::is_url(link) {
        let base = Url::parse(index).ok();
        let url = Url::options().base_url(base.as_ref()).parse(link);
        return url.map(String::from).map_err(|error| format!("error: {index}: the link `{link}`: {error}"));
    }
    let folder = Path::new(index).parent().unwrap_or_else(|| Path::new(""));
    Ok(folder.join(link).display().to_string())
}

/// Whether a link stays on the host of its index, or in its folder: the publisher of an index must not choose other files to read.
fn is_beside(index: &str, link: &str, target: &str) -> bool {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    if fetch::is_url(index) {
        return origin(index) == origin(target);
    }
    let stays = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    !fetch::is_url(link) && Path::new(link).components().all(stays)
}
