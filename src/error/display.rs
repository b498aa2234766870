//! How errors are shown: one line, without headers, bodies, numbers or codes.

use std::fmt;

use super::{Cause, Error};
use crate::body::BodyError;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.0.operation;
        match &self.0.cause {
            Cause::InvalidRequest(reason) => write!(f, "request is not sent: {reason}"),
            Cause::NotBuilt(_) => f.write_str("request is not sent: the HTTP client does not take it"),
            Cause::InvalidValue(_) => f.write_str("request is not sent: a value breaks a rule"),
            Cause::Transport { error, .. } if error.is_connect() => write!(f, "{operation}: no connection"),
            Cause::Transport { error, .. } if error.is_timeout() => {
                write!(f, "{operation}: time was up before an answer")
            }
            Cause::Transport { is_unsent: true, .. } => write!(f, "{operation}: no connection"),
            Cause::Transport { .. } => write!(f, "{operation}: no answer"),
            Cause::Status(_, None) => write!(f, "{operation}: answer is {}", self.status_text()),
            Cause::Status(_, Some(BodyError::Content { .. })) => {
                write!(f, "{operation}: answer is {}, with a body that is not documented", self.status_text())
            }
            Cause::Status(_, Some(_)) => {
                write!(f, "{operation}: answer is {}, with a body that cannot be read", self.status_text())
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
    /// What each cause says, the nearest first.
    fn causes(&self) -> Vec<String> {
        std::iter::successors(std::error::Error::source(self), |cause| cause.source())
            .map(ToString::to_string)
            .collect()
    }

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
            .field("causes", &self.causes())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::NotBuilt(error) | Cause::Transport { error, .. } => Some(error),
            Cause::Status(_, Some(error)) | Cause::Unreadable(error) => Some(error),
            Cause::InvalidValue(error) => Some(&**error),
            Cause::InvalidRequest(_) | Cause::Status(_, None) | Cause::NotQueued => None,
        }
    }
}
