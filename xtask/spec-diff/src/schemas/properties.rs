//! Compares the properties of two objects, and which are required.

use super::{Pair, SchemaComparison};
use crate::lifecycle::{Lifecycle, Removal};
use crate::normal::{At, Flag, NormalSchema, Sites};
use crate::rules::{Direction, Location, Part, Rule, rule};

impl<'a> SchemaComparison<'a> {
    pub(super) fn properties(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        old: &NormalSchema<'a>,
        new: &NormalSchema<'a>,
    ) {
        for (name, sites) in &old.properties {
            match new.properties.get(name) {
                Some(others) => self.property(node, pair, name, (old, sites), (new, others)),
                None => self.removed(node, pair, name, sites, old, new),
            }
        }
        for (name, sites) in new.properties.iter().filter(|(name, _)| !old.properties.contains_key(*name)) {
            let rule = if new.required.contains_key(name) && !self.is_silent(pair, sites, false) {
                rule!("property-added-required")
            } else {
                rule!("property-added-optional")
            };
            let locations = (Location::absent(pair.old_at()), location(sites));
            self.report_property(node, pair, rule, name, locations, pair.is_silent);
        }
        self.required_without_property(node, pair, old, new);
        // A closed object has no additional properties; opening or closing one has rules of its own.
        if !old.is(Flag::Closed) && !new.is(Flag::Closed) {
            self.compare_subschemas(node, pair, "the other properties of", &old.additional, &new.additional);
        }
    }

    fn property(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        name: &str,
        (old, sites): (&NormalSchema<'a>, &Sites<'a>),
        (new, others): (&NormalSchema<'a>, &Sites<'a>),
    ) {
        let is_silent =
            pair.is_silent || self.is_silent(pair, sites, true) && self.is_silent(pair, others, false);
        let (was, is) = (old.required.get(name), new.required.get(name));
        let rule = match (was, is) {
            (None, Some(_)) => Some(rule!("became-required")),
            (Some(_), None) => Some(rule!("became-optional")),
            _ => None,
        };
        if let Some(rule) = rule {
            self.report_property(node, pair, rule, name, (location(sites), location(others)), is_silent);
        }
        let within = self.compare(Pair {
            old: sites.clone(),
            new: others.clone(),
            direction: pair.direction,
            part: Part::Property,
            name: format!("the property `{name}`").into(),
            is_required: was.is_some() && is.is_some(),
            is_silent,
            ignores_null: false,
        });
        self.nodes[node].within.push(within);
    }

    fn removed(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        name: &str,
        sites: &Sites<'a>,
        old: &NormalSchema<'a>,
        new: &NormalSchema<'a>,
    ) {
        let rule = match (pair.direction, old.required.contains_key(name)) {
            _ if self.has_future_sunset(sites) => rule!("property-removed-before-sunset"),
            (Direction::Request, _) if new.is(Flag::Closed) => rule!("property-refused"),
            (Direction::Request, _) => rule!("property-removed"),
            (Direction::Response, true) => rule!("required-property-removed"),
            (Direction::Response, false) => rule!("optional-property-removed"),
        };
        let is_silent = pair.is_silent || self.is_silent(pair, sites, true);
        self.report_property(
            node,
            pair,
            rule,
            name,
            (location(sites), Location::absent(pair.new_at())),
            is_silent,
        );
    }

    /// Whether a property has a sunset in the future.
    fn has_future_sunset(&self, sites: &Sites<'a>) -> bool {
        let normal = self.old.normal_form(sites);
        normal.lifecycle.is_some_and(|(_, map)| Lifecycle::of(map).removal() == Removal::BeforeSunset)
    }

    /// Compares required names that neither side lists under `properties`.
    fn required_without_property(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        old: &NormalSchema<'a>,
        new: &NormalSchema<'a>,
    ) {
        let is_new = |normal: &NormalSchema<'a>, other: &NormalSchema<'a>, name: &str| {
            !normal.required.contains_key(name)
                && !old.properties.contains_key(name)
                && !new.properties.contains_key(name)
                && other.required.contains_key(name)
        };
        let at = |at: &At| Location { keyword: Some("required"), ..Location::at(at) };
        for (name, found) in new.required.iter().filter(|(name, _)| is_new(old, new, name)) {
            let locations = (Location::absent(pair.old_at()), at(found));
            self.report_property(node, pair, rule!("became-required"), name, locations, pair.is_silent);
        }
        for (name, found) in old.required.iter().filter(|(name, _)| is_new(new, old, name)) {
            let locations = (at(found), Location::absent(pair.new_at()));
            self.report_property(node, pair, rule!("became-optional"), name, locations, pair.is_silent);
        }
    }

    /// Whether a property does not travel in this direction: read-only in a request, or write-only in a response.
    fn is_silent(&self, pair: &Pair<'a>, sites: &Sites<'a>, is_old: bool) -> bool {
        let schemas = if is_old { self.old } else { self.new };
        let flag = if pair.direction == Direction::Request { "readOnly" } else { "writeOnly" };
        sites.iter().any(|site| schemas.has_flag(site, flag))
    }

    fn report_property(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        rule: Rule,
        name: &str,
        locations: (Location, Location),
        is_silent: bool,
    ) {
        let name = format!("the property `{name}`");
        let of = Pair { is_silent, ..pair.clone() };
        self.report(node, of.finding_of(rule, Part::Property, &name, locations.0, locations.1, None, None));
    }
}

fn location(sites: &Sites<'_>) -> Location {
    sites.first().map(|site| Location::at(&site.at)).unwrap_or_default()
}
