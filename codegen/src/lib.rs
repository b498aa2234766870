//! From an OpenAPI 3.1 or 3.2 document and an overlay to the source of a Rust client: the pipeline of `build.rs` and `xtask`.
//! Must not know any particular API.
//!
//! ```text
//!  document ─parse▶ Value 3.x ─overlay▶ Value 3.x ─lower▶ Value 3.0 ─conform▶ openapiv3::OpenAPI + Plan
//!           ─generate▶ TokenStream ─▶ syn::File ─refine▶ syn::File ─prettyplease▶ source
//! ```
//!
//! Every pass is a function from a value to a value and a list of [`Problem`]s: it does no I/O, reads no clock and does
//! not panic. The caller decides what to do about problems.

mod catch_panic;
mod conform;
#[doc(hidden)]
pub mod document;
mod free_name;
mod generate;
mod items;
mod leave_out;
mod lower;
#[cfg(feature = "mocks")]
mod mocks;
mod optional_properties;
mod outline;
mod overlay;
#[doc(hidden)]
pub mod pipeline;
mod plan;
mod problem;
#[cfg(test)]
mod random;
mod refine;
mod settings;
mod unsupported;

use serde_json::Value;

pub use document::Pointer;
pub use document::parse::{MAX_BYTES, parse};
#[cfg(feature = "mocks")]
pub use mocks::mocks;
pub use outline::changed::{Outlined, outlines};
pub use outline::{Item, ItemKind, Outline, Parameter, TypeExpr, outline};
pub use overlay::{ActionOutcome, ActionReport, Edit};
pub use plan::{NextPage, PagesPlan};
pub use problem::{Input, Level, Problem};
pub use settings::Settings;

/// A generated client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// The Rust source, formatted.
    pub source: String,
    /// The methods of the client by name, with the locations of their operations in the document.
    pub operations: Vec<(String, Pointer)>,
    /// The generated types by name, with the locations of their schemas in the document.
    pub types: Vec<(String, Pointer)>,
    /// The types in the module `webhooks` by name, with the locations of the schemas of their payloads in the document.
    pub webhooks: Vec<(String, Pointer)>,
    /// The constraints that the client does not enforce, and everything else that was relaxed or omitted.
    pub problems: Vec<Problem>,
    /// The operations with pages, by the names of their methods.
    pub pages: Vec<(String, PagesPlan)>,
    /// What the operations send, for their mocks.
    #[cfg_attr(not(feature = "mocks"), expect(dead_code, reason = "only mocks need it"))]
    pub(crate) plans: Vec<plan::OperationPlan>,
}

/// Generates the client of a document and an overlay, each YAML or JSON.
///
/// # Errors
/// The problems of the first pass that fails, and of all passes before it.
pub fn generate(document: &str, overlay: &str, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    catch_panic::run(|| pipeline::client(document, overlay, settings)).unwrap_or_else(no_thread)
}

/// As [`generate()`], for a parsed document, without an overlay or with it applied.
///
/// # Errors
/// As [`generate()`].
pub fn generate_from(document: Value, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    catch_panic::run(|| pipeline::client_of(document, settings)).unwrap_or_else(no_thread)
}

pub(crate) fn no_thread<T>(reason: String) -> Result<T, Vec<Problem>> {
    Err(vec![Problem::error(&Pointer::root(), reason)])
}

/// The document in OpenAPI 3.0.3, and the problems; a 3.0 document stays as it is, but for its references.
pub fn lowered(document: Value) -> (Value, Vec<Problem>) {
    lower::lower(document, false)
}

/// A document with an overlay applied, and what each action of the overlay did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Overlaid {
    /// The document: what the client is generated from, unless there are [problems](Overlaid::problems).
    pub document: Value,
    /// The actions in their order.
    pub actions: Vec<ActionReport>,
}

impl Overlaid {
    /// The errors of actions that have to be changed.
    pub fn problems(&self) -> Vec<Problem> {
        self.actions.iter().filter_map(ActionReport::problem).collect()
    }

    /// The document.
    ///
    /// # Errors
    /// The [problems](Overlaid::problems), if there are any.
    pub fn into_document(self) -> Result<Value, Vec<Problem>> {
        let problems = self.problems();
        if problems.is_empty() { Ok(self.document) } else { Err(problems) }
    }
}

/// Applies an overlay to an OpenAPI document, each YAML or JSON.
///
/// # Errors
/// One of the two cannot be parsed, or is not an OpenAPI document or an overlay. Stale and unexpected actions are in the result.
pub fn overlaid(document: &str, overlay: &str) -> Result<Overlaid, Vec<Problem>> {
    pipeline::overlaid(document, overlay)
}
