//! A local server that holds every request against the vendored OpenAPI 3.1 document and answers as it documents.
//! Knows the document and the rules of codes; must not know the client.

mod codes;
mod document;
mod instead;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, Uri, header};
use serde_json::{Value, json};

pub(crate) use codes::Delivery;
use codes::{Codes, Outcome};
use document::Document;
#[allow(unused_imports, reason = "only the examples about errors have the server misbehave")]
pub(crate) use instead::Instead;

/// The credentials that the server takes.
pub(crate) const PROJECT_ID: &str = "local-project";
/// The token that goes with [`PROJECT_ID`].
pub(crate) const API_TOKEN: &str = "PT-local-token";
/// `Basic base64(PROJECT_ID:API_TOKEN)`, encoded once by hand so that the client is not its own judge.
const AUTHORIZATION: &str = "Basic bG9jYWwtcHJvamVjdDpQVC1sb2NhbC10b2tlbg==";
/// The largest request that is read.
const MAX_BODY_BYTES: usize = 64 << 10;

/// A running server; it stops with the runtime that started it.
pub(crate) struct ContractServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    document: Document,
    codes: Mutex<Codes>,
    violations: Mutex<Vec<String>>,
    instead: Mutex<VecDeque<instead::Instead>>,
    requests: AtomicUsize,
}

impl ContractServer {
    /// Starts a server on a free loopback port.
    ///
    /// # Errors
    /// No port can be bound, or the document cannot be read.
    pub(crate) async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let shared = Arc::new(Shared {
            document: Document::load()?,
            codes: Mutex::default(),
            violations: Mutex::default(),
            instead: Mutex::default(),
            requests: AtomicUsize::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared })
    }

    /// What a client names as its space to reach this server.
    pub(crate) fn space(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What people received since the last call, oldest first.
    pub(crate) fn take_deliveries(&self) -> Vec<Delivery> {
        lock(&self.shared.codes).take_deliveries()
    }

    /// Has the next requests answered so, one after the other, unread and unjudged.
    #[allow(dead_code, reason = "only the examples about errors have the server misbehave")]
    pub(crate) fn answer_next(&self, instead: impl IntoIterator<Item = Instead>) {
        lock(&self.shared.instead).extend(instead);
    }

    /// How many requests have come so far.
    #[allow(dead_code, reason = "only the examples about errors count")]
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// In which ways requests, or the server's own answers, were not as documented.
    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    shared.requests.fetch_add(1, Ordering::Relaxed);
    let instead = lock(&shared.instead).pop_front();
    if let Some(instead) = instead {
        return instead.into_response().await;
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let (status, answer) = shared.answer(&parts.method, &parts.uri, &parts.headers, &body);
    let mut response = Response::new(Body::from(answer.to_string()));
    *response.status_mut() = status.try_into().unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

impl Shared {
    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> (u16, Value) {
        let path = uri.path().strip_prefix(self.document.base_path());
        let Some((operation, id)) = path.and_then(|path| self.document.operation(method.as_str(), path))
        else {
            self.violation(format!("{method} {uri} is no operation of the document"));
            return (404, json!({ "error": "Not Found" }));
        };
        if !is_authorized(headers) {
            return (401, json!({ "error": "Unauthorized" }));
        }
        let (status, answer) = match self.document.check_request(&operation, headers, body) {
            Err(reasons) => {
                reasons.iter().for_each(|reason| self.violation(format!("{method} {uri}: {reason}")));
                (422, validation_error(&reasons))
            }
            Ok(request) => lock(&self.codes).apply(&operation, id.as_deref(), &request).into_answer(),
        };
        if let Err(reasons) = self.document.check_answer(&operation, status, &answer) {
            reasons.iter().for_each(|reason| {
                self.violation(format!("own answer {status} to {method} {uri}: {reason}"))
            });
        }
        (status, answer)
    }

    fn violation(&self, text: String) {
        lock(&self.violations).push(text);
    }
}

fn is_authorized(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    values.next().is_some_and(|value| value == AUTHORIZATION) && values.next().is_none()
}

fn validation_error(reasons: &[String]) -> Value {
    let item =
        |reason| json!({ "detail": reason, "status": "422", "title": "Invalid request", "code": "invalid" });
    json!({ "errors": reasons.iter().map(item).collect::<Vec<_>>() })
}

impl Outcome {
    fn into_answer(self) -> (u16, Value) {
        match self {
            Self::Queued { id, to, channel } => {
                (200, json!({ "id": id, "success": true, "to": to, "channel": channel }))
            }
            Self::Checked(success) => (200, json!({ "success": success })),
            Self::Gone => (404, json!({ "error": "Not Found" })),
        }
    }
}
