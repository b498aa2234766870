//! Compares the properties of two objects, and which are required.

use serde_json::{Value, json};

use super::{FindingInside, Pair, PairComparison};
use crate::lifecycle::{Lifecycle, Removal};
use crate::normal::{At, Flag, NormalSchema, Site, Sites};
use crate::rules::{Direction, Location, Part, Rule, Step, rule, toggled};

impl<'a> PairComparison<'_, 'a> {
    pub(super) fn properties(&mut self) {
        let Self { pair, old, new, .. } = *self;
        for (name, sites) in &old.properties {
            match new.properties.get(name) {
                Some(others) => self.property(name, sites, others),
                None if new.required.contains_key(name) => self.necessity(name, sites, &Sites::new()),
                None => self.removed(name, sites),
            }
        }
        for (name, sites) in new.properties.iter().filter(|(name, _)| !old.properties.contains_key(*name)) {
            // Required without being listed, it was there before.
            if old.required.contains_key(name) {
                self.necessity(name, &Sites::new(), sites);
                continue;
            }
            let is_required = new.required.contains_key(name) && !self.is_silent(sites, false);
            let rule = rule!(if is_required => "property-added-required", else "property-added-optional");
            self.report_property(
                rule,
                name,
                [Location::absent(pair.old_at()), location(sites)],
                pair.is_silent,
                [None, value(sites)],
            );
        }
        self.required_without_property();
        // A closed object has no additional properties; opening or closing one has rules of its own.
        if !old.is(Flag::Closed) && !new.is(Flag::Closed) {
            self.compare_subschemas(Step::Additional, &old.additional_sites(), &new.additional_sites());
        }
    }

    /// Compares whether a property is required.
    fn necessity(&mut self, name: &str, old: &Sites<'a>, new: &Sites<'a>) {
        let is_silent = self.pair.is_silent || self.is_silent(old, true) && self.is_silent(new, false);
        let (was, is) = (self.old.required.contains_key(name), self.new.required.contains_key(name));
        if let Some(rule) = toggled(was, is, [rule!("became-required"), rule!("became-optional")]) {
            self.report_property(rule, name, [location(old), location(new)], is_silent, necessity(is));
        }
    }

    fn property(&mut self, name: &str, old: &Sites<'a>, new: &Sites<'a>) {
        self.necessity(name, old, new);
        let is_silent = self.pair.is_silent || self.is_silent(old, true) && self.is_silent(new, false);
        let (was, is) = (self.old.required.contains_key(name), self.new.required.contains_key(name));
        let [before, after] = [self.old, self.new].map(|normal| normal.additional_sites_of(name));
        let (mut old, mut new) = (old.clone(), new.clone());
        // A change of the additional properties themselves is reported of them.
        if before.len() != after.len() {
            old.extend(before);
            new.extend(after);
        }
        self.compare_inside(Pair {
            part: Part::Property,
            step: Step::Property(name.into()),
            is_required: was && is,
            is_silent,
            ..self.pair.of(&old, &new)
        });
    }

    fn removed(&mut self, name: &str, sites: &Sites<'a>) {
        let rule = match (self.pair.direction, self.old.required.contains_key(name)) {
            _ if self.has_future_sunset(sites) => rule!("property-removed-before-sunset"),
            (Direction::Request, _) if self.new.is(Flag::Closed) => rule!("property-refused"),
            (Direction::Request, _) => rule!("property-removed"),
            (Direction::Response, true) => rule!("required-property-removed"),
            (Direction::Response, false) => rule!("optional-property-removed"),
        };
        let is_silent = self.pair.is_silent || self.is_silent(sites, true);
        let at = [location(sites), Location::absent(self.pair.new_at())];
        self.report_property(rule, name, at, is_silent, [value(sites), None]);
    }

    /// Compares properties that come to a schema for the same value, or go from it, and that the whole lists: they are no other
    /// properties, but are restricted there as well.
    ///
    /// `{properties: {a: A}, then: {}}` ⇒ `{properties: {a: A}, then: {properties: {a: B}}}`
    pub(super) fn properties_in_both(&mut self, old: &[Site<'a>], new: &[Site<'a>]) {
        let (before, after) = (self.all.old.normal_form(old), self.all.new.normal_form(new));
        let both = self
            .old
            .properties
            .iter()
            .filter_map(|(name, sites)| Some((*name, sites, self.new.properties.get(name)?)));
        for (name, sites, others) in both.collect::<Vec<_>>() {
            let (mut old, mut new) = (sites.clone(), others.clone());
            match (before.properties.get(name), after.properties.get(name)) {
                (None, Some(more)) => new.extend(more.iter().cloned()),
                (Some(gone), None) => old.extend(gone.iter().cloned()),
                _ => continue,
            }
            let step = Step::Property(name.into());
            self.compare_inside(Pair {
                part: Part::Property,
                step,
                is_required: false,
                ..self.pair.of(&old, &new)
            });
        }
    }

    /// Whether a property has a sunset in the future.
    fn has_future_sunset(&self, sites: &Sites<'a>) -> bool {
        let normal = self.all.old.normal_form(sites);
        normal.lifecycle.is_some_and(|(_, map)| Lifecycle::of(map).removal() == Removal::BeforeSunset)
    }

    /// Compares required names that neither side lists under `properties`.
    fn required_without_property(&mut self) {
        let Self { pair, old, new, .. } = *self;
        let is_new = |normal: &NormalSchema<'a>, other: &NormalSchema<'a>, name: &str| {
            !normal.required.contains_key(name)
                && !old.properties.contains_key(name)
                && !new.properties.contains_key(name)
                && other.required.contains_key(name)
        };
        let at = |at: &At| Location { keyword: Some("required"), ..Location::at(at) };
        for (name, found) in new.required.iter().filter(|(name, _)| is_new(old, new, name)) {
            let locations = [Location::absent(pair.old_at()), at(found)];
            self.report_property(rule!("became-required"), name, locations, pair.is_silent, necessity(true));
        }
        for (name, found) in old.required.iter().filter(|(name, _)| is_new(new, old, name)) {
            let locations = [at(found), Location::absent(pair.new_at())];
            self.report_property(rule!("became-optional"), name, locations, pair.is_silent, necessity(false));
        }
    }

    /// Whether a property does not travel in this direction: read-only in a request, or write-only in a response.
    fn is_silent(&self, sites: &[Site<'a>], is_old: bool) -> bool {
        let schemas = if is_old { self.all.old } else { self.all.new };
        let flag = if self.pair.direction == Direction::Request { "readOnly" } else { "writeOnly" };
        sites.iter().any(|site| schemas.has_flag(site, flag))
    }

    /// Reports a finding about a property; `values` are what was there and what is.
    fn report_property(
        &mut self,
        rule: Rule,
        name: &str,
        at: [Location; 2],
        is_silent: bool,
        values: [Option<Value>; 2],
    ) {
        let of = Pair { is_silent, part: Part::Property, ..self.pair.clone() };
        let finding = of.finding(rule, "", at, values);
        self.report(FindingInside { property: Some(Step::Property(name.into())), finding });
    }
}

/// Whether a property was required, and is.
fn necessity(is_required: bool) -> [Option<Value>; 2] {
    [Some(json!(!is_required)), Some(json!(is_required))]
}

/// The schema of a property.
fn value(sites: &Sites<'_>) -> Option<Value> {
    sites.first().map(|site| site.value.clone())
}

fn location(sites: &Sites<'_>) -> Location {
    sites.first().map(|site| Location::at(&site.at)).unwrap_or_default()
}
