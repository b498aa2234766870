//! Turns a 3.0 document into one that progenitor and typify support; what they cannot carry goes into the plan.
//! Must not know OpenAPI 3.1.

mod components;
mod compose;
mod constants;
mod constraints;
mod cycles;
mod deprecation;
mod deserialize;
mod directions;
mod discriminators;
mod errors;
mod events;
mod groups;
mod headers;
mod hoist;
mod inheritance;
mod lines;
mod media;
mod merge;
mod multipart;
mod names;
mod origin;
mod pages;
mod parameters;
mod patterns;
mod renames;
mod rules;
mod schema;
mod security;
mod servers;
mod size;
mod streams;
mod tighter;
mod tuples;
mod unions;
mod webhooks;

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::document::keywords::is_composition;
use crate::document::{Pointer, Schema, walk};
use crate::plan::Plan;
use crate::problem::{Level, Problem};
use crate::settings::Settings;

/// Conforms a 3.0 document; `None` if `openapiv3` cannot parse the result.
pub(crate) fn conform(mut document: Value, settings: &Settings) -> (Option<(OpenAPI, Plan)>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut plan = Plan {
        server_url: text(&document, &["servers", "0", "url"]).unwrap_or_else(|| "/".to_owned()),
        documentation_url: text(&document, &["externalDocs", "url"]),
        ..Plan::default()
    };
    // Before cycles: a base that lists the schemas that extend it refers to itself.
    let bases = inheritance::conform(&mut document);
    // Steps that follow references would not end at a cycle.
    cycles::check(&document, &mut problems);
    if !problems.is_empty() {
        problems.iter_mut().for_each(|problem| bases.point_to_original(&mut problem.pointer));
        return (None, problems);
    }
    // Media types before anything looks for the schema of a JSON body under `application/json`.
    let settings = &multipart::with_files(settings);
    let (media_types, moved) = media::conform(&mut document, settings, &mut problems);
    // Names before anything derives new ones from them.
    let mut origins = names::components(&mut document, &mut problems);
    bases.note(&mut origins);
    moved.into_iter().for_each(|(at, origin)| origins.moved(at, origin));
    names::operations(&mut document, &mut plan, media_types, settings, &mut problems);
    // After operations, whose types are named by them.
    servers::plan(&document, &mut plan, settings, &mut problems);
    if settings.security {
        security::plan(&document, &mut plan, &mut problems);
    }
    // After operations, whose methods no group may have.
    groups::plan(&document, &mut plan, settings, &mut problems);
    // After operations, which callbacks are named by, and before all that changes schemas: a payload is like any component.
    webhooks::take(&mut document, &mut origins, &mut plan, &mut problems);
    let before = problems.len();
    schema::drop_keywords_of_other_types(&mut document);
    // Before parameters, which can be enums.
    constants::conform(&mut document);
    let (styles, encodings, of_parameters) = parameters::conform(&mut document, &mut origins);
    // Before composing, which would give a component that only names a scalar a type of its own as a branch.
    components::inline_scalars(&mut document);
    hoist::recursive(&mut document, &mut origins);
    compose::conform(&mut document, &origins, &mut problems);
    // Problems up to here are at locations from before the branches of unions were sorted.
    problems.iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    let composed = problems.len();
    origins.sorted(&document);
    // After composing, where one member may have the type and another the items, and before hoisting, which would name these.
    schema::parts_without_type(&mut document, &mut problems);
    // After composing, which makes components nullable, and before hoisting, which turns their uses into components.
    components::move_nullability(&mut document);
    // Bodies first: their inline schemas then become properties of a component.
    hoist::bodies(&mut document, &mut origins);
    hoist::properties(&mut document, &mut origins);
    // Before renaming: names are those on the wire.
    pages::collect(&document, &mut plan, &mut problems);
    // After hoisting: every property belongs to a component.
    renames::conform(&mut document, (&styles, encodings), &mut origins, &mut plan);
    // After hoisting: directions are those of components.
    let directions = directions::of(&document, &plan.webhooks);
    // Before schemas, which leave only the constraints that types enforce.
    let checked = rules::collect(&document, &directions, settings, &mut plan, &mut problems);
    schema::conform(&mut document, &directions, &checked, settings, &mut plan, &mut problems);
    // After schemas, which decide what is required.
    unions::conform(&mut document, &mut plan);
    // After schemas, which leave only the bounds that are checked.
    hoist::apart(&mut document, &mut origins);
    // After all that looks for references: those to tuples go.
    tuples::conform(&mut document, settings, &mut plan);
    // After schemas, which add defaults and limits to descriptions.
    parameters::descriptions(&mut document, &mut plan);
    plan.open_enums =
        schema::string_enums(&document).filter(|name| directions.received.contains(name)).collect();
    headers::collect(&document, &mut plan);
    webhooks::without_type(&document, &mut plan, &mut problems);
    // Last: it removes responses that the other steps must conform first.
    errors::take(&mut document, &mut plan, &mut problems);
    problems[composed..].iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    problems.splice(before..before, of_parameters);
    // A document that is refused for its schemas is not refused for their code as well.
    if problems.iter().all(|problem| problem.level != Level::Error) {
        size::check(&document, &mut problems);
    }
    let before = problems.len();
    let conformed = deserialize::read(document, &mut problems);
    problems[before..].iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    plan.types = origins.into_types();
    plan.each_location(&mut |at| *at = walk::in_input(at));
    (conformed.map(|document| (document, plan)), problems)
}

/// Whether it is the location of a member of a composition.
fn is_member(at: &Pointer) -> bool {
    at.iter().rev().nth(1).is_some_and(is_composition)
}

/// The only member of `allOf`.
fn only_member(schema: &Schema) -> Option<&Value> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn text(document: &Value, path: &[&str]) -> Option<String> {
    Pointer::of(path.iter().copied()).resolve(document)?.as_str().map(str::to_owned)
}
