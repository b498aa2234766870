//! Spans and events of `tracing`, with the feature of that name: a span for each call, and in it an event for each attempt. They have no
//! bodies, numbers, codes or concrete paths.

use std::time::Instant;

use reqwest::Request;
#[cfg(feature = "tracing")]
use tracing::{Instrument as _, Span, field::Empty};

use crate::body::RawResponse;
use crate::error::Error;
use crate::exchange::Endpoint;
#[cfg(feature = "tracing")]
use crate::{
    error::{ErrorKind, is_safe_id},
    response::request_id,
};

/// A call in progress, with all of its attempts.
pub(crate) struct Call {
    #[cfg(feature = "tracing")]
    span: Span,
}

#[cfg(not(feature = "tracing"))]
impl Call {
    pub(crate) fn begin(_: Endpoint, _: &Request) -> Self {
        Self {}
    }

    pub(crate) fn run<F: Future>(&self, attempts: F) -> F {
        attempts
    }

    pub(crate) fn responded(&self, _: u32, _: &RawResponse) {}

    pub(crate) fn failed(&self, _: &Error) {}
}

/// The names of the fields are those of OpenTelemetry's conventions for HTTP clients, and those that `tracing-opentelemetry` reads. There is
/// no `url.full`: it can contain secrets.
#[cfg(feature = "tracing")]
impl Call {
    pub(crate) fn begin(endpoint: Endpoint, request: &Request) -> Self {
        let (method, url) = (request.method().as_str(), request.url());
        let is_known = METHODS.contains(&method);
        let name = if is_known { method } else { "HTTP" };
        let name = endpoint.template.map_or_else(|| name.to_owned(), |template| format!("{name} {template}"));
        let span = tracing::info_span!(
            "call",
            otel.name = name,
            otel.kind = "client",
            otel.status_code = Empty,
            operation = endpoint.name,
            http.request.method = if is_known { method } else { "_OTHER" },
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            url.template = endpoint.template,
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            "error.type" = Empty,
            request_id = Empty,
            code = Empty,
        );
        Self { span }
    }

    /// Makes its attempts, within the span.
    pub(crate) fn run<F: Future>(&self, attempts: F) -> impl Future<Output = F::Output> + use<F> {
        attempts.instrument(self.span.clone())
    }

    pub(crate) fn responded(&self, attempts: u32, response: &RawResponse) {
        self.ended(
            attempts,
            Some(response.status.as_u16()),
            request_id(&response.headers).filter(|id| is_safe_id(id)),
        );
    }

    pub(crate) fn failed(&self, error: &Error) {
        let status = error.status().map(|status| status.as_u16());
        self.ended(error.attempts(), status, error.shown_request_id());
        self.span.record("otel.status_code", "ERROR");
        self.span.record("code", error.shown_code());
        let number = status.unwrap_or_default().to_string();
        let kind = match error.kind() {
            ErrorKind::Status => &number,
            ErrorKind::Unreadable => "unreadable",
            ErrorKind::NotQueued => "not_queued",
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::NextPage => "next_page",
            ErrorKind::Transport if error.is_timeout() => "timeout",
            ErrorKind::Transport if error.is_connect() => "connect",
            ErrorKind::Transport => "no_response",
        };
        self.span.record("error.type", kind);
    }

    fn ended(&self, attempts: u32, status: Option<u16>, request_id: Option<&str>) {
        if attempts > 1 {
            self.span.record("http.request.resend_count", attempts - 1);
        }
        self.span.record("http.response.status_code", status);
        self.span.record("request_id", request_id);
    }
}

/// The methods of RFC 9110 and RFC 5789, and QUERY. Others are `_OTHER`, so that there are few values.
#[cfg(feature = "tracing")]
const METHODS: [&str; 10] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"];

/// An attempt in progress.
#[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "only events show them"))]
pub(crate) struct Attempt {
    operation: &'static str,
    number: u32,
    start: Instant,
}

impl Attempt {
    pub(crate) fn begin(operation: &'static str, number: u32) -> Self {
        Self { operation, number, start: Instant::now() }
    }

    #[cfg(not(feature = "tracing"))]
    pub(crate) fn ended(self, _: Result<&RawResponse, &Error>) {}

    /// Reports the response or the error.
    #[cfg(feature = "tracing")]
    pub(crate) fn ended(self, outcome: Result<&RawResponse, &Error>) {
        let elapsed_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(response) => tracing::debug!(
                operation = self.operation,
                attempt = self.number,
                status = response.status.as_u16(),
                elapsed_ms,
                request_id = request_id(&response.headers).filter(|id| is_safe_id(id)),
                "responded"
            ),
            Err(error) => tracing::warn!(
                operation = self.operation,
                attempt = self.number,
                status = error.status().map(|status| status.as_u16()),
                elapsed_ms,
                request_id = error.shown_request_id(),
                kind = ?error.kind(),
                code = error.shown_code(),
                sent = ?error.was_sent(),
                timeout = error.is_timeout(),
                "failed"
            ),
        }
    }
}
