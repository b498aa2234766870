//! A typed client for SignalWire's relay-rest API: sends a multi-factor code by text message or phone call, and verifies it.
//!
//! ```sh
//! cargo add relay-rest
//! cargo add tokio --features macros,rt-multi-thread
//! ```
//!
//! ```no_run
//! use relay_rest::{Client, Verification, types::MfaRequest};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // From SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN.
//!     // Build one client and share it.
//!     let client = Client::from_env()?;
//!
//!     let request = MfaRequest::builder().to("+14043287382");
//!     let sent = client.request_mfa_sms().body(request).send().await?;
//!
//!     let mut code = String::new();
//!     std::io::stdin().read_line(&mut code)?;
//!     match client.verify(&sent.id, code.trim()).await? {
//!         Verification::Verified => println!("welcome"),
//!         Verification::WrongCode => println!("try again"),
//!         Verification::Gone => println!("ask for another code"),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//!
//! | items | what they are for |
//! |---|---|
//! | [`Client`], [`ClientBuilder`] | the client: timeouts, proxies, retries |
//! | [`Credentials`], [`Space`], [`ConfigError`] | the account that it uses, and why its settings are invalid |
//! | [`Client::request_mfa_sms`], [`Client::request_mfa_call`], [`Client::verify`] | sending and verifying a code |
//! | [`types`] | what is sent and received, each type with a builder |
//! | [`IntoOption`], [`ConversionError`] | what setters take, and why a value cannot be built |
//! | [`builder`], [`Operation`] | requests before they are sent, and the trait that they share |
//! | [`Paged`], [`Pages`], [`Items`] | lists that come page by page |
//! | [`Client::request`], [`RequestBuilder`] | requests to operations that the client has no method for |
//! | [`E164`], [`OneSegment`], [`Seconds`], [`Bounded`], [`OneTimeCode`] | validated values, and a code that `Debug` does not show |
//! | [`DateTime`], [`Date`], [`DateTimeError`], [`Identifier`], [`IdError`] | what the server sends, whatever its form |
//! | [`segment`] | how many SMS segments a text takes |
//! | [`Response`], [`Verification`] | what a call returns |
//! | [`Error`], [`ErrorKind`], [`Sent`], [`ErrorBody`], [`ApiError`] | what went wrong, and whether anything was sent |
//! | [`codes`] | SignalWire's error codes, to match on |
//! | [`RetryPolicy`] | which requests are sent again, and when |
//! | `blocking` | a client for code without an async runtime, with the feature `blocking` |
//! | `mock` | a server for your tests, with the feature `mock` |
//! | `File` | a file of a multipart form, for documents with such forms, with the feature `multipart` |
//! | [`guide`] | sending codes in production, many tenants, blocking code, what later versions of the API change |
//!
//! # Errors
//!
//! All calls have one error type. Its message names the operation that failed, what happened, the error code and the request id, and contains
//! no phone number, one-time code or API token. [`Error::was_sent`] says whether a message may be on its way, and so whether it is safe
//! to try again.
//!
//! ```
//! # fn example(error: &relay_rest::Error) {
//! use relay_rest::{ErrorKind, Sent};
//!
//! match error.kind() {
//!     // … server responded 422 Unprocessable Entity: invalid_to (request req-2)
//!     ErrorKind::Status => eprintln!("refused: {error}"),
//!     ErrorKind::InvalidRequest => eprintln!("fix the call: {error}"),
//!     ErrorKind::NotQueued => eprintln!("nothing will be sent: {error}"),
//!     _ if error.was_sent() == Sent::No => eprintln!("try again: {error}"),
//!     _ => eprintln!("the message may be on its way: {error}"),
//! }
//! # }
//! ```
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `rustls` (default) | TLS by rustls with ring |
//! | `rustls-aws-lc` | TLS by rustls with AWS-LC |
//! | `native-tls` | TLS by the operating system's library |
//! | `tracing` | a [span for each call](guide#traces), and an event for each attempt |
//! | `blocking` | the module `blocking`, for code without an async runtime |
//! | `cli` | the command line `relay-rest` |
//! | `mock` | the module `mock`, for tests |
//! | `multipart`, `streams` | for clients of other documents: forms with files; responses and requests that are streams |
//! | `jiff`, `chrono`, `time` | conversions between [`DateTime`], [`Date`] and the types of that crate |
#![forbid(unsafe_code)]
// docs.rs, which has the nightly compiler, shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_error;
#[cfg(feature = "blocking")]
pub mod blocking;
mod body;
mod bounded;
mod caller;
mod client;
mod codegen_support;
pub mod codes;
mod config;
mod credentials;
mod date_time;
mod deserialize;
mod e164;
#[allow(dead_code, reason = "which styles are used depends on the document")]
mod encode;
#[allow(dead_code, reason = "only documents with such enums need it")]
mod enums;
mod env;
mod error;
mod exchange;
#[cfg(feature = "multipart")]
mod file;
#[cfg(feature = "streams")]
mod frames;
#[cfg(feature = "streams")]
mod items;
#[doc = include_str!("guide.md")]
pub mod guide {}
mod handover;
#[allow(dead_code, reason = "which of them are used depends on the document's operations")]
mod headers;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "which identifiers there are depends on the document"
)]
mod id;
mod identifier;
#[cfg(feature = "streams")]
#[allow(dead_code, reason = "only documents with such bodies need it")]
mod lines;
#[allow(dead_code, reason = "only documents with several media types need it")]
mod media_types;
mod mfa;
#[cfg(feature = "mock")]
pub mod mock;
#[cfg(feature = "multipart")]
#[allow(dead_code, reason = "only documents with multipart forms need it")]
mod multipart;
#[allow(dead_code, unused_imports, reason = "which kinds of objects there are depends on the document")]
mod object;
mod observe;
mod one_segment;
mod one_time_code;
mod operation;
#[allow(dead_code, reason = "only documents with lists need it")]
mod pages;
mod request;
mod response;
mod retry;
mod retry_after;
#[allow(dead_code, reason = "which rules are used depends on the document")]
mod rules;
mod seconds;
// For clients of other documents; this crate has `Credentials` of its own.
#[cfg(test)]
#[allow(unreachable_pub, reason = "it is a public module elsewhere")]
mod security;
pub mod segment;
#[allow(dead_code, reason = "only documents with such servers need it")]
mod server;
mod setter;
mod space;
#[cfg(feature = "streams")]
#[allow(dead_code, reason = "only documents with streams need it")]
mod stream;
mod string_newtype;
mod tls;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "which of these types there are depends on the document"
)]
mod unnamed;

// Generated code refers to the handwritten types by this name.
extern crate self as relay_rest;

/// The README, so that its examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The generated client: its operations, their builders and their types.
mod generated {
    #[cfg(feature = "generate")]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
    #[cfg(not(feature = "generate"))]
    include!("../openapi/client.rs");
}

pub use api_error::ApiError;
pub use bounded::{Bounded, BoundedError};
pub use client::{Client, ClientBuilder};
pub use config::ConfigError;
pub use credentials::{Credentials, CredentialsError};
pub use date_time::{Date, DateTime, DateTimeError};
pub use e164::{E164, E164Error};
pub use error::{Error, ErrorKind, Sent};
#[cfg(feature = "multipart")]
pub use file::File;
// `ErrorBody`, `builder` and `types`; `servers` and `webhooks` if the document has some.
pub use generated::*;
pub use id::IdError;
pub use identifier::Identifier;
pub use mfa::Verification;
pub use one_segment::{OneSegment, SegmentError};
pub use one_time_code::OneTimeCode;
pub use operation::Operation;
pub use pages::{Items, Paged, Pages};
pub use request::RequestBuilder;
pub use response::Response;
pub use retry::RetryPolicy;
pub use seconds::{Seconds, SecondsError};
pub use setter::{ConversionError, IntoOption};
pub use space::{Space, SpaceError};
#[cfg(feature = "streams")]
pub use stream::{Event, ResponseStream, Streamed};

/// The HTTP client underneath, for [`ClientBuilder::http`] and the types of statuses and headers.
pub use reqwest;
