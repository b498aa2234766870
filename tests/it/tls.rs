//! Real handshakes: only a server with a trusted certificate receives the request.

use std::sync::Arc;

use relay_rest::{Client, Credentials, ErrorKind, Sent, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion, version};

use crate::scripted::{AUTHORIZATION, PROJECT, TOKEN, response};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

/// A server at `https://localhost` with a certificate of its own making.
pub(crate) struct Secure {
    pub(crate) url: String,
    pub(crate) certificate: reqwest::Certificate,
    /// The bytes that the server received after the handshake.
    pub(crate) received: UnboundedReceiver<String>,
}

impl Secure {
    async fn start(speaks: &[&'static SupportedProtocolVersion]) -> Self {
        Self::named("localhost", speaks).await
    }

    /// A server whose certificate is for a name that the client must resolve to it.
    pub(crate) async fn named(name: &str, speaks: &[&'static SupportedProtocolVersion]) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(speaks)
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a usable certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url =
            format!("https://{name}:{}/api/relay/rest", listener.local_addr().expect("an address").port());
        let (sender, received) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = Vec::new();
                while !request.ends_with(b"}")
                    && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0)
                {}
                let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
                let _ = stream.write_all(&response(200, "", SENT)).await;
                let _ = stream.shutdown().await;
            }
        });
        let certificate = reqwest::Certificate::from_der(made.cert.der()).expect("a certificate");
        Self { url, certificate, received }
    }

    fn client(&self, http: reqwest::ClientBuilder) -> Client {
        let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
        let builder = Client::builder(&"acme".parse().expect("a space"), credentials);
        builder.base_url(&*self.url).http(http).build().expect("a client")
    }
}

async fn send(client: &Client) -> Result<(), relay_rest::Error> {
    client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.map(drop)
}

#[tokio::test]
async fn a_certificate_that_is_trusted_gets_the_request() {
    for version in [&version::TLS12, &version::TLS13] {
        let mut server = Secure::start(&[version]).await;
        let http = reqwest::Client::builder().add_root_certificate(server.certificate.clone());
        send(&server.client(http)).await.expect("an answer");
        let request = server.received.recv().await.expect("a request");
        assert!(request.starts_with("POST /api/relay/rest/mfa/sms HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(AUTHORIZATION));
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_nothing() {
    let mut server = Secure::start(&[&version::TLS12, &version::TLS13]).await;
    let error = send(&server.client(reqwest::Client::builder())).await.expect_err("nobody has signed it");
    assert_eq!((error.kind(), error.was_sent(), error.is_connect()), (ErrorKind::Transport, Sent::No, true));
    assert!(server.received.try_recv().is_err());
}

#[tokio::test]
async fn a_certificate_for_another_host_gets_nothing() {
    let mut server = Secure::start(&[&version::TLS13]).await;
    server.url = server.url.replace("localhost", "127.0.0.1");
    let http = reqwest::Client::builder().add_root_certificate(server.certificate.clone());
    let error = send(&server.client(http)).await.expect_err("it is for localhost");
    assert_eq!((error.was_sent(), error.is_connect()), (Sent::No, true));
    assert!(server.received.try_recv().is_err());
}
