//! Events of `tracing` for each request, with the feature of that name: never bodies, numbers or codes.

use std::time::Instant;

use crate::body::RawResponse;
use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::{error::is_safe_id, response::request_id};

/// A request in progress.
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
