//! Writes bodies of the media types `multipart/…`: a part for each value (RFC 7578, RFC 2046 §5.1, OpenAPI 3.1.1 §4.8.15.3).
//! Uses `src/encode.rs`, `src/file.rs` and crates alone: the scratch crate of `xtask check` compiles this file as well.
//!
//! reqwest's own forms write names as `name*=…`, which RFC 7578 §4.2 does not allow, keep line breaks in file names, and can never be
//! sent again.

mod body;

use std::path::Path;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Body, RequestBuilder};
use serde::Serialize;
use serde_json::Value;

use crate::encode::{Style, decoded_pairs};
use crate::file::{Collected, File, FileContent, FileName, random};
use crate::media_types::content_type;
use crate::setter::ConversionError;
use body::{FormBody, Piece};

/// How a property of a form is written. Generated code has a list of them, in the order of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The name on the wire.
    pub(crate) name: &'static str,
    pub(crate) content: Content,
    /// The documented media types and ranges. The caller chooses among those of a file; anything else has the first.
    pub(crate) content_types: &'static [&'static str],
    /// Headers with one possible value.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// The style, and whether lists and objects are exploded, instead of `content`.
    pub(crate) style: Option<(Style, bool)>,
}

impl Part {
    /// A property that is written by its value.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self { name, content: Content::ByValue, content_types: &[], headers: &[], style: None }
    }
}

/// What a part has of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Files and scalars as they are, objects as JSON, and a part for each item of a list.
    ByValue,
    /// JSON, also of scalars and of whole lists.
    Json,
    /// JSON, and a part for each item of a list.
    JsonItems,
}

/// Adds a form as the body of a request.
///
/// # Errors
/// Returns an error if the body is not an object, a media type or a header of a file is invalid, a file on disk does not exist, or a
/// stream was sent already.
pub(crate) fn multipart(
    request: RequestBuilder,
    media_type: &str,
    body: &impl Serialize,
    table: &[Part],
) -> Result<RequestBuilder, ConversionError> {
    let parts = parts(body, table)?;
    let boundary = random();
    let body = written(parts, &boundary)?;
    Ok(request.header(CONTENT_TYPE, format!("{media_type}; boundary={boundary}")).body(body))
}

/// A body with an empty string for each file, to check what the document says of the others.
///
/// # Errors
/// The body cannot be serialized.
pub(crate) fn without_files(body: &impl Serialize) -> Result<Value, ConversionError> {
    collected(body).map(Collected::without_files)
}

fn collected(body: &impl Serialize) -> Result<Collected, ConversionError> {
    Collected::of(body).map_err(|error| error.to_string().into())
}

/// One part of a form.
#[derive(Debug, PartialEq)]
pub(crate) struct FormPart {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: File,
}

/// The parts of a body: those in the table, in its order, and then all others in the order of their names.
///
/// # Errors
/// The same as those of [`multipart`], but for those of files that are read when they are sent.
pub(crate) fn parts(body: &impl Serialize, table: &[Part]) -> Result<Vec<FormPart>, ConversionError> {
    let collected = collected(body)?;
    let Value::Object(properties) = &collected.body else {
        return Err("`body` cannot be written in a form".into());
    };
    let mut writer = Writer { files: &collected, parts: Vec::new() };
    for part in table {
        if let Some(value) = properties.get(part.name) {
            writer.property(part.name, value, part)?;
        }
    }
    let mut others: Vec<_> =
        properties.iter().filter(|(name, _)| table.iter().all(|part| part.name != **name)).collect();
    // Those of a hash map have no order.
    others.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in others {
        writer.property(name, value, &Part::named(""))?;
    }
    Ok(writer.parts)
}

struct Writer<'a> {
    files: &'a Collected,
    parts: Vec<FormPart>,
}

impl Writer<'_> {
    fn property(&mut self, name: &str, value: &Value, part: &Part) -> Result<(), ConversionError> {
        if let Some(file) = self.files.file(value) {
            return self.file(name, file, part);
        }
        match (part.content, value) {
            (_, Value::Null) => {}
            _ if part.style.is_some() => {
                let (style, explode) = part.style.unwrap_or((Style::Form, true));
                for (name, text) in decoded_pairs(style, explode, name, value) {
                    self.text(&name, text, None, part);
                }
            }
            (Content::ByValue, Value::Array(items)) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    match self.files.file(item) {
                        Some(file) => self.file(name, file, part)?,
                        None => self.value(name, item, part),
                    }
                }
            }
            (Content::JsonItems, Value::Array(items)) => {
                items.iter().for_each(|item| self.json(name, item, part));
            }
            (Content::ByValue, value) => self.value(name, value, part),
            (Content::Json | Content::JsonItems, value) => self.json(name, value, part),
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: &Value, part: &Part) {
        match value {
            Value::Object(_) | Value::Array(_) => {
                self.text(name, value.to_string(), Some("application/json"), part);
            }
            Value::String(text) => self.text(name, text.clone(), part.content_types.first().copied(), part),
            scalar => self.text(name, scalar.to_string(), part.content_types.first().copied(), part),
        }
    }

    fn json(&mut self, name: &str, value: &Value, part: &Part) {
        let media_type = part.content_types.first().copied().unwrap_or("application/json");
        self.text(name, value.to_string(), Some(media_type), part);
    }

    fn text(&mut self, name: &str, text: String, media_type: Option<&str>, part: &Part) {
        self.parts.push(FormPart {
            name: name.to_owned(),
            file_name: None,
            content_type: media_type.map(str::to_owned),
            headers: owned(part.headers),
            content: File::bytes(text),
        });
    }

    fn file(&mut self, name: &str, file: &File, part: &Part) -> Result<(), ConversionError> {
        let allowed = if part.content_types.is_empty() { &["*/*"] } else { part.content_types };
        let is_range =
            |range: &&&str| range.split(';').next().is_some_and(|range| range.trim().ends_with("/*"));
        let covers = |range: &&str| ["*/*", "application/*"].contains(&range.trim());
        let named = allowed.iter().find(|media_type| !is_range(media_type)).copied();
        let default = named.or_else(|| allowed.iter().any(covers).then_some("application/octet-stream"));
        let setter = format!("content_type of {name}");
        let content_type = content_type(file.content_type.clone(), &setter, allowed, default)?;
        let file_name = match &file.name {
            FileName::OfProperty => Some(name.to_owned()),
            FileName::Of(name) => Some(name.clone()),
            FileName::Without => None,
        };
        for (header, value) in &file.headers {
            let is_own =
                ["content-disposition", "content-type", "content-length", "content-transfer-encoding"]
                    .iter()
                    .any(|own| header.eq_ignore_ascii_case(own));
            let is_valid =
                HeaderName::try_from(header).is_ok() && HeaderValue::try_from(value).is_ok() && !is_own;
            if !is_valid {
                return Err(format!("`{name}`: a header of the file is invalid").into());
            }
        }
        let own = |(header, _): &&(&str, &str)| {
            file.headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case(header))
        };
        let constants: Vec<_> = part.headers.iter().filter(own).copied().collect();
        self.parts.push(FormPart {
            name: name.to_owned(),
            file_name,
            content_type: Some(content_type),
            headers: owned(&constants).into_iter().chain(file.headers.iter().cloned()).collect(),
            content: file.clone(),
        });
        Ok(())
    }
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The body of a form. If all content is in memory, so is the body: then it can be sent again.
fn written(parts: Vec<FormPart>, boundary: &str) -> Result<Body, ConversionError> {
    let (mut pieces, mut memory) = (Vec::new(), Vec::new());
    let mut length = Some(0_u64);
    let mut taken = Vec::new();
    for part in &parts {
        taken.push(match &part.content.content {
            FileContent::Bytes(_) => None,
            FileContent::Path(path) => Some(Piece::of_path(path, length_of(&part.name, path)?)),
            FileContent::Stream { stream, length } => Some(
                FileContent::take_stream(stream)
                    .map(|stream| Piece::of_stream(stream, *length))
                    .ok_or_else(|| format!("`{}`: the stream of the file was sent already", part.name))?,
            ),
        });
    }
    for (part, piece) in parts.iter().zip(taken) {
        memory.extend_from_slice(part.head(boundary).as_bytes());
        match (&part.content.content, piece) {
            (_, Some(piece)) => {
                length = length.zip(piece.length()).map(|(all, own)| all.saturating_add(own));
                pieces.push(Piece::Bytes(std::mem::take(&mut memory).into()));
                pieces.push(piece);
            }
            (FileContent::Bytes(content), None) => memory.extend_from_slice(content),
            (_, None) => {}
        }
        memory.extend_from_slice(b"\r\n");
    }
    memory.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    if pieces.is_empty() {
        return Ok(memory.into());
    }
    pieces.push(Piece::Bytes(memory.into()));
    let in_memory: u64 = pieces.iter().map(Piece::in_memory).sum();
    Ok(Body::wrap(FormBody::new(pieces, length.map(|length| length.saturating_add(in_memory)))))
}

/// The length of a file on disk; `None` of a pipe and the like.
fn length_of(name: &str, path: &Path) -> Result<Option<u64>, ConversionError> {
    let shown = path.display();
    let metadata = std::fs::metadata(path)
        .map_err(|error| format!("`{name}`: the file {shown} cannot be read: {error}"))?;
    if metadata.is_dir() {
        return Err(format!("`{name}`: {shown} is a folder, and not a file").into());
    }
    Ok(metadata.is_file().then_some(metadata.len()))
}

impl FormPart {
    /// What is before the content.
    fn head(&self, boundary: &str) -> String {
        let mut head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", escaped(&self.name));
        if let Some(name) = &self.file_name {
            head += &format!("; filename=\"{}\"", escaped(name));
        }
        let content_type = self.content_type.iter().map(|media_type| ("Content-Type", media_type.as_str()));
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in content_type.chain(headers) {
            head += &format!("\r\n{name}: {value}");
        }
        head + "\r\n\r\n"
    }

    /// The whole content, if it can be read now.
    ///
    /// # Errors
    /// It is a stream, or a file on disk that cannot be read.
    pub(crate) fn read(&self) -> Result<Bytes, String> {
        match &self.content.content {
            FileContent::Bytes(content) => Ok(content.clone()),
            FileContent::Path(path) => {
                std::fs::read(path).map(Bytes::from).map_err(|error| error.to_string())
            }
            FileContent::Stream { .. } => Err(format!("`{}` is a stream", self.name)),
        }
    }
}

/// A name as browsers write it (HTML §4.10.21.8): no quote ends it, and no line break. Other control characters are written in the same way.
pub(crate) fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for character in name.chars() {
        if character == '"' || character.is_ascii_control() {
            escaped.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
