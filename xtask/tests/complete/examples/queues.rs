//! Creates a queue, changes it, takes who waits in it, and deletes it.
//!
//! The API has no operation that puts a caller into a queue: calls do.

use relay_rest::types::{CreateQueueRequest, QueueId, UpdateQueueRequest};
use relay_rest::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = complete::client().await?;
    let queue = create(&client, "support").await?;
    println!("{queue}: {} wait", waiting(&client, &queue).await?);
    client.delete_queue().id(&queue).send().await?;
    Ok(())
}

/// Creates a queue for 50 callers.
pub async fn create(client: &Client, name: &str) -> Result<QueueId, Error> {
    let queue = client.create_queue().body(CreateQueueRequest::builder().name(name)).send().await?;
    let changes = UpdateQueueRequest::builder().max_size(50);
    Ok(client.update_queue().id(&queue.id).body(changes).send().await?.into_inner().id)
}

/// How many callers wait, and who is next is shown.
pub async fn waiting(client: &Client, queue: &QueueId) -> Result<usize, Error> {
    let mut members = client.list_queue_members().queue_id(queue).items();
    let mut count = 0;
    while members.next_item().await?.is_some() {
        count += 1;
    }
    if count > 0 {
        let next = client.retrieve_next_queue_member().queue_id(queue).send().await?;
        println!("next: {}, at {}", next.call_id, next.position);
    }
    Ok(count)
}
