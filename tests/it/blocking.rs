//! The blocking client, over sockets: its outcomes are those of the client that it wraps, and it never panics.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use relay_rest::blocking::Client;
use relay_rest::reqwest::dns::{Name, Resolve, Resolving};
use relay_rest::types::{MfaRequest, MfaResponse};
use relay_rest::{Credentials, Error, ErrorKind, Response, RetryPolicy, Sent, Verification, reqwest};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::scripted::{Connection, PROJECT, Scripted, TOKEN, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// The runtime of a server, which is not that of the test.
fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

fn client(server: &Scripted) -> Client {
    Client::try_from(server.client()).expect("a thread")
}

fn send(client: &Client) -> Result<Response<MfaResponse>, Error> {
    client.send(client.request_mfa_sms().body(MfaRequest::builder().to("+14043287382")))
}

/// A server that keeps its connections.
async fn keeping() -> Scripted {
    Scripted::acting(|mut connection: Connection| async move {
        while connection.read().await.is_some() {
            let kept = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{SENT}", SENT.len());
            let _ = connection.stream.write_all(kept.as_bytes()).await;
        }
    })
    .await
}

/// A server that never responds.
async fn silent() -> Scripted {
    Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        std::future::pending::<()>().await
    })
    .await
}

#[test]
fn a_call_returns_what_the_other_client_returns() {
    let runtime = runtime();
    let server = runtime.block_on(Scripted::json(200, SENT));
    let space = server.url.parse().expect("a space");
    let client = Client::new(&space, Credentials::new(PROJECT, TOKEN).expect("credentials"));
    let client = client.expect("a client");
    let sent = send(&client).expect("a response");
    assert_eq!((sent.id.as_str(), sent.status().as_u16()), ("3fa85f64-5717-4562-b3fc-2c963f66afa6", 200));
    let other = server.client();
    let awaited = runtime.block_on(other.request_mfa_sms().body_map(|body| body.to("+14043287382")).send());
    awaited.expect("a response");
    let received = server.received();
    assert_eq!((&received[0].line, &received[0].headers), (&received[1].line, &received[1].headers));
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(format!("{client:?}"), format!("{:?}", *client));
}

#[test]
fn a_code_is_verified_with_the_three_outcomes() {
    let runtime = runtime();
    for (status, body, expected) in [
        (200, r#"{"success":true}"#, Verification::Verified),
        (200, r#"{"success":false}"#, Verification::WrongCode),
        (404, "{}", Verification::Gone),
    ] {
        let server = runtime.block_on(Scripted::json(status, body));
        let outcome = client(&server).verify(Uuid::nil(), "123456").expect("an outcome");
        assert_eq!(outcome, expected);
        assert_eq!(server.received()[0].body, r#"{"token":"123456"}"#);
    }
    let server = runtime.block_on(Scripted::json(500, "{}"));
    let error = client(&server).verify(Uuid::nil(), "123456").expect_err("status 500");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Status, Some("verify_mfa_token")));
    let error = client(&server).verify("mfa_7", "123456").expect_err("no UUID");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, Sent::No));
}

#[test]
fn an_invalid_call_fails_as_in_the_other_client() {
    let runtime = runtime();
    let server = runtime.block_on(Scripted::json(200, SENT));
    let client = client(&server);
    let error = client.send(client.request_mfa_sms()).expect_err("nothing is set");
    let awaited = runtime.block_on(client.request_mfa_sms().send()).expect_err("nothing is set");
    assert_eq!(error.to_string(), awaited.to_string());
}

/// What a call in an async runtime returns.
fn assert_refused(client: &Client) {
    const REASON: &str = "invalid request, nothing was sent: blocking client used inside an async runtime; use `relay_rest::Client`";
    let error = send(client).expect_err("a task of a runtime");
    assert_eq!(error.to_string(), format!("request_mfa_sms: {REASON}"));
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, Sent::No));
    let error = client.verify(Uuid::nil(), "123456").expect_err("a task of a runtime");
    assert_eq!(error.to_string(), format!("verify_mfa_token: {REASON}"));
}

/// It is built, refused, used where blocking is allowed, and dropped.
async fn is_an_error_in_tasks_alone() {
    let server = keeping().await;
    let client = client(&server);
    assert_refused(&client);
    let clone = client.clone();
    tokio::spawn(async move { assert_refused(&clone) }).await.expect("no panic");
    let clone = client.clone();
    tokio::task::LocalSet::new().run_until(async move { assert_refused(&clone) }).await;
    assert_eq!(server.connections(), 0);

    let clone = client.clone();
    tokio::task::spawn_blocking(move || send(&clone)).await.expect("no panic").expect("a response");
    // The next call of the task is not affected.
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("a response");
    drop(client);
}

#[tokio::test]
async fn is_an_error_in_a_runtime_of_one_thread() {
    is_an_error_in_tasks_alone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_an_error_in_a_runtime_of_many_threads() {
    is_an_error_in_tasks_alone().await;
    let server = keeping().await;
    let client = client(&server);
    tokio::task::block_in_place(|| send(&client)).expect("a response");
    tokio::spawn(async move { tokio::task::block_in_place(|| send(&client)) })
        .await
        .expect("no panic")
        .expect("a response");
}

/// In a thread that has only entered a runtime, no task waits.
#[test]
fn a_thread_that_has_entered_a_runtime_may_call() {
    let runtime = runtime();
    let server = runtime.block_on(keeping());
    let _entered = runtime.enter();
    send(&client(&server)).expect("a response");
}

#[test]
fn many_threads_call_at_once_and_share_connections() {
    const THREADS: usize = 16;
    const CALLS: usize = 5;
    let runtime = runtime();
    // The first response of each connection comes after all of the first requests have arrived.
    let arrived = Arc::new(tokio::sync::Barrier::new(THREADS));
    let server = runtime.block_on(Scripted::acting(move |mut connection: Connection| {
        let arrived = Arc::clone(&arrived);
        async move {
            let mut is_first = true;
            while connection.read().await.is_some() {
                if std::mem::take(&mut is_first) {
                    arrived.wait().await;
                }
                let kept = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{SENT}", SENT.len());
                let _ = connection.stream.write_all(kept.as_bytes()).await;
            }
        }
    }));
    let client = client(&server);
    let numbers: Vec<String> = (0..THREADS * CALLS).map(|number| format!("+1404328{number:04}")).collect();
    std::thread::scope(|scope| {
        for numbers in numbers.chunks(CALLS) {
            let client = client.clone();
            scope.spawn(move || {
                for to in numbers {
                    client.send(client.request_mfa_sms().body_map(|body| body.to(to))).expect("a response");
                }
            });
        }
    });
    let sent: BTreeSet<String> = server.received().into_iter().map(|request| request.body).collect();
    let expected = numbers.iter().map(|to| format!(r#"{{"to":"{to}"}}"#));
    assert_eq!(sent, expected.collect());
    assert_eq!((server.received().len(), server.connections()), (THREADS * CALLS, THREADS));
}

#[test]
fn a_call_times_out_and_others_go_on() {
    let runtime = runtime();
    let (silent, server) = runtime.block_on(async { (silent().await, keeping().await) });
    let slow = client(&silent).with_timeout(Duration::from_millis(300));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let timed_out = scope.spawn(|| send(&slow).expect_err("no response"));
        // On the same thread.
        let space = server.url.parse().expect("a space");
        let other = slow.with_credentials(&space, Credentials::new(PROJECT, TOKEN).expect("credentials"));
        send(&other).expect("a response");
        let error = timed_out.join().expect("no panic");
        assert!(error.is_timeout());
        assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Transport, Sent::Unknown));
    });
    assert!(start.elapsed() >= Duration::from_millis(300));
    // The client from which it was made has its own timeout.
    assert!(format!("{slow:?}").contains("timeout: 300ms"), "{slow:?}");
}

#[test]
fn a_policy_retries_with_delays() {
    let runtime = runtime();
    let answers = vec![response(503, "", ""), response(429, "", ""), response(200, "", SENT)];
    let server = runtime.block_on(Scripted::answering_in_turn(answers));
    let policy = RetryPolicy::new(3).base_delay(Duration::from_millis(50));
    send(&client(&server).with_retry(policy)).expect("a success at last");
    assert_eq!(server.received().len(), 3);
}

/// Panics instead of finding an address.
struct Panicking;

impl Resolve for Panicking {
    fn resolve(&self, _: Name) -> Resolving {
        panic!("a resolver of the program's own")
    }
}

#[test]
fn a_call_that_panics_is_an_error_and_the_next_one_is_not() {
    let runtime = runtime();
    let server = runtime.block_on(keeping());
    let http = reqwest::Client::builder().dns_resolver(Arc::new(Panicking));
    // A certificate store would be read otherwise.
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
    let http = http.tls_certs_only([]);
    let built = server.client_builder().http(http).base_url("http://localhost:9").build().expect("a client");
    let broken = Client::try_from(built).expect("a thread");
    let error = send(&broken).expect_err("the call panicked");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Transport, Sent::Unknown));
    assert_eq!(
        error.to_string(),
        "request_mfa_sms: the call panicked or its runtime ended; it may have been sent"
    );
    let space = server.url.parse().expect("a space");
    let credentials = Credentials::new(PROJECT, TOKEN).expect("credentials");
    send(&broken.with_credentials(&space, credentials)).expect("a response");
}

/// The connection is kept by the thread, and closed with it.
#[test]
fn the_thread_ends_with_the_last_clone() {
    let runtime = runtime();
    let (ended, has_ended) = std::sync::mpsc::channel();
    let server = runtime.block_on(Scripted::acting(move |mut connection: Connection| {
        let ended = ended.clone();
        async move {
            while connection.read().await.is_some() {
                let kept = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{SENT}", SENT.len());
                let _ = connection.stream.write_all(kept.as_bytes()).await;
            }
            let _ = ended.send(());
        }
    }));
    let built = server.client_builder().pool_idle_timeout(Duration::from_secs(600)).build();
    let client = Client::try_from(built.expect("a client")).expect("a thread");
    // Clones of the client inside do not keep the thread.
    let inner = (*client).clone();
    let other = client.with_timeout(Duration::from_secs(5));
    send(&client).expect("a response");
    drop(client);
    assert!(has_ended.recv_timeout(Duration::from_millis(100)).is_err());
    drop(other);
    has_ended.recv_timeout(Duration::from_secs(10)).expect("the connection is closed");
    drop(inner);
}

#[cfg(feature = "tracing")]
mod observed {
    use std::sync::{Arc, Mutex};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};
    use tracing_core::span::Current;

    use super::{SENT, Scripted, client, runtime, send};

    /// Lists what happens on which thread. It knows one span, which counts as current everywhere.
    #[derive(Default)]
    struct Listed {
        span: Mutex<Option<&'static Metadata<'static>>>,
        seen: Arc<Mutex<Vec<String>>>,
    }

    impl Listed {
        fn add(&self, what: &str) {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            self.seen.lock().expect("no panic while held").push(format!("{what} in {thread}"));
        }
    }

    impl Subscriber for Listed {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target().starts_with("relay_rest")
        }

        fn new_span(&self, attributes: &Attributes<'_>) -> Id {
            *self.span.lock().expect("no panic while held") = Some(attributes.metadata());
            Id::from_u64(1)
        }

        fn current_span(&self) -> Current {
            let span = *self.span.lock().expect("no panic while held");
            span.map_or_else(Current::none, |metadata| Current::new(Id::from_u64(1), metadata))
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            self.add("event");
        }

        fn enter(&self, _: &Id) {
            self.add("enter");
        }

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn events_are_those_of_the_callers_subscriber_and_span() {
        // With a single subscriber, the first thread that reaches an event decides whether it is enabled for all.
        let _another = tracing::Dispatch::new(Listed::default());
        let runtime = runtime();
        let server = runtime.block_on(Scripted::json(200, SENT));
        let client = client(&server);
        let listed = Listed::default();
        let seen = Arc::clone(&listed.seen);
        tracing::subscriber::with_default(listed, || {
            tracing::info_span!(target: "relay_rest", "caller")
                .in_scope(|| send(&client))
                .expect("a response");
        });
        let seen = seen.lock().expect("no panic while held").clone();
        assert!(seen.contains(&"enter in relay-rest".to_owned()), "{seen:?}");
        assert_eq!(seen.iter().filter(|seen| *seen == "event in relay-rest").count(), 1, "{seen:?}");
    }
}
