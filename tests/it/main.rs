//! The integration tests: one binary, with one module for each subject.

mod accessors;
mod added;
mod any_input;
mod api_errors;
#[cfg(feature = "blocking")]
mod blocking;
mod build_script;
mod cargo;
#[cfg(feature = "cli")]
mod command_line;
mod configuration;
mod contract;
mod example;
mod faults;
mod journey;
mod later_versions;
#[cfg(feature = "mock")]
mod mock;
#[cfg(feature = "tracing")]
mod observed;
mod operations;
mod pipeline;
mod readme;
mod request;
mod responses;
mod retries;
mod rules;
mod scripted;
mod secrets;
mod segment;
#[path = "../../examples/server/mod.rs"]
mod server;
mod stampede;
#[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
mod tls;
mod values;
mod wire;
