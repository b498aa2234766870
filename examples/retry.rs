//! What a `RetryPolicy` repeats, and what it never repeats.
//!
//! It runs against a local server that rejects requests, stops responding, or stays busy: `cargo run --example retry`.

mod output;
mod place;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use place::server::Instead;
use relay_rest::types::MfaRequest;
use relay_rest::{Client, RetryPolicy};

/// 429, to be retried at once; in production, `Retry-After` may ask for a longer delay.
const REFUSED: Instead = Instead::Answer(429, &[("retry-after", "0")], "");
/// 503 without `Retry-After`, so that the policy chooses the delays.
const OVERLOADED: Instead = Instead::Answer(503, &[], "");

#[tokio::main]
async fn main() -> ExitCode {
    output::end_quietly(); // as in `… | head -1`
    place::exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (server, builder) = place::local().await?;
    let plain = builder.build()?;
    // In production `RetryPolicy::new(3)` will do: it waits 0.5 s, 1 s, … and gives up after a minute.
    let patient = plain.with_retry(RetryPolicy::new(3).base_delay(Duration::from_millis(20)));

    println!("\nRefused twice with 429:");
    server.answer_next([REFUSED]);
    tell("without", send(&plain).await, server.requests());
    let before = server.requests();
    server.answer_next([REFUSED, REFUSED]);
    tell("with", send(&patient).await, server.requests() - before);

    println!("\nOverloaded for good, 503:");
    let before = server.requests();
    server.answer_next([OVERLOADED; 3]);
    tell("with", send(&patient).await, server.requests() - before);

    println!("\nSilent: the message may be on its way, and a second request might send a second one:");
    let before = server.requests();
    server.answer_next([Instead::Silence]);
    let in_a_hurry = patient.with_timeout(Duration::from_millis(200));
    tell("with", send(&in_a_hurry).await, server.requests() - before);

    println!("\ndelivered  {} message", server.take_deliveries().len());
    Ok(())
}

async fn send(client: &Client) -> Result<(), relay_rest::Error> {
    let request = MfaRequest::builder().to("+14043287382").build()?;
    client.request_mfa_sms().body(request).send().await.map(drop)
}

/// `requests` is what the server has counted.
fn tell(policy: &str, outcome: Result<(), relay_rest::Error>, requests: usize) {
    let outcome = match outcome {
        Ok(()) => "the code was sent".to_owned(),
        Err(error) => format!("{error} (attempts: {}, sent: {:?})", error.attempts(), error.was_sent()),
    };
    println!("  {policy:<7} a policy, requests: {requests}; {outcome}");
}
