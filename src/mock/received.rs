//! A request that the mock server has received.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;

/// A request whose body was read.
#[derive(Clone)]
pub(super) struct Received {
    pub(super) method: Method,
    /// The path below that of the space.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The decoded pairs of a query.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
