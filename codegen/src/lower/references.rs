//! Resolves the references of 3.1, which may point anywhere. Afterwards the only ones left are from schemas to component schemas.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::{Map, Value};

use super::{inline_components, left_out, remove};
use crate::document::keywords::{Holds, keyword};
use crate::document::references;
use crate::document::resolve::{self, DEFAULT_MAPPING, Flaw, Reason};
use crate::document::walk;
use crate::document::{Kind, Pointer, is_documentation};
use crate::free_name::free_name;
use crate::problem::{Level, Problem};

/// Resolves all references. With `skip`, a dangling one of a schema becomes a schema that allows anything.
pub(super) fn resolve(document: &mut Value, skip: bool, problems: &mut Vec<Problem>) {
    for flaw in resolve::resolve(document) {
        report(document, &flaw, skip, problems);
    }
    inline_components::inline(document, problems);
    if problems.iter().all(|problem| problem.level != Level::Error) {
        hoist(document);
    }
}

fn report(document: &mut Value, flaw: &Flaw, skip: bool, problems: &mut Vec<Problem>) {
    let at = flaw.at.join(flaw.keyword);
    match (&flaw.reason, flaw.kind) {
        (Reason::Ignored(keys), _) => {
            if !keys.iter().all(|key| is_documentation(key)) {
                problems.push(Problem::relaxed(&flaw.at, flaw.to_string()));
            }
        }
        // Already reported by `each_misshapen`.
        (Reason::Misplaced, _) => {}
        (Reason::FromRoot, _) => problems.push(Problem::relaxed(&at, flaw.to_string())),
        (_, Kind::Example | Kind::Link | Kind::SecurityScheme) => {}
        (Reason::Dynamic, _) => {
            problems.push(Problem::relaxed(&at, format!("{flaw}; its schema is not checked")));
            if let Some(Value::Object(schema)) = flaw.at.resolve_mut(document) {
                schema.remove(flaw.keyword);
            }
        }
        // Without it, the discriminator still tells the values of its mapping.
        _ if flaw.keyword == DEFAULT_MAPPING && (skip || walk::called(&flaw.at).is_some()) => {
            problems.push(Problem::relaxed(&at, format!("{flaw}; ignored")));
            if let Some(Value::Object(discriminator)) = flaw.at.resolve_mut(document) {
                discriminator.remove(flaw.keyword);
            }
        }
        (_, Kind::Schema) if skip => {
            problems.push(Problem::relaxed(&at, format!("{flaw}; any value is accepted there")));
            if let Some(schema) = flaw.at.resolve_mut(document) {
                *schema = Value::Object(Map::new());
            }
        }
        _ => match walk::called(&flaw.at) {
            Some(called) => {
                problems.push(Problem::lossy(&at, format!("{flaw}; {}", left_out(&at))));
                remove(document, &called);
            }
            None => problems.push(Problem::error(&at, flaw.to_string())),
        },
    }
}

/// `{$ref: '#/components/schemas/A/properties/b'}` ⇒ `{$ref: '#/components/schemas/AB'}`
///
/// progenitor resolves references to components only, so each other target is copied into a component.
fn hoist(document: &mut Value) {
    let mut hoisted = ComponentNames::of(document);
    // A hoisted schema may contain further references.
    loop {
        let mut targets = BTreeSet::new();
        walk::each(document, &mut |kind, _, value| {
            let target = if kind == Kind::Schema { references::target(value) } else { None };
            targets.extend(target.filter(|target| target.component("schemas").is_none()));
        });
        let added: Vec<(String, Value)> = targets
            .into_iter()
            .filter_map(|target| {
                let schema = target.resolve(document)?.clone();
                Some((hoisted.take(target)?, schema))
            })
            .collect();
        if added.is_empty() {
            break;
        }
        let Some(root) = document.as_object_mut() else { return };
        let components = root.entry("components").or_insert_with(|| Value::Object(Map::new()));
        for (name, schema) in added {
            components["schemas"][name] = schema;
        }
        walk::each_mut(document, &mut |kind, _, value| {
            let target = if kind == Kind::Schema { references::target(value) } else { None };
            if let Some(name) = target.and_then(|target| hoisted.names.get(&target)) {
                references::point(value, &Pointer::of(["components", "schemas", name]));
            }
        });
    }
}

/// The names of the components made from schemas elsewhere in the document.
struct ComponentNames {
    names: BTreeMap<Pointer, String>,
    taken: BTreeSet<String>,
}

impl ComponentNames {
    fn of(document: &Value) -> Self {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let names = schemas.into_iter().flat_map(|schemas| schemas.keys());
        Self { names: BTreeMap::new(), taken: names.map(|name| name.to_pascal_case()).collect() }
    }

    /// A new name for the schema at `target`; `None` if it has one already.
    fn take(&mut self, target: Pointer) -> Option<String> {
        if self.names.contains_key(&target) {
            return None;
        }
        let name = self.unused(&target);
        self.names.insert(target, name.clone());
        Some(name)
    }

    /// A name made of the last three tokens that are not keywords.
    fn unused(&mut self, target: &Pointer) -> String {
        let is_structural = |token: &&str| {
            matches!(*token, "components" | "schemas" | "paths" | "schema" | "content")
                || keyword(token).is_some_and(|keyword| keyword.holds == Holds::Map)
        };
        let names: Vec<_> = target.tokens().into_iter().filter(|token| !is_structural(token)).collect();
        let name = names[names.len().saturating_sub(3)..].join("-").to_pascal_case();
        let name = if name.starts_with(|first: char| first.is_alphabetic()) {
            name
        } else {
            format!("Schema{name}")
        };
        let name = free_name(name, "", |name| self.taken.contains(name));
        self.taken.insert(name.clone());
        name
    }
}
