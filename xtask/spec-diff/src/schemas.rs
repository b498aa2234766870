//! How two schemas differ for somebody who sends by the old one, or reads by it.
//! Knows normal schemas; must not know which operation they belong to.

mod applicators;
mod assertions;
mod bounds;
mod properties;
mod reach;
mod unions;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::normal::{At, Flag, Schemas, Sites, Types};
use super::rules::{Direction, Finding, Level, Part, Rule, Spot};

/// A pair of schemas in a direction.
#[derive(Clone, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) old: Sites<'a>,
    pub(crate) new: Sites<'a>,
    pub(crate) direction: Direction,
    pub(crate) part: Part,
    /// What the finding is about, in words: `the property a`.
    pub(crate) name: Arc<str>,
    /// Whether the property is required on both sides.
    pub(crate) is_required: bool,
    /// Whether nothing of it travels in this direction: what is read-only is not sent, what is write-only does not come.
    pub(crate) is_silent: bool,
    /// Whether these are members of unions, which are nullable when one of their members is: then null is compared there.
    pub(crate) ignores_null: bool,
}

/// What is found at a pair, and the pairs within.
struct Node<'a> {
    pair: Pair<'a>,
    findings: Vec<Finding>,
    within: Vec<usize>,
    /// Whether nothing is left to be found there.
    is_done: bool,
}

/// A finding that stands when something is found at another pair.
struct ConditionalFinding {
    node: usize,
    at: usize,
    finding: Finding,
}

/// Where the schemas of a side really stand.
type SchemaIds = Vec<*const Value>;

/// All pairs that were compared: each once, however many operations reach it.
pub(crate) struct Comparison<'a> {
    old: Schemas<'a>,
    new: Schemas<'a>,
    known: HashMap<(SchemaIds, SchemaIds, Direction, Part, bool, bool), usize>,
    nodes: Vec<Node<'a>>,
    conditional: Vec<ConditionalFinding>,
    /// The first node that was not yet looked at.
    next: usize,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(old: Schemas<'a>, new: Schemas<'a>) -> Self {
        Self { old, new, known: HashMap::new(), nodes: Vec::new(), conditional: Vec::new(), next: 0 }
    }

    /// The node of two schemas, which are compared when all are.
    pub(crate) fn compare(&mut self, mut pair: Pair<'a>) -> usize {
        let at_references = [self.old.docs_at_references(&pair.old), self.new.docs_at_references(&pair.new)];
        let docs = assertions::docs(&pair, &at_references[0], &at_references[1]);
        pair.old = pair.old.iter().map(|site| self.old.resolve_alone(site)).collect();
        pair.new = pair.new.iter().map(|site| self.new.resolve_alone(site)).collect();
        let ids = |sites: &Sites<'a>| sites.iter().map(|site| std::ptr::from_ref(site.value)).collect();
        let flags = (pair.is_silent, pair.ignores_null);
        let key = (ids(&pair.old), ids(&pair.new), pair.direction, pair.part, flags.0, flags.1);
        let nodes = &mut self.nodes;
        let node = *self.known.entry(key).or_insert_with(|| {
            nodes.push(Node { pair: pair.clone(), findings: Vec::new(), within: Vec::new(), is_done: false });
            nodes.len() - 1
        });
        if docs.is_empty() {
            return node;
        }
        // What is written beside a reference belongs to whoever refers, and not to what is referred to.
        self.nodes.push(Node { pair, findings: docs, within: vec![node], is_done: true });
        self.nodes.len() - 1
    }

    /// Compares all pairs, and all within them.
    pub(crate) fn finish(&mut self) {
        while let Some(node) = self.nodes.get(self.next) {
            if !node.is_done {
                let pair = node.pair.clone();
                self.compare_pair(self.next, &pair);
            }
            self.next += 1;
        }
        for ConditionalFinding { node, at, finding } in std::mem::take(&mut self.conditional) {
            if self.reach(at).into_iter().any(|node| self.has_changes(node)) {
                self.nodes[node].findings.push(finding);
            }
        }
    }

    /// The nodes of a pair and all within, as indices that are the same for all who reach them.
    pub(crate) fn reach(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(node) = waiting.pop() {
            if reached.insert(node) {
                waiting.extend(&self.nodes[node].within);
            }
        }
        reached
    }

    /// The nodes where something is found, and who reaches them.
    pub(crate) fn reached(
        &self,
        roots: &BTreeMap<usize, BTreeSet<Arc<str>>>,
    ) -> Vec<(usize, Arc<BTreeSet<Arc<str>>>)> {
        let edges = self.nodes.iter().enumerate().map(|(node, of)| (node, of.within.as_slice()));
        let found = |node: usize| !self.nodes[node].findings.is_empty();
        reach::reached(edges, roots).into_iter().filter(|(node, _)| found(*node)).collect()
    }

    /// Whether something that travels changes there.
    fn has_changes(&self, node: usize) -> bool {
        self.nodes[node].findings.iter().any(|finding| finding.level != Level::Docs)
    }

    pub(crate) fn findings(&self, node: usize) -> &[Finding] {
        &self.nodes[node].findings
    }

    fn compare_pair(&mut self, node: usize, pair: &Pair<'a>) {
        let (mut old, mut new) = (self.old.normal_form(&pair.old), self.new.normal_form(&pair.new));
        unions::lift(pair, &mut old, &mut new);
        let ignores_null = pair.ignores_null;
        if ignores_null {
            old.ignore_null();
            new.ignore_null();
        }
        let pair = &Pair { ignores_null: false, ..pair.clone() };
        let mut found = PairFindings { pair, findings: Vec::new() };
        found.assertions(&old, &new);
        self.nodes[node].findings = found.findings;
        if [Flag::Never, Flag::Unresolved].iter().any(|flag| old.is(*flag) || new.is(*flag)) {
            return;
        }
        if old.types.meets(Types::OBJECT) && new.types.meets(Types::OBJECT) {
            self.properties(node, pair, &old, &new);
        }
        if old.types.meets(Types::ARRAY) && new.types.meets(Types::ARRAY) {
            self.compare_parts(node, pair, "the items of", &old.items, &new.items);
        }
        self.applicators(node, pair, &old, &new);
        self.discriminators(node, pair, &old, &new);
        self.unions(node, pair, &old, &new, ignores_null);
    }

    /// Schemas that bear on a part of the value; where there are none, everything is allowed.
    fn compare_parts(&mut self, node: usize, pair: &Pair<'a>, what: &str, old: &Sites<'a>, new: &Sites<'a>) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        let name = format!("{what} {}", pair.name).into();
        let inside = Pair {
            old: old.clone(),
            new: new.clone(),
            part: part_inside(pair.part),
            name,
            is_required: false,
            ..pair.clone()
        };
        let within = self.compare(inside);
        self.nodes[node].within.push(within);
    }

    fn report(&mut self, node: usize, finding: Finding) {
        self.nodes[node].findings.push(finding);
    }
}

/// What is in a body is a property of it; parts of parameters and headers are still theirs.
fn part_inside(part: Part) -> Part {
    if part == Part::Body { Part::Property } else { part }
}

impl Pair<'_> {
    /// A finding about this pair.
    fn finding(
        &self,
        rule: Rule,
        old_at: Spot,
        new_at: Spot,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Finding {
        self.finding_of(rule, self.part, &self.name, old_at, new_at, old, new)
    }

    #[expect(clippy::too_many_arguments, reason = "a finding has as many parts")]
    fn finding_of(
        &self,
        rule: Rule,
        part: Part,
        name: &str,
        old_at: Spot,
        new_at: Spot,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Finding {
        let level = rule.level(self.direction);
        let level = if self.is_silent && level < Level::Info { Level::Info } else { level };
        let at = format!("{}-{}", self.direction.name(), part.name());
        let message =
            format!("{name}: {}{}; {}", rule.words(), values(old.as_ref(), new.as_ref()), rule.row().why);
        let direction = Some(self.direction);
        Finding {
            rule,
            level,
            id: rule.id(self.direction, &at),
            direction,
            message,
            old_at,
            new_at,
            old,
            new,
        }
    }

    fn old_at(&self) -> Option<&At> {
        self.old.first().map(|site| &site.at)
    }

    fn new_at(&self) -> Option<&At> {
        self.new.first().map(|site| &site.at)
    }
}

/// ` from 5 to 4`, ` (5)`, where the values are short.
pub(crate) fn values(old: Option<&Value>, new: Option<&Value>) -> String {
    let short = |value: &Value| {
        let text = match value {
            Value::String(text) => format!("`{text}`"),
            Value::Object(_) => return None,
            value => value.to_string(),
        };
        (text.len() <= 60 && !text.contains('\n')).then_some(text)
    };
    match (old.map(short), new.map(short)) {
        (Some(Some(old)), Some(Some(new))) => format!(" from {old} to {new}"),
        (Some(Some(only)), None) | (None, Some(Some(only))) => format!(" ({only})"),
        _ => String::new(),
    }
}

/// The findings of one pair.
struct PairFindings<'p, 'a> {
    pair: &'p Pair<'a>,
    findings: Vec<Finding>,
}

impl PairFindings<'_, '_> {
    /// What was said there, and what is said here; where nothing is, it is where it would be.
    fn report(&mut self, rule: Rule, keyword: &'static str, old: KeywordValue<'_>, new: KeywordValue<'_>) {
        let spot = |said: &KeywordValue<'_>, at: Option<&At>| Spot {
            keyword: Some(keyword).filter(|_| said.at.is_some()),
            ..said.at.map_or_else(|| Spot::absent(at), Spot::at)
        };
        let (old_at, new_at) = (spot(&old, self.pair.old_at()), spot(&new, self.pair.new_at()));
        self.findings.push(self.pair.finding(rule, old_at, new_at, old.value, new.value));
    }
}

/// What one of the sides says.
struct KeywordValue<'s> {
    at: Option<&'s At>,
    value: Option<Value>,
}

impl<'s> KeywordValue<'s> {
    fn new(at: Option<&'s At>, value: Option<Value>) -> Self {
        Self { at, value }
    }
}
