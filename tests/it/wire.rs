//! The bytes of requests on the wire.

use relay_rest::reqwest;
use relay_rest::types::{MfaCallRequest, MfaRequest};
use uuid::Uuid;

use crate::scripted::{AUTHORIZATION, Scripted, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// The whole header section of a request with a body of `length` bytes.
fn expected_headers(server: &Scripted, length: usize) -> Vec<String> {
    let host = server.url.trim_start_matches("http://");
    vec![
        "accept: application/json".to_owned(),
        format!("authorization: {AUTHORIZATION}"),
        format!("content-length: {length}"),
        "content-type: application/json".to_owned(),
        format!("host: {host}"),
        format!("user-agent: relay-rest/{}", env!("CARGO_PKG_VERSION")),
    ]
}

#[tokio::test]
async fn an_sms_request_sends_what_was_set_and_nothing_else() {
    let server = Scripted::json(200, SENT).await;
    let request = MfaRequest::builder().to("+14043287382").build().expect("a request");
    let sent = server.client().request_mfa_sms().body(request).send().await.expect("an answer");
    assert_eq!(
        (sent.id.to_string().as_str(), sent.channel.as_str()),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "sms")
    );

    let [received] = server.received().try_into().expect("one request");
    let body = r#"{"to":"+14043287382"}"#;
    assert_eq!(received.line, "POST /api/relay/rest/mfa/sms HTTP/1.1");
    assert_eq!(received.body, body);
    assert_eq!(received.headers, expected_headers(&server, body.len()));
}

#[tokio::test]
async fn everything_that_can_be_set_is_sent_as_it_was_set() {
    let server = Scripted::json(200, SENT).await;
    let request = MfaRequest::builder()
        .to("+14043287382")
        .from("+12029167968")
        .message("Your “Acme” code:")
        .token_length(4)
        .valid_for(604_800)
        .max_attempts(20)
        .allow_alphas(false);
    server.client().request_mfa_sms().body(request).send().await.expect("an answer");

    let [received] = server.received().try_into().expect("one request");
    let body: serde_json::Value = serde_json::from_str(&received.body).expect("JSON");
    let expected = serde_json::json!({
        "to": "+14043287382", "from": "+12029167968", "message": "Your “Acme” code:", "token_length": 4,
        "valid_for": 604_800, "max_attempts": 20, "allow_alphas": false,
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_call_request_may_have_a_long_message() {
    let server = Scripted::json(200, &SENT.replace("sms", "call")).await;
    let message = "a".repeat(500);
    let request =
        MfaCallRequest::builder().to("+14043287382").message(message.as_str()).build().expect("a request");
    let sent = server.client().request_mfa_call().body(request).send().await.expect("an answer");
    assert_eq!(sent.channel.as_str(), "call");

    let [received] = server.received().try_into().expect("one request");
    let body = format!(r#"{{"message":"{message}","to":"+14043287382"}}"#);
    assert_eq!(received.line, "POST /api/relay/rest/mfa/call HTTP/1.1");
    assert_eq!(received.body, body);
    assert_eq!(received.headers, expected_headers(&server, body.len()));
}

#[tokio::test]
async fn a_verification_names_the_request_in_its_path() {
    let server = Scripted::json(200, r#"{"success":true}"#).await;
    let id: Uuid = "3fa85f64-5717-4562-b3fc-2c963f66afa6".parse().expect("a UUID");
    let _ = server.client().verify(id, "123456").await.expect("an answer");

    let [received] = server.received().try_into().expect("one request");
    let body = r#"{"token":"123456"}"#;
    assert_eq!(received.line, format!("POST /api/relay/rest/mfa/{id}/verify HTTP/1.1"));
    assert_eq!(received.body, body);
    assert_eq!(received.headers, expected_headers(&server, body.len()));
}

#[tokio::test]
async fn a_base_url_takes_the_place_of_server_and_path() {
    let server = Scripted::json(200, SENT).await;
    let client =
        server.client_builder().base_url(format!("{}/proxy/", server.url)).build().expect("a client");
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("an answer");
    assert_eq!(server.received()[0].line, "POST /proxy/mfa/sms HTTP/1.1");
}

#[tokio::test]
async fn there_is_one_authorization_header_whatever_the_http_client_adds() {
    let server = Scripted::json(200, SENT).await;
    let mut defaults = reqwest::header::HeaderMap::new();
    defaults.insert("authorization", reqwest::header::HeaderValue::from_static("Bearer other"));
    let http = reqwest::Client::builder().default_headers(defaults);
    let client = server.client_builder().http(http).build().expect("a client");
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("an answer");

    let received = &server.received()[0];
    let authorizations: Vec<_> =
        received.headers.iter().filter(|header| header.starts_with("authorization:")).collect();
    assert_eq!(authorizations, [&format!("authorization: {AUTHORIZATION}")]);
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_when_the_http_client_would() {
    let elsewhere = Scripted::json(200, SENT).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = response(status, &format!("location: {}/mfa/sms\r\n", elsewhere.url), "");
        let server = Scripted::answering(answer).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(5));
        let client = server.client_builder().http(http).build().expect("a client");
        let error = client
            .request_mfa_sms()
            .body_map(|body| body.to("+14043287382"))
            .send()
            .await
            .expect_err("a redirect is no success");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(server.received().len(), 1);
    }
    assert!(elsewhere.received().is_empty(), "the other host has seen a request");
}

#[tokio::test]
async fn nothing_is_sent_twice_even_when_the_http_client_would_retry() {
    let server = Scripted::json(503, "{}").await;
    let host = server.url.trim_start_matches("http://").split(':').next().unwrap_or_default().to_owned();
    let always =
        reqwest::retry::for_host(host).max_retries_per_request(3).classify_fn(|attempt| attempt.retryable());
    let client =
        server.client_builder().http(reqwest::Client::builder().retry(always)).build().expect("a client");
    let error =
        client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect_err("503");
    assert_eq!(
        (error.status().map(|status| status.as_u16()), error.was_sent()),
        (Some(503), relay_rest::Sent::Yes)
    );
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_loopback_address_is_reached_without_a_proxy() {
    let (server, proxy) = (Scripted::json(200, SENT).await, Scripted::json(502, "").await);
    let http = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy.url).expect("a proxy"));
    let client = server.client_builder().http(http).build().expect("a client");
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("an answer");
    assert!(proxy.received().is_empty());
}
