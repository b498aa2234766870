//! The generator cannot take every 3.0 document: turns one into what progenitor and typify can, and notes the rest.
//! Knows what progenitor and typify do; must not know OpenAPI 3.1 or how the notes are used.

mod bounds;
mod components;
mod compose;
mod constraints;
mod cycles;
mod deserialize;
mod directions;
mod discriminators;
mod errors;
mod hoist;
mod media;
mod merge;
mod names;
mod origin;
mod parameters;
mod renames;
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
    // First: every step that follows references would follow a cycle for ever.
    cycles::check(&document, &mut problems);
    if !problems.is_empty() {
        return (None, problems);
    }
    // Bodies, before anything looks for their JSON schemas under the one name that is left.
    media::conform(&mut document, &mut problems);
    // Names, before anything makes new ones out of them.
    let mut origins = names::components(&mut document, &mut problems);
    names::operations(&mut document, &mut plan, settings, &mut problems);
    let before = problems.len();
    let of_parameters = parameters::conform(&mut document, &mut origins);
    // Before composing, which would take a component that only names a scalar for a type of its own.
    components::inline_scalars(&mut document);
    compose::conform(&mut document, &origins, &mut problems);
    // After composing, which makes components nullable, and before hoisting, which makes components of what they are used in.
    components::move_nullability(&mut document);
    // Bodies first: what is inside them is a part of a component then.
    hoist::bodies(&mut document, &mut origins);
    hoist::properties(&mut document, &mut origins);
    // After hoisting, when every property is one of a component.
    renames::conform(&mut document, &mut origins, &mut plan);
    // After hoisting: a direction is that of a component.
    let directions = directions::of(&mut document);
    schema::conform(&mut document, &directions, settings, &mut plan, &mut problems);
    plan.open_enums =
        schema::string_enums(&document).filter(|name| directions.received.contains(name)).collect();
    // Last of the steps: what it takes out no other one sees.
    errors::take(&mut document, &mut plan, &mut problems);
    problems.iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    problems.splice(before..before, of_parameters);
    let before = problems.len();
    let conformed = deserialize::read(document, &mut problems);
    problems[before..].iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    plan.types = origins.into_types();
    (conformed.map(|document| (document, plan)), problems)
}

fn text(document: &Value, path: &[&str]) -> Option<String> {
    Pointer::of(path.iter().copied()).resolve(document)?.as_str().map(str::to_owned)
}
