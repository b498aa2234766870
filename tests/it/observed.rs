//! Spans and events of `tracing`: the operation, each attempt and the outcome of a call, and nothing that it contained.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use relay_rest::RetryPolicy;
use relay_rest::reqwest::Method;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use crate::scripted::{AUTHORIZATION, Connection, Scripted, TOKEN, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// The fields of an event, its message and its level among them.
type Fields = BTreeMap<String, String>;

/// Keeps every span and event of this crate.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    /// Each event with the number of the span that it is in.
    events: Vec<(Option<u64>, Fields)>,
    spans: Vec<Fields>,
    /// The numbers of the entered spans; the first is 1.
    entered: Vec<u64>,
}

impl Kept {
    /// Keeps the events of this thread from now on.
    fn listen() -> (Self, DefaultGuard) {
        // With a single subscriber, the first thread that reaches an event decides whether it is enabled for all.
        static ANOTHER: OnceLock<Dispatch> = OnceLock::new();
        ANOTHER.get_or_init(|| Dispatch::new(Self::default()));
        let kept = Self::default();
        let guard = tracing::subscriber::set_default(kept.clone());
        (kept, guard)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no panic while held")
    }

    fn events(&self) -> Vec<Fields> {
        self.seen().events.iter().map(|(_, fields)| fields.clone()).collect()
    }

    fn spans(&self) -> Vec<Fields> {
        self.seen().spans.clone()
    }
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("relay_rest")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let metadata = attributes.metadata();
        let own = [("name", metadata.name().to_owned()), ("level", metadata.level().to_string())];
        let mut fields = Texts(own.map(|(name, value)| (name.to_owned(), value)).into());
        attributes.record(&mut fields);
        let mut seen = self.seen();
        seen.spans.push(fields.0);
        Id::from_u64(seen.spans.len() as u64)
    }

    fn record(&self, id: &Id, record: &Record<'_>) {
        let mut fields = Texts(Fields::new());
        record.record(&mut fields);
        self.seen().spans[id.into_u64() as usize - 1].extend(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Texts(BTreeMap::from([("level".to_owned(), event.metadata().level().to_string())]));
        event.record(&mut fields);
        let mut seen = self.seen();
        let span = seen.entered.last().copied();
        seen.events.push((span, fields.0));
    }

    fn enter(&self, id: &Id) {
        self.seen().entered.push(id.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.seen().entered.pop();
    }
}

struct Texts(Fields);

impl Visit for Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.0.insert(field.name().to_owned(), text);
    }
}

#[tokio::test]
async fn each_attempt_is_an_event() {
    let (kept, _guard) = Kept::listen();
    let answers = vec![
        response(503, "x-request-id: first\r\nretry-after: 0\r\n", r#"{"code":"busy_now"}"#),
        response(200, "x-request-id: second\r\n", SENT),
    ];
    let server = Scripted::answering_in_turn(answers).await;
    let policy = RetryPolicy::new(3).base_delay(Duration::from_millis(1));
    let client = server.client_builder().retry(policy).build().expect("a client");
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("an answer");

    let events = kept.events();
    let [failed, answered] = events.as_slice() else { panic!("two attempts: {events:?}") };
    for (event, expected) in [
        (
            failed,
            &[
                ("level", "WARN"),
                ("message", "failed"),
                ("attempt", "1"),
                ("status", "503"),
                ("request_id", "\"first\""),
                ("kind", "Status"),
                ("code", "\"busy_now\""),
            ][..],
        ),
        (
            answered,
            &[
                ("level", "DEBUG"),
                ("message", "responded"),
                ("attempt", "2"),
                ("status", "200"),
                ("request_id", "\"second\""),
            ][..],
        ),
    ] {
        for (field, value) in expected.iter().copied().chain([("operation", "\"request_mfa_sms\"")]) {
            assert_eq!(event.get(field).map(String::as_str), Some(value), "{field} of {event:?}");
        }
        assert!(event["elapsed_ms"].parse::<u64>().is_ok());
    }
}

fn fields<const N: usize>(expected: [(&str, &str); N]) -> Fields {
    expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The fields that are the same for all calls of an operation, and the host and port of a server.
fn of_sms(server: &Scripted) -> Fields {
    let (host, port) = server.url.trim_start_matches("http://").split_once(':').expect("a port");
    let mut own = fields([
        ("name", "call"),
        ("level", "INFO"),
        ("otel.name", "\"POST /mfa/sms\""),
        ("otel.kind", "\"client\""),
        ("operation", "\"request_mfa_sms\""),
        ("http.request.method", "\"POST\""),
        ("url.template", "\"/mfa/sms\""),
    ]);
    own.insert("server.address".to_owned(), format!("\"{host}\""));
    own.insert("server.port".to_owned(), port.to_owned());
    own
}

#[tokio::test]
async fn each_call_is_a_span_with_its_attempts_in_it() {
    let (kept, _guard) = Kept::listen();
    let answers = vec![response(503, "", ""), response(200, "x-request-id: second\r\n", SENT)];
    let server = Scripted::answering_in_turn(answers).await;
    let add = |_: &mut _| tracing::info!(target: "relay_rest_tests", "headers are added");
    let policy = RetryPolicy::new(3).base_delay(Duration::from_millis(1));
    let client = server.client_builder().retry(policy).attempt_headers(add).build().expect("a client");
    for _ in 0..2 {
        client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("an answer");
    }
    let mut expected = of_sms(&server);
    expected.extend(fields([("http.response.status_code", "200"), ("request_id", "\"second\"")]));
    let second = expected.clone();
    expected.extend(fields([("http.request.resend_count", "1")]));
    assert_eq!(kept.spans(), [expected, second]);
    let seen = kept.seen();
    let events: Vec<_> = seen.events.iter().map(|(span, event)| (*span, event["message"].as_str())).collect();
    let added = "headers are added";
    let first = [(Some(1), added), (Some(1), "failed"), (Some(1), added), (Some(1), "responded")];
    assert_eq!(events, [&first[..], &[(Some(2), added), (Some(2), "responded")]].concat());
    assert!(seen.entered.is_empty());
}

#[tokio::test]
async fn a_span_says_why_a_call_failed() {
    let (kept, _guard) = Kept::listen();
    let rejected = response(422, "x-request-id: req-2\r\n", r#"{"errors":[{"code":"invalid_to"}]}"#);
    let silent = Scripted::acting(|mut connection: Connection| async move {
        connection.read().await;
        std::future::pending::<()>().await;
    })
    .await;
    let gone = Scripted::answering_once(Vec::new()).await;
    let send = async |server: &Scripted| {
        let client = server.client().with_timeout(Duration::from_millis(500));
        client
            .request_mfa_sms()
            .body_map(|body| body.to("+14043287382"))
            .send()
            .await
            .expect_err("a failure");
    };
    let status = |status| ("http.response.status_code", status);
    for (server, expected) in [
        (
            Scripted::answering(rejected).await,
            fields([
                ("error.type", "\"422\""),
                status("422"),
                ("code", "\"invalid_to\""),
                ("request_id", "\"req-2\""),
            ]),
        ),
        (Scripted::json(200, "[]").await, fields([("error.type", "\"unreadable\""), status("200")])),
        (
            Scripted::json(200, r#"{"success":false}"#).await,
            fields([("error.type", "\"not_queued\""), status("200")]),
        ),
        (silent, fields([("error.type", "\"timeout\"")])),
        (Scripted::answering(Vec::new()).await, fields([("error.type", "\"no_response\"")])),
        (gone, fields([("error.type", "\"connect\"")])),
    ] {
        if expected["error.type"].contains("connect") {
            // It responds to one connection, and then closes its port.
            send(&server).await;
        }
        send(&server).await;
        let mut whole = of_sms(&server);
        whole.extend(expected);
        whole.extend(fields([("otel.status_code", "\"ERROR\"")]));
        assert_eq!(kept.spans().last(), Some(&whole));
    }
    // Nothing is called.
    let before = kept.spans().len();
    silent_client().request_mfa_sms().send().await.expect_err("nothing is set");
    assert_eq!(kept.spans().len(), before);
}

fn silent_client() -> relay_rest::Client {
    let credentials = relay_rest::Credentials::new("project", TOKEN).expect("credentials");
    relay_rest::Client::new(&"http://localhost:1".parse().expect("a space"), credentials).expect("a client")
}

#[tokio::test]
async fn the_span_of_a_request_has_neither_its_path_nor_an_unknown_method() {
    let (kept, _guard) = Kept::listen();
    let server = Scripted::json(200, "{}").await;
    for method in ["GET", "SECRET"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request =
            server.client().request(method, "/secret").query("q", "secret").header("x-key", "secret");
        request.send_raw().await.expect("a response");
    }
    let spans = kept.spans();
    let of = |name: &str| -> Vec<Option<&str>> {
        spans.iter().map(|span| span.get(name).map(String::as_str)).collect()
    };
    assert_eq!(of("otel.name"), [Some("\"GET\""), Some("\"HTTP\"")]);
    assert_eq!(of("http.request.method"), [Some("\"GET\""), Some("\"_OTHER\"")]);
    assert_eq!(of("operation"), [Some("\"request\""); 2]);
    assert_eq!(of("url.template"), [None; 2]);
    assert!(!format!("{spans:?} {:?}", kept.events()).to_lowercase().contains("secret"));
}

/// The lines of this thread's log, if a test collects them.
struct Log;

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        LINES.with_borrow(Option::is_some)
    }

    fn log(&self, record: &log::Record<'_>) {
        LINES.with_borrow_mut(|lines| {
            lines.iter_mut().for_each(|lines| lines.push(record.args().to_string()))
        });
    }

    fn flush(&self) {}
}

/// reqwest logs every byte if its `connection_verbose` is on.
#[tokio::test]
async fn no_log_shows_what_was_sent_whatever_the_settings_of_the_http_client() {
    log::set_logger(&Log).expect("no other logger");
    log::set_max_level(log::LevelFilter::Trace);
    LINES.set(Some(Vec::new()));
    let server = Scripted::json(200, SENT).await;
    let http = relay_rest::reqwest::Client::builder().connection_verbose(true);
    let client = server.client_builder().http(http).build().expect("a client");
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect("an answer");
    let lines = LINES.take().expect("this thread's").join("\n");
    assert!(!lines.is_empty(), "reqwest logs a connection");
    for secret in ["4043287382", TOKEN, AUTHORIZATION] {
        assert!(!lines.contains(secret), "a line shows {secret}: {lines}");
    }
}

#[tokio::test]
async fn no_event_or_span_shows_what_was_sent_or_received() {
    let (kept, _guard) = Kept::listen();
    let echo = format!(
        r#"{{"code":"C0DE-987654","error":"+14043287382 C0DE-987654 {TOKEN} {AUTHORIZATION}","errors":[{{"code":"C0DE-987654"}},{{"code":"14043287382"}}]}}"#
    );
    for status in [200, 401, 404, 422, 500, 503] {
        let server = Scripted::json(status, &echo).await;
        let client = server.client();
        let _ = client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await;
        let _ = client.verify(uuid::Uuid::nil(), "C0DE-987654").await;
    }
    let silent = Scripted::answering(Vec::new()).await;
    let _ = silent.client().request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await;
    let events = kept.events();
    assert_eq!(events.len(), 13);
    assert_eq!(kept.spans().len(), 13);
    let shown = format!("{events:?} {:?}", kept.spans());
    for secret in ["4043287382", "C0DE", TOKEN, AUTHORIZATION, "Basic", "00000000-0000"] {
        assert!(!shown.contains(secret), "an event or a span shows {secret}: {shown}");
    }
}
