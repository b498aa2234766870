//! A server for your own tests, with a mock of every operation in the types of the document. Needs the feature `mock`.
//!
//! ```toml
//! [dev-dependencies]
//! relay-rest = { version = "0.1", features = ["mock"] }
//! ```
//!
//! It listens on loopback and speaks HTTP, so that what is tested is the very client that goes to production:
//!
//! ```
//! use relay_rest::types::MfaVerifyResponse;
//! use relay_rest::{Client, Verification, mock};
//! use uuid::Uuid;
//!
//! /// The code under test.
//! async fn may_enter(client: &Client, id: Uuid, code: &str) -> Result<bool, relay_rest::Error> {
//!     Ok(client.verify(id, code).await? == Verification::Verified)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), relay_rest::Error> {
//! let server = mock::Server::start().await;
//! let verify = server.verify_mfa_token().responds_200(MfaVerifyResponse::builder().success(false));
//!
//! assert!(!may_enter(&server.client(), Uuid::nil(), "000000").await?);
//! verify.assert_calls(1);
//! # Ok(())
//! # }
//! ```
//!
//! - The server has a method for each operation of the [`Client`](crate::Client). Each call of it sets up one more mock.
//! - `with_…` says which requests the mock is for; without any, it is for all of the operation. Where several fit, the one
//!   that was set up last answers, so that a test can override what its fixture set up.
//! - `responds_404(…)` and the like, one for each documented status, take the documented body or its builder. Several are
//!   given in turn, and the last of them from then on. [`Reply`] is for everything that is not documented: a 429, a page of
//!   a proxy, a delay, a connection that breaks.
//! - A request that no mock is for is answered with 501, and [`Server::unexpected`] tells of it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use relay_rest::types::{MfaRequest, MfaVerifyResponse, StatusCode404, StatusCode404Error};
//! use relay_rest::{RetryPolicy, Verification, mock};
//! use uuid::Uuid;
//!
//! let server = mock::Server::start().await;
//! let right = server
//!     .verify_mfa_token()
//!     .with_body_that(|body| body.token.expose() == "123456")
//!     .responds(mock::Reply::new(503).header("Retry-After", "0")) // refused at first,
//!     .responds_200(MfaVerifyResponse::builder().success(true)) // then verified,
//!     .responds_404(StatusCode404::builder().error(StatusCode404Error::NotFound)); // then used up
//!
//! let client = server.client_builder().retry(RetryPolicy::new(2)).build()?;
//! assert_eq!(client.verify(Uuid::nil(), "123456").await?, Verification::Verified);
//! assert_eq!(client.verify(Uuid::nil(), "123456").await?, Verification::Gone);
//! right.assert_calls(3);
//!
//! assert!(client.verify(Uuid::nil(), "000000").await.is_err()); // no mock is for that
//! assert_eq!(server.unexpected(), [format!("POST /mfa/{}/verify", Uuid::nil())]);
//! # Ok(())
//! # }
//! ```
mod expected;
mod received;
mod reply;
mod route;
mod server;

/// The mocks, one type for each operation; [`Server`] has a method for each.
pub mod operations {
    #[allow(unused_imports, reason = "a document without bodies has no types")]
    use crate::generated::types;

    include!(concat!(env!("OUT_DIR"), "/mocks.rs"));
}

pub use expected::Mock;
pub use reply::Reply;
pub use server::Server;

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A condition of a test that panics must not take the other mocks with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a test gave, in the type of the document. Generated code calls it.
#[track_caller]
fn given<T, V: TryInto<T, Error: Display>>(name: &str, value: V) -> T {
    value.try_into().unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}"))
}

/// A status of a documented range. Generated code calls it.
#[track_caller]
#[allow(dead_code, reason = "only documents with such ranges need it")]
fn in_range(status: u16, range: RangeInclusive<u16>) -> u16 {
    assert!(range.contains(&status), "{status} is none of {} to {}", range.start(), range.end());
    status
}
