//! Settings of the HTTP client: a proxy, a certificate authority and a pool of your own, by `ClientBuilder::http`.
//!
//! `cargo run --example bring_your_own_reqwest` simulates a network whose only way out is a proxy, which opens and
//! signs TLS with a certificate of its own. There, `acme.signalwire.com` leads to the local server.

mod output;
mod place;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use relay_rest::types::MfaRequest;
use relay_rest::{Client, Credentials, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The proxy's certificate and key.
const PEM: &[u8] = include_bytes!("place/proxy.pem");
const REQUESTS: usize = 5;

#[tokio::main]
async fn main() -> ExitCode {
    output::end_quietly(); // as in `… | head -1`
    place::exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (server, _) = place::local().await?;
    let proxy = Proxy::start(server.space().replace("http://", "")).await?;
    println!("proxy      {}", proxy.url);

    // Without the proxy's certificate authority, the client does not trust the proxy, and nothing is sent.
    let untrusting = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy.url)?);
    match send(untrusting).await {
        Ok(()) => return Err("a certificate of unknown origin was trusted".into()),
        Err(error) => println!("untrusted  {error}; sent: {:?}", error.was_sent()),
    }

    for (pool, idle) in [("pool", 1), ("no pool", 0)] {
        let before = proxy.tunnels();
        let http = reqwest::Client::builder()
            .proxy(reqwest::Proxy::all(&proxy.url)?)
            .add_root_certificate(proxy.certificate.clone())
            .pool_max_idle_per_host(idle)
            .tcp_nodelay(true);
        send(http).await?;
        println!("{pool:<10} {REQUESTS} requests, {} connections", proxy.tunnels() - before);
    }

    println!("delivered  {} messages", server.take_deliveries().len());
    Ok(())
}

/// Sends some requests with one client. relay-rest overrides timeouts, redirects and retries.
async fn send(http: reqwest::ClientBuilder) -> Result<(), relay_rest::Error> {
    let client = client(http).expect("usable settings");
    for _ in 0..REQUESTS {
        let request = MfaRequest::builder().to("+14043287382").build()?;
        client.request_mfa_sms().body(request).send().await?;
    }
    Ok(())
}

fn client(http: reqwest::ClientBuilder) -> Result<Client, Box<dyn Error>> {
    let credentials = Credentials::new(place::server::PROJECT_ID, place::server::API_TOKEN)?;
    // A real space: `http` decides how requests reach it.
    Ok(Client::builder(&"acme".parse()?, credentials).timeout(Duration::from_secs(10)).http(http).build()?)
}

/// A proxy that terminates the TLS of `CONNECT acme.signalwire.com:443` with its own certificate, and forwards the requests.
struct Proxy {
    url: String,
    certificate: reqwest::Certificate,
    tunnels: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start(target: String) -> Result<Self, Box<dyn Error>> {
        let certificate = CertificateDer::from_pem_slice(PEM)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], PrivateKeyDer::from_pem_slice(PEM)?)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Self {
            url: format!("http://{}", listener.local_addr()?),
            certificate: reqwest::Certificate::from_der(&certificate)?,
            tunnels: Arc::default(),
        };
        let tunnels = Arc::clone(&proxy.tunnels);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tunnels.fetch_add(1, Ordering::Relaxed);
                let (acceptor, target) = (acceptor.clone(), target.clone());
                // A client that does not trust the certificate hangs up, which is expected.
                tokio::spawn(async move { tunnel(stream, &acceptor, &target).await.ok() });
            }
        });
        Ok(proxy)
    }

    fn tunnels(&self) -> usize {
        self.tunnels.load(Ordering::Relaxed)
    }
}

async fn tunnel(mut stream: TcpStream, acceptor: &TlsAcceptor, target: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if !head.starts_with(b"CONNECT acme.signalwire.com:443 ") {
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    }
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    let mut opened = acceptor.accept(stream).await?;
    copy_bidirectional(&mut opened, &mut TcpStream::connect(target).await?).await.map(drop)
}
