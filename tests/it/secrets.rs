//! Nothing that can be printed shows the token, the header made of it, a code, or a number.

use std::fmt::Debug;

use relay_rest::types::{self, MfaRequest, MfaResponse, MfaVerifyRequest};
use relay_rest::{Bounded, Client, Credentials, E164, Error, ErrorBody, OneSegment, OneTimeCode};
use relay_rest_codegen::{Item, outline};
use serde_json::json;
use uuid::Uuid;

use crate::cargo::generated;
use crate::scripted::{AUTHORIZATION, PROJECT, Scripted, TOKEN};

const CODE: &str = "C0DE-987654";
const NUMBER: &str = "+14043287382";

/// Everything that could leak: the secrets, and the header in base64 and as bytes.
fn assert_shows_nothing(what: &str, shown: &str) {
    let base64 = AUTHORIZATION.trim_start_matches("Basic ");
    for secret in [TOKEN, base64, CODE, NUMBER, &NUMBER[1..]] {
        assert!(!shown.contains(secret), "{what} shows {secret}: {shown}");
    }
}

fn assert_debug_shows_nothing(what: &str, value: &impl Debug) {
    assert_shows_nothing(what, &format!("{value:?}"));
    assert_shows_nothing(what, &format!("{value:#?}"));
}

fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut shown = format!("{error}\n{error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&format!("\n{cause}\n{cause:?}"));
        source = cause.source();
    }
    shown
}

fn request() -> MfaRequest {
    MfaRequest::builder().to(NUMBER).from(NUMBER).build().expect("a request")
}

#[test]
fn no_debug_shows_a_secret() {
    let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
    let builder = Client::builder(&"acme".parse().expect("a space"), credentials.clone());
    assert_debug_shows_nothing("Credentials", &credentials);
    assert_debug_shows_nothing("ClientBuilder", &builder);
    let client = builder.build().expect("a client");
    assert_debug_shows_nothing("Client", &client);

    assert_debug_shows_nothing("OneTimeCode", &OneTimeCode::from(CODE));
    assert_debug_shows_nothing("E164", &NUMBER.parse::<E164>());
    assert_debug_shows_nothing("OneSegment", &format!("{CODE} for {NUMBER}").parse::<OneSegment>());
    assert_debug_shows_nothing("MfaRequest", &request());
    assert_debug_shows_nothing("its builder", &MfaRequest::builder().to(NUMBER));
    assert_debug_shows_nothing("MfaVerifyRequest", &MfaVerifyRequest::builder().token(CODE).build());
    assert_debug_shows_nothing("a send", &client.request_mfa_sms().body(request()));
    let any = client.request(relay_rest::reqwest::Method::GET, format!("/{CODE}"));
    let any = any.query(CODE, NUMBER).header(CODE, TOKEN).json(&[NUMBER]);
    assert_debug_shows_nothing("RequestBuilder", &any);
    assert_debug_shows_nothing(
        "a verification",
        &client.verify_mfa_token().body_map(|body| body.token(CODE)),
    );
}

/// A value of a type with the secrets in every string, as from a server that repeats the request.
fn read<T: serde::de::DeserializeOwned + Debug>(json: serde_json::Value) -> String {
    let value: T = serde_json::from_value(json).expect("a value of the type");
    format!("{value:?}\n{value:#?}")
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

#[test]
fn a_model_shows_its_id_if_that_is_a_uuid() {
    let of = |id: &str| {
        let response = json!({ "id": id, "success": true, "to": NUMBER, "channel": "sms" });
        format!("{:?}", serde_json::from_value::<MfaResponse>(response).expect("a response"))
    };
    assert_eq!(
        of(&Uuid::nil().to_string()),
        "MfaResponse { channel: Sms, id: Identifier(00000000-0000-0000-0000-000000000000), success: true, .. }"
    );
    assert_eq!(of(NUMBER), "MfaResponse { channel: Sms, id: Identifier(…), success: true, .. }");
}

#[test]
fn no_generated_type_shows_a_secret() {
    let everything = format!("{NUMBER} {CODE} {TOKEN}");
    let item = json!({ "code": CODE, "detail": everything, "status": NUMBER, "title": TOKEN });
    let error = json!({ "error": everything });
    let client =
        Client::builder(&"acme".parse().expect("a space"), Credentials::new(PROJECT, TOKEN).expect("usable"));
    let client = client.build().expect("a client");
    let called = || types::MfaCallRequest::builder().to(NUMBER).message(everything.as_str());
    #[cfg_attr(not(feature = "mock"), expect(unused_mut, reason = "mocks add some"))]
    let mut types = vec![
        (
            "types::MfaRequest",
            read::<MfaRequest>(json!({ "to": NUMBER, "from": NUMBER, "message": everything })),
        ),
        (
            "types::MfaCallRequest",
            read::<types::MfaCallRequest>(json!({ "to": NUMBER, "message": everything })),
        ),
        ("types::MfaCallRequestMessage", read::<types::MfaCallRequestMessage>(json!(everything))),
        ("types::MfaVerifyRequest", read::<MfaVerifyRequest>(json!({ "token": CODE }))),
        (
            "types::MfaVerifyResponse",
            read::<types::MfaVerifyResponse>(json!({ "success": true, "token": CODE })),
        ),
        (
            "types::MfaResponse",
            read::<MfaResponse>(json!({ "id": everything, "success": true, "to": NUMBER, "channel": CODE })),
        ),
        ("types::SpaceApiErrorItem", read::<types::SpaceApiErrorItem>(item.clone())),
        ("types::ValidationError", read::<types::ValidationError>(json!({ "errors": [item] }))),
        ("types::Unauthorized", read::<types::Unauthorized>(error.clone())),
        ("types::NotFound", read::<types::NotFound>(error.clone())),
        ("types::InternalServerError", read::<types::InternalServerError>(error)),
        ("types::UnauthorizedError", shown(&types::UnauthorizedError::from(CODE))),
        ("types::MfaResponseChannel", shown(&types::MfaResponseChannel::from(CODE))),
        ("types::NotFoundError", shown(&types::NotFoundError::from(CODE))),
        ("types::InternalServerErrorError", shown(&types::InternalServerErrorError::from(CODE))),
        (
            "types::builder::MfaRequestBuilder",
            shown(&MfaRequest::builder().to(NUMBER).message(everything.as_str())),
        ),
        ("types::builder::MfaCallRequestBuilder", shown(&called())),
        ("types::builder::MfaVerifyRequestBuilder", shown(&MfaVerifyRequest::builder().token(CODE))),
        ("builder::RequestMfaSms", shown(&client.request_mfa_sms().body(MfaRequest::builder().to(NUMBER)))),
        ("groups::MultiFactorAuthentication", shown(&client.multi_factor_authentication())),
        ("builder::RequestMfaCall", shown(&client.request_mfa_call().body(called()))),
        ("builder::VerifyMfaToken", shown(&client.verify_mfa_token().body_map(|body| body.token(CODE)))),
        (
            "ErrorBody",
            shown(&ErrorBody::Unauthorized(
                serde_json::from_value(json!({ "error": CODE })).expect("a body"),
            )),
        ),
    ];
    #[cfg(feature = "mock")]
    types.extend([
        (
            "types::builder::MfaVerifyResponseBuilder",
            shown(&types::MfaVerifyResponse::builder().success(true)),
        ),
        ("types::builder::MfaResponseBuilder", shown(&MfaResponse::builder().to(NUMBER).channel(CODE))),
        (
            "types::builder::SpaceApiErrorItemBuilder",
            shown(&types::SpaceApiErrorItem::builder().code(CODE).detail(NUMBER)),
        ),
        ("types::builder::ValidationErrorBuilder", shown(&types::ValidationError::builder().errors([]))),
        ("types::builder::UnauthorizedBuilder", shown(&types::Unauthorized::builder().error(CODE))),
        ("types::builder::NotFoundBuilder", shown(&types::NotFound::builder().error(CODE))),
        (
            "types::builder::InternalServerErrorBuilder",
            shown(&types::InternalServerError::builder().error(CODE)),
        ),
    ]);
    for (name, shown) in &types {
        assert_shows_nothing(name, shown);
    }

    // The outline lists every generated type.
    let outline = outline(&generated("client.rs")).expect("it parses");
    let is_compiled = |item: &&Item| item.feature.is_none() || cfg!(feature = "mock");
    let mut expected: Vec<String> = outline.types().filter(is_compiled).map(Item::path).collect();
    let mut tried: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    tried.sort_unstable();
    assert_eq!(tried, expected);
}

#[test]
fn no_error_of_a_setting_shows_it() {
    let shown = [
        with_sources(&Credentials::new(format!("{TOKEN}:"), TOKEN).expect_err("a colon")),
        with_sources(&Credentials::new(PROJECT, format!("{TOKEN}\n")).expect_err("a line break")),
        with_sources(
            &format!("x:{TOKEN}@acme.signalwire.com").parse::<relay_rest::Space>().expect_err("user info"),
        ),
        with_sources(&format!("{NUMBER}0000000000").parse::<E164>().expect_err("too long")),
        with_sources(&format!("{NUMBER}x").parse::<E164>().expect_err("a letter")),
        with_sources(&MfaRequest::builder().to(format!("{NUMBER}x")).build().expect_err("a letter")),
        with_sources(
            &serde_json::from_str::<MfaRequest>(&format!(r#"{{"to":"{NUMBER}x"}}"#)).expect_err("a letter"),
        ),
        with_sources(
            &serde_json::from_str::<MfaRequest>(&format!(r#"{{"to":{}}}"#, &NUMBER[1..]))
                .expect_err("an integer"),
        ),
        with_sources(&serde_json::from_str::<OneTimeCode>(&format!(r#"["{CODE}"]"#)).expect_err("an array")),
        with_sources(&serde_json::from_str::<E164>(&NUMBER[1..]).expect_err("an integer")),
        with_sources(&serde_json::from_str::<E164>(&format!(r#"{{"{NUMBER}":1}}"#)).expect_err("an object")),
        with_sources(&serde_json::from_str::<OneTimeCode>(&NUMBER[1..]).expect_err("an integer")),
        with_sources(&serde_json::from_str::<OneSegment>(&NUMBER[1..]).expect_err("an integer")),
        with_sources(&serde_json::from_str::<Bounded<4, 20>>(&NUMBER[1..]).expect_err("too large")),
        with_sources(
            &serde_json::from_str::<Bounded<4, 20>>(&format!("\"{NUMBER}\"")).expect_err("a string"),
        ),
        with_sources(
            &serde_json::from_str::<Bounded<4, 20>>(&format!("{}.5", &NUMBER[1..])).expect_err("a float"),
        ),
        with_sources(
            &serde_json::from_str::<MfaRequest>(&format!(r#"{{"to":"+1","token_length":{}}}"#, &NUMBER[1..]))
                .expect_err("too large"),
        ),
    ];
    for shown in shown {
        assert_shows_nothing("an error", &shown);
    }
    let builder =
        Client::builder(&"acme".parse().expect("a space"), Credentials::new(PROJECT, TOKEN).expect("usable"));
    let builder = builder.base_url(format!("https://user:{TOKEN}@acme.signalwire.com"));
    assert_debug_shows_nothing("ClientBuilder", &builder);
    assert_shows_nothing("an error", &with_sources(&builder.build().expect_err("user info")));
}

/// A server can send anything, including parts of the request.
#[tokio::test]
async fn no_error_of_a_request_shows_what_was_sent() {
    let echo = format!(
        r#"{{"token":"{CODE}","to":"{NUMBER}","error":"{AUTHORIZATION}","errors":[{{"code":"{CODE}","message":"{NUMBER}",
            "detail":"{NUMBER}","status":"{TOKEN}","title":"{CODE}"}}]}}"#
    );
    let mut errors: Vec<Error> = Vec::new();
    let answers = [200, 401, 404, 422, 500, 503].map(|status| (status, echo.clone()));
    // serde quotes a value of the wrong type.
    let quoted =
        [(200, format!("\"{CODE}\"")), (200, format!(r#"{{"id":"{CODE}"}}"#)), (422, NUMBER[1..].to_owned())];
    for (status, body) in answers.into_iter().chain(quoted) {
        let server = Scripted::json(status, &body).await;
        errors.extend(server.client().request_mfa_sms().body(request()).send().await.err());
        let verify = server.client();
        let verify = verify.verify_mfa_token().mfa_request_id(Uuid::nil()).body_map(|body| body.token(CODE));
        errors.extend(verify.send().await.err());
    }
    let silent = Scripted::answering(Vec::new()).await;
    errors.extend(silent.client().request_mfa_sms().body(request()).send().await.err());
    for status in [200, 401] {
        let whole = crate::scripted::response(status, "", &echo);
        let server = Scripted::answering(&whole[..whole.len() - 1]).await;
        errors.extend(server.client().request_mfa_sms().body(request()).send().await.err());
    }
    assert_eq!(errors.len(), 21);
    for error in &errors {
        assert_shows_nothing("an error", &with_sources(error));
        assert_debug_shows_nothing("its body", &error.body());
        assert_debug_shows_nothing("what it lists", &error.api_errors());
        // The host is shown, but not the URL, which contains the id of a request.
        let shown = with_sources(error);
        assert!(!shown.contains("http://") && !shown.contains("/mfa/"), "{shown}");
    }
}

#[tokio::test]
async fn the_debug_of_a_response_has_no_headers() {
    let body = format!(
        r#"{{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"{NUMBER}","channel":"sms"}}"#
    );
    let answer = crate::scripted::response(200, &format!("set-cookie: {TOKEN}\r\n"), &body);
    let server = Scripted::answering(answer).await;
    let sent = server.client().request_mfa_sms().body(request()).send().await.expect("an answer");
    assert_debug_shows_nothing("Response", &sent);
}

#[test]
fn an_error_has_the_size_of_a_pointer_and_can_be_sent_to_another_thread() {
    fn goes_between_threads<T: Send + Sync + 'static>() {}
    goes_between_threads::<Error>();
    goes_between_threads::<Client>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}
