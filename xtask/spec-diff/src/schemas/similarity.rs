//! Measures how similar two schemas are, to find the members of unions that belong together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{SchemaComparison, SchemaIds, ids};
use crate::normal::{NormalSchema, Schemas, Site, Types};

/// What was measured: the schemas of both sides, the depth, and how similar they are.
pub(super) struct Similarities<'a> {
    known: RefCell<HashMap<(SchemaIds, SchemaIds, usize), usize>>,
    /// The normal forms of what was measured: a schema is measured with many others.
    normal_forms: RefCell<HashMap<SchemaIds, Rc<NormalSchema<'a>>>>,
    /// How many are measured at most.
    limit: usize,
}

impl<'a> Similarities<'a> {
    pub(super) fn new(limit: usize) -> Self {
        Self { known: RefCell::default(), normal_forms: RefCell::default(), limit }
    }

    fn normal_form(&self, of: Schemas<'a>, sites: &[Site<'a>]) -> Rc<NormalSchema<'a>> {
        let normal_form = || Rc::new(of.normal_form(sites));
        self.normal_forms.borrow_mut().entry(ids(sites)).or_insert_with(normal_form).clone()
    }
}

impl<'a> SchemaComparison<'a> {
    /// How similar two members are, from 0 to 100. 0 if no value is valid under both, or objects share no property, and
    /// where the limit is reached: then only members that are equal or of one name belong together.
    pub(super) fn similarity(&self, old: &[Site<'a>], new: &[Site<'a>], depth: usize) -> usize {
        let key = (ids(old), ids(new), depth);
        if let Some(known) = self.similarities.known.borrow().get(&key) {
            return *known;
        }
        if self.similarities.known.borrow().len() >= self.similarities.limit {
            return 0;
        }
        let (one, other) = self.normal_forms(old, new);
        let similarity = self.likeness(&one, &other, depth);
        self.similarities.known.borrow_mut().insert(key, similarity);
        similarity
    }

    fn normal_forms(
        &self,
        old: &[Site<'a>],
        new: &[Site<'a>],
    ) -> (Rc<NormalSchema<'a>>, Rc<NormalSchema<'a>>) {
        let of = &self.similarities;
        (of.normal_form(self.old, old), of.normal_form(self.new, new))
    }

    /// As [`Self::similarity`], of normal forms.
    pub(super) fn likeness(&self, one: &NormalSchema<'a>, other: &NormalSchema<'a>, depth: usize) -> usize {
        if one.types.without(Types::NULL) != other.types.without(Types::NULL) {
            return 0;
        }
        let mut shared = 0;
        for (name, sites) in &one.properties {
            let Some(others) = other.properties.get(name) else { continue };
            if self.is_discriminating(sites, others) {
                return 0;
            }
            // A property with the same name counts even if its schemas have nothing in common.
            shared += if depth > 0 { self.similarity(sites, others, depth - 1).max(25) } else { 100 };
        }
        if are_disjoint(one, other) {
            return 0;
        }
        let all = one.properties.len()
            + other.properties.keys().filter(|name| !one.properties.contains_key(*name)).count();
        let score = usize::checked_div(shared, all).unwrap_or(100);
        let differences = [
            one.required.keys().ne(other.required.keys()),
            one.flags.keys().ne(other.flags.keys()),
            one.formats.keys().ne(other.formats.keys()) || one.patterns.keys().ne(other.patterns.keys()),
            one.bounds
                .iter()
                .map(|(keyword, (bound, _))| (keyword, *bound))
                .ne(other.bounds.iter().map(|(keyword, (bound, _))| (keyword, *bound))),
            one.items.len() != other.items.len() || one.unions.len() != other.unions.len(),
        ];
        let differences = differences.into_iter().filter(|differs| *differs).count();
        if score == 0 { 0 } else { score.saturating_sub(differences).max(1) }
    }

    /// Whether a property is a constant on both sides, with different values.
    fn is_discriminating(&self, old: &[Site<'a>], new: &[Site<'a>]) -> bool {
        let (one, other) = self.normal_forms(old, new);
        one.is_constant() && other.is_constant() && are_disjoint(&one, &other)
    }
}

/// The pairs of two lists that belong together, as indexes: the most similar ones first, and of those that are equally similar the
/// first ones.
pub(super) fn most_similar(
    ones: usize,
    others: usize,
    similarity: impl Fn(usize, usize) -> usize,
) -> Vec<(usize, usize)> {
    let all = (0..ones).flat_map(|one| (0..others).map(move |other| (one, other)));
    let mut similar: Vec<_> = all
        .map(|(one, other)| (std::cmp::Reverse(similarity(one, other)), one, other))
        .filter(|(score, ..)| score.0 > 0)
        .collect();
    similar.sort_unstable();
    let (mut taken, mut given) = (vec![false; ones], vec![false; others]);
    let mut pairs = Vec::new();
    for (_, one, other) in similar {
        if !taken[one] && !given[other] {
            (taken[one], given[other]) = (true, true);
            pairs.push((one, other));
        }
    }
    pairs
}

/// Whether both sides list values, and none in common.
fn are_disjoint(one: &NormalSchema<'_>, other: &NormalSchema<'_>) -> bool {
    let listed = one.values.as_ref().zip(other.values.as_ref());
    listed.is_some_and(|(values, others)| !values.keys().any(|value| others.contains_key(value)))
}
