//! Any response of a server to the client: a value or an error that can be shown, soon and in one piece.

#![no_main]

use std::sync::OnceLock;
use std::time::Duration;

use fuzz::{Form, limited, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use relay_rest::{Client, Credentials, Error, reqwest};
use relay_rest_codegen::parse;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const TOKEN: &str = "PT-0123456789-secret";
const NUMBER: &str = "+14043287382";

/// A server on this machine, and a client of it.
struct Pair {
    runtime: Runtime,
    listener: TcpListener,
    client: Client,
}

impl Pair {
    fn get() -> &'static Self {
        static PAIR: OnceLock<Pair> = OnceLock::new();
        PAIR.get_or_init(|| {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let credentials = Credentials::new("project", TOKEN).expect("usable credentials");
            // It speaks plain HTTP, and to read the certificates of the operating system takes long.
            let http = reqwest::Client::builder().tls_certs_only([]).pool_max_idle_per_host(0);
            let client = Client::builder(&url.parse().expect("a loopback space"), credentials)
                .http(http)
                .timeout(Duration::from_secs(5))
                .build()
                .expect("a client");
            Self { runtime, listener, client }
        })
    }

    /// Responds to each connection with the same bytes.
    async fn serve(&self, response: &[u8]) {
        loop {
            let (mut stream, _) = self.listener.accept().await.expect("a connection");
            let mut request = Vec::new();
            // Each body is a JSON object.
            while !request.ends_with(b"}") && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
            }
            let _ = stream.write_all(response).await;
            let _ = stream.shutdown().await;
        }
    }

    async fn call(&self) {
        match self.client.request_mfa_sms().body_map(|body| body.to(NUMBER)).send().await {
            Ok(response) => assert!(response.status().is_success() && !response.raw_body().is_empty()),
            Err(error) => ask(&error),
        }
        if let Err(error) = self.client.verify(uuid::Uuid::nil(), "123456").await {
            ask(&error);
        }
    }
}

/// Everything that an error can be asked.
fn ask(error: &Error) {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let message = error.to_string();
        assert!(!message.contains(['\n', '\r']), "several lines: {message}");
        assert!(!message.contains(TOKEN) && !message.contains(NUMBER), "a secret: {message}");
        cause = error.source();
    }
    let shown = format!("{error:?}");
    assert!(!shown.contains(TOKEN) && !shown.contains(NUMBER), "a secret: {shown}");
    assert!(!error.is_timeout(), "the connection was closed, and the client waited");
    let _ = (error.kind(), error.was_sent(), error.status(), error.request_id(), error.retry_after());
    let _ = (error.codes().count(), error.api_errors().len(), error.raw_body(), error.body());
    assert_eq!(error.attempts(), 1);
}

/// `[status, [[name, value], …], body]` ⇒ the bytes of the response. A body that is a string is sent as it is.
fn response(text: &str) -> Option<Vec<u8>> {
    let Value::Array(parts) = parse(text).ok()? else { return None };
    let [status, headers, body] = parts.as_slice() else { return None };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut response = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", plain(status));
    for header in headers.as_array().into_iter().flatten() {
        response += &format!("{}: {}\r\n", plain(&header[0]), plain(&header[1]));
    }
    Some((response + "\r\n" + &plain(body)).into_bytes())
}

fuzz_target!(|bytes: &[u8]| {
    let response = std::str::from_utf8(bytes).ok().and_then(response).unwrap_or_else(|| bytes.to_vec());
    limited(|| {
        let pair = Pair::get();
        pair.runtime.block_on(async {
            tokio::select! {
                () = pair.serve(&response) => {}
                () = pair.call() => {}
            }
        });
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, Form::Single, |corpus, rng| {
        let bodies = [
            json!({ "id": "e9b1f5e2-8c2b-4a6b-9d0f-1b1c7a2f0c55", "success": true, "to": NUMBER, "channel": "sms" }),
            json!({ "success": false }),
            json!({ "errors": [{ "type": "validation_error", "code": "missing_required_parameter", "message": "to", "attribute": "to", "url": "https://signalwire.com/docs" }] }),
            json!({ "error": "unauthorized" }),
            json!("<html>502 Bad Gateway</html>"),
            json!(""),
            corpus.document(rng),
        ];
        let headers = [
            json!(["content-type", "application/json"]),
            json!(["retry-after", "120"]),
            json!(["retry-after", "Thu, 01 Jan 2032 00:00:00 GMT"]),
            json!(["date", "Thu, 01 Jan 2026 00:00:00 GMT"]),
            json!(["x-request-id", "4f1e"]),
            json!(["content-length", 7]),
            json!(["transfer-encoding", "chunked"]),
            json!(["location", "/elsewhere"]),
        ];
        let statuses = [100, 101, 200, 201, 204, 301, 304, 307, 400, 401, 404, 422, 429, 500, 503, 999];
        let some: Vec<Value> = (0..rng.usize(..4)).filter_map(|_| rng.choice(&headers).cloned()).collect();
        json!([rng.choice(&statuses), some, rng.choice(&bodies)])
    })
});
