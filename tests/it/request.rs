//! Requests to operations that the client has no method for.

use std::time::Duration;

use relay_rest::reqwest::Method;
use relay_rest::{Client, ErrorKind, RetryPolicy, Sent};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::scripted::{AUTHORIZATION, Connection, Scripted, in_time, response};

#[derive(Debug, Deserialize, PartialEq)]
struct Number {
    id: u8,
}

fn patient(server: &Scripted) -> Client {
    let policy = RetryPolicy::new(3).base_delay(Duration::from_millis(1));
    server.client_builder().retry(policy).build().expect("a client")
}

#[tokio::test]
async fn sends_method_path_query_headers_and_json_with_the_credentials() {
    let server = Scripted::json(200, r#"{"id":7,"other":1}"#).await;
    let request = server
        .client()
        .request(Method::PUT, "/numbers/a%2Fb")
        .query("page", 2)
        .query("a b", "ü&=/+")
        .query("page", true)
        .header("X-Key", "first")
        .header("x-key", 2)
        .json(&json!({ "name": "é" }));
    let sent = request.send::<Number>().await.expect("a response");
    assert_eq!((&*sent, sent.status().as_u16()), (&Number { id: 7 }, 200));
    let received = server.received();
    let [received] = received.as_slice() else { panic!("one request: {received:?}") };
    assert_eq!(
        received.line,
        "PUT /api/relay/rest/numbers/a%2Fb?page=2&a%20b=%C3%BC%26%3D%2F%2B&page=true HTTP/1.1"
    );
    assert_eq!(received.body, r#"{"name":"é"}"#);
    for header in [
        "accept: application/json".to_owned(),
        format!("authorization: {AUTHORIZATION}"),
        "content-type: application/json".to_owned(),
        "x-key: first".to_owned(),
        "x-key: 2".to_owned(),
    ] {
        assert!(received.headers.contains(&header), "{header} of {:?}", received.headers);
    }
}

#[tokio::test]
async fn reads_any_body_as_bytes_and_an_empty_one_as_null() {
    let server = Scripted::answering(response(200, "", "\0no JSON")).await;
    let sent = server.client().request(Method::GET, "/a").send_raw().await.expect("a response");
    assert_eq!(&**sent, b"\0no JSON");
    let received = server.received();
    assert!(received[0].headers.contains(&"accept: */*".to_owned()), "{received:?}");
    assert!(received[0].headers.iter().all(|header| !header.starts_with("content-type")), "{received:?}");

    let server = Scripted::answering(response(204, "", "")).await;
    let nothing = server.client().request(Method::DELETE, "/a").send::<Option<Value>>().await;
    assert_eq!(*nothing.expect("a success"), None);
}

#[tokio::test]
async fn an_error_has_the_same_parts_as_that_of_an_operation() {
    let body = r#"{"errors":[{"code":"invalid_name","message":"a"}]}"#;
    let answer = response(422, "x-request-id: req-2\r\n", body);
    let error = Scripted::answering(answer).await.client();
    let error = error.request(Method::GET, "/a/secret").send::<Value>().await.expect_err("no success");
    assert_eq!(
        error.to_string(),
        "request: server responded 422 Unprocessable Entity: invalid_name (request req-2)"
    );
    assert_eq!(
        (error.operation(), error.kind(), error.was_sent()),
        (Some("request"), ErrorKind::Status, Sent::Yes)
    );
    assert_eq!(
        (error.code(), error.request_id(), error.api_errors().len()),
        (Some("invalid_name"), Some("req-2"), 1)
    );
    assert_eq!((error.raw_body(), error.body().is_none()), (Some(body.as_bytes()), true));

    let client = Scripted::json(200, r#"{"id":"secret"}"#).await.client();
    let error = client.request(Method::GET, "/a").send::<Number>().await.expect_err("another type");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(!error.to_string().contains("secret"), "{error}");

    let server = Scripted::json(200, "[1,2,3]").await;
    let client = server.client_builder().max_body_bytes(6).build().expect("a client");
    let error = client.request(Method::GET, "/a").send_raw().await.expect_err("too long");
    assert_eq!((error.kind(), error.raw_body()), (ErrorKind::Unreadable, Some(b"[1,2,3".as_slice())));
}

#[tokio::test]
async fn what_is_invalid_is_not_sent_and_not_shown() {
    struct Secret;
    impl serde::Serialize for Secret {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("secret"))
        }
    }
    let server = Scripted::json(200, "{}").await;
    let client = server.client();
    let get = |path: &str| client.request(Method::GET, path);
    let mut invalid = vec![
        get("/a").json(&Secret),
        get("/a").header("secret\n", "a"),
        get("/a").header("x-a", "secret\n"),
        client.request(Method::CONNECT, "/secret"),
    ];
    for path in
        ["secret", "//secret", "/secret/../a", "/%2e%2e/secret", "https://secret/", "/secret#a", "/secret?a"]
    {
        invalid.push(get(path));
    }
    for name in [
        "Authorization",
        "accept",
        "Content-Type",
        "content-length",
        "HOST",
        "transfer-encoding",
        "connection",
    ] {
        invalid.push(get("/a").header(name, "secret"));
    }
    for request in invalid {
        let error = request.send::<Value>().await.expect_err("invalid");
        assert_eq!(
            (error.kind(), error.was_sent(), error.attempts()),
            (ErrorKind::InvalidRequest, Sent::No, 0)
        );
        assert_eq!(error.operation(), Some("request"));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("request: invalid request, nothing was sent: "), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
    }
    let error = get("/a").header("Accept", 1).header("host", 2).send_raw().await.expect_err("two headers");
    assert!(error.to_string().ends_with("the client sets the header `accept` itself"), "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_method_decides_what_is_retried() {
    for (method, attempts) in [(Method::GET, 3), (Method::DELETE, 3), (Method::POST, 1), (Method::PATCH, 1)] {
        let server = Scripted::json(500, "{}").await;
        let request = patient(&server).request(method, "/a").json(&[1]).query("b", 1).header("x-c", 1);
        let error = request.send_raw().await.expect_err("a failure");
        assert_eq!((error.attempts(), server.received().len()), (attempts, attempts as usize));
        let received = server.received();
        assert!(received.iter().all(|request| request.headers == received[0].headers));
        assert!(
            received
                .iter()
                .all(|request| (&request.line, &request.body) == (&received[0].line, &received[0].body))
        );
    }
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec();
    let server = Scripted::answering_in_turn(vec![cut, response(200, "", r#"{"id":1}"#)]).await;
    let sent = patient(&server).request(Method::GET, "/a").send::<Number>().await.expect("a success");
    assert_eq!(sent.id, 1);

    let silent = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        std::future::pending::<()>().await;
    })
    .await;
    for (method, attempts) in [(Method::GET, 3), (Method::POST, 1)] {
        let client = patient(&silent).with_timeout(Duration::from_millis(300));
        let error = in_time(client.request(method, "/a").send_raw()).await.expect_err("no answer");
        assert_eq!((error.attempts(), error.is_timeout(), error.was_sent()), (attempts, true, Sent::Unknown));
    }
}
