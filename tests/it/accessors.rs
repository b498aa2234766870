//! The accessors of errors, for each way in which a call can fail.

use std::time::Duration;

use relay_rest::types::MfaRequest;
use relay_rest::{Bounded, Client, E164, Error, ErrorKind, OneSegment, Seconds, Sent};

use crate::scripted::{Scripted, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

async fn send(client: &Client) -> Error {
    let call = client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send();
    call.await.expect_err("no success")
}

/// Without a response, most accessors return `None`.
fn has_no_response(error: &Error) {
    assert_eq!((error.status(), error.headers(), error.raw_body()), (None, None, None), "{error:?}");
    assert_eq!((error.request_id(), error.retry_after(), error.code()), (None, None, None), "{error:?}");
    assert!(error.body().is_none() && error.api_errors().is_empty(), "{error:?}");
}

#[tokio::test]
async fn an_error_before_the_request_has_no_attempts_and_no_response() {
    let server = Scripted::json(200, SENT).await;
    let client = server.client_builder().retry(relay_rest::RetryPolicy::new(3)).build().expect("a client");
    let unsent = [
        Error::from("1".parse::<E164>().expect_err("no number")),
        Error::from("".parse::<OneSegment>().expect_err("empty")),
        Error::from(Bounded::<1, 2>::try_from(3).expect_err("out of range")),
        Error::from(Seconds::<1, 2>::try_from(Duration::from_millis(1)).expect_err("a fraction")),
        Error::from(MfaRequest::builder().build().expect_err("no number")),
        client.request_mfa_sms().send().await.expect_err("no number"),
        client.verify_mfa_token().mfa_request_id("1").send().await.expect_err("no UUID"),
    ];
    for error in unsent {
        assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, Sent::No), "{error}");
        assert_eq!((error.attempts(), error.is_timeout(), error.is_connect()), (0, false, false), "{error}");
        has_no_response(&error);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_error_without_a_response_has_one_attempt() {
    let error = send(&Scripted::answering("").await.client()).await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 1));
    has_no_response(&error);
}

#[tokio::test]
async fn an_error_with_a_response_has_all_of_it() {
    const HEADERS: &str = "x-request-id: r-1\r\nretry-after: 7\r\nx-other: a\r\nx-other: b\r\n";
    for (status, body, kind) in [
        (422, r#"{"errors":[{"code":"c"}]}"#, ErrorKind::Status),
        (503, "", ErrorKind::Status),
        (200, "<html>", ErrorKind::Unreadable),
        (200, r#"{"success":false}"#, ErrorKind::NotQueued),
    ] {
        let server = Scripted::answering(response(status, HEADERS, body)).await;
        let error = send(&server.client()).await;
        assert_eq!((error.kind(), error.was_sent(), error.attempts()), (kind, Sent::Yes, 1));
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        let headers = error.headers().expect("headers");
        assert_eq!(headers.get_all("x-other").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers["content-length"], body.len().to_string());
        assert_eq!(error.request_id(), Some("r-1"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.raw_body(), Some(body.as_bytes()));
        assert!(!error.is_timeout() && !error.is_connect());
    }
}

#[tokio::test]
async fn the_id_of_a_request_is_in_one_of_three_headers() {
    for (headers, expected) in [
        ("x-request-id: a\r\nx-signalwire-request-id: b\r\nrequest-id: c\r\n", Some("a")),
        ("request-id: c\r\nx-signalwire-request-id: b\r\n", Some("b")),
        ("request-id: c\r\n", Some("c")),
        ("x-requestid: d\r\n", None),
    ] {
        let error = send(&Scripted::answering(response(500, headers, "")).await.client()).await;
        assert_eq!(error.request_id(), expected, "{headers}");
    }
}
