//! Runs each example against the server, which judges what it receives and sends.
#![allow(dead_code, reason = "the examples have a `main` each")]

#[path = "../examples/buy_a_number.rs"]
mod buy_a_number;
#[path = "../examples/list_recordings.rs"]
mod list_recordings;
#[path = "../examples/queues.rs"]
mod queues;
#[path = "../examples/whole_api.rs"]
mod whole_api;

#[tokio::test]
async fn all_recordings_are_listed_although_a_page_fails() {
    let (client, server) = complete::start().await.expect("a server");
    assert_eq!(list_recordings::seconds(&client).await.expect("recordings"), [0, 10, 20, 30, 40]);
    let pages = ["GET /recordings", "GET /recordings?page_token=PA2", "GET /recordings?page_token=PA4"];
    assert_eq!(server.requests(), pages);
    server.fail(1);
    assert_eq!(list_recordings::seconds(&client).await.expect("recordings").len(), 5);
    server.fail(2);
    list_recordings::seconds(&client).await.expect_err("two failures");
    assert_eq!(server.faults(), [""; 0]);
}

#[tokio::test]
async fn callers_wait_in_a_queue() {
    let (client, server) = complete::start().await.expect("a server");
    let queue = queues::create(&client, "support").await.expect("a queue");
    assert_eq!(queues::waiting(&client, &queue).await.expect("members"), 0);
    (0..3).for_each(|_| server.call(queue.as_str()));
    assert_eq!(queues::waiting(&client, &queue).await.expect("members"), 3);
    assert_eq!(server.faults(), [""; 0]);
}

#[tokio::test]
async fn a_number_is_bought_and_grouped() {
    let (client, server) = complete::start().await.expect("a server");
    let number = buy_a_number::buy(&client, "support").await.expect("a purchase").expect("a number");
    let bought = client.retrieve_phone_number().id(&number).send().await.expect("the number");
    assert_eq!(bought.name.as_deref(), Some("support"));
    buy_a_number::group(&client, &number).await.expect("a group");
    client.release_phone_number().id(&number).send().await.expect("released");
    assert_eq!(server.faults(), [""; 0]);
    assert_eq!(server.requests()[0], "GET /phone_numbers/search?areacode=310");
}

#[tokio::test]
async fn a_program_uses_the_whole_api() {
    let (client, server) = complete::start().await.expect("a server");
    let done = whole_api::run(&client).await.expect("everything");
    assert_eq!(
        done[..6],
        [
            "created sales",
            "created support",
            "created billing",
            "page of sales, support",
            "page of billing",
            "3 queues, 5 recordings"
        ]
    );
    assert_eq!(done[6], "renamed to orders");
    assert_eq!(done[7], "gone: get_queue: server responded 404 Not Found");
    assert!(done[8].starts_with("get_queue: invalid request, nothing was sent: "), "{}", done[8]);
    assert_eq!(server.faults(), [""; 0]);
}

/// What shows that the judge sees anything.
#[tokio::test]
async fn an_invalid_body_is_a_fault() {
    let (client, server) = complete::start().await.expect("a server");
    let body = serde_json::json!({ "name": 5 });
    let queue = client.request(relay_rest::reqwest::Method::POST, "/queues").json(&body);
    queue.send_raw().await.expect("a response");
    assert!(!server.faults().is_empty());
}
