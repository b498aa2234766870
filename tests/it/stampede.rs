//! Ten thousand calls at once to a server with random faults: each ends once, and nothing is sent twice.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use relay_rest::{Client, Error, ErrorKind, RetryPolicy, Sent};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::scripted::{Connection, Scripted, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

const CALLS: usize = 10_000;

/// Responds or fails in a random way.
async fn misbehave(mut connection: Connection) {
    match fastrand::u8(0..10) {
        0 => drop(connection),
        1 => {
            connection.read().await;
        }
        2 => {
            connection.read().await;
            let _ = connection.stream.set_zero_linger();
        }
        3 => {
            connection.read().await;
            let _ =
                connection.stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"id\"").await;
        }
        4 => connection.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nrubbish").await,
        5 => connection.answer(response(503, "retry-after: 0\r\n", "")).await,
        6 => connection.answer(response(500, "", "<html>")).await,
        7 => connection.answer(response(422, "", r#"{"errors":[{"code":"invalid"}]}"#)).await,
        _ => connection.answer(response(200, "", SENT)).await,
    }
}

/// A semaphore for the maximum number of connections.
static ROOM: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(connections_at_once()));

/// Half of the files that this process may open, because it has both ends of each connection.
fn connections_at_once() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    (files.unwrap_or(1024_usize).saturating_sub(400) / 2).clamp(50, CALLS)
}

/// Makes all calls, each with a number of its own, and counts the outcomes.
async fn stampede(client: &Client) -> BTreeMap<String, usize> {
    let mut calls = JoinSet::new();
    for call in 0..CALLS {
        let client = client.clone();
        calls.spawn(async move {
            let _permit = ROOM.acquire().await.expect("it is never closed");
            let number = format!("+1404{call:07}");
            client.request_mfa_sms().body_map(|body| body.to(number)).send().await
        });
    }
    let mut outcomes = BTreeMap::new();
    while let Some(ended) = calls.join_next().await {
        *outcomes.entry(outcome(&ended.expect("no panic").map(drop))).or_default() += 1;
    }
    outcomes
}

/// One outcome, which must be consistent.
fn outcome(ended: &Result<(), Error>) -> String {
    let Err(error) = ended else { return "success".to_owned() };
    let status = error.status().map(|status| status.as_u16());
    match error.kind() {
        ErrorKind::Transport => {
            let was_refused_before = error.attempts() > 1;
            assert!(status.is_none() && (error.was_sent() != Sent::Yes || was_refused_before), "{error:?}");
        }
        ErrorKind::Unreadable => assert!(status == Some(200) && error.was_sent() == Sent::Yes, "{error:?}"),
        ErrorKind::Status => assert!(status > Some(200) && error.was_sent() == Sent::Yes, "{error:?}"),
        other => panic!("{other:?} cannot be: {error:?}"),
    }
    format!("{:?} {status:?} {:?}", error.kind(), error.was_sent())
}

/// How often the server got the request of each call.
fn times(server: &Scripted) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    server.received().into_iter().for_each(|request| *times.entry(request.body).or_default() += 1);
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_ten_thousand_calls_ends_once_and_is_sent_once() {
    let server = Scripted::acting(misbehave).await;
    let client = server.client_builder().timeout(Duration::from_secs(120)).build().expect("a client");
    let outcomes = stampede(&client).await;
    assert_eq!(outcomes.values().sum::<usize>(), CALLS);
    // Success, no response, an unreadable success, and three statuses.
    assert!(outcomes.len() >= 6, "{outcomes:?}");
    let times = times(&server);
    assert!(times.values().all(|times| *times == 1), "a request was sent twice");
    let answered = outcomes.iter().filter(|(outcome, _)| !outcome.contains("Transport"));
    assert!(times.len() >= answered.map(|(_, count)| count).sum(), "more answers than requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_policy_only_rejected_requests_are_retried() {
    let server = Scripted::acting(misbehave).await;
    // On a busy machine a call takes longer than the budget by default.
    let policy = RetryPolicy::new(3).base_delay(Duration::from_millis(1)).budget(Duration::from_secs(600));
    let client =
        server.client_builder().timeout(Duration::from_secs(120)).retry(policy).build().expect("a client");
    let outcomes = stampede(&client).await;
    assert_eq!(outcomes.values().sum::<usize>(), CALLS);
    let times = times(&server);
    assert!(times.values().all(|times| *times <= 3), "more attempts than allowed");
    let again: usize = times.values().map(|times| times - 1).sum();
    // A tenth is rejected each time.
    assert!((CALLS / 20..CALLS / 5).contains(&again), "{again} were sent again");
}
