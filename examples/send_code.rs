//! Requests a code by SMS and verifies it.
//!
//! With `SIGNALWIRE_SPACE`, `SIGNALWIRE_PROJECT_ID` and `SIGNALWIRE_API_TOKEN` set, this talks to SignalWire and takes the
//! number as its argument: `cargo run --example send_code +14043287382`. With `SIGNALWIRE_FROM`, a number of your account, it also sends a message.
//! Without them it talks to a local server that sends and verifies codes as SignalWire does, and delivers them to this program.

mod output;
mod place;

use std::error::Error;
use std::process::ExitCode;

use relay_rest::Client;
use relay_rest::types::MfaRequest;

#[tokio::main]
async fn main() -> ExitCode {
    output::end_quietly(); // as in `… | head -1`
    place::exit_code(if place::is_signalwire() { signalwire().await } else { local().await })
}

/// With SignalWire: sends an SMS, and reads the code from standard input.
async fn signalwire() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;

    let mut request = MfaRequest::builder().to(place::number()?);
    // An older page of SignalWire's requires `from` with a `message`.
    if let Ok(from) = std::env::var("SIGNALWIRE_FROM") {
        request = request.from(from).message("Your relay-rest code:");
    }
    let request = request.build()?;
    request.check_one_segment()?;
    let sent = client.request_mfa_sms().body(request).send().await?;
    println!("requested  {} by {}; enter the code:", sent.id, sent.channel);

    let code = place::read_code().await?;
    println!("verified   {:?}", client.verify(&sent.id, code).await?);
    Ok(())
}

/// The same against a local server, with a wrong code, the right one, and a used one.
async fn local() -> Result<(), Box<dyn Error>> {
    let (server, builder) = place::local().await?;
    let client = builder.build()?;

    let request = MfaRequest::builder()
        .to("+14043287382")
        .from("+12029167968")
        .message("Your relay-rest code:")
        .build()?;
    request.check_one_segment()?;
    let sent = client.request_mfa_sms().body(request).send().await?;
    println!("requested  {} by {}", sent.id, sent.channel);

    let delivered = server.take_deliveries().pop().ok_or("nothing was delivered")?;
    println!("delivered  {:?} to {}", delivered.text, delivered.to);

    let wrong = if delivered.code == "000000" { "000001" } else { "000000" };
    for (which, code) in
        [("wrong code", wrong), ("right code", &delivered.code), ("used code", &delivered.code)]
    {
        println!("{which:<10} {:?}", client.verify(&sent.id, code).await?);
    }
    Ok(())
}
