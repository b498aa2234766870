//! Conforms `allOf`, `anyOf` and `oneOf`: merges objects, and orders the branches of unions as serde has to try them.
//! Must not know operations.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::discriminators::{DISCRIMINATOR, FROM, VARIANTS, number, take_variants};
use super::merge::{Composer, MAX_FLATTENED, MAX_SCHEMAS, Nulls, is_annotation, is_or_null};
use super::origin::Origins;
use crate::document::graph::mapping_target;
use crate::document::keywords::{Keyword, is_only_null};
use crate::document::references::{is_reference, referred};
use crate::document::{Kind, Pointer, Schema, keyword, walk};
use crate::problem::Problem;

/// Conforms every composition of the document.
pub(super) fn conform(document: &mut Value, origins: &Origins, problems: &mut Vec<Problem>) {
    let source =
        document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut composer = Composer {
        source: &source,
        origins,
        problems,
        at: Pointer::root(),
        has_merged: false,
        flattened: 0,
        nulls: Nulls::default(),
    };
    let mut schemas = count(document, Kind::Document);
    if schemas > MAX_SCHEMAS {
        let message = format!("the document has {schemas} schemas; at most {MAX_SCHEMAS} are supported");
        composer.problems.push(Problem::error(&Pointer::root(), message));
        return;
    }
    // A merged schema has copies of components, whose compositions are not conformed yet: hence a second walk. Compositions that are
    // left after it come from schemas that are merged into a part of themselves, and would never end.
    for _ in 0..2 {
        let mut too_large = None;
        walk::each_mut(document, &mut |kind, at, schema| {
            if kind == Kind::Schema
                && too_large.is_none()
                && let Some(map) = schema.as_object_mut()
            {
                composer.at = at.clone();
                composer.flattened = 0;
                composer.conform(at, map);
                if composer.flattened > 0 {
                    schemas += count(schema, Kind::Schema);
                }
                too_large = if composer.flattened > MAX_FLATTENED {
                    let message = format!(
                        "more than {MAX_FLATTENED} schemas would be merged: unions inside `allOf` multiply"
                    );
                    Some(Problem::error(at, message))
                } else if schemas > MAX_SCHEMAS {
                    let message = format!(
                        "`allOf` merges so much up to here that the document has more than {MAX_SCHEMAS} schemas"
                    );
                    Some(Problem::error(at, message))
                } else {
                    None
                };
            }
        });
        if let Some(problem) = too_large {
            composer.problems.push(problem);
            return;
        }
        if !std::mem::take(&mut composer.has_merged) {
            return;
        }
    }
}

/// Whether a schema has only types, values and bounds that a component has as well.
pub(super) fn repeats(schema: &Value, component: &Schema) -> bool {
    let is_repeated = |(key, value): (&String, &Value)| {
        let is_scalar =
            matches!(&**key, "type" | "enum" | "format") || keyword(key).is_some_and(Keyword::is_bound);
        is_scalar && component.get(key) == Some(value)
    };
    schema.as_object().is_some_and(|map| map.iter().all(is_repeated))
}

/// How many schemas an object has, itself included.
fn count(value: &Value, kind: Kind) -> usize {
    let mut schemas = 0;
    walk::walk(value, kind, &mut Pointer::root(), &mut |kind, _, _| {
        schemas += usize::from(kind == Kind::Schema);
    });
    schemas
}

impl Composer<'_> {
    fn conform(&mut self, at: &Pointer, schema: &mut Schema) {
        let members = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let members: BTreeSet<String> = members.filter_map(referred).map(Cow::into_owned).collect();
        self.merge_all_of(at, schema);
        self.union(at, schema);
        // Without a mapping, and without schemas that extend this one, it says nothing. A union of one schema is that schema.
        let discriminator = schema.remove("discriminator");
        let mapping = discriminator.as_ref().and_then(|own| own.get("mapping")?.as_object());
        let is_elsewhere = |target: &Value| {
            let target = target.as_str().map(mapping_target);
            !target
                .is_some_and(|target| target.component("schemas").is_some_and(|name| members.contains(name)))
        };
        if mapping.into_iter().flatten().any(|(_, target)| is_elsewhere(target)) {
            self.problems.push(Problem::lossy(
                &at.join("discriminator"),
                "the schemas that extend this one are not read in its place; list them in a `oneOf`",
            ));
        }
    }

    /// `{allOf: [{$ref: A}, {type: string, enum: [a]}]}` ⇒ `{allOf: [{$ref: A}]}`, where `A` has the same type and values
    ///
    /// Merged, the property would have a type of its own.
    fn drop_repeated(&self, schema: &mut Schema) {
        let Some(Value::Array(members)) = schema.get_mut("allOf") else { return };
        let [reference, _, ..] = members.as_slice() else { return };
        let component = referred(reference).and_then(|name| self.source.get(&*name)?.as_object());
        let Some(component) = component.filter(|component| !component.contains_key("nullable")) else {
            return;
        };
        let mut index = 0;
        members.retain(|member| {
            index += 1;
            index == 1 || !repeats(member, component)
        });
    }

    /// `{allOf: [A, B], description: d}` ⇒ `{…A, …B, description: d}`; `{allOf: [{$ref: A}]}` stays
    ///
    /// Merged here and not by typify, so that what the merged type cannot hold is reported. A single reference keeps its type.
    fn merge_all_of(&mut self, at: &Pointer, schema: &mut Schema) {
        self.drop_repeated(schema);
        let Some(Value::Array(members)) = schema.get("allOf") else { return };
        let has_siblings = schema.keys().any(|key| key != "allOf" && !is_annotation(key) && key != "format");
        if let ([only], false) = (members.as_slice(), has_siblings)
            && only.as_object().is_some_and(is_reference)
        {
            schema.remove("format");
            return;
        }
        let Some(Value::Array(members)) = schema.remove("allOf") else { return };
        self.has_merged = true;
        match self.merge_all(at, std::mem::take(schema), &members, &mut BTreeSet::new()) {
            Some(merged) => *schema = merged,
            None if self.flattened > MAX_FLATTENED => {}
            None => self
                .problems
                .push(Problem::error(&at.join("allOf"), "the schemas form a cycle through `allOf`")),
        }
    }

    /// `{type: object, properties: P, anyOf: [A, {type: string}]}` ⇒ `{oneOf: [{…A, properties: P}]}`
    ///
    /// `openapiv3` keeps the type of a schema or its union, so the siblings of the union go into each branch; branches that then
    /// allow nothing are dropped. serde tries the branches in order, so the more specific ones come first.
    fn union(&mut self, at: &Pointer, schema: &mut Schema) {
        if schema.contains_key("oneOf")
            && let Some(Value::Array(branches)) = schema.remove("anyOf")
        {
            self.second_union(&at.join("anyOf"), schema, "anyOf", &branches);
        }
        let Some(key) = ["anyOf", "oneOf"].into_iter().find(|key| schema.contains_key(*key)) else { return };
        let Some(Value::Array(branches)) = schema.remove(key) else { return };
        let discriminator = schema.remove("discriminator");
        let known = take_variants(schema);
        // Null is allowed if the siblings of the union and one of its branches allow it, or if the schema is nullable and has no
        // type.
        let is_or_null = is_or_null(schema);
        let allows_null = |schema: &Schema| self.allows_null(schema, &mut BTreeSet::new());
        let is_nullable = is_or_null
            || allows_null(schema) && branches.iter().filter_map(Value::as_object).any(allows_null);
        // `{properties: …, anyOf: [{required: [a]}, {required: [b]}]}`: no type expresses which properties go together.
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
        schema.retain(|key, _| is_annotation(key) && key != "nullable");
        if is_nullable {
            schema.insert("nullable".to_owned(), true.into());
        }
        // A branch whose type differs from that of the union allows nothing.
        let is_null = |branch: &Value| branch.as_object().is_some_and(is_only_null);
        let known = known.into_iter().map(Some).chain(std::iter::repeat(None));
        let branches: Vec<(usize, (Value, Option<Value>))> =
            branches.into_iter().zip(known).enumerate().collect();
        let possible: Vec<_> = branches
            .iter()
            .filter(|(_, (branch, _))| !self.excludes(&base, branch) && !is_null(branch))
            .cloned()
            .collect();
        if is_nullable && (possible.is_empty() || is_only_null(&base)) {
            schema.remove("nullable");
            schema.insert("enum".to_owned(), json!([null]));
            return;
        }
        let branches = if possible.is_empty() { branches } else { possible };
        let mut conformed: Vec<(Value, Value)> = Vec::new();
        for (index, (branch, known)) in branches {
            let merged = self.branch(at, branch.clone(), &base);
            if merged == json!({}) {
                return;
            }
            if !conformed.iter().any(|(other, _)| *other == merged) {
                let variant = known.unwrap_or_else(|| {
                    let mut variant = self.variant(&branch, &merged, discriminator.as_ref());
                    variant[FROM] = json!([key, index.to_string()]);
                    variant
                });
                conformed.push((merged, variant));
            }
        }
        number(&mut conformed.iter_mut().map(|(_, variant)| variant).collect::<Vec<_>>());
        conformed.sort_by_cached_key(|(branch, _)| std::cmp::Reverse(self.specificity(branch)));
        let (mut conformed, variants): (Vec<Value>, Vec<Value>) = conformed.into_iter().unzip();
        match conformed.as_slice() {
            [_] => {
                if let Some(Value::Object(only)) = conformed.pop() {
                    if is_reference(&only) {
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
                schema.insert(VARIANTS.to_owned(), Value::Array(variants));
                if let Some(property) = discriminator.as_ref().and_then(|own| own.get("propertyName")) {
                    schema.insert(DISCRIMINATOR.to_owned(), property.clone());
                }
            }
        }
    }

    /// Whether no instance has both the type of a branch and the type next to the union.
    fn excludes(&mut self, base: &Schema, branch: &Value) -> bool {
        let is_number = |kind: &str| matches!(kind, "integer" | "number");
        let Some(flat) = self.flat(branch, &mut BTreeSet::new()) else { return false };
        let [own, other] = [base, &flat].map(|schema| schema.get("type").and_then(Value::as_str));
        match (own, other) {
            (Some(own), Some(other)) => own != other && !(is_number(own) && is_number(other)),
            // Next to null alone, the whole union is null or allows nothing.
            _ => is_only_null(&flat) && !self.allows_null(base, &mut BTreeSet::new()),
        }
    }

    /// A branch merged with the siblings of the union. Without siblings, a reference stays one.
    fn branch(&mut self, at: &Pointer, mut branch: Value, base: &Schema) -> Value {
        if let Some(map) = branch.as_object_mut() {
            map.remove("nullable");
        }
        if base.is_empty() {
            return branch;
        }
        let Some(mut flat) = self.flat(&branch, &mut BTreeSet::new()) else { return branch };
        self.merge(at, &mut flat, base.clone());
        self.has_merged = true;
        // If the branch is a union, all this goes into each of its branches.
        self.union(at, &mut flat);
        Value::Object(flat)
    }

    /// The order in which serde tries branches: enums before strings, integers before numbers, objects that require more first.
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
        let resolved = referred(property).and_then(|name| self.source.get(&*name));
        resolved.unwrap_or(property).get("enum").is_some()
    }
}

#[cfg(test)]
mod tests;
