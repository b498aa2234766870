//! Responses that the server can be set to send instead of its own.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response};

/// A response to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead {
    /// A status, headers and a body.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// No response: the connection stays open.
    Silence,
}

impl Instead {
    pub(super) async fn into_response(self) -> Response<Body> {
        let Self::Answer(status, headers, body) = self else { return std::future::pending().await };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status.try_into().unwrap_or_default();
        for (name, value) in headers {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }
}
