//! A program over several resources: lists, pages, creates, updates and deletes, with errors and retries.

use std::time::Duration;

use relay_rest::reqwest::Method;
use relay_rest::types::{CreateQueueRequest, UpdateQueueRequest};
use relay_rest::{Client, Error, ErrorKind, Operation, Paged, RetryPolicy};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in run(&complete::client().await?).await? {
        println!("{line}");
    }
    Ok(())
}

/// Leaves everything as it was, and returns what it did.
pub async fn run(client: &Client) -> Result<Vec<String>, Error> {
    // Idempotent requests are repeated after a 503; those that create something are not, unless nothing happened.
    let client = client.with_retry(RetryPolicy::new(3).base_delay(Duration::from_millis(1)));
    let mut done = Vec::new();

    // Creates. Operations are grouped by tag, and flat as well: `client.create_queue()` is the same.
    let queues = client.queues();
    let mut ids = Vec::new();
    for name in ["sales", "support", "billing"] {
        let queue =
            queues.create_queue().body(CreateQueueRequest::builder().name(name).max_size(10)).send().await?;
        done.push(format!("created {}", queue.friendly_name));
        ids.push(queue.into_inner().id);
    }

    // Reads pages, and continues a list elsewhere.
    let mut pages = queues.list_queues().pages();
    while let Some(page) = pages.next_page().await? {
        let names: Vec<_> = page.data.iter().flatten().map(|queue| queue.friendly_name.as_str()).collect();
        done.push(format!("page of {}", names.join(", ")));
    }
    done.push(format!(
        "{} queues, {} recordings",
        count(queues.list_queues()).await?,
        count(client.list_recordings()).await?
    ));

    // Updates, with a header and a parameter of this call alone.
    let update = client.update_queue().id(&ids[0]).body(UpdateQueueRequest::builder().name("orders"));
    let updated = update.with_header("X-Correlation-Id", 7).send().await?;
    done.push(format!("renamed to {}", updated.friendly_name));
    assert_eq!(queues.get_queue().id(&ids[0]).send().await?.friendly_name, "orders");

    // Deletes, and asks for what is gone.
    for id in &ids {
        queues.delete_queue().id(id).send().await?;
    }
    match queues.get_queue().id(&ids[0]).send().await {
        Ok(_) => done.push("it is still there".to_owned()),
        Err(error) if error.status().is_some_and(|status| status == 404) => {
            done.push(format!("gone: {error}"))
        }
        Err(error) => return Err(error),
    }

    // What is invalid is not sent.
    let invalid = queues.get_queue().id("no UUID").send().await.err();
    done.extend(
        invalid.filter(|error| error.kind() == ErrorKind::InvalidRequest).map(|error| error.to_string()),
    );

    // What the client has no method for.
    let raw = client.request(Method::GET, "/recordings").query("page_size", 1).send_raw().await?;
    done.push(format!("{} bytes of JSON", raw.len()));
    Ok(done)
}

/// Counts the items of any list.
async fn count(list: impl Paged) -> Result<usize, Error> {
    let mut items = list.items();
    let mut count = 0;
    while items.next_item().await?.is_some() {
        count += 1;
    }
    Ok(count)
}
