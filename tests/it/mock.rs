//! Mocks for users' tests: which requests they match, how they respond, and that every operation has one.

use std::time::Duration;

use relay_rest::types::{
    self, InternalServerError, InternalServerErrorError, MfaCallRequest, MfaRequest, MfaResponse,
    MfaVerifyRequest, MfaVerifyResponse, NotFound, NotFoundError, SpaceApiErrorItem, Unauthorized,
    UnauthorizedError, ValidationError,
};
use relay_rest::{Client, Error, ErrorBody, ErrorKind, Identifier, RetryPolicy, Sent, Verification, mock};
use relay_rest_codegen::{Item, ItemKind, Overlaid, generate, mocks, outline, overlaid};
use uuid::Uuid;

use crate::cargo::generated;
use crate::pipeline::generator;
use crate::scripted::in_time;

const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");
const OVERLAY: &str = include_str!("../../openapi/overlay.yaml");

fn sent(id: Uuid) -> types::builder::MfaResponseBuilder {
    MfaResponse::builder().id(id).success(true).to("+14043287382").channel("sms")
}

async fn request(client: &Client, to: &str) -> Result<Identifier, Error> {
    let request = MfaRequest::builder().to(to);
    Ok(client.request_mfa_sms().body(request).send().await?.into_inner().id)
}

fn checked(success: bool) -> types::builder::MfaVerifyResponseBuilder {
    MfaVerifyResponse::builder().success(success)
}

#[tokio::test]
async fn a_condition_may_ask_its_own_mock() {
    let server = mock::Server::start().await;
    let verify = server.verify_mfa_token().responds_200(checked(true));
    let asked = verify.clone();
    let verify = verify.with_body_that(move |_| asked.calls() == 0);
    let client = server.client();
    assert_eq!(client.verify(Uuid::nil(), "1").await.expect("an outcome"), Verification::Verified);
    assert_eq!(
        client.verify(Uuid::nil(), "1").await.expect_err("once only").status().map(|s| s.as_u16()),
        Some(501)
    );
    verify.assert_calls(1);
}

#[tokio::test]
async fn the_goal_takes_five_lines() {
    async fn may_enter(client: &Client, code: &str) -> Result<bool, Error> {
        Ok(client.verify(Uuid::nil(), code).await? == Verification::Verified)
    }

    let server = mock::Server::start().await;
    let verify = server.verify_mfa_token().responds_200(MfaVerifyResponse::builder().success(false));
    assert!(!may_enter(&server.client(), "000000").await.expect("an answer"));
    verify.assert_calls(1);
    assert_eq!(verify.bodies()[0].token.expose(), "000000");
}

#[tokio::test]
async fn documented_errors_come_typed() {
    let server = mock::Server::start().await;
    let item = SpaceApiErrorItem::builder().code("x").detail("d").status("422").title("t");
    let item = item.build().expect("an item");
    server
        .request_mfa_sms()
        .responds_401(Unauthorized::builder().error(UnauthorizedError::Unauthorized))
        .responds_422(ValidationError::builder().errors(vec![item]))
        .responds_500(InternalServerError::builder().error(InternalServerErrorError::InternalServerError))
        .responds_200(sent(Uuid::max()));
    let client = server.client();
    for expected in [401, 422, 500] {
        let error = request(&client, "+14043287382").await.expect_err("an error");
        let (kind, status) = (error.kind(), error.status().map(|status| status.as_u16()));
        assert_eq!((kind, status), (ErrorKind::Status, Some(expected)));
        let is_typed = match error.body() {
            Some(ErrorBody::Unauthorized(_)) => expected == 401,
            Some(ErrorBody::ValidationError(body)) => expected == 422 && body.errors.len() == 1,
            Some(ErrorBody::InternalServerError(_)) => expected == 500,
            _ => false,
        };
        assert!(is_typed, "{error}");
    }
    // The last response is repeated.
    for _ in 0..2 {
        assert_eq!(request(&client, "+14043287382").await.expect("queued"), Uuid::max().into());
    }
    assert!(server.unexpected().is_empty());
}

#[tokio::test]
async fn a_mock_matches_the_requests_that_it_expects() {
    let server = mock::Server::start().await;
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let any = server.verify_mfa_token().responds_200(checked(false));
    let by_id = server.verify_mfa_token().with_mfa_request_id(one).responds_200(checked(true));
    let gone = NotFound::builder().error(NotFoundError::NotFound);
    let by_body = server
        .verify_mfa_token()
        .with_mfa_request_id("00000000-0000-0000-0000-000000000001")
        .with_body(MfaVerifyRequest::builder().token("used"))
        .responds_404(gone);
    let by_code = server
        .verify_mfa_token()
        .with_body_that(|body| body.token.expose() == "9")
        .responds_200(checked(true));

    let client = server.client();
    for (id, code, expected) in [
        (one, "1", Verification::Verified),
        (one, "used", Verification::Gone),
        (other, "used", Verification::WrongCode),
        (other, "9", Verification::Verified),
    ] {
        assert_eq!(client.verify(id, code).await.expect("an outcome"), expected, "{id} {code}");
    }
    assert_eq!([any.calls(), by_id.calls(), by_body.calls(), by_code.calls()], [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_body_is_compared_as_it_is_sent() {
    let server = mock::Server::start().await;
    let expected =
        || MfaCallRequest::builder().to("+14043287382").message("Guten Tag, Ihr Code:").token_length(4_u8);
    let call = server.request_mfa_call().with_body(expected()).responds_200(sent(Uuid::nil()));
    let client = server.client();
    let with = |body| client.request_mfa_call().body(body).send();
    assert!(with(expected()).await.is_ok());
    assert!(with(expected().allow_alphas(false)).await.is_err(), "what was set is sent, and more was set");
    assert!(with(expected().token_length(5_u8)).await.is_err());
    call.assert_calls(1);
    assert_eq!(
        server.unexpected(),
        [
            "request_mfa_call: no mock matched: body.allow_alphas is false, expected no value",
            "request_mfa_call: no mock matched: body.token_length is 5, expected 4"
        ]
    );
}

#[tokio::test]
async fn says_why_no_mock_matched() {
    let server = mock::Server::start().await;
    let client = server.client();
    let mut expected = vec!["POST /mfa/sms: no mock is set up for this operation".to_owned()];
    let error = request(&client, "+15550001111").await.expect_err("no mock");
    assert_eq!(error.to_string(), "request_mfa_sms: server responded 501 Not Implemented: no_mock_matched");
    assert_eq!(error.api_errors()[0].message(), expected.last().map(String::as_str));

    let to = |number: &str| server.request_mfa_sms().with_body(MfaRequest::builder().to(number));
    let first = to("+15550002222").responds_200(sent(Uuid::nil()));
    expected.push(
        r#"request_mfa_sms: no mock matched: body.to is "+15550001111", expected "+15550002222""#.to_owned(),
    );
    let error = request(&client, "+15550001111").await.expect_err("another number");
    assert_eq!(error.api_errors()[0].message(), expected.last().map(String::as_str));

    let second = to("+15550003333").with_body_that(|body| body.from.is_some());
    expected.push(
        "POST /mfa/sms: none of 2 mocks matched:\n  \
         mock 1 of request_mfa_sms: body.to is \"+15550001111\", expected \"+15550002222\"\n  \
         mock 2 of request_mfa_sms: body.to is \"+15550001111\", expected \"+15550003333\"; \
         body does not meet the condition of with_body_that: {\"to\":\"+15550001111\"}"
            .to_owned(),
    );
    request(&client, "+15550001111").await.expect_err("another number");

    let third = server.verify_mfa_token().with_mfa_request_id(Uuid::nil());
    expected.push(format!(
        "verify_mfa_token: no mock matched: path parameter mfa_request_id is \"{}\", expected \"{}\"",
        Uuid::max(),
        Uuid::nil()
    ));
    client.verify(Uuid::max(), "1").await.expect_err("another id");

    expected.push("verify_mfa_token: the mock that matched has no response; call responds".to_owned());
    let error = client.verify(Uuid::nil(), "1").await.expect_err("no reply");
    assert_eq!(error.code(), Some("mock_without_response"));
    assert_eq!(server.unexpected(), expected);
    assert_eq!([first.calls(), second.calls(), third.calls()], [0, 0, 1]);
}

#[tokio::test]
#[should_panic(expected = "verify_mfa_token: expected calls: 2, received: 0")]
async fn a_call_that_was_not_made_fails_the_test() {
    mock::Server::start().await.verify_mfa_token().assert_calls(2);
}

#[tokio::test]
#[should_panic(expected = "request_mfa_sms: expected calls: 1, received: 0\nunexpected requests:\n  \
                           request_mfa_sms: no mock matched: body.to is \"+15550001111\", expected \"+15550002222\"")]
async fn a_failed_assertion_lists_the_requests_that_no_mock_matched() {
    let server = mock::Server::start().await;
    let sms = server.request_mfa_sms().with_body(MfaRequest::builder().to("+15550002222"));
    let sms = sms.responds_200(sent(Uuid::nil()));
    request(&server.client(), "+15550001111").await.expect_err("another number");
    sms.assert_calls(1);
}

#[tokio::test]
#[should_panic(expected = "`body` cannot be sent: `success` is not set")]
async fn a_response_that_the_document_forbids_fails_the_test() {
    mock::Server::start().await.verify_mfa_token().responds_200(MfaVerifyResponse::builder());
}

#[tokio::test]
async fn undocumented_responses_can_be_sent() {
    let server = mock::Server::start().await;
    let busy = || mock::Reply::new(429).header("Retry-After", "0").header("X-Request-Id", "r-1");
    let sms = server.request_mfa_sms().responds(busy()).responds(busy()).responds_200(sent(Uuid::nil()));
    let client = server.client_builder().retry(RetryPolicy::new(3)).build().expect("a client");
    request(&client, "+14043287382").await.expect("queued at the third attempt");
    sms.assert_calls(3);

    let page = mock::Reply::new(200).header("Content-Type", "text/html").body("<h1>Welcome</h1>");
    server.request_mfa_sms().responds(page).responds(busy());
    let error = request(&server.client(), "+14043287382").await.expect_err("a page");
    assert_eq!((error.kind(), error.raw_body()), (ErrorKind::Unreadable, Some(&b"<h1>Welcome</h1>"[..])));
    let error = request(&server.client(), "+14043287382").await.expect_err("busy");
    assert_eq!((error.retry_after(), error.request_id()), (Some(Duration::ZERO), Some("r-1")));
}

#[tokio::test]
async fn slow_and_missing_responses_fail_as_in_production() {
    let server = mock::Server::start().await;
    server
        .verify_mfa_token()
        .responds(mock::Reply::new(200).after(Duration::from_secs(3600)))
        .responds(mock::Reply::hang_up());
    let in_a_hurry = server.client().with_timeout(Duration::from_millis(200));
    let error = in_time(in_a_hurry.verify(Uuid::nil(), "1")).await.expect_err("too late");
    assert_eq!((error.is_timeout(), error.was_sent()), (true, Sent::Unknown));
    let error = server.client().verify(Uuid::nil(), "1").await.expect_err("no reply");
    assert_eq!((error.kind(), error.is_timeout()), (ErrorKind::Transport, false));
    assert_eq!(error.was_sent(), Sent::Unknown);
}

#[tokio::test]
async fn a_server_ends_with_its_test() {
    let server = mock::Server::start().await;
    server.verify_mfa_token().responds_200(checked(true));
    let client = server.client();
    assert_eq!(client.verify(Uuid::nil(), "1").await.expect("an outcome"), Verification::Verified);
    drop(server);
    // The task is dropped when the runtime gets to it.
    for _ in 0..1000 {
        if client.verify(Uuid::nil(), "1").await.is_err_and(|error| error.was_sent() == Sent::No) {
            return;
        }
    }
    panic!("it still listens");
}

#[tokio::test]
async fn no_mock_shows_what_it_was_sent() {
    let server = mock::Server::start().await;
    let verify = server.verify_mfa_token().with_body(MfaVerifyRequest::builder().token("C0DE-987654"));
    let verify = verify.responds(mock::Reply::new(200).body("C0DE-987654"));
    let _ = server.client().verify(Uuid::nil(), "C0DE-987654").await;
    let answer = mock::Reply::new(200).header("X", "C0DE-987654").body("C0DE-987654");
    let shown = format!("{server:?} {verify:?} {answer:?} {:?}", *verify);
    assert!(shown.contains("calls: 1") && !shown.contains("C0DE"), "{shown}");
}

#[test]
fn every_operation_of_the_client_has_a_mock() {
    let methods = |source: &str, owner: &str| -> Vec<String> {
        let outline = outline(source).expect("generated code parses");
        // Groups are views of the client.
        let is_group = |method: &&Item| method.ty.as_ref().is_some_and(|ty| ty.path.starts_with("groups::"));
        let methods = outline.members(ItemKind::Method, owner).filter(|method| !is_group(method));
        methods.map(|method| method.name.clone()).collect()
    };
    let client = methods(&generated("client.rs"), "Client");
    assert_eq!(methods(&generated("mocks.rs"), "super::Server"), client);
    assert!(!client.is_empty());
}

#[test]
fn every_documented_status_has_its_response() {
    let document = overlaid(DOCUMENT, OVERLAY).and_then(Overlaid::into_document).expect("a document");
    let outline = outline(&generated("mocks.rs")).expect("generated code parses");
    let mut responses = 0;
    for operation in
        document["paths"].as_object().into_iter().flatten().flat_map(|(_, item)| item.as_object())
    {
        for operation in operation.values() {
            let id = operation["operationId"].as_str().expect("an id");
            let builder = id.split(['-', '_']).map(|word| word[..1].to_uppercase() + &word[1..]);
            let builder: String = builder.collect();
            for status in operation["responses"].as_object().expect("responses").keys() {
                let name = format!("responds_{status}");
                let mut methods = outline.members(ItemKind::Method, &builder);
                let method = methods.find(|method| method.name == name);
                let method = method.unwrap_or_else(|| panic!("{builder} has no {name}:\n{outline}"));
                let parameters: Vec<_> =
                    method.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                assert_eq!(parameters, ["body"], "{method}");
                responses += 1;
            }
        }
    }
    assert!(responses > 0);
}

#[test]
fn the_build_has_made_what_the_pipeline_makes() {
    let made = generate(DOCUMENT, OVERLAY, &generator::settings()).expect("the vendored document generates");
    assert!(mocks(&made).expect("mocks") == generated("mocks.rs"), "the build and the test differ");
}
