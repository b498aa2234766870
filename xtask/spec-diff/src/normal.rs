//! The normal form of schemas: references followed, `allOf` merged, nullability as a type, redundant keywords dropped.

mod bound;
mod conjunction;
mod fit;
mod keywords;
mod resolve;
mod simplify;
mod site;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub(crate) use bound::Bound;
pub(crate) use fit::matches;
pub(crate) use keywords::{canonical, is_documentation_keyword};
pub(crate) use relay_rest_codegen::document::Types;
pub(crate) use resolve::Schemas;
pub(crate) use site::{At, Site, Sites, below, sites_of};

/// The constraints of all schemas at some sites together, each with the location that states it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NormalSchema<'a> {
    pub(crate) types: Types,
    types_at: Option<At>,
    /// Whether it is nullable in a way that some read as null and OpenAPI 3.0.3 §4.7.24 does not: without a `type` beside it.
    pub(crate) is_null_unclear: bool,
    pub(crate) formats: BTreeMap<&'a str, At>,
    /// The values of `enum` and `const`, by their canonical JSON.
    pub(crate) values: Option<BTreeMap<String, &'a Value>>,
    values_at: Option<At>,
    /// The formats beside listed values, which do not count.
    pub(crate) formats_of_values: BTreeSet<&'a str>,
    /// Bounds by keyword. Of `minimum` and `exclusiveMinimum` only the tighter one is kept, likewise of the maxima.
    pub(crate) bounds: BTreeMap<&'static str, (Bound, At)>,
    pub(crate) patterns: BTreeMap<&'a str, At>,
    pub(crate) multiples: BTreeMap<String, At>,
    /// `contentEncoding` and `contentMediaType`.
    pub(crate) contents: BTreeMap<&'static str, (&'a str, At)>,
    pub(crate) flags: BTreeMap<Flag, At>,
    pub(crate) properties: BTreeMap<&'a str, Sites<'a>>,
    pub(crate) required: BTreeMap<&'a str, At>,
    pub(crate) additional: Vec<Additional<'a>>,
    pub(crate) items: Sites<'a>,
    /// `oneOf` and `anyOf` with several members.
    pub(crate) unions: Vec<Union<'a>>,
    /// Other keywords that apply schemas, such as `not` and `patternProperties`, and `dependentRequired`.
    pub(crate) applicators: BTreeMap<&'static str, Sites<'a>>,
    /// Keywords that this crate does not know; they are compared as JSON.
    pub(crate) unknown: BTreeMap<&'a str, Site<'a>>,
    pub(crate) default: Option<Site<'a>>,
    pub(crate) discriminator: Option<Site<'a>>,
    /// The schema object that has `deprecated`, `x-sunset` or `x-stability-level`.
    pub(crate) lifecycle: Option<(At, &'a Map<String, Value>)>,
    /// Documentation, by keyword.
    pub(crate) docs: BTreeMap<&'static str, Site<'a>>,
}

/// A property of a schema that is present or absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    /// No value is valid, as under the schema `false`.
    Never,
    /// A reference has no target.
    Unresolved,
    UniqueItems,
    /// Additional properties are not allowed.
    Closed,
    ReadOnly,
    WriteOnly,
}

/// The schema of the properties that the schema which it stands in neither lists nor matches by a pattern (JSON Schema 2020-12 core
/// §10.3.2.3). With `false`, there is `Flag::Closed` as well.
#[derive(Clone, Debug)]
pub(crate) struct Additional<'a> {
    pub(crate) site: Site<'a>,
    pub(crate) names: BTreeSet<&'a str>,
    patterns: BTreeSet<&'a str>,
    /// Whether what other schemas for the same value list is not additional either, as with `unevaluatedProperties`.
    pub(crate) is_unevaluated: bool,
}

impl Additional<'_> {
    /// Whether a name, if it has one, and what it matches are no additional property.
    pub(crate) fn excludes(&self, name: Option<&str>, matched: &[&str]) -> bool {
        name.is_some_and(|name| self.names.contains(name))
            || matched.iter().any(|pattern| self.patterns.contains(pattern))
    }

    /// Whether it certainly applies to a property that another schema for the same value lists.
    fn applies_to(&self, name: &str) -> bool {
        let matches = |pattern: &&str| matches(name, pattern) != Some(false);
        !self.is_unevaluated && !self.names.contains(name) && !self.patterns.iter().any(matches)
    }

    /// Whether only the listed properties are allowed.
    fn allows_only_names(&self) -> bool {
        keywords::allows_nothing(self.site.value) && !self.is_unevaluated && self.patterns.is_empty()
    }
}

/// `oneOf` or `anyOf`, without the members for `null`.
#[derive(Clone, Debug)]
pub(crate) struct Union<'a> {
    pub(crate) keyword: &'static str,
    pub(crate) at: At,
    pub(crate) members: Sites<'a>,
    pub(crate) is_nullable: bool,
    /// Whether some of its members come from another union inside it, with another keyword.
    pub(crate) is_mixed: bool,
}

impl Union<'_> {
    /// Its members as they are written, for people.
    pub(crate) fn value(&self) -> Value {
        let mut members: Vec<Value> = self.members.iter().map(|member| member.value.clone()).collect();
        if self.is_nullable {
            members.push(json!({ "type": "null" }));
        }
        Value::Array(members)
    }
}

impl<'a> NormalSchema<'a> {
    /// Whether its only constraint is a single union.
    pub(crate) fn is_only_a_union(&self) -> bool {
        self.unions.len() == 1 && !self.constrains_beyond_unions()
    }

    /// Whether it has a constraint other than its unions.
    pub(crate) fn constrains_beyond_unions(&self) -> bool {
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
            || !self.applicators.is_empty()
            || self.flags.keys().any(|flag| matches!(flag, Flag::Never | Flag::UniqueItems | Flag::Closed))
    }

    /// Whether it has keywords that say in one of many ways which values are valid.
    pub(crate) fn is_described_in_many_ways(&self) -> bool {
        !self.unions.is_empty() || ["not", "if"].iter().any(|keyword| self.applicators.contains_key(keyword))
    }

    /// A schema with the annotations of this one and no constraint.
    pub(crate) fn annotations(&self) -> Self {
        let is_annotation = |flag: &Flag| matches!(flag, Flag::ReadOnly | Flag::WriteOnly);
        let flags = self.flags.iter().filter(|(flag, _)| is_annotation(flag));
        Self {
            flags: flags.map(|(flag, at)| (*flag, at.clone())).collect(),
            unknown: self.unknown.clone(),
            default: self.default.clone(),
            discriminator: self.discriminator.clone(),
            lifecycle: self.lifecycle.clone(),
            docs: self.docs.clone(),
            ..Self::default()
        }
    }

    /// Removes what [`Self::annotations`] keeps, but for unknown keywords.
    pub(crate) fn remove_annotations(&mut self) {
        self.flags.retain(|flag, _| !matches!(flag, Flag::ReadOnly | Flag::WriteOnly));
        self.docs.clear();
        (self.default, self.discriminator, self.lifecycle) = (None, None, None);
    }

    /// Removes `null` from the types.
    pub(crate) fn ignore_null(&mut self) {
        if self.types != Types::ALL {
            self.types = self.types.without(Types::NULL);
        }
    }

    /// The location that states the types.
    pub(crate) fn types_at(&self) -> Option<&At> {
        self.types_at.as_ref()
    }

    /// The location that lists the values, if any are listed.
    pub(crate) fn values_at(&self) -> Option<&At> {
        self.values_at.as_ref().filter(|_| self.values.is_some())
    }

    pub(crate) fn is(&self, flag: Flag) -> bool {
        self.flags.contains_key(&flag)
    }

    /// Whether additional properties are not allowed unless they match `patternProperties` of the same schema.
    pub(crate) fn patterns_allow(&self) -> bool {
        self.is(Flag::Closed) && !self.additional.iter().any(Additional::allows_only_names)
    }

    /// The schemas of additional properties that apply to a listed property, because another member of `allOf` lists it.
    pub(crate) fn additional_sites_of(&self, name: &str) -> Sites<'a> {
        let applying = self.additional.iter().filter(|additional| additional.applies_to(name));
        applying.map(|additional| additional.site.clone()).collect()
    }

    /// The schemas of additional properties, if any are allowed.
    pub(crate) fn additional_sites(&self) -> Sites<'a> {
        if self.is(Flag::Closed) {
            return Sites::new();
        }
        self.additional.iter().map(|additional| additional.site.clone()).collect()
    }

    /// Allows one value only, and no other type.
    pub(crate) fn only(&mut self, value: &'a Value) {
        self.types = self.types.and(Types::of_value(value));
        self.values = Some(BTreeMap::from([(canonical(value), value)]));
    }

    /// Whether exactly one value is allowed.
    pub(crate) fn is_constant(&self) -> bool {
        self.values.as_ref().is_some_and(|values| values.len() == 1)
    }
}
