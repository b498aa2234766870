//! A login in two steps: a pair of axum handlers, one that sends a code and one that verifies it.
//!
//! With SignalWire's variables set it sends a real code to the number given, and reads it from standard input:
//! `cargo run --example login_flow +14043287382`. Without them it uses a local server. Either way, the program also acts as the browser.

mod output;
mod place;

use std::collections::HashMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use place::server::LocalServer;
use relay_rest::types::MfaRequest;
use relay_rest::{Client, E164, ErrorKind, Identifier, OneTimeCode, Sent, Verification, reqwest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the handlers share. In production the logins are in a database, with a limit for each number and address.
#[derive(Clone)]
struct App {
    client: Client,
    /// The request for a code that each login waits for. The browser gets neither the id nor the code.
    logins: Arc<Mutex<HashMap<Uuid, Identifier>>>,
}

#[derive(Deserialize, Serialize)]
struct Start {
    /// The extractor rejects a string that is not a telephone number.
    number: E164,
}

#[derive(Deserialize, Serialize)]
struct Verify {
    login: Uuid,
    /// Not a `String`: no log shows it.
    code: OneTimeCode,
}

/// `POST /login`: sends a code.
async fn start(State(app): State<App>, Json(start): Json<Start>) -> Result<Json<Value>, Failure> {
    let request = MfaRequest::builder()
        .to(start.number)
        .from("+12029167968")
        .message("Your Acme code:")
        .max_attempts(3_u8)
        .build()?;
    request.check_one_segment()?;
    let sent = app.client.request_mfa_sms().body(request).send().await?;
    let login = Uuid::new_v4();
    app.logins.lock().unwrap_or_else(PoisonError::into_inner).insert(login, sent.into_inner().id);
    Ok(Json(json!({ "login": login })))
}

/// `POST /login/verify`: accepts or rejects the code.
async fn verify(State(app): State<App>, Json(verify): Json<Verify>) -> Result<Response, Failure> {
    let logins = || app.logins.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(id) = logins().get(&verify.login).cloned() else {
        return Ok((StatusCode::GONE, "log in again").into_response());
    };
    let answer = match app.client.verify(id, verify.code).await? {
        Verification::WrongCode => return Ok((StatusCode::UNAUTHORIZED, "wrong code").into_response()),
        Verification::Verified => (StatusCode::OK, "welcome"),
        Verification::Gone => (StatusCode::GONE, "log in again"),
    };
    logins().remove(&verify.login);
    Ok(answer.into_response())
}

/// The response to the browser after an error; the details go to the log.
struct Failure(relay_rest::Error);

impl<E: Into<relay_rest::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(error) = self;
        eprintln!("log        {error}, request id {:?}", error.request_id());
        let response = match error.kind() {
            ErrorKind::InvalidRequest => (StatusCode::UNPROCESSABLE_ENTITY, "this cannot be sent"),
            _ if error.was_sent() == Sent::Unknown => {
                (StatusCode::GATEWAY_TIMEOUT, "look whether a code comes")
            }
            _ => (StatusCode::BAD_GATEWAY, "no code can be sent right now"),
        };
        response.into_response()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    output::end_quietly(); // as in `… | head -1`
    place::exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (server, client, number) = if place::is_signalwire() {
        (None, Client::from_env()?, place::number()?)
    } else {
        let (server, builder) = place::local().await?;
        (Some(server), builder.build()?, "+14043287382".to_owned())
    };
    let app = App { client, logins: Arc::default() };
    let router =
        Router::new().route("/login", post(start)).route("/login/verify", post(verify)).with_state(app);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let browser = Browser { url: format!("http://{}", listener.local_addr()?), http };
    println!("app        {}", browser.url);
    tokio::spawn(async move { axum::serve(listener, router).await });

    browser.post("no number", "/login", &json!({ "number": "(404) 328-7382" })).await?;
    let started = browser.post("start", "/login", &json!({ "number": number })).await?;
    let login = &serde_json::from_str::<Value>(&started)?["login"];
    let code = received(server.as_ref()).await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for (step, code) in [("wrong code", wrong), ("right code", &code), ("used code", &code)] {
        browser.post(step, "/login/verify", &json!({ "login": login, "code": code })).await?;
    }
    Ok(())
}

/// The code that the person has: from the local server, or from standard input.
async fn received(server: Option<&LocalServer>) -> Result<String, Box<dyn Error>> {
    match server {
        Some(server) => Ok(server.take_deliveries().pop().ok_or("nothing was delivered")?.code),
        None => {
            println!("enter the code:");
            place::read_code().await
        }
    }
}

/// The HTTP client of the browser.
struct Browser {
    url: String,
    http: reqwest::Client,
}

impl Browser {
    /// Posts a form, and prints and returns the response.
    async fn post(&self, step: &str, path: &str, body: &Value) -> Result<String, Box<dyn Error>> {
        let answer = self.http.post(format!("{}{path}", self.url)).json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        println!("{step:<10} POST {path}: {} {text}", status.as_u16());
        Ok(text)
    }
}
