//! A local server that sends and verifies codes as the API does, without delivering them.
//!
//! It reads requests as the types of this crate. `tests/it/contract.rs` validates its requests and responses against the OpenAPI document.
#![allow(dead_code, reason = "each example uses a part of it")]

mod codes;
mod instead;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, Uri, header};
use relay_rest::types::{MfaCallRequest, MfaRequest, MfaVerifyRequest};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use codes::Codes;
pub(crate) use codes::Delivery;
pub(crate) use instead::Instead;

/// The credentials that the server takes.
pub(crate) const PROJECT_ID: &str = "local-project";
/// The token that goes with [`PROJECT_ID`].
pub(crate) const API_TOKEN: &str = "PT-local-token";
/// `Basic base64(PROJECT_ID:API_TOKEN)`, encoded by hand, so that the client does not check itself.
const AUTHORIZATION: &str = "Basic bG9jYWwtcHJvamVjdDpQVC1sb2NhbC10b2tlbg==";
/// The largest request that is read.
const MAX_BODY_BYTES: usize = 64 << 10;

/// A running server; it stops with the runtime that started it.
pub(crate) struct LocalServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// A request and the response to it.
pub(crate) struct Exchange<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
    pub status: u16,
    pub response: &'a Value,
}

struct Shared {
    codes: Mutex<Codes>,
    instead: Mutex<VecDeque<Instead>>,
    requests: AtomicUsize,
    observe: Box<dyn Fn(&Exchange<'_>) + Send + Sync>,
}

impl LocalServer {
    /// Starts a server on a free loopback port.
    ///
    /// # Errors
    /// No port can be bound.
    pub(crate) async fn start() -> std::io::Result<Self> {
        Self::observed(|_| ()).await
    }

    /// Starts a server, with a function that sees each request and the server's own response to it.
    ///
    /// # Errors
    /// No port can be bound.
    pub(crate) async fn observed(
        observe: impl Fn(&Exchange<'_>) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            codes: Mutex::default(),
            instead: Mutex::default(),
            requests: AtomicUsize::default(),
            observe: Box::new(observe),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared })
    }

    /// The space of this server, for clients.
    pub(crate) fn space(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The messages that people received since the last call, oldest first.
    pub(crate) fn take_deliveries(&self) -> Vec<Delivery> {
        lock(&self.shared.codes).take_deliveries()
    }

    /// Sends these responses to the next requests, one after the other, without reading or observing the requests.
    pub(crate) fn answer_next(&self, instead: impl IntoIterator<Item = Instead>) {
        lock(&self.shared.instead).extend(instead);
    }

    /// How many requests the server has received.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
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
    let answered = shared.answer(&parts.method, parts.uri.path(), &parts.headers, &body);
    let (status, answer) = answered.unwrap_or_else(|refused| refused);
    (shared.observe)(&Exchange {
        method: &parts.method,
        uri: &parts.uri,
        headers: &parts.headers,
        body: &body,
        status,
        response: &answer,
    });
    let mut response = Response::new(Body::from(answer.to_string()));
    *response.status_mut() = status.try_into().unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// A status and a body.
type Answer = (u16, Value);

impl Shared {
    fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Answer, Answer> {
        let not_found = || (404, json!({ "error": "Not Found" }));
        if !is_authorized(headers) {
            return Err((401, json!({ "error": "Unauthorized" })));
        }
        let path = path.strip_prefix("/api/relay/rest/mfa/").filter(|_| method == Method::POST);
        let codes = || lock(&self.codes);
        match path.unwrap_or_default().split('/').collect::<Vec<_>>()[..] {
            ["sms"] => Ok((200, codes().issue(&read::<MfaRequest>(headers, body)?, "sms"))),
            ["call"] => Ok((200, codes().issue(&read::<MfaCallRequest>(headers, body)?, "call"))),
            [id, "verify"] => {
                let request = read::<MfaVerifyRequest>(headers, body)?;
                let token = request["token"].as_str().unwrap_or_default();
                let is_right = id.parse().ok().and_then(|id| codes().verify(id, token));
                Ok((200, json!({ "success": is_right.ok_or_else(not_found)? })))
            }
            _ => Err(not_found()),
        }
    }
}

fn is_authorized(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    values.next().is_some_and(|value| value == AUTHORIZATION) && values.next().is_none()
}

/// The body of a request, or status 422 if it is not of the type, which has the bounds of the document.
fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<Value, Answer> {
    let refused = |reason: String| {
        let error =
            json!({ "detail": reason, "status": "422", "title": "Invalid request", "code": "invalid" });
        (422, json!({ "errors": [error] }))
    };
    if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != "application/json") {
        return Err(refused("the content type is not application/json".to_owned()));
    }
    serde_json::from_slice::<T>(body).map_err(|error| refused(error.to_string()))?;
    serde_json::from_slice(body).map_err(|error| refused(error.to_string()))
}
