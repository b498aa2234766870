//! Why a request has no answer to build on, and whether it may have been sent.
//! Knows what can go wrong with one request; must not know any operation.

use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::generated::ErrorBody;
use crate::generated::types::error::ConversionError;
use crate::response::request_id;

/// Why a request failed. It is one word wide, and its `Display` is one line without secrets, numbers or bodies.
pub struct Error(Box<Inner>);

struct Inner {
    /// The `operationId`; nothing where the request was not even built.
    operation: &'static str,
    cause: Cause,
    answer: Option<Answer>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

enum Cause {
    InvalidRequest(String),
    InvalidValue(Box<dyn std::error::Error + Send + Sync>),
    NotBuilt(reqwest::Error),
    Transport(reqwest::Error),
    Interrupted(reqwest::Error),
    Status(Option<ErrorBody>, Option<BodyError>),
    Unreadable(BodyError),
    NotQueued,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was set breaks a rule; nothing was sent.
    InvalidRequest,
    /// The request did not get through, or no answer came back.
    Transport,
    /// The answer has a status other than those of success.
    Status,
    /// The answer says success, and its body cannot be read. What was asked for *was* done.
    Unreadable,
    /// The answer says success, and in it that the message was not queued.
    NotQueued,
}

/// Whether a request has reached the server. Only after [`Sent::No`] can it be repeated without a second thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// It certainly has not.
    No,
    /// It has: there is an answer.
    Yes,
    /// It may have: the connection broke, or the time was up, before an answer.
    Unknown,
}

impl Error {
    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        match self.0.cause {
            Cause::InvalidRequest(_) | Cause::InvalidValue(_) | Cause::NotBuilt(_) => {
                ErrorKind::InvalidRequest
            }
            Cause::Transport(_) | Cause::Interrupted(_) => ErrorKind::Transport,
            Cause::Status(..) => ErrorKind::Status,
            Cause::Unreadable(_) => ErrorKind::Unreadable,
            Cause::NotQueued => ErrorKind::NotQueued,
        }
    }

    /// Whether the request has reached the server.
    pub fn was_sent(&self) -> Sent {
        match &self.0.cause {
            Cause::InvalidRequest(_) | Cause::InvalidValue(_) | Cause::NotBuilt(_) => Sent::No,
            Cause::Transport(error) if error.is_connect() || error.is_builder() => Sent::No,
            Cause::Transport(_) => Sent::Unknown,
            _ => Sent::Yes,
        }
    }

    /// The status of the answer, if there is one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// The id that SignalWire gave the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.0.answer.as_ref()?.headers)
    }

    /// The headers of the answer.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.answer.as_ref().map(|answer| &answer.headers)
    }

    /// The body of the answer as it came; empty when it broke off.
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| &*answer.body)
    }

    /// The documented body, when the status is documented and the body is what the document says.
    pub fn body(&self) -> Option<&ErrorBody> {
        match &self.0.cause {
            Cause::Status(body, _) => body.as_ref(),
            _ => None,
        }
    }

    /// Whether the time was up.
    pub fn is_timeout(&self) -> bool {
        self.transport().is_some_and(reqwest::Error::is_timeout)
    }

    /// Whether no connection could be made.
    pub fn is_connect(&self) -> bool {
        self.transport().is_some_and(reqwest::Error::is_connect)
    }

    fn transport(&self) -> Option<&reqwest::Error> {
        match &self.0.cause {
            Cause::NotBuilt(error) | Cause::Transport(error) | Cause::Interrupted(error) => Some(error),
            _ => None,
        }
    }

    fn new(operation: &'static str, cause: Cause, answer: Option<Answer>) -> Self {
        Self(Box::new(Inner { operation, cause, answer }))
    }

    /// What was set breaks a rule. Generated code calls it.
    pub(crate) fn invalid_request(reason: String) -> Self {
        Self::new("", Cause::InvalidRequest(reason), None)
    }

    /// The HTTP client does not take the request. Generated code calls it.
    pub(crate) fn not_built(error: reqwest::Error) -> Self {
        Self::new("", Cause::NotBuilt(error.without_url()), None)
    }

    pub(crate) fn transport_failed(operation: &'static str, error: reqwest::Error) -> Self {
        Self::new(operation, Cause::Transport(error.without_url()), None)
    }

    pub(crate) fn interrupted(operation: &'static str, error: reqwest::Error, answer: Answer) -> Self {
        Self::new(operation, Cause::Interrupted(error.without_url()), Some(answer))
    }

    pub(crate) fn from_status(
        operation: &'static str,
        body: Result<Option<ErrorBody>, serde_json::Error>,
        answer: Answer,
    ) -> Self {
        let (body, error) =
            body.map_or_else(|error| (None, Some(BodyError::from(error))), |body| (body, None));
        Self::new(operation, Cause::Status(body, error), Some(answer))
    }

    pub(crate) fn unreadable(operation: &'static str, error: serde_json::Error, answer: Answer) -> Self {
        Self::new(operation, Cause::Unreadable(error.into()), Some(answer))
    }

    pub(crate) fn not_queued(operation: &'static str, answer: Answer) -> Self {
        Self::new(operation, Cause::NotQueued, Some(answer))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.0.operation;
        match &self.0.cause {
            Cause::InvalidRequest(reason) => write!(f, "request is not sent: {reason}"),
            Cause::NotBuilt(_) => f.write_str("request is not sent: the HTTP client does not take it"),
            Cause::InvalidValue(_) => f.write_str("request is not sent: a value breaks a rule"),
            Cause::Transport(error) if error.is_connect() => write!(f, "{operation}: no connection"),
            Cause::Transport(error) if error.is_timeout() => {
                write!(f, "{operation}: time was up before an answer")
            }
            Cause::Transport(_) => write!(f, "{operation}: no answer"),
            Cause::Interrupted(_) => write!(f, "{operation}: answer {} broke off", self.status_text()),
            Cause::Status(_, None) => write!(f, "{operation}: answer is {}", self.status_text()),
            Cause::Status(_, Some(_)) => {
                write!(f, "{operation}: answer is {}, with a body that is not documented", self.status_text())
            }
            Cause::Unreadable(_) => {
                write!(
                    f,
                    "{operation}: answer says success ({}), and its body cannot be read",
                    self.status_text()
                )
            }
            Cause::NotQueued => {
                write!(f, "{operation}: answer {} says that nothing was queued", self.status_text())
            }
        }
    }
}

impl Error {
    fn status_text(&self) -> String {
        self.status().map(|status| status.to_string()).unwrap_or_default()
    }
}

/// As `Display`, with what a developer may see: the kind and the status, never the body or a header.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &self.to_string())
            .field("source", &std::error::Error::source(self).map(ToString::to_string))
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::NotBuilt(error) | Cause::Transport(error) | Cause::Interrupted(error) => Some(error),
            Cause::Status(_, Some(error)) | Cause::Unreadable(error) => Some(error),
            Cause::InvalidValue(error) => Some(&**error),
            Cause::InvalidRequest(_) | Cause::Status(_, None) | Cause::NotQueued => None,
        }
    }
}

/// Where a body stops being what the document says. serde's own message would quote the body.
#[derive(Debug, thiserror::Error)]
#[error("{reason}, at line {line}, column {column}")]
struct BodyError {
    reason: &'static str,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for BodyError {
    fn from(error: serde_json::Error) -> Self {
        let reason = match error.classify() {
            serde_json::error::Category::Eof => "body ends too early",
            serde_json::error::Category::Data => "body has another shape",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "body is not JSON",
        };
        Self { reason, line: error.line(), column: error.column() }
    }
}

macro_rules! from_invalid_values {
    ($($error:ty),*) => {$(
        /// So that checking a value, building a request and sending it go together.
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new("", Cause::InvalidValue(Box::new(error)), None)
            }
        }
    )*};
}

from_invalid_values!(crate::SegmentError, crate::E164Error, crate::BoundedError);

/// So that `build()?` and `send()?` go together.
impl From<ConversionError> for Error {
    fn from(error: ConversionError) -> Self {
        Self::invalid_request(error.to_string())
    }
}
