//! The client of one call, with the headers and query parameters that the call adds to its request.

use std::fmt;
use std::ops::Deref;

use reqwest::Request;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::client::Client;
use crate::encode::encoded;
use crate::error::Error;

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
pub struct Caller {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Caller {
        crate::tls::choose_cryptography();
        let credentials = crate::Credentials::new("project-id", "PT-token").expect("credentials");
        Caller::from(&Client::new(&"acme".parse().expect("a space"), credentials).expect("a client"))
    }

    fn request(url: &str) -> Request {
        Request::new(reqwest::Method::GET, url.parse().expect("a URL"))
    }

    #[test]
    fn the_query_of_the_operation_comes_first_and_is_kept() {
        for (url, expected) in [
            ("https://h/", "https://h/?b=%2F"),
            ("https://h/?", "https://h/?b=%2F"),
            ("https://h/?a=%2C,#f", "https://h/?a=%2C,&b=%2F#f"),
        ] {
            let (mut caller, mut request) = (caller(), request(url));
            caller.query("b", &"/");
            caller.add_to(&mut request).expect("it is valid");
            assert_eq!(request.url().as_str(), expected);
        }
    }

    #[test]
    fn a_header_of_the_operation_is_not_added_again() {
        let (mut caller, mut request) = (caller(), request("https://h/"));
        request.headers_mut().insert("x-a", HeaderValue::from_static("own"));
        caller.header("X-A", &"secret");
        let error = caller.add_to(&mut request).expect_err("there are two").to_string();
        assert!(error.ends_with("the header `x-a` is a parameter of the operation"), "{error}");
    }

    #[test]
    fn what_callers_add_is_sensitive_and_replaces_nothing() {
        let mut request = request("https://h/");
        request.headers_mut().insert("x-a", HeaderValue::from_static("own"));
        let mut added = HeaderMap::new();
        for (name, value) in [("x-a", "1"), ("x-b", "2"), ("x-b", "3"), ("authorization", "4"), ("host", "5")]
        {
            added.append(name, HeaderValue::from_static(value));
        }
        add_missing(&mut request, &added);
        let values = |name: &str| request.headers().get_all(name).iter().cloned().collect::<Vec<_>>();
        assert_eq!(
            (values("x-a"), values("x-b")),
            (
                vec!["own".parse().expect("a value")],
                vec!["2".parse().expect("a value"), "3".parse().expect("a value")]
            )
        );
        assert_eq!(request.headers().len(), 3);
        assert!(values("x-b").iter().all(HeaderValue::is_sensitive));
    }
}
