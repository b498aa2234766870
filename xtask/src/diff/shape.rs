//! What schemas ask of an instance, however they are written: references, `allOf` and `null` in one form.
//! Knows JSON Schema 2020-12 and the dialect of OpenAPI 3.0; must not know what is compared with what.

mod fit;
mod limit;
mod merge;
mod read;
mod tidy;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

pub(crate) use limit::Limit;
pub(crate) use types::Types;

/// A JSON Pointer into the document, escaped.
pub(crate) type At = Arc<str>;

/// A value of the document, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) at: At,
    pub(crate) value: &'a Value,
}

/// Sites whose schemas all hold for one value: a property may stand in several members of an `allOf`.
pub(crate) type Sites<'a> = Vec<Site<'a>>;

/// What all schemas at some sites ask of an instance, each thing with the place that asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape<'a> {
    pub(crate) types: Types,
    types_at: Option<At>,
    pub(crate) formats: BTreeMap<&'a str, At>,
    /// The values that are allowed, by their JSON texts.
    pub(crate) values: Option<BTreeMap<String, &'a Value>>,
    values_at: Option<At>,
    /// Bounds by keyword; of the two for a number on each side only the tighter one.
    pub(crate) bounds: BTreeMap<&'static str, (Limit, At)>,
    pub(crate) patterns: BTreeMap<&'a str, At>,
    pub(crate) multiples: BTreeMap<String, At>,
    /// `contentEncoding` and `contentMediaType`.
    pub(crate) contents: BTreeMap<&'static str, (&'a str, At)>,
    pub(crate) flags: BTreeMap<Flag, At>,
    pub(crate) properties: BTreeMap<&'a str, Sites<'a>>,
    pub(crate) required: BTreeMap<&'a str, At>,
    /// The schemas of all properties that are not named; with `Flag::Closed` there are none.
    pub(crate) additional: Sites<'a>,
    pub(crate) items: Sites<'a>,
    /// `oneOf` and `anyOf` of several members.
    pub(crate) unions: Vec<Union<'a>>,
    /// Keywords that say more than all of these can, with their values.
    pub(crate) conditions: BTreeMap<&'static str, Sites<'a>>,
    /// Keywords that are not known here.
    pub(crate) unknown: BTreeMap<&'a str, Site<'a>>,
    pub(crate) default: Option<Site<'a>>,
    pub(crate) discriminator: Option<Site<'a>>,
    /// The object that says `deprecated`, `x-sunset` or `x-stability-level`.
    pub(crate) lifecycle: Option<(At, &'a Map<String, Value>)>,
    /// What people read, by keyword.
    pub(crate) docs: BTreeMap<&'static str, Site<'a>>,
}

/// What a schema says or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    /// Nothing fits: the schema `false`.
    Never,
    UniqueItems,
    /// No properties but those that are named.
    Closed,
    ReadOnly,
    WriteOnly,
}

/// `oneOf` or `anyOf`, without its members that are `null`.
#[derive(Clone, Debug)]
pub(crate) struct Union<'a> {
    pub(crate) keyword: &'static str,
    pub(crate) at: At,
    pub(crate) members: Sites<'a>,
    pub(crate) is_nullable: bool,
}

/// Bounds that are tighter when larger.
pub(crate) const LOWER: [&str; 6] =
    ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"];
/// Bounds that are tighter when smaller.
pub(crate) const UPPER: [&str; 6] =
    ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"];

/// A document whose schemas are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schemas<'a>(pub(crate) &'a Value);

impl<'a> Schemas<'a> {
    /// What stands at a pointer, if something does.
    pub(crate) fn site(&self, at: &str) -> Option<Site<'a>> {
        Some(Site { at: at.into(), value: self.0.pointer(at)? })
    }

    /// What stands there in the end, references followed. Nothing for one that leads nowhere, or in a circle.
    pub(crate) fn resolve(&self, site: &Site<'a>) -> Option<Site<'a>> {
        let mut site = site.clone();
        // A chain longer than this is a circle.
        for _ in 0..100 {
            match site.value.get("$ref").and_then(Value::as_str) {
                Some(target) => site = self.site(&target_of(target)?)?,
                None => return Some(site),
            }
        }
        None
    }

    /// Where a schema stands that says nothing but what it refers to, notes for people aside.
    pub(crate) fn resolve_alone(&self, site: &Site<'a>) -> Site<'a> {
        let mut site = site.clone();
        for _ in 0..100 {
            let Value::Object(schema) = site.value else { break };
            let target = schema.get("$ref").and_then(Value::as_str);
            let is_alone = schema.keys().all(|key| key == "$ref" || read::is_note(key));
            let target = target.filter(|_| is_alone).and_then(target_of);
            match target.and_then(|target| self.site(&target)) {
                Some(target) => site = target,
                None => break,
            }
        }
        site
    }

    /// What people read beside references that say nothing else, the first ones counting.
    pub(crate) fn notes_beside(&self, sites: &[Site<'a>]) -> BTreeMap<&'static str, Site<'a>> {
        let mut notes = BTreeMap::new();
        for site in sites {
            let end = self.resolve_alone(site);
            let mut site = site.clone();
            while !std::ptr::eq(site.value, end.value) {
                let Some(schema) = site.value.as_object() else { break };
                for (note, found) in read::notes(&site.at, schema) {
                    notes.entry(note).or_insert(found);
                }
                let target = schema.get("$ref").and_then(Value::as_str).and_then(target_of);
                let Some(next) = target.and_then(|target| self.site(&target)) else { break };
                site = next;
            }
        }
        notes
    }

    /// Whether a schema has a keyword that is true, itself or by what it refers to.
    pub(crate) fn says(&self, site: &Site<'a>, keyword: &str) -> bool {
        let mut waiting = vec![site.clone()];
        let mut seen = BTreeSet::new();
        while let Some(site) = waiting.pop() {
            if !seen.insert(std::ptr::from_ref(site.value)) {
                continue;
            }
            if site.value.get(keyword) == Some(&Value::Bool(true)) {
                return true;
            }
            let target = site.value.get("$ref").and_then(Value::as_str).and_then(target_of);
            waiting.extend(target.and_then(|target| self.site(&target)));
            waiting.extend(sites_of(&site.at, "allOf", site.value.get("allOf")));
        }
        false
    }

    /// What the schemas at some sites ask for together.
    pub(crate) fn shape(&self, sites: &[Site<'a>]) -> Shape<'a> {
        let mut shape = Shape::default();
        let mut seen = BTreeSet::new();
        sites.iter().for_each(|site| self.add(site, &mut shape, &mut seen));
        shape.tidy();
        shape
    }

    /// Adds what one schema asks for.
    fn add(&self, site: &Site<'a>, shape: &mut Shape<'a>, seen: &mut BTreeSet<*const Value>) {
        if !seen.insert(std::ptr::from_ref(site.value)) {
            return;
        }
        match site.value {
            Value::Bool(false) => {
                shape.flags.insert(Flag::Never, site.at.clone());
            }
            Value::Object(schema) => self.add_object(&site.at, schema, shape, seen),
            _ => {}
        }
    }

    fn add_object(
        &self,
        at: &At,
        schema: &'a Map<String, Value>,
        shape: &mut Shape<'a>,
        seen: &mut BTreeSet<*const Value>,
    ) {
        shape.and(Shape::own(at, schema));
        let target = schema.get("$ref").and_then(Value::as_str).and_then(target_of);
        if let Some(target) = target.and_then(|target| self.site(&target)) {
            self.add(&target, shape, seen);
        }
        let members = |keyword: &str| sites_of(at, keyword, schema.get(keyword));
        members("allOf").iter().for_each(|member| self.add(member, shape, seen));
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
                [] => shape.allow_types(Types::NULL, at),
                [only] => {
                    let mut own = Shape::default();
                    self.add(only, &mut own, &mut seen.clone());
                    if is_nullable {
                        own.allow_null();
                    }
                    shape.and(own);
                }
                _ => {
                    let at = below(at, keyword);
                    // Members that say a type and nothing else are a list of types.
                    match others.iter().map(|member| self.bare_types(member)).collect::<Option<Vec<_>>>() {
                        Some(types) => {
                            let all = types.into_iter().fold(Types::NONE, Types::or);
                            shape.allow_types(if is_nullable { all.or(Types::NULL) } else { all }, &at);
                        }
                        None => shape.unions.push(Union { keyword, at, members: others, is_nullable }),
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
                let mut said = schema.iter().filter(|(key, _)| !read::is_note(key));
                let (key, value) = said.next().filter(|_| said.next().is_none())?;
                let inner = sites_of(&site.at, key, Some(value));
                let is_alone = matches!(key.as_str(), "allOf" | "anyOf" | "oneOf") && inner.len() == 1;
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
        let is_bare = schema.keys().all(|key| key == "type" || read::is_note(key));
        is_bare.then(|| schema.get("type").map(Types::of)).flatten()
    }
}

/// The pointer of a reference within the document.
pub(crate) fn target_of(reference: &str) -> Option<String> {
    relay_rest_codegen::Pointer::from_reference(reference).map(|pointer| pointer.to_string())
}

fn is_null(schema: &Value) -> bool {
    let is_null = |value: &Value| value.is_null();
    schema.get("type").is_some_and(|kind| Types::of(kind) == Types::NULL)
        || schema.get("const").is_some_and(is_null)
        || schema.get("enum").and_then(Value::as_array).is_some_and(|all| all.len() == 1 && is_null(&all[0]))
}

/// A pointer one token further.
pub(crate) fn below(at: &str, token: &str) -> At {
    if token.contains(['~', '/']) {
        format!("{at}/{}", token.replace('~', "~0").replace('/', "~1")).into()
    } else {
        format!("{at}/{token}").into()
    }
}

/// The sites of a list under a key.
pub(crate) fn sites_of<'a>(at: &str, key: &str, list: Option<&'a Value>) -> Sites<'a> {
    let items = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    items.map(|(index, value)| Site { at: format!("{at}/{key}/{index}").into(), value }).collect()
}

/// The sites of a map under a key, by name.
pub(crate) fn entries_of<'a>(at: &str, key: &str, map: Option<&'a Value>) -> Vec<(&'a str, Site<'a>)> {
    let Some(Value::Object(map)) = map else { return Vec::new() };
    let at = below(at, key);
    map.iter().map(|(name, value)| (name.as_str(), Site { at: below(&at, name), value })).collect()
}

impl<'a> Shape<'a> {
    /// Whether it says nothing but that one of the members of its only union fits.
    pub(crate) fn is_only_a_union(&self) -> bool {
        self.unions.len() == 1 && !self.says_more_than_unions()
    }

    /// Whether it asks for something beside its unions.
    pub(crate) fn says_more_than_unions(&self) -> bool {
        self.types != Types::ALL
            || self.values.is_some()
            || !self.formats.is_empty()
            || !self.bounds.is_empty()
            || !self.patterns.is_empty()
            || !self.multiples.is_empty()
            || !self.properties.is_empty()
            || !self.required.is_empty()
            || !self.additional.is_empty()
            || !self.items.is_empty()
            || !self.conditions.is_empty()
            || self.flags.keys().any(|flag| matches!(flag, Flag::Never | Flag::UniqueItems | Flag::Closed))
    }

    /// Where the types are said.
    pub(crate) fn types_at(&self) -> Option<&At> {
        self.types_at.as_ref()
    }

    /// Where the values are listed.
    pub(crate) fn values_at(&self) -> Option<&At> {
        self.values_at.as_ref()
    }

    pub(crate) fn is(&self, flag: Flag) -> bool {
        self.flags.contains_key(&flag)
    }

    /// Whether the values are one.
    pub(crate) fn is_constant(&self) -> bool {
        self.values.as_ref().is_some_and(|values| values.len() == 1)
    }
}
