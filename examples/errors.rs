//! Every kind of error, provoked and explained.
//!
//! It runs against a local server that is set to misbehave: `cargo run --example errors`.

mod output;
mod place;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use place::server::{Instead, PROJECT_ID};
use relay_rest::types::MfaRequest;
use relay_rest::{Client, Credentials, ErrorBody, ErrorKind, Sent};

const JSON: &[(&str, &str)] = &[("content-type", "application/json"), ("x-request-id", "req-7")];
const NUMBER: &str = "+14043287382";

#[tokio::main]
async fn main() -> ExitCode {
    output::end_quietly(); // as in `… | head -1`
    place::exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (server, builder) = place::local().await?;
    let client = builder.build()?;

    step("a number in another form", send(&client, "(404) 328-7382").await);

    // A port that was free a moment ago, on which nothing listens.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let stranger = Credentials::new(PROJECT_ID, "PT-anything")?;
    let unreachable = Client::new(&format!("http://{nobody}").parse()?, stranger)?;
    step("a server that is not there", send(&unreachable, NUMBER).await);

    server.answer_next([Instead::Silence]);
    step(
        "a server that does not answer",
        send(&client.with_timeout(Duration::from_millis(200)), NUMBER).await,
    );

    let stranger = Client::new(&server.space().parse()?, Credentials::new(PROJECT_ID, "PT-wrong")?)?;
    step("a wrong API token", send(&stranger, NUMBER).await);

    for (what, instead) in [
        (
            "a request that SignalWire refuses",
            Instead::Answer(
                422,
                JSON,
                r#"{"errors":[{"detail":"The number cannot receive SMS","status":"422","title":"Invalid","code":"unreachable_number"}]}"#,
            ),
        ),
        ("a failure at SignalWire", Instead::Answer(500, JSON, r#"{"error":"Internal Server Error"}"#)),
        ("too many requests", Instead::Answer(429, &[("retry-after", "30")], "")),
        ("a gateway's page", Instead::Answer(502, &[("content-type", "text/html")], "<h1>Bad Gateway</h1>")),
        (
            "a success that cannot be read",
            Instead::Answer(200, &[("content-type", "text/html")], "<h1>Welcome</h1>"),
        ),
        ("a success that is none", Instead::Answer(200, JSON, r#"{"success":false}"#)),
    ] {
        server.answer_next([instead]);
        step(what, send(&client, NUMBER).await);
    }
    println!("\ndelivered  {} messages", server.take_deliveries().len());
    Ok(())
}

async fn send(client: &Client, to: &str) -> Result<(), relay_rest::Error> {
    let request = MfaRequest::builder().to(to).build()?;
    client.request_mfa_sms().body(request).send().await.map(drop)
}

/// Prints what was provoked, the error, and what to do about it.
fn step(what: &str, outcome: Result<(), relay_rest::Error>) {
    match outcome {
        Ok(()) => println!("\n{what}: no error"),
        Err(error) => {
            println!("\n{what}: {:?}, sent: {:?}", error.kind(), error.was_sent());
            println!("  says     {error}");
            println!("  so       {}", advice(&error));
        }
    }
}

/// Decides what to do about an error.
fn advice(error: &relay_rest::Error) -> String {
    match (error.kind(), error.body()) {
        (ErrorKind::InvalidRequest, _) => "fix the call or ask again; nothing was sent".to_owned(),
        (ErrorKind::Transport, _) if error.was_sent() == Sent::No => {
            "repeat it; nobody was reached".to_owned()
        }
        (ErrorKind::Transport, _) => "ask before it is repeated; the message may be on its way".to_owned(),
        (ErrorKind::Status, Some(ErrorBody::Unauthorized(_))) => {
            "check the credentials and their scopes".to_owned()
        }
        (ErrorKind::Status, Some(ErrorBody::ValidationError(_))) => {
            let messages: Vec<&str> = error.api_errors().iter().filter_map(|error| error.message()).collect();
            format!("tell the person: {}", messages.join("; "))
        }
        (ErrorKind::Status, _) if error.retry_after().is_some() => {
            let wait = error.retry_after().unwrap_or_default();
            format!("wait {} s, or let a RetryPolicy do it; nothing was sent", wait.as_secs())
        }
        (ErrorKind::Status, Some(_)) => {
            format!("tell SignalWire's support the request id, {:?}", error.request_id().unwrap_or("none"))
        }
        (ErrorKind::Status, None) => {
            let body = String::from_utf8_lossy(error.raw_body().unwrap_or_default()).into_owned();
            format!("look at what is between here and SignalWire; it has answered {body:?}")
        }
        (ErrorKind::Unreadable, _) => "do not repeat it; it was done".to_owned(),
        (ErrorKind::NotQueued, _) => "tell the person; no message will come".to_owned(),
        _ => "read the changelog; this kind is new".to_owned(),
    }
}
