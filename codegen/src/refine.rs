//! Edits the generated syntax tree into the Rust that a reader expects.
//! Must not know the document.

pub(crate) mod ast;
mod boxes;
mod builders;
mod client;
mod content_type;
mod debug;
mod deprecated;
mod docs;
mod enums;
mod error;
mod examples;
mod gate;
mod groups;
mod headers;
mod ids;
mod integers;
mod links;
pub(crate) mod markdown;
mod media_types;
mod messages;
mod nullable;
mod objects;
mod operation;
mod optional_body;
mod pages;
mod renames;
mod replacement;
pub(crate) mod request;
mod rules;
mod scalar_enums;
mod security;
mod send;
mod server_types;
mod servers;
mod setters;
mod sound;
mod streams;
mod strings;
mod tuples;
mod types;
mod unions;
mod unnamed;
mod walk;
mod webhooks;
mod wrapped;

use std::panic::Location;
use std::path::Path;

use heck::ToPascalCase;
use syn::File;

use crate::document::Pointer;
use crate::plan::{Plan, ScalarEnum};
use crate::problem::Problem;
use crate::settings::Settings;
use setters::Setters;
use sound::Unsound;

/// Refines the generator's output. An edit that finds nothing to do is a problem: the generator has changed.
pub(crate) fn refine(mut file: File, plan: &Plan, settings: &Settings) -> (File, Vec<Problem>) {
    let mut problems = Vec::new();
    let handwritten = match settings.module_path() {
        Ok(handwritten) => handwritten,
        Err(problem) => return (file, vec![problem]),
    };
    let setters = Setters::new(&handwritten);
    tuples::place(&mut file.items, &plan.tuples, &plan.ids);
    if let Some(types) = ast::module(&mut file.items, "types") {
        enums::annotate(types, &plan.constants, &mut problems);
    }
    docs::refine(&mut file, plan.documentation_url.as_deref());
    deprecated::mark(&mut file, plan, &mut problems);
    client::replace(&mut file, plan, &handwritten, &mut problems);
    let rules = rules::Statics::new(plan);
    file.items.extend(rules.module(plan, &handwritten));
    let variants = ast::module(&mut file.items, "types").map(|types| {
        unions::rename_successes(types, plan);
        operation::variants(types, plan)
    });
    let variants = variants.unwrap_or_default();
    let has_integer_body = match ast::module(&mut file.items, "builder") {
        Some(operations) => {
            let has_integers =
                send::refine(operations, plan, &rules, &variants, &handwritten, &setters, &mut problems);
            debug::refine(operations);
            has_integers
        }
        None => {
            missing("`mod builder`", &mut problems);
            false
        }
    };
    let gate = settings.received_builders.as_ref().and_then(|feature| {
        ast::module(&mut file.items, "builder").map(|operations| gate::Gate::new(feature, operations))
    });
    let mut required = builders::Required::new();
    match ast::module(&mut file.items, "types") {
        Some(types) => {
            unions::rename(types, &plan.unions, &mut problems);
            let are_counted = unions::refine(types, &plan.unions, &plan.open_enums);
            scalar_enums::refine(types, plan, are_counted, &mut problems);
            enums::open(types, &plan.open_string_enums(), are_counted, &handwritten, &mut problems);
            boxes::refine(types);
            nullable::properties(types, &plan.nullable, &mut problems);
            // After nullable properties, whose function to read them it replaces.
            let has_integer_enum = plan.scalar_enums.iter().any(ScalarEnum::has_integers);
            integers::refine(types, has_integer_body || has_integer_enum);
            renames::properties(types, &plan.properties, &mut problems);
            types::refine(types);
            strings::refine(types);
            messages::reword(types);
            required = builders::write(types, &plan.tuples, gate.as_ref(), &handwritten, &mut problems);
            tuples::refine(types, plan, &mut problems);
            error::replace(types, &handwritten, &mut problems);
        }
        None => missing("`mod types`", &mut problems),
    }
    // After all that changes types, and before their names on the wire become rows of tables.
    pages::add(&mut file.items, plan, &handwritten, &mut problems);
    media_types::alternatives(&mut file.items, plan, &handwritten);
    if settings.streams {
        streams::add(&mut file.items, plan, &handwritten);
    }
    if let Some(types) = ast::module(&mut file.items, "types") {
        objects::refine(types, &handwritten);
        unnamed::refine(types, &handwritten);
        enums::close(types, &handwritten, &mut problems);
        debug::refine(types);
        if let Some(builders) = ast::module(types, "builder") {
            debug::refine(builders);
        }
        ids::add(types, &plan.ids, &handwritten);
    }
    headers::add(&mut file.items, plan, &handwritten);
    webhooks::add(&mut file.items, plan);
    server_types::add(&mut file.items, plan, &handwritten);
    security::add(&mut file.items, plan, &handwritten);
    examples::add(&mut file.items, &required);
    // After examples, which the methods that return groups do not have.
    groups::add(&mut file.items, plan);
    docs::modules(&mut file.items);
    docs::print(&mut file.items);
    problems.extend(sound::check(&file.items).iter().map(|unsound| not_rust(unsound, plan)));
    (file, problems)
}

/// Reports code that would not compile, at the schema or the operation that it is of.
fn not_rust(unsound: &Unsound, plan: &Plan) -> Problem {
    let Unsound { of, reason } = unsound;
    let of_type = |name: &str| plan.types.iter().find(|(own, _)| own == name).map(|(_, at)| at);
    let at = of_type(of).or_else(|| of_type(of.strip_suffix("Builder")?));
    let of_operation = || {
        let mut operations = plan.operations.iter();
        operations.find(|operation| operation.method.to_pascal_case() == *of).map(|operation| &operation.at)
    };
    let at = at.or_else(of_operation).cloned().unwrap_or_else(Pointer::root);
    Problem::error(&at, format!("the generated code would not compile: of `{of}`, {reason}"))
}

/// Reports that the generated code lacks something that the calling edit needs.
#[track_caller]
fn missing(what: &str, problems: &mut Vec<Problem>) {
    let edit = Path::new(Location::caller().file()).file_stem().unwrap_or_default().display();
    problems.push(Problem::error(
        &Pointer::root(),
        format!("the generated code has no {what}; refining (`{edit}`) no longer fits it"),
    ));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_edit_that_finds_nothing_is_named() {
        let mut problems = Vec::new();
        missing("`mod types`", &mut problems);
        let module = syn::parse_quote!(::a);
        enums::open(&mut Vec::new(), &BTreeSet::from(["A".to_owned()]), false, &module, &mut problems);
        let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
        assert_eq!(
            messages,
            [
                "the generated code has no `mod types`; refining (`refine`) no longer fits it",
                "the generated code has no enum `A`; refining (`enums`) no longer fits it",
            ]
        );
    }
}
