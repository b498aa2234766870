//! Compares a call with the same call by hand with reqwest, for responses of 200 and 422. `cargo bench -p relay-rest-tests --bench request`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::AllocationInfo;
use relay_rest::types::{MfaRequest, MfaResponse};
use relay_rest::{Client, Credentials, ErrorBody, RetryPolicy, reqwest};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const ANSWER: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;
const REFUSAL: &str = r#"{"errors":[{"status":"422","code":"invalid_parameter","title":"to","detail":"is no number of a telephone"}]}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` passes no `--bench`; then a few rounds show that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 20_000 } else { 50 };
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;

    let (client, url) = reached(&server, "200 OK", ANSWER)?;
    // After the client, which chooses the cryptography of the process.
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let retrying = client.with_retry(RetryPolicy::new(3));
    println!("a code requested, 200");
    side_by_side(
        rounds,
        &[
            ("reqwest by hand", &|| {
                drop(black_box(runtime.block_on(with_reqwest(&http, &url)).expect("an answer")))
            }),
            ("relay-rest", &|| drop(black_box(runtime.block_on(with_client(&client)).expect("an answer")))),
            ("with a policy", &|| {
                drop(black_box(runtime.block_on(with_client(&retrying)).expect("an answer")))
            }),
        ],
    );

    let (client, url) = reached(&server, "422 Unprocessable Entity", REFUSAL)?;
    println!("a code requested, 422, and the code of the error read");
    side_by_side(
        rounds,
        &[
            ("reqwest by hand", &|| {
                drop(black_box(runtime.block_on(code_with_reqwest(&http, &url)).expect("an error")))
            }),
            ("relay-rest", &|| {
                drop(black_box(runtime.block_on(code_with_client(&client)).expect("an error")))
            }),
        ],
    );
    Ok(())
}

/// A client of a server that answers everything the same, and the URL for those who have no client.
fn reached(
    server: &Runtime,
    status: &str,
    body: &str,
) -> Result<(Client, String), Box<dyn std::error::Error>> {
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let origin = format!("http://{}", listener.local_addr()?);
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    server.spawn(serve(listener, answer));
    let client = Client::new(&origin.parse()?, Credentials::new("project", "token")?)?;
    Ok((client, format!("{origin}/api/relay/rest/mfa/sms")))
}

/// Prints what each call takes, and how much more than the first.
fn side_by_side(rounds: usize, calls: &[(&str, &dyn Fn())]) {
    let mut times = vec![Vec::new(); calls.len()];
    for round in 0..rounds {
        // The first one finds colder caches, so the order alternates too.
        for turn in 0..calls.len() {
            let which = (round + turn) % calls.len();
            let start = Instant::now();
            calls[which].1();
            times[which].push(start.elapsed());
        }
    }
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    for ((name, call), median) in calls.iter().zip(&medians) {
        let allocated = allocations(call);
        println!(
            "  {name:<16} {median:?} ({:+.1} %), {} allocations, {} bytes in all, {} at most",
            100.0 * (median.as_secs_f64() / medians[0].as_secs_f64() - 1.0),
            allocated.count_total,
            allocated.bytes_total,
            allocated.bytes_max
        );
    }
}

/// Those of this thread, for the server has its own; the fewest of several calls, for now and then a buffer grows or a timer
/// wheel turns.
fn allocations(call: &dyn Fn()) -> AllocationInfo {
    let measured = (0..100).map(|_| allocation_counter::measure(call));
    measured.min_by_key(|allocated| allocated.count_total).unwrap_or_default()
}

async fn with_client(client: &Client) -> Result<MfaResponse, relay_rest::Error> {
    let request = MfaRequest::builder().to("+14043287382").message("Your Acme code:").build()?;
    Ok(client.request_mfa_sms().body(request).send().await?.into_inner())
}

/// The documented code of the expected error; `None` for any other.
async fn code_with_client(client: &Client) -> Option<String> {
    match with_client(client).await.err()?.body()? {
        ErrorBody::ValidationError(body) => body.errors.first().map(|error| error.code.clone()),
        _ => None,
    }
}

async fn post(http: &reqwest::Client, url: &str) -> Result<reqwest::Response, reqwest::Error> {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        to: &'a str,
        message: &'a str,
    }
    let body = Body { to: "+14043287382", message: "Your Acme code:" };
    let request =
        http.post(url).basic_auth("project", Some("token")).header("accept", "application/json").json(&body);
    request.send().await
}

async fn with_reqwest(http: &reqwest::Client, url: &str) -> Result<MfaResponse, reqwest::Error> {
    post(http, url).await?.error_for_status()?.json().await
}

/// The same code as [`code_with_client`], from a body that has no type.
async fn code_with_reqwest(http: &reqwest::Client, url: &str) -> Option<String> {
    let answer = post(http, url).await.ok().filter(|answer| answer.status() == 422)?;
    let body: Value = answer.json().await.ok()?;
    body["errors"][0]["code"].as_str().map(str::to_owned)
}

/// Answers every request on every connection, and keeps the connections.
async fn serve(listener: TcpListener, answer: String) {
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
