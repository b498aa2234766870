//! Requests to operations that the client has no method for.

use std::fmt;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::caller::Caller;
use crate::client::Client;
use crate::error::Error;
use crate::exchange::{Endpoint, Responses, bytes, json};
use crate::operation::send_built;
use crate::response::Response;

/// The paths of such requests are not shown: they may contain anything.
const ENDPOINT: Endpoint = Endpoint { name: "request", template: None, sends_credentials: true };

impl Client {
    /// Returns a builder of a request to any operation of the API, for those that the document of this client does not have.
    ///
    /// `path` begins with `/`, and is appended to the [base URL](Self::base_url). Percent-encode what you insert into it.
    /// Credentials, timeout, maximum body and errors are those of every call; [retries](crate::RetryPolicy) depend on the method.
    ///
    /// ```no_run
    /// # async fn example(client: relay_rest::Client) -> Result<(), relay_rest::Error> {
    /// use relay_rest::reqwest::Method;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Numbers {
    ///     data: Vec<serde_json::Value>,
    /// }
    ///
    /// let numbers = client.request(Method::GET, "/phone_numbers").query("page_size", 50).send::<Numbers>().await?;
    /// println!("{} numbers", numbers.data.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> RequestBuilder {
        RequestBuilder { caller: self.into(), method, path: path.into(), body: None }
    }
}

/// A request to any operation of the API, from [`Client::request`].
///
/// Errors name it `request`. Neither they nor `Debug` show its path, its query, its headers or its body.
#[derive(Clone)]
#[must_use = "nothing is sent without `send`"]
pub struct RequestBuilder {
    caller: Caller,
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
}

impl RequestBuilder {
    /// Adds a parameter to the query. Name and value are percent-encoded; a name can be added several times.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.caller.query(name, &value);
        self
    }

    /// Adds a header. `send` returns an error if it is invalid, or one that the client sets itself: see
    /// [`Operation::with_header`](crate::Operation::with_header).
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.caller.header(name, &value);
        self
    }

    /// Sets the body, as JSON. `send` returns an error if it cannot be serialized.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body = Some(body),
            // The error may quote a value.
            Err(_) => self.caller.reject("the body cannot be serialized"),
        }
        self
    }

    /// Sends the request, and reads the JSON of a success as `T`. An empty body is read as `null`, which `()` and an `Option` accept.
    ///
    /// # Errors
    /// Returns an error if the request is invalid, if no response arrives, if its status is not 2xx, or if its body is not a `T`.
    pub fn send<T>(self) -> impl Future<Output = Result<Response<T>, Error>> + Send + use<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let accept = HeaderValue::from_static("application/json");
        send_built(self.build(accept), ENDPOINT, responses(json))
    }

    /// Sends the request, and returns the body of a success as received.
    ///
    /// # Errors
    /// Returns an error if the request is invalid, if no response arrives, or if its status is not 2xx.
    pub fn send_raw(self) -> impl Future<Output = Result<Response<Bytes>, Error>> + Send + use<> {
        send_built(self.build(HeaderValue::from_static("*/*")), ENDPOINT, responses(bytes))
    }

    fn build(self, accept: HeaderValue) -> Result<(Caller, Request), Error> {
        let Self { caller, method, path, body } = self;
        if method == Method::CONNECT {
            return Err(Error::invalid_request("the method is CONNECT"));
        }
        let url = url(caller.base_url(), &path).map_err(Error::invalid_request)?;
        let mut request = Request::new(method, url);
        request.headers_mut().insert(ACCEPT, accept);
        if let Some(body) = body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.into());
        }
        Ok((caller, request))
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder").field("client", &self.caller).finish_non_exhaustive()
    }
}

/// Reads a success with `success_body`. The document has no types for the others.
fn responses<T>(success_body: fn(u16, &str, &Bytes) -> serde_json::Result<T>) -> Responses<T> {
    Responses { is_success: |_| false, success_body, error_body: |_, _, _| Ok(None) }
}

/// Appends a path to the base URL.
///
/// # Errors
/// Returns an error if the path could lead elsewhere: URL parsers resolve `..`, encoded or not, take `\\` for `/`, and drop tabs and line
/// breaks; a server may decode the path before it resolves `..`, and a proxy before that.
fn url(base_url: &str, path: &str) -> Result<Url, &'static str> {
    if !path.starts_with('/') {
        return Err("the path does not begin with `/`");
    }
    if path.contains(['?', '#', '\\']) || path.contains(char::is_control) {
        return Err("the path has a `?`, `#`, `\\` or control character; `query` adds parameters");
    }
    let once = percent_decode_str(path).decode_utf8_lossy();
    let twice = percent_decode_str(&once).decode_utf8_lossy();
    for path in [path, &once, &twice] {
        if path.starts_with("//") {
            return Err("the path begins with `//`");
        }
        if path.split(['/', '\\']).any(|segment| segment == "." || segment == "..") {
            return Err("the path has a segment `.` or `..`");
        }
    }
    Url::parse(&format!("{base_url}{path}")).map_err(|_| "the path is not that of a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://acme.signalwire.com/api/relay/rest";

    #[test]
    fn a_path_is_appended_to_the_base_url() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/a//b", "/a//b"),
            ("/a b/é", "/a%20b/%C3%A9"),
            ("/a%2Fb/%3F%23", "/a%2Fb/%3F%23"),
            ("/.../..a/@evil.example:80", "/.../..a/@evil.example:80"),
        ] {
            assert_eq!(url(BASE, path).expect(path).as_str(), format!("{BASE}{expected}"));
        }
    }

    #[test]
    fn a_path_cannot_leave_the_base_url() {
        for path in [
            "",
            "a",
            "@evil.example",
            ".evil.example/",
            "https://evil.example/",
            "//evil.example",
            "/%2Fevil.example",
            "/%252Fevil.example",
            "/..",
            "/a/../b",
            "/a/.",
            "/./a",
            "/%2e%2E/a",
            "/.%2e",
            "/%252e%252e/a",
            "/a%2F..%2Fb",
            "/a%5C..",
            "/a\\..\\b",
            "\\a",
            "/a?b=c",
            "/a#b",
            "/a\n",
            "/.\t./a",
            "/a\0",
            "/\u{85}",
        ] {
            assert!(url(BASE, path).is_err(), "{path:?}");
        }
    }
}
