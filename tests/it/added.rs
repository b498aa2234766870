//! What a call adds to its request: headers, query parameters, and the headers of each attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use relay_rest::reqwest::Method;
use relay_rest::reqwest::header::{HeaderMap, HeaderValue};
use relay_rest::{ErrorKind, Operation, RetryPolicy, Sent, builder};
use uuid::Uuid;

use crate::scripted::{AUTHORIZATION, Received, Scripted, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

fn sms(server: &Scripted) -> builder::RequestMfaSms {
    server.client().request_mfa_sms().body_map(|body| body.to("+14043287382"))
}

fn values<'a>(request: &'a Received, name: &str) -> Vec<&'a str> {
    let of_name = |header: &'a String| header.strip_prefix(name)?.strip_prefix(": ");
    request.headers.iter().filter_map(of_name).collect()
}

#[tokio::test]
async fn a_call_adds_headers_and_query_parameters() {
    let server = Scripted::json(200, SENT).await;
    sms(&server).send().await.expect("a response");
    let call = sms(&server).with_header("X-Key", "first").with_query("a b", "é&").with_header("x-key", 2);
    call.with_query("c", 3).send().await.expect("a response");
    let received = server.received();
    let [plain, added] = received.as_slice() else { panic!("two requests: {received:?}") };
    assert_eq!(added.line, "POST /api/relay/rest/mfa/sms?a%20b=%C3%A9%26&c=3 HTTP/1.1");
    assert_eq!(values(added, "x-key"), ["2", "first"], "the lines are sorted");
    let rest: Vec<&String> = added.headers.iter().filter(|header| !header.starts_with("x-key")).collect();
    assert_eq!((rest, &added.body), (plain.headers.iter().collect(), &plain.body));

    // The query follows a path with a parameter as well, and a clone adds the same.
    let server = Scripted::json(200, r#"{"success":true}"#).await;
    let call = server.client().verify_mfa_token().mfa_request_id(Uuid::nil()).with_query("a", 1);
    let _ = call.clone().body_map(|body| body.token("1")).send().await.expect("a response");
    assert_eq!(
        server.received()[0].line,
        "POST /api/relay/rest/mfa/00000000-0000-0000-0000-000000000000/verify?a=1 HTTP/1.1"
    );
}

#[tokio::test]
async fn a_header_that_is_invalid_or_the_clients_own_is_not_sent() {
    let server = Scripted::json(200, SENT).await;
    let own = "Accept Accept-Encoding Authorization Connection Content-Encoding Content-Length Content-Type Expect Host Keep-Alive \
        Proxy-Authorization Proxy-Connection TE Trailer Transfer-Encoding Upgrade User-Agent";
    let mut calls: Vec<_> = own.split(' ').map(|name| sms(&server).with_header(name, "secret")).collect();
    calls.extend([
        sms(&server).with_header("x\r\ny", "secret"),
        sms(&server).with_header("x-y", "secret\r\nhost: a"),
    ]);
    for call in calls {
        let error = call.send().await.expect_err("invalid");
        assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, Sent::No));
        assert_eq!(error.operation(), Some("request_mfa_sms"));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("header") && !shown.contains("secret"), "{shown}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn each_attempt_has_headers_of_its_own() {
    let answers = vec![response(503, "", ""), response(503, "", ""), response(200, "", SENT)];
    let server = Scripted::answering_in_turn(answers).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let add = move |headers: &mut HeaderMap| {
        assert!(headers.is_empty());
        let attempt = HeaderValue::from(attempts.fetch_add(1, Ordering::Relaxed));
        headers.append("traceparent", attempt.clone());
        headers.append("tracestate", HeaderValue::from_static("a=1"));
        headers.append("tracestate", HeaderValue::from_static("b=2"));
        // These have no effect.
        for name in ["authorization", "content-type", "host", "x-key"] {
            headers.insert(name, attempt.clone());
        }
    };
    let policy = RetryPolicy::new(3).base_delay(Duration::from_millis(1));
    let client = server.client_builder().retry(policy).attempt_headers(add).build().expect("a client");
    let call = client.request_mfa_sms().body_map(|body| body.to("+14043287382")).with_header("x-key", "own");
    call.send().await.expect("a response at last");
    client.request(Method::GET, "/a").send_raw().await.expect("a response");
    let received = server.received();
    let of_all =
        |name: &str| -> Vec<Vec<&str>> { received.iter().map(|request| values(request, name)).collect() };
    assert_eq!(of_all("traceparent"), [["0"], ["1"], ["2"], ["3"]]);
    assert_eq!(of_all("tracestate"), [["a=1", "b=2"]; 4]);
    assert_eq!(of_all("authorization"), [[AUTHORIZATION]; 4]);
    assert_eq!(of_all("x-key"), [["own"], ["own"], ["own"], ["3"]]);
    assert_eq!(of_all("content-type")[..3], [["application/json"]; 3]);
    assert!(of_all("content-type")[3].is_empty());
    assert!(of_all("host").iter().all(|host| host.len() == 1 && host[0].starts_with("127.0.0.1:")));
}

#[tokio::test]
async fn what_a_call_adds_is_not_shown() {
    let server =
        Scripted::json(422, r#"{"errors":[{"code":"secret"},{"code":"hidden"},{"code":"shown"}]}"#).await;
    let call = sms(&server).with_header("x-key", "secret").with_query("q", "a hidden");
    let shown = format!("{call:?} {call:#?}");
    assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
    // A server may repeat it.
    let error = call.send().await.expect_err("rejected").to_string();
    assert!(error.contains("Unprocessable Entity: shown,"), "{error}");
}
