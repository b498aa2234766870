//! The server that mocks are set up on.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use super::expected::Mock;
use super::lock;
use super::received::{Received, Unexpected, pairs};
use super::reply::Reply;
use crate::{Client, ClientBuilder, Credentials, Operation, Space};

/// A mock server on a free loopback port. It stops when it is dropped, and prints the requests that were unexpected, unless the test has
/// asked for them: a test that fails shows why.
///
/// It accepts any credentials. It has a method for each operation of the [`Client`], which sets up a mock.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    /// The path of the space.
    base: String,
    mocks: Mutex<Vec<Mock>>,
    unexpected: Arc<Mutex<Unexpected>>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, or if no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a listener has an address");
        let base = Url::parse(&space(address).base_url()).expect("a space has a URL");
        let shared = Arc::new(Shared {
            base: base.path().trim_end_matches('/').to_owned(),
            mocks: Mutex::default(),
            unexpected: Arc::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, accepting }
    }

    /// Returns a client of this server with the default settings.
    ///
    /// # Panics
    /// Panics if TLS cannot be set up.
    pub fn client(&self) -> Client {
        self.client_builder().build().expect("a client of a loopback address")
    }

    /// Returns a builder of clients of this server, for other settings.
    pub fn client_builder(&self) -> ClientBuilder {
        let credentials = Credentials::new("mock-project", "PT-mock-token").expect("usable credentials");
        Client::builder(&self.space(), credentials)
    }

    /// Returns this server as a space, for code that builds its own client.
    ///
    /// Its `Display`, `http://127.0.0.1:` and the port, can be the value of `SIGNALWIRE_SPACE`.
    pub fn space(&self) -> Space {
        space(self.address)
    }

    /// Returns a message for each request that no mock matched, or whose mock had no reply.
    ///
    /// It says why: `request_mfa_sms: no mock matched: body.to is "+15550001111", expected "+15550002222"`.
    pub fn unexpected(&self) -> Vec<String> {
        lock(&self.shared.unexpected).report()
    }

    /// A mock of an operation. Generated code calls it.
    pub(super) fn mock<O: Operation>(&self) -> Mock {
        let mock = Mock::new(O::NAME, O::METHOD, O::PATH, Arc::clone(&self.shared.unexpected));
        lock(&self.shared.mocks).push(mock.clone());
        mock
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        // The client's error shows the code alone, and a test that fails shows this as well.
        if let Some(unexpected) = lock(&self.shared.unexpected).unreported() {
            eprintln!("mock server: {unexpected}");
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("mocks", &*lock(&self.shared.mocks))
            .finish_non_exhaustive()
    }
}

fn space(address: SocketAddr) -> Space {
    format!("http://{address}").parse().expect("a loopback address is a space")
}

/// Serves connections until it is dropped, which closes them.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { shared.respond(request).await }
    });
    // Fails when a client disconnects or a reply hangs up, both of which are intended.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Shared {
    async fn respond(&self, request: hyper::Request<Incoming>) -> io::Result<hyper::Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let path = parts.uri.path();
        let request = Received {
            method: parts.method,
            path: path.strip_prefix(&self.base).unwrap_or(path).to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default()),
            headers: parts.headers,
            body,
        };
        let reply = self.reply_to(request);
        if let Some(delay) = reply.delay {
            tokio::time::sleep(delay).await;
        }
        if reply.hangs_up {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let mut response = hyper::Response::new(Full::new(reply.body));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }

    fn reply_to(&self, request: Received) -> Reply {
        let mocks = lock(&self.mocks).clone();
        let differences = |mock| Some((mock, Mock::differences(mock, &request)?));
        let of_operation: Vec<(&Mock, Vec<String>)> = mocks.iter().filter_map(differences).collect();
        let matching = of_operation.iter().rev().filter(|(_, differ)| differ.is_empty());
        // `min_by_key` returns the first of equals, which was set up last.
        let (code, message) = match matching.min_by_key(|(mock, _)| mock.parameters()) {
            Some((mock, _)) => match mock.ask(request) {
                Some(reply) => return reply,
                None => {
                    let operation = mock.operation();
                    (
                        "mock_without_response",
                        format!("{operation}: the mock that matched has no response; call responds"),
                    )
                }
            },
            None => ("no_mock_matched", no_match(&request, &of_operation)),
        };
        lock(&self.unexpected).push(message.clone());
        Reply::new(501).json(&json!({ "errors": [{ "code": code, "message": message }] }))
    }
}

/// Why no mock matched a request.
fn no_match(request: &Received, of_operation: &[(&Mock, Vec<String>)]) -> String {
    match of_operation {
        [] => format!("{} {}: no mock is set up for this operation", request.method, request.path),
        [(mock, differ)] => format!("{}: no mock matched: {}", mock.operation(), differ.join("; ")),
        several => {
            let each = several.iter().enumerate().map(|(index, (mock, differ))| {
                format!("\n  mock {} of {}: {}", index + 1, mock.operation(), differ.join("; "))
            });
            let count = several.len();
            format!(
                "{} {}: none of {count} mocks matched:{}",
                request.method,
                request.path,
                each.collect::<String>()
            )
        }
    }
}
