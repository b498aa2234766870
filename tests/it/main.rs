//! The integration tests: one binary, one module for each thing that is held to its promise.
//! Knows its modules; must not know what they test.

mod answers;
mod build_script;
mod configuration;
#[path = "../../examples/contract/mod.rs"]
mod contract;
mod example;
mod faults;
mod journey;
mod pipeline;
mod retries;
mod rules;
mod scripted;
mod secrets;
mod segment;
mod wire;
