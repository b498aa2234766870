//! Events of `tracing`: the operation, the attempt and the outcome of each request, and nothing that it contained.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use relay_rest::RetryPolicy;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use crate::scripted::{AUTHORIZATION, Scripted, TOKEN, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// The fields of an event, its message and its level among them.
type Fields = BTreeMap<String, String>;

/// Keeps every event of this crate.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Fields>>>);

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

    fn events(&self) -> Vec<Fields> {
        self.0.lock().expect("no panic while held").clone()
    }
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("relay_rest")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Texts(BTreeMap::from([("level".to_owned(), event.metadata().level().to_string())]));
        event.record(&mut fields);
        self.0.lock().expect("no panic while held").push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
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
async fn no_event_shows_what_was_sent_or_received() {
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
    let shown = format!("{events:?}");
    for secret in ["4043287382", "C0DE", TOKEN, AUTHORIZATION, "Basic"] {
        assert!(!shown.contains(secret), "an event shows {secret}: {shown}");
    }
}
