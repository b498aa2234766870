//! Later versions of the API, for a program that is already built, and for a build with the new document.
//! One test for each row of the table in `src/guide.md`, named by its claim.

use std::collections::BTreeSet;
use std::error::Error as _;

use relay_rest::types::UnauthorizedError;
use relay_rest::{ErrorBody, ErrorKind, Sent, Verification};
use relay_rest_codegen::{generate, outline};
use uuid::Uuid;

use crate::pipeline::generator;
use crate::responses::{SENT, send, send_for};
use crate::scripted::{Scripted, response};

const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");
const OVERLAY: &str = include_str!("../../openapi/overlay.yaml");
/// The part of the document that gives a response the schema `MfaResponse`.
const SENT_SCHEMA: &str = "                $ref: '#/components/schemas/MfaResponse'\n";

/// The public items of the client of a document.
fn items(document: &str) -> BTreeSet<String> {
    let generated = generate(document, OVERLAY, &generator::settings()).expect("a client");
    outline(&generated.source).expect("it parses").to_string().lines().map(str::to_owned).collect()
}

/// The removed and the added items of the client, after `before` in the document is replaced by `after`.
fn changed(document: &str, before: &str, after: &str) -> [Vec<String>; 2] {
    let newer = document.replacen(before, after, 1);
    assert_ne!(newer, document, "{before}");
    let (old, new) = (items(document), items(&newer));
    [old.difference(&new).cloned().collect(), new.difference(&old).cloned().collect()]
}

/// Asserts that an edit of the vendored document removes and changes no item, and adds this one.
fn assert_only_adds(before: &str, after: &str, item: &str) {
    let [lost, added] = changed(DOCUMENT, before, after);
    assert_eq!(lost, [""; 0]);
    assert!(added.iter().any(|line| line == item), "{item} is none of {added:#?}");
}

#[tokio::test]
async fn a_property_of_a_response_is_ignored_and_kept_in_the_raw_body() {
    let body = SENT.replace("{\"id\"", "{\"new\":[1],\"id\"");
    let sent = send_for(200, &body).await.expect("a success");
    assert_eq!(sent.raw_body(), body.as_bytes());

    let property = "        channel:\n          type: string\n";
    assert_only_adds(
        property,
        &format!("        region:\n          type: string\n{property}"),
        "field types::MfaResponse.region: ::std::option::Option<::std::string::String>",
    );
}

#[tokio::test]
async fn a_format_of_a_response_is_ignored_and_a_new_build_has_its_type() {
    let sent = send_for(200, &SENT.replace("+14043287382", "2026-11-22")).await;
    assert_eq!(sent.expect("a success").to, "2026-11-22");

    let property = "          description: The destination of the MFA request.\n";
    let [lost, added] = changed(DOCUMENT, property, &format!("{property}          format: date-time\n"));
    let of = |lines: Vec<String>| {
        let is_field = |line: &String| line.starts_with("field types::MfaResponse.to:");
        lines.into_iter().find(is_field).expect("the field")
    };
    assert!(of(lost).ends_with("String"));
    assert!(of(added).ends_with("::relay_rest::codegen_support::DateTime"));
}

#[tokio::test]
async fn an_optional_property_of_a_request_is_not_sent_until_it_is_set() {
    let server = Scripted::json(200, SENT).await;
    send(&server).await.expect("a success");
    assert_eq!(server.received()[0].body, r#"{"to":"+14043287382"}"#);

    let property = "        allow_alphas:\n";
    assert_only_adds(
        property,
        &format!("        region:\n          type: string\n{property}"),
        "field types::MfaRequest.region: ::std::option::Option<::std::string::String>",
    );
}

#[tokio::test]
async fn a_required_property_of_a_request_is_missing_until_it_is_set() {
    let item = r#"{"detail":"region is missing","status":"422","title":"Invalid","code":"missing_region"}"#;
    let error = send_for(422, &format!(r#"{{"errors":[{item}]}}"#)).await.expect_err("422");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Status, Some("missing_region")));

    // The program compiles, because requests have builders, and `build` fails.
    let required = "      required:\n        - to\n      description: MFA request model.\n";
    let after = required.replace("        - to\n", "        - to\n        - region\n");
    let with_property = DOCUMENT.replacen(
        "        allow_alphas:\n",
        "        region:\n          type: string\n        allow_alphas:\n",
        1,
    );
    let newer = with_property.replacen(required, &after, 1);
    assert_ne!(newer, with_property);
    let (old, new) = (items(DOCUMENT), items(&newer));
    assert_eq!(old.difference(&new).count(), 0);
    assert!(new.contains("field types::MfaRequest.region: ::std::string::String"));
}

#[tokio::test]
async fn a_value_of_an_enum_in_a_response_is_read_as_unknown() {
    let error = send_for(401, r#"{"error":"Token revoked"}"#).await.expect_err("401");
    let Some(ErrorBody::Unauthorized(body)) = error.body() else { panic!("no body of 401: {error:?}") };
    assert_eq!(body.error, UnauthorizedError::Unknown("Token revoked".to_owned()));
    assert_eq!(serde_json::to_string(body).expect("JSON"), r#"{"error":"Token revoked"}"#);

    assert_only_adds(
        "        - Unauthorized\n",
        "        - Unauthorized\n        - Token revoked\n",
        "variant types::UnauthorizedError::TokenRevoked",
    );
}

/// A program that is already built reads a new branch as a known one that fits, or fails: the case
/// `a_union_is_read_as_the_branch_that_knows_its_values` of relay-rest-codegen compiles a union and reads values of new branches.
#[test]
fn a_branch_of_a_union_is_one_more_variant() {
    let reference = |name: &str| format!("                  - $ref: '#/components/schemas/{name}'\n");
    let two = format!(
        "                oneOf:\n{}{}",
        reference("MfaResponse"),
        reference("Types.StatusCodes.StatusCode401")
    );
    let three = format!("{two}{}", reference("Types.StatusCodes.StatusCode500"));
    let document = DOCUMENT.replacen(SENT_SCHEMA, &two, 1);
    let [lost, added] = changed(&document, &two, &three);
    assert_eq!(lost, [""; 0]);
    assert!(added.iter().any(|line| line.starts_with("variant types::")), "{added:#?}");
}

#[tokio::test]
async fn a_response_of_another_type_is_unreadable_and_a_new_build_sees_the_new_type() {
    let body = r#"{"request":{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}}"#;
    let error = send_for(200, body).await.expect_err("another type");
    assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Unreadable, Sent::Yes));
    assert_eq!(error.raw_body(), Some(body.as_bytes()));

    let other = SENT_SCHEMA.replace("MfaResponse", "Types.StatusCodes.StatusCode401");
    let [lost, _] = changed(DOCUMENT, SENT_SCHEMA, &other);
    assert!(
        lost.iter().any(|line| line.starts_with("method builder::RequestMfaSms: async fn send(")),
        "{lost:#?}"
    );
}

#[tokio::test]
async fn another_body_of_an_error_leaves_the_status_and_the_raw_body() {
    for body in ["<html>Bad gateway</html>", "", r#"{"errors":[{"type":"validation_error"}]}"#, "[]"] {
        let error = send_for(422, body).await.expect_err("422");
        assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Status, Some(422)));
        assert!(error.body().is_none());
        assert_eq!(error.raw_body(), Some(body.as_bytes()));
        assert!(error.source().is_some());
    }

    let body = "                $ref: '#/components/schemas/Types.StatusCodes.ValidationError'\n";
    let other = "                type: object\n                properties:\n                  reason:\n                    type: string\n";
    let [lost, added] = changed(DOCUMENT, body, other);
    assert_eq!(lost, [""; 0]);
    assert!(added.iter().any(|line| line.starts_with("variant ErrorBody::")), "{added:#?}");
}

#[tokio::test]
async fn an_error_status_is_reported_with_its_raw_body() {
    for status in [302, 304, 400, 403, 404, 409, 429, 502, 503] {
        let body = if status == 304 { "" } else { "nothing documented" };
        let answer = response(status, "request-id: req-2\r\n", body);
        let error = send(&Scripted::answering(answer).await).await.expect_err("undocumented");
        assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Status, Some(status)));
        assert_eq!((error.raw_body(), error.request_id()), (Some(body.as_bytes()), Some("req-2")));
        assert!(error.body().is_none() && error.source().is_none());
    }

    let status = "        '422':\n";
    let gone = "        '410':\n          description: Gone.\n          content:\n            application/json:\n              schema:\n                type: object\n                properties:\n                  gone:\n                    type: boolean\n";
    let [lost, added] = changed(DOCUMENT, status, &format!("{gone}{status}"));
    assert_eq!(lost, [""; 0]);
    assert!(added.iter().any(|line| line.starts_with("variant ErrorBody::")), "{added:#?}");
}

/// The server carried out the request, whatever the document says about the status.
#[tokio::test]
async fn a_status_of_success_is_a_success() {
    for status in [200, 201, 202, 203, 206, 226, 299] {
        let sent = send_for(status, SENT).await.expect("a success");
        assert_eq!((sent.status().as_u16(), sent.id.to_string().as_str()), (status, &SENT[7..43]));
        let verified = Scripted::json(status, r#"{"success":true}"#).await;
        let verified = verified.client().verify(Uuid::nil(), "123456").await.expect("an outcome");
        assert_eq!(verified, Verification::Verified);
    }
}
