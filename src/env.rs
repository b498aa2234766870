//! Settings from environment variables, under SignalWire's own names.

use std::ffi::OsString;

use crate::config::ConfigError;
use crate::{Client, Credentials, Space};

const PROJECT_ID: &str = "SIGNALWIRE_PROJECT_ID";
const API_TOKEN: &str = "SIGNALWIRE_API_TOKEN";
const SPACE: &str = "SIGNALWIRE_SPACE";

impl Client {
    /// Builds a client from `SIGNALWIRE_SPACE`, `SIGNALWIRE_PROJECT_ID` and `SIGNALWIRE_API_TOKEN`.
    ///
    /// # Errors
    /// Returns an error that names all variables that are missing or empty, or one that is invalid, or if TLS cannot be set up.
    pub fn from_env() -> Result<Self, ConfigError> {
        let (space, credentials) = all(|name| std::env::var_os(name))?;
        Self::new(&space, credentials)
    }
}

impl Credentials {
    /// Creates credentials from `SIGNALWIRE_PROJECT_ID` and `SIGNALWIRE_API_TOKEN`.
    ///
    /// # Errors
    /// Returns an error that names the variables that are missing or empty, or one that [`Credentials::new`] rejects.
    pub fn from_env() -> Result<Self, ConfigError> {
        credentials(|name| std::env::var_os(name))
    }
}

/// Reads the credentials through `variable`, which is `std::env::var_os` except in tests.
fn credentials(variable: impl Fn(&str) -> Option<OsString>) -> Result<Credentials, ConfigError> {
    let [project_id, api_token] = read([PROJECT_ID, API_TOKEN], variable)?;
    checked(project_id, api_token)
}

/// Reads the space and the credentials.
fn all(variable: impl Fn(&str) -> Option<OsString>) -> Result<(Space, Credentials), ConfigError> {
    let [project_id, api_token, space] = read([PROJECT_ID, API_TOKEN, SPACE], variable)?;
    let space = space.parse::<Space>().map_err(|error| invalid(SPACE, error))?;
    Ok((space, checked(project_id, api_token)?))
}

fn checked(project_id: String, api_token: String) -> Result<Credentials, ConfigError> {
    Credentials::new(project_id, api_token).map_err(|error| match error.is_project_id() {
        true => invalid(PROJECT_ID, error),
        false => invalid(API_TOKEN, error),
    })
}

fn invalid(name: &'static str, error: impl Into<ConfigError>) -> ConfigError {
    ConfigError::InvalidVariable { name, error: Box::new(error.into()) }
}

/// Returns the values, or one error that names all missing variables. An empty one counts as missing: CI sets undefined secrets to "".
fn read<const N: usize>(
    names: [&'static str; N],
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<[String; N], ConfigError> {
    let values = names.map(variable);
    let missing: Vec<_> = names
        .iter()
        .zip(&values)
        .filter(|(_, value)| value.as_ref().is_none_or(|value| value.is_empty()))
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        return Err(ConfigError::MissingVariables(missing));
    }
    let mut texts = [const { String::new() }; N];
    for ((name, value), text) in names.into_iter().zip(values).zip(&mut texts) {
        *text = value.unwrap_or_default().into_string().map_err(|_| ConfigError::NotUnicode(name))?;
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn all_missing_variables_are_named_at_once() {
        let error = all(lookup(&[(API_TOKEN, "t")])).expect_err("two are missing");
        assert_eq!(error.to_string(), "SIGNALWIRE_PROJECT_ID and SIGNALWIRE_SPACE are not set, or empty");
        let error = all(lookup(&[])).expect_err("all are missing");
        assert_eq!(
            error.to_string(),
            "SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN and SIGNALWIRE_SPACE are not set, or empty"
        );
        let error = credentials(lookup(&[(PROJECT_ID, "p")])).expect_err("one is missing");
        assert_eq!(error.to_string(), "SIGNALWIRE_API_TOKEN is not set, or empty");
    }

    #[test]
    fn a_variable_that_is_set_to_nothing_is_missing() {
        let error =
            all(lookup(&[(PROJECT_ID, ""), (API_TOKEN, "t")])).expect_err("an empty id, and no space");
        assert_eq!(error.to_string(), "SIGNALWIRE_PROJECT_ID and SIGNALWIRE_SPACE are not set, or empty");
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let error = credentials(|name| {
            (name == API_TOKEN).then(|| OsString::from_vec(vec![0xff])).or(Some("p".into()))
        });
        assert_eq!(error.expect_err("no text").to_string(), "SIGNALWIRE_API_TOKEN is not Unicode");
    }

    #[test]
    fn names_the_variable_whose_value_is_invalid() {
        let set = |id, token, space| [(PROJECT_ID, id), (API_TOKEN, token), (SPACE, space)];
        for (set, expected) in [
            (set("p", "t", "localhost:8080"), "SIGNALWIRE_SPACE: space is this machine without a scheme"),
            (set("p:q", "t", "acme"), "SIGNALWIRE_PROJECT_ID: project id contains a `:`"),
            (set("p", "t\n", "acme"), "SIGNALWIRE_API_TOKEN: API token contains a control character"),
        ] {
            let error = all(lookup(&set)).expect_err(expected).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn the_three_variables_are_enough() {
        let (space, credentials) =
            all(lookup(&[(PROJECT_ID, "p"), (API_TOKEN, "t"), (SPACE, "acme")])).expect("all are set");
        assert_eq!(space.to_string(), "acme");
        assert_eq!(credentials.project_id(), "p");
    }
}
