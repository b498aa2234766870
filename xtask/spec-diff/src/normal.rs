//! What schemas ask of an instance, however they are written: references, `allOf` and `null` in one form.
//! Knows JSON Schema 2020-12 and the dialect of OpenAPI 3.0; must not know what is compared with what.

mod bound;
mod conjunction;
mod fit;
mod keywords;
mod resolve;
mod simplify;
mod site;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub(crate) use bound::Bound;
pub(crate) use keywords::canonical;
pub(crate) use relay_rest_codegen::document::Types;
pub(crate) use resolve::Schemas;
pub(crate) use site::{At, Site, Sites, below, entries_of, sites_of};

/// What all schemas at some sites ask of an instance, each thing with the place that asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NormalSchema<'a> {
    pub(crate) types: Types,
    types_at: Option<At>,
    pub(crate) formats: BTreeMap<&'a str, At>,
    /// The values that are allowed, by their JSON texts.
    pub(crate) values: Option<BTreeMap<String, &'a Value>>,
    values_at: Option<At>,
    /// Bounds by keyword; of the two for a number on each side only the tighter one.
    pub(crate) bounds: BTreeMap<&'static str, (Bound, At)>,
    pub(crate) patterns: BTreeMap<&'a str, At>,
    pub(crate) multiples: BTreeMap<String, At>,
    /// `contentEncoding` and `contentMediaType`.
    pub(crate) contents: BTreeMap<&'static str, (&'a str, At)>,
    pub(crate) flags: BTreeMap<Flag, At>,
    pub(crate) properties: BTreeMap<&'a str, Sites<'a>>,
    pub(crate) required: BTreeMap<&'a str, At>,
    /// The only properties that each schema with `additionalProperties: false` allows (JSON Schema 2020-12 core §10.3.2.3).
    names: Option<BTreeSet<&'a str>>,
    /// The schemas of all properties that are not named; with `Flag::Closed` there are none.
    pub(crate) additional: Sites<'a>,
    pub(crate) items: Sites<'a>,
    /// `oneOf` and `anyOf` of several members.
    pub(crate) unions: Vec<Union<'a>>,
    /// Keywords that say more than all of these can, with their values.
    pub(crate) applicators: BTreeMap<&'static str, Sites<'a>>,
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
    /// A reference that leads nowhere, so that nobody knows what fits.
    Unresolved,
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

impl<'a> NormalSchema<'a> {
    /// Whether it says nothing but that one of the members of its only union fits.
    pub(crate) fn is_only_a_union(&self) -> bool {
        self.unions.len() == 1 && !self.constrains_beyond_unions()
    }

    /// Whether it asks for something beside its unions.
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

    /// Forgets that null is one of several types.
    pub(crate) fn ignore_null(&mut self) {
        if self.types != Types::ALL {
            self.types = self.types.without(Types::NULL);
        }
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
