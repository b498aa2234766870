//! The schemas of a document, put together: references followed, `allOf` merged, unions of one member unwrapped.
//! Knows where schemas stand and what holds for them together; must not know single keywords.

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::keywords::is_composition;
use relay_rest_codegen::document::references::{self, is_reference, is_reference_key};
use serde_json::{Map, Value};

use super::site::{At, Site, Sites, below, sites_of};
use super::{Flag, NormalSchema, Types, Union, keywords};

/// A document whose schemas are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schemas<'a>(pub(crate) &'a Value);

impl<'a> Schemas<'a> {
    /// What stands at a pointer, if something does.
    pub(crate) fn site(&self, at: &str) -> Option<Site<'a>> {
        Some(Site { at: at.into(), value: self.0.pointer(at)? })
    }

    /// What something refers to, if it does.
    fn referenced(&self, value: &Value) -> Option<Site<'a>> {
        self.site(&references::target(value)?.to_string())
    }

    /// What stands there in the end, references followed. Nothing for one that leads nowhere, or in a circle.
    pub(crate) fn resolve(&self, site: &Site<'a>) -> Option<Site<'a>> {
        let mut site = site.clone();
        // A chain longer than this is a circle.
        for _ in 0..100 {
            if !site.value.as_object().is_some_and(is_reference) {
                return Some(site);
            }
            site = self.referenced(site.value)?;
        }
        None
    }

    /// A site, what it refers to, and so on: for what may have fields of its own beside a reference. None twice.
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

    /// Where a schema stands that says nothing but what it refers to, notes for people aside.
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

    /// What people read beside references that say nothing else, the first ones counting.
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

    /// Whether a schema has a keyword that is true, itself or by what it refers to.
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

    /// What the schemas at some sites ask for together.
    pub(crate) fn normal_form(&self, sites: &[Site<'a>]) -> NormalSchema<'a> {
        let mut normal = NormalSchema::default();
        let mut seen = BTreeSet::new();
        sites.iter().for_each(|site| self.add(site, &mut normal, &mut seen));
        normal.simplify();
        normal
    }

    /// Adds what one schema asks for.
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
            let members = self.flattened(keyword, members(keyword));
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
                    // Members that say a type and nothing else are a list of types.
                    match others.iter().map(|member| self.bare_types(member)).collect::<Option<Vec<_>>>() {
                        Some(types) => {
                            let all = types.into_iter().fold(Types::NONE, Types::or);
                            normal.allow_types(if is_nullable { all.or(Types::NULL) } else { all }, &at);
                        }
                        None => normal.unions.push(Union { keyword, at, members: others, is_nullable }),
                    }
                }
            }
        }
    }

    /// The members of a union: a member that says nothing but its only own member is that, and an `anyOf` within an `anyOf` is
    /// its members.
    fn flattened(&self, keyword: &str, members: Sites<'a>) -> Sites<'a> {
        let mut flat = Sites::new();
        let mut waiting: Vec<Site<'a>> = members.into_iter().rev().collect();
        let mut seen = BTreeSet::new();
        while let Some(member) = waiting.pop() {
            let site = self.resolve_alone(&member);
            let inner = site.value.as_object().and_then(|schema| {
                let mut said = schema.iter().filter(|(key, _)| !keywords::is_documentation_keyword(key));
                let (key, value) = said.next().filter(|_| said.next().is_none())?;
                let inner = sites_of(&site.at, key, Some(value));
                let is_alone = is_composition(key) && inner.len() == 1;
                let is_flat = key == "anyOf" && keyword == "anyOf";
                ((is_alone || is_flat) && seen.insert(std::ptr::from_ref(site.value))).then_some(inner)
            });
            match inner {
                Some(inner) => waiting.extend(inner.into_iter().rev()),
                None => flat.push(member),
            }
        }
        flat
    }

    /// Drops the members of an `anyOf` whose types another member allows without conditions: known values beside all strings.
    fn drop_redundant(&self, members: &mut Sites<'a>) {
        let bare = members.iter().filter_map(|member| self.bare_types(member)).fold(Types::NONE, Types::or);
        members.retain(|member| {
            let kind = self.resolve_alone(member).value.get("type").map(Types::of);
            self.bare_types(member).is_some() || !kind.is_some_and(|kind| bare.has(kind))
        });
    }

    /// The types of a schema that says nothing else.
    fn bare_types(&self, member: &Site<'a>) -> Option<Types> {
        let schema = self.resolve_alone(member).value.as_object()?;
        let is_bare = schema.keys().all(|key| key == "type" || keywords::is_documentation_keyword(key));
        is_bare.then(|| schema.get("type").map(Types::of)).flatten()
    }
}

fn is_null(schema: &Value) -> bool {
    let is_null = |value: &Value| value.is_null();
    schema.get("type").is_some_and(|kind| Types::of(kind) == Types::NULL)
        || schema.get("const").is_some_and(is_null)
        || schema.get("enum").and_then(Value::as_array).is_some_and(|all| all.len() == 1 && is_null(&all[0]))
}
