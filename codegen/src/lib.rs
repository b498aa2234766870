//! From an OpenAPI 3.1 document and an overlay to the source of a Rust client: the pipeline of `build.rs` and `xtask`.
//! Knows OpenAPI, progenitor and `syn`; has never heard of the API that the document describes.
//!
//! ```text
//!  document ─parse▶ Value 3.1 ─overlay▶ Value 3.1 ─lower▶ Value 3.0 ─conform▶ openapiv3::OpenAPI + Plan
//!           ─generate▶ TokenStream ─▶ syn::File ─refine▶ syn::File ─prettyplease▶ source
//! ```
//!
//! Every pass is a function from a value to a value and a list of [`Problem`]s: it does no I/O, reads no clock and does
//! not panic. The caller decides what to do about problems.

mod conform;
mod culprit;
#[doc(hidden)]
pub mod document;
mod generate;
mod guard;
mod lower;
#[cfg(feature = "mocks")]
mod mocks;
mod outline;
mod overlay;
mod pair;
#[doc(hidden)]
pub mod pipeline;
mod plan;
mod problem;
#[cfg(test)]
mod random;
mod refine;
mod settings;

use std::thread;

use serde_json::Value;

use pipeline::Conformed;
use plan::Plan;

pub use document::Pointer;
pub use document::parse::{MAX_BYTES, parse};
#[cfg(feature = "mocks")]
pub use mocks::mocks;
pub use outline::outline;
pub use overlay::{ActionOutcome, ActionReport, Edit};
pub use problem::{Input, Level, Problem};
pub use settings::Settings;

/// A generated client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// The Rust source, formatted.
    pub source: String,
    /// The methods of the client by name, with the places of their operations in the document.
    pub operations: Vec<(String, Pointer)>,
    /// The generated types by name, with the places of their schemas in the document.
    pub types: Vec<(String, Pointer)>,
    /// What the client does not hold a caller to, and what else was relaxed on the way.
    pub problems: Vec<Problem>,
}

/// Generates the client of a document, both inputs being YAML or JSON text.
///
/// # Errors
/// All problems that the first failing pass found, those of earlier passes included.
pub fn generate(document: &str, overlay: &str, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    guard::run(|| pipeline::client(document, overlay, settings)).unwrap_or_else(no_thread)
}

/// As [`generate()`], of a document that has been read, without an overlay or with it applied.
///
/// # Errors
/// As [`generate()`].
pub fn generate_from(document: Value, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    guard::run(|| pipeline::client_of(document, settings)).unwrap_or_else(no_thread)
}

fn no_thread<T>(reason: String) -> Result<T, Vec<Problem>> {
    Err(vec![Problem::error(&Pointer::root(), reason)])
}

/// The outline of the client of an overlaid document, and where its parts come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outlined {
    /// What [`outline()`] says of the generated source, without what is the same in the other client.
    pub outline: String,
    /// The methods of the client by name, with the places of their operations in the document.
    pub operations: Vec<(String, Pointer)>,
    /// The generated types by name, with the places of their schemas in the document.
    pub types: Vec<(String, Pointer)>,
}

/// The outlines of the clients that [`generate()`] would make of two documents, overlaid or not, for comparing them: operations
/// and types that are the same in both are left out of both, and not generated.
///
/// # Errors
/// As [`generate()`], for each.
pub fn outlines(documents: [Value; 2], settings: &Settings) -> [Result<Outlined, Vec<Problem>>; 2] {
    let conform = |document| {
        let mut problems = Vec::new();
        pipeline::conform(document, settings, &mut problems)
            .map(|Conformed { document, plan }| (document, plan, problems))
    };
    let conformed = at_once(documents.map(|document| move || conform(document)));
    match conformed {
        [Ok((old, before, found)), Ok((new, after, more))] => {
            let names = |plan: &Plan| (plan.operations.clone(), plan.types.clone());
            let all = [names(&before), names(&after)];
            let [old, new] = pair::different_parts([(old, before), (new, after)]);
            let [one, other] = [(old, found), (new, more)].map(|((document, plan), problems)| {
                let conformed = Conformed { document, plan };
                move || pipeline::write_client(conformed, settings, problems, outline::of_file)
            });
            let mut all = all.into_iter();
            at_once([one, other]).map(|made| {
                let (operations, types) = all.next().unwrap_or_default();
                let operations =
                    operations.into_iter().map(|operation| (operation.method, operation.at)).collect();
                made.map(|made| Outlined { outline: made.source, operations, types })
            })
        }
        [one, other] => [one, other].map(|outcome| match outcome {
            Ok(_) => Err(Vec::new()),
            Err(problems) => Err(problems),
        }),
    }
}

/// Does the same for two things, at once.
fn at_once<T: Send>(
    work: [impl FnOnce() -> Result<T, Vec<Problem>> + Send; 2],
) -> [Result<T, Vec<Problem>>; 2] {
    thread::scope(|scope| {
        let started = work.map(|work| guard::start(scope, work));
        started.map(|work| work.join().unwrap_or_else(no_thread))
    })
}

/// The document in OpenAPI 3.0.3, and what was lost or is wrong on the way; a 3.0 document is returned as it is.
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
    /// The actions that cannot stay as they are, as errors.
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

/// Applies an overlay to an OpenAPI document, both being YAML or JSON text.
///
/// # Errors
/// One of the two is not what it should be at all. Actions that are stale or meet unexpected values are in the result.
pub fn overlaid(document: &str, overlay: &str) -> Result<Overlaid, Vec<Problem>> {
    pipeline::overlaid(document, overlay)
}
