//! A TCP server that responds with given bytes, and keeps the requests that it received.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relay_rest::{Client, ClientBuilder, Credentials, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A project id; with [`TOKEN`], its base64 is known.
pub(crate) const PROJECT: &str = "project";
pub(crate) const TOKEN: &str = "PT-0123456789-secret";
/// `base64(project:PT-0123456789-secret)`.
pub(crate) const AUTHORIZATION: &str = "Basic cHJvamVjdDpQVC0wMTIzNDU2Nzg5LXNlY3JldA==";

/// One request as received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) line: String,
    /// `name: value`, the name in lower case, sorted.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

pub(crate) struct Scripted {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
}

/// A connection that a client made.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    /// How many connections were made before.
    pub(crate) number: usize,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Connection {
    /// Reads and keeps a request; `None` if the other side has closed the connection.
    pub(crate) async fn read(&mut self) -> Option<Received> {
        let request = read_request(&mut self.stream).await?;
        self.received.lock().expect("no panic while held").push(request.clone());
        Some(request)
    }

    /// Reads a request, responds, and ends the connection.
    pub(crate) async fn answer(mut self, answer: impl AsRef<[u8]>) {
        self.read().await;
        let _ = self.stream.write_all(answer.as_ref()).await;
        let _ = self.stream.shutdown().await;
    }
}

impl Scripted {
    /// A server that does the same with each connection.
    pub(crate) async fn acting<F>(act: impl Fn(Connection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (received, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let server = Self { url, received: Arc::clone(&received), connections: Arc::clone(&connections) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(act(Connection { stream, number, received: Arc::clone(&received) }));
            }
        });
        server
    }

    /// A server that sends the same bytes on every connection.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::acting(move |connection| connection.answer(Vec::clone(&answer))).await
    }

    /// A server that sends the next response on each connection, and repeats the last one.
    pub(crate) async fn answering_in_turn(answers: Vec<Vec<u8>>) -> Self {
        Self::acting(move |connection| {
            let answer = answers[connection.number.min(answers.len() - 1)].clone();
            connection.answer(answer)
        })
        .await
    }

    /// A server that responds on the first connection, and has stopped when the response arrives.
    pub(crate) async fn answering_once(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Self { url, received: Arc::default(), connections: Arc::default() };
        let (received, connections) = (Arc::clone(&server.received), Arc::clone(&server.connections));
        tokio::spawn(async move {
            let Ok((stream, _)) = listener.accept().await else { return };
            drop(listener);
            let number = connections.fetch_add(1, Ordering::Relaxed);
            Connection { stream, number, received }.answer(answer).await;
        });
        server
    }

    /// A server that responds with a status and a JSON body.
    pub(crate) async fn json(status: u16, body: &str) -> Self {
        Self::answering(response(status, "content-type: application/json\r\n", body)).await
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic while held").clone()
    }

    /// A builder of clients whose space is this server.
    pub(crate) fn client_builder(&self) -> ClientBuilder {
        let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
        Client::builder(&self.url.parse().expect("a loopback space"), credentials).http(trusting_nobody())
    }

    pub(crate) fn client(&self) -> Client {
        self.client_builder().build().expect("a client")
    }
}

/// The outcome of a call whose own timeout is much shorter than this one: without it the test fails, and does not hang.
pub(crate) async fn in_time<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), call).await.expect("the call has a timeout of its own")
}

/// An HTTP client without certificates, because reading those of the operating system takes longer than most tests, which use
/// plain HTTP or need handshakes that fail.
fn trusting_nobody() -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder();
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
    let http = http.tls_certs_only([]);
    http
}

/// A whole HTTP response; the header lines end in CRLF.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let line = lines.next()?.to_owned();
            let mut headers: Vec<String> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| format!("{}: {}", name.to_ascii_lowercase(), value.trim()))
                .collect();
            headers.sort();
            let length = headers.iter().find_map(|header| header.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a length")) {
                return Some(Received { line, headers, body: body.to_owned() });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
