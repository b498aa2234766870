//! Lists all recordings, of all pages.

use relay_rest::types::Recording;
use relay_rest::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = seconds(&complete::client().await?).await?;
    println!("{} recordings, {} s", seconds.len(), seconds.iter().sum::<i64>());
    Ok(())
}

/// The durations of all recordings. After an error, the same page is requested once more, and nothing is lost.
pub async fn seconds(client: &Client) -> Result<Vec<i64>, Error> {
    let mut recordings = client.list_recordings().items();
    let mut seconds = Vec::new();
    let mut has_failed = false;
    loop {
        match recordings.next_item().await {
            Ok(Some(Recording::PstnRecording(recording))) => seconds.push(recording.duration_in_seconds),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(seconds),
            Err(error) if has_failed => return Err(error),
            Err(_) => has_failed = true,
        }
    }
}
