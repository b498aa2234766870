use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::codegen_support::{Call, Caller, Responses, json};
use crate::items::{EventData, event_of_json, event_of_json_or_text, json_value, whole_event};
use crate::{Credentials, ErrorKind, RetryPolicy, Sent};

/// An operation that returns `[1, 2]`, or its numbers one after another.
struct Count<const FRAMING: u8>(Caller);

const EVENTS: u8 = 0;
const LINES: u8 = 1;
const SEQUENCE: u8 = 2;

impl<const FRAMING: u8> Operation for Count<FRAMING> {
    type Request = ();
    type Response = Vec<u32>;
    const NAME: &'static str = "count";
    const ID: &'static str = "count";
    const METHOD: &'static str = "POST";
    const PATH: &'static str = "/count";
}

impl<const FRAMING: u8> Call<Vec<u32>> for Count<FRAMING> {
    const RESPONSES: Responses<Vec<u32>> =
        Responses { is_success: |status| status == 200, success_body: json, error_body: |_, _, _| Ok(None) };

    fn caller(&mut self) -> &mut Caller {
        &mut self.0
    }

    fn into_request(self) -> Result<(Caller, Request), Error> {
        let url = format!("{}/count", self.0.base_url());
        let request = self.0.http().post(url).header(ACCEPT, "application/json");
        let request = request.json(&serde_json::json!({ "to": 2 })).build().map_err(Error::not_built)?;
        Ok((self.0, request))
    }
}

impl Streamed for Count<EVENTS> {
    type Item = Event<u32>;
    const STREAM: StreamOf<Event<u32>> = StreamOf {
        media_type: "text/event-stream",
        framing: Framing::Events,
        switch: Some("stream"),
        read: event_of_json,
    };
}

impl Streamed for Count<LINES> {
    type Item = u32;
    const STREAM: StreamOf<u32> = StreamOf {
        media_type: "application/x-ndjson",
        framing: Framing::Lines,
        switch: None,
        read: json_value,
    };
}

impl Streamed for Count<SEQUENCE> {
    type Item = u32;
    const STREAM: StreamOf<u32> = StreamOf {
        media_type: "application/json-seq",
        framing: Framing::Sequence,
        switch: None,
        read: json_value,
    };
}

/// What a server does on one connection.
#[derive(Clone)]
enum Step {
    Send(&'static str),
    /// Waits until the client has closed the connection.
    Wait,
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
const NDJSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n";

/// A server that does one list of steps on each connection, and then closes it; the requests that it received.
async fn server(connections: Vec<Vec<Step>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        for steps in connections {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let request = received(&mut stream).await;
            seen.lock().expect("no panic").push(request);
            for step in steps {
                match step {
                    Step::Send(text) => _ = stream.write_all(text.as_bytes()).await,
                    Step::Wait => _ = stream.read(&mut [0; 1]).await,
                }
            }
        }
    });
    (url, requests)
}

/// Reads a request whose body is an object.
async fn received(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut piece = [0; 1024];
        let length = stream.read(&mut piece).await.expect("a request");
        assert!(length > 0, "the request ended: {}", String::from_utf8_lossy(&request));
        request.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn client(url: &str) -> Client {
    let credentials = Credentials::new("project-id", "PT-token").expect("credentials");
    Client::builder(&"acme".parse().expect("a space"), credentials)
        .base_url(url)
        .timeout(Duration::from_millis(200))
        .max_body_bytes(64)
        .build()
        .expect("a client")
}

async fn opened<const FRAMING: u8>(url: &str) -> ResponseStream<Count<FRAMING>>
where
    Count<FRAMING>: Streamed,
{
    Count::<FRAMING>((&client(url)).into()).stream().await.expect("a stream")
}

/// All items, and the error that ended the stream.
async fn all<O: Streamed>(stream: &mut ResponseStream<O>) -> (Vec<O::Item>, Option<Error>) {
    let mut items = Vec::new();
    loop {
        match stream.next_item().await {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, None),
            Err(error) => return (items, Some(error)),
        }
    }
}

#[tokio::test]
async fn events_are_read_as_they_arrive() {
    let (url, requests) = server(vec![vec![
        Step::Send(HEAD),
        Step::Send(": hello\n\nid: a\nevent: number\ndata: 1\n\n"),
        Step::Send("event: ping\ndata:\n\ndata: 2"),
        Step::Send("2\r\n\r\nda"),
        Step::Send("ta: 3\n\ndata: 4\n"),
    ]])
    .await;
    let mut stream = opened::<EVENTS>(&url).await;
    assert_eq!(stream.status(), StatusCode::OK);
    let (events, error) = all(&mut stream).await;
    let found: Vec<_> = events.iter().map(|event| (&*event.event, &*event.id, **event)).collect();
    assert_eq!(
        found,
        [("number", "a", 1), ("message", "a", 22), ("message", "a", 3)],
        "the last one has no end"
    );
    assert!(error.is_none(), "{error:?}");
    let request = requests.lock().expect("no panic")[0].to_lowercase();
    assert!(request.contains("\r\naccept: text/event-stream\r\n"), "{request}");
    assert!(!request.contains("application/json\r\naccept") && request.contains("\r\nauthorization: basic "));
    assert!(request.ends_with(r#"{"stream":true,"to":2}"#), "{request}");
}

#[tokio::test]
async fn an_item_that_is_not_as_documented_is_an_error_and_the_next_one_is_read() {
    let (url, _) = server(vec![vec![
        Step::Send(HEAD),
        Step::Send("data: \"a secret\"\n\ndata: 2\n\ndata: [DONE]\n\ndata: 3\n\n"),
    ]])
    .await;
    let mut stream = opened::<EVENTS>(&url).await;
    let error = stream.next_item().await.expect_err("no number");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Unreadable, Sent::Yes));
    assert_eq!(error.to_string(), "count: server responded 200 OK, but its body is not as documented");
    assert_eq!(error.raw_body(), Some(&b"\"a secret\""[..]));
    assert_eq!(stream.next_item().await.expect("an event").expect("an event").data, 2);
    assert_eq!(stream.next_item().await.expect("no error"), None, "`[DONE]` is the end");
    assert_eq!(stream.next_item().await.expect("no error"), None);
}

#[tokio::test]
async fn lines_and_sequences_are_values() {
    for (head, body) in [
        (NDJSON, "1\n\n 2\r\n"),
        (NDJSON, "1\n2"),
        ("HTTP/1.1 200 OK\r\n\r\n", "1\n2\n"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", "data: 1\n\ndata: 2\n\n"),
    ] {
        let (url, requests) = server(vec![vec![Step::Send(head), Step::Send(body)]]).await;
        let (values, error) = all(&mut opened::<LINES>(&url).await).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(values, [1, 2], "{head}{body}");
        let request = requests.lock().expect("no panic")[0].clone();
        assert!(request.ends_with(r#"{"to":2}"#), "nothing asks for a stream in the body: {request}");
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json-seq\r\n\r\n";
    let (url, _) =
        server(vec![vec![Step::Send(head), Step::Send("\x1e1\n\x1e2"), Step::Send("2\n\x1e3")]]).await;
    let (values, error) = all(&mut opened::<SEQUENCE>(&url).await).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(values, [1, 22, 3]);
}

#[tokio::test]
async fn an_item_has_a_maximum_length() {
    let long = "data: 11111111111111111111111111111111111111111111111111111111111111111\n\n";
    for (head, body, read) in [
        (HEAD, ["data: 1\n\n", long], 1),
        // Comments and empty lines are no part of an event.
        (
            HEAD,
            [
                "data: 1\n\n: 2345678901234567890123456789012345\n\n: 345678901234567890123456789\n\n",
                "data: 2\n\n",
            ],
            2,
        ),
    ] {
        let (url, _) = server(vec![vec![Step::Send(head), Step::Send(body[0]), Step::Send(body[1])]]).await;
        let (events, error) = all(&mut opened::<EVENTS>(&url).await).await;
        assert_eq!(events.len(), read);
        let expected = "count: server responded 200 OK, but its stream has an item that is longer than the limit of 64 bytes";
        assert_eq!(error.map(|error| error.to_string()), (read == 1).then(|| expected.to_owned()));
    }
    for body in [
        "1\n11111111111111111111111111111111111111111111111111111111111111111\n2\n",
        "1\n11111111111111111111111111111111111111111111111111111111111111111",
    ] {
        let (url, _) = server(vec![vec![Step::Send(NDJSON), Step::Send(body)]]).await;
        let mut stream = opened::<LINES>(&url).await;
        let (values, error) = all(&mut stream).await;
        assert_eq!(values, [1]);
        assert!(error.expect("an error").to_string().contains("the limit of 64 bytes"));
        assert_eq!(stream.next_item().await.expect("no error"), None, "the stream is over");
    }
    let (url, _) = server(vec![vec![Step::Send(HEAD), Step::Send(long)]]).await;
    let (_, error) = all(&mut opened::<EVENTS>(&url).await.max_item_bytes(80)).await;
    let error = error.expect("the number is too large");
    assert!(error.to_string().contains("not as documented"), "{error}");
}

#[tokio::test]
async fn a_stream_may_take_longer_than_the_timeout_and_not_pause_that_long() {
    let (url, _) = server(vec![vec![Step::Send(HEAD), Step::Send("data: 1\n\n"), Step::Wait]]).await;
    let mut stream = opened::<EVENTS>(&url).await.idle_timeout(Duration::from_millis(20));
    let (events, error) = all(&mut stream).await;
    assert_eq!(events.len(), 1);
    let error = error.expect("a timeout");
    assert!(error.is_timeout() && error.kind() == ErrorKind::Unreadable);
    assert_eq!(
        error.to_string(),
        "count: server responded 200 OK, but its stream timed out after 20ms without data"
    );
    assert_eq!(stream.next_item().await.expect("no error"), None);
}

#[tokio::test]
async fn the_head_must_come_within_the_timeout() {
    let (url, _) = server(vec![vec![Step::Wait]]).await;
    let error = Count::<EVENTS>((&client(&url)).into()).stream().await.expect_err("a timeout");
    assert!(error.is_timeout() && error.kind() == ErrorKind::Transport);
    assert_eq!(error.was_sent(), Sent::Unknown);
    let text = error.to_string();
    assert!(
        text.starts_with("count: timed out after 200ms waiting for a response from 127.0.0.1:"),
        "{text}"
    );
}

#[tokio::test]
async fn an_error_status_is_an_error_as_of_any_call() {
    let refusal = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}";
    let stream = vec![Step::Send(HEAD), Step::Send("data: 1\n\n")];
    let (url, requests) = server(vec![vec![Step::Send(refusal)], stream]).await;
    let policy = RetryPolicy::new(2).base_delay(Duration::ZERO);
    let client = client(&url).with_retry(policy);
    let mut stream = Count::<EVENTS>((&client).into()).stream().await.expect("a stream");
    assert_eq!(all(&mut stream).await.0.len(), 1);
    assert_eq!(requests.lock().expect("no panic").len(), 2);

    let (url, _) = server(vec![vec![Step::Send(refusal)]]).await;
    let error = Count::<EVENTS>((&self::client(&url)).into()).stream().await.expect_err("an error");
    assert_eq!((error.kind(), error.raw_body()), (ErrorKind::Status, Some(&b"{}"[..])));
    // An error whose body never ends.
    let endless = "HTTP/1.1 500 Internal Server Error\r\n\r\n{";
    let (url, _) = server(vec![vec![Step::Send(endless), Step::Wait]]).await;
    let error = Count::<EVENTS>((&self::client(&url)).into()).stream().await.expect_err("an error");
    assert!(error.is_timeout() && error.kind() == ErrorKind::Status, "{error}");
}

#[tokio::test]
async fn another_content_type_is_an_error() {
    let other = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n[1,2]";
    let (url, _) = server(vec![vec![Step::Send(other)]]).await;
    let error = Count::<EVENTS>((&client(&url)).into()).stream().await.expect_err("no stream");
    assert_eq!(
        error.to_string(),
        "count: server responded 200 OK, but its content type is `application/json` instead of `text/event-stream`"
    );
}

#[tokio::test]
async fn a_broken_stream_is_continued_if_that_is_asked_for() {
    let first = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\nretry: 1\nid: a7\ndata: 1\n\n";
    let second = vec![Step::Send(HEAD), Step::Send("data: 2\n\n")];
    let (url, requests) = server(vec![vec![Step::Send(first)], second.clone()]).await;
    let mut stream = opened::<EVENTS>(&url).await.reconnect(1);
    let (events, error) = all(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(events.iter().map(|event| event.data).collect::<Vec<_>>(), [1, 2]);
    let requests = requests.lock().expect("no panic").clone();
    assert!(!requests[0].contains("last-event-id"));
    assert!(requests[1].contains("\r\nlast-event-id: a7\r\n"), "{}", requests[1]);

    let (url, _) = server(vec![vec![Step::Send(first)], second]).await;
    let (events, error) = all(&mut opened::<EVENTS>(&url).await).await;
    assert_eq!(events.len(), 1);
    let error = error.expect("a broken connection");
    assert_eq!(error.to_string(), "count: server responded 200 OK, but its stream broke off");
    assert!(std::error::Error::source(&error).is_some());

    // Only so often in a row; 204 says that there is nothing more.
    let (url, _) = server(vec![vec![Step::Send(first)], vec![], vec![]]).await;
    let (_, error) = all(&mut opened::<EVENTS>(&url).await.reconnect(2)).await;
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Transport));
    let nothing = "HTTP/1.1 204 No Content\r\n\r\n";
    let (url, _) = server(vec![vec![Step::Send(first)], vec![Step::Send(nothing)]]).await;
    let (events, error) = all(&mut opened::<EVENTS>(&url).await.reconnect(1)).await;
    assert!(events.len() == 1 && error.is_none(), "{error:?}");
}

#[tokio::test]
async fn dropping_the_future_of_an_item_loses_nothing_and_dropping_the_stream_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let opening = tokio::spawn(async move { opened::<EVENTS>(&url).await });
    let (mut connection, _) = listener.accept().await.expect("a connection");
    received(&mut connection).await;
    connection.write_all(HEAD.as_bytes()).await.expect("it listens");
    let mut stream = opening.await.expect("no panic");
    {
        let mut item = Box::pin(stream.next_item());
        let poll = poll_fn(|context| Poll::Ready(item.as_mut().poll(context))).await;
        assert!(poll.is_pending());
    }
    connection.write_all(b"data: 7\n\n").await.expect("it listens");
    assert_eq!(stream.next_item().await.expect("an event").expect("an event").data, 7);
    drop(stream);
    assert_eq!(connection.read(&mut [0; 1]).await.unwrap_or(0), 0, "the connection is closed");
}

#[test]
fn an_event_can_have_a_type_for_all_of_it() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(untagged, deny_unknown_fields)]
    enum Whole {
        Number { event: String, data: u32 },
        Text { event: String, data: String, id: String, retry: u64 },
    }
    let frame = |event: &str, data: &'static str, id: &str, retry| Frame {
        event: event.to_owned(),
        id: id.to_owned(),
        has_own_id: !id.is_empty(),
        retry,
        data: Bytes::from(data),
    };
    let whole = |frame| whole_event::<Whole>(frame, true, &[], EventData::Either);
    let read = |frame| whole(frame).expect("an event").data;
    assert_eq!(read(frame("n", "5", "", None)), Whole::Number { event: "n".to_owned(), data: 5 });
    let retry = Some(Duration::from_secs(1));
    let text = |data: &str| Whole::Text {
        event: "t".to_owned(),
        data: data.to_owned(),
        id: "i".to_owned(),
        retry: 1000,
    };
    assert_eq!(read(frame("t", "a b", "i", retry)), text("a b"));
    assert_eq!(read(frame("t", "5", "i", retry)), text("5"), "a string that is JSON as well");
    assert!(whole(frame("t", "a b", "", None)).is_err());
}

#[test]
fn the_data_of_an_event_is_json_or_text_as_its_type_says() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Unnamed {
        data: String,
    }
    let frame = |event: &str, data: &'static str| Frame {
        event: event.to_owned(),
        data: Bytes::from(data),
        ..Frame::default()
    };
    let forms = [("json", EventData::Json), ("text", EventData::Text)];
    let read = |event, data, has_event| {
        whole_event::<Unnamed>(frame(event, data), has_event, &forms, EventData::Either)
            .map(|event| event.data.data)
            .map_err(|unread| unread.error.to_string())
    };
    assert_eq!(read("json", "\"a\"", false).as_deref(), Ok("a"));
    assert_eq!(read("text", "\"a\"", false).as_deref(), Ok("\"a\""));
    assert!(read("json", "a", false).is_err(), "not JSON");
    assert!(read("json", "5", false).is_err(), "another type");
    assert_eq!(read("message", "a", true).as_deref(), Ok("a"), "the type allows no `event`");
    assert!(read("json", "\"a\"", true).is_err(), "a type that the server sent is not left out");
}

#[test]
fn an_error_in_the_data_of_an_event_is_in_the_json_that_it_is_located_in() {
    #[derive(Debug, serde::Deserialize)]
    struct Whole {
        #[serde(rename = "data")]
        _data: Vec<u32>,
    }
    let frame = Frame { event: "n".to_owned(), data: Bytes::from("[1,true]"), ..Frame::default() };
    let unread = whole_event::<Whole>(frame, true, &[], EventData::Json).expect_err("not a number");
    assert_eq!(unread.json, r#"{"event":"n","data":[1,true]}"#);
    let before = &unread.json[..unread.error.column()];
    assert!(before.ends_with(b"[1,true"), "{}", unread.error);
}

#[test]
fn words_beside_json_are_not_json() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(untagged)]
    enum Said {
        Number(u32),
        Word(String),
    }
    let read = |data: &'static str| {
        let frame = Frame { data: Bytes::from(data), ..Frame::default() };
        event_of_json_or_text::<Said>(frame).map(|event| event.data).ok()
    };
    assert_eq!(read("1"), Some(Said::Number(1)));
    assert_eq!(read("ping"), Some(Said::Word("ping".to_owned())));
    assert_eq!(read("[DONE]"), None);
    assert_eq!(read("{}"), None, "JSON of another type");
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn a_blocking_client_iterates_over_a_stream() {
    let (url, _) = server(vec![vec![Step::Send(HEAD), Step::Send("data: 1\n\ndata: 2\n\n")]]).await;
    let items = tokio::task::spawn_blocking(move || {
        let client = crate::blocking::Client::try_from(client(&url)).expect("a thread");
        let stream = client.stream(Count::<EVENTS>((&*client).into())).expect("a stream");
        stream.map(|event| event.expect("an event").data).collect::<Vec<_>>()
    });
    assert_eq!(items.await.expect("no panic"), [1, 2]);
}
