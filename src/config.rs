//! What can be wrong with the settings of a client.

use crate::credentials::CredentialsError;
use crate::space::SpaceError;

/// A [`Client`] cannot be made of the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Environment variables that have to be set and are not, or are set to nothing, all of them.
    #[error("{} not set, or empty", named(.0))]
    MissingVariables(Vec<&'static str>),
    /// An environment variable that is not Unicode.
    #[error("{0} is not Unicode")]
    NotUnicode(&'static str),
    /// The credentials cannot be right.
    #[error("credentials are not usable")]
    Credentials(#[from] CredentialsError),
    /// The space cannot be right.
    #[error("space is not usable")]
    Space(#[from] SpaceError),
    /// The base URL cannot be right, for the reason given.
    #[error("base URL {0}")]
    BaseUrl(&'static str),
    /// The HTTP client refuses its settings.
    #[error("HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// `A is`, `A and B are`, `A, B and C are`.
fn named(names: &[&str]) -> String {
    match names {
        [] => "nothing is".to_owned(),
        [only] => format!("{only} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
    }
}
