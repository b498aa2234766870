//! How errors are shown: one line, without headers, bodies, numbers or codes.

use std::fmt;

use reqwest::StatusCode;

use super::{Cause, Error, Limits, Sent};
use crate::body::BodyError;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        match &self.0.cause {
            Cause::InvalidRequest(reason) => write!(f, "{UNSENT}: {reason}")?,
            Cause::InvalidValue(error) => write!(f, "{UNSENT}: {error}")?,
            Cause::NotBuilt(_) => write!(f, "{UNSENT}: the HTTP client does not accept it")?,
            Cause::Transport { error, is_unsent, limits } => {
                transport(f, (error.is_timeout(), error.is_connect()), *is_unsent, limits)?;
                if self.was_sent() == Sent::No {
                    f.write_str("; nothing was sent")?;
                }
            }
            #[cfg(feature = "streams")]
            Cause::TimedOut { is_unsent, limits } => {
                transport(f, (true, false), *is_unsent, limits)?;
                if self.was_sent() == Sent::No {
                    f.write_str("; nothing was sent")?;
                }
            }
            Cause::Lost => f.write_str("the call panicked or its runtime ended; it may have been sent")?,
            Cause::Status(_, flaw) => {
                self.responded(f)?;
                match flaw {
                    Some(BodyError::Content(_)) => f.write_str(", with a body that is not documented")?,
                    Some(_) => f.write_str(", with a body that cannot be read")?,
                    None if self.status() == Some(StatusCode::UNAUTHORIZED) => {
                        f.write_str(
                            "; check that project id and API token are not swapped, and the token's scopes",
                        )?;
                    }
                    None => {}
                }
            }
            Cause::Unreadable(error) => {
                self.responded(f)?;
                write!(f, ", but its {error}")?;
            }
            Cause::NotQueued => {
                self.responded(f)?;
                f.write_str(" with `success: false`: nothing was queued")?;
            }
            Cause::NextPage(reason) => write!(f, "next page was not requested: {reason}")?,
        }
        if self.0.attempts > 1 { write!(f, " (attempt {})", self.0.attempts) } else { Ok(()) }
    }
}

const UNSENT: &str = "invalid request, nothing was sent";

fn transport(
    f: &mut fmt::Formatter<'_>,
    (is_timeout, is_connect): (bool, bool),
    is_unsent: bool,
    Limits { host, timeout }: &Limits,
) -> fmt::Result {
    match (is_timeout, is_unsent) {
        (true, true) if is_connect => write!(f, "timed out connecting to {host}"),
        (true, true) => write!(f, "timed out after {timeout:?} connecting to {host}"),
        (true, false) => write!(
            f,
            "timed out after {timeout:?} waiting for a response from {host}; it may have received the request"
        ),
        (false, true) => write!(f, "no connection to {host}"),
        (false, false) => write!(f, "no response from {host}; it may have received the request"),
    }
}

impl Error {
    /// The message of each cause, the nearest first.
    fn causes(&self) -> Vec<String> {
        std::iter::successors(std::error::Error::source(self), |cause| cause.source())
            .map(ToString::to_string)
            .collect()
    }

    /// `server responded 422 Unprocessable Entity: invalid_to (request req-2)`.
    fn responded(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status().map(|status| status.to_string()).unwrap_or_default();
        write!(f, "server responded {status}")?;
        if !self.0.shown_codes.is_empty() {
            write!(f, ": {}", self.0.shown_codes.join(", "))?;
        }
        match self.shown_request_id() {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

/// Shows what `Display` shows, the kind and the status; never the body or a header.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &self.to_string())
            .field("causes", &self.causes())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::NotBuilt(error) | Cause::Transport { error, .. } => Some(error),
            Cause::Status(_, Some(error)) => Some(error),
            // The message already contains theirs.
            Cause::Unreadable(error) => error.source(),
            Cause::InvalidValue(error) => error.source(),
            Cause::InvalidRequest(_)
            | Cause::Lost
            | Cause::Status(_, None)
            | Cause::NotQueued
            | Cause::NextPage(_) => None,
            #[cfg(feature = "streams")]
            Cause::TimedOut { .. } => None,
        }
    }
}
