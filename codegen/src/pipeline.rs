//! The pipeline, step by step. Not part of the public API; the benchmarks time its steps.

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::plan::{OperationPlan, Plan};
use crate::problem::stop_on_errors;
use crate::settings::Settings;
use crate::{
    Generated, Overlaid, Pointer, Problem, catch_panic, conform, document, lower, overlay, refine,
    unsupported,
};

/// A document that the generator supports, and the plan for refining.
pub struct Conformed {
    pub(crate) document: OpenAPI,
    pub(crate) plan: Plan,
}

/// What makes a text, or an outline, of generated code.
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
    Ok(Generated { source, operations, types: plan.types, problems, plans: plan.operations })
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
pub fn conform(
    document: Value,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Result<Conformed, Vec<Problem>> {
    settings.validate()?;
    let (lowered, found) = lower::lower(document, settings.skip_unsupported);
    stop_on_errors(found, problems)?;
    let (conformed, found) = conform::conform(lowered, settings);
    stop_on_errors(found, problems)?;
    match conformed {
        Some((document, plan)) => Ok(Conformed { document, plan }),
        None => Err(std::mem::take(problems)),
    }
}

/// The generated code of a conformed document.
pub fn generate(conformed: &Conformed, settings: &Settings) -> Result<syn::File, String> {
    let document = &conformed.document;
    catch_panic::catch(|| {
        let tokens =
            crate::generate::generate(document, settings.crate_name()).map_err(|error| error.to_string())?;
        syn::parse2(tokens).map_err(|error| error.to_string())
    })?
}

/// The generated code as a Rust reader expects it.
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

/// Generates the client of a conformed document. Returns what `write` makes of it, and what is left of the plan.
pub(crate) fn write_client<T: Default>(
    conformed: Conformed,
    settings: &Settings,
    mut problems: Vec<Problem>,
    write: Write<T>,
) -> Result<(T, Plan, Vec<Problem>), Vec<Problem>> {
    let (client, found, plan) = match written(&conformed, settings, write) {
        Ok((client, found)) => (client, found, conformed.plan),
        Err(reason) => without_unsupported(conformed, settings, write, &reason),
    };
    stop_on_errors(found, &mut problems)?;
    Ok((client, plan, problems))
}

/// Reports what the generator fails on and, with [`Settings::skip_unsupported`], generates the rest.
fn without_unsupported<T: Default>(
    conformed: Conformed,
    settings: &Settings,
    write: Write<T>,
    reason: &str,
) -> (T, Vec<Problem>, Plan) {
    let Conformed { document, mut plan } = conformed;
    let attempt = |part: &OpenAPI| {
        catch_panic::catch(|| {
            crate::generate::generate(part, settings.crate_name()).map(drop).map_err(|e| e.to_string())
        })?
    };
    let unsupported_parts = unsupported::find(&document, &attempt);
    let report = |level: fn(&Pointer, String) -> Problem| {
        let problem = |part: &unsupported::Unsupported| {
            let origin = plan.types.iter().find(|(name, _)| part.at.component("schemas") == Some(name));
            let at = origin.map_or(&part.at, |(_, origin)| origin);
            level(at, format!("not supported by the generator: {}", part.reason))
        };
        unsupported_parts.iter().map(problem).collect::<Vec<_>>()
    };
    if unsupported_parts.is_empty() {
        let message = format!("the generator does not support the conformed document: {reason}");
        return (T::default(), vec![Problem::error(&Pointer::root(), message)], plan);
    }
    let errors = report(Problem::error);
    if settings.skip_unsupported
        && let Some(rest) = unsupported::without(&document, &unsupported_parts)
    {
        let mut problems = report(Problem::omitted);
        let is_left = |operation: &OperationPlan| {
            rest.operations().any(|(_, _, left)| left.operation_id.as_ref() == Some(&operation.method))
        };
        let has = |name: &str| rest.components.as_ref().is_some_and(|all| all.schemas.contains_key(name));
        plan.retain(&is_left, &has);
        let rest = Conformed { document: rest, plan };
        let outcome = written(&rest, settings, write);
        if let Ok((client, found)) = outcome {
            problems.extend(found);
            return (client, problems, rest.plan);
        }
        plan = rest.plan;
    }
    (T::default(), errors, plan)
}
