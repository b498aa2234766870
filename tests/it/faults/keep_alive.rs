//! Connections that serve several calls, and faults of the server between calls.

use std::time::Duration;

use relay_rest::{ErrorKind, Sent};
use tokio::io::AsyncWriteExt;

use super::{LONG, SENT, head, send_by, what};
use crate::scripted::{Connection, Scripted};

/// A whole response after which the connection can be used again.
fn kept() -> String {
    format!("{}{SENT}", head(SENT.len()))
}

/// Serves calls over one connection for as long as there are any.
async fn serve(mut connection: Connection) {
    while connection.read().await.is_some() {
        let _ = connection.stream.write_all(kept().as_bytes()).await;
    }
}

#[tokio::test]
async fn calls_share_a_connection_unless_it_is_not_kept() {
    for (idle, connections) in [(None, 1), (Some(Duration::MAX), 1), (Some(Duration::ZERO), 3)] {
        let server = Scripted::acting(serve).await;
        let builder = server.client_builder();
        let builder = match idle {
            Some(idle) => builder.pool_idle_timeout(idle),
            None => builder,
        };
        let client = builder.build().expect("a client");
        for _ in 0..3 {
            send_by(&client).await.expect("a success");
        }
        assert_eq!((server.received().len(), server.connections()), (3, connections), "{idle:?}");
    }
}

/// `http` has a pool of its own only as far as the number of connections goes.
#[tokio::test]
async fn the_idle_time_is_the_builders() {
    let server = Scripted::acting(serve).await;
    let http = relay_rest::reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(90));
    let client =
        server.client_builder().pool_idle_timeout(Duration::ZERO).http(http).build().expect("a client");
    for _ in 0..2 {
        send_by(&client).await.expect("a success");
    }
    assert_eq!(server.connections(), 2);

    let server = Scripted::acting(serve).await;
    let http = relay_rest::reqwest::Client::builder().pool_max_idle_per_host(0);
    let client = server.client_builder().http(http).build().expect("a client");
    for _ in 0..2 {
        send_by(&client).await.expect("a success");
    }
    assert_eq!(server.connections(), 2);
}

/// The server ends each connection after one response that did not say so. Some calls use a closed connection: they fail, and are not sent again.
#[tokio::test]
async fn a_connection_that_ends_between_calls_loses_nothing_unseen() {
    for resets in [false, true] {
        let server = Scripted::acting(move |mut connection: Connection| async move {
            connection.read().await;
            let _ = connection.stream.write_all(kept().as_bytes()).await;
            if resets {
                let _ = connection.stream.set_zero_linger();
            }
        })
        .await;
        let client = server.client();
        let mut sent = 0;
        for _ in 0..200 {
            match send_by(&client).await {
                Ok(_) => sent += 1,
                Err(error) => {
                    assert_eq!(
                        (error.kind(), error.is_timeout()),
                        (ErrorKind::Transport, false),
                        "{error:?}"
                    );
                    assert_ne!(error.was_sent(), Sent::Yes);
                }
            }
        }
        assert!(sent > 0);
        if resets {
            // A reset may take a response with it.
            assert!((sent..=200).contains(&server.received().len()));
            continue;
        }
        assert_eq!(server.received().len(), sent, "a call was sent twice, or a lost one was received");

        // Without a kept connection, no call can use a closed one.
        let client = server.client_builder().pool_idle_timeout(Duration::ZERO).build().expect("a client");
        for _ in 0..200 {
            send_by(&client).await.expect("a success");
        }
    }
}

/// Load balancers send 408 to an idle connection before they close it. The next call must not take it for its response.
#[tokio::test]
async fn a_response_without_a_request_is_not_the_response_to_the_next_call() {
    let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let server = Scripted::acting(move |mut connection: Connection| {
        let said = said.clone();
        async move {
            connection.read().await;
            let unasked = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = connection.stream.write_all(format!("{}{unasked}", kept()).as_bytes()).await;
            let _ = connection.stream.shutdown().await;
            let _ = said.send(());
        }
    })
    .await;
    let client = server.client();
    let mut sent = 0;
    for _ in 0..50 {
        match send_by(&client).await {
            Ok(_) => sent += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}"),
        }
        let _ = tokio::time::timeout(LONG, heard.recv()).await;
    }
    assert_eq!(server.received().len(), sent);
}

#[tokio::test]
async fn reads_the_response_of_a_server_that_ends_its_side_first() {
    // Sends everything, ends its side, and goes on reading.
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.write_all(kept().as_bytes()).await;
        let _ = connection.stream.shutdown().await;
        connection.read().await;
    })
    .await;
    assert!(send_by(&server.client()).await.expect("a success").success);

    // Ends its side without a response, and goes on reading.
    let server = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        let _ = connection.stream.shutdown().await;
        connection.read().await;
    })
    .await;
    let error = send_by(&server.client()).await.expect_err("no response");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::Unknown, false, None));
    assert_eq!(server.received().len(), 1);
}
