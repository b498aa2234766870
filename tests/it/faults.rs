//! Network faults over real sockets: which error a call returns, and how many requests the server received.

mod early_responses;
mod keep_alive;
#[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
mod proxies;
mod unsent;
mod wrong_responses;

use std::error::Error as _;
use std::time::Duration;

use relay_rest::types::MfaResponse;
use relay_rest::{Client, Error, ErrorKind, Response, Sent};
use tokio::io::AsyncWriteExt;

use crate::scripted::{Connection, Scripted, in_time};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// A timeout for calls that end by themselves.
const LONG: Duration = Duration::from_secs(60);

/// A timeout for calls that do not.
const SHORT: Duration = Duration::from_secs(1);

async fn send_by(client: &Client) -> Result<Response<MfaResponse>, Error> {
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await
}

/// One call, which must make one request at most.
async fn send(server: &Scripted, timeout: Duration) -> Result<Response<MfaResponse>, Error> {
    let outcome = send_by(&server.client().with_timeout(timeout)).await;
    assert!(server.connections() <= 1, "it was tried again");
    outcome
}

async fn succeeds(server: &Scripted) -> Response<MfaResponse> {
    send(server, LONG).await.expect("a success")
}

async fn fails(server: &Scripted) -> Error {
    send(server, LONG).await.expect_err("no success")
}

async fn fails_in_time(server: &Scripted) -> Error {
    in_time(send(server, SHORT)).await.expect_err("no success")
}

/// A head whose body has a length.
fn head(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
}

fn what(error: &Error) -> (ErrorKind, Sent, bool, Option<u16>) {
    (error.kind(), error.was_sent(), error.is_timeout(), error.status().map(|status| status.as_u16()))
}

#[tokio::test]
async fn a_refused_connection_means_not_sent() {
    // A port that is bound and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let server = Scripted::json(200, SENT).await;
    let host = taken.local_addr().expect("an address");
    let url = format!("http://{host}");
    let error = send_by(&server.client_builder().base_url(url).build().expect("a client"))
        .await
        .expect_err("refused");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, false, None));
    assert!(error.is_connect());
    assert_eq!(error.to_string(), format!("request_mfa_sms: no connection to {host}; nothing was sent"));
}

#[tokio::test]
async fn a_failed_tls_handshake_means_not_sent() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        let _ = connection.stream.write_all(b"HTTP/1.1 400 Plain HTTP only\r\n\r\n").await;
    })
    .await;
    let url = server.url.replace("http://", "https://");
    let error =
        send_by(&server.client_builder().base_url(url).build().expect("a client")).await.expect_err("no TLS");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, false, None));
    assert!(error.is_connect() && error.source().is_some());
}

#[tokio::test]
async fn a_connection_that_is_closed_at_once_is_no_response() {
    let server = Scripted::acting(|connection: Connection| async move { drop(connection) }).await;
    for _ in 0..50 {
        let error = send_by(&server.client()).await.expect_err("no answer");
        // The outcome depends on whether the client noticed before it wrote.
        let host = server.url.trim_start_matches("http://");
        let message = match error.was_sent() {
            Sent::No => format!("request_mfa_sms: no connection to {host}; nothing was sent"),
            _ => format!("request_mfa_sms: no response from {host}; it may have received the request"),
        };
        assert_eq!((error.kind(), error.is_timeout()), (ErrorKind::Transport, false));
        assert_ne!(error.was_sent(), Sent::Yes);
        assert_eq!(error.to_string(), message);
    }
}

#[tokio::test]
async fn a_reset_within_the_headers_is_no_response() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-").await;
        let _ = connection.stream.set_zero_linger();
    })
    .await;
    assert_eq!(what(&fails(&server).await), (ErrorKind::Transport, Sent::Unknown, false, None));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_reset_within_the_body_is_a_response() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.write_all(format!("{}{}", head(SENT.len()), &SENT[..50]).as_bytes()).await;
        // The client closes as soon as it has read that the body is not whole.
        connection.stream.set_zero_linger().expect("an open socket");
    })
    .await;
    let error = fails(&server).await;
    assert_eq!(what(&error), (ErrorKind::Unreadable, Sent::Yes, false, Some(200)));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn reads_a_response_byte_by_byte() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.set_nodelay(true);
        for byte in format!("{}{SENT}", head(SENT.len())).into_bytes() {
            let _ = connection.stream.write_all(&[byte]).await;
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(succeeds(&server).await.success);
}

#[tokio::test]
async fn a_request_that_timed_out_may_have_been_sent() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        std::future::pending::<()>().await;
    })
    .await;
    let error = fails_in_time(&server).await;
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, true, None));
    let host = server.url.trim_start_matches("http://");
    assert_eq!(
        error.to_string(),
        format!(
            "request_mfa_sms: timed out after {SHORT:?} waiting for a response from {host}; it may have received the request"
        )
    );
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_body_that_never_ends_in_time_is_a_response() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.write_all(format!("{}{{", head(SENT.len())).as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let error = fails_in_time(&server).await;
    assert_eq!(what(&error), (ErrorKind::Unreadable, Sent::Yes, true, Some(200)));
    assert_eq!(error.raw_body(), Some(b"{".as_slice()));
}

#[tokio::test]
async fn a_dropped_call_ends_its_connection() {
    let (arrived, mut events) = tokio::sync::mpsc::unbounded_channel();
    let server = Scripted::acting(move |mut connection: Connection| {
        let arrived = arrived.clone();
        async move {
            connection.read().await;
            let _ = arrived.send("request");
            // Only the end of the connection follows.
            let _ = arrived.send(if connection.read().await.is_none() { "end" } else { "another" });
        }
    })
    .await;
    let client = server.client();
    let mut call = Box::pin(send_by(&client));
    tokio::select! {
        outcome = &mut call => panic!("there is no answer to {outcome:?}"),
        first = events.recv() => assert_eq!(first, Some("request")),
    }
    drop(call);
    assert_eq!(events.recv().await, Some("end"));
    assert_eq!((server.received().len(), server.connections()), (1, 1));
}
