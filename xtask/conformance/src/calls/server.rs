//! A local server that compares each request with the expected one, and sends the response of that call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, Response, header, request};
use percent_encoding::percent_decode_str;
use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::{Form, Framing, essence};
use serde_json::{Map, Value, json};

use super::operation::Argument;
use super::parts::{self, Part};
use super::wire::encoded;
use crate::validate::difference;

/// The request that a call must send, and the response to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub(super) method: String,
    pub(super) template: String,
    pub(super) arguments: Vec<Argument>,
    /// The credentials that the client has, by the names of their schemes.
    pub(super) given: Map<String, Value>,
    /// What the request has of them.
    pub(super) credentials: Vec<Argument>,
    pub(super) body: Option<(String, Value)>,
    /// Whether the operation has a body, which may be left out.
    pub(super) takes_body: bool,
    /// The pairs of the body, if it is a form.
    pub(super) form: Vec<(String, String)>,
    /// The parts of the body, if it is a multipart form.
    pub(super) parts: Option<Vec<Part>>,
    /// The value to set for the body, where that of a file is not just its content.
    pub(super) files: Option<Value>,
    pub(super) status: u16,
    pub(super) response: Option<(String, Value)>,
    /// The location of the response's schema.
    pub(super) schema: Option<Pointer>,
    /// Whether the call is of a client of another document, so that its body is judged by that of this one, and the response is
    /// sent whatever the request accepts (RFC 9110 §12.4.1).
    pub(super) is_replayed: bool,
}

impl Expected {
    /// The arguments and credentials in a part of the request. A credential replaces an argument at its place.
    fn at<'a>(&'a self, location: &'a str) -> impl Iterator<Item = &'a Argument> {
        let is_there = move |argument: &&Argument| argument.location == location;
        let is_replaced = |argument: &&Argument| {
            let mut credentials = self.credentials.iter().filter(|one| one.location == argument.location);
            credentials.any(|one| {
                one.name == argument.name
                    || one.location == "header" && one.name.eq_ignore_ascii_case(&argument.name)
            })
        };
        let arguments = self.arguments.iter().filter(move |argument| !is_replaced(argument));
        arguments.chain(&self.credentials).filter(is_there)
    }
}

/// A server for calls that are numbered by the first segment of their path.
#[derive(Clone)]
pub(super) struct Server(Arc<Shared>);

struct Shared {
    expected: Vec<Expected>,
    /// The faults of each call that arrived.
    seen: Mutex<BTreeMap<usize, Vec<String>>>,
    /// Each call that arrived, as [`recorded`].
    requests: Mutex<BTreeMap<usize, Value>>,
}

impl Server {
    pub(super) fn new(expected: Vec<Expected>) -> Self {
        Self(Arc::new(Shared { expected, seen: Mutex::default(), requests: Mutex::default() }))
    }

    /// Serves on a free loopback port for as long as `runtime` lives. Returns the origin to call.
    pub(super) fn start(&self, runtime: &tokio::runtime::Runtime) -> std::io::Result<String> {
        serve(runtime, Router::new().fallback(handle).with_state(self.clone()))
    }

    /// The requests of the calls that arrived: method, path, query, headers, and `body` if it is JSON.
    pub(super) fn requests(&self) -> BTreeMap<usize, Value> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The faults of each call that arrived.
    pub(super) fn seen(&self) -> BTreeMap<usize, Vec<String>> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves on a free loopback port for as long as `runtime` lives. Returns the origin to call.
pub(super) fn serve(runtime: &tokio::runtime::Runtime, router: Router) -> std::io::Result<String> {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let origin = format!("http://{}", listener.local_addr()?);
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(origin)
}

async fn handle(State(server): State<Server>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 16 << 20).await.unwrap_or_default();
    let path = parts.uri.path().trim_start_matches('/').to_owned();
    let (number, path) = path.split_once('/').unwrap_or((&path, ""));
    let Some((number, expected)) =
        number.parse().ok().and_then(|number: usize| Some((number, server.0.expected.get(number)?)))
    else {
        return Response::builder().status(404).body(Body::empty()).unwrap_or_default();
    };
    let mut faults = faults(expected, &parts, &format!("/{path}"), &body);
    if let (Some(form), Some((media_type, _)), false) =
        (&expected.parts, &expected.body, expected.is_replayed)
    {
        let sent = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        faults.extend(parts::fault(media_type, form, sent.unwrap_or_default(), body.clone()).await);
    }
    server.0.seen.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default().extend(faults);
    let request = recorded(&parts, &format!("/{path}"), &body);
    server.0.requests.lock().unwrap_or_else(PoisonError::into_inner).insert(number, request);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = expected.status.try_into().unwrap_or_default();
    if let Some((media_type, value)) = &expected.response {
        let is_text = Form::of(media_type) != Form::Json;
        let text = value.as_str().filter(|_| is_text).map_or_else(|| value.to_string(), str::to_owned);
        *response.body_mut() = Body::from(text);
        if let Ok(media_type) = HeaderValue::from_str(media_type) {
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        }
    }
    response
}

/// A request as JSON.
fn recorded(parts: &request::Parts, path: &str, body: &Bytes) -> Value {
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned().into())
    });
    let mut request = json!({
        "method": parts.method.as_str(),
        "path": path,
        "query": parts.uri.query().unwrap_or_default(),
        "headers": headers.collect::<Map<String, Value>>(),
    });
    if let Ok(body) = serde_json::from_slice(body) {
        request["body"] = body;
    }
    request
}

/// The headers that a request has of a body, of what it accepts, and of the connection.
const HEADERS: &[&str] = &["accept", "content-length", "content-type", "host"];

/// The differences between a request and the expected one.
pub(super) fn faults(expected: &Expected, parts: &request::Parts, path: &str, body: &Bytes) -> Vec<String> {
    let mut faults = Vec::new();
    if parts.method != expected.method.as_str() {
        faults.push(format!("{} instead of {}", parts.method, expected.method));
    }
    let at = |location| expected.at(location);
    let of = |location| at(location).flat_map(texts);
    let in_path: BTreeMap<String, String> = of("path").collect();
    let template = expected.template.split('#').next().unwrap_or_default();
    let (template, in_template) = template.split_once('?').unwrap_or((template, ""));
    let expected_value = filled(template, &in_path);
    if normalized(path) != normalized(&expected_value) {
        faults.push(format!("the path {path} instead of {expected_value}"));
    }
    let mut query = parts.uri.query().unwrap_or_default();
    let mut whole = expected.arguments.iter().filter(|argument| argument.location == "querystring");
    if let Some(argument) = whole.next() {
        faults.extend(whole_query_fault(argument, query));
        query = "";
    }
    let split = |query: &str| -> Vec<String> {
        query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect()
    };
    let mut found: Vec<(usize, String)> = split(query).into_iter().enumerate().collect();
    let pairs = |argument: &Argument| -> Vec<String> {
        argument.pairs.iter().map(|(name, text)| format!("{name}={text}")).collect()
    };
    for pairs in at("query").map(pairs).chain([split(in_template)]) {
        let mut last = None;
        for pair in pairs {
            match found.iter().position(|(_, other)| is_same_pair(other, &pair)) {
                Some(index) => {
                    let (place, _) = found.remove(index);
                    if last.is_some_and(|last| last > place) {
                        faults.push(format!("`{pair}` is not in its order in the query `{query}`"));
                    }
                    last = Some(place);
                }
                None => faults.push(format!("no `{pair}` in the query `{query}`")),
            }
        }
    }
    faults.extend(found.into_iter().map(|(_, pair)| format!("`{pair}` in the query was not set")));
    let mut undeclared: Vec<&str> = parts.headers.keys().map(HeaderName::as_str).collect();
    undeclared.retain(|name| !HEADERS.contains(name));
    for (name, text) in of("header") {
        undeclared.retain(|other| !other.eq_ignore_ascii_case(&name));
        let found = parts.headers.get(&name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        // White space around a header's value is not part of it (RFC 9110 §5.5).
        if !found.is_some_and(|found| is_same(found.trim(), text.trim())) {
            faults.push(format!("the header {name} is {found:?} instead of {text:?}"));
        }
    }
    let cookies: Vec<String> = of("cookie").map(|(name, text)| format!("{name}={text}")).collect();
    undeclared.retain(|name| *name != header::COOKIE);
    faults.extend(cookies_fault(parts, cookies));
    faults.extend(undeclared.into_iter().map(|name| format!("the header {name} was not set")));
    if !expected.is_replayed {
        if expected.parts.is_none() {
            faults.extend(body_fault(expected, parts, body));
        }
        faults.extend(accept_fault(expected, parts));
    }
    faults
}

/// The query is the value of one parameter: a form, or a text.
fn whole_query_fault(argument: &Argument, query: &str) -> Option<String> {
    if let [(name, text)] = argument.pairs.as_slice()
        && name.is_empty()
    {
        let found = percent_decode_str(query).decode_utf8_lossy();
        // The parser of URLs leaves it as it is, and a text may have anything.
        let is_encoded = query.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"#<>&+=".contains(&byte));
        return (!is_encoded || !is_same(&found, text))
            .then(|| format!("the query `{query}` instead of `{text}`"));
    }
    form_fault(query.as_bytes(), &argument.pairs, "query")
}

/// The pairs of a form are the expected ones, in any order.
fn form_fault(form: &[u8], expected: &[(String, String)], what: &str) -> Option<String> {
    let mut found: Vec<(String, String)> = url::form_urlencoded::parse(form).into_owned().collect();
    for (name, text) in expected {
        match found.iter().position(|(other, value)| other == name && is_same(value, text)) {
            Some(index) => _ = found.remove(index),
            None => return Some(format!("no `{name}={text}` in the {what}")),
        }
    }
    found.first().map(|(name, text)| format!("`{name}={text}` in the {what} was not set"))
}

/// The cookies are the expected ones, in one header (RFC 6265 §5.4). Those of a path and of an operation may come in any order.
fn cookies_fault(parts: &request::Parts, mut expected: Vec<String>) -> Option<String> {
    let headers: Vec<_> = parts.headers.get_all(header::COOKIE).into_iter().collect();
    let text = headers.first().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut found: Vec<&str> = text.split("; ").filter(|pair| !pair.is_empty()).collect();
    found.sort_unstable();
    expected.sort_unstable();
    let is_same = found.len() == expected.len()
        && found.iter().zip(&expected).all(|(found, expected)| is_same_pair(found, expected));
    (headers.len() > 1 || !is_same)
        .then(|| format!("the cookies `{text}` instead of `{}`", expected.join("; ")))
}

/// The names and values of an argument on the wire.
fn texts(argument: &Argument) -> impl Iterator<Item = (String, String)> + '_ {
    argument.pairs.iter().cloned()
}

fn body_fault(expected: &Expected, parts: &request::Parts, body: &Bytes) -> Option<String> {
    let Some((media_type, value)) = &expected.body else {
        return (!body.is_empty()).then(|| format!("a body of {} bytes", body.len()));
    };
    let sent =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (sent, expected_value) = (essence(sent), essence(media_type));
    let is_in_range = match expected_value.strip_suffix('*') {
        Some("*/") => true,
        Some(range) => sent.starts_with(range),
        None => false,
    };
    if sent != expected_value && !is_in_range {
        return Some(format!("the content type {sent:?} instead of {expected_value:?}"));
    }
    // A range such as `*/*` is not JSON; what was sent for it may be.
    if Form::of(if is_in_range { &sent } else { &expected_value }) == Form::Json {
        let Ok(found) = serde_json::from_slice(body) else {
            return Some("a body that is not JSON".to_owned());
        };
        return difference(value, &found).map(|at| format!("a body that differs at {at}: {found}"));
    }
    if Form::of(&expected_value) == Form::UrlEncoded {
        return form_fault(body, &expected.form, "form");
    }
    if let (Some(framing), Value::Array(_)) = (Framing::of(&expected_value), value) {
        return match lines(body, framing) {
            Some(found) => {
                difference(value, &found).map(|at| format!("a body that differs at {at}: {found}"))
            }
            None => Some(format!("a body that is not one of `{expected_value}`")),
        };
    }
    (body != value.as_str().unwrap_or_default().as_bytes()).then(|| "the body differs".to_owned())
}

/// The values of a body: a JSON text on each line, or a record separator before each (RFC 7464 §2.1), and a line feed at the end of each.
fn lines(body: &[u8], framing: Framing) -> Option<Value> {
    if body.is_empty() {
        return Some(json!([]));
    }
    let text = |line: &[u8]| {
        let text = if framing == Framing::Sequence { line.strip_prefix(b"\x1e")? } else { line };
        serde_json::from_slice(text).ok()
    };
    body.strip_suffix(b"\n")?.split(|byte| *byte == b'\n').map(text).collect::<Option<_>>().map(Value::Array)
}

/// The response's media type must be one that the request accepts.
fn accept_fault(expected: &Expected, parts: &request::Parts) -> Option<String> {
    let (media_type, _) = expected.response.as_ref()?;
    let accepted = parts.headers.get(header::ACCEPT)?.to_str().ok()?;
    // Servers send errors that are not JSON whatever a request accepts.
    if expected.status >= 400 && Form::of(media_type) != Form::Json {
        return None;
    }
    let media_type = essence(media_type);
    let covers = |range: &str| {
        let range = essence(range);
        range == "*/*"
            || range == media_type
            || range.strip_suffix('*').is_some_and(|start| media_type.starts_with(start))
    };
    (!accepted.split(',').any(covers)).then(|| format!("`Accept: {accepted}` does not cover {media_type}"))
}

/// Fills the parameters into a path template.
fn filled(template: &str, arguments: &BTreeMap<String, String>) -> String {
    let mut pieces = template.split('{');
    let start = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(start, |filled, piece| match piece.split_once('}') {
        Some((name, rest)) => filled + arguments.get(name).map_or("", String::as_str) + rest,
        None => filled + "{" + piece,
    })
}

/// Decodes unreserved characters, and encodes those that no URI has: both spellings are equivalent (RFC 3986 §6.2.2).
fn normalized(text: &str) -> String {
    let mut normalized = String::new();
    let bytes = text.as_bytes();
    let mut index = 0;
    while let Some(byte) = bytes.get(index).copied() {
        let triplet = bytes.get(index + 1..index + 3).filter(|_| byte == b'%');
        let triplet =
            triplet.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        index += if triplet.is_some() { 3 } else { 1 };
        match triplet {
            Some(decoded) if decoded.is_ascii_alphanumeric() || b"-._~".contains(&decoded) => {
                normalized.push(char::from(decoded));
            }
            Some(other) => normalized.push_str(&format!("%{other:02X}")),
            None if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) => {
                normalized.push(char::from(byte));
            }
            None => normalized.push_str(&format!("%{byte:02X}")),
        }
    }
    normalized
}

/// Compares pairs of a query byte for byte, but for numbers and JSON that are written otherwise.
fn is_same_pair(found: &str, expected_value: &str) -> bool {
    let (found, expected_value) = (normalized(found), normalized(expected_value));
    let is_same_value = |(name, found): (&str, &str), (other, text): (&str, &str)| {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (found_value, text) = (decoded(found), decoded(text));
        let is_otherwise_written = found_value != text && found == normalized(&encoded(&found_value));
        name == other && is_otherwise_written && is_same(&found_value, &text)
    };
    found == expected_value
        || found.split_once('=').zip(expected_value.split_once('=')).is_some_and(|(a, b)| is_same_value(a, b))
}

/// Compares values on the wire; numbers and JSON by value, because `1.0` and `1` are the same.
fn is_same(found: &str, expected_value: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let json = |text: &str| {
        let is_compound = text.starts_with(['{', '[']);
        serde_json::from_str::<Value>(text).ok().filter(|_| is_compound)
    };
    found == expected_value
        || (number(found).is_some() && number(found) == number(expected_value))
        || json(found).zip(json(expected_value)).is_some_and(|(a, b)| difference(&b, &a).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_one_after_another_are_read_as_their_media_type_has_them() {
        let values = Some(json!([{ "a": 1 }, null]));
        assert_eq!(lines(b"{\"a\":1}\nnull\n", Framing::Lines), values);
        assert_eq!(lines(b"\x1e{\"a\":1}\n\x1enull\n", Framing::Sequence), values);
        assert_eq!(lines(b"", Framing::Lines), Some(json!([])));
        for (body, framing) in [
            (&b"{\"a\":1}\nnull"[..], Framing::Lines),
            (b"{\"a\":1}null\n", Framing::Lines),
            (b"{\n\"a\":1}\n", Framing::Lines),
            (b"{\"a\":1}\n\n", Framing::Lines),
            (b"{\"a\":1}\n", Framing::Sequence),
            (b"\x1e{\"a\":1}\n", Framing::Lines),
        ] {
            assert_eq!(lines(body, framing), None, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn pairs_are_compared_as_they_are_written() {
        for (found, expected) in [
            ("a=%7e%20", "a=~%20"),
            ("a=b%7Cc", "a=b|c"),
            ("a=1.0", "a=1"),
            ("a=%7B%22b%22%3A%201%7D", "a=%7B%22b%22%3A1%7D"),
        ] {
            assert!(is_same_pair(found, expected), "{found}");
        }
        for (found, expected) in [
            ("a=b+c", "a=b%20c"),
            ("a=b%2Cc", "a=b,c"),
            ("a=b,c", "a=b%2Cc"),
            ("a[b]=c", "a%5Bb%5D=c"),
            ("a=/", "a=%2F"),
            ("a=%252F", "a=%2F"),
        ] {
            assert!(!is_same_pair(found, expected), "{found}");
        }
    }
}
