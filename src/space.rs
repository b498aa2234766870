//! A SignalWire space and its URL.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// A SignalWire space: `acme`, `acme.signalwire.com` or `https://acme.signalwire.com`.
///
/// The domain must be that of the document's server, because the API token is sent there. For tests, loopback addresses such as
/// `http://127.0.0.1:4010` are allowed too.
///
/// ```
/// use relay_rest::Space;
///
/// let space: Space = "acme.signalwire.com".parse()?;
/// assert_eq!(space.base_url(), "https://acme.signalwire.com/api/relay/rest");
/// # Ok::<(), relay_rest::SpaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Space(Place);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// The name before the domain.
    Named(String),
    /// Scheme, host and port of a loopback address.
    Loopback(String),
}

impl Space {
    /// Returns the URL to which the document's paths are appended, without a slash at its end.
    pub fn base_url(&self) -> String {
        let server = ServerUrl::of(crate::generated::SERVER_URL);
        match &self.0 {
            Place::Named(name) => format!("https://{name}.{}{}", server.domain, server.path),
            Place::Loopback(origin) => format!("{origin}{}", server.path),
        }
    }
}

/// The document's server URL, `https://{any placeholder}.domain/path`, whatever the placeholder is called.
struct ServerUrl<'a> {
    domain: &'a str,
    path: &'a str,
}

impl<'a> ServerUrl<'a> {
    fn of(url: &'a str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let domain = host.split_once('.').map_or(host, |(_, domain)| domain);
        Self { domain, path: path.trim_end_matches('/') }
    }
}

impl FromStr for Space {
    type Err = SpaceError;

    fn from_str(text: &str) -> Result<Self, SpaceError> {
        parse(text, ServerUrl::of(crate::generated::SERVER_URL).domain).map(Self)
    }
}

fn parse(text: &str, domain: &str) -> Result<Place, SpaceError> {
    if text.is_empty() {
        return Err(SpaceError::Empty);
    }
    if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
        return Err(SpaceError::Whitespace);
    }
    if text.contains('@') {
        return Err(SpaceError::UserInfo);
    }
    // Browsers copy addresses with a trailing slash.
    let text = text.strip_suffix('/').filter(|text| !text.ends_with('/')).unwrap_or(text);
    let host = match text.split_once("://") {
        None => text,
        Some((scheme, host))
            if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") =>
        {
            if let Some(origin) = loopback(text) {
                return if host.contains(['/', '?', '#', '\\']) {
                    Err(SpaceError::Path)
                } else {
                    Ok(Place::Loopback(origin))
                };
            }
            if scheme.eq_ignore_ascii_case("http") {
                return Err(if Url::parse(text).is_ok() { SpaceError::Plaintext } else { SpaceError::Url });
            }
            host
        }
        Some(_) => return Err(SpaceError::Scheme),
    };
    if host.contains(['/', '?', '#', '\\']) {
        return Err(SpaceError::Path);
    }
    if loopback(&format!("http://{host}")).is_some() {
        return Err(SpaceError::Localhost);
    }
    if host.contains(':') {
        return Err(SpaceError::Port);
    }
    let host = host.to_ascii_lowercase();
    let under_domain = host.strip_suffix(domain).and_then(|host| host.strip_suffix('.'));
    let name = match under_domain {
        Some(name) => name,
        None if host.contains('.') && !host.ends_with('.') => {
            return Err(SpaceError::Domain(domain.to_owned()));
        }
        None => &host,
    };
    if PLACEHOLDERS.contains(&name) {
        return Err(SpaceError::Placeholder);
    }
    // RFC 1123 §2.1: letters, digits and hyphens, no hyphen at either end, 63 at most (RFC 1035 §2.3.4).
    let is_label = (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_label { Ok(Place::Named(name.to_owned())) } else { Err(SpaceError::Name) }
}

/// Placeholders in documentation. Most are also invalid host names, but that error would not help.
const PLACEHOLDERS: [&str; 7] =
    ["your_space", "your-space", "yourspace", "<space>", "<your-space>", "{space}", "{your_space_name}"];

/// The origin of a URL whose host is a loopback address.
pub(crate) fn loopback(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    is_loopback(&url).then(|| url.origin().ascii_serialization())
}

/// Whether the host of a URL can only be this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// Shows the name, or the URL of a loopback space.
impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Named(text) | Place::Loopback(text) => f.write_str(text),
        }
    }
}

/// Why a string is not a [`Space`]. It does not repeat the string, which may contain a password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpaceError {
    /// An empty string.
    Empty,
    /// White space, a line break or another control character.
    Whitespace,
    /// A placeholder from documentation.
    Placeholder,
    /// A user or a password before the host.
    UserInfo,
    /// A path, a query or a fragment.
    Path,
    /// Plain HTTP to a host that is not this machine.
    Plaintext,
    /// An invalid URL, for example because of its port.
    Url,
    /// A port, which spaces do not have.
    Port,
    /// This machine without a scheme: `localhost` would otherwise be the name of a space.
    Localhost,
    /// A scheme that is neither `https` nor, for loopback, `http`.
    Scheme,
    /// A host outside the domain of the document's server.
    Domain(String),
    /// A name that is not a host name.
    Name,
}

impl fmt::Display for SpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "space is empty; expected a name such as `acme`, or `acme.signalwire.com`",
            Self::Whitespace => "space contains white space or a control character",
            Self::Placeholder => "space is a placeholder; expected the name in front of `.signalwire.com` in the address of your dashboard",
            Self::UserInfo => "space contains a user or a password; pass those to `Credentials`",
            Self::Path => "space contains a path, a `?` or a `#`; expected a host only",
            Self::Plaintext => "space is an `http://` URL, over which anybody could read the API token; use `https://`",
            Self::Url => "space is an invalid URL",
            Self::Port => "space contains a port; expected a host only",
            Self::Localhost => "space is this machine without a scheme; write `http://localhost:PORT`",
            Self::Scheme => "space has a scheme other than `https://`",
            Self::Name => "space is not a host name; expected letters, digits and inner hyphens, at most 63",
            Self::Domain(domain) => {
                return write!(f, "space is not a host under `{domain}`; for another host use `ClientBuilder::base_url`");
            }
        })
    }
}

impl std::error::Error for SpaceError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_servers_entry_give_the_same_domain() {
        let vendored = ServerUrl::of("https://YOUR_SPACE.signalwire.com/api/relay/rest");
        assert_eq!((vendored.domain, vendored.path), ("signalwire.com", "/api/relay/rest"));
        let unified = ServerUrl::of("https://{your_space_name}.signalwire.com");
        assert_eq!((unified.domain, unified.path), ("signalwire.com", ""));
    }

    #[test]
    fn a_name_has_1_to_63_characters() {
        let long = "a".repeat(63);
        for name in ["a", "7", "a-b", &long] {
            assert_eq!(parse(name, "signalwire.com"), Ok(Place::Named(name.to_owned())));
            let host = format!("{name}.signalwire.com");
            assert_eq!(parse(&host, "signalwire.com"), Ok(Place::Named(name.to_owned())));
        }
        for name in [".signalwire.com", &format!("{long}a"), &format!("{long}a.signalwire.com"), "acme-", "-"]
        {
            assert_eq!(parse(name, "signalwire.com"), Err(SpaceError::Name), "{name}");
        }
    }

    #[test]
    fn a_space_is_a_name_a_host_or_an_https_url() {
        for text in [
            "acme",
            "ACME",
            "acme.signalwire.com",
            "https://acme.signalwire.com",
            "HTTPS://Acme.SignalWire.com",
            "acme/",
            "https://acme.signalwire.com/",
        ] {
            assert_eq!(parse(text, "signalwire.com"), Ok(Place::Named("acme".to_owned())), "{text}");
        }
        for text in [
            "http://127.0.0.1:4010",
            "http://localhost:80",
            "http://localhost:80/",
            "http://[::1]:9",
            "http://[::ffff:127.0.0.1]:9",
            "https://127.0.0.1:4010",
        ] {
            assert!(matches!(parse(text, "signalwire.com"), Ok(Place::Loopback(_))), "{text}");
        }
    }

    #[test]
    fn what_is_no_space_is_refused_with_its_reason() {
        for (text, expected) in [
            ("", SpaceError::Empty),
            (" acme", SpaceError::Whitespace),
            ("acme\n", SpaceError::Whitespace),
            ("user:secret@acme.signalwire.com", SpaceError::UserInfo),
            ("https://user@acme.signalwire.com", SpaceError::UserInfo),
            ("acme/x", SpaceError::Path),
            ("acme//", SpaceError::Path),
            ("https://", SpaceError::Name),
            ("https://acme.signalwire.com/api/", SpaceError::Path),
            ("https://acme.signalwire.com?x", SpaceError::Path),
            ("http://127.0.0.1:4010/x", SpaceError::Path),
            ("http://127.0.0.1\\x", SpaceError::Path),
            ("http://acme.signalwire.com", SpaceError::Plaintext),
            ("http://127.0.0.1.example.com", SpaceError::Plaintext),
            ("ftp://acme.signalwire.com", SpaceError::Scheme),
            ("http://10.0.0.1", SpaceError::Plaintext),
            ("http://192.168.0.1:4010", SpaceError::Plaintext),
            ("http://0.0.0.0", SpaceError::Plaintext),
            ("http://[2001:db8::1]:4010", SpaceError::Plaintext),
            ("http://x.localhost", SpaceError::Plaintext),
            ("http://evillocalhost", SpaceError::Plaintext),
            ("http://localhost:99999", SpaceError::Url),
            ("localhost", SpaceError::Localhost),
            ("localhost:8080", SpaceError::Localhost),
            ("127.0.0.1:4010/", SpaceError::Localhost),
            ("[::1]:4010", SpaceError::Localhost),
            ("YOUR_SPACE", SpaceError::Placeholder),
            ("https://your-space.signalwire.com", SpaceError::Placeholder),
            ("{your_space_name}.signalwire.com", SpaceError::Placeholder),
            ("acme.signalwire.co", SpaceError::Domain("signalwire.com".to_owned())),
            ("signalwire.com", SpaceError::Domain("signalwire.com".to_owned())),
            ("acme.signalwire.com.evil.example", SpaceError::Domain("signalwire.com".to_owned())),
            ("acme.notsignalwire.com", SpaceError::Domain("signalwire.com".to_owned())),
            ("acme.signalwire.com.", SpaceError::Name),
            ("acme.signalwire.com:8443", SpaceError::Port),
            ("https://acme.signalwire.com:443", SpaceError::Port),
            ("acme:443", SpaceError::Port),
            ("a.acme.signalwire.com", SpaceError::Name),
            ("acme.", SpaceError::Name),
            ("-acme", SpaceError::Name),
            ("acmé", SpaceError::Name),
        ] {
            assert_eq!(parse(text, "signalwire.com"), Err(expected), "{text:?}");
        }
    }
}
