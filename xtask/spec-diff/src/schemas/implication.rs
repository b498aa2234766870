//! Proves that each value that is valid under one schema is valid under another one. Without a proof, it may be so nevertheless.
//!
//! As in the table of rules, `oneOf` allows what `anyOf` does.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::slice;

use serde_json::Value;

use super::KINDS;
use super::equality::Equalities;
use crate::normal::{At, Bound, Flag, NormalSchema, Schemas, Site, Sites, Types, Union};

/// How many alternatives a schema is split into at most.
const ALTERNATIVES: usize = 200;

/// How many pairs of alternatives are looked at for one proof.
const STEPS: usize = 3000;

/// How many patterns of property names are looked at for one proof: a name may match any of them.
const PATTERNS: usize = 4;

/// Schemas of one document that all apply.
#[derive(Clone, Copy)]
pub(super) struct All<'s, 'a> {
    pub(super) schemas: Schemas<'a>,
    pub(super) sites: &'s [Site<'a>],
}

type Ids = Vec<*const Value>;

/// What the values of a schema are: one of these alternatives, each of one type and without a union, or perhaps null.
struct Alternatives<'a> {
    all: Vec<NormalSchema<'a>>,
    /// Whether null may be valid.
    may_be_null: bool,
    /// Whether null is certainly valid.
    must_be_null: bool,
}

/// The schemas of the properties of an object.
struct Properties<'s, 'a> {
    normal: &'s NormalSchema<'a>,
    of_patterns: Vec<(&'a str, Site<'a>)>,
}

impl<'s, 'a> Properties<'s, 'a> {
    fn of(normal: &'s NormalSchema<'a>) -> Self {
        let of_patterns = normal.applicators.get("patternProperties").into_iter().flatten();
        Self { normal, of_patterns: of_patterns.flat_map(Site::entries).collect() }
    }

    fn names(&self) -> BTreeSet<&'a str> {
        let additional = self.normal.additional.iter().flat_map(|additional| &additional.names);
        self.normal.properties.keys().chain(additional).copied().collect()
    }

    fn patterns(&self) -> BTreeSet<&'a str> {
        self.of_patterns.iter().map(|(pattern, _)| *pattern).collect()
    }

    /// The schemas that apply to a property with this name, or with one that is not listed, that matches these patterns, and
    /// that is evaluated by conditions or not.
    fn sites(&self, name: Option<&str>, matched: &[&str], is_evaluated: bool) -> Sites<'a> {
        let listed = name.and_then(|name| self.normal.properties.get(name));
        let matching = self.of_patterns.iter().filter(|(pattern, _)| matched.contains(pattern));
        let mut sites: Sites<'a> =
            listed.into_iter().flatten().chain(matching.map(|(_, site)| site)).cloned().collect();
        let is_evaluated = is_evaluated || !sites.is_empty();
        let additional = self.normal.additional.iter().filter(|additional| {
            !(additional.excludes(name, matched) || additional.is_unevaluated && is_evaluated)
        });
        sites.extend(additional.map(|additional| additional.site.clone()));
        sites
    }

    /// The conditions that decide which properties are evaluated.
    fn evaluating(&self) -> Vec<(&'static str, &'a Value)> {
        let applicators = self.normal.applicators.iter();
        let conditions = applicators
            .filter(|(keyword, _)| matches!(**keyword, "if" | "then" | "else" | "dependentSchemas"))
            .flat_map(|(keyword, sites)| sites.iter().map(|site| (*keyword, site.value)));
        conditions
            .filter(|(_, schema)| mentions(schema, &|key| key.ends_with("roperties") || key == "$ref"))
            .collect()
    }

    /// Whether a property is evaluated by conditions here, and in `other`. Where it is unknown, what allows more counts here, and
    /// what allows less there.
    fn evaluations(&self, other: &Self) -> Vec<[bool; 2]> {
        let (own, others) = (self.evaluating(), other.evaluating());
        let has_reference = || own.iter().any(|(_, schema)| mentions(schema, &|key| key == "$ref"));
        if own.is_empty() {
            vec![[false, false]]
        } else if own == others && !has_reference() {
            vec![[false, false], [true, true]]
        } else {
            vec![[true, false]]
        }
    }
}

/// Finds proofs, and remembers what it looked at.
#[derive(Default)]
pub(super) struct Implications<'a> {
    alternatives: HashMap<Ids, Option<Rc<Alternatives<'a>>>>,
    known: HashMap<(Ids, Ids, bool), bool>,
    equalities: Equalities,
    /// The pairs that are being proved, and how many parts of the value lie around each.
    open: Vec<(Ids, Ids, usize)>,
    /// Whether only validity counts, and not what an object is about: within `not` and `if`.
    is_tested: bool,
    depth: usize,
    /// Whether the proof relies on a pair that is still open.
    is_assumed: bool,
    /// What is left for one proof, and for all others.
    steps: usize,
    left: usize,
}

impl<'a> Implications<'a> {
    pub(super) fn with_steps(left: usize) -> Self {
        Self { left, equalities: Equalities::with_limit(left), ..Self::default() }
    }

    /// Whether each value that is valid under `one` is valid under `other`.
    pub(super) fn prove(&mut self, one: All<'_, 'a>, other: All<'_, 'a>) -> bool {
        self.steps = STEPS.min(self.left);
        self.left -= self.steps;
        self.is_assumed = false;
        let holds = self.implies(one, other);
        self.left += self.steps;
        holds
    }

    fn implies(&mut self, one: All<'_, 'a>, other: All<'_, 'a>) -> bool {
        let key = (ids(one), ids(other), self.is_tested);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if let Some((_, _, depth)) = self.open.iter().find(|(a, b, _)| *a == key.0 && *b == key.1) {
            // Values are finite, so what holds for each part that is smaller holds for the whole.
            self.is_assumed = true;
            return *depth < self.depth;
        }
        if self.steps == 0 {
            return false;
        }
        if self.are_equal(one, other) {
            self.known.insert(key, true);
            return true;
        }
        self.open.push((key.0.clone(), key.1.clone(), self.depth));
        let holds = self.alternatives_imply(one, other);
        self.open.pop();
        // What relies on an open pair, or ended early, is not known for good.
        let is_certain = !self.is_assumed && (holds || self.steps > 0);
        if is_certain || holds && self.open.is_empty() {
            self.known.insert(key, holds);
        }
        holds
    }

    fn alternatives_imply(&mut self, one: All<'_, 'a>, other: All<'_, 'a>) -> bool {
        let (Some(ones), Some(others)) = (self.alternatives(one), self.alternatives(other)) else {
            return false;
        };
        if ones.may_be_null && !others.must_be_null {
            return false;
        }
        ones.all.iter().all(|alternative| {
            // `enum: [a, b]` may be valid under two alternatives, one for each value.
            let values = match (&alternative.values, alternative.types == Types::BOOLEAN) {
                (Some(values), _) => values.values().copied().collect(),
                (None, true) => vec![&Value::Bool(false), &Value::Bool(true)],
                (None, false) => {
                    return others.all.iter().any(|target| {
                        self.alternative_implies((one.schemas, alternative), (other.schemas, target))
                    });
                }
            };
            values.into_iter().all(|value| {
                let mut single = alternative.clone();
                single.only(value);
                others
                    .all
                    .iter()
                    .any(|target| self.is_valid(value, (one.schemas, &single), (other.schemas, target)))
            })
        })
    }

    /// Whether a listed value of `one` is valid under `other`.
    fn is_valid(
        &mut self,
        value: &'a Value,
        one: (Schemas<'a>, &NormalSchema<'a>),
        other: (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        let target = other.1;
        let text = crate::normal::canonical(value);
        let is_listed = target.values.as_ref().map(|values| values.contains_key(&text));
        if is_listed == Some(false)
            || !target.types.meets(Types::of_value(value))
            || !target.fits_beside(value, one.1)
        {
            return false;
        }
        // The parts of a listed value are looked at only if the value is listed on both sides.
        let is_scalar = !value.is_array() && !value.is_object();
        let has_types = Types::of_value(value).and(target.types) == Types::of_value(value);
        let is_decided =
            is_listed == Some(true) || is_scalar && has_types && target.formats_are_decided(value, one.1);
        is_decided && is_only_about_values(target) && self.excludes(Some(value), one, other)
            || is_decided && is_scalar && self.parts_imply(Some(value), one, other)
            || self.alternative_implies(one, other)
    }

    /// Whether what `other` excludes by `not` is excluded by `one`, or is no value of `one`.
    fn excludes(
        &mut self,
        value: Option<&Value>,
        one: (Schemas<'a>, &NormalSchema<'a>),
        other: (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        let excluded = other.1.applicators.get("not").cloned().unwrap_or_default();
        let own = one.1.applicators.get("not").cloned().unwrap_or_default();
        excluded.iter().all(|site| {
            let excluded = All { schemas: other.0, sites: slice::from_ref(site) };
            own.iter()
                .any(|own| self.tested_implies(excluded, All { schemas: one.0, sites: slice::from_ref(own) }))
                || self.alternatives(excluded).is_some_and(|excluded| {
                    excluded.all.iter().all(|excluded| is_apart(value, one.1, excluded))
                })
        })
    }

    /// Whether what fits one test fits another one.
    fn tested_implies(&mut self, one: All<'_, 'a>, other: All<'_, 'a>) -> bool {
        let was_tested = std::mem::replace(&mut self.is_tested, true);
        let holds = self.implies(one, other);
        self.is_tested = was_tested;
        holds
    }

    /// Whether each value of one alternative is a value of another one.
    fn alternative_implies(
        &mut self,
        one: (Schemas<'a>, &NormalSchema<'a>),
        other: (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        let (own, target) = (one.1, other.1);
        let Some(steps) = self.steps.checked_sub(1) else { return false };
        self.steps = steps;
        let is_subset = own.types.and(target.types) == own.types
            || target.types == Types::INTEGER
                && own.types == Types::NUMBER
                && own
                    .multiples
                    .keys()
                    .any(|multiple| multiple.parse::<f64>().is_ok_and(|of| of.fract() == 0.0));
        let values = match (&own.values, &target.values) {
            (_, None) => true,
            (Some(own), Some(target)) => own.keys().all(|value| target.contains_key(value)),
            (None, Some(_)) => false,
        };
        let implied = own.implied_formats();
        let has_format = |format: &str| {
            own.formats.contains_key(format)
                || implied.contains(&format)
                || format == "int64" && own.formats.contains_key("int32")
                || format == "double" && own.formats.contains_key("float")
        };
        is_subset
            && values
            && target.formats.keys().all(|format| has_format(format))
            && target.patterns.keys().all(|pattern| own.patterns.contains_key(pattern))
            && multiples_imply(own, target)
            && bounds_imply(own, target)
            && (own.is(Flag::UniqueItems) || !target.is(Flag::UniqueItems) || is_at_most(own, "maxItems", 1))
            && self.parts_imply(None, one, other)
    }

    /// Whether what is not asserted of the value alone holds for each value of one alternative, or for this one.
    fn parts_imply(
        &mut self,
        value: Option<&Value>,
        one: (Schemas<'a>, &NormalSchema<'a>),
        other: (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        let (own, target) = (one.1, other.1);
        let unknown = |normal: &NormalSchema<'a>| -> Vec<(String, Value)> {
            let all = normal.unknown.iter();
            all.map(|(name, site)| ((*name).to_owned(), site.value.clone())).collect()
        };
        unknown(own) == unknown(target)
            && target
                .contents
                .iter()
                .all(|(name, (content, _))| own.contents.get(name).is_some_and(|(other, _)| other == content))
            && self.excludes(value, one, other)
            && self.applicators_imply(one, other)
            && self.items_imply(one, other)
            && self.objects_imply(one, other)
    }

    /// A step into a part of the value.
    fn part_implies(&mut self, one: All<'_, 'a>, other: All<'_, 'a>) -> bool {
        self.depth += 1;
        let holds = self.implies(one, other);
        self.depth -= 1;
        holds
    }

    fn applicators_imply(
        &mut self,
        (schemas, own): (Schemas<'a>, &NormalSchema<'a>),
        (others, target): (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        let none = Vec::new();
        let sites = |normal: &NormalSchema<'a>, keyword: &str| {
            normal.applicators.get(keyword).cloned().unwrap_or_default()
        };
        // `then` and `else` belong to the `if` of the same schema.
        let beside = |normal: &NormalSchema<'a>, of: &Site<'a>, keyword: &str| {
            let parent = of.at.strip_suffix("/if").unwrap_or(&of.at);
            sites(normal, keyword)
                .into_iter()
                .find(|site| site.at.strip_prefix(parent).is_some_and(|rest| rest[1..] == *keyword))
        };
        target.applicators.iter().all(|(keyword, targets)| {
            let owns = own.applicators.get(keyword).unwrap_or(&none);
            let same = |all: &mut Self, own: &Site<'a>, target: &Site<'a>| {
                let (one, other) = (
                    All { schemas, sites: slice::from_ref(own) },
                    All { schemas: others, sites: slice::from_ref(target) },
                );
                all.implies(one, other)
            };
            let back = |all: &mut Self, own: &Site<'a>, target: &Site<'a>| {
                let (one, other) = (
                    All { schemas, sites: slice::from_ref(own) },
                    All { schemas: others, sites: slice::from_ref(target) },
                );
                all.implies(other, one)
            };
            match *keyword {
                // Looked at where they belong.
                "then" | "else" | "not" | "prefixItems" | "unevaluatedItems" | "patternProperties" => true,
                "if" => targets.iter().all(|condition| {
                    owns.iter().any(|own_condition| {
                        let one = All { schemas, sites: slice::from_ref(own_condition) };
                        let other = All { schemas: others, sites: slice::from_ref(condition) };
                        self.tested_implies(one, other)
                            && self.tested_implies(other, one)
                            && ["then", "else"].iter().all(|keyword| {
                                beside(target, condition, keyword).is_none_or(|target| {
                                    beside(own, own_condition, keyword)
                                        .is_some_and(|own| same(self, &own, &target))
                                })
                            })
                    })
                }),
                "contains" => {
                    let is_limited = target.bounds.contains_key("maxContains");
                    // Without `minContains`, one item is needed.
                    let allows_none = |normal: &NormalSchema<'a>| is_at_most(normal, "minContains", 0);
                    if allows_none(own) && !allows_none(target) {
                        return false;
                    }
                    self.depth += 1;
                    let holds = targets.iter().all(|target| {
                        owns.iter()
                            .any(|own| same(self, own, target) && (!is_limited || back(self, own, target)))
                    });
                    self.depth -= 1;
                    holds && (owns.len() == 1 || !is_limited)
                }
                "propertyNames" | "contentSchema" => {
                    self.depth += 1;
                    let holds = targets.iter().all(|target| owns.iter().any(|own| same(self, own, target)));
                    self.depth -= 1;
                    holds
                }
                "dependentSchemas" => targets.iter().flat_map(Site::entries).all(|(name, target)| {
                    owns.iter()
                        .flat_map(Site::entries)
                        .any(|(own_name, own)| own_name == name && same(self, &own, &target))
                }),
                "dependentRequired" => targets.iter().flat_map(Site::entries).all(|(name, target)| {
                    target.value.as_array().into_iter().flatten().filter_map(Value::as_str).all(|needed| {
                        own.required.contains_key(needed)
                            || owns.iter().any(|own| {
                                let names = own.value.get(name).and_then(Value::as_array);
                                names.is_some_and(|names| names.iter().any(|name| name == needed))
                            })
                    })
                }),
                _ => false,
            }
        })
    }

    fn items_imply(
        &mut self,
        (schemas, own): (Schemas<'a>, &NormalSchema<'a>),
        (others, target): (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        let first = |normal: &NormalSchema<'a>| {
            let sites = normal.applicators.get("prefixItems").map(Vec::as_slice).unwrap_or_default();
            let lists: Vec<Vec<Site<'a>>> = sites
                .iter()
                .map(|site| {
                    let items = site.value.as_array().into_iter().flatten().enumerate();
                    items
                        .map(|(index, value)| Site {
                            at: crate::normal::below(&site.at, &index.to_string()),
                            value,
                        })
                        .collect()
                })
                .collect();
            (lists.len() <= 1).then(|| lists.into_iter().next().unwrap_or_default())
        };
        let rest = |normal: &NormalSchema<'a>| {
            normal.applicators.get("unevaluatedItems").cloned().unwrap_or_default()
        };
        let (own_rest, target_rest) = (rest(own), rest(target));
        if target.items.is_empty()
            && target_rest.is_empty()
            && !target.applicators.contains_key("prefixItems")
        {
            return true;
        }
        let (Some(firsts), Some(target_firsts)) = (first(own), first(target)) else { return false };
        // What is evaluated depends on all keywords; only the same ones are compared.
        let is_same = own_rest.is_empty()
            || target_rest.is_empty()
            || own_rest.len() == 1
                && target_rest.len() == 1
                && own.items.is_empty() == target.items.is_empty()
                && !own.applicators.contains_key("contains")
                && !target.applicators.contains_key("contains");
        let all = |schemas, sites| All { schemas, sites };
        is_same
            && firsts.len() == target_firsts.len()
            && firsts.iter().zip(&target_firsts).all(|(own, target)| {
                self.part_implies(all(schemas, slice::from_ref(own)), all(others, slice::from_ref(target)))
            })
            && (is_at_most(own, "maxItems", firsts.len())
                || self
                    .part_implies(all(schemas, own.items.as_slice()), all(others, target.items.as_slice()))
                    && self
                        .part_implies(all(schemas, own_rest.as_slice()), all(others, target_rest.as_slice())))
    }

    fn objects_imply(
        &mut self,
        (schemas, own): (Schemas<'a>, &NormalSchema<'a>),
        (others, target): (Schemas<'a>, &NormalSchema<'a>),
    ) -> bool {
        if !own.types.meets(Types::OBJECT) {
            return true;
        }
        if !target.required.keys().all(|name| own.required.contains_key(name)) {
            return false;
        }
        // Objects with other properties are another kind of object, although an open one allows them.
        let is_known = |(name, sites): (&&'a str, &Sites<'a>)| {
            self.is_tested
                || target.properties.contains_key(*name)
                || self.is_impossible(All { schemas, sites })
        };
        if !own.properties.iter().all(is_known) {
            return false;
        }
        let (own, target) = (Properties::of(own), Properties::of(target));
        let names = &own.names() | &target.names();
        let patterns = &own.patterns() | &target.patterns();
        if patterns.len() > PATTERNS {
            return false;
        }
        // Each listed name, and all others by the patterns that they match.
        names.into_iter().map(Some).chain([None]).all(|name| {
            matches_of(name, &patterns).into_iter().all(|matched| {
                own.evaluations(&target).into_iter().all(|[is_evaluated, of_target]| {
                    let sites = own.sites(name, &matched, is_evaluated);
                    let targets = target.sites(name, &matched, of_target);
                    self.part_implies(
                        All { schemas, sites: &sites },
                        All { schemas: others, sites: &targets },
                    )
                })
            })
        })
    }

    fn are_equal(&mut self, one: All<'_, 'a>, other: All<'_, 'a>) -> bool {
        let value = |schemas: Schemas<'a>, site| (schemas, schemas.resolve_alone(site).value);
        one.sites.len() == other.sites.len()
            && one.sites.iter().zip(other.sites).all(|(own, target)| {
                self.equalities.are_equal(value(one.schemas, own), value(other.schemas, target))
            })
    }

    /// Whether no value is valid.
    fn is_impossible(&mut self, all: All<'_, 'a>) -> bool {
        self.alternatives(all)
            .is_some_and(|alternatives| alternatives.all.is_empty() && !alternatives.may_be_null)
    }

    /// The alternatives of a schema; none if there are too many, or if not all is known.
    fn alternatives(&mut self, all: All<'_, 'a>) -> Option<Rc<Alternatives<'a>>> {
        let key = ids(all);
        if let Some(known) = self.alternatives.get(&key) {
            return known.clone();
        }
        let found = alternatives(all).map(Rc::new);
        self.alternatives.insert(key, found.clone());
        found
    }
}

fn ids(all: All<'_, '_>) -> Ids {
    all.sites.iter().map(|site| std::ptr::from_ref(all.schemas.resolve_alone(site).value)).collect()
}

fn alternatives<'a>(of: All<'_, 'a>) -> Option<Alternatives<'a>> {
    let normal = of.schemas.normal_form(of.sites);
    let nullability = [false, true].map(|must| is_nullable(of.schemas, &normal, must, &mut BTreeSet::new()));
    let mut waiting = vec![normal];
    let mut all = Vec::new();
    let mut fuel = ALTERNATIVES;
    while let Some(mut normal) = waiting.pop() {
        fuel = fuel.checked_sub(1)?;
        if normal.is_null_unclear || normal.is(Flag::Unresolved) {
            return None;
        }
        normal.remove_annotations();
        normal.types = normal.types.without(Types::NULL);
        let Some(union) = normal.unions.pop() else {
            all.extend(KINDS.into_iter().filter_map(|kind| {
                let mut one = normal.clone();
                one.types = one.types.and(kind);
                (one.types != Types::NONE).then(|| {
                    one.simplify();
                    one
                })
            }));
            continue;
        };
        for member in &union.members {
            let mut both = normal.clone();
            both.and(of.schemas.normal_form(slice::from_ref(member)));
            both.types = both.types.without(Types::NULL);
            both.simplify();
            waiting.push(both);
        }
    }
    all.retain(|one| !one.is(Flag::Never) && one.types != Types::NONE);
    Some(Alternatives { all, may_be_null: nullability[0], must_be_null: nullability[1] })
}

/// Whether null may be valid, or `must` be. `seen` ends the recursion for a union that contains itself.
pub(super) fn is_nullable<'a>(
    schemas: Schemas<'a>,
    normal: &NormalSchema<'a>,
    must: bool,
    seen: &mut BTreeSet<(At, bool)>,
) -> bool {
    let mut of =
        |site: &Site<'a>, must| is_nullable(schemas, &schemas.normal_form(slice::from_ref(site)), must, seen);
    let sites = |keyword: &str| normal.applicators.get(keyword).into_iter().flatten();
    normal.types.meets(Types::NULL)
        && !normal.is(Flag::Never)
        && sites("not").all(|site| !of(site, !must))
        && (!must || sites("then").chain(sites("else")).all(|site| of(site, must)))
        && normal.unions.iter().all(|union| union_is_nullable(schemas, union, must, seen))
}

/// Whether null may be valid under a union, or `must` be: `[A, {type: [B, null]}]` allows what `[A, B, null]` allows.
pub(super) fn union_is_nullable<'a>(
    schemas: Schemas<'a>,
    union: &Union<'a>,
    must: bool,
    seen: &mut BTreeSet<(At, bool)>,
) -> bool {
    union.is_nullable
        || seen.insert((union.at.clone(), must))
            && union
                .members
                .iter()
                .any(|member| is_nullable(schemas, &schemas.normal_form(slice::from_ref(member)), must, seen))
}

/// Whether nothing but the value itself decides, so that no part of it has to be looked at.
fn is_only_about_values(normal: &NormalSchema<'_>) -> bool {
    normal.applicators.keys().all(|keyword| matches!(*keyword, "not" | "contentSchema"))
        && normal.unknown.is_empty()
        && normal.contents.is_empty()
}

/// Whether no value of `one`, or not this one, is valid under a schema that is excluded.
fn is_apart(value: Option<&Value>, one: &NormalSchema<'_>, excluded: &NormalSchema<'_>) -> bool {
    if !one.types.meets(excluded.types) {
        return true;
    }
    let is_refused = |value: &Value| {
        let text = crate::normal::canonical(value);
        excluded.values.as_ref().is_some_and(|values| !values.contains_key(&text)) || !excluded.fits(value)
    };
    match (value, &one.values, &excluded.values) {
        (Some(value), ..) => is_refused(value),
        (None, Some(values), _) => values.values().all(|value| is_refused(value)),
        (None, None, Some(values)) => values.values().all(|value| !one.fits(value)),
        (None, None, None) => false,
    }
}

/// Whether an object inside a value has such a key.
fn mentions(value: &Value, is_one: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| is_one(key) || mentions(value, is_one)),
        Value::Array(items) => items.iter().any(|item| mentions(item, is_one)),
        _ => false,
    }
}

/// The patterns that a name matches. One that is not listed may match any of them, and so may one where a pattern cannot be read.
fn matches_of<'a>(name: Option<&str>, patterns: &BTreeSet<&'a str>) -> Vec<Vec<&'a str>> {
    patterns.iter().fold(vec![Vec::new()], |all, pattern| {
        let is_match = name.and_then(|name| crate::normal::matches(name, pattern));
        let with = |matched: &Vec<&'a str>| [matched.as_slice(), &[pattern]].concat();
        let matched = all.iter().filter(|_| is_match != Some(false)).map(with);
        let unmatched = all.iter().filter(|_| is_match != Some(true)).cloned();
        matched.chain(unmatched).collect()
    })
}

fn is_at_most(normal: &NormalSchema<'_>, keyword: &str, count: usize) -> bool {
    normal.bounds.get(keyword).is_some_and(|(bound, _)| *bound <= Bound::Integer(count as i128))
}

fn multiples_imply(own: &NormalSchema<'_>, target: &NormalSchema<'_>) -> bool {
    target.multiples.keys().all(|multiple| {
        let Ok(of) = multiple.parse::<f64>() else { return false };
        let mut own_multiples: Vec<f64> = own.multiples.keys().filter_map(|own| own.parse().ok()).collect();
        if own.types == Types::INTEGER {
            own_multiples.push(1.0);
        }
        own.multiples.contains_key(multiple) || own_multiples.iter().any(|own| (own / of).fract() == 0.0)
    })
}

fn bounds_imply(own: &NormalSchema<'_>, target: &NormalSchema<'_>) -> bool {
    let bound =
        |normal: &NormalSchema<'_>, keyword: &str| normal.bounds.get(keyword).map(|(bound, _)| *bound);
    target.bounds.iter().all(|(keyword, (limit, _))| {
        let inclusive = keyword.replace("exclusiveM", "m");
        let exclusive = inclusive.replacen('m', "exclusiveM", 1);
        let is_lower = inclusive.starts_with("min");
        let is_within = |bound: Bound| if is_lower { bound >= *limit } else { bound <= *limit };
        let is_beyond = |bound: Bound| if is_lower { bound > *limit } else { bound < *limit };
        let is_exclusive = *keyword == exclusive;
        match *keyword {
            "minContains" if *limit == Bound::Integer(0) => true,
            _ => {
                bound(own, &exclusive).is_some_and(is_within)
                    || bound(own, &inclusive)
                        .is_some_and(|bound| if is_exclusive { is_beyond(bound) } else { is_within(bound) })
            }
        }
    })
}

#[cfg(test)]
mod tests;
