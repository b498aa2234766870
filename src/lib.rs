#![doc = include_str!("../README.md")]
//!
//! # What is where
//!
//! | | |
//! |---|---|
//! | [`Client`], [`ClientBuilder`], [`Credentials`], [`Space`], [`ConfigError`] | who calls whom, and how long that may take |
//! | [`Client::request_mfa_sms`], [`Client::request_mfa_call`], [`Client::verify`] | a code sent, and verified |
//! | [`types`], [`builder`] | generated: what is sent and received, and the calls before they are sent |
//! | [`E164`], [`OneSegment`], [`OneTimeCode`], [`Bounded`] | values that cannot break a rule; [`segment`] says what an SMS holds |
//! | [`Response`], [`Verification`] | what comes back |
//! | [`Error`], [`ErrorKind`], [`Sent`], [`ErrorBody`], [`ApiError`] | what went wrong, and whether anything was sent |
//! | [`RetryPolicy`] | what is sent again |
#![forbid(unsafe_code)]
// docs.rs, which has the nightly compiler, shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_error;
mod body;
mod bounded;
mod client;
mod codegen_support;
mod config;
mod credentials;
mod deserialize;
mod e164;
mod encode;
mod env;
mod error;
mod exchange;
mod handover;
mod mfa;
#[cfg(feature = "mock")]
pub mod mock;
mod observe;
mod one_segment;
mod one_time_code;
mod operation;
mod response;
mod retry;
mod retry_after;
pub mod segment;
mod space;
mod string_newtype;
mod tls;

// By this name generated code knows where the handwritten types are.
extern crate self as relay_rest;

/// The generated client: its operations, their builders and their types.
mod generated {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub use api_error::ApiError;
pub use bounded::{Bounded, BoundedError};
pub use client::{Client, ClientBuilder};
pub use config::ConfigError;
pub use credentials::{Credentials, CredentialsError};
pub use e164::{E164, E164Error};
pub use error::{Error, ErrorKind, Sent};
pub use generated::ErrorBody;
/// The calls before they are sent: one type for each operation, which a method of [`Client`] makes and `send()` ends.
pub use generated::builder;
/// What is sent and received: the schemas of the document, each with a builder.
pub use generated::types;
pub use mfa::Verification;
pub use one_segment::{OneSegment, SegmentError};
pub use one_time_code::OneTimeCode;
pub use operation::Operation;
pub use response::Response;
pub use retry::RetryPolicy;
pub use space::{Space, SpaceError};

/// The HTTP client underneath, for [`ClientBuilder::http`] and the types of statuses and headers.
pub use reqwest;
