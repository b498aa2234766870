#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answer;
mod api_error;
mod bounded;
mod client;
mod credentials;
mod e164;
mod environment;
mod error;
mod exchange;
mod handwritten;
mod mfa;
mod observe;
mod one_segment;
mod one_time_code;
mod path_segment;
mod response;
mod retry;
mod retry_after;
pub mod segment;
mod space;
mod tls;

/// The generated client: its operations, their builders and their types.
mod generated {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub use api_error::ApiError;
pub use bounded::{Bounded, BoundedError};
pub use client::{Client, ClientBuilder, ConfigError};
pub use credentials::{Credentials, CredentialsError};
pub use e164::{E164, E164Error};
pub use error::{Error, ErrorKind, Sent};
pub use generated::{ErrorBody, builder, types};
pub use mfa::Verification;
pub use one_segment::{OneSegment, SegmentError};
pub use one_time_code::OneTimeCode;
pub use response::Response;
pub use retry::RetryPolicy;
pub use space::{Space, SpaceError};

/// The HTTP client underneath, for [`ClientBuilder::http`] and the types of statuses and headers.
pub use reqwest;
