//! A program that makes calls with a generated client and prints their outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use relay_rest_codegen::{ItemKind, Outline};
use serde_json::{Map, Value, json};

use super::servers::TypedServers;
use crate::scratch::LIBRARY;

/// The builders of a client, read from its outline.
#[derive(Default)]
pub(super) struct Builders {
    /// By method: its setters with the types that they take.
    setters: BTreeMap<String, BTreeMap<String, String>>,
    /// By method: its builder.
    builders: BTreeMap<String, String>,
    /// By method: the type of its response.
    responses: BTreeMap<String, String>,
    /// By method: the setter of the server, where the operation has one of its own.
    servers: BTreeMap<String, String>,
    /// By method: the setter of the media type of the body, where the document has a range.
    content_types: BTreeMap<String, String>,
    /// The enums of servers.
    pub(super) typed_servers: TypedServers,
    /// The methods whose operation has pages.
    paged: BTreeSet<String>,
    /// The methods whose operation has a stream.
    streamed: BTreeSet<String>,
    /// The methods whose operation can be asked for another media type.
    accepting: BTreeSet<String>,
    /// The variants of `ErrorBody`.
    errors: Vec<String>,
}

impl Builders {
    /// Reads the outline.
    pub(super) fn of(outline: &Outline) -> Self {
        let errors = outline.members(ItemKind::Variant, "ErrorBody").map(|variant| variant.name.clone());
        let typed_servers = TypedServers::of(outline);
        let mut builders = Self { errors: errors.collect(), typed_servers, ..Self::default() };
        for method in outline.members(ItemKind::Method, "Client") {
            let builder = method.ty.as_ref().filter(|ty| ty.path.starts_with("builder::"));
            let Some(builder) = builder.filter(|_| method.parameters.is_empty()) else { continue };
            builders.builders.insert(method.name.clone(), builder.path.clone());
            if outline.members(ItemKind::Impl, &builder.path).any(|item| item.name == "Paged") {
                builders.paged.insert(method.name.clone());
            }
            if outline.members(ItemKind::Impl, &builder.path).any(|item| item.name == "Streamed") {
                builders.streamed.insert(method.name.clone());
            }
            let setters = builders.setters.entry(method.name.clone()).or_default();
            for function in outline.members(ItemKind::Method, &builder.path) {
                if function.name == "send" {
                    // `Result<Response<A>, Error>`
                    let response =
                        function.ty.as_ref().and_then(|ty| ty.arguments.first()?.arguments.first());
                    let response = response.map(|response| (method.name.clone(), response.to_string()));
                    builders.responses.extend(response);
                } else if matches!(&function.parameters[..], [parameter] if parameter.name == "url") {
                    // The setters of parameters take a `value`.
                    builders.servers.insert(method.name.clone(), function.name.clone());
                } else if function.name == "send_accepting"
                    && matches!(&function.parameters[..], [parameter] if parameter.name == "media_type")
                {
                    builders.accepting.insert(method.name.clone());
                } else if matches!(&function.parameters[..], [parameter] if parameter.name == "media_type") {
                    builders.content_types.insert(method.name.clone(), function.name.clone());
                } else if let [parameter] = &function.parameters[..]
                    && let Some(into) = &parameter.into
                {
                    setters.insert(function.name.clone(), into.to_string());
                }
            }
        }
        builders
    }

    /// Whether a method has a setter of the media type of its body.
    pub(super) fn has_content_type(&self, method: &str) -> bool {
        self.content_types.contains_key(method)
    }

    /// Whether the operation of a method has pages.
    pub(super) fn has_pages(&self, method: &str) -> bool {
        self.paged.contains(method)
    }

    /// Whether the operation of a method can be asked for another media type.
    pub(super) fn has_alternatives(&self, method: &str) -> bool {
        self.accepting.contains(method)
    }

    /// Whether the operation of a method has a stream.
    pub(super) fn has_stream(&self, method: &str) -> bool {
        self.streamed.contains(method)
    }

    /// The setter of the parameter `name` of a method that is not one of `taken`.
    ///
    /// Setters are named in snake case, so that only letters and digits are compared. A name that something else has got a
    /// word or a number more.
    pub(super) fn setter(&self, method: &str, name: &str, taken: &Map<String, Value>) -> Option<&str> {
        let wanted = letters(name);
        // A name without letters has no identifier in Rust; the client calls it so.
        let wanted = if wanted.is_empty() { "unnamed".to_owned() } else { wanted };
        let more = |setter: &str| letters(setter).strip_prefix(&wanted).map(str::to_owned);
        let setters = self.setters.get(method)?;
        let exactly = setters.keys().find(|setter| letters(setter) == wanted && !taken.contains_key(*setter));
        let with_more = || {
            setters.keys().find(|setter| {
                more(setter).is_some_and(|more| more == "parameter" || more.parse::<u8>().is_ok())
                    && !taken.contains_key(*setter)
            })
        };
        exactly.or_else(with_more).map(String::as_str)
    }

    /// Reads each [`line`]. Writes for each `["success", body]`, `["error", status, body]` or
    /// `["failed", reason]`. Its arguments are the origins of the server of calls and of that of lists.
    ///
    /// With the mode `servers`, writes the URLs of the enum that the method is.
    ///
    /// With the mode `pages` or `items`, a line is for the server at the second origin, and all pages are requested. Writes
    /// `["walked", [page, …], reason]`, where the reason is that of an error, or null. With the mode `stream`, all items of the response are
    /// read, and it writes `["streamed", [item, …], reason]`. With `accept text/csv`, the response is asked for as this media type.
    pub(super) fn program(&self) -> String {
        let setters = self.servers.iter().map(|(method, setter)| (method.clone(), setter.clone()));
        let urls = self.typed_servers.function(setters);
        format!("{LIBRARY}\n{IMPORTS}{}{CREDENTIALS}{urls}{PROGRAM}", self.module()).replacen(
            "//! Generated to be type-checked.",
            "//! Makes calls with the generated client, deprecated ones as well.\n#![allow(deprecated)]",
            1,
        )
    }

    /// The function that makes a call.
    pub(super) fn module(&self) -> String {
        let mut arms = String::new();
        for (method, setters) in &self.setters {
            let _ =
                writeln!(arms, "\"{method}\" => {{ #[allow(unused_mut)] let mut call = client.{method}();");
            if let Some(setter) = self.servers.get(method) {
                let _ = writeln!(arms, "call = call.{setter}(client.base_url.clone());");
            }
            if let Some(setter) = self.content_types.get(method) {
                let _ = writeln!(
                    arms,
                    "if let Some(value) = arguments.remove(\"\") {{ call = call.{setter}(read::<String>(\"{setter}\", value)?); }}"
                );
            }
            for (setter, of) in setters {
                let value = match self.builders.get(method).filter(|_| setter == "body") {
                    _ if of.ends_with("reqwest::Body") => "String".to_owned(),
                    // It may be optional, and is then `null`.
                    Some(builder) => format!("<{builder} as codegen_support::Operation>::Request"),
                    None => of.clone(),
                };
                let _ = writeln!(
                    arms,
                    "if let Some(value) = arguments.remove(\"{setter}\") {{ call = call.{setter}(read::<{value}>(\"{setter}\", value)?); }}"
                );
            }
            let body = match self.responses.get(method).map(String::as_str) {
                Some("()") => "Value::from(response.0)",
                Some("::bytes::Bytes") => "String::from_utf8_lossy(&response.0)",
                _ => "serde_json::to_value(response.0).map_err(|error| error.to_string())?",
            };
            if self.has_pages(method) {
                arms.push_str(
                    "if [\"pages\", \"items\"].contains(&mode) { return walked(call, mode, arguments).await; }\n",
                );
            }
            if self.has_alternatives(method) {
                arms.push_str(
                    "if let Some(media_type) = mode.strip_prefix(\"accept \") { return match call.send_accepting(media_type).await { Ok(response) => Ok(json!([\"success\", String::from_utf8_lossy(&response.0)])), Err(error) => failed(error) }; }\n",
                );
            }
            if self.has_stream(method) {
                arms.push_str("if mode == \"stream\" { streamed!(call, arguments) }\n");
            }
            let _ = writeln!(
                arms,
                "match call.send().await {{ Ok(response) => Ok(json!([\"success\", {body}])), Err(error) => failed(error) }} }}"
            );
        }
        let bodies: String = self
            .errors
            .iter()
            .map(|variant| format!("ErrorBody::{variant}(body) => serde_json::to_value(body),\n"))
            .collect();
        CALL.replace("/*arms*/", &arms).replace("/*bodies*/", &bodies)
    }
}

/// The letters and digits of a name, in lower case.
pub(super) fn letters(name: &str) -> String {
    let letters = name.trim_start_matches("r#").chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A line that [`Builders::program`] reads, with the credentials of the client. Without a `mode`, it makes one call.
pub(super) fn line(
    number: usize,
    method: &str,
    arguments: &Map<String, Value>,
    mode: &str,
    given: &Map<String, Value>,
) -> Value {
    json!([number, method, arguments, mode, given])
}

/// What [`Builders::module`] needs.
pub(super) const IMPORTS: &str = "#[allow(unused_imports)]\nuse serde_json::{Map, Value, json};\n";

const CALL: &str = r#"
#[allow(dead_code)]
fn read<T: serde::de::DeserializeOwned>(name: &str, value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("`{name}`: {error}"))
}

fn failed(error: Error) -> Result<Value, String> {
    match error {
        Error::Failed(reason) => Err(reason),
        Error::Status(status, body) => {
            #[allow(unreachable_patterns)]
            let body: Option<serde_json::Result<Value>> = body.map(|body| match body { /*bodies*/ _ => Ok(Value::Null) });
            let body = body.transpose();
            Ok(json!(["error", status, body.map_err(|error| error.to_string())?]))
        }
    }
}

/// Requests all pages of a list, or those that an endless list has up to a limit.
#[cfg(feature = "pages")]
#[allow(dead_code)]
async fn walked<O: Paged>(operation: O, mode: &str, arguments: Map<String, Value>) -> Result<Value, String>
where
    O::Item: serde::Serialize,
    O::Response: serde::Serialize,
{
    if let Some(left) = arguments.keys().next() {
        return Err(format!("no setter `{left}`"));
    }
    let mut found = Vec::new();
    let (mut pages, mut items) = match mode {
        "pages" => (Some(Paged::pages(operation)), None),
        _ => (None, Some(Paged::items(operation))),
    };
    while found.len() < 1000 {
        let next = match (&mut pages, &mut items) {
            (Some(pages), _) => pages.next_page().await.map(|page| page.map(|page| serde_json::to_value(page.0))),
            (_, Some(items)) => items.next_item().await.map(|item| item.map(serde_json::to_value)),
            _ => Ok(None),
        };
        match next {
            Ok(Some(value)) => found.push(value.map_err(|error| error.to_string())?),
            Ok(None) => return Ok(json!(["walked", found, null])),
            Err(Error::Failed(reason)) => return Ok(json!(["walked", found, reason])),
            Err(Error::Status(status, _)) => return Ok(json!(["walked", found, status])),
        }
    }
    Err("a list without an end".to_owned())
}

/// An item as JSON: bytes as a string.
#[allow(dead_code)]
struct Item<T>(T);

#[allow(dead_code)]
impl Item<bytes::Bytes> {
    fn shown(&self) -> serde_json::Result<Value> {
        Ok(String::from_utf8_lossy(&self.0).into())
    }
}

#[cfg(feature = "streams")]
#[allow(dead_code)]
impl<T: serde::Serialize> Item<Event<T>> {
    fn shown(&self) -> serde_json::Result<Value> {
        Ok(json!({ "event": self.0.event, "id": self.0.id, "data": serde_json::to_value(&self.0.data)? }))
    }
}

#[allow(dead_code)]
trait Shown {
    fn shown(&self) -> serde_json::Result<Value>;
}

impl<T: serde::Serialize> Shown for Item<T> {
    fn shown(&self) -> serde_json::Result<Value> {
        serde_json::to_value(&self.0)
    }
}

/// Reads all items of a stream.
#[allow(unused_macros)]
macro_rules! streamed {
    ($operation:expr, $arguments:expr) => {{
        if let Some(left) = $arguments.keys().next() {
            return Err(format!("no setter `{left}`"));
        }
        let mut found = Vec::new();
        let mut stream = match Streamed::stream($operation).await {
            Ok(stream) => stream,
            Err(error) => return failed(error),
        };
        loop {
            match stream.next_item().await {
                Ok(Some(item)) => found.push(Item(item).shown().map_err(|error| error.to_string())?),
                Ok(None) => return Ok(json!(["streamed", found, null])),
                Err(Error::Failed(reason)) => return Ok(json!(["streamed", found, reason])),
                Err(Error::Status(status, _)) => return Ok(json!(["streamed", found, status])),
            }
        }
    }};
}

#[allow(unused_mut, unused_variables)]
pub(crate) async fn call(client: &Client, method: &str, mut arguments: Map<String, Value>, mode: &str) -> Result<Value, String> {
    let _ = mode;
    let outcome = match method { /*arms*/ _ => Err("no such method".to_owned()) };
    match arguments.keys().next() {
        Some(left) => Err(format!("no setter `{left}`")),
        None => outcome,
    }
}

"#;

/// Makes the credentials of a line, of the module `security`.
pub(super) const CREDENTIALS: &str = r#"
fn credentials(given: &Map<String, Value>) -> security::Credentials {
    use security::{Credential, Credentials};

    given.iter().fold(Credentials::new(), |all, (scheme, given)| {
        let text = |index: usize| given[index].as_str().unwrap_or_default();
        all.with(scheme.clone(), match text(0) {
            "basic" => Credential::basic(text(1), text(2)),
            "bearer" => Credential::bearer(text(1)),
            "http" => Credential::http(text(1)),
            "api_key" => Credential::api_key(text(1)),
            _ => Credential::client_certificate(),
        })
    })
}
"#;

const PROGRAM: &str = r#"
use std::io::{BufRead, Write};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let origin = std::env::args().nth(1).unwrap();
    let of_pages = std::env::args().nth(2).unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let (number, method, arguments, mode, given): (usize, String, Map<String, Value>, String, Map<String, Value>) =
            serde_json::from_str(&line.unwrap()).unwrap();
        if mode == "servers" {
            writeln!(out, "{}", urls(&method)).unwrap();
            continue;
        }
        let origin = if ["pages", "items"].contains(&&*mode) { &of_pages } else { &origin };
        let client = Client::new(format!("{origin}/{number}"), http.clone(), credentials(&given));
        let outcome = match client {
            Ok(client) => call(&client, &method, arguments, &mode).await,
            Err(error) => Err(error.to_string()),
        };
        let outcome = outcome.unwrap_or_else(|reason| json!(["failed", reason]));
        writeln!(out, "{outcome}").unwrap();
    }
}
"#;
