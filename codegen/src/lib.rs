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
mod plan;
mod problem;
#[cfg(test)]
mod random;
mod refine;
mod settings;

use std::sync::mpsc;
use std::thread;

use openapiv3::OpenAPI;
use serde_json::Value;

use plan::Plan;
use problem::stop_on_errors;

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

/// Whose a part of the work is, for measuring.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// Reading YAML.
    Reading,
    /// Our passes: overlay, lower, conform and refine.
    Passes,
    /// progenitor, `syn` and prettyplease.
    Generator,
}

/// Generates the client of a document, both inputs being YAML or JSON text.
///
/// # Errors
/// All problems that the first failing pass found, those of earlier passes included.
pub fn generate(document: &str, overlay: &str, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    generate_measured(document, overlay, settings, &mut |_| ())
}

/// As [`generate()`], telling after each piece of work whose it was; the caller has the clock.
///
/// # Errors
/// As [`generate()`].
#[doc(hidden)]
pub fn generate_measured(
    document: &str,
    overlay: &str,
    settings: &Settings,
    done: &mut (dyn FnMut(Work) + Send),
) -> Result<Generated, Vec<Problem>> {
    let (read, overlay_read) = mpsc::channel();
    let on_thread = &mut *done;
    let generated = thread::scope(|scope| {
        let client = guard::start(scope, move || {
            let document = document::parse::parse(document);
            let overlay = overlay_read.recv().unwrap_or_else(|_| Err("it was not read".to_owned()));
            on_thread(Work::Reading);
            client([document, overlay], settings, on_thread)
        });
        // The two are read at once; nobody waits for this one any more where the other is broken.
        let _ = read.send(document::parse::parse(overlay));
        client.join()
    });
    done(Work::Passes);
    generated.unwrap_or_else(no_thread)
}

fn client(
    read: [Result<Value, String>; 2],
    settings: &Settings,
    done: &mut (dyn FnMut(Work) + Send),
) -> Result<Generated, Vec<Problem>> {
    let mut problems = Vec::new();
    let document = overlaid_into(read)?.into_document()?;
    let (conformed, plan) = conform_into(document, settings, &mut problems)?;
    write_client(conformed, plan, settings, problems, prettyplease::unparse, done)
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
        conform_into(document, settings, &mut problems).map(|(conformed, plan)| (conformed, plan, problems))
    };
    let conformed = at_once(documents.map(|document| move || conform(document)));
    match conformed {
        [Ok((old, before, found)), Ok((new, after, more))] => {
            let names = |plan: &Plan| (plan.operations.clone(), plan.types.clone());
            let all = [names(&before), names(&after)];
            let [old, new] = pair::different_parts([(old, before), (new, after)]);
            let [one, other] = [(old, found), (new, more)].map(|((document, plan), problems)| {
                move || write_client(document, plan, settings, problems, outline::of_file, &mut |_| ())
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

/// Generates the client of a conformed document; `write` makes a text of it.
fn write_client(
    conformed: OpenAPI,
    plan: Plan,
    settings: &Settings,
    mut problems: Vec<Problem>,
    write: Write,
    done: &mut (dyn FnMut(Work) + Send),
) -> Result<Generated, Vec<Problem>> {
    let (source, found, plan) = match source(&conformed, &plan, settings, write, done) {
        Ok((source, found)) => (source, found, plan),
        Err(reason) => without_culprits(&conformed, plan, settings, write, &reason),
    };
    stop_on_errors(found, &mut problems)?;
    let operations = plan.operations.into_iter().map(|operation| (operation.method, operation.at)).collect();
    Ok(Generated { source, operations, types: plan.types, problems })
}

/// What makes a text of generated code.
type Write = fn(&syn::File) -> String;

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
    overlaid_into([document, overlay].map(document::parse::parse))
}

/// Applies an overlay to a document, both as they have been read.
fn overlaid_into([document, overlay]: [Result<Value, String>; 2]) -> Result<Overlaid, Vec<Problem>> {
    let document = document
        .map_err(|message| Problem::error(&Pointer::root(), message))
        .and_then(|document| lower::check_kind(&document).map(|()| document));
    let overlay = overlay.map_err(|message| Problem::in_overlay(&Pointer::root(), message));
    let (mut document, overlay) = match (document, overlay) {
        (Ok(document), Ok(overlay)) => (document, overlay),
        (document, overlay) => return Err([document.err(), overlay.err()].into_iter().flatten().collect()),
    };
    let actions = overlay::apply(&mut document, overlay)?;
    Ok(Overlaid { document, actions })
}

fn conform_into(
    document: Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Result<(OpenAPI, Plan), Vec<Problem>> {
    let (lowered, found) = lower::lower(document, settings.skip_unsupported);
    stop_on_errors(found, problems)?;
    let (conformed, found) = conform::conform(lowered, settings);
    stop_on_errors(found, problems)?;
    conformed.ok_or_else(|| std::mem::take(problems))
}

/// What the generator makes of a conformed document, refined and formatted.
fn source(
    document: &OpenAPI,
    plan: &Plan,
    settings: &Settings,
    write: Write,
    done: &mut (dyn FnMut(Work) + Send),
) -> Result<(String, Vec<Problem>), String> {
    done(Work::Passes);
    let file = guard::catch(|| {
        let tokens =
            generate::generate(document, settings.crate_name()).map_err(|error| error.to_string())?;
        syn::parse2(tokens).map_err(|error| error.to_string())
    })??;
    done(Work::Generator);
    let (file, problems) = refine::refine(file, plan, settings);
    done(Work::Passes);
    let source = guard::catch(|| write(&file))?;
    drop(file);
    done(Work::Generator);
    Ok((source, problems))
}

/// Names what the generator fails on and, where the settings say so, generates the rest.
fn without_culprits(
    document: &OpenAPI,
    mut plan: Plan,
    settings: &Settings,
    write: Write,
    reason: &str,
) -> (String, Vec<Problem>, Plan) {
    let attempt = |part: &OpenAPI| {
        guard::catch(|| generate::generate(part, settings.crate_name()).map(drop).map_err(|e| e.to_string()))?
    };
    let culprits = culprit::find(document, &attempt);
    let told = |level: fn(&Pointer, String) -> Problem| {
        let said = |culprit: &culprit::Culprit| {
            let origin = plan.types.iter().find(|(name, _)| culprit.at.component("schemas") == Some(name));
            let at = origin.map_or(&culprit.at, |(_, origin)| origin);
            level(at, format!("the generator does not take it: {}", culprit.reason))
        };
        culprits.iter().map(said).collect::<Vec<_>>()
    };
    if culprits.is_empty() {
        let message = format!("the generator does not take the conformed document: {reason}");
        return (String::new(), vec![Problem::error(&Pointer::root(), message)], plan);
    }
    let errors = told(Problem::error);
    if settings.skip_unsupported
        && let Some(rest) = culprit::without(document, &culprits)
    {
        let mut problems = told(Problem::omitted);
        let is_left = |operation: &plan::OperationPlan| {
            rest.operations().any(|(_, _, left)| left.operation_id.as_ref() == Some(&operation.method))
        };
        let has = |name: &str| rest.components.as_ref().is_some_and(|all| all.schemas.contains_key(name));
        plan.retain(&is_left, &has);
        if let Ok((source, found)) = source(&rest, &plan, settings, write, &mut |_| ()) {
            problems.extend(found);
            return (source, problems, plan);
        }
    }
    (String::new(), errors, plan)
}
