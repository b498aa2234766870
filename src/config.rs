//! Errors in the settings of a client.

use crate::credentials::CredentialsError;
use crate::space::SpaceError;

/// Why a [`Client`](crate::Client) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// All required environment variables that are not set, or empty.
    #[error("{} not set, or empty", named(.0))]
    MissingVariables(Vec<&'static str>),
    /// An environment variable that is not Unicode.
    #[error("{0} is not Unicode")]
    NotUnicode(&'static str),
    /// An environment variable whose value is invalid.
    #[error("{name}: {error}")]
    InvalidVariable {
        /// The variable.
        name: &'static str,
        /// Why its value is invalid.
        error: Box<ConfigError>,
    },
    /// Invalid credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// An invalid space.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// An invalid base URL, and the reason.
    #[error("base URL {0}")]
    BaseUrl(&'static str),
    /// The HTTP client rejects its settings.
    #[error("HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
    /// The thread of a blocking client cannot be started.
    #[error("thread for blocking calls cannot be started")]
    Thread(#[source] std::io::Error),
}

/// `A is`, `A and B are`, `A, B and C are`.
fn named(names: &[&str]) -> String {
    match names {
        [] => "nothing is".to_owned(),
        [only] => format!("{only} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
    }
}
