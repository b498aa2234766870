//! Proxies: which one is used, and how a call ends if it refuses, closes the connection or never responds.

use std::process::Command;
use std::time::Duration;

use relay_rest::{Client, Credentials, Error, ErrorKind, Sent, reqwest};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::rustls::version;

use super::{LONG, SENT, SHORT, send_by, what};
use crate::scripted::{AUTHORIZATION, Connection, PROJECT, Scripted, TOKEN};
use crate::tls::Secure;

/// A name that only these proxies know.
const HOST: &str = "relay.test";

async fn secure() -> Secure {
    Secure::named(HOST, &[&version::TLS12, &version::TLS13]).await
}

/// A proxy that connects every tunnel to this machine.
async fn tunnelling() -> Scripted {
    Scripted::acting(|mut connection: Connection| async move {
        let Some(request) = connection.read().await else { return };
        let port = request.line.split([' ', ':']).nth(2).and_then(|port| port.parse().ok()).expect("a port");
        let mut server = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
        let _ = connection.stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await;
        let _ = copy_bidirectional(&mut connection.stream, &mut server).await;
    })
    .await
}

fn client(url: &str, http: reqwest::ClientBuilder) -> Client {
    let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
    let builder = Client::builder(&"acme".parse().expect("a space"), credentials);
    builder.base_url(url).http(http).build().expect("a client")
}

fn through(proxy: &Scripted, server: &Secure) -> Client {
    let proxy = reqwest::Proxy::all(&proxy.url).expect("a proxy");
    client(
        &server.url,
        reqwest::Client::builder().proxy(proxy).add_root_certificate(server.certificate.clone()),
    )
}

#[tokio::test]
async fn a_tunnel_shows_the_proxy_nothing_but_the_host() {
    let (proxy, mut server) = (tunnelling().await, secure().await);
    send_by(&through(&proxy, &server)).await.expect("a success");
    let request = server.received.recv().await.expect("a request");
    assert!(
        request.contains(AUTHORIZATION) && request.starts_with("POST /api/relay/rest/mfa/sms HTTP/1.1\r\n")
    );
    let [connect] = proxy.received().try_into().expect("one tunnel");
    let authority = server.url.trim_start_matches("https://").trim_end_matches("/api/relay/rest");
    assert_eq!(connect.line, format!("CONNECT {authority} HTTP/1.1"));
    assert!(!format!("{connect:?}").contains(AUTHORIZATION));
}

#[tokio::test]
async fn a_proxy_that_refuses_means_not_sent() {
    for refusal in [
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n".to_owned(),
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno".to_owned(),
        "HTTP/1.1 502 Bad Gateway\r\n\r\n".to_owned(),
        "HTTP/1.1 302 Found\r\nlocation: http://localhost/\r\n\r\n".to_owned(),
        // A web server that does not support CONNECT.
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n".to_owned(),
        "garbage\r\n\r\n".to_owned(),
        String::new(),
        format!("HTTP/1.1 200 OK\r\n{}", "x-header: and another one\r\n".repeat(100_000)),
        // The tunnel opens, and ends before or during the handshake.
        "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n\r\n\u{16}\u{3}\u{3}".to_owned(),
        "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}".to_owned(),
    ] {
        let (proxy, mut server) = (Scripted::answering(refusal.clone()).await, secure().await);
        let error = send_by(&through(&proxy, &server)).await.expect_err("refused");
        let begin = &refusal[..refusal.len().min(20)];
        assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, false, None), "{begin}");
        assert!(error.is_connect(), "{begin}");
        assert_eq!((proxy.connections(), server.received.try_recv().is_err()), (1, true), "{begin}");
    }
}

#[tokio::test]
async fn a_proxy_that_never_answers_means_not_sent() {
    for begin in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n\r\n"] {
        let proxy = Scripted::acting(move |mut connection: Connection| async move {
            connection.read().await;
            let _ = connection.stream.write_all(begin.as_bytes()).await;
            std::future::pending::<()>().await;
        })
        .await;
        let error =
            send_by(&through(&proxy, &secure().await).with_timeout(SHORT)).await.expect_err("no tunnel");
        assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, true, None), "{begin}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_means_not_sent() {
    let taken = tokio::net::TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let proxy = reqwest::Proxy::all(format!("http://{}", taken.local_addr().expect("an address")));
    let server = secure().await;
    let http = reqwest::Client::builder().proxy(proxy.expect("a proxy"));
    let error = send_by(&client(&server.url, http)).await.expect_err("nobody is there");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, false, None));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_nothing_through_a_tunnel() {
    let (proxy, mut server) = (tunnelling().await, secure().await);
    let http = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy.url).expect("a proxy"));
    let error = send_by(&client(&server.url, http)).await.expect_err("nobody has signed it");
    assert_eq!(what(&error), (ErrorKind::Transport, Sent::No, false, None));
    assert!(error.is_connect() && server.received.try_recv().is_err());
    assert_eq!(proxy.connections(), 1);
}

/// Names the test that a child process runs, and what it calls.
const URL: &str = "RELAY_REST_TEST_URL";

/// One call with the proxies of the environment, in a process of its own.
async fn with_environment(url: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "faults::proxies::the_environment_names_the_proxy", "--nocapture"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        child.env_remove(name).env_remove(name.to_lowercase());
    }
    child.env(URL, url).envs(variables.iter().copied());
    let ended = tokio::task::spawn_blocking(move || child.output());
    let output = ended.await.expect("no panic").expect("a child process");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let outcome = output.lines().find_map(|line| line.split_once("outcome: "));
    outcome.unwrap_or_else(|| panic!("no outcome in {output}")).1.to_owned()
}

fn in_child(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let direct = "127.0.0.1:0".parse().expect("an address");
        let http = reqwest::Client::builder().resolve(HOST, direct).danger_accept_invalid_certs(true);
        let outcome: Result<_, Error> =
            send_by(&client(url, http).with_timeout(Duration::from_secs(30))).await;
        match outcome {
            Ok(_) => println!("outcome: success"),
            Err(error) => println!("outcome: {:?} {error:?}", error.was_sent()),
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_names_the_proxy() {
    if let Ok(url) = std::env::var(URL) {
        return tokio::task::spawn_blocking(move || in_child(&url)).await.expect("no panic");
    }
    let (proxy, mut server) = (tunnelling().await, secure().await);
    let plain = Scripted::json(200, SENT).await;
    let plain_url = format!("{}/api/relay/rest", plain.url);
    let mut tunnels = 0;
    for (name, no_proxy, is_asked) in [
        ("HTTPS_PROXY", "", true),
        ("https_proxy", "", true),
        ("ALL_PROXY", "", true),
        ("all_proxy", "elsewhere.test", true),
        ("HTTP_PROXY", "", false),
        ("HTTPS_PROXY", HOST, false),
        ("ALL_PROXY", "*", false),
        ("HTTPS_PROXY", ".test", false),
    ] {
        let variables = [(name, &*proxy.url), ("NO_PROXY", no_proxy)];
        assert_eq!(with_environment(&server.url, &variables).await, "success", "{name} {no_proxy}");
        tunnels += usize::from(is_asked);
        assert_eq!(proxy.connections(), tunnels, "{name} {no_proxy}");
        let request = tokio::time::timeout(LONG, server.received.recv()).await.expect("in time");
        assert!(request.expect("a request").contains(AUTHORIZATION));

        // Loopback addresses are reached without a proxy.
        assert_eq!(with_environment(&plain_url, &variables).await, "success", "{name} {no_proxy}");
        assert_eq!(proxy.connections(), tunnels, "{name} {no_proxy}");
    }

    // The proxy's password goes to the proxy alone, and is in no error.
    let with_password = proxy.url.replace("http://", "http://user:pa55word@");
    assert_eq!(with_environment(&server.url, &[("HTTPS_PROXY", &with_password)]).await, "success");
    let connect = proxy.received().pop().expect("a tunnel");
    assert!(
        connect.headers.contains(&"proxy-authorization: Basic dXNlcjpwYTU1d29yZA==".to_owned()),
        "{connect:?}"
    );
    let request =
        tokio::time::timeout(LONG, server.received.recv()).await.expect("in time").expect("a request");
    assert!(!request.to_lowercase().contains("proxy-authorization"));
    let refusing = Scripted::answering("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let with_password = refusing.url.replace("http://", "http://user:pa55word@");
    let outcome = with_environment(&server.url, &[("ALL_PROXY", &with_password)]).await;
    assert!(
        outcome.starts_with("No ") && !outcome.contains("pa55word") && !outcome.contains("dXNlc"),
        "{outcome}"
    );
}
