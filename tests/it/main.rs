//! The integration tests: one binary, one module for each thing that is held to its promise.
//! Knows its modules; must not know what they test.

mod accessors;
mod answers;
mod any_input;
mod api_errors;
mod build_script;
mod cargo;
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
