//! Compares the operations of two documents, and collects the pairs of schemas to compare. Must not read schemas.

mod bodies;
mod dedup;
mod docs;
mod listed;
mod parameters;
mod removal;
mod responses;
mod security;
mod servers;
pub(crate) mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

pub(crate) use self::listed::nameless;
use self::listed::{Operation, operations};
use super::lifecycle::Lifecycle;
use super::normal::{Schemas, Site, Sites, below};
use super::rules::{Direction, Finding, Location, Part, Rule, Step, rule};
use super::schemas::{Pair, Proof, Root, SchemaComparison};
use relay_rest_codegen::document::graph::components_reached;
use relay_rest_codegen::document::is_extension;

/// A finding, and the operations that it affects.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) finding: Finding,
    pub(crate) operations: Arc<BTreeSet<Arc<str>>>,
}

/// Compares two documents. The worst changes come first.
pub(crate) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let (old, new) = (Schemas(old), Schemas(new));
    let mut comparison = DocumentComparison {
        old,
        new,
        schemas: SchemaComparison::new(old, new),
        changes: Vec::new(),
        roots: Vec::new(),
    };
    comparison.info();
    comparison.servers();
    comparison.unread_of_document();
    comparison.section(Section::Paths, &entries_at(old, "/paths"), &entries_at(new, "/paths"));
    comparison.section(Section::Webhooks, &entries_at(old, "/webhooks"), &entries_at(new, "/webhooks"));
    comparison.components();
    comparison.finish()
}

/// The operations and webhooks with such a lifecycle, without the names of path parameters.
pub(crate) fn names(document: &Value, is_selected: &dyn Fn(&Lifecycle<'_>) -> bool) -> BTreeSet<String> {
    let schemas = Schemas(document);
    let sections = [(Section::Paths, "/paths"), (Section::Webhooks, "/webhooks")];
    let all = sections.iter().flat_map(|(section, at)| {
        operations(schemas, *section, &entries_at(schemas, at)).into_values().flatten()
    });
    let selected = all.filter(|operation| is_selected(&Lifecycle::at(&operation.site)));
    selected.map(|operation| nameless(&operation.name)).collect()
}

/// The entries of the map at a pointer.
fn entries_at<'a>(schemas: Schemas<'a>, at: &str) -> Vec<(&'a str, Site<'a>)> {
    schemas.site(at).iter().flat_map(Site::entries).collect()
}

struct DocumentComparison<'a> {
    old: Schemas<'a>,
    new: Schemas<'a>,
    schemas: SchemaComparison<'a>,
    changes: Vec<Change>,
    /// The pairs of schemas that operations refer to.
    roots: Vec<Root>,
}

/// The kind of path item, which decides who sends the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Paths,
    Webhooks,
    Callbacks,
}

impl Section {
    /// What tells a webhook or a callback from an operation with the same method and path.
    fn prefix(self) -> &'static str {
        match self {
            Self::Paths => "",
            Self::Webhooks => "webhook ",
            Self::Callbacks => "callback ",
        }
    }
}

/// An operation that both sides have.
struct OperationPair<'o, 'a> {
    name: Arc<str>,
    section: Section,
    old: &'o Operation<'a>,
    new: &'o Operation<'a>,
    /// The direction of the request: a webhook's request is sent by the API.
    request_direction: Direction,
    response_direction: Direction,
}

/// A finding outside schemas, before it gets its id and level.
struct FindingDraft<'t> {
    rule: Rule,
    direction: Option<Direction>,
    part: &'t str,
    /// The subject of the message.
    subject: String,
    /// What changed, if the sentence of the rule has a place for it.
    what: String,
    at: [Location; 2],
    values: [Option<Value>; 2],
    /// What changed, if the values name components.
    identity: Option<String>,
}

impl<'t> FindingDraft<'t> {
    fn new(rule: Rule, subject: impl Into<String>, at: [Location; 2]) -> Self {
        let (subject, what) = (subject.into(), String::new());
        Self { rule, direction: None, part: "", subject, what, at, values: [None, None], identity: None }
    }

    /// Something that both sides have.
    fn changed(rule: Rule, subject: impl Into<String>, old: &Site<'_>, new: &Site<'_>) -> Self {
        Self::new(rule, subject, [Location::at(&old.at), Location::at(&new.at)])
    }

    /// Something that is missing from `parent` in the old document.
    fn added(rule: Rule, subject: impl Into<String>, parent: &Site<'_>, new: &Site<'_>) -> Self {
        let at = [Location::absent(Some(&parent.at)), Location::at(&new.at)];
        Self::new(rule, subject, at).values(None, Some(new.value.clone()))
    }

    /// Something that is missing from `parent` in the new document.
    fn removed(rule: Rule, subject: impl Into<String>, old: &Site<'_>, parent: &Site<'_>) -> Self {
        let at = [Location::at(&old.at), Location::absent(Some(&parent.at))];
        Self::new(rule, subject, at).values(Some(old.value.clone()), None)
    }

    /// Says what changed.
    fn what(self, what: impl Into<String>) -> Self {
        Self { what: what.into(), ..self }
    }

    /// Sets the direction, and the part of the message, such as `parameter`.
    fn sent(self, direction: Direction, part: &'t str) -> Self {
        Self { direction: Some(direction), part, ..self }
    }

    fn values(self, old: Option<Value>, new: Option<Value>) -> Self {
        Self { values: [old, new], ..self }
    }
}

impl<'a> OperationPair<'_, 'a> {
    /// The subject of a message about a part of the operation.
    ///
    /// `response 200 body` ⇒ `webhook response 200 body`
    fn subject(&self, of: &str) -> String {
        format!("{}{of}", self.section.prefix())
    }
}

impl<'a> DocumentComparison<'a> {
    /// Reports a finding about an operation, or about the document.
    fn report(&mut self, operation: Option<&OperationPair<'_, 'a>>, draft: FindingDraft<'_>) {
        let names = operation.map(|pair| (&pair.name, pair.new.key.as_str(), pair.section));
        self.report_about(names, draft);
    }

    fn report_about(&mut self, operation: Option<(&Arc<str>, &str, Section)>, draft: FindingDraft<'_>) {
        let FindingDraft { rule, direction, part, subject, what, at, values, identity } = draft;
        let side = direction.unwrap_or(Direction::Request);
        let mut finding = Finding::new(rule, direction, &what, at, values);
        finding.id = rule.id(side, &format!("{}-{part}", side.name()));
        match identity {
            Some(identity) => finding.identity = identity,
            None => finding.identify(self.old, self.new),
        }
        let (name, key, section) = operation
            .map_or((None, "", Section::Paths), |(name, key, section)| (Some(name.clone()), key, section));
        finding.place = format!("{key} {subject}");
        finding.sentence.subject = subject;
        finding.sentence.name_messages(section != Section::Paths);
        self.changes.push(Change { finding, operations: Arc::new(name.into_iter().collect()) });
    }

    /// Adds the schemas of a parameter, a header or a media type to compare. No schema means no constraint.
    fn compare_schemas(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        old: &Site<'a>,
        new: &Site<'a>,
        direction: Direction,
        part: Part,
        what: &str,
    ) {
        let schema = |site: &Site<'a>| site.get("schema").into_iter().collect();
        self.compare_sites(pair, schema(old), schema(new), direction, part, what);
    }

    /// Adds schemas to compare.
    fn compare_sites(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        old: Sites<'a>,
        new: Sites<'a>,
        direction: Direction,
        part: Part,
        what: &str,
    ) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        let schemas = Pair {
            old,
            new,
            direction,
            part,
            step: Step::Same,
            is_required: false,
            is_silent: false,
            ignores_null: false,
            proof: Proof::default(),
        };
        let node = self.schemas.compare(schemas);
        self.roots.push(Root {
            operation: pair.name.clone(),
            key: pair.new.key.clone(),
            subject: what.to_owned(),
            is_of_webhook: pair.section != Section::Paths,
            node,
        });
    }

    fn finish(mut self) -> Vec<Change> {
        self.schemas.finish();
        let found = self.schemas.findings(&self.roots).into_iter();
        self.changes.extend(found.map(|(finding, operations)| Change { finding, operations }));
        dedup::one_for_each_cause(self.changes)
    }

    fn section(&mut self, section: Section, old: &[(&'a str, Site<'a>)], new: &[(&'a str, Site<'a>)]) {
        self.unread_of_path_items(old, new);
        let (mut old, mut new) = (operations(self.old, section, old), operations(self.new, section, new));
        for (key, operations) in &mut old {
            let mut others = new.remove(key).unwrap_or_default();
            for operation in std::mem::take(operations) {
                // Paths that differ only in parameter names share a key. Equal paths are matched first, then the others in order.
                let same = others.iter().position(|other| other.path == operation.path);
                if others.is_empty() {
                    self.removed(section, &operation);
                } else {
                    self.operation(section, &operation, &others.remove(same.unwrap_or(0)));
                }
            }
            others.iter().for_each(|other| self.added(section, other));
        }
        new.values().flatten().for_each(|operation| self.added(section, operation));
    }

    fn added(&mut self, section: Section, operation: &Operation<'a>) {
        let rule = match section {
            Section::Paths => rule!("endpoint-added"),
            Section::Webhooks => rule!("webhook-added"),
            Section::Callbacks => rule!("callback-added"),
        };
        let at = [Location::default(), Location::at(&operation.site.at)];
        let draft = FindingDraft::new(rule, &*operation.name, at);
        let draft = draft.values(None, Some((&*operation.name).into()));
        self.report_about(Some((&operation.name, &operation.key, section)), draft);
    }

    fn operation(&mut self, section: Section, old: &Operation<'a>, new: &Operation<'a>) {
        let (request_direction, response_direction) = if section == Section::Paths {
            (Direction::Request, Direction::Response)
        } else {
            (Direction::Response, Direction::Request)
        };
        let name = new.name.clone();
        let pair = OperationPair { name, section, old, new, request_direction, response_direction };
        self.compare_operation_docs(&pair);
        self.unread(Some(&pair), &pair.name, [&old.site, &new.site], &unread::OPERATION);
        self.compare_operation_lifecycle(&pair);
        if section == Section::Paths {
            self.security(&pair);
            self.own_servers(&pair);
        }
        self.parameters(&pair);
        self.body(&pair);
        self.responses(&pair);
        self.callbacks(&pair);
    }

    fn callbacks(&mut self, pair: &OperationPair<'_, 'a>) {
        let all = |schemas: Schemas<'a>, operation: &Operation<'a>| -> Vec<(&'a str, Site<'a>)> {
            let callbacks = operation.site.get("callbacks").into_iter().flat_map(|all| all.entries());
            callbacks.filter_map(|(_, site)| schemas.resolve(&site)).flat_map(|site| site.entries()).collect()
        };
        let (old, new) = (all(self.old, pair.old), all(self.new, pair.new));
        if !old.is_empty() || !new.is_empty() {
            self.section(Section::Callbacks, &old, &new);
        }
    }

    /// Reports removed component schemas that nothing referred to. Removals of other schemas show where they were used.
    fn components(&mut self) {
        let at = "/components/schemas";
        let new = entries_at(self.new, at);
        let names: BTreeSet<&str> = new.iter().map(|(name, _)| *name).collect();
        let gone: Vec<_> =
            entries_at(self.old, at).into_iter().filter(|(name, _)| !names.contains(name)).collect();
        if gone.is_empty() {
            return;
        }
        let reached = components_reached(self.old.0).0;
        // What is not read may refer to it, too.
        let parts = ["paths", "webhooks"].into_iter().filter_map(|key| self.old.0.get(key));
        let text: String = parts.map(Value::to_string).collect();
        for (name, site) in gone {
            let is_renamed = new.iter().any(|(_, other)| other.value == site.value);
            let is_reached = reached.contains(&("schemas".to_owned(), name.to_owned()))
                || text.contains(&json!(format!("#{at}/{name}")).to_string());
            if !is_renamed && !is_reached {
                let at = [Location::at(&site.at), Location::default()];
                let draft = FindingDraft::new(rule!("api-schema-removed"), format!("schema `{name}`"), at);
                self.report(None, draft.values(Some(site.value.clone()), None));
            }
        }
    }
}

/// Whether `required` is true.
fn is_required(value: &Value) -> bool {
    value.get("required") == Some(&Value::Bool(true))
}

/// The entries of a map under a key, references followed, by case-folded name.
fn resolved<'a>(
    schemas: Schemas<'a>,
    site: &Site<'a>,
    key: &str,
    folded: fn(&str) -> String,
) -> BTreeMap<String, Site<'a>> {
    let entries = site.get(key).into_iter().flat_map(|map| map.entries());
    let entries = entries.filter(|(name, _)| !is_extension(name) || key == "headers");
    entries.filter_map(|(name, site)| Some((folded(name), schemas.resolve(&site)?))).collect()
}

/// The keys of a map; none without a map.
fn keys(map: Option<&Map<String, Value>>) -> BTreeSet<&str> {
    map.into_iter().flat_map(Map::keys).map(String::as_str).collect()
}
