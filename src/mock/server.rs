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
use super::received::{Received, pairs};
use super::reply::Reply;
use crate::{Client, ClientBuilder, Credentials, Operation, Space};

/// A server on a loopback port of its own. It ends when it is dropped.
///
/// It takes any credentials. Its methods, one for each operation of the [`Client`], set up a mock each.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    /// The path of the space.
    base: String,
    mocks: Mutex<Vec<Mock>>,
    unexpected: Mutex<Vec<String>>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Panics
    /// There is no tokio runtime, or no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a listener has an address");
        let base = Url::parse(&space(address).base_url()).expect("a space has a URL");
        let shared = Arc::new(Shared {
            base: base.path().trim_end_matches('/').to_owned(),
            mocks: Mutex::default(),
            unexpected: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, accepting }
    }

    /// A client of this server with the default settings.
    ///
    /// # Panics
    /// TLS cannot be set up.
    pub fn client(&self) -> Client {
        self.client_builder().build().expect("a client of a loopback address")
    }

    /// A builder of clients of this server, for settings of your own.
    pub fn client_builder(&self) -> ClientBuilder {
        let credentials = Credentials::new("mock-project", "PT-mock-token").expect("usable credentials");
        Client::builder(&self.space(), credentials)
    }

    /// This server as a space, for code that makes its client itself.
    ///
    /// As a text, `http://127.0.0.1:` and the port, it can be the value of `SIGNALWIRE_SPACE`.
    pub fn space(&self) -> Space {
        space(self.address)
    }

    /// The requests that no mock was for, and those whose mock had no reply: `POST /mfa/sms`.
    pub fn unexpected(&self) -> Vec<String> {
        lock(&self.shared.unexpected).clone()
    }

    /// A mock of an operation. Generated code calls it.
    pub(super) fn mock<O: Operation>(&self) -> Mock {
        let mock = Mock::new(O::NAME, O::METHOD, O::PATH);
        lock(&self.shared.mocks).push(mock.clone());
        mock
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
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

/// Serves connections until it is dropped, and they with it.
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
    // A client that leaves and a reply that hangs up end a connection as they should.
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
        let line = format!("{} {}", request.method, request.path);
        let mocks = lock(&self.mocks).clone();
        let fitting = mocks.iter().rev().filter_map(|mock| Some((mock.fits(&request)?, mock)));
        // Of equals it is the first, which was set up last.
        let reply = match fitting.min_by_key(|(parameters, _)| *parameters) {
            Some((_, mock)) => mock.ask(request).ok_or("has a mock without a reply"),
            None => Err("is expected by no mock"),
        };
        reply.unwrap_or_else(|reason| {
            lock(&self.unexpected).push(line.clone());
            Reply::new(501).json(&json!({ "error": format!("{line} {reason}") }))
        })
    }
}
