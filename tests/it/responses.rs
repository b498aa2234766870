//! Responses, documented and not: which value or error a call returns.

use std::error::Error as _;

use relay_rest::types::{
    InternalServerErrorError, MfaCallRequest, MfaResponse, NotFoundError, UnauthorizedError,
};
use relay_rest::{Error, ErrorBody, ErrorKind, Response, Sent, Verification};
use uuid::Uuid;

use crate::scripted::{Scripted, response};

pub(crate) const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

pub(crate) async fn send(server: &Scripted) -> Result<Response<MfaResponse>, Error> {
    server.client().request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await
}

pub(crate) async fn send_for(status: u16, body: &str) -> Result<Response<MfaResponse>, Error> {
    send(&Scripted::json(status, body).await).await
}

#[tokio::test]
async fn a_success_has_its_value_status_headers_and_request_id() {
    let answer = response(200, "content-type: application/json\r\nx-request-id: req-1\r\n", SENT);
    let sent = send(&Scripted::answering(answer).await).await.expect("a success");
    assert_eq!((sent.status().as_u16(), sent.request_id(), sent.success), (200, Some("req-1"), true));
    assert_eq!(sent.headers()["content-type"], "application/json");
    assert_eq!(sent.into_inner().to, "+14043287382");
}

#[tokio::test]
async fn an_undocumented_2xx_that_cannot_be_read_is_unreadable() {
    let not_queued = SENT.replace("true", "false");
    for (status, body, kind) in [
        (202, not_queued.as_str(), ErrorKind::NotQueued),
        (202, r#"{"success":false}"#, ErrorKind::NotQueued),
        (202, r#"{"id":1}"#, ErrorKind::Unreadable),
        (202, "<html>", ErrorKind::Unreadable),
        (201, "[false]", ErrorKind::Unreadable),
        (200, "[false]", ErrorKind::Unreadable),
        (201, "", ErrorKind::Unreadable),
        (204, "", ErrorKind::Unreadable),
        (205, "", ErrorKind::Unreadable),
    ] {
        let error = send_for(status, body).await.expect_err("no success");
        let what = (error.kind(), error.was_sent(), error.status().map(|status| status.as_u16()));
        assert_eq!(what, (kind, Sent::Yes, Some(status)), "{body}");
    }
    let whole = response(202, "", SENT);
    let broken = Scripted::answering(&whole[..whole.len() - 1]).await;
    let error = send(&broken).await.expect_err("it broke off");
    assert_eq!(
        (error.kind(), error.raw_body()),
        (ErrorKind::Unreadable, Some(&SENT.as_bytes()[..SENT.len() - 1]))
    );
    let limited = Scripted::json(201, SENT).await;
    let limited = limited.client_builder().max_body_bytes(9).build().expect("a client");
    let error = limited.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await;
    assert_eq!(error.expect_err("it is too long").kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn a_status_other_than_2xx_is_an_error_whatever_its_body() {
    for status in [300, 304, 399, 400, 600, 999] {
        assert_eq!(
            send_for(status, SENT).await.expect_err("no success").kind(),
            ErrorKind::Status,
            "{status}"
        );
    }
}

/// A body of 1 MiB could be 250,000 values of a hundred bytes or more.
#[tokio::test]
async fn of_a_huge_error_a_hundred_errors_are_kept() {
    let item = r#"{"detail":"d","status":"422","title":"t","code":"c"}"#;
    for (length, is_typed) in [(1_000, true), (15_000, false)] {
        let body = format!(r#"{{"errors":[{}{item}]}}"#, format!("{item},").repeat(length));
        let error = send_for(422, &body).await.expect_err("422");
        assert_eq!((error.api_errors().len(), error.code()), (100, Some("c")));
        assert_eq!(error.raw_body().map(<[u8]>::len), Some(body.len()));
        assert_eq!(error.body().is_some(), is_typed, "{length}");
    }
}

#[tokio::test]
async fn a_response_gives_its_parts_and_the_body_as_it_came() {
    let body = SENT.replace("{\"id\"", "{\"new\":[1],\"id\"");
    let server = Scripted::answering(response(202, "x-amzn-requestid: r-4\r\n", &body)).await;
    let sent = send(&server).await.expect("a response");
    assert_eq!((sent.raw_body(), sent.request_id()), (body.as_bytes(), Some("r-4")));
    let channel = sent.map(|sent| sent.channel);
    assert_eq!((channel.status().as_u16(), channel.request_id()), (202, Some("r-4")));
    let (channel, status, headers) = channel.into_parts();
    assert_eq!((channel.as_str(), status.as_u16(), headers.len()), ("sms", 202, headers.len()));
    assert!(headers.contains_key("x-amzn-requestid"));
}

#[tokio::test]
async fn each_documented_error_has_its_own_typed_body() {
    let error = send_for(401, r#"{"error":"Unauthorized"}"#).await.expect_err("401");
    let Some(ErrorBody::Unauthorized(body)) = error.body() else { panic!("no body of 401: {error:?}") };
    assert_eq!(body.error, UnauthorizedError::Unauthorized);
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Status, Sent::Yes));
    assert_eq!(
        error.to_string(),
        "request_mfa_sms: server responded 401 Unauthorized; check that project id and API token are not swapped, and the token's scopes"
    );

    let item = r#"{"detail":"to is not a number","status":"422","title":"Invalid","code":"invalid_to"}"#;
    let error = send_for(422, &format!(r#"{{"errors":[{item}]}}"#)).await.expect_err("422");
    let Some(ErrorBody::ValidationError(body)) = error.body() else { panic!("no body of 422: {error:?}") };
    assert_eq!(body.errors[0].code, "invalid_to");

    let error = send_for(500, r#"{"error":"Internal Server Error"}"#).await.expect_err("500");
    let Some(ErrorBody::InternalServerError(body)) = error.body() else {
        panic!("no body of 500: {error:?}")
    };
    assert_eq!(body.error, InternalServerErrorError::InternalServerError);
}

#[tokio::test]
async fn a_body_is_read_by_its_status_and_not_by_its_shape() {
    // The body of a 500, sent with 401, is read as the body of 401 with an unknown value.
    let error = send_for(401, r#"{"error":"Internal Server Error"}"#).await.expect_err("401");
    assert!(matches!(error.body(), Some(ErrorBody::Unauthorized(_))));
}

#[tokio::test]
async fn a_success_that_says_that_nothing_was_queued_is_an_error() {
    let error = send_for(200, &SENT.replace("true", "false")).await.expect_err("not queued");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::NotQueued, Sent::Yes));
    assert!(error.raw_body().is_some_and(|body| body.starts_with(br#"{"id":"3fa85f64"#)));

    let error =
        send_for(200, r#"{"success":false}"#).await.expect_err("not queued, and nothing else is there");
    assert_eq!(error.kind(), ErrorKind::NotQueued);
}

#[tokio::test]
async fn a_success_that_cannot_be_read_says_that_the_message_was_sent() {
    let error = send_for(200, r#"{"id":"3fa85f64"#).await.expect_err("unreadable");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Unreadable, Sent::Yes));
    assert_eq!(error.raw_body(), Some(br#"{"id":"3fa85f64"#.as_slice()));
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_the_status() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".as_slice();
    let error = send(&Scripted::answering(answer).await).await.expect_err("broken off");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Unreadable, Sent::Yes));
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.raw_body(), Some(b"{\"id\":".as_slice()));
    assert_eq!(error.to_string(), "request_mfa_sms: server responded 200 OK, but its body broke off");
    assert!(error.source().is_some_and(|source| source.is::<relay_rest::reqwest::Error>()));

    let answer = response_that_breaks_off(422);
    let error = send(&Scripted::answering(answer).await).await.expect_err("broken off");
    assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Status, Some(422)));
    assert!(error.body().is_none() && error.raw_body() == Some(b"{\"id\":".as_slice()));
    assert_eq!(
        error.to_string(),
        "request_mfa_sms: server responded 422 Unprocessable Entity, with a body that cannot be read"
    );
}

fn response_that_breaks_off(status: u16) -> String {
    format!("HTTP/1.1 {status} Status\r\ncontent-length: 100\r\n\r\n{{\"id\":")
}

#[tokio::test]
async fn returns_the_errors_that_a_body_lists() {
    let body = r#"{"errors":[{"type":"validation_error","code":"missing_required_parameter","message":"to is required",
        "attribute":"to","url":"https://developer.signalwire.com/errors"},{"code":"other"}]}"#;
    for status in [400, 422] {
        let error = send_for(status, body).await.expect_err("an error");
        assert!(error.body().is_none());
        assert_eq!(error.code(), Some("missing_required_parameter"));
        assert_eq!(error.codes().collect::<Vec<_>>(), ["missing_required_parameter", "other"]);
        let first = &error.api_errors()[0];
        assert_eq!((first.message(), first.attribute()), (Some("to is required"), Some("to")));
    }
    let error = send_for(502, "<html>Bad gateway</html>").await.expect_err("of a proxy");
    assert!(error.code().is_none() && error.api_errors().is_empty());
}

/// The message in a log, in a panic, and in `anyhow`'s chain.
#[tokio::test]
async fn an_error_says_the_operation_the_status_the_code_and_the_request() {
    let body = r#"{"errors":[{"code":"invalid_to","detail":"+14043287382 is no number"},{"code":"other"}]}"#;
    let server = Scripted::answering(response(422, "x-request-id: req-2\r\n", body)).await;
    let error = send(&server).await.expect_err("422");
    let expected =
        "request_mfa_sms: server responded 422 Unprocessable Entity: invalid_to, other (request req-2)";
    assert_eq!(error.to_string(), format!("{expected}, with a body that is not documented"));
    assert_eq!(error.operation(), Some("request_mfa_sms"));
    assert!(format!("{error:?}").contains(expected), "{error:?}");
    assert!(!format!("{error:?}").contains("4043287382"), "{error:?}");
}

#[tokio::test]
async fn an_error_says_which_property_of_a_body_cannot_be_read() {
    for (body, expected) in [
        (SENT.replace(",\"channel\":\"sms\"", ""), "has no `channel`"),
        (SENT.replace("true", "\"+14043287382\""), "is not as documented at `success`"),
        (SENT.replace("\"sms\"", "{\"x\":[]}"), "is not as documented at `channel`"),
        ("[]".to_owned(), "is not as documented"),
        ("<html>".to_owned(), "is not JSON, at line 1, column 1"),
    ] {
        let error = send_for(200, &body).await.expect_err("unreadable");
        assert_eq!(
            error.to_string(),
            format!("request_mfa_sms: server responded 200 OK, but its body {expected}"),
            "{body}"
        );
    }
    let error = send_for(422, r#"{"errors":[{"detail":"d","status":"422","title":"t","code":7}]}"#).await;
    let source = error.expect_err("422").source().map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("body is not as documented at `errors[0].code`"));
}

/// A server may repeat a part of the request as a code or as an id.
#[tokio::test]
async fn an_error_shows_no_code_that_could_be_a_number_or_was_sent() {
    for code in ["14043287382", "+14043287382", "c14043287382", "SECRET-1", "secret-1", "a b", "", "Ж"] {
        let head = format!("x-request-id: {code}{code}\r\n");
        let head = if code.is_ascii() && code.starts_with('+') { head.as_str() } else { "" };
        let answer = response(422, head, &serde_json::json!({ "code": code }).to_string());
        let server = Scripted::answering(answer).await;
        let call = server.client().verify_mfa_token().mfa_request_id(uuid::Uuid::nil());
        let error = call.body_map(|body| body.token("SECRET-1")).send().await.expect_err("422");
        assert_eq!(
            error.to_string(),
            "verify_mfa_token: server responded 422 Unprocessable Entity, with a body that is not documented"
        );
    }
}

#[tokio::test]
async fn no_connection_means_not_sent_and_no_response_means_unknown() {
    let silent = Scripted::answering(Vec::new()).await;
    let error = send(&silent).await.expect_err("no answer");
    assert_eq!(
        (error.kind(), error.was_sent(), error.is_connect()),
        (ErrorKind::Transport, Sent::Unknown, false)
    );

    // A port that is bound and not listened on refuses connections.
    let taken = tokio::net::TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let url = format!("http://{}", taken.local_addr().expect("an address"));
    let client = silent.client_builder().base_url(url).build().expect("a client");
    let error =
        client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await.expect_err("refused");
    assert_eq!((error.was_sent(), error.is_connect(), error.status()), (Sent::No, true, None));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_not_sent() {
    let server = Scripted::json(200, SENT).await;
    let error = server
        .client()
        .request_mfa_sms()
        .body_map(|body| body.to("404-328-7382"))
        .send()
        .await
        .expect_err("no number");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, Sent::No));
    assert_eq!(
        error.to_string(),
        "request_mfa_sms: invalid request, nothing was sent: to: phone number must begin with `+` and the country code (E.164)"
    );
    let error = server.client().request_mfa_sms().send().await.expect_err("no number at all");
    assert_eq!(error.to_string(), "request_mfa_sms: invalid request, nothing was sent: `to` is not set");
    let invalid = MfaCallRequest::builder().to("+14043287382").token_length(30);
    let error = server.client().request_mfa_call().body(invalid).send().await.expect_err("too long a code");
    assert_eq!(
        error.to_string(),
        "request_mfa_call: invalid request, nothing was sent: token_length: 30 is out of range; 4 to 20 are allowed"
    );

    let client = server.client();
    let verify = || client.verify_mfa_token().body_map(|body| body.token("1"));
    let error = verify().send().await.expect_err("no id");
    assert_eq!(
        error.to_string(),
        "verify_mfa_token: invalid request, nothing was sent: `mfa_request_id` is not set"
    );
    let error = verify().mfa_request_id("1").send().await.expect_err("no UUID");
    assert_eq!(
        error.to_string(),
        "verify_mfa_token: invalid request, nothing was sent: mfa_request_id: invalid length: found 1"
    );
    let error = client.verify_mfa_token().send().await.expect_err("neither");
    assert_eq!(
        error.to_string(),
        "verify_mfa_token: invalid request, nothing was sent: `mfa_request_id` is not set, and `token` is not set"
    );
    assert!(server.received().is_empty());
}

/// serde would also read a struct from an array, by position.
#[tokio::test]
async fn a_list_is_no_answer() {
    let server = Scripted::json(200, "[true]").await;
    let error = server.client().verify(Uuid::nil(), "123456").await.expect_err("no object");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    let server = Scripted::json(200, r#"["3fa85f64-5717-4562-b3fc-2c963f66afa6",false,"+1","sms"]"#).await;
    assert_eq!(send(&server).await.expect_err("no object").kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn an_empty_body_ends_too_early() {
    let error = send(&Scripted::json(200, "").await).await.expect_err("nothing");
    let causes = format!("{error:?}");
    assert!(causes.contains("server responded 200 OK, but its body ends too early"), "{causes}");
}

#[tokio::test]
async fn a_verification_has_three_outcomes() {
    let gone = r#"{"error":"Not Found"}"#;
    for (status, body, expected) in [
        (200, r#"{"success":true}"#, Verification::Verified),
        (200, r#"{"success":false}"#, Verification::WrongCode),
        (404, gone, Verification::Gone),
        (404, "", Verification::Gone),
    ] {
        let server = Scripted::json(status, body).await;
        assert_eq!(server.client().verify(Uuid::nil(), "123456").await.expect("an outcome"), expected);
    }
    let whole = |body: &str| response(404, "", body);
    let broken_off = format!("HTTP/1.1 404 Status\r\ncontent-length: 100\r\n\r\n{gone}").into_bytes();
    for answer in [whole("<html>no such page</html>"), whole("[]"), whole("\"Not Found\""), broken_off] {
        let server = Scripted::answering(answer).await;
        let error = server.client().verify(Uuid::nil(), "123456").await.expect_err("a 404 of somebody else");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    }

    let server = Scripted::json(401, r#"{"error":"Unauthorized"}"#).await;
    let error = server.client().verify(Uuid::nil(), "123456").await.expect_err("no outcome");
    assert!(matches!(error.body(), Some(ErrorBody::Unauthorized(_))));

    let server = Scripted::json(404, gone).await;
    let request = server.client();
    let request = request.verify_mfa_token().mfa_request_id(Uuid::nil()).body_map(|body| body.token("1"));
    let error = request.send().await.expect_err("404");
    let Some(ErrorBody::NotFound(body)) = error.body() else { panic!("no body of 404: {error:?}") };
    assert_eq!(body.error, NotFoundError::NotFound);
}
