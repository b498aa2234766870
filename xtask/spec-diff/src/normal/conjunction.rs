//! The conjunction of two normal schemas, keyword by keyword.

use std::collections::BTreeMap;

use relay_rest_codegen::document::keywords;
use serde_json::Value;

use super::keywords::bound_direction;
use super::{At, NormalSchema, Types};

impl NormalSchema<'_> {
    pub(super) fn allow_null(&mut self) {
        if self.types != Types::ALL {
            self.types = self.types.or(Types::NULL);
        }
        if let Some(values) = &mut self.values {
            values.insert("null".to_owned(), &Value::Null);
        }
        self.unions.iter_mut().for_each(|union| union.is_nullable = true);
    }

    pub(super) fn allow_types(&mut self, types: Types, at: &At) {
        let both = self.types.and(types);
        if both != self.types {
            self.types_at = Some(at.clone());
        }
        self.types = both;
    }

    /// Adds the constraints of `other`. Where both state the same, the location of `self` stays.
    pub(crate) fn and(&mut self, other: Self) {
        if let Some(at) = &other.types_at {
            self.allow_types(other.types, at);
        } else {
            self.types = self.types.and(other.types);
        }
        self.is_null_unclear |= other.is_null_unclear;
        join(&mut self.formats, other.formats);
        self.formats_of_values.extend(other.formats_of_values);
        self.values = match (self.values.take(), other.values) {
            (Some(mut own), Some(others)) => {
                own.retain(|text, _| others.contains_key(text));
                Some(own)
            }
            (own, others) => own.or(others),
        };
        self.values_at = self.values_at.take().or(other.values_at);
        for (keyword, (bound, at)) in other.bounds {
            let own = self.bounds.entry(keyword).or_insert_with(|| (bound, at.clone()));
            let is_tighter = match bound_direction(keyword) {
                Some(keywords::Limit::Lower) => bound > own.0,
                Some(keywords::Limit::Upper) => bound < own.0,
                None => false,
            };
            if is_tighter {
                *own = (bound, at);
            }
        }
        join(&mut self.patterns, other.patterns);
        join(&mut self.multiples, other.multiples);
        join(&mut self.contents, other.contents);
        join(&mut self.flags, other.flags);
        for (name, sites) in other.properties {
            self.properties.entry(name).or_default().extend(sites);
        }
        join(&mut self.required, other.required);
        self.additional.extend(other.additional);
        self.items.extend(other.items);
        self.unions.extend(other.unions);
        for (keyword, sites) in other.applicators {
            self.applicators.entry(keyword).or_default().extend(sites);
        }
        join(&mut self.unknown, other.unknown);
        self.default = self.default.take().or(other.default);
        self.discriminator = self.discriminator.take().or(other.discriminator);
        self.lifecycle = self.lifecycle.take().or(other.lifecycle);
        join(&mut self.docs, other.docs);
    }
}

/// Adds the entries whose keys are missing.
fn join<K: Ord, V>(own: &mut BTreeMap<K, V>, others: BTreeMap<K, V>) {
    for (key, value) in others {
        own.entry(key).or_insert(value);
    }
}
