//! A mock: which requests it is for, what it replies, and what it has received.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::lock;
use super::received::{Received, pairs};
use super::reply::Reply;
use super::route::Route;
use crate::encode::encode_path;
use crate::encode::form;

/// What all mocks can, whatever their operation. A clone is the same mock.
#[derive(Clone)]
pub struct Mock {
    operation: &'static str,
    route: Arc<Route>,
    /// The parameters in the path whose values are expected, encoded.
    in_path: Arc<Mutex<Vec<(&'static str, String)>>>,
    /// Apart from the rest, which a condition may ask for.
    conditions: Arc<Mutex<Vec<Condition>>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Those not given yet; the last one stays.
    replies: VecDeque<Reply>,
    received: Vec<Received>,
}

type Condition = Box<dyn Fn(&Received) -> bool + Send>;

impl Mock {
    pub(super) fn new(operation: &'static str, method: Method, path: &'static str) -> Self {
        let route = Arc::new(Route::new(method, path));
        Self { operation, route, in_path: Arc::default(), conditions: Arc::default(), state: Arc::default() }
    }

    /// How many requests it has answered.
    pub fn calls(&self) -> usize {
        self.state().received.len()
    }

    /// Asserts that it has answered that many requests.
    ///
    /// # Panics
    /// It has answered fewer or more.
    #[track_caller]
    pub fn assert_calls(&self, expected: usize) {
        let calls = self.calls();
        assert!(calls == expected, "`{}` was called {calls} times, and not {expected}", self.operation);
    }

    /// How many parameters its path has, if it is for this request.
    pub(super) fn fits(&self, request: &Received) -> Option<usize> {
        let fits = self.route.fits(request, &lock(&self.in_path))
            && lock(&self.conditions).iter().all(|holds| holds(request));
        fits.then(|| self.route.parameters())
    }

    /// Keeps a request that it is for, and returns the reply; `None` where none was set.
    pub(super) fn ask(&self, request: Received) -> Option<Reply> {
        let mut state = self.state();
        state.received.push(request);
        if state.replies.len() > 1 { state.replies.pop_front() } else { state.replies.front().cloned() }
    }

    /// Adds a reply. Generated code calls it, and everything below.
    pub(super) fn respond(&self, reply: Reply) {
        self.state().replies.push_back(reply);
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with parameters in their paths need it")]
    pub(super) fn expect_in_path(&self, name: &'static str, value: &str) {
        let value =
            encode_path(value).unwrap_or_else(|_| panic!("`{name}` cannot be sent: it is another path"));
        lock(&self.in_path).push((name, value));
    }

    /// Expects the pairs that the client makes of a parameter, and no others of that name.
    #[allow(dead_code, reason = "only operations with parameters in their queries need it")]
    pub(super) fn expect_in_query(&self, name: &'static str, parameter: &impl Serialize) {
        let built = written(|request| request.query(parameter));
        let expected = pairs(built.url().query().unwrap_or_default());
        self.expect(move |request| {
            request.query.iter().filter(|(found, _)| found == name).eq(expected.iter())
        });
    }

    #[allow(dead_code, reason = "only operations with headers of their own need it")]
    pub(super) fn expect_header(&self, name: &'static str, value: &str) {
        // White space around it is no part of a value (RFC 9110 §5.5): servers do not see it.
        let value = value.trim_matches([' ', '\t']).to_owned();
        self.expect(move |request| request.headers.get(name).is_some_and(|found| *found == *value));
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_json(&self, body: &impl Serialize) {
        // Written and read, as it comes here: `to_value` makes another number of an `f32`.
        let expected: Value = serde_json::to_vec(body)
            .and_then(|body| serde_json::from_slice(&body))
            .unwrap_or_else(|error| panic!("`body` cannot be sent: {error}"));
        self.expect(move |request| {
            serde_json::from_slice::<Value>(&request.body).is_ok_and(|found| found == expected)
        });
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_form(&self, body: &impl Serialize) {
        let pairs = form(body).unwrap_or_else(|error| panic!("`body` cannot be sent: {error}"));
        let built = written(|request| request.form(&pairs));
        let expected = built.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        self.expect_bytes(Bytes::copy_from_slice(expected));
    }

    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_bytes(&self, expected: Bytes) {
        self.expect(move |request| request.body == expected);
    }

    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_body_that<T: DeserializeOwned>(&self, is_so: impl Fn(&T) -> bool + Send + 'static) {
        self.expect(move |request| serde_json::from_slice(&request.body).is_ok_and(|body| is_so(&body)));
    }

    /// The bodies in the type of the document; it can read what it has written.
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn received<T: DeserializeOwned>(&self) -> Vec<T> {
        self.received_bytes().iter().filter_map(|body| serde_json::from_slice(body).ok()).collect()
    }

    pub(super) fn received_bytes(&self) -> Vec<Bytes> {
        self.state().received.iter().map(|request| request.body.clone()).collect()
    }

    fn expect(&self, holds: impl Fn(&Received) -> bool + Send + 'static) {
        lock(&self.conditions).push(Box::new(holds));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// A request as the client's own HTTP client writes it.
#[track_caller]
fn written(write: impl FnOnce(RequestBuilder) -> RequestBuilder) -> reqwest::Request {
    crate::tls::choose_cryptography();
    let request = reqwest::Client::new().post("http://127.0.0.1/");
    write(request).build().unwrap_or_else(|error| panic!("it cannot be sent: {error}"))
}

/// Without the requests, which hold numbers and codes.
impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("operation", &self.operation)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use progenitor_client::QueryParam;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    fn mock() -> Mock {
        Mock::new("an-operation", Method::GET, "/a/{id}")
    }

    fn received(path: &str, query: &str, headers: &[(&'static str, &'static str)], body: &str) -> Received {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Received {
            method: Method::GET,
            path: path.to_owned(),
            query: pairs(query),
            headers: headers.iter().map(header).collect::<HeaderMap>(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn a_parameter_in_the_query_is_compared_as_the_client_writes_it() {
        let mock = mock();
        mock.expect_in_query("name", &QueryParam::new("name", &"a b&c=é"));
        mock.expect_in_query("ids", &QueryParam::new("ids", &vec![1, 2]));
        for (query, expected) in [
            ("ids=1&name=a+b%26c%3D%C3%A9&ids=2&other=1", true),
            ("ids=2&name=a+b%26c%3D%C3%A9&ids=1", false),
            ("ids=1&name=a+b%26c%3D%C3%A9", false),
            ("ids=1&ids=2&name=a&name=a+b%26c%3D%C3%A9", false),
            ("", false),
        ] {
            assert_eq!(mock.fits(&received("/a/1", query, &[], "")).is_some(), expected, "{query}");
        }
    }

    #[test]
    fn a_parameter_in_the_path_is_compared_encoded() {
        let mock = mock();
        mock.expect_in_path("id", "+1/é");
        assert!(mock.fits(&received("/a/%2B1%2F%C3%A9", "", &[], "")).is_some());
        assert!(mock.fits(&received("/a/+1", "", &[], "")).is_none());
    }

    #[test]
    fn a_header_is_compared_as_it_is() {
        let mock = mock();
        mock.expect_header("X-Reason", " why\t");
        assert!(mock.fits(&received("/a/1", "", &[("x-reason", "why")], "")).is_some());
        assert!(mock.fits(&received("/a/1", "", &[("x-reason", "not")], "")).is_none());
        assert!(mock.fits(&received("/a/1", "", &[], "")).is_none());
    }

    #[test]
    fn bodies_are_compared_as_the_client_writes_them() {
        let (form, raw, json) = (mock(), mock(), mock());
        json.expect_json(&[0.1_f32]);
        assert!(json.fits(&received("/a/1", "", &[], "[0.1]")).is_some());
        assert!(json.fits(&received("/a/1", "", &[], "[0.2]")).is_none());
        form.expect_form(&json!({ "a": "b c", "d": [1, 2] }));
        raw.expect_bytes(Bytes::from_static(b"raw"));
        assert!(form.fits(&received("/a/1", "", &[], "a=b+c&d=1&d=2")).is_some());
        assert!(form.fits(&received("/a/1", "", &[], "a=b+c")).is_none());
        assert!(raw.fits(&received("/a/1", "", &[], "raw")).is_some());
        assert!(raw.fits(&received("/a/1", "", &[], "")).is_none());
    }
}
