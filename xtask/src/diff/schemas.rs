//! How two schemas differ for somebody who sends by the old one, or reads by it.
//! Knows shapes; must not know which operation they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::rules::{Direction, Finding, Kind, Place};
use super::shape::{At, LOWER, Places, Schemas, Shape, UPPER, Union, below};

/// A pair of schemas in a direction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    pub(crate) old: Places,
    pub(crate) new: Places,
    pub(crate) direction: Direction,
    pub(crate) place: Place,
    /// What the finding is about, in words: `the property a`.
    pub(crate) name: String,
}

/// What is found at a pair, and the pairs within.
struct Node {
    findings: Vec<Finding>,
    within: Vec<usize>,
}

/// All pairs that were compared: each once, however many operations reach it.
pub(crate) struct Comparison<'a> {
    old: Schemas<'a>,
    new: Schemas<'a>,
    known: HashMap<(Places, Places, Direction, Place), usize>,
    nodes: Vec<Node>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(old: &'a Value, new: &'a Value) -> Self {
        Self { old: Schemas(old), new: Schemas(new), known: HashMap::new(), nodes: Vec::new() }
    }

    /// The findings at a pair and everywhere within, as indices that are the same for all who reach them.
    pub(crate) fn reach(&self, from: usize, reached: &mut BTreeSet<usize>) {
        let mut waiting = vec![from];
        while let Some(node) = waiting.pop() {
            if reached.insert(node) {
                waiting.extend(&self.nodes[node].within);
            }
        }
    }

    pub(crate) fn findings(&self, node: usize) -> &[Finding] {
        &self.nodes[node].findings
    }

    /// Compares two schemas, and all within them.
    pub(crate) fn compare(&mut self, pair: &Pair) -> usize {
        let key = (
            self.resolved(&self.old, &pair.old),
            self.resolved(&self.new, &pair.new),
            pair.direction,
            pair.place,
        );
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let node = self.nodes.len();
        self.nodes.push(Node { findings: Vec::new(), within: Vec::new() });
        self.known.insert(key, node);
        let (old, new) = (self.old.shape(&pair.old), self.new.shape(&pair.new));
        let mut found = Found { pair, findings: Vec::new() };
        found.shapes(&old, &new);
        self.nodes[node].findings = found.findings;
        let mut within = self.properties(pair, &old, &new, node);
        within.extend(self.parts(pair, &old, &new, node));
        self.nodes[node].within = within;
        node
    }

    /// Where the schemas really stand, so that a reference and what it leads to are one.
    fn resolved(&self, schemas: &Schemas<'_>, places: &[At]) -> Places {
        places.iter().map(|at| schemas.resolve_alone(at)).collect()
    }

    fn properties(&mut self, pair: &Pair, old: &Shape, new: &Shape, node: usize) -> Vec<usize> {
        let mut within = Vec::new();
        for (name, places) in &old.properties {
            let named = format!("the property `{name}`");
            let Some(others) = new.properties.get(name) else {
                let is_required = old.required.contains(name);
                let kind = match (pair.direction, is_required) {
                    (Direction::Request, _) if new.is_closed => Kind::PropertyRefused,
                    (Direction::Request, _) => Kind::PropertyRemoved,
                    (Direction::Response, true) => Kind::RequiredPropertyRemoved,
                    (Direction::Response, false) => Kind::OptionalPropertyRemoved,
                };
                self.add(node, pair, kind, &named, places.first(), pair.new.first(), None, None);
                continue;
            };
            match (old.required.contains(name), new.required.contains(name)) {
                (false, true) => self.add(
                    node,
                    pair,
                    Kind::BecameRequired,
                    &named,
                    places.first(),
                    others.first(),
                    None,
                    None,
                ),
                (true, false) => self.add(
                    node,
                    pair,
                    Kind::BecameOptional,
                    &named,
                    places.first(),
                    others.first(),
                    None,
                    None,
                ),
                _ => {}
            }
            within.push(self.compare(&Pair {
                old: places.clone(),
                new: others.clone(),
                direction: pair.direction,
                place: Place::Property,
                name: named,
            }));
        }
        for (name, places) in new.properties.iter().filter(|(name, _)| !old.properties.contains_key(*name)) {
            let kind = if new.required.contains(name) {
                Kind::RequiredPropertyAdded
            } else {
                Kind::OptionalPropertyAdded
            };
            self.add(
                node,
                pair,
                kind,
                &format!("the property `{name}`"),
                pair.old.first(),
                places.first(),
                None,
                None,
            );
        }
        for name in new.required.difference(&old.required).filter(|name| !new.properties.contains_key(*name))
        {
            self.add(
                node,
                pair,
                Kind::BecameRequired,
                &format!("the property `{name}`"),
                pair.old.first(),
                pair.new.first(),
                None,
                None,
            );
        }
        within
    }

    #[expect(clippy::too_many_arguments, reason = "a finding has as many parts")]
    fn add(
        &mut self,
        node: usize,
        pair: &Pair,
        kind: Kind,
        name: &str,
        old_at: Option<&At>,
        new_at: Option<&At>,
        old: Option<Value>,
        new: Option<Value>,
    ) {
        let finding = Finding::new(
            kind,
            pair.direction,
            Place::Property,
            name,
            old_at.cloned(),
            new_at.cloned(),
            old,
            new,
        );
        self.nodes[node].findings.push(finding);
    }

    /// Items, other properties, and the members of unions.
    fn parts(&mut self, pair: &Pair, old: &Shape, new: &Shape, node: usize) -> Vec<usize> {
        let mut within = Vec::new();
        for (what, old, new) in [
            ("the items of", &old.items, &new.items),
            ("the other properties of", &old.additional, &new.additional),
        ] {
            if old.is_empty() && new.is_empty() {
                continue;
            }
            within.push(self.compare(&Pair {
                old: old.clone(),
                new: new.clone(),
                direction: pair.direction,
                place: Place::Property,
                name: format!("{what} {}", pair.name),
            }));
        }
        for keyword in APPLICATORS {
            within.extend(self.applicator(pair, keyword, old, new));
        }
        for (old, new) in old.unions.iter().zip(&new.unions) {
            within.extend(self.union(pair, old, new, node));
        }
        for gone in old.unions.iter().skip(new.unions.len()) {
            self.add(
                node,
                pair,
                Kind::UnionRemoved,
                &pair.name,
                gone.members.first(),
                pair.new.first(),
                None,
                None,
            );
        }
        for added in new.unions.iter().skip(old.unions.len()) {
            self.add(
                node,
                pair,
                Kind::UnionAdded,
                &pair.name,
                pair.old.first(),
                added.members.first(),
                None,
                None,
            );
        }
        within
    }

    /// The schemas of a keyword that both sides have: one, a list, or a map of them. What is on one side only is compared with
    /// a schema that says nothing.
    fn applicator(&mut self, pair: &Pair, keyword: &'static str, old: &Shape, new: &Shape) -> Vec<usize> {
        let (Some((old, before)), Some((new, after))) = (old.condition(keyword), new.condition(keyword))
        else {
            return Vec::new();
        };
        let keys = |value: &Value| -> BTreeSet<String> {
            match value {
                Value::Object(map) if matches!(keyword, "dependentSchemas" | "patternProperties") => {
                    map.keys().cloned().collect()
                }
                Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
                _ => BTreeSet::new(),
            }
        };
        let is_one = !matches!(keyword, "dependentSchemas" | "patternProperties" | "prefixItems");
        let all: BTreeSet<Option<String>> = if is_one {
            BTreeSet::from([None])
        } else {
            keys(before).into_iter().chain(keys(after)).map(Some).collect()
        };
        all.into_iter()
            .map(|key| {
                let places = |at: &At, value: &Value| match &key {
                    None => vec![at.clone()],
                    Some(key) if keys(value).contains(key) => vec![below(at, key)],
                    Some(_) => Vec::new(),
                };
                self.compare(&Pair {
                    old: places(old, before),
                    new: places(new, after),
                    direction: pair.direction,
                    place: Place::Property,
                    name: format!("`{keyword}` of {}", pair.name),
                })
            })
            .collect()
    }

    /// Members are the same that stand at the same place, or say the same; others are compared in their order where there are
    /// as many on both sides.
    fn union(&mut self, pair: &Pair, old: &Union, new: &Union, node: usize) -> Vec<usize> {
        let mut within = Vec::new();
        let mut left: Vec<&At> = new.members.iter().collect();
        let mut unmatched = Vec::new();
        for member in &old.members {
            let (old_at, old_value) =
                (self.old.resolve_alone(member), self.old.0.pointer(&self.old.resolve_alone(member)));
            let same = left.iter().position(|other| {
                let at = self.new.resolve_alone(other);
                (at == old_at && at.starts_with("/components/")) || self.new.0.pointer(&at) == old_value
            });
            match same {
                Some(same) => {
                    let other = left.remove(same);
                    within.push(self.member(pair, member, other));
                }
                None => unmatched.push(member),
            }
        }
        if unmatched.len() == left.len() {
            for (member, other) in unmatched.into_iter().zip(left) {
                within.push(self.member(pair, member, other));
            }
            return within;
        }
        for member in unmatched {
            self.add(
                node,
                pair,
                Kind::MemberRemoved(old.keyword),
                &pair.name,
                Some(member),
                pair.new.first(),
                None,
                None,
            );
        }
        for other in left {
            self.add(
                node,
                pair,
                Kind::MemberAdded(new.keyword),
                &pair.name,
                pair.old.first(),
                Some(other),
                None,
                None,
            );
        }
        within
    }

    fn member(&mut self, pair: &Pair, old: &At, new: &At) -> usize {
        self.compare(&Pair { old: vec![old.clone()], new: vec![new.clone()], ..pair.clone() })
    }
}

/// Keywords that apply their schemas to a part of the value: what is narrower there is narrower altogether.
const APPLICATORS: [&str; 7] =
    ["contains", "dependentSchemas", "else", "patternProperties", "prefixItems", "propertyNames", "then"];

/// The findings of one pair.
struct Found<'a> {
    pair: &'a Pair,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn say(&mut self, kind: Kind, old: Option<Value>, new: Option<Value>) {
        let pair = self.pair;
        self.findings.push(Finding::new(
            kind,
            pair.direction,
            pair.place,
            &pair.name,
            pair.old.first().cloned(),
            pair.new.first().cloned(),
            old,
            new,
        ));
    }

    fn shapes(&mut self, old: &Shape, new: &Shape) {
        if old.is_never != new.is_never {
            self.say(if new.is_never { Kind::BecameNever } else { Kind::BecamePossible }, None, None);
        }
        self.types(old.types.as_ref(), new.types.as_ref());
        self.sets(&old.formats, &new.formats, Kind::FormatSet, Kind::FormatDropped, Kind::FormatChanged);
        self.values(old, new);
        self.bounds(&old.bounds, &new.bounds);
        self.sets(
            &old.patterns,
            &new.patterns,
            Kind::PatternAdded,
            Kind::PatternRemoved,
            Kind::PatternChanged,
        );
        self.sets(
            &old.multiples,
            &new.multiples,
            Kind::MultipleSet,
            Kind::MultipleDropped,
            Kind::MultipleChanged,
        );
        self.flag(old.unique, new.unique, Kind::UniqueSet, Kind::UniqueDropped);
        self.flag(old.is_closed, new.is_closed, Kind::Closed, Kind::Opened);
        self.flag(old.read_only, new.read_only, Kind::ReadOnlySet, Kind::ReadOnlyDropped);
        self.flag(old.write_only, new.write_only, Kind::WriteOnlySet, Kind::WriteOnlyDropped);
        self.flag(old.is_deprecated, new.is_deprecated, Kind::Deprecated, Kind::Reactivated);
        for (keyword, value) in &old.conditions {
            match new.conditions.get(keyword) {
                None => self.say(Kind::ConditionRemoved(keyword), Some(value.clone()), None),
                Some(other) if other != value && !APPLICATORS.contains(keyword) => {
                    self.say(Kind::ConditionChanged(keyword), Some(value.clone()), Some(other.clone()));
                }
                Some(_) => {}
            }
        }
        for (keyword, value) in
            new.conditions.iter().filter(|(keyword, _)| !old.conditions.contains_key(*keyword))
        {
            self.say(Kind::ConditionAdded(keyword), None, Some(value.clone()));
        }
        if old.default != new.default {
            self.say(Kind::DefaultChanged, old.default.clone(), new.default.clone());
        }
        match (&old.discriminator, &new.discriminator) {
            (None, Some(new)) => self.say(Kind::DiscriminatorAdded, None, Some(new.clone())),
            (Some(old), None) => self.say(Kind::DiscriminatorRemoved, Some(old.clone()), None),
            (Some(old), Some(new)) if old != new => {
                self.say(Kind::DiscriminatorChanged, Some(old.clone()), Some(new.clone()));
            }
            _ => {}
        }
    }

    fn flag(&mut self, old: bool, new: bool, set: Kind, dropped: Kind) {
        match (old, new) {
            (false, true) => self.say(set, None, None),
            (true, false) => self.say(dropped, None, None),
            _ => {}
        }
    }

    fn types(&mut self, old: Option<&BTreeSet<String>>, new: Option<&BTreeSet<String>>) {
        let shown = |types: Option<&BTreeSet<String>>| types.map(|types| json!(types));
        let kind = match (old, new) {
            (None, None) => return,
            (None, Some(_)) => Kind::TypeNarrowed,
            (Some(_), None) => Kind::TypeWidened,
            (Some(old), Some(new)) if old == new => return,
            (Some(old), Some(new)) => {
                let (gone, more): (BTreeSet<_>, BTreeSet<_>) = (old - new, new - old);
                let is_null = |types: &BTreeSet<String>| types.len() == 1 && types.contains("null");
                match (gone.is_empty(), more.is_empty()) {
                    (true, _) if is_null(&more) => Kind::BecameNullable,
                    (_, true) if is_null(&gone) => Kind::BecameNotNullable,
                    (true, _) => Kind::TypeWidened,
                    (_, true) => Kind::TypeNarrowed,
                    _ => Kind::TypeChanged,
                }
            }
        };
        self.say(kind, shown(old), shown(new));
    }

    fn values(&mut self, old: &Shape, new: &Shape) {
        let shown = |values: &Option<BTreeSet<String>>| {
            values.as_ref().map(|values| {
                values.iter().filter_map(|value| serde_json::from_str::<Value>(value).ok()).collect()
            })
        };
        match (&old.values, &new.values) {
            (None, None) => {}
            (None, Some(_)) => self.say(
                if new.is_constant { Kind::ConstantSet } else { Kind::EnumSet },
                None,
                shown(&new.values),
            ),
            (Some(_), None) => self.say(
                if old.is_constant { Kind::ConstantDropped } else { Kind::EnumDropped },
                shown(&old.values),
                None,
            ),
            (Some(before), Some(after)) if old.is_constant && new.is_constant => {
                if before != after {
                    self.say(Kind::ConstantChanged, shown(&old.values), shown(&new.values));
                }
            }
            (Some(before), Some(after)) => {
                let value = |text: &String| serde_json::from_str(text).ok();
                before.difference(after).for_each(|gone| self.say(Kind::ValueRemoved, value(gone), None));
                after.difference(before).for_each(|more| self.say(Kind::ValueAdded, None, value(more)));
            }
        }
    }

    fn bounds(&mut self, old: &BTreeMap<&'static str, f64>, new: &BTreeMap<&'static str, f64>) {
        for keyword in LOWER.iter().chain(&UPPER) {
            let (before, after) = (old.get(keyword), new.get(keyword));
            let kind = match (before, after) {
                (None, None) => continue,
                (None, Some(_)) => Kind::BoundSet(keyword),
                (Some(_), None) => Kind::BoundUnset(keyword),
                (Some(before), Some(after)) if before == after => continue,
                (Some(before), Some(after)) if (after > before) == LOWER.contains(keyword) => {
                    Kind::BoundTightened(keyword)
                }
                _ => Kind::BoundLoosened(keyword),
            };
            self.say(kind, before.map(|bound| json!(bound)), after.map(|bound| json!(bound)));
        }
    }

    fn sets(
        &mut self,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        set: Kind,
        dropped: Kind,
        changed: Kind,
    ) {
        let kind = match (old - new, new - old) {
            (gone, more) if gone.is_empty() && more.is_empty() => return,
            (gone, _) if gone.is_empty() => set,
            (_, more) if more.is_empty() => dropped,
            _ => changed,
        };
        self.say(kind, Some(json!(old)), Some(json!(new)));
    }
}
