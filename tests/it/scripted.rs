//! A TCP server that answers with given bytes and keeps what it was sent.
//! Knows HTTP/1.1 as far as one request has a length; must not know the API.

use std::sync::{Arc, Mutex};

use relay_rest::{Client, ClientBuilder, Credentials};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A project id whose pair with [`TOKEN`] is known in base64.
pub(crate) const PROJECT: &str = "project";
pub(crate) const TOKEN: &str = "PT-0123456789-secret";
/// `base64(project:PT-0123456789-secret)`.
pub(crate) const AUTHORIZATION: &str = "Basic cHJvamVjdDpQVC0wMTIzNDU2Nzg5LXNlY3JldA==";

/// One request as it came.
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
}

impl Scripted {
    /// A server that gives every connection one answer, the same bytes.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (answer, received) = (answer.into(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if let Some(request) = read_request(&mut stream).await {
                    kept.lock().expect("no panic while held").push(request);
                }
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, received }
    }

    /// A server that answers with a status and a JSON body.
    pub(crate) async fn json(status: u16, body: &str) -> Self {
        Self::answering(response(status, "content-type: application/json\r\n", body)).await
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic while held").clone()
    }

    /// A builder of clients whose space is this server.
    pub(crate) fn client_builder(&self) -> ClientBuilder {
        let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
        Client::builder(&self.url.parse().expect("a loopback space"), credentials)
    }

    pub(crate) fn client(&self) -> Client {
        self.client_builder().build().expect("a client")
    }
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
