//! A local server with configured replies, which records the requests.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The reply of a path.
pub(crate) enum Reply {
    Text {
        media_type: &'static str,
        etag: Option<&'static str>,
        text: String,
    },
    Status(u16),
    /// 500 for the first request, the text for all others.
    FailingOnce(String),
    /// A `content-length` that is larger than the body.
    Truncated(String),
    /// This many bytes without a `content-length`.
    Endless(usize),
}

impl Reply {
    pub(crate) fn text(text: String) -> Self {
        Self::typed("text/markdown", text)
    }

    pub(crate) fn typed(media_type: &'static str, text: String) -> Self {
        Self::Text { media_type, etag: None, text }
    }

    pub(crate) fn tagged(etag: &'static str, text: String) -> Self {
        Self::Text { media_type: "text/markdown", etag: Some(etag), text }
    }
}

/// A request without its body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    headers: Vec<String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut pairs = self.headers.iter().filter_map(|line| line.split_once(':'));
        pairs.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }
}

pub(crate) struct Server {
    origin: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// The replies of a server, and whether the first request has failed.
struct Site {
    pages: Vec<(&'static str, Reply)>,
    has_failed: AtomicBool,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(pages: Vec<(&'static str, Reply)>) -> Self {
        Self::listen("http", pages, Some)
    }

    /// Starts a server with a self-signed certificate.
    pub(crate) fn start_tls(pages: Vec<(&'static str, Reply)>) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a usable certificate");
        let config = Arc::new(config);
        Self::listen("https", pages, move |stream| {
            Some(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).ok()?, stream))
        })
    }

    fn listen<S: Read + Write + Send + 'static>(
        scheme: &str,
        pages: Vec<(&'static str, Reply)>,
        accept: impl Fn(std::net::TcpStream) -> Option<S> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let origin = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let site =
            Arc::new(Site { pages, has_failed: AtomicBool::new(false), requests: Arc::clone(&requests) });
        thread::spawn(move || {
            for stream in listener.incoming().flatten().filter_map(accept) {
                let site = Arc::clone(&site);
                thread::spawn(move || site.serve(stream));
            }
        });
        Self { origin, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic while held").clone()
    }
}

impl Site {
    fn serve(&self, stream: impl Read + Write) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let path = lines.first()?.split(' ').nth(1)?.to_owned();
        let request = Request { path, headers: lines.split_off(1) };
        self.requests.lock().expect("no panic while held").push(request.clone());
        self.respond(&request, stream.get_mut()).ok()
    }

    fn respond(&self, request: &Request, to: &mut impl Write) -> std::io::Result<()> {
        let reply = self.pages.iter().find(|(path, _)| *path == request.path).map(|(_, reply)| reply);
        let (status, headers, text) = match reply {
            None => (404, String::new(), ""),
            Some(Reply::Status(status)) => (*status, String::new(), ""),
            Some(Reply::FailingOnce(_)) if !self.has_failed.swap(true, Ordering::Relaxed) => {
                (500, String::new(), "")
            }
            Some(Reply::FailingOnce(text)) => (200, String::new(), text.as_str()),
            Some(Reply::Text { etag: Some(etag), .. })
                if request.header("if-none-match") == Some(format!("\"{etag}\"")) =>
            {
                (304, String::new(), "")
            }
            Some(Reply::Text { media_type, etag, text }) => {
                let etag = etag.map(|etag| format!("etag: \"{etag}\"\r\n")).unwrap_or_default();
                (200, format!("content-type: {media_type}\r\n{etag}"), text.as_str())
            }
            Some(Reply::Truncated(text)) => {
                write!(to, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len() + 100)?;
                return to.flush();
            }
            Some(Reply::Endless(bytes)) => {
                write!(to, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
                return (0..bytes / 65536).try_for_each(|_| to.write_all(&[b' '; 65536]));
            }
        };
        write!(
            to,
            "HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        )?;
        to.flush()
    }
}
