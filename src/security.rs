//! Puts a caller's credentials where a document's security requirements have them (OpenAPI 3.1.1 §4.8.27, §4.8.30), for clients
//! with `Settings::security`. Uses reqwest, base64 and `src/encode.rs` alone: relay-rest itself has credentials of its own.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use reqwest::{Request, Url};

use crate::encode::encoded;

/// A security scheme of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityScheme {
    /// Its name in the document, under which the caller sets a credential.
    pub name: &'static str,
    /// How a request is authenticated.
    pub kind: SecurityKind,
}

/// How a scheme authenticates a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityKind {
    /// HTTP Basic (RFC 7617), by [`Credential::basic`].
    Basic,
    /// A token in the header `Authorization` (RFC 6750), by [`Credential::bearer`].
    Bearer,
    /// Another HTTP scheme with this name (RFC 9110 §11), by [`Credential::http`].
    Http(&'static str),
    /// A value in the header, query parameter or cookie with this name, by [`Credential::api_key`].
    ApiKey(ApiKeyLocation, &'static str),
    /// An access token of OAuth 2, which the caller obtains, by [`Credential::bearer`].
    OAuth2,
    /// A token of OpenID Connect, which the caller obtains, by [`Credential::bearer`].
    OpenIdConnect,
    /// A certificate, which the caller gives to the HTTP client, by [`Credential::client_certificate`].
    MutualTls,
    /// A scheme that security requirements name and the document does not declare, or not correctly. By
    /// [`Credential::basic`], [`Credential::bearer`] or [`Credential::client_certificate`], which say themselves where they are sent.
    Undeclared,
}

/// Where a request has an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyLocation {
    /// In a header.
    Header,
    /// In the query.
    Query,
    /// In a cookie.
    Cookie,
}

/// A Security Requirement Object: schemes that authenticate a request together, by their names, with the scopes that it needs. An
/// operation has a list of them, one of which is enough.
pub type SecurityRequirement = &'static [(&'static str, &'static [&'static str])];

/// A secret for one security scheme. `Debug` shows its kind alone.
#[derive(Clone)]
pub struct Credential(Secret);

#[derive(Clone)]
enum Secret {
    Basic { user: String, password: String },
    Bearer(String),
    Http(String),
    ApiKey(String),
    ClientCertificate,
}

impl Credential {
    /// A user and a password, for HTTP Basic.
    pub fn basic(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self(Secret::Basic { user: user.into(), password: password.into() })
    }

    /// A token, for HTTP bearer, OAuth 2 and OpenID Connect.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(Secret::Bearer(token.into()))
    }

    /// What follows the name of another HTTP scheme in the header `Authorization`.
    pub fn http(parameters: impl Into<String>) -> Self {
        Self(Secret::Http(parameters.into()))
    }

    /// The value of a header, of a query parameter or of a cookie. In a query it is a part of the URL, which errors of reqwest show
    /// (`reqwest::Error::without_url`), as do logs of servers.
    pub fn api_key(value: impl Into<String>) -> Self {
        Self(Secret::ApiKey(value.into()))
    }

    /// Says that the HTTP client has the certificate that mutual TLS needs, such as by `reqwest::ClientBuilder::identity`.
    pub fn client_certificate() -> Self {
        Self(Secret::ClientCertificate)
    }

    fn kind(&self) -> &'static str {
        match self.0 {
            Secret::Basic { .. } => "basic",
            Secret::Bearer(_) => "bearer",
            Secret::Http(_) => "http",
            Secret::ApiKey(_) => "api_key",
            Secret::ClientCertificate => "client_certificate",
        }
    }

    /// What a request has of it; `None` for what the HTTP client has.
    fn placed(&self, name: &str, kind: SecurityKind) -> Result<Option<Placed>, SecurityError> {
        use SecurityKind as Kind;

        let failed = |reason: &str| SecurityError(format!("the credential for `{name}` {reason}"));
        let authorization = |scheme: &str, value: &str| {
            if value.is_empty() {
                return Err(failed("is empty"));
            }
            let header = format!("{scheme} {value}");
            Ok(Some(Placed::Header(AUTHORIZATION, sensitive(&header).ok_or_else(|| failed(NOT_A_HEADER))?)))
        };
        match (&self.0, kind) {
            (Secret::Basic { user, password }, Kind::Basic | Kind::Undeclared) => {
                if user.contains(':') {
                    // RFC 7617 §2.
                    return Err(failed("has a user with a `:`"));
                }
                if user.chars().chain(password.chars()).any(char::is_control) {
                    return Err(failed("has a control character"));
                }
                authorization("Basic", &STANDARD.encode(format!("{user}:{password}")))
            }
            (Secret::Bearer(token), Kind::Bearer | Kind::OAuth2 | Kind::OpenIdConnect | Kind::Undeclared) => {
                authorization("Bearer", token)
            }
            (Secret::Http(parameters), Kind::Http(scheme)) => authorization(scheme, parameters),
            (Secret::ApiKey(value), Kind::ApiKey(..)) if value.is_empty() => Err(failed("is empty")),
            (Secret::ApiKey(value), Kind::ApiKey(ApiKeyLocation::Header, header)) => {
                let header = HeaderName::try_from(header).map_err(|_| failed("has no valid header"))?;
                let value = sensitive(value).ok_or_else(|| failed(NOT_A_HEADER))?;
                Ok(Some(Placed::Header(header, value)))
            }
            (Secret::ApiKey(value), Kind::ApiKey(ApiKeyLocation::Query, parameter)) => {
                Ok(Some(Placed::Query(encoded(parameter), encoded(value))))
            }
            (Secret::ApiKey(value), Kind::ApiKey(ApiKeyLocation::Cookie, cookie)) => {
                if !value.bytes().all(is_cookie_octet) {
                    return Err(failed("has a character that no cookie can have"));
                }
                Ok(Some(Placed::Cookie(cookie.to_owned(), value.clone())))
            }
            (Secret::ClientCertificate, Kind::MutualTls | Kind::Undeclared) => Ok(None),
            (_, kind) => Err(failed(&format!("is `{}`; the scheme takes `{}`", self.kind(), expected(kind)))),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential::{}(..)", self.kind())
    }
}

const NOT_A_HEADER: &str = "has a character that no header can have, perhaps a line break at its end";

/// The constructor of the credentials that a scheme takes.
fn expected(kind: SecurityKind) -> &'static str {
    match kind {
        SecurityKind::Basic => "basic",
        SecurityKind::Bearer | SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => "bearer",
        SecurityKind::Http(_) => "http",
        SecurityKind::ApiKey(..) => "api_key",
        SecurityKind::MutualTls => "client_certificate",
        SecurityKind::Undeclared => "basic`, `bearer` or `client_certificate",
    }
}

/// Keeps a value out of `Debug` and of HTTP/2 header compression.
fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// RFC 6265 §4.1.1.
fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// A credential on the wire.
enum Placed {
    Header(HeaderName, HeaderValue),
    /// Percent-encoded.
    Query(String, String),
    Cookie(String, String),
}

impl Placed {
    fn is_where(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(name, _), Self::Header(other, _)) => name == other,
            (Self::Query(name, _), Self::Query(other, _)) => name == other,
            (Self::Cookie(name, _), Self::Cookie(other, _)) => name == other,
            _ => false,
        }
    }

    /// Replaces whatever the request has there, so that exactly one remains.
    fn put(self, request: &mut Request) {
        match self {
            // A request has one such header (RFC 6265 §5.4), in which other cookies stay.
            Self::Header(COOKIE, value) => put_cookies(request, value.as_bytes()),
            Self::Header(name, value) => drop(request.headers_mut().insert(name, value)),
            Self::Query(name, value) => {
                let before =
                    request.url().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
                // Names are compared as they are decoded, and other pairs stay as they are written.
                let decoded = request.url().query_pairs().map(|(other, _)| encoded(&other));
                let others = before.zip(decoded).filter(|(_, other)| *other != name);
                let mut pairs: Vec<String> = others.map(|(pair, _)| pair.to_owned()).collect();
                pairs.push(format!("{name}={value}"));
                request.url_mut().set_query(Some(&pairs.join("&")));
            }
            Self::Cookie(name, value) => put_cookies(request, format!("{name}={value}").as_bytes()),
        }
    }
}

/// `Cookie: a=1; sid=old` and `sid=new; b=2` ⇒ `Cookie: a=1; sid=new; b=2`
fn put_cookies(request: &mut Request, own: &[u8]) {
    let all = |cookies: &[u8]| -> Vec<Vec<u8>> {
        let cookies = cookies.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        cookies.filter(|cookie| !cookie.is_empty()).map(<[u8]>::to_vec).collect()
    };
    let name = |cookie: &Vec<u8>| cookie.split(|byte| *byte == b'=').next().unwrap_or_default().to_vec();
    let replaced: Vec<Vec<u8>> = all(own).iter().map(name).collect();
    let before = request.headers().get_all(COOKIE).iter().flat_map(|value| all(value.as_bytes()));
    let mut cookies: Vec<Vec<u8>> = before.filter(|cookie| !replaced.contains(&name(cookie))).collect();
    cookies.push(own.to_vec());
    if let Ok(mut cookies) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) {
        cookies.set_sensitive(true);
        request.headers_mut().insert(COOKIE, cookies);
    }
}

/// The credentials of a client, by the names of the document's security schemes.
///
/// `Debug` shows names and kinds alone.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, Credential>);

impl Credentials {
    /// No credentials.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the credential for a scheme, in place of another one for it.
    #[must_use]
    pub fn with(mut self, scheme: impl Into<String>, credential: Credential) -> Self {
        self.0.insert(scheme.into(), credential);
        self
    }

    /// Checks each credential when a client is built, so that no request fails for one.
    ///
    /// # Errors
    /// Returns an error if there is no such scheme, if the scheme takes a credential of another kind, or if it has a character that cannot
    /// be sent.
    pub fn check(&self, schemes: &[SecurityScheme]) -> Result<(), SecurityError> {
        for (name, credential) in &self.0 {
            let Some(scheme) = schemes.iter().find(|scheme| scheme.name == name) else {
                let all: Vec<String> = schemes.iter().map(|scheme| format!("`{}`", scheme.name)).collect();
                let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                return Err(SecurityError(format!(
                    "there is no security scheme `{name}`; the document has {all}"
                )));
            };
            credential.placed(name, scheme.kind)?;
        }
        Ok(())
    }

    /// Adds to a request the credentials of the first requirement of which all are set, if an operation has any. Requirements
    /// without schemes, which let the caller send nothing, are for callers who have set nothing that fits.
    ///
    /// `trusted` are the base URL of the client and the URL of a server that the caller has chosen.
    ///
    /// # Errors
    /// Returns an error if the operation needs credentials and none fit, if one cannot be sent, or if the request is for the origin of none
    /// of the `trusted` URLs: a document and a server cannot make a client send credentials elsewhere.
    pub fn add_to(
        &self,
        request: &mut Request,
        schemes: &[SecurityScheme],
        requirements: &[SecurityRequirement],
        trusted: &[&str],
    ) -> Result<(), SecurityError> {
        let is_set = |requirement: &&SecurityRequirement| {
            !requirement.is_empty() && requirement.iter().all(|(name, _)| self.0.contains_key(*name))
        };
        let Some(requirement) = requirements.iter().find(is_set) else {
            let is_optional = requirements.is_empty() || requirements.iter().any(|one| one.is_empty());
            return if is_optional { Ok(()) } else { Err(self.missing(requirements)) };
        };
        let mut placed: Vec<Placed> = Vec::new();
        for (name, _) in *requirement {
            let Some(credential) = self.0.get(*name) else { continue };
            let scheme = schemes.iter().find(|scheme| scheme.name == *name);
            let kind = scheme.map_or(SecurityKind::Undeclared, |scheme| scheme.kind);
            let Some(one) = credential.placed(name, kind)? else { continue };
            if placed.iter().any(|other| other.is_where(&one)) {
                let both = requirement.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>();
                let both = both.join(" and ");
                return Err(SecurityError(format!("{both} would be sent in the same place of a request")));
            }
            placed.push(one);
        }
        let origin = request.url().origin();
        let is_trusted = |url: &&str| Url::parse(url).is_ok_and(|url| url.origin() == origin);
        if !placed.is_empty() && !trusted.iter().any(is_trusted) {
            return Err(SecurityError(format!(
                "`{}` is neither the origin of the client's base URL nor of a server that the caller chose, and gets no credentials",
                origin.ascii_serialization()
            )));
        }
        placed.into_iter().for_each(|one| one.put(request));
        Ok(())
    }

    fn missing(&self, requirements: &[SecurityRequirement]) -> SecurityError {
        let scheme = |(name, scopes): &(&str, &[&str])| match scopes {
            [] => format!("`{name}`"),
            scopes => format!("`{name}` ({})", scopes.join(", ")),
        };
        let all = |one: &SecurityRequirement| one.iter().map(scheme).collect::<Vec<_>>().join(" with ");
        let needed: Vec<String> = requirements.iter().map(all).collect();
        let set: Vec<String> = self.0.keys().map(|name| format!("`{name}`")).collect();
        let set = if set.is_empty() { "none".to_owned() } else { format!("only {}", set.join(", ")) };
        SecurityError(format!("the operation needs credentials for {}; {set} is set", needed.join(" or ")))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

/// Why a request cannot be authenticated. It shows names of schemes, and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityError(String);

impl fmt::Display for SecurityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecurityError {}

#[cfg(test)]
mod tests;
