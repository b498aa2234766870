//! The generator cannot take every 3.0 document: turns one into what progenitor and typify can, and notes the rest.
//! Knows what progenitor and typify do; must not know OpenAPI 3.1 or how the notes are used.

mod bounds;
mod components;
mod compose;
mod cycles;
mod direction;
mod discriminators;
mod errors;
mod hoist;
mod identifiers;
mod limits;
mod media;
mod merge;
mod names;
mod origin;
mod parameters;
mod read;
mod schema;

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::document::Pointer;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::settings::Settings;

/// Conforms a 3.0 document. There is no document when it is not one that the generator's own reader takes.
pub(crate) fn conform(mut document: Value, settings: &Settings) -> (Option<(OpenAPI, Plan)>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut plan = Plan {
        server_url: text(&document, &["servers", "0", "url"]).unwrap_or_else(|| "/".to_owned()),
        documentation_url: text(&document, &["externalDocs", "url"]),
        ..Plan::default()
    };
    cycles::check(&document, &mut problems);
    if !problems.is_empty() {
        return (None, problems);
    }
    media::conform(&mut document, &mut problems);
    let mut origins = names::components(&mut document, &mut problems);
    names::operations(&mut document, &mut plan, settings, &mut problems);
    let before = problems.len();
    let of_parameters = parameters::conform(&mut document, &mut origins);
    components::inline_scalars(&mut document);
    compose::conform(&mut document, &origins, &mut problems);
    components::move_nullability(&mut document);
    hoist::bodies(&mut document, &mut origins);
    hoist::properties(&mut document, &mut origins);
    identifiers::conform(&mut document, &mut origins, &mut plan);
    let directions = direction::of(&mut document);
    schema::conform(&mut document, &directions, settings, &mut plan, &mut problems);
    plan.open_enums =
        schema::string_enums(&document).filter(|name| directions.received.contains(name)).collect();
    errors::take(&mut document, &mut plan, &mut problems);
    problems.iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    problems.splice(before..before, of_parameters);
    let before = problems.len();
    let conformed = read::read(document, &mut problems);
    problems[before..].iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    plan.types = origins.into_types();
    (conformed.map(|document| (document, plan)), problems)
}

fn text(document: &Value, path: &[&str]) -> Option<String> {
    Pointer::of(path.iter().copied()).resolve(document)?.as_str().map(str::to_owned)
}
