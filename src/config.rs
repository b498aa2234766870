//! Errors in the settings of a client.

use std::error::Error;
use std::fmt;

use crate::credentials::CredentialsError;
use crate::space::SpaceError;

/// Why a [`Client`](crate::Client) cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// All required environment variables that are not set, or empty.
    MissingVariables(Vec<&'static str>),
    /// An environment variable that is not Unicode.
    NotUnicode(&'static str),
    /// An environment variable whose value is invalid.
    InvalidVariable {
        /// The variable.
        name: &'static str,
        /// Why its value is invalid.
        error: Box<ConfigError>,
    },
    /// Invalid credentials.
    Credentials(CredentialsError),
    /// An invalid space.
    Space(SpaceError),
    /// An invalid base URL, and the reason.
    BaseUrl(&'static str),
    /// The HTTP client rejects its settings.
    Http(reqwest::Error),
    /// The thread of a blocking client cannot be started.
    Thread(std::io::Error),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingVariables(names) => write!(f, "{} not set, or empty", named(names)),
            Self::NotUnicode(name) => write!(f, "{name} is not Unicode"),
            Self::InvalidVariable { name, error } => write!(f, "{name}: {error}"),
            Self::Credentials(error) => error.fmt(f),
            Self::Space(error) => error.fmt(f),
            Self::BaseUrl(reason) => write!(f, "base URL {reason}"),
            Self::Http(_) => f.write_str("HTTP client cannot be set up"),
            Self::Thread(_) => f.write_str("thread for blocking calls cannot be started"),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Thread(error) => Some(error),
            // The message already contains theirs.
            Self::InvalidVariable { .. } | Self::Credentials(_) | Self::Space(_) => None,
            Self::MissingVariables(_) | Self::NotUnicode(_) | Self::BaseUrl(_) => None,
        }
    }
}

impl From<CredentialsError> for ConfigError {
    fn from(error: CredentialsError) -> Self {
        Self::Credentials(error)
    }
}

impl From<SpaceError> for ConfigError {
    fn from(error: SpaceError) -> Self {
        Self::Space(error)
    }
}

/// `A is`, `A and B are`, `A, B and C are`.
fn named(names: &[&str]) -> String {
    match names {
        [] => "nothing is".to_owned(),
        [only] => format!("{only} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
    }
}
