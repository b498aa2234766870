//! The responses of a mock.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

/// A response of a [mock](crate::mock), documented or not.
///
/// ```
/// use std::time::Duration;
/// use relay_rest::mock::Reply;
///
/// let busy = Reply::new(429).header("Retry-After", "30");
/// let of_a_proxy = Reply::new(502).header("Content-Type", "text/html").body("<h1>Bad Gateway</h1>");
/// let too_late = Reply::new(200).after(Duration::from_secs(3600));
/// let broken = Reply::hang_up();
/// ```
#[derive(Clone)]
pub struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) delay: Option<Duration>,
    pub(super) hangs_up: bool,
}

impl Reply {
    /// Returns a response with this status, without headers and body.
    ///
    /// # Panics
    /// Panics if the status is less than 200 or greater than 999, which no final response has.
    #[track_caller]
    pub fn new(status: u16) -> Self {
        let code = StatusCode::from_u16(status).ok().filter(|code| !code.is_informational());
        let status = code.unwrap_or_else(|| {
            panic!("{status} is not the status of a final response; 200 to 999 are allowed")
        });
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), delay: None, hangs_up: false }
    }

    /// Closes the connection after the request was read, without a response: the client cannot know what was done.
    pub fn hang_up() -> Self {
        Self { hangs_up: true, ..Self::new(500) }
    }

    /// Adds a header.
    ///
    /// # Panics
    /// Panics if the name is not a header name, or the value contains a control character.
    #[must_use]
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let (Ok(key), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            panic!("`{name}` is not a header name, or its value contains a control character");
        };
        self.headers.append(key, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Sets the body to a value, as JSON.
    ///
    /// # Panics
    /// Panics if the value cannot be serialized as JSON, such as a map whose keys are not strings.
    #[must_use]
    #[track_caller]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body)
            .unwrap_or_else(|error| panic!("the body cannot be serialized as JSON: {error}"));
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body(body)
    }

    /// Responds only after this delay.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay: Some(delay), ..self }
    }
}

/// Does not show headers and body, which may contain secrets.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("delay", &self.delay)
            .field("hangs_up", &self.hangs_up)
            .finish_non_exhaustive()
    }
}
