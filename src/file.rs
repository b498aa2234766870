//! A file of a multipart form: its content, in memory or not, and what its part is called.
//! Uses crates alone: the scratch crate of `xtask check` compiles this file as well.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// What a stream of a file can fail with.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;
/// The content of a file that is read while it is sent.
pub(crate) type BoxStream = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// A file of a form, `multipart/form-data`: its content, its name and its media type.
///
/// Without [`name`](File::name), its part is named like the file of [`File::path`], else like the property: many servers take a part
/// without a file name for text. Without [`content_type`](File::content_type), it has the media type that the API documents, else
/// `application/octet-stream`.
///
/// A request with a stream or with a path is never retried, because its body is read while it is sent.
///
/// ```
/// use relay_rest::File;
///
/// let image = File::bytes(vec![0x89, b'P', b'N', b'G']).name("photo.png").content_type("image/png");
/// let log = File::path("/var/log/syslog");
/// ```
#[derive(Clone)]
pub struct File {
    pub(crate) content: FileContent,
    pub(crate) name: FileName,
    pub(crate) content_type: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

#[derive(Clone)]
pub(crate) enum FileContent {
    Bytes(Bytes),
    Path(Arc<Path>),
    /// `None` once it was sent.
    Stream {
        stream: Arc<Mutex<Option<BoxStream>>>,
        length: Option<u64>,
    },
}

/// The file name of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileName {
    /// That of the property.
    OfProperty,
    Of(String),
    Without,
}

impl File {
    /// Creates a file from its content.
    pub fn bytes(content: impl Into<Bytes>) -> Self {
        Self::of(FileContent::Bytes(content.into()), FileName::OfProperty)
    }

    /// Creates a file whose content is that of a file on disk, which is opened when the request is sent.
    ///
    /// `send` returns an error, and sends nothing, if there is no such file. A file that cannot be read, or whose length changes while it is
    /// sent, ends the request with an error.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| FileName::Of(name.to_string_lossy().into_owned()));
        Self::of(FileContent::Path(path.into()), name.unwrap_or(FileName::OfProperty))
    }

    /// Creates a file whose content is read from a stream while the request is sent.
    ///
    /// Clones share the stream, which can be sent once. Without a [`length`](File::length), the request has no `Content-Length`, and HTTP/1.1
    /// sends it in chunks.
    pub fn stream<E>(stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let stream: BoxStream = Box::pin(Mapped(Box::pin(stream)));
        let stream = Arc::new(Mutex::new(Some(stream)));
        Self::of(FileContent::Stream { stream, length: None }, FileName::OfProperty)
    }

    fn of(content: FileContent, name: FileName) -> Self {
        Self { content, name, content_type: None, headers: Vec::new() }
    }

    /// Sets how many bytes the stream has; another number ends the request with an error. Of other files, the length is known.
    #[must_use]
    pub fn length(mut self, bytes: u64) -> Self {
        if let FileContent::Stream { length, .. } = &mut self.content {
            *length = Some(bytes);
        }
        self
    }

    /// Sets the file name, `filename` of the part.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = FileName::Of(name.into());
        self
    }

    /// Leaves out the file name: servers take the part for text.
    #[must_use]
    pub fn without_name(mut self) -> Self {
        self.name = FileName::Without;
        self
    }

    /// Sets the media type, `Content-Type` of the part. `send` returns an error, and sends nothing, if it is no media type, or none that
    /// the API documents for the property.
    #[must_use]
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }

    /// Adds a header to the part. `send` returns an error, and sends nothing, if the name or the value is invalid, or if it is a header that the
    /// form sets itself: `Content-Disposition`, `Content-Type`, `Content-Length` or `Content-Transfer-Encoding`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The content as a string; `None` if it is not in memory, or not UTF-8.
    fn as_text(&self) -> Option<&str> {
        match &self.content {
            FileContent::Bytes(content) => str::from_utf8(content).ok(),
            _ => None,
        }
    }
}

/// The content of a file.
impl From<Bytes> for File {
    fn from(content: Bytes) -> Self {
        Self::bytes(content)
    }
}

/// The content of a file.
impl From<Vec<u8>> for File {
    fn from(content: Vec<u8>) -> Self {
        Self::bytes(content)
    }
}

/// The path of a file.
impl From<PathBuf> for File {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

/// Shows the length, and neither the content nor a name.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("File");
        match &self.content {
            FileContent::Bytes(content) => shown.field("length", &content.len()),
            FileContent::Path(_) => shown.field("path", &format_args!("..")),
            FileContent::Stream { length, .. } => shown.field("length", length),
        };
        shown.finish_non_exhaustive()
    }
}

/// Two files are equal if their content and all that is set is: contents in memory by their bytes, paths by their names, and streams if
/// they are the same stream.
impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.content, &other.content) {
            (FileContent::Bytes(own), FileContent::Bytes(other)) => own == other,
            (FileContent::Path(own), FileContent::Path(other)) => own == other,
            (
                FileContent::Stream { stream, length },
                FileContent::Stream { stream: other, length: of_other },
            ) => Arc::ptr_eq(stream, other) && length == of_other,
            _ => false,
        };
        is_same
            && self.name == other.name
            && self.content_type == other.content_type
            && self.headers == other.headers
    }
}

/// A stream with errors of one type.
struct Mapped<S>(Pin<Box<S>>);

impl<S, E> Stream for Mapped<S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context).map_err(Into::into)
    }
}

impl FileContent {
    /// Takes the stream, which can be sent once.
    pub(crate) fn take_stream(stream: &Mutex<Option<BoxStream>>) -> Option<BoxStream> {
        stream.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The files of a value that is serialized.
///
/// A form is written of the JSON of its body, whose type may be a union or have properties without a name. Files are no JSON: while this
/// thread collects them, each is serialized as `{key: index}`, with a key that nobody can know before.
struct Collection {
    key: String,
    files: Vec<File>,
}

thread_local! {
    static COLLECTION: RefCell<Option<Collection>> = const { RefCell::new(None) };
}

/// A body as JSON, and its files.
pub(crate) struct Collected {
    pub(crate) body: Value,
    key: String,
    files: Vec<File>,
}

impl Collected {
    /// Serializes a body.
    pub(crate) fn of(body: &impl Serialize) -> serde_json::Result<Self> {
        let key = random();
        let outer = COLLECTION.replace(Some(Collection { key: key.clone(), files: Vec::new() }));
        let body = serde_json::to_value(body);
        let files = COLLECTION.replace(outer).map(|own| own.files).unwrap_or_default();
        Ok(Self { body: body?, key, files })
    }

    /// The file that a value stands for.
    pub(crate) fn file(&self, value: &Value) -> Option<&File> {
        let index = value.as_object().filter(|map| map.len() == 1)?.get(&self.key)?.as_u64()?;
        self.files.get(usize::try_from(index).ok()?)
    }

    /// The body with an empty string for each file.
    pub(crate) fn without_files(mut self) -> Value {
        let mut body = self.body.take();
        self.drop_files(&mut body);
        body
    }

    fn drop_files(&self, value: &mut Value) {
        if self.file(value).is_some() {
            *value = Value::String(String::new());
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.drop_files(item)),
            Value::Object(properties) => properties.values_mut().for_each(|value| self.drop_files(value)),
            _ => {}
        }
    }
}

/// 128 random bits in hexadecimal. The keys of the standard library's hash maps are random, and the hash function does not show them.
pub(crate) fn random() -> String {
    let state = RandomState::new();
    format!("{:016x}{:016x}", state.hash_one(1_u8), state.hash_one(2_u8))
}

/// A file in a form is its part. Elsewhere it is its content as a string; with a name, a media type or headers, an object with these
/// as well. Content that is not in memory, or not UTF-8, is an error there.
impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let token = COLLECTION.with_borrow_mut(|collection| {
            let collection = collection.as_mut()?;
            collection.files.push(self.clone());
            Some((collection.key.clone(), collection.files.len() - 1))
        });
        if let Some((key, index)) = token {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(&key, &index)?;
            return map.end();
        }
        let text = self.as_text().ok_or_else(|| S::Error::custom("a file can only be sent in a form"))?;
        let is_plain =
            self.name == FileName::OfProperty && self.content_type.is_none() && self.headers.is_empty();
        if is_plain {
            return serializer.serialize_str(text);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("content", text)?;
        match &self.name {
            FileName::OfProperty => {}
            FileName::Of(name) => map.serialize_entry("name", name)?,
            FileName::Without => map.serialize_entry("name", &())?,
        }
        if let Some(media_type) = &self.content_type {
            map.serialize_entry("content_type", media_type)?;
        }
        if !self.headers.is_empty() {
            map.serialize_entry("headers", &self.headers)?;
        }
        map.end()
    }
}

/// Reads what is written.
impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = match value {
            Value::String(content) => Some(Self::bytes(content)),
            Value::Object(properties) => described(&properties),
            _ => None,
        };
        read.ok_or_else(|| serde::de::Error::custom("a file must be a string"))
    }
}

/// A file with what its JSON describes.
fn described(properties: &Map<String, Value>) -> Option<File> {
    let mut file = File::bytes(properties.get("content")?.as_str()?.to_owned());
    for (name, value) in properties {
        match (name.as_str(), value) {
            ("content", _) => {}
            ("name", Value::String(name)) => file.name = FileName::Of(name.clone()),
            ("name", Value::Null) => file.name = FileName::Without,
            ("content_type", Value::String(media_type)) => file.content_type = Some(media_type.clone()),
            ("headers", headers) => file.headers = Vec::deserialize(headers).ok()?,
            _ => return None,
        }
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn again(file: &File) -> File {
        serde_json::from_value(serde_json::to_value(file).expect("JSON")).expect("a file")
    }

    struct Never;

    impl Stream for Never {
        type Item = Result<Bytes, String>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Pending
        }
    }

    #[test]
    fn a_file_survives_json() {
        let plain = File::bytes("text");
        assert_eq!(serde_json::to_value(&plain).expect("JSON"), json!("text"));
        for file in [
            plain.clone(),
            plain.clone().name("a.txt").content_type("text/plain").header("X-A", "b"),
            plain.without_name(),
        ] {
            assert_eq!(again(&file), file);
        }
        assert!(serde_json::from_value::<File>(json!({ "content": "a", "other": 1 })).is_err());
        assert!(serde_json::from_value::<File>(json!(5)).is_err());
    }

    #[test]
    fn what_is_not_text_in_memory_is_no_json() {
        for file in [File::bytes(vec![0xFF]), File::path("/a"), File::stream(Never)] {
            let error = serde_json::to_value(&file).expect_err("no JSON");
            assert_eq!(error.to_string(), "a file can only be sent in a form");
        }
    }

    #[test]
    fn only_what_was_collected_stands_for_a_file() {
        let files = [File::bytes(vec![0xFF]), File::path("/a")];
        let collected = Collected::of(&files).expect("JSON");
        let values = collected.body.as_array().cloned().expect("a list");
        assert_eq!(collected.file(&values[1]), Some(&files[1]));
        assert_eq!(collected.file(&json!({ "key": 0 })), None);
        let other = Collected::of(&files).expect("JSON");
        assert_eq!(other.file(&values[0]), None, "keys differ");
        assert_eq!(collected.without_files(), json!(["", ""]));
        assert!(serde_json::to_value(&files[0]).is_err(), "nothing is collected any more");
    }

    #[test]
    fn files_are_equal_by_content_and_by_what_is_set() {
        let (stream, other) = (File::stream(Never), File::stream(Never));
        assert_eq!(stream, stream.clone());
        assert_ne!(stream, other);
        assert_ne!(stream, stream.clone().length(5));
        assert_eq!(File::from(vec![1]), File::from(Bytes::from(vec![1])));
        assert_ne!(File::bytes("a"), File::bytes("b"));
        assert_ne!(File::bytes("a"), File::bytes("a").without_name());
        assert_eq!(File::from(PathBuf::from("/b/a")), File::path("/b/a"));
        assert_ne!(File::path("/b/a"), File::bytes("a"));
    }

    #[test]
    fn debug_shows_no_content_and_no_name() {
        let shown = format!(
            "{:?} {:?} {:?}",
            File::bytes("secret").name("secret.txt").content_type("text/secret").header("X-Secret", "secret"),
            File::path("/secret"),
            File::stream(Never).length(7)
        );
        assert_eq!(shown, "File { length: 6, .. } File { path: .., .. } File { length: Some(7), .. }");
    }
}
