//! Compares two OpenAPI documents: what changed, whether it breaks clients, and the required version.
//!
//! `(document, document, settings) → Report`, and five ways to print a report. Nothing here reads a file, opens a socket or starts a
//! program (`clippy.toml`): the caller reads each [`Side`], and its `load` returns the files that the document refers to.

mod basis;
mod edits;
mod flaws;
mod lifecycle;
mod lines;
mod normal;
mod operations;
pub mod print;
mod report;
mod rules;
mod rust_api;
mod schemas;
mod settings;
mod side;
pub mod version;

pub use report::{Report, RustComparison};
pub use rules::Level;
pub use rust_api::{Bump, ItemChange};
pub use settings::{Settings, rules};
pub use side::{Load, Loaded, Overlay, Side};
