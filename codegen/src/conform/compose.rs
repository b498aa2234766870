//! `allOf`, `anyOf` and `oneOf` as typify can take them: objects merged, unions of named types in an order that decides.
//! Knows what typify does to compositions; must not know operations.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::pointer::{Pointer, reference};
use crate::position::{self, Kind};
use crate::problem::Problem;

type Schema = Map<String, Value>;

/// Keywords that do not restrict: they stay where they are when what is beside them is merged away.
const ANNOTATIONS: &[&str] = &[
    "default",
    "deprecated",
    "description",
    "example",
    "externalDocs",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Conforms every composition of the document.
pub(super) fn conform(document: &mut Value, problems: &mut Vec<Problem>) {
    let mut is_needed = false;
    let is_composed =
        |schema: &Value| ["allOf", "anyOf", "oneOf"].iter().any(|key| schema.get(*key).is_some());
    position::each_mut(document, &mut |kind, _, schema| {
        is_needed |= kind == Kind::Schema && is_composed(schema)
    });
    if !is_needed {
        return;
    }
    let source =
        document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut composer = Composer { source: &source, problems };
    position::each_mut(document, &mut |kind, at, schema| {
        if kind == Kind::Schema
            && let Some(map) = schema.as_object_mut()
        {
            composer.merge_all_of(at, map);
            composer.union(at, map);
        }
    });
}

struct Composer<'a> {
    source: &'a Schema,
    problems: &'a mut Vec<Problem>,
}

impl Composer<'_> {
    /// `allOf` of one reference stays; any other is merged into one schema.
    fn merge_all_of(&mut self, at: &Pointer, schema: &mut Schema) {
        let Some(Value::Array(members)) = schema.get("allOf") else { return };
        let beside = schema.keys().any(|key| key != "allOf" && !is_annotation(key) && key != "format");
        if let ([only], false) = (members.as_slice(), beside)
            && only.get("$ref").is_some()
        {
            schema.remove("format");
            return;
        }
        let Some(Value::Array(members)) = schema.remove("allOf") else { return };
        let mut merged = std::mem::take(schema);
        for member in members {
            let mut path = BTreeSet::new();
            match self.flat(&member, &mut path) {
                Some(member) => self.merge(at, &mut merged, member),
                None => {
                    self.problems.push(Problem::error(
                        &at.join("allOf"),
                        "the composition contains itself; break the circle",
                    ));
                    break;
                }
            }
        }
        *schema = merged;
    }

    /// A schema without references and `allOf` at its top; nothing where it contains itself.
    fn flat(&mut self, schema: &Value, path: &mut BTreeSet<String>) -> Option<Schema> {
        let map = schema.as_object()?;
        let target = map.get("$ref").and_then(Value::as_str).and_then(Pointer::from_reference);
        if let Some(name) = target.as_ref().and_then(|target| target.component("schemas")) {
            if !path.insert(name.to_owned()) {
                return None;
            }
            let mut flat = self.flat(self.source.get(name)?, path)?;
            path.remove(name);
            // What describes the component does not describe what it is a part of.
            ["title", "description", "example", "x-rust-type"].iter().for_each(|key| {
                flat.remove(*key);
            });
            return Some(flat);
        }
        let mut flat = map.clone();
        if let Some(Value::Array(members)) = flat.remove("allOf") {
            for member in members {
                let member = self.flat(&member, path)?;
                self.merge(&Pointer::root(), &mut flat, member);
            }
        }
        Some(flat)
    }

    /// The conjunction of two flat schemas.
    fn merge(&mut self, at: &Pointer, into: &mut Schema, other: Schema) {
        for (key, value) in other {
            let Some(existing) = into.get_mut(&key) else {
                into.insert(key, value);
                continue;
            };
            match (key.as_str(), existing, value) {
                (_, existing, value) if *existing == value => {}
                ("properties", Value::Object(existing), Value::Object(properties)) => {
                    for (name, property) in properties {
                        match existing.get_mut(&name) {
                            None => {
                                existing.insert(name, property);
                            }
                            Some(known) if *known == property => {}
                            Some(known) => *known = narrower(known.take(), property),
                        }
                    }
                }
                ("required", Value::Array(existing), Value::Array(names)) => {
                    names.into_iter().for_each(|name| {
                        if !existing.contains(&name) {
                            existing.push(name);
                        }
                    });
                }
                ("enum", Value::Array(existing), Value::Array(values)) => {
                    existing.retain(|value| values.contains(value))
                }
                ("nullable", existing, value) => *existing = (*existing == true && value == true).into(),
                ("type", existing, value) => {
                    if *existing == "number" && value == "integer" {
                        *existing = value;
                    } else if !(*existing == "integer" && value == "number") {
                        let message =
                            format!("the composition is both {existing} and {value}; the first is taken");
                        self.problems.push(Problem::relaxed(at, message));
                    }
                }
                // One member closes the object, another adds to it: the object is open.
                ("additionalProperties", existing, value) if *existing == false => {
                    *existing = value;
                }
                ("oneOf" | "anyOf", _, _) => {
                    self.problems.push(Problem::relaxed(
                        at,
                        format!("a second `{key}` in the composition is not checked"),
                    ));
                }
                _ => {}
            }
        }
        if into.get("additionalProperties") == Some(&Value::Bool(false)) {
            into.remove("additionalProperties");
        }
    }

    /// One `oneOf` of branches that typify can tell apart in order.
    fn union(&mut self, at: &Pointer, schema: &mut Schema) {
        if schema.contains_key("anyOf") && schema.contains_key("oneOf") {
            schema.remove("anyOf");
            self.problems.push(Problem::relaxed(&at.join("anyOf"), "`anyOf` beside `oneOf` is not checked"));
        }
        let Some(key) = ["anyOf", "oneOf"].into_iter().find(|key| schema.contains_key(*key)) else { return };
        let Some(Value::Array(branches)) = schema.remove(key) else { return };
        let discriminator = schema.remove("discriminator");
        // Branches that only require are rules about the properties beside them.
        let only_require =
            |branch: &Value| branch.as_object().is_some_and(|map| map.keys().all(|key| key == "required"));
        if branches.iter().all(only_require) {
            self.problems
                .push(Problem::relaxed(&at.join(key), "which properties go together is not checked"));
            return;
        }
        let base: Schema = schema
            .iter()
            .filter(|(key, _)| !is_annotation(key))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        schema.retain(|key, _| is_annotation(key));
        let mut conformed: Vec<Value> = Vec::new();
        for branch in branches {
            let nullable = branch.get("nullable") == Some(&Value::Bool(true));
            if nullable {
                schema.insert("nullable".to_owned(), true.into());
            }
            let branch = self.branch(at, branch, &base, discriminator.as_ref());
            if !conformed.contains(&branch) {
                conformed.push(branch);
            }
        }
        if conformed.iter().any(|branch| *branch == json!({})) {
            return;
        }
        conformed.sort_by_key(|branch| std::cmp::Reverse(self.specificity(branch)));
        match conformed.as_slice() {
            [_] => {
                if let Some(Value::Object(only)) = conformed.pop() {
                    if only.contains_key("$ref") {
                        schema.insert("allOf".to_owned(), json!([only]));
                    } else {
                        only.into_iter().for_each(|(key, value)| {
                            schema.entry(key).or_insert(value);
                        });
                    }
                }
            }
            _ => {
                schema.insert("oneOf".to_owned(), Value::Array(conformed));
            }
        }
    }

    /// A branch with what stands beside the union, and with the value of the discriminator.
    fn branch(
        &mut self,
        at: &Pointer,
        mut branch: Value,
        base: &Schema,
        discriminator: Option<&Value>,
    ) -> Value {
        if let Some(map) = branch.as_object_mut() {
            map.remove("nullable");
        }
        let constant = discriminator.and_then(|discriminator| self.discriminating(&branch, discriminator));
        if base.is_empty() && constant.is_none() {
            return branch;
        }
        let Some(mut flat) = self.flat(&branch, &mut BTreeSet::new()) else { return branch };
        self.merge(at, &mut flat, base.clone());
        if let Some((property, value)) = constant {
            flat.entry("properties").or_insert_with(|| json!({}));
            flat["properties"][property] = json!({ "type": "string", "enum": [value] });
        }
        Value::Object(flat)
    }

    /// Property and value, where the mapping names a branch whose own schema does not have the value.
    fn discriminating(&self, branch: &Value, discriminator: &Value) -> Option<(String, String)> {
        let property = discriminator.get("propertyName")?.as_str()?;
        let target = branch.get("$ref")?.as_str()?;
        let name = Pointer::from_reference(target)?.component("schemas")?.to_owned();
        let own = self.source.get(&name)?.get("properties")?.get(property)?;
        if own.get("enum").is_some() || own.get("type").is_none_or(|kind| kind != "string") {
            return None;
        }
        let is_target =
            |to: &Value| *to == target || *to == name.as_str() || *to == reference("schemas", &name).as_str();
        let mapped = discriminator.get("mapping").and_then(Value::as_object);
        let value = match mapped {
            Some(mapped) => mapped
                .iter()
                .filter(|(_, to)| is_target(to))
                .map(|(value, _)| value.clone())
                .collect::<Vec<_>>(),
            None => vec![name.clone()],
        };
        match value.as_slice() {
            [value] => Some((property.to_owned(), value.clone())),
            _ => None,
        }
    }

    /// What is tried first: enums before strings, integers before numbers, objects that require more before others.
    fn specificity(&mut self, branch: &Value) -> (usize, usize, usize) {
        let Some(flat) = self.flat(branch, &mut BTreeSet::new()) else { return (0, 0, 0) };
        let count = |key: &str| match flat.get(key) {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(map)) => map.len(),
            _ => 0,
        };
        let constants = flat.get("properties").and_then(Value::as_object).into_iter().flatten();
        let constants = constants.filter(|(_, property)| self.has_enum(property)).count();
        let kind = match flat.get("type").and_then(Value::as_str) {
            _ if flat.contains_key("enum") => 6,
            Some("boolean") => 5,
            Some("integer") => 4,
            Some("number") => 3,
            Some("array") => 3,
            Some("object") => 3,
            Some("string") => usize::from(flat.contains_key("format")) + 1,
            _ => 0,
        };
        (kind, constants * 100 + count("required"), count("properties"))
    }

    fn has_enum(&self, property: &Value) -> bool {
        let target = property.get("$ref").and_then(Value::as_str).and_then(Pointer::from_reference);
        let resolved = target.as_ref().and_then(|target| self.source.get(target.component("schemas")?));
        resolved.unwrap_or(property).get("enum").is_some()
    }
}

fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}

/// Of two schemas of one property, the one that says more.
fn narrower(known: Value, other: Value) -> Value {
    let says = |schema: &Value| {
        let restricting =
            schema.as_object().into_iter().flatten().filter(|(key, _)| !is_annotation(key)).count();
        (
            schema.get("enum").is_some(),
            schema.get("$ref").is_some() || schema.get("allOf").is_some(),
            restricting,
        )
    };
    if says(&other) > says(&known) { other } else { known }
}
