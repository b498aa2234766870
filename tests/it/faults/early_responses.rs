//! Rare forms of responses: before the request was read, with trailers, of HTTP/1.0, with many and long headers.

use relay_rest::{ErrorKind, Sent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{SENT, fails, head, send_by, succeeds, what};
use crate::scripted::{Connection, Scripted, response};

#[tokio::test]
async fn a_response_before_the_request_was_read_is_a_response() {
    // Reads one byte, so that the request is on its way, and responds.
    for status in [200, 413] {
        let server = Scripted::acting(move |mut connection: Connection| async move {
            let _ = connection.stream.read_u8().await;
            let _ = connection.stream.write_all(&response(status, "", SENT)).await;
            let _ = connection.stream.shutdown().await;
            while connection.stream.read_u8().await.is_ok() {}
        })
        .await;
        if status == 200 {
            assert!(succeeds(&server).await.success);
        } else {
            assert_eq!(what(&fails(&server).await), (ErrorKind::Status, Sent::Yes, false, Some(413)));
        }
    }
}

/// The server responds and closes with most of the request unread, which resets the connection.
#[tokio::test]
async fn a_response_to_half_a_request_is_never_called_unsent() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        let _ = connection.stream.read_u8().await;
        let _ = connection.stream.write_all(&response(413, "", "")).await;
    })
    .await;
    let client = server.client();
    for _ in 0..100 {
        let error = send_by(&client).await.expect_err("no success");
        match error.kind() {
            ErrorKind::Status => assert_eq!(error.status().map(|status| status.as_u16()), Some(413)),
            _ => assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None)),
        }
    }
}

#[tokio::test]
async fn trailers_are_ignored() {
    let chunked = |trailers: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-a\r\n\r\n{:x}\r\n{SENT}\r\n0\r\n{trailers}\r\n",
            SENT.len()
        )
    };
    succeeds(&Scripted::answering(chunked("x-a: b\r\nx-request-id: 7\r\n")).await).await;
    for trailers in ["no header\r\n".to_owned(), "x-a: b\r\n".repeat(100_000)] {
        let error = fails(&Scripted::answering(chunked(&trailers)).await).await;
        assert_eq!(what(&error), (ErrorKind::Unreadable, Sent::Yes, false, Some(200)));
        assert_eq!(error.raw_body(), Some(SENT.as_bytes()));
    }
}

#[tokio::test]
async fn http_1_0_is_understood() {
    // The end of the connection is the end of the body.
    let server = Scripted::answering(format!("HTTP/1.0 200 OK\r\n\r\n{SENT}")).await;
    assert!(succeeds(&server).await.success);
    let server = Scripted::answering("HTTP/1.0 503 Busy\r\nretry-after: 3\r\n\r\nbusy").await;
    assert_eq!(what(&fails(&server).await), (ErrorKind::Status, Sent::Yes, false, Some(503)));
    let half = Scripted::answering(format!("HTTP/1.0 200 OK\r\n\r\n{}", &SENT[..9])).await;
    assert_eq!(what(&fails(&half).await), (ErrorKind::Unreadable, Sent::Yes, false, Some(200)));
}

#[tokio::test]
async fn invalid_http_is_no_response() {
    for garbage in
        ["HTTP/0.9 200 OK\r\n\r\n", SENT, "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/2.0 200 OK\r\n\r\n", "\0\0\0\0"]
    {
        let server = Scripted::answering(garbage).await;
        let error = fails(&server).await;
        assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None), "{garbage:?}");
        assert_eq!(server.received().len(), 1);
    }
}

/// hyper reads 100 headers, and heads of some 400 kB.
#[tokio::test]
async fn headers_are_read_up_to_a_limit() {
    let answer = |headers: String| {
        format!("{}{headers}\r\n{SENT}", head(SENT.len()).trim_end_matches("\r\n").to_owned() + "\r\n")
    };
    for (headers, is_read) in [
        ("x: y\r\n".repeat(98), true),
        ("x: y\r\n".repeat(99), false),
        (format!("x: {}\r\n", "y".repeat(300_000)), true),
        (format!("x: {}\r\n", "y".repeat(2 << 20)), false),
        (format!("{}: y\r\n", "x".repeat(1 << 16)), false),
    ] {
        let begin = headers[..headers.len().min(20)].to_owned();
        let server = Scripted::answering(answer(headers)).await;
        if is_read {
            assert!(succeeds(&server).await.success, "{begin}");
        } else {
            assert_eq!(
                what(&fails(&server).await),
                (ErrorKind::Transport, Sent::Unknown, false, None),
                "{begin}"
            );
            assert_eq!(server.received().len(), 1);
        }
    }
}
