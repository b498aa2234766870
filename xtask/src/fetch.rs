//! Fetches documents over HTTP, with limits on time, size and redirects.

use std::sync::Arc;
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
    // reqwest panics without a crypto provider. Installing one twice fails, which does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::custom(follow))
        .user_agent(concat!("relay-rest-xtask/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("error: {}", causes(&error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("error: {error}"))?;
    let bar = (requested.len() > 1).then(|| ProgressBar::new(requested.len() as u64));
    let found = runtime.block_on(async {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let requests: Vec<_> = requested
            .into_iter()
            .map(|requested| {
                let (client, room, bar) = (client.clone(), Arc::clone(&room), bar.clone());
                runtime.spawn(async move {
                    let _permit = room.acquire_owned().await;
                    let found = one(&client, &requested).await;
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

async fn one(client: &reqwest::Client, requested: &FetchRequest) -> Result<FetchOutcome, String> {
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
    let text = parse::text(body(response).await?)?;
    Ok(FetchOutcome::Text { text, etag })
}

async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| causes(&error))? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(format!("it is larger than {} MiB", MAX_BYTES >> 20));
        }
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
    use axum::http::header::LOCATION;
    use axum::routing::get;

    use super::*;

    /// Serves on a free loopback port as long as the runtime lives. Returns the origin.
    fn serve(runtime: &tokio::runtime::Runtime) -> String {
        let router = Router::new()
            .route("/document", get(|| async { "openapi: 3.1.0" }))
            .route("/moved", get(|| async { (StatusCode::FOUND, [(LOCATION, "/document")]) }))
            .route("/away", get(|| async { (StatusCode::FOUND, [(LOCATION, "http://example.invalid/")]) }))
            .route("/round", get(|| async { (StatusCode::FOUND, [(LOCATION, "/round")]) }))
            .route("/binary", get(|| async { [0xff_u8, 0xfe].to_vec() }))
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
            ("/large", "larger than 16 MiB"),
        ] {
            let url = format!("{origin}{path}");
            let error = fetch(&url).expect_err(path);
            assert!(error.starts_with(&format!("error: {url}")) && error.contains(reason), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let error = fetch("http://example.invalid/openapi.yaml").expect_err("no request");
        assert_eq!(error, "error: http://example.invalid/openapi.yaml: documents come over https only");
    }
}
