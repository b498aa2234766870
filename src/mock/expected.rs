//! A mock: which requests it is for, what it replies, and what it has received.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use reqwest::header::COOKIE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::difference::{as_value, line, of_bytes, of_form, of_json, shown, values};
use super::lock;
use super::received::{Received, Unexpected, listed, pairs};
use super::reply::Reply;
use super::route::Route;
use crate::encode::{Style, encode_path, form, in_header, in_path};
use crate::setter::ConversionError;

/// A mock of an operation: counts the requests that it received. Clones share their state.
#[derive(Clone)]
pub struct Mock {
    operation: &'static str,
    route: Arc<Route>,
    /// The parameters in the path whose values are expected, encoded.
    in_path: Arc<Mutex<Vec<(&'static str, String)>>>,
    /// Not in `state`, which a condition may read: that would deadlock.
    conditions: Arc<Mutex<Vec<Condition>>>,
    state: Arc<Mutex<State>>,
    /// The unexpected requests of the server.
    unexpected: Arc<Mutex<Unexpected>>,
}

#[derive(Default)]
struct State {
    /// The replies that are left; the last one stays.
    replies: VecDeque<Reply>,
    received: Vec<Received>,
}

/// Returns the differences of a request from the expected one.
type Condition = Box<dyn Fn(&Received) -> Vec<String> + Send>;

impl Mock {
    pub(super) fn new(
        operation: &'static str,
        method: &'static str,
        path: &'static str,
        unexpected: Arc<Mutex<Unexpected>>,
    ) -> Self {
        Self {
            operation,
            route: Arc::new(Route::new(method, path)),
            in_path: Arc::default(),
            conditions: Arc::default(),
            state: Arc::default(),
            unexpected,
        }
    }

    pub(super) fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns how many requests it has received.
    pub fn calls(&self) -> usize {
        self.state().received.len()
    }

    /// Asserts that it has received that many requests.
    ///
    /// # Panics
    /// Panics if it has received fewer or more. The message lists the requests that no mock of the server matched, and why.
    #[track_caller]
    pub fn assert_calls(&self, expected: usize) {
        let calls = self.calls();
        if calls == expected {
            return;
        }
        let mut message = format!("{}: expected calls: {expected}, received: {calls}", self.operation);
        let unexpected = lock(&self.unexpected).report();
        if !unexpected.is_empty() {
            message = format!("{message}\n{}", listed(&unexpected));
        }
        panic!("{message}");
    }

    /// Returns how many parameters its path has.
    pub(super) fn parameters(&self) -> usize {
        self.route.parameters()
    }

    /// Returns how a request differs from what it expects; `None` if it is a request of another operation.
    pub(super) fn differences(&self, request: &Received) -> Option<Vec<String>> {
        let mut differ = self.route.differences(request, &lock(&self.in_path))?;
        differ.extend(lock(&self.conditions).iter().flat_map(|differences| differences(request)));
        Some(differ)
    }

    /// Keeps a request that it matches, and returns the reply; `None` if none was set.
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
        let value = encode_path(value)
            .unwrap_or_else(|_| panic!("`{name}` cannot be sent: `.` and `..` change the path"));
        lock(&self.in_path).push((name, value));
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such parameters need it")]
    pub(super) fn expect_styled_in_path(
        &self,
        style: Style,
        explode: bool,
        name: &'static str,
        value: &impl Serialize,
    ) {
        self.expect_written_in_path(name, in_path(style, explode, name, value));
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such parameters need it")]
    pub(super) fn expect_written_in_path(
        &self,
        name: &'static str,
        written: Result<String, ConversionError>,
    ) {
        let value = written.unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}"));
        lock(&self.in_path).push((name, value));
    }

    /// Expects what the client writes for the parameter that is the whole query, and nothing else.
    #[track_caller]
    #[allow(dead_code, reason = "only operations with such a parameter need it")]
    pub(super) fn expect_query(&self, name: &'static str, written: Result<String, ConversionError>) {
        let expected = pairs(&written.unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}")));
        self.expect(move |request| {
            let names = request.query.iter().chain(&expected).map(|(name, _)| name.as_str());
            let differences = names.collect::<BTreeSet<_>>().into_iter().flat_map(|name| {
                let label = format!("query parameter {name}");
                of_json(&label, values(&request.query, name).as_ref(), values(&expected, name).as_ref())
            });
            differences.collect()
        });
    }

    /// Expects the pairs that the client writes for a parameter, and no others of their names.
    #[track_caller]
    #[allow(dead_code, reason = "only operations with parameters in their queries need it")]
    pub(super) fn expect_in_query(&self, name: &'static str, written: Result<String, ConversionError>) {
        let expected = pairs(&written.unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}")));
        self.expect(move |request| {
            let differences = expected.iter().flat_map(|(name, _)| {
                let label = format!("query parameter {name}");
                of_json(&label, values(&request.query, name).as_ref(), values(&expected, name).as_ref())
            });
            differences.collect()
        });
    }

    /// Expects the cookies that the client writes for a parameter, and no others of their names.
    #[track_caller]
    #[allow(dead_code, reason = "only operations with cookies need it")]
    pub(super) fn expect_in_cookies(&self, name: &'static str, written: Result<String, ConversionError>) {
        let written = written.unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}"));
        let expected = pairs(&written.replace("; ", "&"));
        self.expect(move |request| {
            let cookies =
                request.headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let cookies = pairs(&cookies.replace("; ", "&"));
            let differences = expected.iter().flat_map(|(name, _)| {
                let label = format!("cookie {name}");
                of_json(&label, values(&cookies, name).as_ref(), values(&expected, name).as_ref())
            });
            differences.collect()
        });
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such parameters need it")]
    pub(super) fn expect_styled_header(
        &self,
        style: Style,
        explode: bool,
        name: &'static str,
        value: &impl Serialize,
    ) {
        let value = in_header(style, explode, value);
        match value.unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}")) {
            Some(value) => self.expect_header(name, &value),
            None => self.expect(move |request| {
                let found = request.headers.get(name);
                let found = found.map(|found| json!(String::from_utf8_lossy(found.as_bytes())));
                found.iter().map(|found| line(&format!("header {name}"), Some(found), None)).collect()
            }),
        }
    }

    #[allow(dead_code, reason = "only operations with headers of their own need it")]
    pub(super) fn expect_header(&self, name: &'static str, value: &str) {
        // White space around a value is not part of it (RFC 9110 §5.5): servers do not see it.
        let value = value.trim_matches([' ', '\t']).to_owned();
        self.expect(move |request| match request.headers.get(name) {
            Some(found) if *found == *value => Vec::new(),
            found => {
                let found = found.map(|found| json!(String::from_utf8_lossy(found.as_bytes())));
                vec![line(&format!("header {name}"), found.as_ref(), Some(&json!(value)))]
            }
        });
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_json(&self, body: &impl Serialize) {
        // Serialized and parsed like the request: `to_value` turns an `f32` into a different number.
        let expected: Value = serde_json::to_vec(body)
            .and_then(|body| serde_json::from_slice(&body))
            .unwrap_or_else(|error| panic!("`body` cannot be sent: {error}"));
        self.expect(move |request| match serde_json::from_slice::<Value>(&request.body) {
            Ok(found) => of_json("body", Some(&found), Some(&expected)),
            Err(_) => vec![line("body", Some(&as_value(&request.body)), Some(&expected))],
        });
    }

    #[track_caller]
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_form(&self, body: &impl Serialize, styles: &[(&str, Style, bool)]) {
        let expected = form(body, styles).unwrap_or_else(|error| panic!("`body` cannot be sent: {error}"));
        let expected = Bytes::from(expected);
        self.expect(move |request| of_form(&request.body, &expected));
    }

    /// Expects the values that the client writes one after another.
    #[cfg(feature = "streams")]
    #[track_caller]
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_lines(&self, body: &impl Serialize, framing: crate::frames::Framing) {
        // Serialized and parsed like the request, as in `expect_json`.
        let expected = crate::lines::lines(body, framing)
            .ok()
            .and_then(|body| super::lines::values(&body, framing))
            .unwrap_or_else(|| panic!("`body` cannot be sent"));
        self.expect(move |request| super::lines::differences(&request.body, &expected, framing));
    }

    /// Expects the parts that the client writes for a body. A file on disk is read now.
    #[cfg(feature = "multipart")]
    #[track_caller]
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_multipart(&self, body: &impl Serialize, table: &[crate::multipart::Part]) {
        use super::parts::{Part, differences};

        let parts = crate::multipart::parts(body, table).map_err(|error| error.to_string());
        let expected = parts.and_then(|parts| parts.iter().map(Part::sent).collect::<Result<Vec<_>, _>>());
        let expected = expected.unwrap_or_else(|error| panic!("`body` cannot be expected: {error}"));
        self.expect(move |request| differences(request, &expected));
    }

    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_bytes(&self, expected: Bytes) {
        self.expect(move |request| of_bytes(&request.body, &expected));
    }

    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn expect_body_that<T: DeserializeOwned>(&self, is_so: impl Fn(&T) -> bool + Send + 'static) {
        self.expect(move |request| {
            let reason = match serde_json::from_slice(&request.body) {
                Ok(body) if is_so(&body) => return Vec::new(),
                Ok(_) => "does not meet the condition of with_body_that".to_owned(),
                Err(error) => format!("is not as documented ({error})"),
            };
            vec![format!("body {reason}: {}", shown(&as_value(&request.body)))]
        });
    }

    /// Returns the bodies that were received. All can be deserialized, because the same type serialized them.
    #[allow(dead_code, reason = "only operations with such bodies need it")]
    pub(super) fn received<T: DeserializeOwned>(&self) -> Vec<T> {
        self.received_bytes().iter().filter_map(|body| serde_json::from_slice(body).ok()).collect()
    }

    pub(super) fn received_bytes(&self) -> Vec<Bytes> {
        self.state().received.iter().map(|request| request.body.clone()).collect()
    }

    fn expect(&self, differences: impl Fn(&Received) -> Vec<String> + Send + 'static) {
        lock(&self.conditions).push(Box::new(differences));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Does not show the requests, which contain numbers and codes.
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
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;
    use crate::encode::{in_cookie, in_query};

    fn mock() -> Mock {
        Mock::new("an_operation", "GET", "/a/{id}", Arc::default())
    }

    fn matches(mock: &Mock, request: &Received) -> bool {
        mock.differences(request).is_some_and(|differ| differ.is_empty())
    }

    fn received(path: &str, query: &str, headers: &[(&'static str, &'static str)], body: &str) -> Received {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Received {
            method: reqwest::Method::GET,
            path: path.to_owned(),
            query: pairs(query),
            headers: headers.iter().map(header).collect::<HeaderMap>(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn a_parameter_in_the_query_is_compared_as_the_client_writes_it() {
        let mock = mock();
        mock.expect_in_query("name", in_query(Style::Form, true, "name", &"a b&c=é"));
        mock.expect_in_query("ids", in_query(Style::Form, true, "ids", &[1, 2]));
        for (query, expected) in [
            ("ids=1&name=a+b%26c%3D%C3%A9&ids=2&other=1", true),
            ("ids=2&name=a+b%26c%3D%C3%A9&ids=1", false),
            ("ids=1&name=a+b%26c%3D%C3%A9", false),
            ("ids=1&ids=2&name=a&name=a+b%26c%3D%C3%A9", false),
            ("", false),
        ] {
            assert_eq!(matches(&mock, &received("/a/1", query, &[], "")), expected, "{query}");
        }
    }

    #[test]
    fn a_parameter_in_the_path_is_compared_encoded() {
        let mock = mock();
        mock.expect_in_path("id", "+1/é");
        assert!(matches(&mock, &received("/a/%2B1%2F%C3%A9", "", &[], "")));
        assert!(!matches(&mock, &received("/a/+1", "", &[], "")));
    }

    #[test]
    fn a_header_is_compared_as_it_is() {
        let mock = mock();
        mock.expect_header("X-Reason", " why\t");
        assert!(matches(&mock, &received("/a/1", "", &[("x-reason", "why")], "")));
        assert!(!matches(&mock, &received("/a/1", "", &[("x-reason", "not")], "")));
        assert!(!matches(&mock, &received("/a/1", "", &[], "")));
    }

    #[test]
    fn parameters_with_a_style_are_compared_as_the_client_writes_them() {
        let mock = mock();
        mock.expect_styled_in_path(Style::Label, false, "id", &["a", "b,c"]);
        let filter = json!({ "state": "open", "tags": [1, 2] });
        mock.expect_in_query("filter", in_query(Style::DeepObject, true, "filter", &filter));
        mock.expect_styled_header(Style::Simple, false, "X-Ids", &[1, 2]);
        let (path, query, header) =
            ("/a/.a,b%2Cc", "filter[state]=open&filter[tags][]=1&filter[tags][]=2", [("x-ids", "1,2")]);
        assert!(matches(&mock, &received(path, query, &header, "")));
        assert!(!matches(&mock, &received("/a/.a,b", query, &header, "")));
        assert!(!matches(&mock, &received(path, "filter[state]=open&filter[tags][]=1", &header, "")));
        assert!(!matches(&mock, &received(path, query, &[("x-ids", "1")], "")));
    }

    #[test]
    fn cookies_are_compared_as_the_client_writes_them() {
        let mock = mock();
        mock.expect_in_cookies("ids", in_cookie(Style::Form, true, "ids", &["a;", "b"]));
        let is_matched = |cookies| matches(&mock, &received("/a/1", "", &[("cookie", cookies)], ""));
        assert!(is_matched("other=1; ids=a%3B; ids=b"));
        assert!(!is_matched("ids=a%3B"));
        assert!(!matches(&mock, &received("/a/1", "", &[], "")));
    }

    #[test]
    fn bodies_are_compared_as_the_client_writes_them() {
        let (form, raw, json) = (mock(), mock(), mock());
        json.expect_json(&[0.1_f32]);
        assert!(matches(&json, &received("/a/1", "", &[], "[0.1]")));
        assert!(!matches(&json, &received("/a/1", "", &[], "[0.2]")));
        form.expect_form(&json!({ "a": "b c", "d": [1, 2] }), &[]);
        raw.expect_bytes(Bytes::from_static(b"raw"));
        assert!(matches(&form, &received("/a/1", "", &[], "a=b+c&d=1&d=2")));
        assert!(!matches(&form, &received("/a/1", "", &[], "a=b+c")));
        assert!(matches(&raw, &received("/a/1", "", &[], "raw")));
        assert!(!matches(&raw, &received("/a/1", "", &[], "")));
    }
}
