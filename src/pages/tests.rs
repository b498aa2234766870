use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap as Headers, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response as Answer};

use super::*;
use crate::codegen_support::{Call, Caller, Responses, json, send};
use crate::{Credentials, ErrorKind, Sent};

/// A page: its items, and the URL of the next one.
#[derive(serde::Deserialize)]
struct Page {
    items: Vec<u32>,
    next: Option<String>,
}

/// An operation whose pages have the URL of the next.
struct ListNumbers(Caller);

fn list(client: &Client) -> ListNumbers {
    ListNumbers(client.into())
}

impl Operation for ListNumbers {
    type Request = ();
    type Response = Page;
    const NAME: &'static str = "list_numbers";
    const ID: &'static str = "list-numbers";
    const METHOD: &'static str = "GET";
    const PATH: &'static str = "/numbers";
}

impl Call<Page> for ListNumbers {
    const RESPONSES: Responses<Page> =
        Responses { is_success: |status| status == 200, success_body: json, error_body: |_, _, _| Ok(None) };

    fn caller(&mut self) -> &mut Caller {
        &mut self.0
    }

    fn into_request(self) -> Result<(Caller, Request), Error> {
        let url = format!("{}/numbers?kind=a%20b&page=0", self.0.base_url());
        let request = self.0.http().get(url).build().map_err(Error::not_built)?;
        Ok((self.0, request))
    }
}

impl Paged for ListNumbers {
    type Item = u32;
    const NEXT: NextPage<Page> = NextPage::Url(|page| page.next.clone());

    fn into_items(page: Page) -> Vec<u32> {
        page.items
    }
}

/// The pages that are left.
type Left = Arc<Mutex<std::vec::IntoIter<Option<(&'static str, Option<String>)>>>>;

/// What a server received: the path with the query, and whether with credentials and the header of the call.
type Received = Arc<Mutex<Vec<(String, bool)>>>;

/// Serves `pages` in their order, whatever is asked for; `None` is a 500. Returns a client and what the server receives.
async fn serve(pages: Vec<Option<(&'static str, Option<String>)>>) -> (Client, Received) {
    let received = Received::default();
    let state = (Arc::new(Mutex::new(pages.into_iter())), Arc::clone(&received));
    async fn page(State((pages, received)): State<(Left, Received)>, uri: Uri, headers: Headers) -> Answer {
        let has_headers = headers.contains_key(header::AUTHORIZATION) && headers.contains_key("x-trace");
        received.lock().expect("no panic").push((uri.to_string(), has_headers));
        match pages.lock().expect("no panic").next() {
            Some(Some((items, next))) => {
                axum::Json(serde_json::json!({"items": serde_json::from_str::<Vec<u32>>(items).expect("a list"), "next": next}))
                    .into_response()
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/api", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(page).with_state(state)).await });
    let credentials = Credentials::new("project-id", "PT-token").expect("credentials");
    let client = Client::builder(&"acme".parse().expect("a space"), credentials).base_url(url).build();
    (client.expect("a client"), received)
}

fn next(url: &str) -> Option<String> {
    Some(url.to_owned())
}

fn paths(received: &Received) -> Vec<String> {
    received.lock().expect("no panic").iter().map(|(path, _)| path.clone()).collect()
}

/// The next item of a stream.
async fn streamed<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

#[tokio::test]
async fn items_of_all_pages_are_read_with_credentials() {
    let pages = vec![
        Some(("[1,2]", next("/api/numbers?page=1"))),
        Some(("[]", next("numbers?page=2#there"))),
        Some(("[3]", next(""))),
    ];
    let (client, received) = serve(pages).await;
    let mut items = list(&client).with_header("X-Trace", "t").items();
    let mut found = Vec::new();
    while let Some(item) = items.next_item().await.expect("no error") {
        found.push(item);
    }
    assert_eq!(found, [1, 2, 3]);
    assert_eq!(
        *received.lock().expect("no panic"),
        [
            ("/api/numbers?kind=a%20b&page=0".to_owned(), true),
            ("/api/numbers?page=1".to_owned(), true),
            ("/api/numbers?page=2".to_owned(), true),
        ]
    );
    assert!(items.next_item().await.expect("no error").is_none(), "it stays at its end");
    assert_eq!(received.lock().expect("no panic").len(), 3);
}

#[tokio::test]
async fn after_an_error_the_same_page_is_requested_again() {
    let pages = vec![Some(("[1]", next("?page=1"))), None, None, Some(("[2]", None))];
    let (client, received) = serve(pages).await;
    let mut items = list(&client).items();
    assert_eq!(items.next_item().await.expect("a page"), Some(1));
    let error = items.next_item().await.expect_err("500");
    assert_eq!(error.operation(), Some("list_numbers"));
    assert_eq!(
        streamed(&mut items).await.expect("not at its end").expect_err("500").kind(),
        ErrorKind::Status
    );
    assert!(streamed(&mut items).await.is_none(), "a stream ends with an error");
    assert_eq!(items.next_item().await.expect("the third attempt"), Some(2));
    assert!(streamed(&mut items).await.is_none());
    assert_eq!(paths(&received)[1..], ["/api/numbers?page=1"; 3]);
}

#[tokio::test]
async fn a_list_continues_where_it_was_left() {
    let pages = vec![Some(("[1,2]", next("?page=1"))), Some(("[3]", None)), Some(("[3]", None))];
    let (client, received) = serve(pages).await;
    let mut items = list(&client).items();
    assert_eq!(items.next_item().await.expect("a page"), Some(1));
    let (rest, mut pages) = items.into_pages();
    assert_eq!(rest, [2]);
    let url = pages.next_url().expect("a second page").to_owned();
    assert_eq!(pages.next_page().await.expect("a page").expect("a page").items, [3]);
    assert_eq!(pages.next_url(), None);
    assert!(pages.next_page().await.expect("no error").is_none());
    let mut again = list(&client).pages().starting_at(&url).expect("the same origin");
    assert_eq!(streamed(&mut again).await.expect("a page").expect("a page").items, [3]);
    assert_eq!(paths(&received)[1..], ["/api/numbers?page=1"; 2]);
}

#[tokio::test]
async fn a_page_at_another_origin_is_not_requested() {
    let (client, received) = serve(vec![Some(("[1]", next("https://example.com/numbers")))]).await;
    let mut pages = list(&client).pages();
    assert_eq!(pages.next_page().await.expect("a page").expect("a page").items, [1]);
    for _ in 0..2 {
        let error = pages.next_page().await.err().expect("another origin");
        assert_eq!((error.kind(), error.was_sent(), error.attempts()), (ErrorKind::NextPage, Sent::No, 0));
        assert_eq!(
            error.to_string(),
            "list_numbers: next page was not requested: it is at another origin than the base URL, and credentials are not sent there"
        );
    }
    assert_eq!(paths(&received).len(), 1);
    let base = client.base_url().to_owned();
    let with_user = base.replace("http://", "http://user@");
    let other_port = base.replace("127.0.0.1:", "127.0.0.1:1");
    for url in [
        "https://example.com/",
        "//example.com",
        "http://",
        &with_user,
        &other_port,
        &base.replace("http", "https"),
    ] {
        let error = list(&client).pages().starting_at(url).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::NextPage);
        assert!(!error.to_string().contains("example"), "{error}");
    }
}

#[tokio::test]
async fn a_page_that_comes_again_is_an_error() {
    let pages =
        vec![Some(("[1]", next("?page=1"))), Some(("[2]", next("?page=2"))), Some(("[3]", next("?page=1")))];
    let (client, received) = serve(pages).await;
    let mut items = list(&client).items();
    for item in 1..=3 {
        assert_eq!(streamed(&mut items).await.expect("an item").expect("an item"), item);
    }
    let error = streamed(&mut items).await.expect("an error").expect_err("a loop");
    assert_eq!(
        error.to_string(),
        "list_numbers: next page was not requested: it was read before, so that the list has no end"
    );
    assert!(streamed(&mut items).await.is_none());
    assert_eq!(paths(&received).len(), 3);
}

#[tokio::test]
async fn a_page_is_not_lost_if_nobody_waits_for_it() {
    let (client, received) = serve(vec![Some(("[1]", next("?page=1"))), Some(("[2]", None))]).await;
    let mut pages = list(&client).pages();
    for expected in [vec![1], vec![2]] {
        // Polled once and dropped: the request has begun.
        let mut next = Box::pin(pages.next_page());
        assert!(poll_fn(|context| Poll::Ready(next.as_mut().poll(context).is_pending())).await);
        drop(next);
        assert_eq!(pages.next_url(), None, "a request is in progress");
        assert_eq!(pages.next_page().await.expect("a page").expect("a page").items, expected);
    }
    assert_eq!(paths(&received).len(), 2);
}

#[tokio::test]
async fn an_invalid_request_is_an_error_once() {
    struct Invalid(Caller);
    impl Operation for Invalid {
        type Request = ();
        type Response = Page;
        const NAME: &'static str = "invalid";
        const ID: &'static str = "invalid";
        const METHOD: &'static str = "GET";
        const PATH: &'static str = "/";
    }
    impl Call<Page> for Invalid {
        const RESPONSES: Responses<Page> = ListNumbers::RESPONSES;
        fn caller(&mut self) -> &mut Caller {
            &mut self.0
        }
        fn into_request(self) -> Result<(Caller, Request), Error> {
            Err(Error::invalid_request("a is missing"))
        }
    }
    impl Paged for Invalid {
        type Item = u32;
        const NEXT: NextPage<Page> = NextPage::Link;
        fn into_items(page: Page) -> Vec<u32> {
            page.items
        }
    }
    let (client, _) = serve(Vec::new()).await;
    let error = send(Invalid((&client).into())).await.err().expect("invalid").to_string();
    let mut pages = Invalid((&client).into()).pages();
    assert_eq!(pages.next_page().await.err().expect("invalid").to_string(), error);
    assert!(pages.next_page().await.expect("no second error").is_none());
}

#[test]
fn neither_pages_nor_items_show_a_url() {
    let credentials = Credentials::new("project-id", "PT-token").expect("credentials");
    let client = Client::new(&"acme".parse().expect("a space"), credentials).expect("a client");
    assert_eq!(format!("{:?}", list(&client).pages()), "Pages { operation: \"list_numbers\", .. }");
    assert_eq!(format!("{:?}", list(&client).items()), "Items { operation: \"list_numbers\", .. }");
}

#[test]
fn a_query_parameter_gets_another_value_and_the_others_keep_their_bytes() {
    for (url, expected) in [
        ("http://a/", "http://a/?page=2+%26"),
        ("http://a/?b=c%20d&page=1&e", "http://a/?b=c%20d&e&page=2+%26"),
        ("http://a/?pa%67e=1&&page=3&x=a+b", "http://a/?x=a+b&page=2+%26"),
        ("http://a/?page", "http://a/?page=2+%26"),
    ] {
        assert_eq!(with_pair(&url.parse().expect("a URL"), "page", "2 &").as_str(), expected);
    }
}

#[test]
fn the_next_link_is_found_among_others() {
    let found = |values: &[&str]| {
        let values = values.iter().map(|value| (LINK, value.parse().expect("a value")));
        let mut headers = HeaderMap::new();
        values.for_each(|(name, value)| _ = headers.append(name, value));
        next_link(&headers)
    };
    for (values, expected) in [
        (
            &["<https://a/?page=2>; rel=\"next\", <https://a/?page=9>; rel=\"last\""][..],
            Some("https://a/?page=2"),
        ),
        (&["<https://a/?b=1,2;rel=next>; rel=prev", "</c>; title=\"rel=x\"; REL=\"last NEXT\""], Some("/c")),
        (&["<a>;rel=next"], Some("a")),
        (
            &["</p>; title=\"x; rel=next\"; rel=prev, </q>; title=\"\\\", <r>; rel=next\"; rel=next"],
            Some("/q"),
        ),
        (&["</p>; title=\"<b>; rel=next\""], None),
        (&["<a>; rel=\"nextish\", <b>; rev=next, <c"], None),
        (&["", "next"], None),
    ] {
        assert_eq!(found(values).as_deref(), expected, "{values:?}");
    }
}

#[cfg(feature = "blocking")]
#[test]
fn a_blocking_client_iterates_over_pages_and_items() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let pages = vec![Some(("[1,2]", next("?page=1"))), None, Some(("[3]", None)), Some(("[4]", None))];
    let (client, received) = runtime.block_on(serve(pages));
    let client = crate::blocking::Client::try_from(client).expect("a thread");
    let mut items = client.items(list(&client));
    for item in 1..=2 {
        assert_eq!(items.next().expect("an item").expect("an item"), item);
    }
    assert_eq!(items.next().expect("an error").expect_err("500").operation(), Some("list_numbers"));
    assert!(items.next().is_none(), "it ends with an error");
    let pages: Result<Vec<_>, Error> = client.pages(list(&client)).collect();
    assert_eq!(pages.expect("one page")[0].items, [3]);
    assert_eq!(paths(&received).len(), 3);
    let error = runtime
        .block_on(async { client.items(list(&client)).next().expect("an error").expect_err("inside") });
    assert!(error.to_string().contains("inside an async runtime"), "{error}");
}
