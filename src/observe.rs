//! What an operator may see of each request: events of `tracing`, with the feature of that name.
//! Knows what is harmless to show; must not know bodies, numbers or codes.

#[cfg(feature = "tracing")]
pub(crate) use events::Attempt;
#[cfg(not(feature = "tracing"))]
pub(crate) use nothing::Attempt;

#[cfg(feature = "tracing")]
mod events {
    use std::time::Instant;

    use crate::answer::Answer;
    use crate::error::Error;
    use crate::response::request_id;

    /// One request that was begun.
    pub(crate) struct Attempt {
        operation: &'static str,
        number: u32,
        start: Instant,
    }

    impl Attempt {
        pub(crate) fn begin(operation: &'static str, number: u32) -> Self {
            Self { operation, number, start: Instant::now() }
        }

        pub(crate) fn answered(self, answer: &Answer) {
            tracing::debug!(
                operation = self.operation,
                attempt = self.number,
                status = answer.status.as_u16(),
                elapsed_ms = self.elapsed_ms(),
                request_id = request_id(&answer.headers),
                "answered"
            );
        }

        pub(crate) fn failed(self, error: &Error) {
            tracing::warn!(
                operation = self.operation,
                attempt = self.number,
                status = error.status().map(|status| status.as_u16()),
                elapsed_ms = self.elapsed_ms(),
                request_id = error.request_id(),
                sent = ?error.was_sent(),
                timeout = error.is_timeout(),
                "failed"
            );
        }

        fn elapsed_ms(&self) -> u64 {
            u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod nothing {
    use crate::answer::Answer;
    use crate::error::Error;

    /// One request that nobody watches.
    pub(crate) struct Attempt;

    impl Attempt {
        pub(crate) fn begin(_: &'static str, _: u32) -> Self {
            Self
        }

        pub(crate) fn answered(self, _: &Answer) {}

        pub(crate) fn failed(self, _: &Error) {}
    }
}
