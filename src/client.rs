//! The client: base URL, credentials, timeouts and the HTTP client underneath.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

use crate::config::ConfigError;
use crate::credentials::Credentials;
use crate::error::{Error, Limits};
use crate::retry::RetryPolicy;
use crate::space::{Space, is_loopback};

/// How long a connection is kept for another call by default.
///
/// A server closes idle connections after a time of its own. A request that is written at that moment is lost, and the client
/// cannot know whether it was received: `Sent::Unknown`. So the client has to close first. AWS load balancers wait 60 s (Elastic Load
/// Balancing, "idle timeout"), nginx 75 s (`keepalive_timeout`), Apache httpd 5 s (`KeepAliveTimeout`), Node.js 5 s
/// (`server.keepAliveTimeout`, before 65 s became its default); reqwest's own default is 90 s.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Ten years, for timeouts that reqwest cannot unset: it panics when it adds `Duration::MAX` to the time.
pub(crate) const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A client of one space. Clones are cheap and share their connections: build one client and keep it.
///
/// It has a method for each operation of the document, which returns a builder; `send()` sends the request and needs a tokio runtime
/// (blocking code uses the client of the [feature `blocking`](crate::guide#blocking-code)). Dropping the future of `send()` cancels the request, but the message may
/// still be delivered.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

/// What all clones of a client share.
#[derive(Clone)]
pub(crate) struct Inner {
    base_url: String,
    http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) timeout: Duration,
    pub(crate) max_body_bytes: usize,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) attempt_headers: Option<AttemptHeaders>,
}

/// Adds headers to an attempt.
type AttemptHeaders = Arc<dyn Fn(&mut HeaderMap) + Send + Sync>;

impl Client {
    /// Builds a client of `space` with the default settings.
    ///
    /// # Errors
    /// Returns an error if TLS cannot be set up.
    pub fn new(space: &Space, credentials: Credentials) -> Result<Self, ConfigError> {
        Self::builder(space, credentials).build()
    }

    /// Returns a builder, for other settings.
    pub fn builder(space: &Space, credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            base_url: space.base_url(),
            credentials,
            http: crate::tls::http(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            pool_idle_timeout: POOL_IDLE_TIMEOUT,
            max_body_bytes: 1 << 20,
            retry: None,
            attempt_headers: None,
        }
    }

    /// Returns a client with another timeout, which shares everything else.
    ///
    /// ```no_run
    /// # async fn example(client: relay_rest::Client, id: uuid::Uuid) -> Result<(), relay_rest::Error> {
    /// use std::time::Duration;
    ///
    /// let outcome = client.with_timeout(Duration::from_secs(3)).verify(id, "123456").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { inner: Arc::new(Inner { timeout, ..(*self.inner).clone() }) }
    }

    /// Returns a client with another retry policy, or none, which shares everything else.
    #[must_use]
    pub fn with_retry(&self, retry: impl Into<Option<RetryPolicy>>) -> Self {
        Self { inner: Arc::new(Inner { retry: retry.into(), ..(*self.inner).clone() }) }
    }

    /// Returns a client for another space or project that shares connections and settings, for programs with many tenants.
    ///
    /// Either both spaces are loopback addresses (`http://localhost:4010`) or neither is: whether plain HTTP is allowed, and proxies are
    /// bypassed, is decided when a client is built.
    ///
    /// ```
    /// use relay_rest::{Client, ConfigError, Credentials};
    ///
    /// struct Tenant {
    ///     space: String,
    ///     project_id: String,
    ///     token: String,
    /// }
    ///
    /// fn client_of(shared: &Client, tenant: &Tenant) -> Result<Client, ConfigError> {
    ///     let credentials = Credentials::new(&*tenant.project_id, &*tenant.token)?;
    ///     Ok(shared.with_credentials(&tenant.space.parse()?, credentials))
    /// }
    /// ```
    #[must_use]
    pub fn with_credentials(&self, space: &Space, credentials: Credentials) -> Self {
        let base_url = space.base_url();
        Self { inner: Arc::new(Inner { base_url, credentials, ..(*self.inner).clone() }) }
    }

    /// Returns the URL to which the document's paths are appended.
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }
}

impl Inner {
    /// Returns the host and the timeout that an error shows for a request to `url`.
    pub(crate) fn limits(&self, url: &Url) -> Limits {
        let origin = url.origin().ascii_serialization();
        let host = origin.split_once("://").map(|(_, host)| host.to_owned());
        Limits { host: host.unwrap_or_default(), timeout: self.timeout }
    }
}

#[cfg(feature = "streams")]
impl Client {
    /// Returns for how long a stream may pause, and how long one of its items may be.
    pub(crate) fn stream_limits(&self) -> (Duration, usize) {
        (self.inner.timeout, self.inner.max_body_bytes)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .field("credentials", &self.inner.credentials)
            .field("timeout", &self.inner.timeout)
            .field("retry", &self.inner.retry)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
pub struct ClientBuilder {
    base_url: String,
    credentials: Credentials,
    http: reqwest::ClientBuilder,
    timeout: Duration,
    connect_timeout: Duration,
    pool_idle_timeout: Duration,
    max_body_bytes: usize,
    retry: Option<RetryPolicy>,
    attempt_headers: Option<AttemptHeaders>,
}

impl ClientBuilder {
    /// Sets the timeout of a request, from connecting to the last byte of the response; 30 s by default.
    ///
    /// [`Client::with_timeout`] sets it for single calls. With retries, it applies to each attempt.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets the timeout for connecting, TLS included; 10 s by default.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Sets how long an idle connection is kept for the next call; 4 s by default. With zero, each call opens a connection.
    ///
    /// It must be shorter than the time after which the server, or a load balancer in front of it, closes idle connections.
    /// Otherwise some calls use a connection that is being closed, and fail with [`Sent::Unknown`](crate::Sent::Unknown).
    /// The client does not read a `Keep-Alive: timeout=…` header of a response.
    #[must_use]
    pub fn pool_idle_timeout(self, pool_idle_timeout: Duration) -> Self {
        Self { pool_idle_timeout, ..self }
    }

    /// Sets the maximum length of a response's body in bytes; 1 MiB by default. A longer body is an error, which keeps the part up to the limit.
    #[must_use]
    pub fn max_body_bytes(self, max_body_bytes: usize) -> Self {
        Self { max_body_bytes, ..self }
    }

    /// Sets the policy for retrying requests that are idempotent, or certainly had no effect. By default nothing is retried.
    #[must_use]
    pub fn retry(self, retry: impl Into<Option<RetryPolicy>>) -> Self {
        Self { retry: retry.into(), ..self }
    }

    /// Sets a function that adds headers to each attempt of each call, for the propagation of traces.
    ///
    /// It is called with an empty map before an attempt is sent; with the feature `tracing`, within the span of the call. A header that
    /// the request has already, or that [`Operation::with_header`](crate::Operation::with_header) rejects, is ignored. The function should
    /// not block.
    ///
    /// ```
    /// use relay_rest::{Client, Credentials};
    ///
    /// # fn trace_parent() -> relay_rest::reqwest::header::HeaderValue {
    /// #     relay_rest::reqwest::header::HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let credentials = Credentials::new("project-id", "PT-token")?;
    /// let client = Client::builder(&"acme".parse()?, credentials)
    ///     .attempt_headers(|headers| drop(headers.insert("traceparent", trace_parent())))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// With OpenTelemetry, the function calls `propagator.inject_context(&context, &mut HeaderInjector(headers))`.
    #[must_use]
    pub fn attempt_headers(self, add: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Self {
        Self { attempt_headers: Some(Arc::new(add)), ..self }
    }

    /// Sets the HTTP client to build on: with your proxies, certificates, DNS, default headers and maximum of idle connections.
    ///
    /// By default the proxies are those of the environment: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. A variable whose value is
    /// not the URL of an HTTP or SOCKS proxy is ignored.
    ///
    /// This builder overrides some of its settings:
    ///
    /// - `timeout`, `connect_timeout`, `read_timeout` (none) and `pool_idle_timeout`;
    /// - `redirect` and `retry` (none of either), `https_only`, and the user agent;
    /// - `connection_verbose` (off, because it logs the token);
    /// - proxies, if the base URL is a loopback address;
    /// - default headers that a request sets itself: `Authorization`, `Accept`, `Content-Type` and `Content-Length`.
    ///
    /// All other settings are kept, and some weaken what this crate guarantees: `danger_accept_invalid_certs` may send the token to anyone,
    /// `unix_socket` and `resolve` may connect to another host, a `connector_layer` can log, `http09_responses` accepts any bytes as a 200, and a
    /// default header such as `Transfer-Encoding`, `Host` or `Accept-Encoding` changes every request. With the feature `native-tls`
    /// you also set the minimum version of TLS; by default it is 1.2.
    #[must_use]
    pub fn http(self, http: reqwest::ClientBuilder) -> Self {
        Self { http: http.read_timeout(FOREVER), ..self }
    }

    /// Sets a base URL that replaces that of the space, for tests and for proxies of the API.
    #[must_use]
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), ..self }
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Returns an error if the base URL is invalid, or TLS cannot be set up.
    pub fn build(self) -> Result<Client, ConfigError> {
        let url = check_base_url(&self.base_url)?;
        crate::tls::choose_cryptography();
        let mut http = self
            .http
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(self.pool_idle_timeout.min(FOREVER))
            // A redirected POST would send the message to another place, or twice.
            .redirect(reqwest::redirect::Policy::none())
            // A retry by the HTTP client could do the same, and would hide whether anything was sent.
            .retry(reqwest::retry::never())
            .https_only(url.scheme() == "https")
            // It would log the header and the body.
            .connection_verbose(false)
            .user_agent(concat!("relay-rest/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        if self.pool_idle_timeout.is_zero() {
            http = http.pool_max_idle_per_host(0);
        }
        let inner = Inner {
            base_url: url.as_str().trim_end_matches('/').to_owned(),
            http: http.build().map_err(ConfigError::Http)?,
            credentials: self.credentials,
            timeout: self.timeout,
            max_body_bytes: self.max_body_bytes,
            retry: self.retry,
            attempt_headers: self.attempt_headers,
        };
        Ok(Client { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &Url::parse(&self.base_url).ok().map(|url| url.origin().ascii_serialization()))
            .field("credentials", &self.credentials)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Returns the URL to which the path of an operation with servers of its own is appended: the one that was set with `setter`, which may be
/// relative to the client's own, else the client's own if it is one of the `documented`, or if there are none. Generated code calls it.
///
/// # Errors
/// Returns an error if neither applies: credentials are never sent to a host that only the document names.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn server(
    client: &Client,
    chosen: Option<String>,
    setter: &str,
    documented: &[&str],
) -> Result<String, Error> {
    let Some(chosen) = chosen else {
        let base_url = client.base_url();
        if documented.is_empty() || documented.iter().any(|url| url.trim_end_matches('/') == base_url) {
            return Ok(base_url.to_owned());
        }
        let documented = documented.join("` or `");
        return Err(Error::invalid_request(format!(
            "the server of this operation, `{documented}`, is not the client's base URL; set it with `{setter}`"
        )));
    };
    // `//host` is at another origin, as is `/\host`: neither is a path.
    let base = Url::parse(client.base_url()).ok().filter(|_| chosen.starts_with('/'));
    let relative = base.and_then(|base| base.join(&chosen).ok().filter(|url| url.origin() == base.origin()));
    let chosen = relative.map_or(chosen, String::from);
    match check_base_url(&chosen) {
        Ok(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        Err(error) => Err(Error::invalid_request(format!("`{setter}`: {error}"))),
    }
}

fn check_base_url(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::BaseUrl("is not an absolute URL"))?;
    let reason = match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => "contains a user or a password",
        _ if url.query().is_some() || url.fragment().is_some() => "has a `?` or `#`",
        "https" => return Ok(url),
        "http" if is_loopback(&url) => return Ok(url),
        "http" => "uses `http://`, over which anybody could read the API token",
        _ => "has a scheme other than `https://`",
    };
    Err(ConfigError::BaseUrl(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_to_no_server_that_only_the_document_names() {
        let credentials = Credentials::new("project-id", "PT-token").expect("credentials");
        let client = Client::builder(&"acme".parse().expect("a space"), credentials)
            .base_url("https://example.com/api/")
            .build()
            .expect("a client");
        let server = |chosen: Option<&str>, documented: &[&str]| {
            server(&client, chosen.map(str::to_owned), "server", documented)
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            server(None, &["https://upload.example.com"]).expect_err("another host"),
            "invalid request, nothing was sent: the server of this operation, `https://upload.example.com`, is not the client's base URL; set it with `server`"
        );
        assert_eq!(
            server(None, &["/v9", "https://example.com/api"]).as_deref(),
            Ok("https://example.com/api")
        );
        assert_eq!(server(None, &[]).as_deref(), Ok("https://example.com/api"));
        assert_eq!(server(Some("/v9"), &["/v9"]).as_deref(), Ok("https://example.com/v9"));
        assert_eq!(server(Some("https://x.example/2/"), &["/v9"]).as_deref(), Ok("https://x.example/2"));
        for invalid in ["http://x.example", "v9", "//x.example", "/\\x.example", "https://user@x.example"] {
            let error = server(Some(invalid), &[]).expect_err(invalid);
            assert!(error.contains("`server`") && !error.contains(invalid), "{error}");
        }
    }
}
