//! Reads the body of a response up to the limit, and keeps what came before it broke off.

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// A response whose body is whole, or as far as it came.
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What is wrong with a body. serde's own messages would quote it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("{reason}, at line {line}, column {column}")]
    Content { reason: &'static str, line: usize, column: usize },
    #[error("body is longer than the limit of {0} bytes")]
    TooLong(usize),
    #[error("body broke off")]
    BrokeOff(#[source] reqwest::Error),
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

/// Nearly every body comes in one piece, which is not copied.
fn joined(body: Bytes, chunk: Bytes) -> Bytes {
    if body.is_empty() {
        return chunk;
    }
    let mut body = BytesMut::from(body);
    body.extend_from_slice(&chunk);
    body.freeze()
}

impl From<serde_json::Error> for BodyError {
    fn from(error: serde_json::Error) -> Self {
        let reason = match error.classify() {
            serde_json::error::Category::Eof => "body ends too early",
            serde_json::error::Category::Data => "body has another shape",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "body is not JSON",
        };
        Self::Content { reason, line: error.line(), column: error.column() }
    }
}
