//! Random pairs: two documents with a random schema at a random place that differ in one narrowing, widening or rewriting; what
//! `jsonschema` finds of the two schemas, and which levels contradict it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fastrand::Rng;
use serde_json::{Value, json};
use spec_diff::print::{self, View};
use spec_diff::{Report, Settings, Side};

use super::cases::{Direction, Places};
use super::instance::Instances;
use super::narrow::{Effect, narrowed};
use super::random::{self, Schema};
use super::rewrite::Rewriter;

/// How many instances of each schema are tried.
const INSTANCES: usize = 24;

/// What was compared, and what was wrong.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) pairs: usize,
    with_union: usize,
    with_witness: usize,
    edits: BTreeMap<&'static str, usize>,
    keywords: BTreeMap<String, usize>,
    /// By the name of a rule.
    pub(crate) rules: BTreeMap<String, usize>,
    /// By kind: how often, and the shortest pair.
    pub(crate) wrong: BTreeMap<String, (usize, String)>,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.with_union += other.with_union;
        self.with_witness += other.with_witness;
        other.edits.into_iter().for_each(|(edit, count)| *self.edits.entry(edit).or_default() += count);
        other
            .keywords
            .into_iter()
            .for_each(|(keyword, count)| *self.keywords.entry(keyword).or_default() += count);
        other.rules.into_iter().for_each(|(rule, count)| *self.rules.entry(rule).or_default() += count);
        for (kind, (count, example)) in other.wrong {
            self.wrong_pair(kind, count, example);
        }
    }

    fn wrong_pair(&mut self, kind: String, count: usize, example: String) {
        let known = self.wrong.entry(kind).or_insert_with(|| (0, example.clone()));
        known.0 += count;
        if example.len() < known.1.len() {
            known.1 = example;
        }
    }

    /// The share of pairs that have a union with null or with siblings, in percent.
    pub(crate) fn unions(&self) -> usize {
        self.with_union * 100 / self.pairs.max(1)
    }

    /// All wrong pairs.
    pub(crate) fn wrong_in_words(&self) -> String {
        let all: usize = self.wrong.values().map(|(count, _)| count).sum();
        let mut kinds: Vec<_> = self.wrong.iter().collect();
        kinds.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let kinds =
            kinds.into_iter().map(|(kind, (count, example))| format!("{count} × {kind}\n{example}\n"));
        format!("{all} of {} pairs are wrong\n{}", self.pairs, kinds.collect::<Vec<_>>().join("\n"))
    }

    /// The counts, for people.
    pub(crate) fn in_words(&self) -> String {
        let list = |counts: Vec<(&str, usize)>| {
            counts.into_iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        let strings = |counts: &BTreeMap<String, usize>| {
            list(counts.iter().map(|(name, count)| (&**name, *count)).collect())
        };
        format!(
            "{} pairs, {} % with a union that has null or siblings, {} with an instance that only one side accepts\n\
             edits: {}\nkeywords: {}\nrules: {}",
            self.pairs,
            self.unions(),
            self.with_witness,
            list(self.edits.iter().map(|(edit, count)| (*edit, *count)).collect()),
            strings(&self.keywords),
            strings(&self.rules),
        )
    }
}

/// Compares two documents.
fn compare(old: &Value, new: &Value) -> Result<Value, String> {
    let [base, revision] =
        [("base", old), ("revision", new)].map(|(name, text)| Side::new(name, &text.to_string()));
    Report::of(&base, &revision, &Settings::default(), None)
        .map(|report| print::json(&report, View { docs: true, ..View::default() }))
}

fn changes(report: &Value) -> impl Iterator<Item = &Value> {
    report["changes"].as_array().into_iter().flatten()
}

fn count_rules(report: &Value, counts: &mut Counts) {
    let docs = report["docs"].as_array().into_iter().flatten();
    for rule in changes(report).chain(docs).filter_map(|change| change["rule"].as_str()) {
        *counts.rules.entry(rule.to_owned()).or_default() += 1;
    }
}

/// A change that cannot harm whoever reads (`response`) or sends (`request`), or the lack of one that should.
struct Judged<'a> {
    direction: &'static str,
    changes: Vec<&'a Value>,
}

impl<'a> Judged<'a> {
    fn new(report: &'a Value, direction: &'static str) -> Self {
        let is_of = |change: &&Value| change["direction"].is_null() || change["direction"] == direction;
        Self { direction, changes: changes(report).filter(is_of).collect() }
    }

    /// The findings that say that something may break.
    fn alarms(&self) -> Vec<&'a Value> {
        self.changes.iter().copied().filter(|change| change["level"] != "info").collect()
    }

    /// The alarms of a change that can break nobody by what is valid. Warnings that what is sent is ignored, or that what was
    /// optional never comes, are about something else.
    fn false_alarms(&self) -> Vec<&'a Value> {
        let mut alarms = self.alarms();
        alarms.retain(|change| {
            let is_about_use = change["rule"].as_str().is_some_and(|rule| rule.ends_with("property-removed"));
            !(is_about_use && change["level"] == "warning")
        });
        alarms
    }
}

/// Makes and judges one pair.
pub(crate) fn judge(places: &Places, seed: u64, counts: &mut Counts) {
    let mut random = Rng::with_seed(seed);
    let place = places.any(&mut random);
    let schema = if place.is_text() { random::scalar(&mut random) } else { random::schema(&mut random, 3) };
    let mut rewriter = Rewriter::new(&mut random);
    let (old, new, effect, edit) = if random.usize(..4) == 0 {
        (schema.clone(), rewriter.rewritten(&schema), None, "rewritten")
    } else {
        let Some(narrowed) = narrowed(&schema, &mut random) else { return };
        // A widening is a narrowing the other way.
        if random.bool() {
            (schema, narrowed.schema, Some(narrowed.effect), narrowed.edit)
        } else {
            let effect = match narrowed.effect {
                Effect::Narrows => Effect::Widens,
                Effect::Widens => Effect::Narrows,
                Effect::Unknown => Effect::Unknown,
            };
            (narrowed.schema, schema, Some(effect), narrowed.edit)
        }
    };
    let components = random::components();
    let before = places.document(place, &old, &components);
    let mut components = components.as_object().cloned().unwrap_or_default();
    components.extend(rewriter.components);
    let after = places.document(place, &new, &json!(components));
    counts.pairs += 1;
    *counts.edits.entry(edit).or_default() += 1;
    let mut keywords = BTreeSet::new();
    let has_union = [&old, &new].map(|schema| count_keywords(schema, &mut keywords)).contains(&true);
    counts.with_union += usize::from(has_union);
    keywords.into_iter().for_each(|keyword| *counts.keywords.entry(keyword).or_default() += 1);

    let mut wrong = |what: &str, findings: &[&Value], witness: Option<&Value>| {
        let lines: BTreeSet<String> = findings
            .iter()
            .map(|change| {
                let text = |key: &str| change[key].as_str().unwrap_or("-").to_owned();
                format!("{} {}", text("level"), text("rule"))
            })
            .collect();
        let lines = lines.into_iter().collect::<Vec<_>>().join(", ");
        let moved: Vec<String> = components
            .iter()
            .filter(|(name, _)| name.starts_with("Moved"))
            .map(|(name, schema)| format!("\n    {name}: {schema}"))
            .collect();
        let witness = witness.map(|witness| format!("\n    {witness}")).unwrap_or_default();
        let example = format!(
            "  seed {seed}, {}\n    {old}\n    {new}{}{witness}\n    {lines}",
            place.name,
            moved.concat()
        );
        // Of what is missing, the edit is the kind; of what is too much, also the findings.
        let kind =
            if witness.is_empty() { format!("{what} ({edit}): {lines}") } else { format!("{what} ({edit})") };
        counts.wrong_pair(kind, 1, example);
    };
    let report = match compare(&before, &after) {
        Ok(report) => report,
        Err(error) => return wrong(&format!("not compared: {error}"), &[], None),
    };
    if seed.is_multiple_of(10) && compare(&before, &after).as_ref() != Ok(&report) {
        wrong("the same pair gives two reports", &[], None);
    }
    if effect.is_none() && report["changes"].as_array().is_none_or(|changes| !changes.is_empty()) {
        wrong("an equivalent schema is a change", &changes(&report).collect::<Vec<_>>(), None);
    }
    let mut has_witness = false;
    let has_values = ["\"enum\"", "\"const\""]
        .iter()
        .any(|keyword| (old.to_string() + &new.to_string()).contains(keyword));
    let validators =
        [(&old, &before), (&new, &after)].map(|(schema, document)| validator(schema, document, !has_values));
    let [Some(is_old), Some(is_new)] = validators else { return wrong("no JSON Schema", &[], None) };
    // What does not travel in a direction is no constraint there.
    let is_silent = old.to_string().contains("Only\":true") || new.to_string().contains("Only\":true");
    for direction in place.directions() {
        let (direction, sender, reader, of, document, harmless) = match direction {
            Direction::Request => ("request", &is_old, &is_new, &old, &before, Effect::Widens),
            Direction::Response => ("response", &is_new, &is_old, &new, &after, Effect::Narrows),
        };
        let judged = Judged::new(&report, direction);
        let false_alarms = judged.false_alarms();
        if effect == Some(harmless) && !false_alarms.is_empty() {
            wrong(&format!("{}: breaks nobody", judged.direction), &false_alarms, None);
        }
        let mut instances = Instances { document, random: &mut random };
        let witness = (0..INSTANCES)
            .map(|_| instances.of(of))
            .find(|one| sender.is_valid(one) && !reader.is_valid(one));
        let Some(witness) = witness else { continue };
        has_witness = true;
        // A rewriting that changes the meaning is an error of the test.
        if effect.is_none() || effect == Some(harmless) {
            wrong(&format!("{direction}: the test expected no such instance"), &[], Some(&witness));
        } else if judged.alarms().is_empty() && !is_silent {
            wrong(&format!("{direction}: breaks, and nothing says so"), &judged.changes, Some(&witness));
        }
    }
    counts.with_witness += usize::from(has_witness);
    count_rules(&report, counts);
}

/// Validates instances. The table of rules compares the members of `oneOf` one by one, and ignores that only one may match. So does
/// this. Formats do not count beside listed values.
fn validator(schema: &Value, document: &Value, has_formats: bool) -> Option<jsonschema::Validator> {
    let all = json!({ "allOf": [schema], "components": document["components"] });
    let all: Value = serde_json::from_str(&all.to_string().replace("\"oneOf\"", "\"anyOf\"")).ok()?;
    let options =
        jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(has_formats);
    options.build(&all).ok()
}

/// Collects the keywords of a schema. Returns whether it has a union with null or with siblings.
fn count_keywords(schema: &Value, all: &mut BTreeSet<String>) -> bool {
    let is_null = |member: &Value| {
        member == &json!({ "type": "null" })
            || member == &json!({ "const": null })
            || member == &json!({ "enum": [null] })
    };
    let has_union = |schema: &Schema| {
        ["anyOf", "oneOf"]
            .iter()
            .filter_map(|keyword| schema.get(*keyword)?.as_array())
            .any(|members| schema.len() > 1 || members.iter().any(is_null))
    };
    let mut pointers = Vec::new();
    super::narrow::collect(schema, String::new(), Effect::Narrows, &mut pointers);
    let subschemas = pointers.iter().filter_map(|(pointer, _)| schema.pointer(pointer)?.as_object());
    let mut is_union = false;
    for subschema in subschemas {
        all.extend(subschema.keys().cloned());
        is_union |= has_union(subschema);
    }
    is_union
}

/// The pairs of documents in `tests/rules`, one for each rule.
pub(crate) struct RulePair {
    name: String,
    old: Value,
    new: Value,
    expected: Vec<String>,
}

impl RulePair {
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
        let rules: BTreeSet<String> = spec_diff::rules().into_iter().map(|(name, ..)| name).collect();
        let entries = fs::read_dir(&folder).expect("a folder").flatten();
        let mut all: Vec<Self> = entries
            .map(|entry| {
                let read = |name: &str| fs::read_to_string(entry.path().join(name)).expect("a file");
                let document = |name: &str| serde_yaml::from_str(&read(name)).expect("a document");
                let expected = read("expected");
                let expected =
                    expected.lines().filter(|line| !line.starts_with([' ', 'd']) && !line.is_empty());
                let mut expected: Vec<String> = expected.map(str::to_owned).collect();
                expected.sort();
                let name = entry.file_name().to_string_lossy().into_owned();
                Self { name, old: document("old.yaml"), new: document("new.yaml"), expected }
            })
            .collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        assert!(!rules.is_empty() && all.len() >= 200, "{}", all.len());
        all
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Compares the pair with a random schema beside the change, which is rewritten.
    pub(crate) fn judge(&self, seed: u64, counts: &mut Counts) {
        let mut random = Rng::with_seed(seed);
        let schema = random::schema(&mut random, 3);
        let mut rewriter = Rewriter::new(&mut random);
        let rewritten = rewriter.rewritten(&schema);
        let around = |document: &Value, schema: &Value, components: Schema| {
            let mut document = document.clone();
            let is_old = document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
            if !is_old {
                for (name, schema) in components {
                    document["components"]["schemas"][name] = schema;
                }
                document["components"]["schemas"]["Around"] = schema.clone();
                let content =
                    json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Around" } } });
                document["webhooks"]["around"]["post"] = json!({
                    "requestBody": { "content": content }, "responses": { "200": { "description": "d", "content": content } },
                });
            }
            document
        };
        let object = json!({ "type": "object", "properties": { "kind": { "type": "string" } } });
        let mut components = random::components().as_object().cloned().unwrap_or_default();
        for name in
            ["Cat", "Dog"].into_iter().filter(|name| self.old["components"]["schemas"].get(name).is_none())
        {
            components.insert(name.to_owned(), object.clone());
        }
        let old = around(&self.old, &schema, components.clone());
        let moved = json!(rewriter.components);
        components.extend(rewriter.components);
        let new = around(&self.new, &rewritten, components);
        let report = match compare(&old, &new) {
            Ok(report) => report,
            Err(error) => return counts.wrong_pair(format!("{}: {error}", self.name), 1, String::new()),
        };
        let text = |change: &Value, key: &str| change[key].as_str().unwrap_or("-").to_owned();
        let lines = changes(&report).map(|change| {
            format!("{} {} #{}", text(change, "level"), text(change, "id"), text(change, "pointer"))
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        if lines != self.expected {
            let example = format!(
                "  seed {seed}\n    {schema}\n    {rewritten}\n    moved: {moved}\n    {lines:?}\n    {:?}",
                self.expected
            );
            counts.wrong_pair(format!("the pair of `{}` beside an equivalent schema", self.name), 1, example);
        }
        count_rules(&report, counts);
    }
}
