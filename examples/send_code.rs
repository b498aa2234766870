//! Requests a code by SMS and verifies it.
//! Knows the public API only; must not know how the client is made.
//!
//! With `SIGNALWIRE_SPACE`, `SIGNALWIRE_PROJECT_ID` and `SIGNALWIRE_API_TOKEN` set, this talks to SignalWire and takes the
//! number as its argument: `cargo run --example send_code +14043287382`. Without them it talks to a local server that
//! checks every request against the vendored document, and answers as documented.

mod contract;

use std::error::Error;
use std::process::ExitCode;

use contract::ContractServer;
use relay_rest::types::MfaRequest;
use relay_rest::{Client, Credentials};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main]
async fn main() -> ExitCode {
    let variables = ["SIGNALWIRE_SPACE", "SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"];
    // With some of them set, `Client::from_env` says which are missing.
    let is_configured = variables.iter().any(|name| std::env::var_os(name).is_some());
    let outcome = if is_configured { signalwire().await } else { local().await };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

/// The real thing: sends an SMS, and reads the code from standard input.
async fn signalwire() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let to =
        std::env::args().nth(1).ok_or("the number to send a code to is expected, such as +14043287382")?;

    let request = MfaRequest::builder().to(to).message("Your relay-rest code:").build()?;
    request.check_one_segment()?;
    let sent = client.request_mfa_sms().body(request).send().await?;
    println!("requested  {} by {}; enter the code:", sent.id, sent.channel);

    let mut code = String::new();
    BufReader::new(tokio::io::stdin()).read_line(&mut code).await?;
    println!("verified   {:?}", client.verify(sent.id, code.trim()).await?);
    Ok(())
}

/// The same against a local server, with a wrong code, the right one, and a used one.
async fn local() -> Result<(), Box<dyn Error>> {
    let server = ContractServer::start().await?;
    println!("server     {} (no SIGNALWIRE_… variable is set)", server.space());
    let credentials = Credentials::new(contract::PROJECT_ID, contract::API_TOKEN)?;
    let client = Client::new(&server.space().parse()?, credentials)?;

    let request = MfaRequest::builder().to("+14043287382").message("Your relay-rest code:").build()?;
    request.check_one_segment()?;
    let sent = client.request_mfa_sms().body(request).send().await?;
    println!("requested  {} by {}", sent.id, sent.channel);

    let delivered = server.take_deliveries().pop().ok_or("nothing was delivered")?;
    println!("delivered  {:?} to {}", delivered.text, delivered.to);

    let wrong = if delivered.code == "000000" { "000001" } else { "000000" };
    for (which, code) in
        [("wrong code", wrong), ("right code", &delivered.code), ("used code", &delivered.code)]
    {
        println!("{which:<10} {:?}", client.verify(sent.id, code).await?);
    }

    let violations = server.violations();
    if !violations.is_empty() {
        return Err(violations.join("\n").into());
    }
    println!("contract   every request and answer was as the document says");
    Ok(())
}
