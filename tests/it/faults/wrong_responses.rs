//! Invalid and unexpected responses.

use relay_rest::{ErrorKind, Sent};
use tokio::io::AsyncWriteExt;

use super::{SENT, fails, fails_in_time, head, send_by, succeeds, what};
use crate::scripted::{Connection, Scripted, response};

#[tokio::test]
async fn of_a_huge_body_the_limit_is_kept() {
    let huge = format!("{}{}", SENT.trim_end_matches('}'), " ".repeat(10 << 20));
    for (status, kind) in [(200, ErrorKind::Unreadable), (500, ErrorKind::Status)] {
        let server = Scripted::answering(response(status, "", &huge)).await;
        let error = fails(&server).await;
        assert_eq!(what(&error), (kind, Sent::Yes, false, Some(status)));
        assert_eq!(error.raw_body().map(<[u8]>::len), Some(1 << 20));
        assert!(error.raw_body().is_some_and(|body| body.starts_with(br#"{"id":"3fa85f64"#)));
        let expected = match kind {
            ErrorKind::Status => "with a body that cannot be read",
            _ => "but its body is longer than the limit of 1048576 bytes",
        };
        assert!(error.to_string().ends_with(expected), "{error}");
    }

    let server = Scripted::json(200, SENT).await;
    for (limit, is_read) in [(SENT.len(), true), (SENT.len() - 1, false), (0, false)] {
        let client = server.client_builder().max_body_bytes(limit).build().expect("a client");
        assert_eq!(send_by(&client).await.is_ok(), is_read, "{limit}");
    }
}

#[tokio::test]
async fn a_wrong_length_is_a_response_that_cannot_be_read() {
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
async fn broken_chunks_are_a_response_that_cannot_be_read() {
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
async fn invalid_unicode_is_a_response_that_cannot_be_read() {
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
async fn informational_responses_do_not_end_a_call() {
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let answer = format!("{}{}{SENT}", hint.repeat(50), head(SENT.len()));
    succeeds(&Scripted::answering(answer).await).await;

    // The timeout ends a flood of them, and then the server can no longer write.
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
async fn endless_headers_are_no_response() {
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
async fn the_media_type_of_a_response_does_not_matter() {
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
async fn reads_retry_after_in_either_form() {
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
