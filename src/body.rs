//! Reads the body of a response up to the limit, and keeps the part received before an error.

mod location;

use std::error::Error;
use std::fmt;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::error::Category;

use crate::generated::PROPERTIES;

/// A response with its body, or with the part of it that was received.
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why a body is unreadable. serde's own messages would quote it.
#[derive(Debug)]
pub(crate) enum BodyError {
    Content(String),
    TooLong(usize),
    BrokeOff(reqwest::Error),
    /// The body of an error, in place of a stream.
    #[cfg(feature = "streams")]
    Late(std::time::Duration),
    #[cfg(feature = "streams")]
    Stream(crate::frames::Flaw),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content(flaw) => write!(f, "body {flaw}"),
            Self::TooLong(limit) => write!(f, "body is longer than the limit of {limit} bytes"),
            Self::BrokeOff(_) => f.write_str("body broke off"),
            #[cfg(feature = "streams")]
            Self::Late(timeout) => write!(f, "body did not end within {timeout:?}"),
            #[cfg(feature = "streams")]
            Self::Stream(flaw) => flaw.fmt(f),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::BrokeOff(error) => Some(error),
            Self::Content(_) | Self::TooLong(_) => None,
            #[cfg(feature = "streams")]
            Self::Late(_) => None,
            #[cfg(feature = "streams")]
            Self::Stream(flaw) => flaw.source(),
        }
    }
}

impl RawResponse {
    /// Reads a response, at most `limit` bytes of its body.
    pub(crate) async fn read(mut response: reqwest::Response, limit: usize) -> (Self, Option<BodyError>) {
        let mut body = Bytes::new();
        let flaw = loop {
            match response.chunk().await {
                Ok(None) => break None,
                Ok(Some(chunk)) => {
                    let room = limit - body.len();
                    body = joined(body, chunk.slice(..chunk.len().min(room)));
                    if chunk.len() > room {
                        break Some(BodyError::TooLong(limit));
                    }
                }
                Err(error) => break Some(BodyError::BrokeOff(error.without_url())),
            }
        };
        let headers = std::mem::take(response.headers_mut());
        (Self { status: response.status(), headers, body }, flaw)
    }
}

#[cfg(feature = "streams")]
impl RawResponse {
    /// The status and the headers of a response whose body is not read yet.
    pub(crate) fn head_of(response: &reqwest::Response) -> Self {
        Self { status: response.status(), headers: response.headers().clone(), body: Bytes::new() }
    }
}

/// Most bodies arrive in one piece, which is not copied.
fn joined(body: Bytes, chunk: Bytes) -> Bytes {
    if body.is_empty() {
        return chunk;
    }
    let mut body = BytesMut::from(body);
    body.extend_from_slice(&chunk);
    body.freeze()
}

impl BodyError {
    /// Describes why `body` cannot be deserialized, and where. It shows names of properties, and never a value.
    pub(crate) fn content(error: &serde_json::Error, body: &[u8]) -> Self {
        let at = || location::path(body, error.line(), error.column(), PROPERTIES);
        Self::Content(match error.classify() {
            Category::Eof => "ends too early".to_owned(),
            Category::Syntax | Category::Io => {
                format!("is not JSON, at line {}, column {}", error.line(), error.column())
            }
            Category::Data => match (missing_property(error), at()) {
                (Some(name), Some(at)) if at.is_empty() => format!("has no `{name}`"),
                (Some(name), Some(at)) => format!("has no `{name}` in `{at}`"),
                (None, Some(at)) if !at.is_empty() => format!("is not as documented at `{at}`"),
                _ => "is not as documented".to_owned(),
            },
        })
    }
}

/// The property that serde reports as missing. Its name comes from the document, and not from the body.
fn missing_property(error: &serde_json::Error) -> Option<&'static str> {
    let text = error.to_string();
    let name = text.strip_prefix("missing field `")?.split('`').next()?;
    PROPERTIES.binary_search(&name).ok().map(|index| PROPERTIES[index])
}
