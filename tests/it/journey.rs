//! Sends and verifies codes, against the server that validates requests against the 3.1 document.

use relay_rest::types::{MfaCallRequest, MfaRequest};
use relay_rest::{Client, Credentials, ErrorBody, Verification, reqwest};
use uuid::Uuid;

use crate::contract::{API_TOKEN, ContractServer, PROJECT_ID};

async fn server_and_client() -> (ContractServer, Client) {
    let server = ContractServer::start().await.expect("a server");
    let credentials = Credentials::new(PROJECT_ID, API_TOKEN).expect("usable credentials");
    let client =
        Client::new(&server.space().parse().expect("a loopback space"), credentials).expect("a client");
    (server, client)
}

#[tokio::test]
async fn a_code_is_wrong_then_right_then_gone() {
    let (server, client) = server_and_client().await;
    let request =
        MfaRequest::builder().to("+14043287382").message("Acme:").token_length(20).allow_alphas(true);
    let sent = client.request_mfa_sms().body(request).send().await.expect("queued");
    assert_eq!((sent.to.as_str(), sent.channel.as_str()), ("+14043287382", "sms"));

    let [delivery] = server.take_deliveries().try_into().expect("one delivery");
    assert_eq!((delivery.to.as_str(), delivery.code.len()), ("+14043287382", 20));
    assert_eq!(delivery.text, format!("Acme: {}", delivery.code));

    assert_eq!(client.verify(sent.id.as_str(), "wrong").await.expect("an outcome"), Verification::WrongCode);
    assert_eq!(
        client.verify(sent.id.as_str(), delivery.code.as_str()).await.expect("an outcome"),
        Verification::Verified
    );
    assert_eq!(client.verify(sent.id.as_str(), delivery.code).await.expect("an outcome"), Verification::Gone);
    assert_eq!(server.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_last_attempt_is_the_last() {
    let (server, client) = server_and_client().await;
    let request = MfaCallRequest::builder().to("+14043287382").max_attempts(2);
    let sent = client.request_mfa_call().body(request).send().await.expect("queued");
    assert_eq!(sent.channel.as_str(), "call");
    for expected in [Verification::WrongCode, Verification::WrongCode, Verification::Gone] {
        assert_eq!(client.verify(sent.id.as_str(), "wrong").await.expect("an outcome"), expected);
    }
    assert_eq!(server.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_unknown_request_is_gone_and_an_unknown_token_is_unauthorized() {
    let (server, client) = server_and_client().await;
    assert_eq!(client.verify(Uuid::nil(), "1").await.expect("an outcome"), Verification::Gone);

    let stranger = Credentials::new(PROJECT_ID, "PT-other").expect("usable credentials");
    let stranger = Client::new(&server.space().parse().expect("a space"), stranger).expect("a client");
    let error = stranger.verify(Uuid::nil(), "1").await.expect_err("unauthorized");
    assert!(matches!(error.body(), Some(ErrorBody::Unauthorized(_))));
    assert_eq!(server.violations(), Vec::<String>::new());
}

/// Shows that the validation can fail.
#[tokio::test]
async fn the_server_reports_what_the_document_forbids() {
    let (server, client) = server_and_client().await;
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let url = format!("{}/mfa/sms", client.base_url());
    let post = |content_type: &'static str, body: &'static str| {
        http.post(&url)
            .basic_auth(PROJECT_ID, Some(API_TOKEN))
            .header("content-type", content_type)
            .body(body)
    };
    for (content_type, body) in [
        ("application/json", r#"{"to":"404-328-7382"}"#),
        ("application/json", r#"{"to":"+14043287382","token_length":3}"#),
        ("application/json", r#"{"from":"+14043287382"}"#),
        ("application/json", "{"),
        ("text/plain", r#"{"to":"+14043287382"}"#),
    ] {
        let before = server.violations().len();
        let answer = post(content_type, body).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 422, "{body}");
        assert!(server.violations().len() > before, "{body}");
    }
    assert!(server.take_deliveries().is_empty());
}
