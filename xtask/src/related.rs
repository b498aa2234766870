//! Reads the files that a document refers to. The document may be hostile: it must not reveal other files in a public report.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use relay_rest_codegen::document::uri;
use relay_rest_codegen::parse;
use spec_diff::{Load, Loaded};
use url::{Origin, Url};

use crate::fetch::{self, MAX_TOTAL};
use crate::files;

/// The maximum number of files of one document.
const MAX_FILES: usize = 1_000;

/// Where the files that a document refers to are read from.
pub(crate) enum Base {
    /// Nowhere: the document has no location.
    Nowhere,
    /// The document's folder, and those inside it.
    Folder(PathBuf),
    /// A revision in a git repository; the second path is that of the document.
    Revision(PathBuf, String, String),
    /// The origin of the document's URL.
    Origin(String),
}

/// What may be read besides the document's own folder, tree or origin.
#[derive(Clone, Debug)]
pub(crate) enum Elsewhere {
    /// Nothing, and no URL at all: the command has no option for it.
    Nothing,
    /// The files of a folder or an origin of `--allow-external-refs`.
    Allowed(Vec<External>),
}

impl Elsewhere {
    fn allowed(&self) -> &[External] {
        match self {
            Self::Nothing => &[],
            Self::Allowed(allowed) => allowed,
        }
    }

    /// A message, with the option that allows it if there is one.
    fn refusal(&self, message: &str, option: &str) -> String {
        match self {
            Self::Nothing => message.to_owned(),
            Self::Allowed(_) => format!("{message}; --allow-external-refs {option} allows it"),
        }
    }
}

/// A folder or an origin outside of the document's own: `--allow-external-refs`.
#[derive(Clone, Debug)]
pub(crate) enum External {
    Folder(PathBuf),
    Origin(Origin),
}

impl External {
    /// Parses the folder or the URL of an origin.
    ///
    /// # Errors
    /// It is neither.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if fetch::is_url(text) {
            return Url::parse(text).map(|url| Self::Origin(url.origin())).map_err(|error| error.to_string());
        }
        let folder = fs::canonicalize(text).map_err(|error| error.to_string())?;
        if folder.is_dir() { Ok(Self::Folder(folder)) } else { Err("not a folder".to_owned()) }
    }
}

/// Reads the files that one document refers to.
struct Related {
    /// The document, in messages.
    side: String,
    base: Base,
    elsewhere: Elsewhere,
    files: AtomicUsize,
    bytes: AtomicUsize,
}

/// Returns the loader of the files that a document refers to: regular YAML and JSON files that are not hidden, inside the
/// document's folder, tree or origin, or in one of those allowed elsewhere.
pub(crate) fn loader(side: &str, base: Base, elsewhere: &Elsewhere) -> Load {
    let (files, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let related = Related { side: side.to_owned(), base, elsewhere: elsewhere.clone(), files, bytes };
    Box::new(move |name| {
        let failed = |reason| format!("error: {}: it refers to `{name}`: {reason}", related.side);
        related.load(name).map_err(failed)
    })
}

impl Related {
    fn load(&self, name: &str) -> Result<Loaded, String> {
        if self.files.fetch_add(1, Ordering::Relaxed) >= MAX_FILES {
            return Err(format!("a document may consist of {MAX_FILES} files"));
        }
        let text = if uri::is_absolute(name) { self.fetched(name)? } else { self.file(name)? };
        if self.bytes.fetch_add(text.len(), Ordering::Relaxed) + text.len() > MAX_TOTAL {
            return Err(format!("the files of a document may have {} MiB in total", MAX_TOTAL >> 20));
        }
        // A reason may quote the file, which may be no OpenAPI at all.
        let value =
            parse(&text).map_err(|reason| format!("it is neither YAML nor JSON{}", location(&reason)))?;
        Ok(Loaded { text, value })
    }

    fn fetched(&self, name: &str) -> Result<String, String> {
        if matches!(self.elsewhere, Elsewhere::Nothing) {
            return Err("only files in the document's folder are read".to_owned());
        }
        let url = Url::parse(name).map_err(|_| "it is not a URL".to_owned())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("only files and URLs are read".to_owned());
        }
        let own = match &self.base {
            Base::Origin(own) => Url::parse(own).ok().map(|own| own.origin()),
            _ => None,
        };
        let origin = url.origin();
        let is_external =
            |external: &External| matches!(external, External::Origin(other) if *other == origin);
        if own.as_ref() != Some(&origin) && !self.elsewhere.allowed().iter().any(is_external) {
            return Err(self.elsewhere.refusal("it is on another host", &origin.ascii_serialization()));
        }
        is_readable(Path::new(url.path()))?;
        is_visible(Path::new(url.path()))?;
        fetch::fetch(name).map_err(|error| error.trim_start_matches("error: ").to_owned())
    }

    fn file(&self, name: &str) -> Result<String, String> {
        let path = uri::percent_decode(name).ok_or("it is not a URI reference")?;
        is_readable(Path::new(&*path))?;
        is_visible(Path::new(&*path))?;
        match &self.base {
            Base::Nowhere | Base::Origin(_) => {
                Err("a document without a folder cannot refer to files".to_owned())
            }
            Base::Folder(folder) => {
                // A symbolic link may have led to another name.
                let file = located(folder, Path::new(&*path), &self.elsewhere)?;
                is_readable(&file)?;
                files::read_regular(&file)
            }
            Base::Revision(root, revision, own) => {
                let object = format!("{revision}:{}", uri::resolve(own, &path));
                show(root, &object).map_err(|_| format!("{revision} has no such file"))
            }
        }
    }
}

/// Resolves the symbolic links of a path in a folder. Returns the path of the file, which is there, or allowed elsewhere.
///
/// # Errors
/// It is hidden, does not exist, or is where nothing is allowed.
pub(crate) fn located(folder: &Path, path: &Path, elsewhere: &Elsewhere) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| error.to_string();
    // `parent()` of a bare file name is empty, which is no path.
    let folder = fs::canonicalize(Path::new(".").join(folder)).map_err(failed)?;
    let file = fs::canonicalize(folder.join(path)).map_err(failed)?;
    let external = elsewhere.allowed().iter().filter_map(|external| match external {
        External::Folder(folder) => Some(folder),
        External::Origin(_) => None,
    });
    let inside = std::iter::once(&folder).chain(external).find_map(|folder| file.strip_prefix(folder).ok());
    let Some(inside) = inside else {
        return Err(elsewhere.refusal("it is outside the document's folder", "FOLDER"));
    };
    is_visible(inside)?;
    Ok(file)
}

/// Whether the name is one of a YAML or JSON file.
fn is_readable(path: &Path) -> Result<(), String> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let is_known = ["json", "yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    if is_known { Ok(()) } else { Err("only .yaml, .yml and .json files are read".to_owned()) }
}

/// Whether no component of the path begins with a dot.
fn is_visible(path: &Path) -> Result<(), String> {
    let is_hidden = |part: Component<'_>| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    if path.components().any(is_hidden) { Err("hidden files are not read".to_owned()) } else { Ok(()) }
}

/// Runs `git show` on an object. The message of an error is git's.
pub(crate) fn show(root: &Path, object: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("git does not run: {error}");
    let mut git = Command::new("git")
        .args(["show", "--end-of-options", object])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let shown = git.stdout.as_mut().map(|stdout| files::limited(stdout));
    // git ends when its output is closed.
    drop(git.stdout.take());
    let output = git.wait_with_output().map_err(failed)?;
    match shown {
        Some(Err(reason)) => Err(reason),
        Some(Ok(shown)) if output.status.success() => Ok(shown),
        _ => {
            let reason = String::from_utf8_lossy(&output.stderr);
            Err(format!("not a file, a folder or a git revision: {}", reason.trim()))
        }
    }
}

/// ` at line 2 column 3` at the end of a reason.
fn location(reason: &str) -> &str {
    let at = reason.rfind(" at line ").unwrap_or(reason.len());
    let location = &reason[at..];
    let is_location = |word: &str| matches!(word, "at" | "line" | "column") || word.parse::<usize>().is_ok();
    if location.split_whitespace().all(is_location) { location } else { "" }
}
