//! Fetches documents over HTTP, with limits on time, size and redirects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use indicatif::ProgressBar;
use relay_rest_codegen::MAX_BYTES;
use relay_rest_codegen::document::parse;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Response, StatusCode, Url};
use tokio::sync::Semaphore;

use output::errln;

/// The timeout for one document.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The maximum number of redirects; all must stay on the origin.
const MAX_REDIRECTS: usize = 5;
/// The maximum number of bytes of all documents that are read together.
pub(crate) const MAX_TOTAL: usize = 64 << 20;

/// Whether it is a URL and not the path of a file.
pub(crate) fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The maximum number of concurrent requests.
const AT_ONCE: usize = 4;

/// A URL, and the entity tag of the version that the caller has.
pub(crate) struct FetchRequest {
    pub(crate) url: String,
    pub(crate) etag: Option<String>,
}

/// A response without an error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FetchOutcome {
    /// 304 Not Modified: the entity tag still matches (RFC 9110 §15.4.5).
    Unchanged,
    /// A body, and its entity tag if the server sent one.
    Text { text: String, etag: Option<String> },
    /// 404 Not Found or 410 Gone.
    Missing(StatusCode),
}

/// Fetches one URL: `https`, or `http` from a loopback address.
///
/// # Errors
/// The request failed. The message names the URL.
pub(crate) fn fetch(url: &str) -> Result<String, String> {
    Ok(texts(&[url.to_owned()])?.into_iter().map(|(text, _)| text).collect())
}

/// Fetches all URLs, and returns the bodies with their entity tags, in order.
///
/// # Errors
/// A line for each URL that could not be fetched.
pub(crate) fn texts(urls: &[String]) -> Result<Vec<(String, Option<String>)>, String> {
    let requested = urls.iter().map(|url| FetchRequest { url: url.clone(), etag: None }).collect();
    let found = all(requested)?.into_iter().zip(urls).map(|(found, url)| match found {
        FetchOutcome::Text { text, etag } => Ok((text, etag)),
        _ => Err(format!("error: {url}: server responded 304 Not Modified to an unconditional request")),
    });
    found.collect()
}

/// Fetches all URLs, and returns the outcomes in their order.
///
/// # Errors
/// A line for each URL that could not be fetched.
pub(crate) fn all(requested: Vec<FetchRequest>) -> Result<Vec<FetchOutcome>, String> {
    let urls: Vec<String> = requested.iter().map(|requested| requested.url.clone()).collect();
    let found = each(requested)?.into_iter().zip(urls).map(|(found, url)| match found {
        Ok(FetchOutcome::Missing(status)) => Err(format!("error: {url}: server responded {status}")),
        found => found,
    });
    let (found, failed): (Vec<_>, Vec<_>) = found.partition(Result::is_ok);
    if failed.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    Err(failed.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("\n"))
}

/// Fetches the URLs, a few at a time, and returns the outcomes in their order. Retries once after a server error
/// or a failed connection.
///
/// # Errors
/// The HTTP client cannot be created.
pub(crate) fn each(requested: Vec<FetchRequest>) -> Result<Vec<Result<FetchOutcome, String>>, String> {
    within(requested, TIMEOUT, MAX_TOTAL)
}

/// As [`each`], with other limits on the time of one document and on the bytes of all.
fn within(
    requested: Vec<FetchRequest>,
    timeout: Duration,
    total: usize,
) -> Result<Vec<Result<FetchOutcome, String>>, String> {
    // reqwest panics without a crypto provider. Installing one twice fails, which does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(timeout)
        .redirect(Policy::custom(follow))
        .user_agent(concat!("relay-rest-xtask/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("error: {}", causes(&error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("error: {error}"))?;
    let bar = (requested.len() > 1).then(|| ProgressBar::new(requested.len() as u64));
    let found = runtime.block_on(async {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let budget = Arc::new(Budget { total, left: AtomicUsize::new(total) });
        let requests: Vec<_> = requested
            .into_iter()
            .map(|requested| {
                let (client, room, bar) = (client.clone(), Arc::clone(&room), bar.clone());
                let budget = Arc::clone(&budget);
                runtime.spawn(async move {
                    let _permit = room.acquire_owned().await;
                    let found = one(&client, &requested, &budget).await;
                    if let Some(bar) = bar {
                        bar.inc(1);
                        // A bar is only drawn on a terminal.
                        if bar.is_hidden() {
                            errln!("fetched {}", requested.url);
                        }
                    }
                    found.map_err(|reason| format!("error: {}: {reason}", requested.url))
                })
            })
            .collect();
        let mut all = Vec::new();
        for request in requests {
            all.push(request.await.unwrap_or_else(|error| Err(format!("error: {error}"))));
        }
        all
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(found)
}

/// How many bytes may be read by requests that run at the same time.
struct Budget {
    total: usize,
    left: AtomicUsize,
}

impl Budget {
    fn spend(&self, bytes: usize) -> Result<(), String> {
        let spent = self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes));
        spent
            .map(drop)
            .map_err(|_| format!("all documents together are larger than {} MiB", self.total >> 20))
    }
}

async fn one(
    client: &reqwest::Client,
    requested: &FetchRequest,
    budget: &Budget,
) -> Result<FetchOutcome, String> {
    let url = Url::parse(&requested.url).map_err(|error| error.to_string())?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err("documents come over https only".to_owned());
    }
    let send = || {
        let request = client.get(url.clone());
        match &requested.etag {
            Some(etag) => request.header(IF_NONE_MATCH, etag).send(),
            None => request.send(),
        }
    };
    let response = match send().await {
        Ok(response) if response.status().is_server_error() => send().await,
        Err(error) if error.is_connect() => send().await,
        outcome => outcome,
    };
    let response = response.map_err(|error| causes(&error))?;
    if response.status() == StatusCode::NOT_MODIFIED && requested.etag.is_some() {
        return Ok(FetchOutcome::Unchanged);
    }
    if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
        return Ok(FetchOutcome::Missing(response.status()));
    }
    if !response.status().is_success() {
        return Err(format!("server responded {}", response.status()));
    }
    let etag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let text = parse::text(body(response, budget).await?)?;
    Ok(FetchOutcome::Text { text, etag })
}

async fn body(mut response: Response, budget: &Budget) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| causes(&error))? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(format!("it is larger than {} MiB", MAX_BYTES >> 20));
        }
        budget.spend(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if !same {
        let message = format!("it redirects to another host, {}", attempt.url());
        return attempt.error(message);
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error(format!("it redirects more than {MAX_REDIRECTS} times"));
    }
    attempt.follow()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// An error with all its sources.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// The first bytes of what gzip makes of zeros: they are not decompressed.
    const BOMB: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

    /// Serves a body that begins and never ends. Returns its URL.
    fn serve_slowly(runtime: &tokio::runtime::Runtime) -> String {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        runtime.spawn(async move {
            let (mut connection, _) = listener.accept().await?;
            // A response to no request is an error of its own.
            let _request = connection.read(&mut [0; 4096]).await?;
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nopenapi").await?;
            std::future::pending::<std::io::Result<()>>().await
        });
        url
    }

    /// Serves on a free loopback port as long as the runtime lives. Returns the origin.
    fn serve(runtime: &tokio::runtime::Runtime) -> String {
        let router = Router::new()
            .route("/document", get(|| async { "openapi: 3.1.0" }))
            .route("/moved", get(|| async { (StatusCode::FOUND, [(LOCATION, "/document")]) }))
            .route("/away", get(|| async { (StatusCode::FOUND, [(LOCATION, "http://example.invalid/")]) }))
            .route("/round", get(|| async { (StatusCode::FOUND, [(LOCATION, "/round")]) }))
            .route("/binary", get(|| async { [0xff_u8, 0xfe].to_vec() }))
            .route("/gzip", get(|| async { ([(CONTENT_ENCODING, "gzip")], BOMB.to_vec()) }))
            .route(
                "/latin",
                get(|| async { ([(CONTENT_TYPE, "text/yaml; charset=iso-8859-1")], b"a: \xe9".to_vec()) }),
            )
            .route("/mebibyte", get(|| async { vec![b' '; 1 << 20] }))
            .route("/large", get(|| async { vec![b' '; MAX_BYTES + 1] }));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        origin
    }

    #[test]
    fn a_document_is_fetched_and_anything_else_is_an_error() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let origin = serve(&runtime);
        for path in ["/document", "/moved"] {
            assert_eq!(fetch(&format!("{origin}{path}")).as_deref(), Ok("openapi: 3.1.0"));
        }
        for (path, reason) in [
            ("/missing", "404 Not Found"),
            ("/away", "another host"),
            ("/round", "more than 5 times"),
            ("/binary", "convert it to UTF-8"),
            ("/gzip", "convert it to UTF-8"),
            ("/latin", "convert it to UTF-8"),
            ("/large", "larger than 16 MiB"),
        ] {
            let url = format!("{origin}{path}");
            let error = fetch(&url).expect_err(path);
            assert!(error.starts_with(&format!("error: {url}")) && error.contains(reason), "{error}");
        }
    }

    #[test]
    fn documents_have_limits_of_time_and_of_their_total_size() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let origin = serve(&runtime);
        let requests = |path: &str, count| {
            (0..count).map(|_| FetchRequest { url: format!("{origin}{path}"), etag: None }).collect()
        };
        let slow = FetchRequest { url: serve_slowly(&runtime), etag: None };
        let slow = within(vec![slow], Duration::from_millis(200), MAX_TOTAL).expect("a client");
        assert!(slow[0].as_ref().is_err_and(|error| error.contains("timed out")), "{slow:?}");
        let many = within(requests("/mebibyte", 20), TIMEOUT, 4 << 20).expect("a client");
        let (read, refused): (Vec<_>, Vec<_>) = many.into_iter().partition(Result::is_ok);
        assert!(read.len() <= 4 && !refused.is_empty(), "{} of 20", read.len());
        let reason = "all documents together are larger than 4 MiB";
        assert!(refused.iter().all(|refused| refused.as_ref().is_err_and(|error| error.ends_with(reason))));
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let error = fetch("http://example.invalid/openapi.yaml").expect_err("no request");
        assert_eq!(error, "error: http://example.invalid/openapi.yaml: documents come over https only");
    }
}
