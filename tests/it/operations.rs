//! Code that is generic over operations: calls that own their client, and the trait `Operation`.

use std::time::Duration;

use relay_rest::types::{MfaCallRequest, MfaRequest, MfaResponse, MfaVerifyRequest, MfaVerifyResponse};
use relay_rest::{Client, Credentials, Error, Operation, Response, RetryPolicy, Sent, Space, builder};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::scripted::{Connection, Received, Scripted};

const SENT: &str =
    r#"{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","success":true,"to":"+14043287382","channel":"sms"}"#;

fn sms(client: &Client, to: &str) -> builder::RequestMfaSms {
    client.request_mfa_sms().body(MfaRequest::builder().to(to))
}

#[tokio::test]
async fn a_group_sends_what_the_client_sends() {
    let server = Scripted::json(200, SENT).await;
    let client = server.client();
    let group = client.multi_factor_authentication();
    sms(&client, "+14043287382").send().await.expect("a success");
    group.request_mfa_sms().body(MfaRequest::builder().to("+14043287382")).send().await.expect("a success");
    let received = server.received();
    assert_eq!((&received[0].line, &received[0].body), (&received[1].line, &received[1].body));
}

/// Sends all at once, in generic code.
async fn send_all<O: Operation>(operations: Vec<O>) -> Vec<Result<Response<O::Response>, Error>> {
    operations.into_iter().map(Operation::send).collect::<JoinSet<_>>().join_all().await
}

/// Sends on a thread without a runtime.
fn send_blocking<O: Operation>(operation: O) -> Result<Response<O::Response>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(operation.send())
}

#[tokio::test]
async fn a_call_outlives_the_client_that_made_it() {
    let server = Scripted::json(200, SENT).await;
    let client = server.client();
    let call = sms(&client, "+14043287382");
    drop(client);
    let sent = tokio::spawn(call.send()).await.expect("no panic").expect("a response");
    assert!(sent.success);
}

#[tokio::test]
async fn a_batch_sends_each_of_its_calls_once() {
    let server = Scripted::json(200, SENT).await;
    let client = server.client();
    let numbers: Vec<String> = (0..20).map(|number| format!("+1404328{number:04}")).collect();
    let outcomes = send_all(numbers.iter().map(|to| sms(&client, to)).collect()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let mut sent: Vec<String> = server.received().into_iter().map(|request| request.body).collect();
    sent.sort();
    assert_eq!(sent, numbers.iter().map(|to| format!(r#"{{"to":"{to}"}}"#)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_response_whose_id_is_not_a_uuid_is_read() {
    let sent = r#"{"id":"mfa_7","success":true,"to":"+14043287382","channel":"sms"}"#;
    let client = Scripted::json(200, sent).await.client();
    let sent = sms(&client, "+14043287382").send().await.expect("a response");
    assert_eq!((sent.id.as_str(), sent.id.as_uuid()), ("mfa_7", None));
    let error = client.verify(&sent.id, "123456").await.expect_err("the path takes UUIDs");
    assert_eq!((error.was_sent(), error.operation()), (Sent::No, Some("verify_mfa_token")));
    assert!(error.to_string().contains("mfa_request_id: "), "{error}");
}

#[tokio::test]
async fn a_call_can_be_sent_from_a_thread_without_a_runtime() {
    let server = Scripted::json(200, r#"{"success":true}"#).await;
    let call = server
        .client()
        .verify_mfa_token()
        .mfa_request_id(Uuid::nil())
        .body(MfaVerifyRequest::builder().token("123456"));
    let sent = tokio::task::spawn_blocking(|| send_blocking(call)).await.expect("no panic");
    assert!(sent.expect("a response").success);
}

#[tokio::test]
async fn an_invalid_call_fails_in_generic_code_as_by_its_own_method() {
    let client = Scripted::json(200, SENT).await.client();
    let call = client.request_mfa_sms();
    let by_method = call.clone().send().await.expect_err("nothing is set").to_string();
    let by_trait = Operation::send(call).await.expect_err("nothing is set").to_string();
    assert_eq!(by_method, by_trait);
}

/// The constants of the trait are those on the wire.
#[tokio::test]
async fn the_trait_has_id_method_path_and_types_of_each_operation() {
    fn described<O: Operation<Request = Q, Response = R>, Q, R>(
        _: &O,
    ) -> (&'static str, &'static str, &'static str) {
        assert_eq!(O::NAME, O::ID.replace('-', "_"));
        (O::ID, O::METHOD, O::PATH)
    }
    let server = Scripted::json(200, r#"{"success":true}"#).await;
    let client = server.client();
    let sms = sms(&client, "+14043287382");
    let call = client.request_mfa_call().body(MfaCallRequest::builder().to("+14043287382"));
    let verify =
        client.verify_mfa_token().mfa_request_id(Uuid::nil()).body(MfaVerifyRequest::builder().token("1"));
    assert_eq!(described::<_, MfaRequest, MfaResponse>(&sms), ("request-mfa-sms", "POST", "/mfa/sms"));
    assert_eq!(described::<_, MfaCallRequest, MfaResponse>(&call), ("request-mfa-call", "POST", "/mfa/call"));
    assert_eq!(
        described::<_, MfaVerifyRequest, MfaVerifyResponse>(&verify),
        ("verify-mfa-token", "POST", "/mfa/{mfa_request_id}/verify")
    );
    let _ = (sms.send().await, call.send().await, verify.send().await);
    let paths = ["/mfa/sms", "/mfa/call", "/mfa/00000000-0000-0000-0000-000000000000/verify"];
    let expected = paths.map(|path| format!("POST /api/relay/rest{path} HTTP/1.1"));
    assert_eq!(server.received().into_iter().map(|request| request.line).collect::<Vec<_>>(), expected);
}

/// A clone is an increment: it is one pointer wide and allocates nothing.
#[tokio::test]
async fn a_clone_of_a_client_copies_nothing() {
    let client = Scripted::json(200, SENT).await.client();
    assert_eq!(size_of::<Client>(), size_of::<usize>());
    let mut clone = None;
    let cost = allocation_counter::measure(|| clone = Some(client.clone()));
    assert_eq!((cost.count_total, cost.bytes_total), (0, 0));
    assert_eq!(clone.expect("a clone").base_url(), client.base_url());
}

/// One connection serves many tenants, each with its own credentials.
#[tokio::test]
async fn tenants_share_connections_and_not_credentials() {
    let server = Scripted::acting(|mut connection: Connection| async move {
        while connection.read().await.is_some() {
            let kept = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{SENT}", SENT.len());
            let _ = connection.stream.write_all(kept.as_bytes()).await;
        }
    })
    .await;
    let space: Space = server.url.parse().expect("a space");
    let shared =
        Client::new(&space, Credentials::new("first", "PT-1").expect("credentials")).expect("a client");
    let other = shared.with_credentials(&space, Credentials::new("second", "PT-2").expect("credentials"));
    for client in [&shared, &other, &shared] {
        sms(client, "+14043287382").send().await.expect("a response");
    }
    let authorized = |request: &Received| {
        request
            .headers
            .iter()
            .find(|header| header.starts_with("authorization:"))
            .cloned()
            .unwrap_or_default()
    };
    let sent: Vec<String> = server.received().iter().map(authorized).collect();
    // `first:PT-1` and `second:PT-2` in base64.
    let [first, second] =
        ["Zmlyc3Q6UFQtMQ==", "c2Vjb25kOlBULTI="].map(|pair| format!("authorization: Basic {pair}"));
    assert_eq!(sent, [first.clone(), second, first]);
    assert_eq!(server.connections(), 1);
}

/// Settings for some calls do not change the client that they were made from.
#[tokio::test]
async fn a_client_with_other_settings_is_another_one() {
    let client = Scripted::json(200, SENT).await.client();
    let before = format!("{client:?}");
    let other = client.with_timeout(Duration::from_secs(3)).with_retry(RetryPolicy::new(2));
    assert_eq!(format!("{client:?}"), before);
    let shown = format!("{other:?}");
    assert!(shown.contains("timeout: 3s") && shown.contains("retry: Some("), "{shown}");
}
