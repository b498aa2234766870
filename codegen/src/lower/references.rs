//! `$ref` in 3.1 goes anywhere: afterwards those of schemas go to component schemas, and the others are gone.
//! Knows identifiers and pointers; must not know what any keyword restricts.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::Value;

use super::inline;

use crate::pointer::{Pointer, reference_to};
use crate::position::{self, Kind};
use crate::problem::Problem;

/// Resolves what a `$ref` can say in 3.1; `skip` makes a dangling one of a schema a schema that allows anything.
pub(super) fn resolve(document: &mut Value, skip: bool, problems: &mut Vec<Problem>) {
    let (mut elsewhere, outside) = unusual(document);
    if outside {
        inline::inline(document, problems);
        elsewhere = unusual(document).0;
    }
    if !elsewhere {
        return;
    }
    let resources = Resources::of(document);
    let mut hoisted = Hoisted::of(document);
    // What is hoisted has references of its own.
    loop {
        let before = hoisted.names.len();
        let source = document.clone();
        position::each_mut(document, &mut |kind, at, value| {
            if kind == Kind::Schema && value.get("$ref").is_some() {
                let resolved =
                    resources.absolute(at, value).and_then(|target| hoisted.target(&source, &target));
                match resolved {
                    Ok(target) => value["$ref"] = target.into(),
                    Err(message) if skip => {
                        problems.push(Problem::relaxed(
                            &at.join("$ref"),
                            format!("{message}; anything is allowed there"),
                        ));
                        *value = Value::Object(serde_json::Map::new());
                    }
                    Err(message) => problems.push(Problem::error(&at.join("$ref"), message)),
                }
            }
        });
        if hoisted.names.len() == before || !problems.is_empty() {
            break;
        }
        hoisted.put_into(document);
    }
}

/// Whether a schema's reference goes to something other than a component schema that is there, and whether anything but a
/// schema has a reference. Most documents have neither, or only the second.
fn unusual(document: &mut Value) -> (bool, bool) {
    const PREFIX: &str = "#/components/schemas/";
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let names: BTreeSet<String> = schemas.into_iter().flat_map(|schemas| schemas.keys().cloned()).collect();
    let (mut elsewhere, mut outside) = (false, false);
    position::each_mut(document, &mut |kind, _, value| match value.get("$ref") {
        Some(target) if kind == Kind::Schema => {
            let name = target.as_str().and_then(|target| target.strip_prefix(PREFIX));
            elsewhere |= !name.is_some_and(|name| names.contains(name));
        }
        Some(_) => outside = true,
        None => {}
    });
    (elsewhere, outside)
}

/// What is said of a reference that goes nowhere.
pub(super) fn dangling(target: &Value) -> String {
    match target.as_str() {
        None => "is no string".to_owned(),
        Some(text) if text.starts_with('#') => "points at nothing".to_owned(),
        Some(_) => "leaves the document; bundle it into one file first".to_owned(),
    }
}

/// Schemas with an `$id` of their own, which local references are relative to, and those with an `$anchor`.
struct Resources {
    ids: Vec<Pointer>,
    anchors: BTreeMap<String, Pointer>,
}

impl Resources {
    fn of(document: &mut Value) -> Self {
        let mut resources = Self { ids: Vec::new(), anchors: BTreeMap::new() };
        position::each_mut(document, &mut |kind, at, value| {
            if kind == Kind::Schema {
                if value.get("$id").is_some() {
                    resources.ids.push(at.clone());
                }
                if let Some(anchor) = value.get("$anchor").and_then(Value::as_str) {
                    resources.anchors.insert(format!("#{anchor}"), at.clone());
                }
            }
        });
        resources
    }

    /// The pointer from the root that the `$ref` of the schema at `at` means.
    fn absolute(&self, at: &Pointer, schema: &Value) -> Result<Pointer, String> {
        let target = &schema["$ref"];
        let text = target.as_str().ok_or_else(|| "a $ref must be a string".to_owned())?;
        if let Some(anchored) = self.anchors.get(text) {
            return Ok(anchored.clone());
        }
        let pointer =
            Pointer::from_reference(text).ok_or_else(|| format!("the $ref `{text}` {}", dangling(target)))?;
        let path = at.tokens();
        let resource =
            self.ids.iter().filter(|id| path.starts_with(&id.tokens())).max_by_key(|id| id.tokens().len());
        Ok(match resource {
            Some(resource) if pointer.in_component().is_none() => {
                Pointer::of(resource.tokens().into_iter().chain(pointer.tokens()))
            }
            _ => pointer,
        })
    }
}

/// Components made of schemas that are referred to where they stand.
struct Hoisted {
    names: BTreeMap<Pointer, String>,
    taken: BTreeSet<String>,
    waiting: Vec<(String, Value)>,
}

impl Hoisted {
    fn of(document: &Value) -> Self {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let taken = schemas
            .into_iter()
            .flat_map(|schemas| schemas.keys())
            .map(|name| name.to_pascal_case())
            .collect();
        Self { names: BTreeMap::new(), taken, waiting: Vec::new() }
    }

    /// The `$ref` of the component that is, or is made of, what `target` points at.
    fn target(&mut self, source: &Value, target: &Pointer) -> Result<String, String> {
        // A component that has been hoisted in an earlier round is in the document by now.
        let found =
            target.resolve(source).ok_or_else(|| format!("the $ref `#{target}` points at nothing"))?;
        let is_schema = (found.is_object() || found.is_boolean()) && position::is_within_schema(target);
        let Some(schema) = Some(found).filter(|_| is_schema) else {
            return Err(format!("the $ref `#{target}` points at something other than a schema"));
        };
        if let Some(name) = target.component("schemas") {
            return Ok(reference_to(name));
        }
        if let Some(name) = self.names.get(target) {
            return Ok(reference_to(name));
        }
        let name = self.unused(target);
        self.names.insert(target.clone(), name.clone());
        self.waiting.push((name.clone(), schema.clone()));
        Ok(reference_to(&name))
    }

    /// A name from the last tokens that are names.
    fn unused(&mut self, target: &Pointer) -> String {
        let structural =
            ["components", "schemas", "properties", "$defs", "paths", "schema", "content", "definitions"];
        let names: Vec<_> = target.tokens().into_iter().filter(|token| !structural.contains(token)).collect();
        let name = names[names.len().saturating_sub(3)..].join("-").to_pascal_case();
        let name = if name.starts_with(|first: char| first.is_alphabetic()) {
            name
        } else {
            format!("Schema{name}")
        };
        let mut candidates =
            std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}{number}")));
        let name = candidates.find(|name| !self.taken.contains(name)).unwrap_or(name);
        self.taken.insert(name.clone());
        name
    }

    fn put_into(&mut self, document: &mut Value) {
        let Some(root) = document.as_object_mut() else { return };
        let components = root.entry("components").or_insert_with(|| Value::Object(serde_json::Map::new()));
        for (name, schema) in self.waiting.drain(..) {
            components["schemas"][name] = schema;
        }
    }
}
