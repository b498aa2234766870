//! A typed response with its status and headers.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::body::RawResponse;

/// The headers that may hold the request id, in order of preference. The official SDKs read these four.
const REQUEST_ID: [&str; 4] = ["x-request-id", "x-signalwire-request-id", "request-id", "x-amzn-requestid"];

/// The response to a request that succeeded. It dereferences to its value.
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, RawResponse { status, headers, body }: RawResponse) -> Self {
        Self { value, status, headers, body }
    }

    /// Returns the value, without status and headers.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the value, the status and the headers.
    pub fn into_parts(self) -> (T, StatusCode, HeaderMap) {
        (self.value, self.status, self.headers)
    }

    /// Changes the value and keeps the rest.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, status, headers, body } = self;
        Response { value: change(value), status, headers, body }
    }

    /// Returns the body as received, with properties that the document does not have.
    pub fn raw_body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the id that SignalWire gave the request, if any; its support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Does not show the body, nor the headers, which may contain cookies.
impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_ID.iter().find_map(|name| headers.get(*name))?.to_str().ok()
}
