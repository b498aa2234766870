//! Merges the members of `allOf` into one schema.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::origin::Origins;
use super::tighter;
use crate::document::keywords::{self, applies_in_place, drop_those_of_other_types, is_only_null};
use crate::document::references::{is_reference, referred, referred_by};
use crate::document::{Pointer, Schema, is_extension};
use crate::optional_properties::OptionalProperties;
use crate::problem::Problem;

/// Which components allow `null`; cached, because members of compositions refer to the same ones repeatedly.
#[derive(Default)]
pub(super) struct Nulls {
    known: RefCell<BTreeMap<String, bool>>,
    /// How many cycles have been met.
    cycles: Cell<usize>,
}

/// How many schemas one may be merged of. Published documents take up to 594; unions inside `allOf` inside unions double it with each
/// level, and so does the generated code.
pub(super) const MAX_FLATTENED: usize = 1_000;

/// How many schemas a document may have, with those of merging; what they become has a limit of its own (`size.rs`). A document of
/// 1,084 operations, which has 4.9 MB, has about 33,000.
pub(super) const MAX_SCHEMAS: usize = 100_000;

/// Merges schemas of one document.
pub(super) struct Composer<'a> {
    pub(super) source: &'a Schema,
    pub(super) origins: &'a Origins,
    pub(super) problems: &'a mut Vec<Problem>,
    /// The location of the schema that is being composed.
    pub(super) at: Pointer,
    /// Whether a schema has been made of others.
    pub(super) has_merged: bool,
    /// How many schemas the one that is being composed has taken.
    pub(super) flattened: usize,
    pub(super) nulls: Nulls,
}

impl Composer<'_> {
    /// `{$ref: A}` ⇒ `{…A}`; `{allOf: [A, B]}` ⇒ `{…A, …B}`
    ///
    /// A schema without `$ref` and `allOf` at its top; `None` if it contains itself, or takes more than [`MAX_FLATTENED`] schemas.
    pub(super) fn flat(&mut self, schema: &Value, path: &mut BTreeSet<String>) -> Option<Schema> {
        self.flattened += 1;
        if self.flattened > MAX_FLATTENED {
            return None;
        }
        let map = schema.as_object()?;
        if let Some(name) = referred_by(map) {
            if !path.insert(name.to_string()) {
                return None;
            }
            let mut flat = self.flat(self.source.get(&*name)?, path)?;
            path.remove(&*name);
            // The description of the component does not describe the schema that it is merged into.
            flat.retain(|key, _| {
                key != "x-rust-type" && (is_extension(key) || !keywords::is_documentation(key))
            });
            if !["oneOf", "anyOf"].iter().any(|key| flat.contains_key(*key)) {
                flat.remove("discriminator");
            }
            return Some(flat);
        }
        let branches = ["anyOf", "oneOf"].iter().filter_map(|key| map.get(*key)?.as_array());
        self.flattened += branches.map(Vec::len).sum::<usize>();
        let mut flat = map.clone();
        match flat.remove("allOf") {
            Some(Value::Array(members)) => {
                let at = self.at.clone();
                self.merge_all(&at, flat, &members, path)
            }
            _ => Some(flat),
        }
    }

    /// `{type: object, allOf: [A, B]}` ⇒ `{type: object, …A, …B}`; `None` if it contains itself.
    ///
    /// Null is allowed if every member allows it. A nullable schema without a type is the 3.0 form of
    /// `anyOf: [{allOf: …}, {type: 'null'}]`, which allows null whatever the members allow.
    pub(super) fn merge_all(
        &mut self,
        at: &Pointer,
        mut merged: Schema,
        members: &[Value],
        path: &mut BTreeSet<String>,
    ) -> Option<Schema> {
        let is_or_null = is_or_null(&merged);
        if is_or_null {
            merged.remove("nullable");
        }
        for (index, member) in members.iter().enumerate() {
            // Two equal schemas are one.
            if members[..index].contains(member) {
                continue;
            }
            let member = self.flat(member, path)?;
            self.merge(at, &mut merged, member);
        }
        if is_or_null {
            merged.insert("nullable".to_owned(), true.into());
        }
        Some(merged)
    }

    /// `{type: number, required: [a]}` and `{type: integer, required: [b]}` ⇒ `{type: integer, required: [a, b]}`
    ///
    /// The conjunction of two flat schemas. Keywords that 3.0 cannot combine, such as two patterns, are reported, and the first stays.
    pub(super) fn merge(&mut self, at: &Pointer, into: &mut Schema, mut other: Schema) {
        [&mut *into, &mut other].into_iter().for_each(null_as_branch);
        let allow_null = [&*into, &other].map(|schema| self.allows_null(schema, &mut BTreeSet::new()));
        if is_only_null(into) || is_only_null(&other) {
            if allow_null != [true; 2] {
                self.relaxed(at, "the composition allows no value, which is not checked; it is read as null");
            }
            into.retain(|key, _| is_annotation(key) && key != "nullable");
            into.insert("enum".to_owned(), json!([null]));
            return;
        }
        if allow_null == [true; 2] {
            if is_nullable(into) || is_nullable(&other) {
                into.insert("nullable".to_owned(), true.into());
            }
        } else {
            into.remove("nullable");
        }
        other.remove("nullable");
        tighter::tighten(into, &mut other);
        let is_opened = self.merge_others(at, into, &mut other);
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
                            Some(known) => self.merge_part(at, &name, known, property),
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
                    if existing.iter().any(|value| values.contains(value)) {
                        existing.retain(|value| values.contains(value));
                    } else {
                        self.relaxed(
                            at,
                            "the members of the composition have no value in common; the values of the first are used",
                        );
                    }
                }
                ("uniqueItems", existing, value) => *existing = (*existing == true || value == true).into(),
                ("type", existing, value) => {
                    if *existing == "number" && value == "integer" {
                        *existing = value;
                    } else if !(*existing == "integer" && value == "number") {
                        self.relaxed(
                            at,
                            &format!("the composition is both {existing} and {value}; the first is used"),
                        );
                    }
                }
                ("items", existing, value) => self.merge_part(at, "items", existing, value),
                (key, _, _) if is_annotation(key) => {}
                ("oneOf" | "anyOf", _, Value::Array(branches)) => {
                    self.second_union(at, into, &key, &branches)
                }
                (key, _, _) => {
                    self.relaxed(at, &format!("a second `{key}` in the composition is not checked"))
                }
            }
        }
        if is_opened {
            into.remove("additionalProperties");
        }
        drop_those_of_other_types(into);
    }

    /// `{oneOf: [A, B]}` and a second `anyOf: [{properties: {c: C}}, {properties: {d: D}}]` ⇒ `{oneOf: [A, B], properties: {c: C, d: D}}`
    ///
    /// A type has one union; the properties of a second one stay, as optional ones.
    pub(super) fn second_union(&mut self, at: &Pointer, into: &mut Schema, key: &str, branches: &[Value]) {
        let mut found = OptionalProperties::default();
        for branch in branches {
            let Some(flat) = self.flat(branch, &mut BTreeSet::new()) else { continue };
            let properties = flat.get("properties").and_then(Value::as_object);
            properties.into_iter().flatten().for_each(|(name, property)| found.add(name, property));
        }
        let message = if found.is_empty() {
            format!("a second `{key}` is not checked")
        } else {
            format!("which properties of a second `{key}` go together is not checked")
        };
        self.relaxed(at, &message);
        found.put_into(into);
    }

    /// `{additionalProperties: A}` and `{properties: {b: B}}` ⇒ `{additionalProperties: A, properties: {b: A ∧ B}}`
    ///
    /// The `additionalProperties` of each member apply to the properties that only the other one names. Returns whether one
    /// closes the object and the other has further properties, which no instance could have; then the object stays open.
    fn merge_others(&mut self, at: &Pointer, into: &mut Schema, other: &mut Schema) -> bool {
        let is_opened = self.apply_others(at, into, other) | self.apply_others(at, other, into);
        match (into.get_mut("additionalProperties"), other.remove("additionalProperties")) {
            (_, None) => {}
            (Some(Value::Bool(false)), _) | (Some(_), Some(Value::Bool(true))) => {}
            (Some(own), Some(others)) if others.is_boolean() || own.is_boolean() => *own = others,
            (Some(own), Some(others)) => self.merge_part(at, "additionalProperties", own, others),
            (None, Some(others)) => {
                into.insert("additionalProperties".to_owned(), others);
            }
        }
        is_opened
    }

    /// Applies the `additionalProperties` of `by` to the properties that only `named` has.
    fn apply_others(&mut self, at: &Pointer, by: &Schema, named: &mut Schema) -> bool {
        let Some(others) = by.get("additionalProperties").filter(|others| **others != true) else {
            return false;
        };
        let own = by.get("properties").and_then(Value::as_object);
        let mut is_opened = false;
        for (name, property) in
            named.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if own.is_some_and(|own| own.contains_key(name)) {
                continue;
            }
            if *others == false {
                self.relaxed(at, &format!("`{name}` is not allowed by another member, which is not checked"));
                is_opened = true;
            } else {
                self.merge_part(at, name, property, others.clone());
            }
        }
        is_opened
    }

    /// `{minLength: 1}` and `{maxLength: 2}` ⇒ `{minLength: 1, maxLength: 2}`; `{$ref: A}` and `{type: object}` ⇒ `{$ref: A}`
    ///
    /// Merges the schemas that two members have for one property. If one is a reference or a composition, a copy would lose its
    /// type, so the one that restricts more stays.
    fn merge_part(&mut self, at: &Pointer, name: &str, known: &mut Value, other: Value) {
        let is_inline = |schema: &Schema| !schema.keys().any(|key| applies_in_place(key));
        match (known, other) {
            (known, other) if *known == other => {}
            (Value::Object(known), Value::Object(other)) if is_inline(known) && is_inline(&other) => {
                let before = self.problems.len();
                self.merge(at, known, other);
                // The merged property has no location in the document, so the message names it.
                for problem in &mut self.problems[before..] {
                    problem.message = format!("`{name}`: {}", problem.message);
                }
            }
            (known, other) => {
                let (kept, dropped) = narrower(known.take(), other);
                let mut declared = self.declared(&dropped);
                if !declared.is_empty() {
                    let also = self.declared(&kept);
                    declared.retain(|property| !also.contains(property));
                }
                if !declared.is_empty() {
                    let listed = declared.iter().map(|property| format!("`{property}`"));
                    let listed = listed.collect::<Vec<_>>().join(", ");
                    let message = format!("`{name}`: {listed} of a second member cannot be set or read");
                    self.problems.push(Problem::lossy(at, message));
                } else if restricts(&dropped) {
                    self.relaxed(at, &format!("`{name}`: the schema of a second member is not checked"));
                }
                *known = kept;
            }
        }
    }

    /// Whether a schema allows `null`: in 3.0.3 a schema with a type does if it is nullable, one without always does.
    /// `path` has the components that led here; a schema inside itself changes nothing.
    pub(super) fn allows_null(&self, schema: &Schema, path: &mut BTreeSet<String>) -> bool {
        if is_nullable(schema) || schema.contains_key("type") {
            return is_nullable(schema);
        }
        if let Some(name) = referred_by(schema) {
            if let Some(allows) = self.nulls.known.borrow().get(&*name) {
                return *allows;
            }
            let Some(Value::Object(target)) = self.source.get(&*name) else { return true };
            if !path.insert(name.to_string()) {
                self.nulls.cycles.set(self.nulls.cycles.get() + 1);
                return false;
            }
            let before = self.nulls.cycles.get();
            let allows = self.allows_null(target, path);
            path.remove(&*name);
            // Inside a cycle, it depends on where the cycle was entered.
            if self.nulls.cycles.get() == before {
                self.nulls.known.borrow_mut().insert(name.to_string(), allows);
            }
            return allows;
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return values.contains(&Value::Null);
        }
        let mut allowing = |key: &str| -> Option<Vec<bool>> {
            let members = schema.get(key)?.as_array()?.iter().filter_map(Value::as_object);
            Some(members.map(|member| self.allows_null(member, path)).collect())
        };
        let unions = [allowing("anyOf"), allowing("oneOf")];
        unions.into_iter().flatten().all(|branches| branches.contains(&true))
            && allowing("allOf").is_none_or(|members| !members.contains(&false))
    }

    /// The names of the properties that a schema declares, itself or in what it is composed of.
    fn declared(&self, schema: &Value) -> BTreeSet<String> {
        let (mut names, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![schema]);
        while let Some(schema) = open.pop() {
            if let Some(name) = referred(schema) {
                let component = self.source.get(&*name);
                open.extend(component.filter(|_| seen.insert(name.into_owned())));
            }
            let members = schema.get("allOf").and_then(Value::as_array);
            open.extend(members.into_iter().flatten());
            let properties = schema.get("properties").and_then(Value::as_object);
            names.extend(properties.into_iter().flatten().map(|(name, _)| name.clone()));
        }
        names
    }

    fn relaxed(&mut self, at: &Pointer, message: &str) {
        self.problems.push(Problem::relaxed(at, message));
    }
}

/// Whether a schema is nullable without a type: it allows `null` or what its composition allows.
pub(super) fn is_or_null(schema: &Schema) -> bool {
    is_nullable(schema) && !schema.contains_key("type") && !schema.contains_key("enum")
}

/// `{oneOf: […], nullable: true}` ⇒ `{oneOf: […, {enum: [null]}]}`
///
/// Merged with a schema that has a type, `nullable` would apply to that type.
fn null_as_branch(schema: &mut Schema) {
    if is_or_null(schema)
        && let Some(key) = ["oneOf", "anyOf"].into_iter().find(|key| schema.contains_key(*key))
        && let Some(Value::Array(branches)) = schema.get_mut(key)
    {
        branches.push(json!({ "enum": [null] }));
        schema.remove("nullable");
    }
}

fn is_nullable(schema: &Schema) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// Whether a keyword stays when the others are merged away: it restricts nothing, and does not qualify one that does, as
/// `format` and `discriminator` do.
pub(super) fn is_annotation(key: &str) -> bool {
    keywords::is_annotation(key) && key != "format" && key != "discriminator" || key == "nullable"
}

/// Whether a schema restricts instances.
fn restricts(schema: &Value) -> bool {
    schema.as_object().is_some_and(|map| map.keys().any(|key| !is_annotation(key)))
}

/// Two schemas of one property, the one that restricts more first.
fn narrower(known: Value, other: Value) -> (Value, Value) {
    let rank = |schema: &Value| {
        let restricting =
            schema.as_object().into_iter().flatten().filter(|(key, _)| !is_annotation(key)).count();
        (
            schema.get("enum").is_some(),
            schema.as_object().is_some_and(is_reference) || schema.get("allOf").is_some(),
            restricting,
        )
    };
    if rank(&other) > rank(&known) { (other, known) } else { (known, other) }
}

#[cfg(test)]
mod tests;
