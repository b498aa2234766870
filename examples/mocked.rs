//! How to test code that uses the client, without SignalWire and without a mock of the client.
//!
//! In your own code, the body of `main` becomes `#[tokio::test]` functions: `cargo run --example mocked --features mock`.

mod output;

use relay_rest::types::{
    InternalServerError, InternalServerErrorError, MfaRequest, MfaResponse, MfaVerifyResponse, NotFound,
    NotFoundError,
};
use relay_rest::{Client, Error, Identifier, RetryPolicy, Verification, mock};
use uuid::Uuid;

/// The code under test: the message for a person who has entered a code.
async fn enter(client: &Client, id: Uuid, code: &str) -> &'static str {
    match client.verify(id, code).await {
        Ok(Verification::Verified) => "welcome",
        Ok(Verification::WrongCode) => "that was not the code; try again",
        Ok(Verification::Gone) => "that code is of no use any more; we send another one",
        Err(_) => "we cannot check your code right now",
    }
}

/// Also under test: sends a code, in German.
async fn begin(client: &Client, number: &str) -> Result<Identifier, Error> {
    let request = MfaRequest::builder().to(number).from("+12029167968").message("Ihr Code:").build()?;
    Ok(client.request_mfa_sms().body(request).send().await?.into_inner().id)
}

#[tokio::main]
async fn main() {
    output::end_quietly(); // as in `… | head -1`
    a_wrong_code_is_rejected().await;
    each_answer_in_its_turn().await;
    what_is_sent_is_what_was_meant().await;
    a_busy_server_is_asked_again().await;
}

async fn a_wrong_code_is_rejected() {
    let server = mock::Server::start().await;
    let verify = server.verify_mfa_token().responds_200(MfaVerifyResponse::builder().success(false));
    assert_eq!(enter(&server.client(), Uuid::nil(), "000000").await, "that was not the code; try again");
    verify.assert_calls(1);
    println!("a wrong code        is rejected, with 200 and `success: false`");
}

async fn each_answer_in_its_turn() {
    let server = mock::Server::start().await;
    server
        .verify_mfa_token()
        .responds_200(MfaVerifyResponse::builder().success(false))
        .responds_404(NotFound::builder().error(NotFoundError::NotFound))
        .responds_500(InternalServerError::builder().error(InternalServerErrorError::InternalServerError));
    let client = server.client();
    for turn in ["wrong", "too late", "failed"] {
        println!("{turn:<19} {}", enter(&client, Uuid::nil(), "000000").await);
    }
}

async fn what_is_sent_is_what_was_meant() {
    let server = mock::Server::start().await;
    let answer = MfaResponse::builder().id(Uuid::max()).success(true).to("+14043287382").channel("sms");
    let expected = MfaRequest::builder().to("+14043287382").from("+12029167968").message("Ihr Code:");
    let sms = server.request_mfa_sms().with_body(expected).responds_200(answer);
    assert_eq!(
        begin(&server.client(), "+14043287382").await.expect("the mock is for that"),
        Uuid::max().into()
    );
    assert!(begin(&server.client(), "+14043287383").await.is_err(), "the mock is for another number");
    sms.assert_calls(1);
    println!("expected            {} request", sms.calls());
    println!("unexpected          {}", server.unexpected().join("\n"));
}

async fn a_busy_server_is_asked_again() {
    let server = mock::Server::start().await;
    let verify = server
        .verify_mfa_token()
        .responds(mock::Reply::new(429).header("Retry-After", "0"))
        .responds_200(MfaVerifyResponse::builder().success(true));
    let client = server.client_builder().retry(RetryPolicy::new(2)).build().expect("usable settings");
    assert_eq!(enter(&client, Uuid::nil(), "123456").await, "welcome");
    verify.assert_calls(2);
    println!("busy, then welcome  {} requests", verify.calls());
}
