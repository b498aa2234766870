//! The server of the examples, with each request and response checked against the vendored OpenAPI 3.1 document.

mod document;

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use crate::server::LocalServer;
pub(crate) use crate::server::{API_TOKEN, PROJECT_ID};
use document::Document;

/// A running server; it stops with the runtime that started it.
pub(crate) struct ContractServer {
    server: LocalServer,
    violations: Arc<Mutex<Vec<String>>>,
}

impl ContractServer {
    pub(crate) async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let document = Document::load()?;
        let violations = Arc::new(Mutex::new(Vec::new()));
        let found = Arc::clone(&violations);
        let server = LocalServer::observed(move |exchange| {
            let (method, uri) = (exchange.method, exchange.uri);
            let reasons =
                document.check(exchange).into_iter().map(|reason| format!("{method} {uri}: {reason}"));
            found.lock().expect("no panic while held").extend(reasons);
        })
        .await?;
        Ok(Self { server, violations })
    }

    /// The differences of requests, or of the server's own responses, from the document.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().expect("no panic while held").clone()
    }
}

impl Deref for ContractServer {
    type Target = LocalServer;

    fn deref(&self) -> &LocalServer {
        &self.server
    }
}
