//! A mock server for your own tests, with a typed mock of every operation. Needs the feature `mock`.
//!
//! ```toml
//! [dev-dependencies]
//! relay-rest = { version = "0.1", features = ["mock"] }
//! ```
//!
//! It speaks HTTP on a loopback port, so that your test runs the same client as production:
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
//! - The server has a method for each operation of the [`Client`](crate::Client). Each call sets up another mock.
//! - `with_…` restricts a mock to requests with these values; without it, the mock matches all requests of its operation. If several
//!   mocks match, the one that was set up last responds, so that a test can override its fixture.
//! - `responds_404(…)` and the like, one for each documented status, take the documented body or its builder. Several
//!   responses are sent in turn, and the last one is repeated. `responds` takes any [`Reply`], documented or not: a 429, a
//!   proxy's page, a delay, a closed connection.
//! - If no mock matches a request, the client gets a 501 with the code `no_mock_matched`. What did not match is in the message of that
//!   error ([`ApiError::message`](crate::ApiError::message)), in [`Server::unexpected`], which a test that fails prints, and in the panic of
//!   [`Mock::assert_calls`]: `request_mfa_sms: no mock matched: body.to is "+15550001111", expected "+15550002222"`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use relay_rest::types::{MfaRequest, MfaVerifyResponse, NotFound, NotFoundError};
//! use relay_rest::{RetryPolicy, Verification, mock};
//! use uuid::Uuid;
//!
//! let server = mock::Server::start().await;
//! let right = server
//!     .verify_mfa_token()
//!     .with_body_that(|body| body.token.expose() == "123456")
//!     .responds(mock::Reply::new(503).header("Retry-After", "0")) // unavailable at first,
//!     .responds_200(MfaVerifyResponse::builder().success(true)) // then verified,
//!     .responds_404(NotFound::builder().error(NotFoundError::NotFound)); // then used up
//!
//! let client = server.client_builder().retry(RetryPolicy::new(2)).build()?;
//! assert_eq!(client.verify(Uuid::nil(), "123456").await?, Verification::Verified);
//! assert_eq!(client.verify(Uuid::nil(), "123456").await?, Verification::Gone);
//! right.assert_calls(3);
//!
//! assert!(client.verify(Uuid::nil(), "000000").await.is_err());
//! assert_eq!(
//!     server.unexpected(),
//!     [r#"verify_mfa_token: no mock matched: body does not meet the condition of with_body_that: {"token":"000000"}"#]
//! );
//! # Ok(())
//! # }
//! ```
mod difference;
mod expected;
#[cfg(feature = "streams")]
#[allow(dead_code, reason = "only documents with such bodies need it")]
mod lines;
#[cfg(feature = "multipart")]
mod parts;
mod received;
mod reply;
mod route;
mod server;

/// The mocks, one type for each operation; [`Server`] has a method for each.
pub mod operations {
    #[allow(unused_imports, reason = "a document without bodies has no types")]
    use crate::generated::types;

    #[cfg(feature = "generate")]
    include!(concat!(env!("OUT_DIR"), "/mocks.rs"));
    #[cfg(not(feature = "generate"))]
    include!("../openapi/mocks.rs");
}

#[allow(unused_imports, reason = "only documents with such parameters need it")]
use crate::encode::{
    Style, in_cookie, in_cookie_reserved, in_path_reserved, in_query, in_query_reserved, whole_query,
};
#[cfg(feature = "streams")]
#[allow(unused_imports, reason = "only documents with such bodies need it")]
use crate::frames::Framing;
#[cfg(feature = "multipart")]
#[allow(unused_imports, reason = "only documents with multipart forms need them")]
use crate::multipart::{Content, Part};
pub use expected::Mock;
pub use reply::Reply;
pub use server::Server;

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, even after a condition of a test panicked: the other mocks must keep working.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Converts a value that a test passed. Generated code calls it.
#[track_caller]
fn given<T, V: TryInto<T, Error: Display>>(name: &str, value: V) -> T {
    value.try_into().unwrap_or_else(|error| panic!("`{name}` cannot be sent: {error}"))
}

/// Checks a status of a documented range. Generated code calls it.
#[track_caller]
#[allow(dead_code, reason = "only documents with such ranges need it")]
fn in_range(status: u16, range: RangeInclusive<u16>) -> u16 {
    assert!(
        range.contains(&status),
        "status {status} is out of range; {} to {} are documented",
        range.start(),
        range.end()
    );
    status
}
