//! Two comparisons that have to hold in one run on a noisy machine: both sides take turns, and the medians are compared.
//! `cargo bench --bench paired`.

use std::time::{Duration, Instant};

use relay_rest::types::{MfaRequest, MfaResponse};
use relay_rest::{Client, Credentials, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[path = "../build.rs"]
#[expect(dead_code, reason = "only the settings are wanted of the build script")]
mod build;

const DOCUMENT: &str = include_str!("../openapi/relay-rest.yaml");
const OVERLAY: &str = include_str!("../openapi/overlay.yaml");
const ANSWER: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` passes no `--bench`; then one round shows that it works.
    let share = if std::env::args().any(|argument| argument == "--bench") { 1 } else { 100 };
    pipeline("vendored", DOCUMENT, OVERLAY, 300 / share);
    let full = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/upstream/relay-rest-full.yaml");
    match std::fs::read_to_string(full) {
        Ok(document) => pipeline("full", &document, IDLE, 40.min(300 / share)),
        Err(_) => println!("pipeline   full: skipped, there is no {full}"),
    }
    requests(20_000 / share)
}

/// An overlay that changes nothing that counts, for a document that has none.
const IDLE: &str =
    "{overlay: 1.0.0, info: {title: none, version: '1'}, actions: [{target: $, update: {x-measured: true}}]}";

/// Our passes beside progenitor and prettyplease, on one document.
///
/// The passes are overlay, lower, conform and refine: the whole without reading the YAML and without those two. "Plain" is a
/// build script with nothing but those two: it reads the conformed document as YAML and generates.
fn pipeline(name: &str, document: &str, overlay: &str, rounds: usize) {
    let settings = build::settings();
    let conformed =
        relay_rest_codegen::conformed(document, overlay, &settings).expect("the document conforms");
    let text = serde_yaml::to_string(&conformed).expect("a document");
    let mut samples = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        samples[0]
            .push(time(|| relay_rest_codegen::generate(document, overlay, &settings).expect("a client")));
        samples[1].push(time(|| relay_rest_codegen::read(document, overlay).expect("YAML")));
        samples[2].push(time(|| relay_rest_codegen::generator_alone(&conformed).expect("code")));
        samples[3].push(time(|| {
            let document = serde_yaml::from_str(&text).expect("a document");
            relay_rest_codegen::generator_alone(&document).expect("code")
        }));
    }
    let [whole, read, generator, plain] = samples.map(median);
    println!(
        "pipeline   {name}: whole {whole:?}; reading {read:?}; progenitor and prettyplease {generator:?}"
    );
    let passes = whole.saturating_sub(read).saturating_sub(generator);
    println!(
        "           our passes {passes:?}, {:.1} % of progenitor and prettyplease",
        percent(passes, generator)
    );
    let more = whole.saturating_sub(plain);
    println!(
        "           a plain build script {plain:?}; ours takes {more:?} more, {:.1} %",
        percent(more, plain)
    );
}

/// A call of the client beside the same call written by hand with reqwest.
fn requests(rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let origin = format!("http://{}", listener.local_addr()?);
    server.spawn(serve(listener));

    let client = Client::new(&origin.parse()?, Credentials::new("project", "token")?)?;
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let url = format!("{origin}/api/relay/rest/mfa/sms");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut typed, mut by_hand) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let ours = || time(|| runtime.block_on(with_client(&client)).expect("an answer"));
        let theirs = || time(|| runtime.block_on(with_reqwest(&http, &url)).expect("an answer"));
        // Whoever comes second finds warmer caches, so they take turns at that too.
        let (first, second) = if round % 2 == 0 {
            (ours(), theirs())
        } else {
            let theirs = theirs();
            (ours(), theirs)
        };
        if round >= rounds / 10 {
            typed.push(first);
            by_hand.push(second);
        }
    }
    let (typed, by_hand) = (median(typed), median(by_hand));
    println!(
        "request    relay-rest {typed:?}; reqwest by hand {by_hand:?}: {:+.1} %",
        percent(typed, by_hand) - 100.0
    );
    Ok(())
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

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

fn percent(part: Duration, of: Duration) -> f64 {
    100.0 * part.as_secs_f64() / of.as_secs_f64()
}
