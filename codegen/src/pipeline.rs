//! The pipeline, step by step. Not part of the public API; the benchmarks time its steps.

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::plan::{OperationPlan, Plan};
use crate::problem::{Level, stop_on_errors};
use crate::settings::Settings;
use crate::unsupported::Unsupported;
use crate::{
    Generated, Overlaid, Pointer, Problem, catch_panic, conform, document, items, leave_out, lower, overlay,
    refine, unsupported,
};

/// A document that the generator supports, and the plan for refining.
pub struct Conformed {
    pub(crate) document: OpenAPI,
    pub(crate) plan: Plan,
}

/// Turns generated code into source, or into an outline.
pub(crate) type Write<T> = fn(&syn::File) -> T;

/// The client of a document with its overlay.
pub(crate) fn client(document: &str, overlay: &str, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    settings.validate()?;
    client_of(overlaid(document, overlay)?.into_document()?, settings)
}

/// The client of a parsed document.
pub(crate) fn client_of(document: Value, settings: &Settings) -> Result<Generated, Vec<Problem>> {
    let mut problems = Vec::new();
    let conformed = conform(document, settings, &mut problems)?;
    let (source, plan, problems) = write_client(conformed, settings, problems, format)?;
    let operations = plan.operations.iter().map(|plan| (plan.method.clone(), plan.at.clone())).collect();
    let pages =
        plan.operations.iter().filter_map(|plan| Some((plan.method.clone(), plan.pages.clone()?))).collect();
    let webhooks = plan.webhooks.into_iter().map(|webhook| (webhook.name, webhook.at)).collect();
    Ok(Generated { source, operations, types: plan.types, webhooks, problems, pages, plans: plan.operations })
}

/// Parses a document and applies an overlay to it.
pub(crate) fn overlaid(document: &str, overlay: &str) -> Result<Overlaid, Vec<Problem>> {
    let document = document::parse::parse(document)
        .map_err(|message| Problem::error(&Pointer::root(), message))
        .and_then(|document| lower::check_kind(&document).map(|()| document));
    let overlay =
        document::parse::parse(overlay).map_err(|message| Problem::in_overlay(&Pointer::root(), message));
    match (document, overlay) {
        (Ok(mut document), Ok(overlay)) => {
            let actions = overlay::apply(&mut document, overlay)?;
            Ok(Overlaid { document, actions })
        }
        (document, overlay) => Err([document.err(), overlay.err()].into_iter().flatten().collect()),
    }
}

/// A 3.1 document ⇒ one of 3.0.3 ⇒ one that the generator supports, and the plan for refining.
///
/// With [`Settings::skip_unsupported`], each part with an error is left out, and the rest is tried again.
pub fn conform(
    mut document: Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Result<Conformed, Vec<Problem>> {
    settings.validate()?;
    let mut left_out = Vec::new();
    loop {
        let spare = settings.skip_unsupported.then(|| document.clone());
        let mut found = Vec::new();
        let errors = match conform_once(document, settings, &mut found) {
            Ok(conformed) => {
                problems.append(&mut left_out);
                problems.append(&mut found);
                return Ok(conformed);
            }
            Err(errors) => errors,
        };
        let Some(rest) = spare.and_then(|rest| leave_out::each_error(rest, &errors, &mut left_out)) else {
            problems.append(&mut left_out);
            problems.extend(errors);
            return Err(std::mem::take(problems));
        };
        document = rest;
    }
}

fn conform_once(
    document: Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Result<Conformed, Vec<Problem>> {
    let (lowered, found, moves) = lower::lower_with_moves(document, settings.skip_unsupported);
    stop_on_errors(found, problems)?;
    let (conformed, mut found) = conform::conform(lowered, settings);
    found.iter_mut().for_each(|problem| problem.pointer = document::walk::in_input(&problem.pointer));
    moves.point_to_input(&mut found);
    stop_on_errors(found, problems)?;
    match conformed {
        Some((document, mut plan)) => {
            plan.each_location(&mut |at| *at = moves.of(at));
            Ok(Conformed { document, plan })
        }
        None => Err(std::mem::take(problems)),
    }
}

/// The generated code of a conformed document.
pub fn generate(conformed: &Conformed, settings: &Settings) -> Result<syn::File, String> {
    let document = &conformed.document;
    catch_panic::catch(|| {
        let tokens =
            crate::generate::generate(document, settings.crate_name()).map_err(|error| error.to_string())?;
        // Refining writes the builders of the types anew.
        items::parse(tokens, &["types", "builder"]).map_err(|error| error.to_string())
    })?
}

/// Refines the generated code.
pub fn refine(file: syn::File, conformed: &Conformed, settings: &Settings) -> (syn::File, Vec<Problem>) {
    refine::refine(file, &conformed.plan, settings)
}

/// The source of generated code, formatted.
pub fn format(file: &syn::File) -> String {
    prettyplease::unparse(file)
}

/// The client of a conformed document, as `write` has it.
fn written<T>(
    conformed: &Conformed,
    settings: &Settings,
    write: Write<T>,
) -> Result<(T, Vec<Problem>), String> {
    let (file, problems) = refine(generate(conformed, settings)?, conformed, settings);
    Ok((catch_panic::catch(|| write(&file))?, problems))
}

/// How many times parts are left out of a document before generating fails.
const ATTEMPTS: usize = 8;

/// Generates the client of a conformed document. Returns what `write` makes of it, and what is left of the plan.
///
/// With [`Settings::skip_unsupported`], what the generator fails on, and what would not compile, is left out.
pub(crate) fn write_client<T>(
    mut conformed: Conformed,
    settings: &Settings,
    mut problems: Vec<Problem>,
    write: Write<T>,
) -> Result<(T, Plan, Vec<Problem>), Vec<Problem>> {
    for attempt in 1.. {
        let (errors, parts) = match written(&conformed, settings, write) {
            Ok((client, found)) if !has_errors(&found) => {
                problems.extend(found);
                return Ok((client, conformed.plan, problems));
            }
            Ok((_, found)) if !settings.skip_unsupported => {
                problems.extend(found);
                break;
            }
            Ok((_, found)) => {
                let parts = unsupported::of_errors(&conformed, &found);
                let parts = if parts.is_empty() { find_unsupported(&conformed, settings) } else { parts };
                (found, parts)
            }
            Err(reason) => {
                let parts = find_unsupported(&conformed, settings);
                let message = format!("the generator does not support the conformed document: {reason}");
                let whole = vec![Problem::error(&Pointer::root(), message)];
                (if parts.is_empty() { whole } else { report(&parts, &conformed, Problem::error) }, parts)
            }
        };
        let may_skip = settings.skip_unsupported && !parts.is_empty() && attempt < ATTEMPTS;
        let Some(rest) = may_skip.then(|| unsupported::without(&conformed.document, &parts)).flatten() else {
            problems.extend(errors);
            break;
        };
        problems.extend(report(&parts, &conformed, Problem::omitted));
        let is_left = |operation: &OperationPlan| {
            rest.operations().any(|(_, _, left)| left.operation_id.as_ref() == Some(&operation.method))
        };
        let has = |name: &str| rest.components.as_ref().is_some_and(|all| all.schemas.contains_key(name));
        conformed.plan.retain(&is_left, &has);
        conformed.document = rest;
    }
    Err(problems)
}

fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.level == Level::Error)
}

/// Finds what the generator fails on, and what cannot be refined.
fn find_unsupported(conformed: &Conformed, settings: &Settings) -> Vec<Unsupported> {
    let attempt = |part: &OpenAPI| {
        let mut plan = conformed.plan.clone();
        let is_in = |operation: &OperationPlan| {
            part.operations().any(|(_, _, own)| own.operation_id.as_ref() == Some(&operation.method))
        };
        let has = |name: &str| part.components.as_ref().is_some_and(|all| all.schemas.contains_key(name));
        plan.retain(&is_in, &has);
        let part = Conformed { document: part.clone(), plan };
        let (_, found) = refine(generate(&part, settings)?, &part, settings);
        let error = found.into_iter().find(|problem| problem.level == Level::Error);
        error.map_or(Ok(()), |error| Err(error.message))
    };
    unsupported::find(&conformed.document, &attempt)
}

/// Reports the parts where they are in the input.
fn report(
    parts: &[Unsupported],
    conformed: &Conformed,
    level: fn(&Pointer, String) -> Problem,
) -> Vec<Problem> {
    let problem = |part: &Unsupported| {
        let mut types = conformed.plan.types.iter();
        let origin = types.find(|(name, _)| part.at.component("schemas") == Some(name));
        let mut operations = conformed.document.operations();
        let is_it = |(path, method, _): &(&str, &str, _)| part.at == Pointer::of(["paths", path, method]);
        let id = operations.find(is_it).and_then(|(_, _, operation)| operation.operation_id.as_ref());
        let planned = conformed.plan.operations.iter().find(|planned| Some(&planned.method) == id);
        let at = origin.map(|(_, origin)| origin).or(planned.map(|planned| &planned.at)).unwrap_or(&part.at);
        level(at, format!("not supported by the generator: {}", part.reason))
    };
    parts.iter().map(problem).collect()
}
