//! A program that makes the calls it is asked for with a generated client, and tells what came of them.
//! Knows the outline of generated code; must not know the document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::scratch::LIBRARY;

/// The builders of a client, read from its outline.
#[derive(Default)]
pub(super) struct Builders {
    /// By method: its setters with the types that they take.
    setters: BTreeMap<String, BTreeMap<String, String>>,
    /// By method: the type of its answer.
    answers: BTreeMap<String, String>,
    /// The variants of `ErrorBody`.
    errors: Vec<String>,
}

impl Builders {
    /// Reads the outline.
    pub(super) fn of(outline: &str) -> Self {
        let mut builders = Self::default();
        let mut methods: BTreeMap<String, String> = BTreeMap::new();
        for line in outline.lines() {
            if let Some((method, builder)) = between(line, "method Client: fn ", "(&self) -> builder::") {
                let builder = builder.split('<').next().unwrap_or_default();
                methods.insert(builder.to_owned(), method.to_owned());
                builders.setters.entry(method.to_owned()).or_default();
            } else if let Some(variant) = line.strip_prefix("variant ErrorBody::") {
                builders.errors.extend(variant.split('(').next().map(str::to_owned));
            }
        }
        for line in outline.lines() {
            let Some(line) = line.strip_prefix("method builder::") else { continue };
            let Some((builder, signature)) = line.split_once(": ") else { continue };
            let Some(method) = methods.get(builder.split('<').next().unwrap_or_default()) else { continue };
            if let Some((_, answer)) = between(signature, "async fn send", "Result<Response<") {
                builders.answers.insert(method.clone(), closed(answer).to_owned());
            } else if let Some((name, rest)) = between(signature, "fn ", "<")
                && name != "body_map"
            {
                let of = match (rest.split_once("TryInto<"), rest.split_once("Into<")) {
                    (Some((_, target)), _) | (None, Some((_, target))) => closed(target),
                    (None, None) => continue,
                };
                let setters = builders.setters.entry(method.clone()).or_default();
                setters.insert(name.to_owned(), of.to_owned());
            }
        }
        builders
    }

    /// The setter of the parameter `name` of a method that is not one of `taken`.
    ///
    /// Setters are named in snake case, so that only letters and digits are compared. A name that something else has got a
    /// word or a number more.
    pub(super) fn setter(&self, method: &str, name: &str, taken: &Map<String, Value>) -> Option<&str> {
        let letters = |name: &str| {
            let letters = name.trim_start_matches("r#").chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect::<String>()
        };
        let wanted = letters(name);
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

    /// Reads lines `[number, method, {setter: value}]`. Answers each with `["success", body]`, `["error", status, body]` or
    /// `["failed", reason]`. Its argument is the origin of the server.
    pub(super) fn program(&self) -> String {
        let mut arms = String::new();
        for (method, setters) in &self.setters {
            let _ =
                writeln!(arms, "\"{method}\" => {{ #[allow(unused_mut)] let mut call = client.{method}();");
            for (setter, of) in setters {
                let value = if of.ends_with("reqwest::Body") { "String" } else { of };
                let _ = writeln!(
                    arms,
                    "if let Some(value) = arguments.remove(\"{setter}\") {{ call = call.{setter}(read::<{value}>(\"{setter}\", value)?); }}"
                );
            }
            let answer = match self.answers.get(method).map(String::as_str) {
                Some("()") => "Value::from(answer.0)",
                Some("::bytes::Bytes") => "String::from_utf8_lossy(&answer.0)",
                _ => "serde_json::to_value(answer.0).map_err(|error| error.to_string())?",
            };
            let _ = writeln!(
                arms,
                "match call.send().await {{ Ok(answer) => Ok(json!([\"success\", {answer}])), Err(error) => told(error) }} }}"
            );
        }
        let bodies: String = self
            .errors
            .iter()
            .map(|variant| format!("ErrorBody::{variant}(body) => serde_json::to_value(body),\n"))
            .collect();
        format!("{LIBRARY}\n{PROGRAM}")
            .replacen("//! Generated to be type-checked.", "//! Makes calls with the generated client.", 1)
            .replace("/*arms*/", &arms)
            .replace("/*bodies*/", &bodies)
    }
}

const PROGRAM: &str = r#"
use std::io::{BufRead, Write};
use serde_json::{Map, Value, json};

fn read<T: serde::de::DeserializeOwned>(name: &str, value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("`{name}`: {error}"))
}

fn told(error: handwritten::Error) -> Result<Value, String> {
    match error {
        handwritten::Error::Failed(reason) => Err(reason),
        handwritten::Error::Answer(status, body) => {
            let body: Option<serde_json::Result<Value>> = body.map(|body| match body { /*bodies*/ });
            let body = body.transpose();
            Ok(json!(["error", status, body.map_err(|error| error.to_string())?]))
        }
    }
}

async fn call(client: &handwritten::Client, method: &str, mut arguments: Map<String, Value>) -> Result<Value, String> {
    let answer = match method { /*arms*/ _ => Err("no such method".to_owned()) };
    match arguments.keys().next() {
        Some(left) => Err(format!("no setter `{left}`")),
        None => answer,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let origin = std::env::args().nth(1).unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let (number, method, arguments): (usize, String, Map<String, Value>) = serde_json::from_str(&line.unwrap()).unwrap();
        let client = handwritten::Client { baseurl: format!("{origin}/{number}"), client: http.clone() };
        let answer = call(&client, &method, arguments).await.unwrap_or_else(|reason| json!(["failed", reason]));
        writeln!(out, "{answer}").unwrap();
    }
}
"#;

/// What stands between `before` and `after`, and what follows.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(before)?.split_once(after)
}

/// What stands before the `>` that closes a `<` before `text`.
fn closed(text: &str) -> &str {
    let mut depth = 0;
    for (index, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if depth == 0 => return &text[..index],
            '>' => depth -= 1,
            _ => {}
        }
    }
    text
}
