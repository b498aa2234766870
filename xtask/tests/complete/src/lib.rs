//! A local server of a part of SignalWire's API: queues, recordings, phone numbers and number groups, in memory.
//!
//! It judges each request that it receives, and each response that it sends, by the document.

mod judge;
mod server;

use std::sync::Arc;

use relay_rest::{Client, Credentials};

pub use server::Server;

/// Returns a client of the space in the environment, or of a local server, if it is not set.
pub async fn client() -> Result<Client, Box<dyn std::error::Error>> {
    match std::env::var_os("SIGNALWIRE_SPACE") {
        Some(_) => Ok(Client::from_env()?),
        None => Ok(start().await?.0),
    }
}

/// Starts a server, and returns a client of it.
pub async fn start() -> Result<(Client, Arc<Server>), Box<dyn std::error::Error>> {
    let (server, url) = Server::start().await?;
    let credentials = Credentials::new("project-id", "PT-token")?;
    Ok((Client::builder(&"example".parse()?, credentials).base_url(url).build()?, server))
}
