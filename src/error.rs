//! Why a call failed, and whether its request may have been sent.

mod display;
mod shown;

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::api_error::ApiError;
use crate::body::{BodyError, RawResponse};
use crate::generated::ErrorBody;
use crate::response::request_id;
use crate::retry_after::retry_after;
use crate::setter::{ConversionError, Invalid};

pub(crate) use shown::SentWords;
use shown::is_safe_code;
pub(crate) use shown::is_safe_id;

/// How many of a response's codes are shown.
const SHOWN_CODES: usize = 3;

/// Why a request failed. Its `Display` is one line without secrets, numbers or bodies; it has the size of a pointer.
pub struct Error(Box<Failure>);

struct Failure {
    /// The method of the client; `None` if a value was rejected before a call.
    operation: Option<&'static str>,
    cause: Cause,
    response: Option<RawResponse>,
    listed: Vec<ApiError>,
    /// The codes that may be shown.
    shown_codes: Vec<String>,
    /// How many attempts were made.
    attempts: u32,
    /// What the attempts before the last one sent.
    sent_before: Sent,
}

enum Cause {
    InvalidRequest(String),
    InvalidValue(Box<dyn std::error::Error + Send + Sync>),
    NotBuilt(reqwest::Error),
    Transport {
        error: reqwest::Error,
        is_unsent: bool,
        limits: Limits,
    },
    /// The head of the response to a stream did not arrive in time.
    #[cfg(feature = "streams")]
    TimedOut {
        is_unsent: bool,
        limits: Limits,
    },
    #[cfg_attr(
        not(feature = "blocking"),
        expect(dead_code, reason = "the thread of a blocking client loses calls")
    )]
    Lost,
    Status(Option<ErrorBody>, Option<BodyError>),
    Unreadable(BodyError),
    NotQueued,
    NextPage(&'static str),
}

/// The host and the timeout of a call that got no response.
pub(crate) struct Limits {
    pub(crate) host: String,
    pub(crate) timeout: Duration,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter or the body is missing or invalid; nothing was sent.
    InvalidRequest,
    /// There is no response: connecting or sending failed, the connection broke, or the time ran out.
    Transport,
    /// The status of the response is an error: neither 2xx nor documented as a success.
    Status,
    /// The status is a success, but the body cannot be read: it is not as documented, too long, or incomplete. If SignalWire sent the
    /// response, the request *was* carried out. [`Error::raw_body`] has the body.
    Unreadable,
    /// The status is a success, but the body has `success: false`: nothing was queued.
    NotQueued,
    /// A page of a list names a next page that is not requested: it is at another origin, or was read before. See [`Pages`](crate::Pages).
    NextPage,
}

/// Whether a request has reached the server. Only after [`Sent::No`] is it safe to repeat a request that is not idempotent, such as a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// No: no connection was made, or the call failed or timed out before a connection began to send the request.
    No,
    /// Yes: there is a response.
    Yes,
    /// Perhaps: a connection began to send the request, and broke or timed out before there was a response.
    Unknown,
}

impl Sent {
    /// Whether one of two attempts has reached the server.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::No, Self::No) => Self::No,
        }
    }
}

impl Error {
    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        match self.0.cause {
            Cause::InvalidRequest(_) | Cause::InvalidValue(_) | Cause::NotBuilt(_) => {
                ErrorKind::InvalidRequest
            }
            Cause::Transport { .. } | Cause::Lost => ErrorKind::Transport,
            #[cfg(feature = "streams")]
            Cause::TimedOut { .. } => ErrorKind::Transport,
            Cause::Status(..) => ErrorKind::Status,
            Cause::Unreadable(_) => ErrorKind::Unreadable,
            Cause::NotQueued => ErrorKind::NotQueued,
            Cause::NextPage(_) => ErrorKind::NextPage,
        }
    }

    /// Returns the operation that failed, by the name of its method: `request_mfa_sms`. `None` for a value that was rejected before
    /// a call.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Returns whether the request has reached the server; with retries, whether any attempt has.
    ///
    /// A request that was rejected with the [status](Self::status) 429 or 503 sent no code.
    pub fn was_sent(&self) -> Sent {
        let last = match &self.0.cause {
            Cause::InvalidRequest(_) | Cause::InvalidValue(_) | Cause::NotBuilt(_) | Cause::NextPage(_) => {
                Sent::No
            }
            Cause::Transport { is_unsent: true, .. } => Sent::No,
            #[cfg(feature = "streams")]
            Cause::TimedOut { is_unsent, .. } => {
                if *is_unsent {
                    Sent::No
                } else {
                    Sent::Unknown
                }
            }
            Cause::Transport { .. } | Cause::Lost => Sent::Unknown,
            _ => Sent::Yes,
        };
        last.or(self.0.sent_before)
    }

    /// Returns the status of the response, if there is one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// Returns the id that SignalWire gave the request; its support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.0.response.as_ref()?.headers)
    }

    /// Returns the headers of the response.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// Returns the body of the response as received, up to [the limit](crate::ClientBuilder::max_body_bytes).
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.0.response.as_ref().map(|response| &*response.body)
    }

    /// Returns the typed body, if the status and the body are as documented, and the body is not longer than 64 KiB.
    pub fn body(&self) -> Option<&ErrorBody> {
        match &self.0.cause {
            Cause::Status(body, _) => body.as_ref(),
            _ => None,
        }
    }

    /// Returns the error of an invalid value, for downcasting: a [`SegmentError`](crate::SegmentError), [`E164Error`](crate::E164Error) or
    /// [`BoundedError`](crate::BoundedError). It is part of this error's message, and therefore not its `source()`.
    pub fn invalid_value(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        match &self.0.cause {
            Cause::InvalidValue(error) => Some(&**error),
            _ => None,
        }
    }

    /// Returns the errors that the body of the response lists, at most the first 100.
    pub fn api_errors(&self) -> &[ApiError] {
        &self.0.listed
    }

    /// Returns SignalWire's code for the error, the first if there are several: a string, because SignalWire adds codes over time.
    /// [`codes`](crate::codes) has constants to match on.
    pub fn code(&self) -> Option<&str> {
        self.codes().next()
    }

    /// The first code that an event may show.
    #[cfg(feature = "tracing")]
    pub(crate) fn shown_code(&self) -> Option<&str> {
        self.0.shown_codes.first().map(String::as_str)
    }

    /// The request id, if it has the form of one.
    pub(crate) fn shown_request_id(&self) -> Option<&str> {
        self.request_id().filter(|id| is_safe_id(id))
    }

    /// Returns SignalWire's codes for all errors of the response.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.listed.iter().filter_map(ApiError::code)
    }

    /// Returns how long to wait before the next request, by the header `Retry-After`, which servers send with 429 and 503.
    ///
    /// It is zero if that time has passed, and may be unreasonably long.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.0.response.as_ref()?.headers)
    }

    /// Returns how many attempts were made: one, or more with a [`RetryPolicy`](crate::RetryPolicy); zero if the request was invalid.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns whether the request timed out.
    pub fn is_timeout(&self) -> bool {
        #[cfg(feature = "streams")]
        if self.has_stalled() {
            return true;
        }
        self.transport().is_some_and(reqwest::Error::is_timeout)
    }

    /// Whether a stream did not begin, or did not continue, in time.
    #[cfg(feature = "streams")]
    fn has_stalled(&self) -> bool {
        use crate::frames::Flaw;

        matches!(
            self.0.cause,
            Cause::TimedOut { .. }
                | Cause::Status(_, Some(BodyError::Late(_)))
                | Cause::Unreadable(BodyError::Stream(Flaw::TimedOut(_)))
        )
    }

    /// Returns whether no connection could be made.
    pub fn is_connect(&self) -> bool {
        self.transport().is_some_and(reqwest::Error::is_connect)
    }

    /// Whether the request certainly had no effect: it did not reach the server, or was rejected unprocessed.
    pub(crate) fn did_nothing(&self) -> bool {
        match &self.0.cause {
            Cause::Transport { error, is_unsent, .. } => *is_unsent && !error.is_builder(),
            #[cfg(feature = "streams")]
            Cause::TimedOut { is_unsent, .. } => *is_unsent,
            Cause::Status(..) => {
                let refused = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
                self.is_whole() && self.status().is_some_and(|status| refused.contains(&status))
            }
            _ => false,
        }
    }

    /// Whether another attempt may succeed, if the request is one that may be repeated: the server failed or was busy, or there is no
    /// complete response.
    pub(crate) fn is_temporary(&self) -> bool {
        match &self.0.cause {
            Cause::Transport { error, .. } => !error.is_builder(),
            #[cfg(feature = "streams")]
            Cause::TimedOut { .. } => true,
            Cause::Status(_, Some(BodyError::BrokeOff(_))) | Cause::Unreadable(BodyError::BrokeOff(_)) => {
                true
            }
            Cause::Status(..) => {
                self.status().is_some_and(|status| matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504))
            }
            _ => false,
        }
    }

    /// Whether the complete body of the response was received, within the limit.
    pub(crate) fn is_whole(&self) -> bool {
        #[cfg(feature = "streams")]
        if self.has_stalled() || matches!(self.0.cause, Cause::Unreadable(BodyError::Stream(_))) {
            return false;
        }
        !matches!(
            self.0.cause,
            Cause::Transport { .. }
                | Cause::Lost
                | Cause::Status(_, Some(BodyError::TooLong(_) | BodyError::BrokeOff(_)))
                | Cause::Unreadable(BodyError::TooLong(_) | BodyError::BrokeOff(_))
        )
    }

    fn transport(&self) -> Option<&reqwest::Error> {
        match &self.0.cause {
            Cause::NotBuilt(error) | Cause::Transport { error, .. } => Some(error),
            Cause::Status(_, Some(BodyError::BrokeOff(error)))
            | Cause::Unreadable(BodyError::BrokeOff(error)) => Some(error),
            _ => None,
        }
    }

    fn unsent(cause: Cause) -> Self {
        Self(Box::new(Failure {
            operation: None,
            cause,
            response: None,
            listed: Vec::new(),
            shown_codes: Vec::new(),
            attempts: 0,
            sent_before: Sent::No,
        }))
    }

    fn sent(operation: &'static str, cause: Cause, response: Option<RawResponse>) -> Self {
        let listed = response.as_ref().map(|response| ApiError::all(&response.body)).unwrap_or_default();
        Self(Box::new(Failure {
            operation: Some(operation),
            cause,
            response,
            listed,
            shown_codes: Vec::new(),
            attempts: 1,
            sent_before: Sent::No,
        }))
    }

    /// Returns it as an error of an operation that could not be sent.
    pub(crate) fn of(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// The error for a missing or invalid value. Generated code calls it.
    pub(crate) fn invalid_request(reason: impl fmt::Display) -> Self {
        Self::unsent(Cause::InvalidRequest(reason.to_string()))
    }

    /// The error for a request that the HTTP client rejects. Generated code calls it.
    pub(crate) fn not_built(error: reqwest::Error) -> Self {
        Self::unsent(Cause::NotBuilt(error.without_url()))
    }

    /// The error for a next page that is not requested, with the reason.
    pub(crate) fn next_page(reason: &'static str) -> Self {
        Self::unsent(Cause::NextPage(reason))
    }

    /// The error for a call without a response. `is_withdrawn` says that no connection had begun to send the request, and none can now.
    pub(crate) fn transport_failed(
        operation: &'static str,
        error: reqwest::Error,
        is_withdrawn: bool,
        limits: Limits,
    ) -> Self {
        let is_unsent = is_withdrawn || error.is_connect() || error.is_builder();
        Self::sent(operation, Cause::Transport { error: error.without_url(), is_unsent, limits }, None)
    }

    /// The error for a stream whose response did not begin in time.
    #[cfg(feature = "streams")]
    pub(crate) fn timed_out(operation: &'static str, is_unsent: bool, limits: Limits) -> Self {
        Self::sent(operation, Cause::TimedOut { is_unsent, limits }, None)
    }

    /// The error for a stream that cannot be read, or for an item of it.
    #[cfg(feature = "streams")]
    pub(crate) fn in_stream(
        operation: &'static str,
        flaw: crate::frames::Flaw,
        status: StatusCode,
        headers: &HeaderMap,
        item: bytes::Bytes,
    ) -> Self {
        let flaw = match flaw {
            crate::frames::Flaw::Content(unread) => BodyError::content(&unread.error, &unread.json),
            flaw => BodyError::Stream(flaw),
        };
        Self::unreadable(operation, flaw, RawResponse { status, headers: headers.clone(), body: item })
    }

    /// The error for a call that panicked, or whose runtime has ended.
    #[cfg(feature = "blocking")]
    pub(crate) fn lost(operation: &'static str) -> Self {
        Self::sent(operation, Cause::Lost, None)
    }

    pub(crate) fn from_status(
        operation: &'static str,
        body: Result<Option<ErrorBody>, BodyError>,
        response: RawResponse,
        sent: &SentWords,
    ) -> Self {
        let (body, flaw) = body.map_or_else(|flaw| (None, Some(flaw)), |body| (body, None));
        let mut error = Self::sent(operation, Cause::Status(body, flaw), Some(response));
        let codes = error.codes().filter(|code| is_safe_code(code, sent)).take(SHOWN_CODES);
        error.0.shown_codes = codes.map(str::to_owned).collect();
        error
    }

    pub(crate) fn unreadable(operation: &'static str, flaw: BodyError, response: RawResponse) -> Self {
        Self::sent(operation, Cause::Unreadable(flaw), Some(response))
    }

    pub(crate) fn not_queued(operation: &'static str, response: RawResponse) -> Self {
        Self::sent(operation, Cause::NotQueued, Some(response))
    }

    /// Returns it as the error of the last of several attempts.
    pub(crate) fn after(mut self, attempts: u32, sent_before: Sent) -> Self {
        (self.0.attempts, self.0.sent_before) = (attempts, sent_before);
        self
    }
}

macro_rules! from_invalid_values {
    ($($error:ty),*) => {$(
        /// Lets `?` handle a rejected value like a failed call.
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::unsent(Cause::InvalidValue(Box::new(error)))
            }
        }
    )*};
}

from_invalid_values!(crate::SegmentError, crate::E164Error, crate::BoundedError, crate::SecondsError);

/// Lets `build()?` and `send()?` have one error type.
impl From<ConversionError> for Error {
    fn from(error: ConversionError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

/// Lets the builder of an operation use `?` on each of its values.
impl From<Invalid> for Error {
    fn from(error: Invalid) -> Self {
        Self::invalid_request(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_cannot_be_built_was_not_sent() {
        crate::tls::choose_cryptography();
        let http = reqwest::Client::builder().build().expect("an HTTP client");
        let error = Error::not_built(http.get("no URL").build().expect_err("no URL"));
        assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, Sent::No));
        assert_eq!((error.attempts(), error.is_timeout(), error.is_connect()), (0, false, false));
        assert_eq!(
            error.to_string(),
            "invalid request, nothing was sent: the HTTP client does not accept it"
        );
        assert!(std::error::Error::source(&error).is_some());
        assert!(!error.did_nothing(), "it would fail again");
    }
}
