//! What the server may be told to answer in place of what it should.
//! Knows statuses and bodies; must not know the operations.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response};

/// An answer to one request, whatever it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead {
    /// A status, headers and a body.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// None: the connection stays open, and nothing comes.
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
