//! A project id and an API token, and the `Authorization` header made of them.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// The credentials of a SignalWire project: its id and one of its API tokens.
///
/// `Debug` does not show the token. Clones share one copy of it, which is wiped from memory when the last one is dropped. The
/// `Authorization` header of each request is wiped as well. Not wiped are the project id, a string that you passed by reference, and
/// the buffers to which the HTTP client and TLS wrote the header.
///
/// ```
/// use relay_rest::Credentials;
///
/// let credentials = Credentials::new("6fd3b2a5-project", "PT-secret")?;
/// assert!(!format!("{credentials:?}").contains("secret"));
/// # Ok::<(), relay_rest::CredentialsError>(())
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Parts>);

struct Parts {
    project_id: String,
    api_token: SecretString,
}

impl Credentials {
    /// Creates credentials from a project id and an API token.
    ///
    /// # Errors
    /// Returns an error if one of them is empty or contains a control character, or the project id contains a `:`, which RFC 7617 §2
    /// forbids in a user id.
    pub fn new(
        project_id: impl Into<String>,
        api_token: impl Into<String>,
    ) -> Result<Self, CredentialsError> {
        let (project_id, api_token) = (project_id.into(), SecretString::from(api_token.into()));
        check(PROJECT_ID, &project_id)?;
        check("API token", api_token.expose_secret())?;
        if project_id.contains(':') {
            return Err(CredentialsError {
                part: PROJECT_ID,
                reason: "contains a `:`, which HTTP Basic authentication does not allow",
            });
        }
        Ok(Self(Arc::new(Parts { project_id, api_token })))
    }

    /// Returns the project id.
    pub fn project_id(&self) -> &str {
        &self.0.project_id
    }

    /// `Basic base64(project_id:token)`, marked sensitive: neither `Debug` nor HTTP/2 header compression shows it.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let pair = Zeroizing::new(format!("{}:{}", self.0.project_id, self.0.api_token.expose_secret()));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        let header = Zeroizing::new(format!("Basic {}", *encoded));
        // The value keeps this very string, which is wiped when its last clone is dropped.
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .unwrap_or_else(|_| unreachable!("base64 is visible ASCII"));
        value.set_sensitive(true);
        value
    }
}

fn check(part: &'static str, value: &str) -> Result<(), CredentialsError> {
    let reason = if value.is_empty() {
        "is empty"
    } else if value.chars().any(char::is_control) {
        "contains a control character, perhaps a line break at its end"
    } else {
        return Ok(());
    };
    Err(CredentialsError { part, reason })
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("project_id", &self.0.project_id).finish_non_exhaustive()
    }
}

/// Why [`Credentials`] are invalid. It does not repeat the invalid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsError {
    part: &'static str,
    reason: &'static str,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.part, self.reason)
    }
}

impl std::error::Error for CredentialsError {}

impl CredentialsError {
    /// Whether the project id is invalid, and not the API token.
    pub(crate) fn is_project_id(&self) -> bool {
        self.part == PROJECT_ID
    }
}

const PROJECT_ID: &str = "project id";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_sensitive() {
        let header = Credentials::new("a", "b").expect("usable credentials").authorization();
        assert!(header.is_sensitive());
        assert_eq!(header, "Basic YTpi");
        assert_eq!(format!("{header:?}"), "Sensitive");
    }
}
