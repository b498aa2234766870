//! Sends the request of an operation, and reads its response by its status.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Request, StatusCode};
use serde::de::DeserializeOwned;

use crate::body::{BodyError, RawResponse};
use crate::caller::add_missing;
use crate::client::Client;
#[cfg(feature = "streams")]
use crate::client::FOREVER;
use crate::error::{Error, Limits, Sent, SentWords};
use crate::generated::ErrorBody;
use crate::handover::Handover;
use crate::media_types::of_response;
use crate::observe::{Attempt, Call};
use crate::response::Response;

/// What is the same for every call of an operation.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint {
    /// Its name in errors, events and spans.
    pub(crate) name: &'static str,
    /// The path in the document; `None` for a request whose path may contain anything.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "only spans show it"))]
    pub(crate) template: Option<&'static str>,
    /// Whether its requests have the client's credentials.
    pub(crate) sends_credentials: bool,
}

/// How to read the responses of an operation.
pub struct Responses<T> {
    /// Whether a status is documented as a success. Other 2xx statuses are successes too, with the same body.
    pub(crate) is_success: fn(u16) -> bool,
    /// Reads the body of a success with a status and a media type, as `error_body`: [`json`], [`bytes`], [`nothing`], or [`one_of`] several types.
    pub(crate) success_body: fn(u16, &str, &Bytes) -> serde_json::Result<T>,
    /// Reads the body that the document has for an error status and a media type, in lower case and without parameters; `None` where
    /// it has none.
    pub(crate) error_body: fn(u16, &str, &[u8]) -> serde_json::Result<Option<ErrorBody>>,
}

/// The longest body of an error that is read as its documented type, which can take a hundred times as much memory. A
/// useful error takes a few kilobytes.
const LONGEST_TYPED_ERROR: usize = 64 << 10;

/// Reads a body as `T` and wraps it; `None` if it is `null`, or longer than [`LONGEST_TYPED_ERROR`].
pub(crate) fn decode<T: DeserializeOwned>(
    body: &[u8],
    wrap: fn(T) -> ErrorBody,
) -> serde_json::Result<Option<ErrorBody>> {
    if body.len() > LONGEST_TYPED_ERROR {
        return Ok(None);
    }
    serde_json::from_slice(body).map(|body: Option<T>| body.map(wrap))
}

/// Sends a request, with the client's credentials unless it needs none, and reads the response by its status.
///
/// Once, unless the client has a [`RetryPolicy`](crate::RetryPolicy).
pub(crate) async fn exchange<T: 'static>(
    client: &Client,
    request: Request,
    endpoint: Endpoint,
    responses: &Responses<T>,
) -> Result<Response<T>, Error> {
    let Responses { is_success, success_body, error_body } = *responses;
    let call = Call::begin(endpoint, &request);
    let (attempts, outcome) = call.run(all_attempts(client, request, endpoint, is_success, error_body)).await;
    let outcome = outcome.and_then(|response| {
        call.responded(attempts, &response);
        let read = read(response, endpoint.name, success_body);
        read.map_err(|error| error.after(attempts, Sent::No))
    });
    if let Err(error) = &outcome {
        call.failed(error);
    }
    outcome
}

/// Reads the body of a success.
fn read<T: 'static>(
    response: RawResponse,
    id: &'static str,
    success_body: fn(u16, &str, &Bytes) -> serde_json::Result<T>,
) -> Result<Response<T>, Error> {
    if crate::mfa::says_not_queued::<T>(&response.body) {
        return Err(Error::not_queued(id, response));
    }
    match success_body(response.status.as_u16(), &of_response(&response.headers), &response.body) {
        Ok(value) => Ok(Response::new(value, response)),
        Err(error) => Err(Error::unreadable(id, BodyError::content(&error, &response.body), response)),
    }
}

/// Reads the body that the document has for an error, as [`Responses::error_body`].
type ReadError = fn(u16, &str, &[u8]) -> serde_json::Result<Option<ErrorBody>>;

/// Makes attempts, and returns how many there were, with the outcome of the last one. Compiled once for all operations.
async fn all_attempts(
    client: &Client,
    request: Request,
    endpoint: Endpoint,
    is_success: fn(u16) -> bool,
    error_body: ReadError,
) -> (u32, Result<RawResponse, Error>) {
    let attempt = |request, number| attempted(client, request, endpoint.name, is_success, error_body, number);
    retried(client, request, endpoint, Some(client.inner.timeout), attempt).await
}

/// Makes attempts of a request with credentials and a timeout, as the client's policy has it.
async fn retried<T, F: Future<Output = Result<T, Error>>>(
    client: &Client,
    mut request: Request,
    endpoint: Endpoint,
    timeout: Option<Duration>,
    attempt: impl Fn(Request, u32) -> F,
) -> (u32, Result<T, Error>) {
    if endpoint.sends_credentials {
        // `insert` and not `append`: whatever else set the header, exactly one remains.
        request.headers_mut().insert(AUTHORIZATION, client.inner.credentials.authorization());
    }
    *request.timeout_mut() = timeout;
    match &client.inner.retry {
        // A body that is read while it is sent cannot be sent again.
        Some(policy) if request.try_clone().is_some() => {
            let again = || request.try_clone().unwrap_or_else(|| unreachable!("it could be cloned before"));
            policy.run(request.method(), |number| attempt(again(), number)).await
        }
        _ => (1, attempt(request, 1).await),
    }
}

/// What an attempt needs to know of its request when that has failed.
struct Prepared {
    sent: SentWords,
    limits: Limits,
    handover: Handover,
}

impl Prepared {
    /// Adds the headers of each attempt, and watches the body.
    fn of(client: &Client, request: &mut Request) -> Self {
        if let Some(add) = &client.inner.attempt_headers {
            let mut headers = HeaderMap::new();
            add(&mut headers);
            add_missing(request, &headers);
        }
        let sent = SentWords::of(request);
        let limits = client.inner.limits(request.url());
        Self { sent, limits, handover: Handover::watch(request) }
    }
}

/// Makes one attempt: returns a successful response with its complete body, or an error.
async fn attempted(
    client: &Client,
    mut request: Request,
    id: &'static str,
    is_success: fn(u16) -> bool,
    error_body: ReadError,
    attempt: u32,
) -> Result<RawResponse, Error> {
    let attempt = Attempt::begin(id, attempt);
    let Prepared { sent, limits, handover } = Prepared::of(client, &mut request);
    let outcome = match client.http().execute(request).await {
        Ok(response) => {
            let (response, flaw) = RawResponse::read(response, client.inner.max_body_bytes).await;
            if has_succeeded(response.status, is_success) {
                match flaw {
                    None => Ok(response),
                    Some(flaw) => Err(Error::unreadable(id, flaw, response)),
                }
            } else {
                Err(refused(id, response, flaw, error_body, &sent))
            }
        }
        Err(error) => Err(Error::transport_failed(id, error, handover.withdraw(), limits)),
    };
    attempt.ended(outcome.as_ref());
    outcome
}

/// Sends a request, and returns the response when its head is there: the body is read as a stream.
///
/// The client's timeout holds for the head, and not for the body.
#[cfg(feature = "streams")]
pub(crate) async fn open(
    client: &Client,
    request: Request,
    endpoint: Endpoint,
    is_success: fn(u16) -> bool,
    error_body: ReadError,
) -> Result<reqwest::Response, Error> {
    let call = Call::begin(endpoint, &request);
    let attempt = |request, number| opened(client, request, endpoint.name, is_success, error_body, number);
    // The HTTP client of the caller may have a timeout for all requests.
    let attempts = retried(client, request, endpoint, Some(FOREVER), attempt);
    let (attempts, outcome) = call.run(attempts).await;
    match &outcome {
        Ok(response) => call.responded(attempts, &RawResponse::head_of(response)),
        Err(error) => call.failed(error),
    }
    outcome
}

/// Makes one attempt: returns a successful response without its body, or an error.
#[cfg(feature = "streams")]
async fn opened(
    client: &Client,
    mut request: Request,
    id: &'static str,
    is_success: fn(u16) -> bool,
    error_body: ReadError,
    attempt: u32,
) -> Result<reqwest::Response, Error> {
    let attempt = Attempt::begin(id, attempt);
    let Prepared { sent, limits, handover } = Prepared::of(client, &mut request);
    let timeout = client.inner.timeout;
    let outcome = match tokio::time::timeout(timeout, client.http().execute(request)).await {
        Ok(Ok(response)) if has_succeeded(response.status(), is_success) => Ok(response),
        Ok(Ok(response)) => {
            let head = RawResponse::head_of(&response);
            let body = RawResponse::read(response, client.inner.max_body_bytes);
            let (response, flaw) =
                tokio::time::timeout(timeout, body).await.unwrap_or((head, Some(BodyError::Late(timeout))));
            Err(refused(id, response, flaw, error_body, &sent))
        }
        Ok(Err(error)) => Err(Error::transport_failed(id, error, handover.withdraw(), limits)),
        Err(_) => Err(Error::timed_out(id, handover.withdraw(), limits)),
    };
    let head = outcome.as_ref().map(RawResponse::head_of);
    attempt.ended(head.as_ref().map_err(|error| *error));
    outcome
}

/// Whether the server did what was asked, which it did with any 2xx (RFC 9110 §15.3): to report an undocumented one as a failure
/// would invite a second request.
fn has_succeeded(status: StatusCode, is_success: fn(u16) -> bool) -> bool {
    status.is_success() || is_success(status.as_u16())
}

/// The error for a response with the status of an error.
fn refused(
    id: &'static str,
    response: RawResponse,
    flaw: Option<BodyError>,
    error_body: ReadError,
    sent: &SentWords,
) -> Error {
    let status = response.status.as_u16();
    let body = flaw.map_or_else(
        || {
            error_body(status, &of_response(&response.headers), &response.body)
                .map_err(|error| BodyError::content(&error, &response.body))
        },
        Err,
    );
    Error::from_status(id, body, response, sent)
}

/// A success whose body is JSON. An empty body is read as `null`, because the document may have a body for some statuses only.
pub(crate) fn json<T: DeserializeOwned>(_: u16, _: &str, body: &Bytes) -> serde_json::Result<T> {
    match serde_json::from_slice(body) {
        Err(nothing) if body.is_empty() => {
            serde_json::from_slice(b"null").map_err(|_: serde_json::Error| nothing)
        }
        read => read,
    }
}

/// A success whose body is one of several types, of which the status or the media type selects one. Where that does not fit, it is read as the
/// one that does.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn one_of<T: DeserializeOwned, U: DeserializeOwned>(
    body: &Bytes,
    wrap: fn(T) -> U,
) -> serde_json::Result<U> {
    serde_json::from_slice(body).map(wrap).or_else(|error| json(200, "", body).map_err(|_| error))
}

/// A success without a body; a body that is sent nevertheless is ignored.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn nothing(_: u16, _: &str, _: &Bytes) -> serde_json::Result<()> {
    Ok(())
}

/// A success whose body is kept as it is.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn bytes(_: u16, _: &str, body: &Bytes) -> serde_json::Result<Bytes> {
    Ok(body.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_body_is_null_where_null_is_a_value() {
        assert_eq!(json::<Option<bool>>(200, "", &Bytes::new()).expect("null"), None);
        assert_eq!(json::<Option<bool>>(200, "", &Bytes::from("true")).expect("JSON"), Some(true));
        let error = json::<bool>(200, "", &Bytes::new()).expect_err("no boolean");
        assert!(error.is_eof(), "what is missing is the body, and not a boolean: {error}");
        // White space is a body, and not JSON.
        assert!(json::<Option<bool>>(200, "", &Bytes::from(" ")).is_err());
    }

    #[test]
    fn a_body_that_is_not_the_selected_type_is_read_as_one_that_fits() {
        let read = |body: &'static str| one_of(&Bytes::from(body), |number: u8| serde_json::json!([number]));
        assert_eq!(read("1").expect("a number"), serde_json::json!([1]));
        assert_eq!(read("\"a\"").expect("another type"), serde_json::json!("a"));
        assert_eq!(read("").expect("no body"), serde_json::json!(null));
        let error = read("{").expect_err("no JSON");
        assert!(error.to_string().contains("expected u8"), "the error is that of the selected type: {error}");
    }

    #[test]
    fn a_typed_error_is_read_up_to_64_kib() {
        let body = |length: usize| {
            let mut body = br#"{"error":"Unauthorized"}"#.to_vec();
            body.resize(length, b' ');
            body
        };
        for (length, is_read) in [(64 << 10, true), ((64 << 10) + 1, false)] {
            let read = decode(&body(length), ErrorBody::Unauthorized).expect("JSON");
            assert_eq!(read.is_some(), is_read, "{length}");
        }
    }

    #[test]
    fn bodies_that_are_no_json_are_kept_or_ignored() {
        let body = Bytes::from("\0\u{7f}");
        assert_eq!(bytes(200, "", &body).expect("any bytes"), body);
        nothing(200, "", &body).expect("it is not read");
    }

    #[tokio::test]
    async fn a_request_that_needs_no_credentials_has_none() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let credentials = crate::Credentials::new("project-id", "PT-token").expect("credentials");
        let client = Client::builder(&"acme".parse().expect("a space"), credentials)
            .base_url(&url)
            .build()
            .expect("a client");
        let received = tokio::spawn(async move {
            let mut received = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.expect("a request");
                received.push(String::from_utf8_lossy(&request[..length]).to_lowercase());
                let response = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
                stream.write_all(response).await.expect("a response");
            }
            received
        });
        for sends_credentials in [true, false] {
            let request = Request::new(reqwest::Method::GET, url.parse().expect("a URL"));
            exchange(&client, request, Endpoint { sends_credentials, ..A }, &READS_NOTHING)
                .await
                .expect("a success");
        }
        let received = received.await.expect("two requests");
        let has_header: Vec<bool> =
            received.iter().map(|request| request.contains("\r\nauthorization: basic ")).collect();
        assert_eq!(has_header, [true, false]);
    }

    const A: Endpoint = Endpoint { name: "a", template: None, sends_credentials: true };

    const READS_NOTHING: Responses<()> =
        Responses { is_success: |_| false, success_body: nothing, error_body: |_, _, _| Ok(None) };

    const LONG: std::time::Duration = std::time::Duration::from_secs(60);

    /// A client that makes up to three attempts, and reads at most 16 bytes of a body.
    fn patient(url: &str, timeout: std::time::Duration) -> Client {
        let credentials = crate::Credentials::new("project-id", "PT-token").expect("credentials");
        Client::builder(&"acme".parse().expect("a space"), credentials)
            .base_url(url)
            .timeout(timeout)
            .max_body_bytes(16)
            .retry(crate::RetryPolicy::new(3).base_delay(std::time::Duration::ZERO))
            .build()
            .expect("a client")
    }

    /// The URL of a server that responds with one of `answers` on each connection, with the last one on all further ones. It closes a
    /// connection afterwards, unless the answer is empty.
    async fn server(answers: Vec<String>) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            let mut open = Vec::new();
            for answer in answers.iter().chain(std::iter::repeat(&answers[answers.len() - 1])) {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let _received = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                if answer.is_empty() {
                    open.push(stream);
                }
            }
        });
        url
    }

    async fn attempts(method: &str, answer: &str) -> u32 {
        let url = server(vec![answer.to_owned()]).await;
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = Request::new(method, url.parse().expect("a URL"));
        let timeout = if answer.is_empty() { std::time::Duration::from_millis(100) } else { LONG };
        let error =
            exchange(&patient(&url, timeout), request, A, &READS_NOTHING).await.expect_err("no success");
        error.attempts()
    }

    #[tokio::test]
    async fn what_is_idempotent_is_retried_after_failures_of_the_server_and_the_connection() {
        let status = |status: u16| format!("HTTP/1.1 {status} A\r\ncontent-length: 0\r\n\r\n");
        let cut = |status: u16| format!("HTTP/1.1 {status} A\r\ncontent-length: 9\r\n\r\n{{");
        // The end of a connection without a response, and of one in its head; an empty answer is a timeout.
        let broken =
            ["".to_owned(), "\r\n".to_owned(), "HTTP/1.1 200 A\r\nx-".to_owned(), cut(200), cut(404)];
        let again = [500, 502, 503, 504, 429].map(status);
        let too_long = format!("HTTP/1.1 200 A\r\ncontent-length: 17\r\n\r\n{}", "x".repeat(17));
        let never = [301, 400, 401, 404, 408, 409, 422, 425, 501, 505].map(status);
        for method in ["GET", "PUT", "DELETE", "OPTIONS", "TRACE", "POST", "PATCH", "PURGE"] {
            let is_idempotent = !["POST", "PATCH", "PURGE"].contains(&method);
            for answer in broken.iter().chain(&again) {
                // 429 and 503 reject a request unprocessed.
                let is_rejected =
                    !answer.contains("length: 9") && (answer.contains("429") || answer.contains("503"));
                let expected = if is_idempotent || is_rejected { 3 } else { 1 };
                assert_eq!(attempts(method, answer).await, expected, "{method} {answer:?}");
            }
            for answer in never.iter().chain([&too_long]) {
                assert_eq!(attempts(method, answer).await, 1, "{method} {answer:?}");
            }
        }
        assert_eq!((attempts("HEAD", &status(500)).await, attempts("HEAD", &status(501)).await), (3, 1));
        assert_eq!((attempts("GET", &cut(503)).await, attempts("POST", &cut(503)).await), (3, 1));
    }

    #[tokio::test]
    async fn a_retry_of_what_is_idempotent_can_succeed() {
        let answers = [
            "HTTP/1.1 200 A\r\ncontent-length: 9\r\n\r\n{",
            "HTTP/1.1 502 A\r\n\r\n",
            "HTTP/1.1 204 A\r\n\r\n",
        ];
        let url = server(answers.map(str::to_owned).to_vec()).await;
        let request = Request::new(reqwest::Method::GET, url.parse().expect("a URL"));
        let response = exchange(&patient(&url, LONG), request, A, &READS_NOTHING).await.expect("a success");
        assert_eq!(response.status().as_u16(), 204);
    }

    /// The last attempt finds nobody, but an earlier one may have been received.
    #[tokio::test]
    async fn what_an_earlier_attempt_sent_is_not_forgotten() {
        use tokio::io::AsyncReadExt as _;

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            drop(listener);
            let _received = stream.read(&mut [0; 4096]).await.expect("a request");
        });
        let request = Request::new(reqwest::Method::GET, url.parse().expect("a URL"));
        let error = exchange(&patient(&url, LONG), request, A, &READS_NOTHING).await.expect_err("nobody");
        assert_eq!((error.attempts(), error.is_connect()), (3, true));
        assert_eq!(error.was_sent(), crate::Sent::Unknown);
        assert!(!error.to_string().contains("nothing was sent"), "{error}");
    }

    #[tokio::test]
    async fn a_body_that_can_be_read_only_once_is_sent_once() {
        // A port that is bound and not listened on refuses connections.
        let bound = tokio::net::TcpSocket::new_v4().expect("a socket");
        bound.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let url = format!("http://{}", bound.local_addr().expect("an address"));
        for (body, attempts) in
            [(reqwest::Body::from("body"), 3), (reqwest::Body::wrap(reqwest::Body::from("body")), 1)]
        {
            let mut request = Request::new(reqwest::Method::POST, url.parse().expect("a URL"));
            *request.body_mut() = Some(body);
            let client = patient(&url, LONG);
            let error = exchange(&client, request, A, &READS_NOTHING).await.expect_err("refused");
            assert_eq!(error.attempts(), attempts);
        }
    }
}
