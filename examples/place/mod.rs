//! Chooses the server of an example: SignalWire if its variables are set, a local server otherwise.
#![allow(dead_code, reason = "each example uses a part of it")]

#[path = "../server/mod.rs"]
pub(crate) mod server;

use std::error::Error;
use std::process::ExitCode;

use relay_rest::{Client, ClientBuilder, Credentials};
use server::LocalServer;
use tokio::io::{AsyncBufReadExt, BufReader};

/// Whether one of the variables is set. `Client::from_env` says which are missing.
pub(crate) fn is_signalwire() -> bool {
    let variables = ["SIGNALWIRE_SPACE", "SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"];
    variables.iter().any(|name| std::env::var_os(name).is_some())
}

/// The number to send codes to: the first argument.
pub(crate) fn number() -> Result<String, Box<dyn Error>> {
    let number = std::env::args().nth(1);
    Ok(number.ok_or("the number to send a code to is expected, such as +14043287382")?)
}

/// The code that a person enters.
pub(crate) async fn read_code() -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    BufReader::new(tokio::io::stdin()).read_line(&mut code).await?;
    Ok(code.trim().to_owned())
}

/// Starts a local server, prints its address, and returns it with a builder of clients.
pub(crate) async fn local() -> Result<(LocalServer, ClientBuilder), Box<dyn Error>> {
    let server = LocalServer::start().await?;
    println!("server     {} (a local one)", server.space());
    let credentials = Credentials::new(server::PROJECT_ID, server::API_TOKEN)?;
    let builder = Client::builder(&server.space().parse()?, credentials);
    Ok((server, builder))
}

/// Prints an error with its causes.
pub(crate) fn exit_code(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}
