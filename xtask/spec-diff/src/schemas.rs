//! Compares schemas in the direction in which their values travel. Must not know operations.

mod alternatives;
mod applicators;
mod assertions;
mod bounds;
mod describe;
mod equality;
mod implication;
mod places;
mod properties;
mod reach;
mod similarity;
mod unions;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

pub(crate) use self::describe::{identity, signature};
use self::implication::{All, Implications};
use self::places::Places;
pub(crate) use self::places::Root;
use self::similarity::Similarities;
use super::normal::{At, Flag, NormalSchema, Schemas, Site, Sites, Types};
use super::rules::{About, Direction, Finding, Level, Location, Part, Rule, Step, rule};

/// The types by which schemas are split; `integer` is a number.
const KINDS: [Types; 5] = [Types::BOOLEAN, Types::NUMBER, Types::STRING, Types::ARRAY, Types::OBJECT];

/// Two schemas to compare, in one direction.
#[derive(Clone, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) old: Sites<'a>,
    pub(crate) new: Sites<'a>,
    pub(crate) direction: Direction,
    pub(crate) part: Part,
    /// How the pair lies in the one that it was found in.
    pub(crate) step: Step,
    /// Whether the property is required on both sides.
    pub(crate) is_required: bool,
    /// Whether the value does not travel in this direction: read-only in a request, or write-only in a response.
    pub(crate) is_silent: bool,
    /// Whether the pair is two members of unions. Nullability is compared for the union as a whole.
    pub(crate) ignores_null: bool,
    /// What is proved about the values of a schema that the pair is in.
    pub(crate) proof: Proof,
}

/// What is known about the valid values of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Proof {
    #[default]
    Nothing,
    /// Whatever is sent is valid for whoever reads it.
    Harmless,
    /// The same values are valid.
    Same,
}

/// The findings of a pair, and the pairs inside it.
struct Node<'a> {
    pair: Pair<'a>,
    findings: Vec<FindingInside>,
    within: Vec<(Step, usize)>,
    /// Whether the pair is already compared.
    is_done: bool,
}

/// A finding about a schema, or about a property of it.
#[derive(Clone)]
struct FindingInside {
    property: Option<Step>,
    finding: Finding,
}

/// A finding of `node` that is reported only if the pair `at`, or one inside it, has changes.
struct ConditionalFinding {
    node: usize,
    at: usize,
    finding: Finding,
}

/// The identity of the schemas of a side: components are shared, so one schema is reached by many references.
type SchemaIds = Vec<*const Value>;

/// The schemas of both sides, and what else tells pairs apart.
type PairId = (SchemaIds, SchemaIds, Direction, Part, [bool; 2], Proof);

/// All compared pairs. Each is compared once, however many operations reach it.
pub(crate) struct SchemaComparison<'a> {
    old: Schemas<'a>,
    new: Schemas<'a>,
    known: HashMap<PairId, usize>,
    implications: Implications<'a>,
    nodes: Vec<Node<'a>>,
    conditional: Vec<ConditionalFinding>,
    /// The first node that is not compared yet.
    next: usize,
    /// How many nodes and findings there may be before pairs are no longer compared.
    limit: usize,
    findings: usize,
    /// The node with the finding that not all is compared.
    not_compared: Option<usize>,
    similarities: Similarities<'a>,
}

impl<'a> SchemaComparison<'a> {
    /// What may be looked at is in proportion to the documents. Schemas combine in many more ways: with each other, and in
    /// compositions of compositions.
    pub(crate) fn new(old: Schemas<'a>, new: Schemas<'a>) -> Self {
        let schemas = old.count() + new.count();
        Self {
            old,
            new,
            known: HashMap::new(),
            implications: Implications::with_steps(20_000 + 20 * schemas),
            nodes: Vec::new(),
            conditional: Vec::new(),
            next: 0,
            limit: 2_000 + 4 * schemas,
            findings: 0,
            not_compared: None,
            similarities: Similarities::new(10_000 + 20 * schemas),
        }
    }

    /// Returns the node of a pair, which `finish` compares.
    pub(crate) fn compare(&mut self, mut pair: Pair<'a>) -> usize {
        let at_references = [self.old.docs_at_references(&pair.old), self.new.docs_at_references(&pair.new)];
        let docs = assertions::docs(&pair, &at_references[0], &at_references[1]);
        pair.old = pair.old.iter().map(|site| self.old.resolve_alone(site)).collect();
        pair.new = pair.new.iter().map(|site| self.new.resolve_alone(site)).collect();
        let flags = [pair.is_silent, pair.ignores_null];
        let key = (ids(&pair.old), ids(&pair.new), pair.direction, pair.part, flags, pair.proof);
        let is_full = self.nodes.len() + self.findings > self.limit;
        let node = match self.known.get(&key) {
            Some(node) => *node,
            None if is_full => return self.not_compared(pair),
            None => {
                let node =
                    Node { pair: pair.clone(), findings: Vec::new(), within: Vec::new(), is_done: false };
                self.nodes.push(node);
                self.known.insert(key, self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        if docs.is_empty() || is_full {
            return node;
        }
        // Documentation beside a reference belongs to the referring schema, so it gets a node of its own.
        let findings = docs.into_iter().map(FindingInside::from).collect();
        self.nodes.push(Node { pair, findings, within: vec![(Step::Same, node)], is_done: true });
        self.nodes.len() - 1
    }

    /// The node of all pairs that are not compared, with one finding about the first of them.
    fn not_compared(&mut self, pair: Pair<'a>) -> usize {
        if let Some(node) = self.not_compared {
            return node;
        }
        let at = [pair.old_at(), pair.new_at()].map(|at| at.map(Location::at).unwrap_or_default());
        let what = "{subject} and others, because the schemas combine in too many ways";
        let finding = pair.finding(rule!("not-compared"), what, at, [None, None]);
        self.nodes.push(Node { pair, findings: vec![finding.into()], within: Vec::new(), is_done: true });
        self.not_compared = Some(self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    /// Compares all pairs, and the pairs found on the way.
    pub(crate) fn finish(&mut self) {
        while let Some(node) = self.nodes.get(self.next) {
            if !node.is_done {
                let pair = node.pair.clone();
                self.compare_pair(self.next, pair);
            }
            self.next += 1;
        }
        for ConditionalFinding { node, at, finding } in std::mem::take(&mut self.conditional) {
            if self.nodes_inside(at).into_iter().any(|node| self.has_changes(node)) {
                let pair = self.nodes[node].pair.clone();
                self.report(node, &pair, finding);
            }
        }
    }

    /// The nodes inside a node, itself included.
    pub(crate) fn nodes_inside(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(node) = waiting.pop() {
            if reached.insert(node) {
                waiting.extend(self.nodes[node].within.iter().map(|(_, within)| *within));
            }
        }
        reached
    }

    /// The findings, each with the names of the operations that reach it. Its subject is the first place that does.
    pub(crate) fn findings(&self, roots: &[Root]) -> Vec<(Finding, Arc<BTreeSet<Arc<str>>>)> {
        let within: Vec<Vec<usize>> =
            self.nodes.iter().map(|node| node.within.iter().map(|(_, node)| *node).collect()).collect();
        let mut names: BTreeMap<usize, BTreeSet<Arc<str>>> = BTreeMap::new();
        for root in roots {
            names.entry(root.node).or_default().insert(root.operation.clone());
        }
        let places = Places::new(roots, self.nodes.iter().map(|node| node.within.as_slice()));
        let mut all = Vec::new();
        let edges = within.iter().enumerate().map(|(node, within)| (node, within.as_slice()));
        for (node, operations) in reach::roots_by_node(edges, &names) {
            for FindingInside { property, finding } in self.nodes[node].findings.iter().cloned() {
                let mut finding = places.located(node, property, finding);
                finding.identify(self.old, self.new);
                all.push((finding, operations.clone()));
            }
        }
        all
    }

    /// Whether a node has a finding other than documentation.
    fn has_changes(&self, node: usize) -> bool {
        self.nodes[node].findings.iter().any(|of| of.finding.level != Level::Docs)
    }

    /// Adds a finding to a node, unless it is proved to be none.
    fn report(&mut self, node: usize, pair: &Pair<'a>, finding: impl Into<FindingInside>) {
        let mut inside = finding.into();
        let finding = &mut inside.finding;
        match (pair.proof, finding.rule.row().about) {
            (Proof::Same, About::Values | About::Presence) => return,
            (Proof::Harmless, About::Values) => finding.level = finding.level.max(Level::Info),
            _ => {}
        }
        self.findings += 1;
        self.nodes[node].findings.push(inside);
    }

    /// Proves that a change of values that unions or conditions describe harms nobody: such schemas can be written in many ways.
    fn proof(&mut self, pair: &Pair<'a>, old: &NormalSchema<'a>, new: &NormalSchema<'a>) -> Proof {
        let is_described_in_many_ways = [old, new].iter().any(|normal| normal.is_described_in_many_ways())
            || old.values.is_some() != new.values.is_some();
        // What equal schemas refer to is compared on its own.
        let is_equal = pair.old.iter().map(|site| site.value).eq(pair.new.iter().map(|site| site.value));
        if pair.proof == Proof::Same || !is_described_in_many_ways || is_equal {
            return pair.proof;
        }
        let before = All { schemas: self.old, sites: &pair.old };
        let after = All { schemas: self.new, sites: &pair.new };
        let (sent, read) = match pair.direction {
            Direction::Request => (before, after),
            Direction::Response => (after, before),
        };
        match self.implications.prove(sent, read) {
            true if self.implications.prove(read, sent) => Proof::Same,
            true => Proof::Harmless,
            false => pair.proof,
        }
    }

    fn compare_pair(&mut self, node: usize, mut pair: Pair<'a>) {
        let (mut old, mut new) = (self.old.normal_form(&pair.old), self.new.normal_form(&pair.new));
        pair.proof = self.proof(&pair, &old, &new);
        self.nodes[node].pair.proof = pair.proof;
        let pair = &pair;
        if self.as_alternatives(node, pair, &old, &new) {
            return;
        }
        unions::lift(pair, &mut old, &mut new);
        if pair.ignores_null {
            old.ignore_null();
            new.ignore_null();
        }
        // What is about types that only one side allows comes or goes with the types.
        let [one, other] = [(self.old, &old), (self.new, &new)]
            .map(|(schemas, normal)| alternatives::types(schemas, normal));
        let both = one.and(other);
        old.drop_keywords_of_others(both);
        new.drop_keywords_of_others(both);
        PairComparison { all: self, node, pair, old: &old, new: &new }.run();
    }
}

/// The comparison of one pair. Its findings and the pairs inside it are added to its node.
struct PairComparison<'c, 'a> {
    all: &'c mut SchemaComparison<'a>,
    node: usize,
    pair: &'c Pair<'a>,
    old: &'c NormalSchema<'a>,
    new: &'c NormalSchema<'a>,
}

/// The location of a keyword on one side, and its value.
type KeywordValue<'s> = (Option<&'s At>, Option<Value>);

impl<'a> PairComparison<'_, 'a> {
    fn run(&mut self) {
        let Self { old, new, .. } = *self;
        self.assertions();
        if [Flag::Never, Flag::Unresolved].iter().any(|flag| old.is(*flag) || new.is(*flag)) {
            return;
        }
        if old.types.meets(Types::OBJECT) && new.types.meets(Types::OBJECT) {
            self.properties();
        }
        if old.types.meets(Types::ARRAY) && new.types.meets(Types::ARRAY) {
            self.compare_subschemas(Step::Items, &old.items, &new.items);
        }
        self.applicators();
        self.discriminators();
        self.unions();
    }

    /// Compares the schemas of a part of the value. No schema means no constraint.
    fn compare_subschemas(&mut self, step: Step, old: &[Site<'a>], new: &[Site<'a>]) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        // Values inside a body are reported as properties; values inside a parameter or a header as that parameter or header.
        let part = if self.pair.part == Part::Body { Part::Property } else { self.pair.part };
        self.compare_inside(Pair { part, step, is_required: false, ..self.pair.of(old, new) });
    }

    fn compare_inside(&mut self, pair: Pair<'a>) {
        let step = pair.step.clone();
        let within = self.all.compare(pair);
        self.all.nodes[self.node].within.push((step, within));
    }

    fn report(&mut self, finding: impl Into<FindingInside>) {
        self.all.report(self.node, self.pair, finding);
    }

    /// Reports the change of a keyword.
    fn report_keyword(
        &mut self,
        rule: Rule,
        keyword: &'static str,
        old: KeywordValue<'_>,
        new: KeywordValue<'_>,
    ) {
        self.report(self.pair.keyword_finding(rule, keyword, old, new));
    }
}

/// The identity of the schemas at some sites.
fn ids(sites: &[Site<'_>]) -> SchemaIds {
    sites.iter().map(|site| std::ptr::from_ref(site.value)).collect()
}

impl<'a> Pair<'a> {
    /// A pair of other schemas for the same value.
    fn of(&self, old: &[Site<'a>], new: &[Site<'a>]) -> Self {
        Self { old: old.to_vec(), new: new.to_vec(), step: Step::Same, ignores_null: false, ..self.clone() }
    }

    /// Creates a finding about this pair. `what` says what changed, if the sentence of the rule has a place for it.
    fn finding(
        &self,
        rule: Rule,
        what: &str,
        [old_at, new_at]: [Location; 2],
        [old, new]: [Option<Value>; 2],
    ) -> Finding {
        let level = rule.level(self.direction);
        Finding {
            level: if self.is_silent && level < Level::Info { Level::Info } else { level },
            id: rule.id(self.direction, &format!("{}-{}", self.direction.name(), self.part.name())),
            ..Finding::new(rule, Some(self.direction), what, [old_at, new_at], [old, new])
        }
    }

    /// Creates a finding about a keyword. A side without the keyword is reported as absent from the schema.
    fn keyword_finding(
        &self,
        rule: Rule,
        keyword: &'static str,
        old: KeywordValue<'_>,
        new: KeywordValue<'_>,
    ) -> Finding {
        self.keyword_finding_of(rule, keyword, "", [old, new])
    }

    /// As [`Self::keyword_finding`], with what changed.
    fn keyword_finding_of(
        &self,
        rule: Rule,
        keyword: &'static str,
        what: &str,
        [old, new]: [KeywordValue<'_>; 2],
    ) -> Finding {
        let location = |value_at: Option<&At>, at: Option<&At>| Location {
            keyword: Some(keyword).filter(|_| value_at.is_some()),
            ..value_at.map_or_else(|| Location::absent(at), Location::at)
        };
        let at = [location(old.0, self.old_at()), location(new.0, self.new_at())];
        self.finding(rule, what, at, [old.1, new.1])
    }

    fn old_at(&self) -> Option<&At> {
        self.old.first().map(|site| &site.at)
    }

    fn new_at(&self) -> Option<&At> {
        self.new.first().map(|site| &site.at)
    }
}

/// The values at two sites.
fn values_at(old: &Site<'_>, new: &Site<'_>) -> [Option<Value>; 2] {
    [Some(old.value.clone()), Some(new.value.clone())]
}

impl From<Finding> for FindingInside {
    fn from(finding: Finding) -> Self {
        Self { property: None, finding }
    }
}
