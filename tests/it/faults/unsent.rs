//! Requests that were not sent must be reported as unsent; requests that were sent must never be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use relay_rest::{ErrorKind, RetryPolicy, Sent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::{LONG, SENT, SHORT, head, send_by, what};
use crate::scripted::{Connection, Scripted, in_time};

/// The timeout of the call is over before that of connecting, and reqwest reports nothing but a timeout.
#[tokio::test]
async fn a_timeout_within_the_handshake_means_not_sent() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        while connection.stream.read_u8().await.is_ok() {}
    })
    .await;
    let builder = server.client_builder().base_url(server.url.replace("http://", "https://"));
    let client = builder.connect_timeout(LONG).timeout(SHORT).build().expect("a client");
    let error = in_time(send_by(&client)).await.expect_err("no TLS");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, true, None));

    // So it may be repeated.
    let policy = RetryPolicy::new(2).base_delay(Duration::from_millis(1));
    let client = client.with_timeout(Duration::from_millis(200)).with_retry(policy);
    assert_eq!(in_time(send_by(&client)).await.expect_err("no TLS").attempts(), 2);
    assert_eq!((server.connections(), server.received().len()), (3, 0));
}

/// The timeout of the call is long enough.
#[tokio::test]
async fn the_time_to_connect_is_limited_on_its_own() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        while connection.stream.read_u8().await.is_ok() {}
    })
    .await;
    let builder = server.client_builder().base_url(server.url.replace("http://", "https://"));
    let builder = builder.connect_timeout(Duration::from_millis(200)).timeout(LONG);
    let error = in_time(send_by(&builder.build().expect("a client"))).await.expect_err("no TLS");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, true, None));
    assert!(error.is_connect(), "the time of the call was up: {error:?}");
    let host = server.url.trim_start_matches("http://");
    assert_eq!(
        error.to_string(),
        format!("request_mfa_sms: timed out connecting to {host}; nothing was sent")
    );
}

/// Two thousand calls with hardly any time, over connections that are kept, closed and reset: the request of none that was reported
/// as not sent has reached the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_reported_as_not_sent_was_not_received() {
    let open = Arc::new(());
    let counted = Arc::clone(&open);
    let server = Scripted::acting(move |mut connection: Connection| {
        let open = Arc::clone(&counted);
        async move {
            let _open = open;
            while connection.read().await.is_some() {
                match fastrand::u8(0..8) {
                    0 => return,
                    1 => {
                        let _ = connection.stream.set_zero_linger();
                        return;
                    }
                    2 => {
                        let whole = format!("{}{SENT}", head(SENT.len()));
                        let _ = connection.stream.write_all(whole.as_bytes()).await;
                        return;
                    }
                    _ => {
                        let whole = format!("{}{SENT}", head(SENT.len()));
                        let _ = connection.stream.write_all(whole.as_bytes()).await;
                    }
                }
            }
        }
    })
    .await;
    let client = server.client();
    let mut unsent = BTreeSet::new();
    let mut sent = 0;
    // The longest timeout: on a busy machine, too, some calls are sent and others are not.
    let mut longest = 20_000;
    for round in 0..40 {
        let before = sent;
        let mut calls = JoinSet::new();
        for call in 0..50 {
            let client = client.with_timeout(Duration::from_micros(fastrand::u64(0..longest)));
            let number = format!("+1404{:07}", round * 50 + call);
            calls.spawn(async move {
                let call = client.request_mfa_sms().body_map(|body| body.to(number.as_str())).send().await;
                (number, call.map(drop))
            });
        }
        while let Some(ended) = calls.join_next().await {
            match ended.expect("no panic") {
                (number, Err(error)) if error.was_sent() == Sent::No => {
                    unsent.insert(format!(r#"{{"to":"{number}"}}"#));
                }
                (_, Ok(())) => sent += 1,
                (_, Err(error)) => {
                    assert!(
                        matches!(error.kind(), ErrorKind::Transport | ErrorKind::Unreadable),
                        "{error:?}"
                    );
                }
            }
        }
        match sent - before {
            0..10 => longest *= 2,
            40.. => longest = (longest / 2).max(1_000),
            _ => {}
        }
    }
    // The server reads to the end of every connection.
    drop(client);
    let ended = async {
        while Arc::strong_count(&open) > 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, ended).await.expect("every connection ends");
    let received: BTreeSet<String> = server.received().into_iter().map(|request| request.body).collect();
    assert!(unsent.len() > 20 && sent > 20, "{} not sent, {sent} sent: they show nothing", unsent.len());
    assert_eq!(unsent.intersection(&received).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// A read timeout that was set on the HTTP client, and is over at once, does not cut calls short.
#[tokio::test]
async fn the_read_timeout_of_the_http_client_does_not_apply() {
    let server = Scripted::answering(format!("{}{SENT}", head(SENT.len()))).await;
    let http = relay_rest::reqwest::Client::builder().read_timeout(Duration::ZERO);
    let client = server.client_builder().http(http).build().expect("a client");
    for _ in 0..20 {
        assert!(send_by(&client).await.expect("a success").success);
    }
}

/// A `Content-Length` of the caller's would let a connection send the request without reading its body.
#[tokio::test]
async fn a_default_header_does_not_change_the_length_of_the_body() {
    for length in ["0", "5", "1000"] {
        let server = Scripted::answering("").await;
        let headers = [("content-length", length)].map(|(name, value)| {
            (name.parse().expect("a header name"), value.parse().expect("a header value"))
        });
        let http = relay_rest::reqwest::Client::builder().default_headers(headers.into_iter().collect());
        let client = server.client_builder().http(http).build().expect("a client");
        let error = send_by(&client).await.expect_err("no response");
        assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None), "{length}");
        assert_eq!(server.received()[0].body, r#"{"to":"+14043287382"}"#, "{length}");
    }
}

/// A head that is larger than the connection's buffer is written before the body is read.
#[tokio::test]
async fn a_request_that_was_sent_in_part_is_not_reported_as_unsent() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        assert_eq!(connection.stream.read_u8().await.expect("a byte"), b'P');
    })
    .await;
    let value = "x".repeat(16 << 20).parse().expect("a header value");
    let headers = [("x-large".parse().expect("a header name"), value)];
    let http = relay_rest::reqwest::Client::builder().default_headers(headers.into_iter().collect());
    let client = server.client_builder().http(http).build().expect("a client");
    let error = send_by(&client).await.expect_err("no response");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None));
}
