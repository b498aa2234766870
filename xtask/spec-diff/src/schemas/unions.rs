//! Compares `oneOf` and `anyOf`, and matches the members of both sides.

use std::collections::BTreeSet;
use std::slice;

use super::implication::union_is_nullable;
use super::similarity::most_similar;
use super::{All, Pair, PairComparison, Proof, SchemaComparison, describe};
use crate::normal::{At, Flag, NormalSchema, Site, Union, canonical};
use crate::rules::{Finding, Location, Rule, rule, toggled};

/// Wraps a schema into a union of one if the other side is a union, so that it is compared with the members.
///
/// `A` against `oneOf: [A, B]` ⇒ `oneOf: [A]` against `oneOf: [A, B]`
pub(super) fn lift<'a>(pair: &Pair<'a>, old: &mut NormalSchema<'a>, new: &mut NormalSchema<'a>) {
    let can_be = |normal: &NormalSchema<'_>| {
        normal.unions.is_empty()
            && normal.constrains_beyond_unions()
            && !normal.flags.contains_key(&Flag::Never)
    };
    if old.is_only_a_union() && can_be(new) {
        wrap_in_union(&old.unions[0], new, &pair.new);
    } else if new.is_only_a_union() && can_be(old) {
        wrap_in_union(&new.unions[0], old, &pair.old);
    }
}

fn wrap_in_union<'a>(of: &Union<'a>, normal: &mut NormalSchema<'a>, sites: &[Site<'a>]) {
    // Several schemas that all apply are not a single member.
    let [only] = sites else { return };
    let (at, members) = (only.at.clone(), vec![only.clone()]);
    let only = Union { keyword: of.keyword, at, members, is_nullable: false, is_mixed: false };
    let docs = std::mem::take(&mut normal.docs);
    *normal = NormalSchema::default();
    (normal.unions, normal.docs) = (vec![only], docs);
}

/// The rule for another keyword.
pub(super) fn changed_keyword(old: &Union<'_>, new: &Union<'_>) -> Option<Rule> {
    match (old.keyword, new.keyword) {
        _ if old.is_mixed || new.is_mixed => None,
        ("anyOf", "oneOf") => Some(rule!("any-of-became-one-of")),
        ("oneOf", "anyOf") => Some(rule!("one-of-became-any-of")),
        _ => None,
    }
}

impl<'a> PairComparison<'_, 'a> {
    pub(super) fn unions(&mut self) {
        let Self { pair, old, new, .. } = *self;
        let mut left: Vec<&Union<'a>> = new.unions.iter().collect();
        let mut gone = Vec::new();
        let is_one = old.unions.len() == 1 && left.len() == 1;
        for union in &old.unions {
            match left.iter().position(|other| !is_one && self.all.are_same_unions(union, other)) {
                Some(same) => self.union(union, left.remove(same)),
                None => gone.push(union),
            }
        }
        let others = left.split_off(left.len().min(gone.len()));
        let rest = gone.split_off(left.len());
        for (old, new) in gone.into_iter().zip(left) {
            self.union(old, new);
        }
        for gone in rest {
            let at = [Location::at(&gone.at), Location::absent(pair.new_at())];
            let members = describe::all_called(&gone.members);
            self.report(pair.finding(rule!("union-removed"), &members, at, [Some(gone.value()), None]));
        }
        for added in others {
            let at = [Location::absent(pair.old_at()), Location::at(&added.at)];
            let members = describe::all_called(&added.members);
            self.report(pair.finding(rule!("union-added"), &members, at, [None, Some(added.value())]));
        }
    }

    fn union(&mut self, old: &Union<'a>, new: &Union<'a>) {
        let pair = self.pair;
        let nullable = |schemas, union| union_is_nullable(schemas, union, true, &mut BTreeSet::new());
        let (was_nullable, is_nullable) = (nullable(self.all.old, old), nullable(self.all.new, new));
        let nullability =
            toggled(was_nullable, is_nullable, [rule!("became-nullable"), rule!("became-not-nullable")]);
        let keyword = changed_keyword(old, new);
        let (mut pairs, gone, more) = self.all.matched(old, new);
        if pair.proof == Proof::Same {
            // Of the same values, members that differ are others that belong together.
            pairs.retain(|(one, other)| self.all.are_same(one, other));
        }
        // Of members that are on both sides only once, no value fits several.
        let keyword = keyword.filter(|_| pairs.len() > 1);
        for rule in nullability.filter(|_| !pair.ignores_null).into_iter().chain(keyword) {
            let at = [Location::at(&old.at), Location::at(&new.at)];
            self.report(pair.finding(rule, "", at, [old, new].map(|union| Some(union.value()))));
        }
        for (one, other) in pairs {
            let members = pair.of(slice::from_ref(one), slice::from_ref(other));
            let step = describe::step(one.value);
            self.compare_inside(Pair { step, is_required: false, ignores_null: true, ..members });
        }
        for member in gone {
            let rule = rule!(if old.keyword == "oneOf" => "one-of-removed", else "any-of-removed");
            let at = [Location::at(&member.at), Location::absent(Some(&new.at))];
            self.report(pair.member_finding(rule, at, [Some(member.clone()), None]));
        }
        for member in more {
            let rule = rule!(if new.keyword == "oneOf" => "one-of-added", else "any-of-added");
            let at = [Location::absent(Some(&old.at)), Location::at(&member.at)];
            self.report(pair.member_finding(rule, at, [None, Some(member.clone())]));
        }
    }
}

impl<'a> Pair<'a> {
    /// Creates a finding about a member of a union that only one side has.
    pub(super) fn member_finding(
        &self,
        rule: Rule,
        at: [Location; 2],
        members: [Option<Site<'a>>; 2],
    ) -> Finding {
        let name = describe::all_called(members.iter().flatten());
        let values = members.map(|member| member.map(|member| member.value.clone()));
        Finding { is_one_edit: true, ..self.finding(rule, &name, at, values) }
    }
}

impl<'a> SchemaComparison<'a> {
    /// Matches members: first the same component or equal schemas, then the most similar ones. Returns the pairs, the removed
    /// and the added members.
    pub(super) fn matched<'u>(
        &mut self,
        old: &'u Union<'a>,
        new: &'u Union<'a>,
    ) -> (Vec<(&'u Site<'a>, &'u Site<'a>)>, Vec<&'u Site<'a>>, Vec<&'u Site<'a>>) {
        let mut pairs = Vec::new();
        let mut left: Vec<&Site<'a>> = new.members.iter().collect();
        let mut gone = Vec::new();
        for member in &old.members {
            let site = self.old.resolve_alone(member);
            let same = left.iter().position(|other| {
                let other = self.new.resolve_alone(other);
                is_component(&site.at) && other.at == site.at || other.value == site.value
            });
            match same {
                Some(same) => pairs.push((member, left.remove(same))),
                None => gone.push(member),
            }
        }
        // Limits the work for large unions, which grows with the product of their sizes.
        if gone.len() * left.len() <= 100 {
            gone.retain(|member| {
                let same = left.iter().enumerate().filter(|(_, other)| self.are_same(member, other));
                let same: Vec<usize> = same.map(|(index, _)| index).collect();
                // Of several, the one that is described like it.
                let best = same.into_iter().min_by_key(|index| self.differences(member, left[*index]));
                best.is_none_or(|same| {
                    pairs.push((*member, left.remove(same)));
                    false
                })
            });
        }
        let depth = if gone.len() * left.len() > 100 { 1 } else { 4 };
        let similar = most_similar(gone.len(), left.len(), |one, other| {
            self.similarity(slice::from_ref(gone[one]), slice::from_ref(left[other]), depth)
        });
        pairs.extend(similar.iter().map(|(one, other)| (gone[*one], left[*other])));
        let rest = |all: Vec<&'u Site<'a>>, is_used: &dyn Fn(usize) -> bool| -> Vec<&'u Site<'a>> {
            all.into_iter().enumerate().filter(|(index, _)| !is_used(*index)).map(|(_, site)| site).collect()
        };
        let gone = rest(gone, &|index| similar.iter().any(|(one, _)| *one == index));
        (pairs, gone, rest(left, &|index| similar.iter().any(|(_, other)| *other == index)))
    }

    /// Whether it is proved that two schemas allow the same values.
    fn are_same(&mut self, old: &Site<'a>, new: &Site<'a>) -> bool {
        let old = All { schemas: self.old, sites: slice::from_ref(old) };
        let new = All { schemas: self.new, sites: slice::from_ref(new) };
        self.implications.prove(old, new) && self.implications.prove(new, old)
    }

    /// Whether two unions have the same keyword and the same members.
    fn are_same_unions(&mut self, old: &Union<'a>, new: &Union<'a>) -> bool {
        let all_have = |all: &mut Self, ones: &Union<'a>, others: &Union<'a>, is_old: bool| {
            ones.members.iter().all(|one| {
                others
                    .members
                    .iter()
                    .any(|other| if is_old { all.are_same(one, other) } else { all.are_same(other, one) })
            })
        };
        old.keyword == new.keyword
            && old.is_nullable == new.is_nullable
            && all_have(self, old, new, true)
            && all_have(self, new, old, false)
    }

    /// How many annotations and keywords of unions differ between two schemas.
    fn differences(&self, old: &Site<'a>, new: &Site<'a>) -> usize {
        let one = self.old.normal_form(slice::from_ref(old));
        let other = self.new.normal_form(slice::from_ref(new));
        let keywords =
            |normal: &NormalSchema<'a>| normal.unions.iter().map(|union| union.keyword).collect::<Vec<_>>();
        let default = |normal: &NormalSchema<'a>| normal.default.as_ref().map(|site| canonical(site.value));
        let lifecycle = |normal: &NormalSchema<'a>| {
            normal.lifecycle.as_ref().and_then(|(_, map)| map.get("deprecated").cloned())
        };
        let differences = [
            keywords(&one) != keywords(&other),
            default(&one) != default(&other),
            lifecycle(&one) != lifecycle(&other),
            one.discriminator.is_some() != other.discriminator.is_some(),
            one.flags.keys().ne(other.flags.keys()),
        ];
        differences.into_iter().filter(|differs| *differs).count()
    }
}

/// Whether a pointer is to a component, and not into one.
fn is_component(at: &At) -> bool {
    at.starts_with("/components/schemas/") && at.matches('/').count() == 3
}
