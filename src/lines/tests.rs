use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::*;
use crate::codegen_support::{Call, Caller, Client, Error, Operation, Responses, nothing, send};
use crate::{Credentials, RetryPolicy};

/// An operation that sends its values one after another, as the generated ones do.
struct AddLines(Caller, Vec<Value>, Framing);

impl Operation for AddLines {
    type Request = ();
    type Response = ();
    const NAME: &'static str = "add_lines";
    const ID: &'static str = "add_lines";
    const METHOD: &'static str = "PUT";
    const PATH: &'static str = "/lines";
}

impl Call<()> for AddLines {
    const RESPONSES: Responses<()> = Responses {
        is_success: |status| status == 204,
        success_body: nothing,
        error_body: |_, _, _| Ok(None),
    };

    fn caller(&mut self) -> &mut Caller {
        &mut self.0
    }

    fn into_request(self) -> std::result::Result<(Caller, reqwest::Request), Error> {
        let url = format!("{}/lines", self.0.base_url());
        let request = self.0.http().put(url).header(header::CONTENT_TYPE, "application/x-ndjson");
        let request = request.body(lines(&self.1, self.2)?).build().map_err(Error::not_built)?;
        Ok((self.0, request))
    }
}

/// `Content-Type`, `Content-Length` and the body of each request.
type Received = Arc<Mutex<Vec<[String; 3]>>>;

/// Serves 503 once and then 204. Returns a client that sends again, and what the server receives.
async fn serve() -> (Client, Received) {
    async fn receive(
        State(received): State<Received>,
        headers: HeaderMap,
        body: Bytes,
    ) -> (StatusCode, [(header::HeaderName, &'static str); 1]) {
        let header = |name| {
            String::from_utf8_lossy(headers.get(name).map_or(b"", |value| value.as_bytes())).into_owned()
        };
        let mut received = received.lock().expect("no panic");
        let body = String::from_utf8_lossy(&body).into_owned();
        received.push([header(header::CONTENT_TYPE), header(header::CONTENT_LENGTH), body]);
        let status =
            if received.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT };
        (status, [(header::RETRY_AFTER, "0")])
    }
    let received = Received::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/api", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(receive).with_state(Arc::clone(&received));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let credentials = Credentials::new("project-id", "PT-token").expect("credentials");
    let client = Client::builder(&"acme".parse().expect("a space"), credentials).base_url(url);
    (client.retry(RetryPolicy::new(2)).build().expect("a client"), received)
}

#[tokio::test]
async fn lines_are_sent_again_as_they_were() {
    for (framing, expected) in
        [(Framing::Lines, "{\"a\":[1,2]}\nnull\n"), (Framing::Sequence, "\u{1e}{\"a\":[1,2]}\n\u{1e}null\n")]
    {
        let (client, received) = serve().await;
        let values = vec![json!({ "a": [1, 2] }), Value::Null];
        send(AddLines((&client).into(), values, framing)).await.expect("a success");
        let request = ["application/x-ndjson", &expected.len().to_string(), expected].map(str::to_owned);
        assert_eq!(*received.lock().expect("no panic"), [request.clone(), request]);
    }
}

#[tokio::test]
async fn no_lines_are_an_empty_body() {
    let (client, received) = serve().await;
    send(AddLines((&client).into(), Vec::new(), Framing::Lines)).await.expect("a success");
    let received = received.lock().expect("no panic");
    assert!(
        received.iter().all(|[media_type, _, body]| media_type == "application/x-ndjson" && body.is_empty())
    );
}

fn written(values: &impl Serialize, framing: Framing) -> String {
    String::from_utf8(lines(values, framing).expect("values")).expect("a string")
}

#[test]
fn each_value_is_on_a_line_of_its_own() {
    let values =
        [json!({ "a": [1, [2, 3], []], "b": "x\ny\u{1e}" }), json!([]), json!([[4], 5]), json!(null)];
    let expected = "{\"a\":[1,[2,3],[]],\"b\":\"x\\ny\\u001e\"}\n[]\n[[4],5]\nnull\n";
    assert_eq!(written(&values, Framing::Lines), expected);
    assert_eq!(written(&json!([]), Framing::Lines), "");
    assert_eq!(written(&(1, "a"), Framing::Lines), "1\n\"a\"\n");
}

#[test]
fn a_sequence_has_a_separator_before_each_value() {
    assert_eq!(written(&[json!(1), json!([2, 3])], Framing::Sequence), "\u{1e}1\n\u{1e}[2,3]\n");
    assert_eq!(written(&json!([]), Framing::Sequence), "");
}

#[test]
fn a_value_that_is_not_json_is_an_error() {
    let values = [std::collections::BTreeMap::from([((1, 2), 3)])];
    assert!(lines(&values, Framing::Lines).is_err());
}
