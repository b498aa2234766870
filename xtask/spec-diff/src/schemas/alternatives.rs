//! Compares a union with a schema without one: both as lists of alternatives, each of one type.

use std::collections::BTreeSet;
use std::slice;

use serde_json::Value;

use super::similarity::most_similar;
use super::{KINDS, Pair, PairComparison, Proof, SchemaComparison, implication, unions};
use crate::normal::{At, Flag, NormalSchema, Schemas, Site, Types, Union};
use crate::rules::{Location, rule, toggled};

/// What a schema allows of one type, by one member of its union if it has one.
struct Alternative<'a> {
    kind: Types,
    normal: NormalSchema<'a>,
    at: At,
}

impl<'a> SchemaComparison<'a> {
    /// Compares `{anyOf: [A, B], minimum: 1}` with `{type: integer, minimum: 1}`: what is beside the union holds for each member.
    ///
    /// Returns whether it did. One member against a union alone is compared with its members instead.
    pub(super) fn as_alternatives(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        old: &NormalSchema<'a>,
        new: &NormalSchema<'a>,
    ) -> bool {
        let keyword = match (old.unions.as_slice(), new.unions.as_slice()) {
            ([union], []) if !is_member(old, new) => union.keyword,
            ([], [union]) if !is_member(new, old) => union.keyword,
            // What is beside one union restricts what its members allow on the other side.
            ([union], [_]) if have_other_siblings(old, new) => union.keyword,
            // So does what is beside a union that is a member.
            ([union], [other]) if self.has_union_of_its_own(union, other) => union.keyword,
            _ => return false,
        };
        let is_deep = old.unions.len() == new.unions.len() || is_annotated(old) || is_annotated(new);
        let [Some(before), Some(after)] = [(self.old, old, pair.old_at()), (self.new, new, pair.new_at())]
            .map(|(schemas, normal, at)| alternatives(schemas, normal, at, is_deep, 4))
        else {
            return false;
        };
        let mut findings = Vec::new();
        let [was_nullable, is_nullable] =
            [(self.old, old), (self.new, new)].map(|(all, of)| is_nullable(all, of));
        let rules = [rule!("became-nullable"), rule!("became-not-nullable")];
        if let Some(rule) = toggled(was_nullable, is_nullable, rules).filter(|_| !pair.ignores_null) {
            let at = [pair.old_at(), pair.new_at()].map(|at| at.map(Location::at).unwrap_or_default());
            findings.push(pair.finding(
                rule,
                "",
                at,
                [allowed(&before, was_nullable), allowed(&after, is_nullable)],
            ));
        }
        // What describes the schema is not compared with what describes a member.
        let [described, now] = [old, new].map(NormalSchema::annotations);
        PairComparison { all: self, node, pair, old: &described, new: &now }.assertions();
        let (mut gone, mut added) = (Vec::new(), Vec::new());
        let (mut kept, mut found) = (BTreeSet::new(), BTreeSet::new());
        for kind in KINDS {
            let [ones, others] = [&before, &after]
                .map(|all| all.iter().filter(|one| one.kind == kind).collect::<Vec<&Alternative<'a>>>());
            let is_one = ones.len() == 1 && others.len() == 1;
            let similar = most_similar(ones.len(), others.len(), |one, other| {
                self.likeness(&ones[one].normal, &others[other].normal, 4).max(usize::from(is_one))
            });
            for (one, other) in &similar {
                let (one, other) = (ones[*one], others[*other]);
                kept.insert(&one.at);
                found.insert(&other.at);
                PairComparison { all: self, node, pair, old: &one.normal, new: &other.normal }.run();
            }
            let is_left = |index: usize, side: fn(&(usize, usize)) -> usize| {
                !similar.iter().any(|pair| side(pair) == index)
            };
            gone.extend(ones.into_iter().enumerate().filter(|(index, _)| is_left(*index, |(one, _)| *one)));
            added.extend(
                others.into_iter().enumerate().filter(|(index, _)| is_left(*index, |(_, other)| *other)),
            );
        }
        if let ([one], [other]) = (old.unions.as_slice(), new.unions.as_slice()) {
            // Of the same values, they are written in another way, and the keyword is one of another union. So is that of a union
            // whose members belong to members of unions inside the other one.
            let are_members = |union: &Union<'a>, all: &BTreeSet<&At>| {
                union.members.iter().filter(|member| all.contains(&member.at)).count() > 1
            };
            let is_about_members =
                pair.proof != Proof::Same && are_members(one, &kept) && are_members(other, &found);
            findings.extend(unions::changed_keyword(one, other).filter(|_| is_about_members).map(|rule| {
                let at = [Location::at(&one.at), Location::at(&other.at)];
                pair.finding(rule, "", at, [one, other].map(|union| Some(union.value())))
            }));
        }
        let (removed, more) = if keyword == "oneOf" {
            (rule!("one-of-removed"), rule!("one-of-added"))
        } else {
            (rule!("any-of-removed"), rule!("any-of-added"))
        };
        // Of a schema that is still there, only some types are not.
        let mut reported = BTreeSet::new();
        for (_, one) in gone {
            let is_kept = kept.contains(&one.at);
            if reported.insert((&one.at, is_kept.then(|| one.kind.names()))) {
                let rule = if is_kept { rule!("list-of-types-narrowed") } else { removed };
                let at = [Location::at(&one.at), Location::absent(pair.new_at())];
                findings.push(if is_kept {
                    pair.finding(rule, "", at, [allowed(&before, false), allowed(&after, false)])
                } else {
                    pair.member_finding(rule, at, [self.old.site(&one.at), None])
                });
            }
        }
        let mut reported = BTreeSet::new();
        for (_, one) in added {
            let is_found = found.contains(&one.at);
            if reported.insert((&one.at, is_found.then(|| one.kind.names()))) {
                let rule = if is_found { rule!("list-of-types-widened") } else { more };
                let at = [Location::absent(pair.old_at()), Location::at(&one.at)];
                findings.push(if is_found {
                    pair.finding(rule, "", at, [allowed(&before, false), allowed(&after, false)])
                } else {
                    pair.member_finding(rule, at, [None, self.new.site(&one.at)])
                });
            }
        }
        findings.into_iter().for_each(|finding| self.report(node, pair, finding));
        true
    }
}

impl<'a> SchemaComparison<'a> {
    /// Whether a member that only one side has is a union, and the other side has other members.
    ///
    /// `anyOf: [A, {anyOf: [B, C]}]` against `anyOf: [A, {anyOf: [B, C], properties: {d: D}}]`
    fn has_union_of_its_own(&mut self, old: &Union<'a>, new: &Union<'a>) -> bool {
        let has_union = |schemas: Schemas<'a>, member: &Site<'a>| {
            !schemas.normal_form(slice::from_ref(member)).unions.is_empty()
        };
        if ![(self.old, old), (self.new, new)]
            .iter()
            .any(|(schemas, union)| union.members.iter().any(|member| has_union(*schemas, member)))
        {
            return false;
        }
        let (_, gone, more) = self.matched(old, new);
        !gone.is_empty()
            && !more.is_empty()
            && (gone.into_iter().any(|member| has_union(self.old, member))
                || more.into_iter().any(|member| has_union(self.new, member)))
    }
}

/// Whether a schema has annotations that belong to the whole, and not to a member of its union.
fn is_annotated(normal: &NormalSchema<'_>) -> bool {
    normal.default.is_some()
        || normal.lifecycle.is_some()
        || [Flag::ReadOnly, Flag::WriteOnly].iter().any(|flag| normal.is(*flag))
}

/// Whether a schema without a union can be a member of one that has nothing else.
fn is_member(union: &NormalSchema<'_>, other: &NormalSchema<'_>) -> bool {
    let types = other.types.without(Types::NULL);
    union.is_only_a_union()
        && !is_annotated(union)
        && (types.count() == 1 || types == Types::ALL.without(Types::NULL))
        || other.is(Flag::Never)
        || union.is(Flag::Never)
        || other.is(Flag::Unresolved)
        || union.is(Flag::Unresolved)
}

/// Whether what is beside the unions of two schemas differs in a way that their members may restrict.
fn have_other_siblings(old: &NormalSchema<'_>, new: &NormalSchema<'_>) -> bool {
    old.types.without(Types::NULL) != new.types.without(Types::NULL)
        || old.values.is_some() != new.values.is_some()
        || old.properties.keys().ne(new.properties.keys())
}

/// The alternatives of a schema. Unless they are wanted as well (`is_deep`), `None` if a member is a union itself.
fn alternatives<'a>(
    schemas: Schemas<'a>,
    normal: &NormalSchema<'a>,
    at: Option<&At>,
    is_deep: bool,
    depth: usize,
) -> Option<Vec<Alternative<'a>>> {
    let mut base = normal.clone();
    base.remove_annotations();
    // These are compared with the annotations; those of a member are its own.
    base.unknown.clear();
    let Some(union) = base.unions.pop() else {
        return Some(split(&base, at?));
    };
    let mut all = Vec::new();
    for member in &union.members {
        let mut own = schemas.normal_form(slice::from_ref(member));
        if !own.unions.is_empty() && !is_deep {
            return None;
        }
        own.remove_annotations();
        let mut both = base.clone();
        both.and(own);
        both.simplify();
        match both.unions.is_empty() {
            true => all.extend(split(&both, &member.at)),
            false if depth == 0 => return None,
            false => all.extend(alternatives(schemas, &both, Some(&member.at), is_deep, depth - 1)?),
        }
    }
    Some(all)
}

fn split<'a>(normal: &NormalSchema<'a>, at: &At) -> Vec<Alternative<'a>> {
    let one = |kind: Types| {
        let mut one = normal.clone();
        one.types = one.types.and(kind);
        (one.types != Types::NONE).then(|| {
            one.simplify();
            Alternative { kind, normal: one, at: at.clone() }
        })
    };
    KINDS.into_iter().filter_map(one).filter(|one| !one.normal.is(Flag::Never)).collect()
}

/// The types that a schema allows, by its unions too.
pub(super) fn types<'a>(schemas: Schemas<'a>, normal: &NormalSchema<'a>) -> Types {
    let of_member = |member: &Site<'a>| schemas.normal_form(slice::from_ref(member)).types;
    let of_union = |union: &Union<'a>| {
        let null = if union.is_nullable { Types::NULL } else { Types::NONE };
        union.members.iter().map(of_member).fold(null, Types::or)
    };
    normal.unions.iter().map(of_union).fold(normal.types, Types::and)
}

/// The types of all alternatives.
fn allowed(alternatives: &[Alternative<'_>], is_nullable: bool) -> Option<Value> {
    let types = alternatives.iter().fold(Types::NONE, |types, one| types.or(one.normal.types));
    if is_nullable { types.or(Types::NULL) } else { types }.shown()
}

fn is_nullable<'a>(schemas: Schemas<'a>, normal: &NormalSchema<'a>) -> bool {
    implication::is_nullable(schemas, normal, true, &mut BTreeSet::new())
}
