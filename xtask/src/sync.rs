//! The network: documents from where they are published.
//! Knows HTTP and its limits; must not know what a document is for.

use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Response, Url};

use relay_rest_codegen::MAX_BYTES;

/// The longest that one document may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How many redirects are followed; all have to stay on the host.
const MAX_REDIRECTS: usize = 5;

/// Whether it is a URL and not the path of a file.
pub(crate) fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The text at a URL: `https`, or `http` from this machine itself.
///
/// # Errors
/// A sentence that names the URL, for people.
pub(crate) fn fetch(url: &str) -> Result<String, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("error: {url}: {reason}");
    let target = Url::parse(url).map_err(|error| failed(&error))?;
    if target.scheme() != "https" && !is_loopback(&target) {
        return Err(failed(&"documents come over https only"));
    }
    // Without a choice of cryptography reqwest panics; a second one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::custom(follow))
        .user_agent(concat!("relay-rest-xtask/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| failed(&causes(&error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| failed(&error))?.block_on(async {
        let response = client.get(target).send().await.map_err(|error| failed(&causes(&error)))?;
        if !response.status().is_success() {
            return Err(failed(&format!("the server answers {}", response.status())));
        }
        String::from_utf8(body(response).await.map_err(|reason| failed(&reason))?)
            .map_err(|_| failed(&"it is no UTF-8 text"))
    })
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

/// An error and what it was caused by.
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

    /// Serves on a free loopback port as long as the runtime lives; the origin.
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
    fn a_document_is_fetched_and_what_is_none_is_told() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let origin = serve(&runtime);
        for path in ["/document", "/moved"] {
            assert_eq!(fetch(&format!("{origin}{path}")).as_deref(), Ok("openapi: 3.1.0"));
        }
        for (path, reason) in [
            ("/missing", "404 Not Found"),
            ("/away", "another host"),
            ("/round", "more than 5 times"),
            ("/binary", "no UTF-8 text"),
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
