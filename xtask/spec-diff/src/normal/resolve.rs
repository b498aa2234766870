//! Collects what applies to one instance: follows references, merges `allOf`, and unwraps unions with one member.

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::keyword;
use relay_rest_codegen::document::keywords::{is_annotation, is_composition};
use relay_rest_codegen::document::references::{self, is_reference, is_reference_key};
use relay_rest_codegen::document::{Kind, walk};
use serde_json::{Map, Value};

use super::site::{At, Site, Sites, below, sites_of};
use super::{Flag, NormalSchema, Types, Union, keywords};
use crate::schemas::signature;

/// The schemas of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schemas<'a>(pub(crate) &'a Value);

impl<'a> Schemas<'a> {
    /// How many schemas the document has.
    pub(crate) fn count(&self) -> usize {
        let mut schemas = 0;
        walk::each(self.0, &mut |kind, _, _| schemas += usize::from(kind == Kind::Schema));
        schemas
    }

    /// The value at a pointer.
    pub(crate) fn site(&self, at: &str) -> Option<Site<'a>> {
        Some(Site { at: at.into(), value: self.0.pointer(at)? })
    }

    /// The value of a keyword where it is stated, or in the first of some schemas that has it.
    pub(crate) fn keyword_at(&self, at: Option<&At>, sites: &[Site<'a>], keyword: &str) -> Option<Value> {
        let stated = at.and_then(|at| self.site(at)).map(|site| site.value);
        let mut all = stated.into_iter().chain(sites.iter().map(|site| site.value));
        all.find_map(|schema| schema.get(keyword)).cloned()
    }

    /// The schemas that a dynamic reference may refer to: those with its anchor, or all with `$recursiveAnchor`.
    pub(crate) fn dynamic_targets(&self, reference: &Value) -> Vec<String> {
        let anchor =
            reference.as_str().and_then(|reference| reference.rsplit('#').next()).unwrap_or_default();
        let mut targets = Vec::new();
        walk::each(self.0, &mut |kind, _, value| {
            let is_dynamic = value.get("$dynamicAnchor").is_some_and(|own| own == anchor)
                || anchor.is_empty() && value.get("$recursiveAnchor") == Some(&Value::Bool(true));
            if kind == Kind::Schema && is_dynamic {
                targets.push(signature(*self, value));
            }
        });
        targets.sort();
        targets
    }

    /// The target of a reference object.
    pub(crate) fn referenced(&self, value: &Value) -> Option<Site<'a>> {
        self.site(&references::target(value)?.to_string())
    }

    /// Follows references to their end. None for a missing target or a cycle.
    pub(crate) fn resolve(&self, site: &Site<'a>) -> Option<Site<'a>> {
        let mut site = site.clone();
        // A longer chain is taken for a cycle.
        for _ in 0..100 {
            if !site.value.as_object().is_some_and(is_reference) {
                return Some(site);
            }
            site = self.referenced(site.value)?;
        }
        None
    }

    /// A site and all targets of its chain of references, each once: path items may have fields beside a `$ref`.
    pub(crate) fn chain(&self, site: &Site<'a>) -> Sites<'a> {
        let mut chain = vec![site.clone()];
        while let Some(next) = chain.last().and_then(|last| self.referenced(last.value)) {
            if chain.iter().any(|site| site.at == next.at) {
                break;
            }
            chain.push(next);
        }
        chain
    }

    /// Follows references of schemas that have no other keyword than documentation.
    pub(crate) fn resolve_alone(&self, site: &Site<'a>) -> Site<'a> {
        let mut site = site.clone();
        for _ in 0..100 {
            let Value::Object(schema) = site.value else { break };
            let is_alone =
                schema.keys().all(|key| is_reference_key(key) || keywords::is_documentation_keyword(key));
            match self.referenced(site.value).filter(|_| is_alone) {
                Some(target) => site = target,
                None => break,
            }
        }
        site
    }

    /// The documentation beside references that have no other keyword; the first of a chain wins.
    pub(crate) fn docs_at_references(&self, sites: &[Site<'a>]) -> BTreeMap<&'static str, Site<'a>> {
        let mut docs = BTreeMap::new();
        for site in sites {
            let end = self.resolve_alone(site);
            let mut site = site.clone();
            while !std::ptr::eq(site.value, end.value) {
                let Some(schema) = site.value.as_object() else { break };
                for (name, found) in keywords::docs(&site.at, schema) {
                    docs.entry(name).or_insert(found);
                }
                let Some(next) = self.referenced(site.value) else { break };
                site = next;
            }
        }
        docs
    }

    /// Whether a keyword is `true` in a schema, in a target of its references or in a member of its `allOf`.
    pub(crate) fn has_flag(&self, site: &Site<'a>, keyword: &str) -> bool {
        let mut waiting = vec![site.clone()];
        let mut seen = BTreeSet::new();
        while let Some(site) = waiting.pop() {
            if !seen.insert(std::ptr::from_ref(site.value)) {
                continue;
            }
            if site.value.get(keyword) == Some(&Value::Bool(true)) {
                return true;
            }
            waiting.extend(self.referenced(site.value));
            waiting.extend(sites_of(&site.at, "allOf", site.value.get("allOf")));
        }
        false
    }

    /// The normal form of the schemas at some sites together.
    pub(crate) fn normal_form(&self, sites: &[Site<'a>]) -> NormalSchema<'a> {
        let mut normal = NormalSchema::default();
        let mut seen = BTreeSet::new();
        sites.iter().for_each(|site| self.add(site, &mut normal, &mut seen));
        normal.simplify();
        normal
    }

    /// Adds the constraints of one schema, each schema once.
    fn add(&self, site: &Site<'a>, normal: &mut NormalSchema<'a>, seen: &mut BTreeSet<*const Value>) {
        if !seen.insert(std::ptr::from_ref(site.value)) {
            return;
        }
        match site.value {
            Value::Bool(false) => {
                normal.flags.insert(Flag::Never, site.at.clone());
            }
            Value::Object(schema) => self.add_object(&site.at, schema, normal, seen),
            _ => {}
        }
    }

    fn add_object(
        &self,
        at: &At,
        schema: &'a Map<String, Value>,
        normal: &mut NormalSchema<'a>,
        seen: &mut BTreeSet<*const Value>,
    ) {
        normal.and(NormalSchema::own(at, schema));
        if is_reference(schema) {
            match references::target_of(schema).and_then(|target| self.site(&target.to_string())) {
                Some(target) => self.add(&target, normal, seen),
                None => drop(normal.flags.insert(Flag::Unresolved, at.clone())),
            }
        }
        let members = |keyword: &str| sites_of(at, keyword, schema.get(keyword));
        members("allOf").iter().for_each(|member| self.add(member, normal, seen));
        for keyword in ["oneOf", "anyOf"] {
            let (members, is_mixed) = self.flattened(keyword, members(keyword));
            let count = members.len();
            let mut others: Sites<'a> =
                members.into_iter().filter(|member| !is_null(self.resolve_alone(member).value)).collect();
            let is_nullable = others.len() < count;
            if keyword == "anyOf" {
                self.drop_redundant(&mut others);
            }
            match others.as_slice() {
                [] if count == 0 => {}
                [] => normal.allow_types(Types::NULL, at),
                [only] => {
                    let mut own = NormalSchema::default();
                    self.add(only, &mut own, &mut seen.clone());
                    if is_nullable {
                        own.allow_null();
                    }
                    normal.and(own);
                }
                _ => {
                    let at = below(at, keyword);
                    // `anyOf: [{type: string}, {type: integer}]` ⇒ `type: [string, integer]`
                    match others.iter().map(|member| self.bare_types(member)).collect::<Option<Vec<_>>>() {
                        Some(types) => {
                            let all = types.into_iter().fold(Types::NONE, Types::or);
                            normal.allow_types(if is_nullable { all.or(Types::NULL) } else { all }, &at);
                        }
                        None => {
                            normal.unions.push(Union { keyword, at, members: others, is_nullable, is_mixed });
                        }
                    }
                }
            }
        }
    }

    /// Flattens the members of a union: unwraps members that are a composition of one schema, and `anyOf` inside `anyOf`. A `oneOf`
    /// inside a union is unwrapped if no value is valid under two of its members, and then the second result is true.
    ///
    /// `anyOf: [A, {anyOf: [B, C]}, {allOf: [D]}]` ⇒ `anyOf: [A, B, C, D]`
    fn flattened(&self, keyword: &str, members: Sites<'a>) -> (Sites<'a>, bool) {
        let mut is_mixed = false;
        let mut flat = Sites::new();
        let mut waiting: Vec<Site<'a>> = members.into_iter().rev().collect();
        let mut seen = BTreeSet::new();
        while let Some(member) = waiting.pop() {
            let site = self.resolve_alone(&member);
            let is_new = seen.insert(std::ptr::from_ref(site.value));
            // In `anyOf`, the same again allows nothing more. Unions that contain each other would multiply.
            if !is_new && keyword == "anyOf" {
                continue;
            }
            let inner = site.value.as_object().and_then(|schema| {
                let mut keywords = schema.iter().filter(|(key, _)| !keywords::is_documentation_keyword(key));
                let (key, value) = keywords.next().filter(|_| keywords.next().is_none())?;
                let inner = sites_of(&site.at, key, Some(value));
                let is_alone = is_composition(key) && inner.len() == 1;
                let is_flat = key == "anyOf" && keyword == "anyOf";
                let is_exclusive = || key == "oneOf" && self.are_exclusive(&inner);
                let is_unwrapped = is_new && (is_alone || is_flat || is_exclusive());
                is_mixed |= is_unwrapped && !is_alone && !is_flat;
                is_unwrapped.then_some(inner)
            });
            match inner {
                Some(inner) => waiting.extend(inner.into_iter().rev()),
                None => flat.push(member),
            }
        }
        (flat, is_mixed)
    }

    /// Whether no value is valid under two of the schemas, by their types or by a constant property.
    fn are_exclusive(&self, members: &[Site<'a>]) -> bool {
        // Looks at the keywords alone: members may contain the union that they are in.
        let kind = |site: &Site<'a>| self.resolve_alone(site).value.get("type").map(Types::of);
        let tags = |site: &Site<'a>| -> BTreeMap<&'a str, &'a Value> {
            let value = self.resolve_alone(site).value;
            let required = value.get("required").and_then(Value::as_array).into_iter().flatten();
            let required: Vec<&str> = required.filter_map(Value::as_str).collect();
            let properties = value.get("properties").and_then(Value::as_object).into_iter().flatten();
            let properties = properties.filter(|(name, _)| required.contains(&name.as_str()));
            properties.filter_map(|(name, property)| Some((name.as_str(), property.get("const")?))).collect()
        };
        let are_apart = |one: &Site<'a>, other: &Site<'a>| {
            let (Some(kind_of_one), Some(kind_of_other)) = (kind(one), kind(other)) else { return false };
            let others = tags(other);
            !kind_of_one.meets(kind_of_other)
                || tags(one)
                    .into_iter()
                    .any(|(name, tag)| others.get(name).is_some_and(|other| **other != *tag))
        };
        members.len() <= 30
            && (0..members.len())
                .all(|index| members[..index].iter().all(|one| are_apart(one, &members[index])))
    }

    /// Drops the members of an `anyOf` whose types another member allows without a constraint.
    ///
    /// `anyOf: [{type: string}, {type: string, enum: [a]}]` ⇒ `anyOf: [{type: string}]`
    fn drop_redundant(&self, members: &mut Sites<'a>) {
        let bare = members.iter().filter_map(|member| self.bare_types(member)).fold(Types::NONE, Types::or);
        members.retain(|member| {
            let kind = self.resolve_alone(member).value.get("type").map(Types::of);
            self.bare_types(member).is_some() || !kind.is_some_and(|kind| bare.has(kind))
        });
    }

    /// The types of a schema that has no other constraint.
    fn bare_types(&self, member: &Site<'a>) -> Option<Types> {
        let schema = self.resolve_alone(member).value.as_object()?;
        let is_bare = schema.keys().all(|key| key == "type" || keywords::is_documentation_keyword(key));
        is_bare.then(|| schema.get("type").map(Types::of)).flatten()
    }
}

/// Whether a keyword says nothing about null.
fn ignores_null(key: &str) -> bool {
    is_annotation(key) || keyword(key).is_some_and(|keyword| !keyword.types.meets(Types::NULL))
}

/// Whether a schema allows null and nothing else.
fn is_null(schema: &Value) -> bool {
    let Some(map) = schema.as_object() else { return false };
    let mut is_null = false;
    for (key, value) in map {
        is_null |= match (key.as_str(), value) {
            ("type", kind) if Types::of(kind) == Types::NULL => true,
            ("type", kind) if Types::of(kind).meets(Types::NULL) => false,
            ("const", Value::Null) => true,
            ("enum", Value::Array(values)) if !values.is_empty() && values.iter().all(Value::is_null) => true,
            ("allOf", Value::Array(members)) => {
                let is_silent = |member: &Value| {
                    member.as_object().is_some_and(|member| member.keys().all(|key| ignores_null(key)))
                };
                if !members.iter().all(|member| self::is_null(member) || is_silent(member)) {
                    return false;
                }
                members.iter().any(self::is_null)
            }
            ("anyOf" | "oneOf", Value::Array(members)) if members.len() == 1 => self::is_null(&members[0]),
            (key, _) if ignores_null(key) => false,
            _ => return false,
        };
    }
    is_null
}

#[cfg(test)]
mod tests {
    use std::slice;

    use serde_json::json;

    use super::*;

    #[test]
    fn unions_that_contain_each_other_have_each_member_once() {
        let count = 40;
        let schema = |number: usize| {
            let others = (0..count).filter(|other| *other != number);
            let mut members: Vec<Value> =
                others.map(|other| json!({ "$ref": format!("#/components/schemas/S{other}") })).collect();
            members.push(json!({ "type": "string", "maxLength": number }));
            (format!("S{number}"), json!({ "anyOf": members }))
        };
        let document = json!({ "components": { "schemas": (0..count).map(schema).collect::<Map<_, _>>() } });
        let schemas = Schemas(&document);
        let site = schemas.site("/components/schemas/S0").expect("a schema");
        assert_eq!(schemas.normal_form(slice::from_ref(&site)).unions[0].members.len(), count);
    }
}
