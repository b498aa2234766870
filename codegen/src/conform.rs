//! The generator cannot take every 3.0 document: turns one into what progenitor and typify can, and notes the rest.
//! Knows what progenitor and typify do; must not know OpenAPI 3.1 or how the notes are used.

mod components;
mod compose;
mod cycles;
mod direction;
mod errors;
mod hoist;
mod identifiers;
mod media;
mod merge;
mod names;
mod origin;
mod parameters;
mod schema;

use openapiv3::{OpenAPI, ReferenceOr};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::plan::Plan;
use crate::pointer::Pointer;
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
    names::operations(&mut document, &mut plan, settings.skip_unsupported, &mut problems);
    parameters::conform(&mut document, &mut problems);
    components::inline_scalars(&mut document);
    compose::conform(&mut document, &mut problems);
    components::move_nullability(&mut document);
    hoist::bodies(&mut document, &mut origins);
    hoist::properties(&mut document, &mut origins);
    identifiers::conform(&mut document, &mut plan);
    let received = direction::received(&mut document);
    schema::conform(&mut document, &received, settings, &mut plan, &mut problems);
    plan.open_enums = schema::string_enums(&document).filter(|name| received.contains(name)).collect();
    errors::take(&mut document, &mut plan, &mut problems);
    problems.iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    let before = problems.len();
    let conformed = read(document, &mut problems);
    problems[before..].iter_mut().for_each(|problem| problem.pointer = origins.of(&problem.pointer));
    plan.types = origins.into_types();
    (conformed.map(|document| (document, plan)), problems)
}

fn text(document: &Value, path: &[&str]) -> Option<String> {
    Pointer::of(path.iter().copied()).resolve(document)?.as_str().map(str::to_owned)
}

/// Into the generator's own model, part by part, so that what does not fit is named.
fn read(mut document: Value, problems: &mut Vec<Problem>) -> Option<OpenAPI> {
    let before = problems.len();
    let paths = read_each(&mut document, &["paths"], problems);
    let schemas = read_each(&mut document, &["components", "schemas"], problems);
    let read = OpenAPI::deserialize(document).map_err(|error| {
        problems.push(Problem::error(&Pointer::root(), format!("not an OpenAPI document: {error}")));
    });
    let mut read = read.ok().filter(|_| problems.len() == before)?;
    read.paths.paths = paths.into_iter().collect();
    if let Some(components) = &mut read.components {
        components.schemas = schemas.into_iter().collect();
    }
    Some(read)
}

/// Takes the entries of one map out of the document.
fn read_each<T: DeserializeOwned>(
    document: &mut Value,
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> Vec<(String, ReferenceOr<T>)> {
    let at = Pointer::of(path.iter().copied());
    let entries =
        path.iter().try_fold(document, |value, key| value.get_mut(key)).and_then(Value::as_object_mut);
    let mut read = Vec::new();
    for (name, entry) in entries.map(std::mem::take).into_iter().flatten() {
        // Told apart here, what is no reference says what is wrong with it, and is not read into a buffer first.
        let entry = if entry.get("$ref").is_some() {
            ReferenceOr::deserialize(entry)
        } else {
            T::deserialize(entry).map(ReferenceOr::Item)
        };
        match entry {
            Ok(entry) => read.push((name, entry)),
            Err(error) => {
                problems.push(Problem::error(&at.join(&name), format!("not what OpenAPI has here: {error}")))
            }
        }
    }
    read
}
