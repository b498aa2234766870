//! What a network and a server can do wrong, done over real sockets: what the caller is told, and how often the server was asked.
//! Knows TCP and HTTP/1.1; must not know how the client works.

use std::error::Error as _;
use std::time::Duration;

use relay_rest::types::MfaResponse;
use relay_rest::{Client, Error, ErrorKind, Response, Sent};
use tokio::io::AsyncWriteExt;

use crate::scripted::{Connection, Scripted, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// Long enough for everything that ends by itself.
const LONG: Duration = Duration::from_secs(60);

/// Short enough to wait for what does not.
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
    send(server, SHORT).await.expect_err("no success")
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
    // A port that is taken and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let server = Scripted::json(200, SENT).await;
    let url = format!("http://{}", taken.local_addr().expect("an address"));
    let error = send_by(&server.client_builder().base_url(url).build().expect("a client"))
        .await
        .expect_err("refused");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, false, None));
    assert!(error.is_connect());
    assert_eq!(error.to_string(), "request-mfa-sms: no connection");
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
async fn a_connection_that_is_closed_at_once_may_have_been_sent_on() {
    let error =
        fails(&Scripted::acting(|connection: Connection| async move { drop(connection) }).await).await;
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None));
    assert_eq!(error.to_string(), "request-mfa-sms: no answer");
}

#[tokio::test]
async fn a_reset_within_the_headers_is_no_answer() {
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
async fn a_reset_within_the_body_is_an_answer() {
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
async fn an_answer_byte_by_byte_is_an_answer() {
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
async fn no_answer_in_time_may_have_been_sent_on() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        std::future::pending::<()>().await;
    })
    .await;
    let error = fails_in_time(&server).await;
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, true, None));
    assert_eq!(error.to_string(), "request-mfa-sms: time was up before an answer");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_body_that_never_ends_in_time_is_an_answer() {
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
async fn of_a_huge_body_the_limit_is_kept() {
    let huge = format!("{}{}", SENT.trim_end_matches('}'), " ".repeat(10 << 20));
    for (status, kind) in [(200, ErrorKind::Unreadable), (500, ErrorKind::Status)] {
        let server = Scripted::answering(response(status, "", &huge)).await;
        let error = fails(&server).await;
        assert_eq!(what(&error), (kind, Sent::Yes, false, Some(status)));
        assert_eq!(error.raw_body().map(<[u8]>::len), Some(1 << 20));
        assert!(error.raw_body().is_some_and(|body| body.starts_with(br#"{"id":"3fa85f64"#)));
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("body is longer than the limit of 1048576 bytes")
        );
    }

    let server = Scripted::json(200, SENT).await;
    for (limit, is_read) in [(SENT.len(), true), (SENT.len() - 1, false), (0, false)] {
        let client = server.client_builder().max_body_bytes(limit).build().expect("a client");
        assert_eq!(send_by(&client).await.is_ok(), is_read, "{limit}");
    }
}

#[tokio::test]
async fn a_wrong_length_is_an_answer_that_cannot_be_read() {
    for length in [SENT.len() + 1, SENT.len() - 1, 0] {
        let server = Scripted::answering(format!("{}{SENT}", head(length))).await;
        let error = fails(&server).await;
        assert_eq!(what(&error), (ErrorKind::Unreadable, Sent::Yes, false, Some(200)), "{length}");
        assert_eq!(error.raw_body(), Some(&SENT.as_bytes()[..length.min(SENT.len())]));
    }
    for length in ["-1", "x", "99999999999999999999999", "1, 2"] {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{SENT}");
        let error = fails(&Scripted::answering(answer).await).await;
        assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None), "{length}");
    }
}

#[tokio::test]
async fn broken_chunks_are_an_answer_that_cannot_be_read() {
    for chunks in [
        "ZZZ\r\n{}\r\n0\r\n\r\n",
        "ffffffffffffffffffff\r\n{}",
        "5\r\n{}",
        "2\r\n{}xx\r\n0\r\n\r\n",
        "",
        "-1\r\n\r\n",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
        let error = fails(&Scripted::answering(answer).await).await;
        assert_eq!(what(&error), (ErrorKind::Unreadable, Sent::Yes, false, Some(200)), "{chunks:?}");
    }
    let whole = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{SENT}\r\n0\r\n\r\n",
        SENT.len()
    );
    succeeds(&Scripted::answering(whole).await).await;
}

#[tokio::test]
async fn what_is_no_unicode_is_an_answer_that_cannot_be_read() {
    let mut answer = head(2).into_bytes();
    answer.extend(b"\"\xff");
    let error = fails(&Scripted::answering(answer).await).await;
    assert_eq!(what(&error), (ErrorKind::Unreadable, Sent::Yes, false, Some(200)));
    assert_eq!(error.raw_body(), Some(b"\"\xff".as_slice()));

    let mut answer = b"HTTP/1.1 503 Status\r\nx-request-id: \xff\xfe\r\nretry-after: \xff\r\n".to_vec();
    answer.extend(b"content-length: 0\r\n\r\n");
    let error = fails(&Scripted::answering(answer).await).await;
    assert_eq!(what(&error), (ErrorKind::Status, Sent::Yes, false, Some(503)));
    assert_eq!((error.request_id(), error.retry_after()), (None, None));
}

#[tokio::test]
async fn informational_answers_are_no_answer() {
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let answer = format!("{}{}{SENT}", hint.repeat(50), head(SENT.len()));
    succeeds(&Scripted::answering(answer).await).await;

    // A flood of them ends with the time, and then the server cannot write any more.
    let server = Scripted::acting(move |mut connection: Connection| async move {
        connection.read().await;
        while connection.stream.write_all(hint.as_bytes()).await.is_ok() {}
    })
    .await;
    let error = fails_in_time(&server).await;
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Transport, Sent::Unknown));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn endless_headers_are_no_answer() {
    let server = Scripted::acting(move |mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while connection.stream.write_all(b"x-header: and another one\r\n").await.is_ok() {}
    })
    .await;
    assert_eq!(what(&fails(&server).await), (ErrorKind::Transport, Sent::Unknown, false, None));
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let elsewhere = Scripted::json(200, SENT).await;
    for location in
        [format!("{}/mfa/sms", elsewhere.url), "/api/relay/rest/mfa/sms".to_owned(), "\\\\".to_owned()]
    {
        let server = Scripted::answering(response(302, &format!("location: {location}\r\n"), "")).await;
        let error = fails(&server).await;
        assert_eq!(what(&error), (ErrorKind::Status, Sent::Yes, false, Some(302)));
        assert_eq!(server.received().len(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn the_media_type_of_an_answer_does_not_matter() {
    for types in [
        "content-type: application/json\r\ncontent-type: text/html\r\n",
        "content-type: text/plain; charset=utf-16\r\n",
        "content-type: \r\n",
        "",
    ] {
        let server = Scripted::answering(response(200, types, SENT)).await;
        succeeds(&server).await;
    }
}

#[tokio::test]
async fn the_time_to_wait_is_told_in_either_form() {
    for (headers, expected) in [
        ("retry-after: 7\r\n", Some(7)),
        ("date: Mon, 23 Nov 2026 12:00:00 GMT\r\nretry-after: Mon, 23 Nov 2026 12:00:09 GMT\r\n", Some(9)),
        ("retry-after: Thu, 01 Jan 1970 00:00:00 GMT\r\n", Some(0)),
        ("retry-after: 99999999999999999999\r\n", Some(1 << 31)),
        ("retry-after: tomorrow\r\n", None),
        ("", None),
    ] {
        for status in [429, 503] {
            let error = fails(&Scripted::answering(response(status, headers, "")).await).await;
            assert_eq!(what(&error), (ErrorKind::Status, Sent::Yes, false, Some(status)));
            assert_eq!(error.retry_after().map(|wait| wait.as_secs()), expected, "{headers}");
        }
    }
}

#[tokio::test]
async fn a_dropped_call_ends_its_connection() {
    let (arrived, mut told) = tokio::sync::mpsc::unbounded_channel();
    let server = Scripted::acting(move |mut connection: Connection| {
        let arrived = arrived.clone();
        async move {
            connection.read().await;
            let _ = arrived.send("request");
            // Nothing more comes but the end.
            let _ = arrived.send(if connection.read().await.is_none() { "end" } else { "another" });
        }
    })
    .await;
    let client = server.client();
    let mut call = Box::pin(send_by(&client));
    tokio::select! {
        outcome = &mut call => panic!("there is no answer to {outcome:?}"),
        first = told.recv() => assert_eq!(first, Some("request")),
    }
    drop(call);
    assert_eq!(told.recv().await, Some("end"));
    assert_eq!((server.received().len(), server.connections()), (1, 1));
}
