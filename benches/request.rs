//! A call beside the same call written by hand with reqwest: time and allocations. `cargo bench --bench request`.

use std::time::{Duration, Instant};

use allocation_counter::AllocationInfo;
use relay_rest::types::{MfaRequest, MfaResponse};
use relay_rest::{Client, Credentials, RetryPolicy, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const ANSWER: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` passes no `--bench`; then a few rounds show that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 20_000 } else { 50 };
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let origin = format!("http://{}", listener.local_addr()?);
    server.spawn(serve(listener));

    let client = Client::new(&origin.parse()?, Credentials::new("project", "token")?)?;
    let retrying = client.with_retry(RetryPolicy::new(3));
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let url = format!("{origin}/api/relay/rest/mfa/sms");

    let runtime = Builder::new_current_thread().enable_all().build()?;
    let calls = [
        (
            "reqwest by hand",
            Call(&runtime, &|runtime| runtime.block_on(with_reqwest(&http, &url)).expect("an answer")),
        ),
        ("relay-rest", Call(&runtime, &|runtime| runtime.block_on(with_client(&client)).expect("an answer"))),
        (
            "with a policy",
            Call(&runtime, &|runtime| runtime.block_on(with_client(&retrying)).expect("an answer")),
        ),
    ];
    let mut times = [const { Vec::new() }; 3];
    for round in 0..rounds {
        // Whoever comes first finds colder caches, so they take turns at that too.
        for turn in 0..calls.len() {
            let which = (round + turn) % calls.len();
            times[which].push(calls[which].1.time());
        }
    }
    let by_hand = median(&mut times[0]);
    for ((name, call), times) in calls.iter().zip(&mut times) {
        let (time, allocated) = (median(times), call.allocations());
        println!(
            "{name:<16} {time:?} ({:+.1} %), {} allocations, {} bytes in all, {} at most",
            100.0 * (time.as_secs_f64() / by_hand.as_secs_f64() - 1.0),
            allocated.count_total,
            allocated.bytes_total,
            allocated.bytes_max
        );
    }
    Ok(())
}

/// One call, of this thread; the server has its own.
struct Call<'a>(&'a Runtime, &'a dyn Fn(&Runtime) -> MfaResponse);

impl Call<'_> {
    fn time(&self) -> Duration {
        let start = Instant::now();
        std::hint::black_box(self.1(self.0));
        start.elapsed()
    }

    /// The fewest of several calls: now and then a buffer grows or a timer wheel turns.
    fn allocations(&self) -> AllocationInfo {
        let measured = (0..100).map(|_| allocation_counter::measure(|| drop(self.1(self.0))));
        measured.min_by_key(|allocated| allocated.count_total).unwrap_or_default()
    }
}

async fn with_client(client: &Client) -> Result<MfaResponse, relay_rest::Error> {
    let request = MfaRequest::builder().to("+14043287382").message("Your Acme code:").build()?;
    Ok(client.request_mfa_sms().body(request).send().await?.into_inner())
}

async fn with_reqwest(http: &reqwest::Client, url: &str) -> Result<MfaResponse, reqwest::Error> {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        to: &'a str,
        message: &'a str,
    }
    let body = Body { to: "+14043287382", message: "Your Acme code:" };
    let request =
        http.post(url).basic_auth("project", Some("token")).header("accept", "application/json").json(&body);
    request.send().await?.error_for_status()?.json().await
}

/// Answers every request on every connection, and keeps the connections.
async fn serve(listener: TcpListener) {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ANSWER}", ANSWER.len());
    while let Ok((mut stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        tokio::spawn(async move {
            let mut buffer = Vec::new();
            while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
                // The body is one object without braces inside.
                if buffer.ends_with(b"}") {
                    buffer.clear();
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
    }
}

fn median(samples: &mut [Duration]) -> Duration {
    samples.sort();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}
