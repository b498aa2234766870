//! The client of one call, with the headers and query parameters that the call adds to its request.
//! Uses reqwest, `src/encode.rs` and `codegen_support` alone: the scratch crate of `xtask check` compiles this file as well.

use std::fmt;
use std::ops::Deref;

use reqwest::Request;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::codegen_support::{Client, Error};
use crate::encode::encoded;

/// Headers that the client sets itself, or that belong to the connection.
const OWN_HEADERS: [&str; 17] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The client of one call, and what the call adds to its request.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    /// `None` for most calls, so that their builders stay small.
    added: Option<Box<Added>>,
}

#[derive(Clone, Default)]
struct Added {
    headers: HeaderMap,
    /// `a=1&b=2`
    query: String,
    /// Why the request cannot be sent.
    invalid: Option<String>,
}

impl Caller {
    /// Adds a header to the request.
    pub(crate) fn header(&mut self, name: &str, value: &dyn fmt::Display) {
        let Ok(name) = HeaderName::try_from(name) else {
            return self.reject("the name of a header is invalid");
        };
        if is_own(&name) {
            return self.reject(&format!("the client sets the header `{name}` itself"));
        }
        match HeaderValue::try_from(value.to_string()) {
            Ok(value) => drop(self.added().headers.append(name, sensitive(value))),
            Err(_) => self.reject(&format!("the value of the header `{name}` has a control character")),
        }
    }

    /// Adds a parameter to the query, after those that the operation sends.
    pub(crate) fn query(&mut self, name: &str, value: &dyn fmt::Display) {
        let query = &mut self.added().query;
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&format!("{}={}", encoded(name), encoded(&value.to_string())));
    }

    /// Rejects the request: nothing is sent, and the error has the first reason.
    pub(crate) fn reject(&mut self, reason: &str) {
        self.added().invalid.get_or_insert_with(|| reason.to_owned());
    }

    /// Adds what the call adds to its request, and returns the client.
    ///
    /// # Errors
    /// Returns an error if something that was added is invalid, or the request has such a header already.
    pub(crate) fn add_to(self, request: &mut Request) -> Result<Client, Error> {
        let Some(added) = self.added else { return Ok(self.client) };
        let Added { headers, query, invalid } = *added;
        if let Some(reason) = invalid {
            return Err(Error::invalid_request(reason));
        }
        if let Some(name) = headers.keys().find(|name| request.headers().contains_key(*name)) {
            return Err(Error::invalid_request(format!(
                "the header `{name}` is a parameter of the operation"
            )));
        }
        request.headers_mut().extend(headers);
        if !query.is_empty() {
            let before = request.url().query().filter(|before| !before.is_empty());
            let query = before.map(|before| format!("{before}&{query}")).unwrap_or(query);
            request.url_mut().set_query(Some(&query));
        }
        Ok(self.client)
    }

    fn added(&mut self) -> &mut Added {
        self.added.get_or_insert_default()
    }
}

/// Adds headers that the request does not have, except those that the client sets itself.
#[allow(dead_code, reason = "the client of `xtask check` has no attempts")]
pub(crate) fn add_missing(request: &mut Request, headers: &HeaderMap) {
    let is_missing = |name: &&HeaderName| !is_own(name) && !request.headers().contains_key(*name);
    let missing: Vec<&HeaderName> = headers.keys().filter(is_missing).collect();
    for name in missing {
        for value in headers.get_all(name) {
            request.headers_mut().append(name, sensitive(value.clone()));
        }
    }
}

fn is_own(name: &HeaderName) -> bool {
    OWN_HEADERS.contains(&name.as_str())
}

/// Keeps a value out of `Debug` and of HTTP/2 header compression.
fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

impl From<&Client> for Caller {
    fn from(client: &Client) -> Self {
        Self { client: client.clone(), added: None }
    }
}

impl Deref for Caller {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Shows the client alone.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}
