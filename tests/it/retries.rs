//! Which requests are retried, and which never are.

use std::time::Duration;

use relay_rest::{Client, Error, ErrorKind, RetryPolicy, Sent};

use crate::scripted::{Connection, Scripted, in_time, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// A policy with up to `attempts`, almost without delays.
fn policy(attempts: u32) -> RetryPolicy {
    RetryPolicy::new(attempts).base_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(5))
}

async fn send(client: &Client) -> Result<(), Error> {
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.map(drop)
}

async fn send_with(server: &Scripted, policy: RetryPolicy) -> Result<(), Error> {
    send(&server.client_builder().retry(policy).build().expect("a client")).await
}

fn answers(all: &[(u16, &str)]) -> Vec<Vec<u8>> {
    all.iter()
        .map(|(status, headers)| response(*status, headers, if *status == 200 { SENT } else { "" }))
        .collect()
}

#[tokio::test]
async fn without_a_policy_nothing_is_retried() {
    for status in [429, 503] {
        let server = Scripted::answering_in_turn(answers(&[(status, "retry-after: 0\r\n"), (200, "")])).await;
        let error = send(&server.client()).await.expect_err("refused");
        assert_eq!((error.attempts(), server.connections()), (1, 1));
    }
}

#[tokio::test]
async fn a_request_that_was_rejected_unprocessed_is_retried() {
    let all =
        answers(&[(503, ""), (429, "retry-after: 0\r\n"), (503, "retry-after: 99999999999\r\n"), (200, "")]);
    let server = Scripted::answering_in_turn(all).await;
    send_with(&server, policy(4)).await.expect("a success at last");
    let received = server.received();
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|request| request.body == received[0].body));
    assert!(received.iter().all(|request| request.headers == received[0].headers));
}

#[tokio::test]
async fn there_are_no_more_attempts_than_the_policy_allows() {
    let server = Scripted::json(503, r#"{"errors":[{"code":"busy"}]}"#).await;
    for (attempts, made) in [(0, 1), (1, 1), (2, 2), (5, 5)] {
        let before = server.received().len();
        let error = send_with(&server, policy(attempts)).await.expect_err("refused each time");
        assert_eq!((error.attempts(), server.received().len() - before), (made, made as usize));
        assert_eq!((error.code(), error.was_sent()), (Some("busy"), Sent::Yes));
    }
    let client = server.client_builder().retry(policy(3)).build().expect("a client");
    assert_eq!(send(&client.with_retry(None)).await.expect_err("refused").attempts(), 1);
    assert_eq!(send(&server.client().with_retry(policy(2))).await.expect_err("refused").attempts(), 2);
}

#[tokio::test]
async fn a_connection_that_cannot_be_made_is_retried() {
    let taken = tokio::net::TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let server = Scripted::json(200, SENT).await;
    let url = format!("http://{}", taken.local_addr().expect("an address"));
    let client = server.client_builder().base_url(url).retry(policy(3)).build().expect("a client");
    let error = send(&client).await.expect_err("refused");
    assert_eq!((error.attempts(), error.was_sent(), error.is_connect()), (3, Sent::No, true));

    // The handshake fails twice, before anything was sent.
    let server = Scripted::acting(|connection: Connection| async move { drop(connection) }).await;
    let url = server.url.replace("http://", "https://");
    let client = server.client_builder().base_url(url).retry(policy(2)).build().expect("a client");
    let error = send(&client).await.expect_err("no TLS");
    assert_eq!((error.attempts(), error.was_sent(), server.connections()), (2, Sent::No, 2));
}

#[tokio::test]
async fn a_request_that_may_have_had_an_effect_is_never_retried() {
    for status in [200, 201, 202, 204, 302, 400, 401, 404, 408, 409, 422, 425, 500, 502, 504] {
        let server = Scripted::answering(response(status, "retry-after: 0\r\n", "no JSON")).await;
        let error = send_with(&server, policy(5)).await.expect_err("no success");
        let kind = if status < 300 { ErrorKind::Unreadable } else { ErrorKind::Status };
        assert_eq!((error.kind(), error.attempts(), server.connections()), (kind, 1, 1), "{status}");
    }

    // Closed without a response, an incomplete 429, and one that is too long.
    let broken = "HTTP/1.1 503 Status\r\ncontent-length: 9\r\n\r\nbusy";
    for answer in
        ["".to_owned(), broken.to_owned(), format!("HTTP/1.1 503 Status\r\n\r\n{}", "x".repeat(2 << 20))]
    {
        let server = Scripted::answering(answer).await;
        let error = send_with(&server, policy(5)).await.expect_err("no success");
        assert_eq!((error.attempts(), server.connections()), (1, 1));
    }

    let silent = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        std::future::pending::<()>().await;
    })
    .await;
    let client =
        silent.client_builder().retry(policy(5)).timeout(Duration::from_secs(1)).build().expect("a client");
    let error = in_time(send(&client)).await.expect_err("no answer");
    assert_eq!((error.attempts(), error.is_timeout(), silent.connections()), (1, true, 1));
}

#[tokio::test]
async fn an_earlier_response_means_that_it_was_sent() {
    let server = Scripted::answering_once(response(503, "", "")).await;
    let error = send_with(&server, policy(2)).await.expect_err("nobody is there any more");
    assert_eq!((error.attempts(), error.is_connect(), error.was_sent()), (2, true, Sent::Yes));
}

#[tokio::test]
async fn a_success_that_cannot_be_read_counts_its_attempts() {
    let server = Scripted::answering_in_turn(vec![response(503, "", ""), response(200, "", "[]")]).await;
    let error = send_with(&server, policy(3)).await.expect_err("no object");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unreadable, 2));
}

#[tokio::test]
async fn no_attempt_begins_after_the_budget() {
    let server = Scripted::answering(response(503, "retry-after: 3600\r\n", "")).await;
    let patient = RetryPolicy::new(5).max_delay(Duration::from_secs(7200)).budget(Duration::from_secs(60));
    let error = send_with(&server, patient).await.expect_err("refused");
    assert_eq!((error.attempts(), server.received().len()), (1, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn a_verification_is_retried_as_well() {
    let all = vec![response(503, "", ""), response(200, "", r#"{"success":true}"#)];
    let server = Scripted::answering_in_turn(all).await;
    let client = server.client_builder().retry(policy(2)).build().expect("a client");
    let outcome = client.verify(uuid::Uuid::nil(), "123456").await.expect("an outcome");
    assert_eq!(outcome, relay_rest::Verification::Verified);
    assert_eq!(server.received().len(), 2);
}
