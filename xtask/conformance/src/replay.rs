//! Replays edits of documents: what spec-diff says of each item of the old client must agree with rustc, which compiles a user
//! program against the new one, and what it says of each operation with the calls of the old client to a server that knows the new
//! document. Must not know how spec-diff decides.

mod compile;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use output::outln;
use relay_rest_codegen::document::resolve;
use relay_rest_codegen::{Item, ItemKind, Outline, Pointer, Problem, generate_from, outline, parse};
use serde_json::Value;
use spec_diff::print::{self, View};
use spec_diff::{Report, Settings, Side};

use crate::calls::replayed::{self, Caller, Refused};
use crate::scratch::Scratch;
use crate::settings;
use crate::validate::modernize;
use compile::{Compiled, Failing};
use user::{Use, uses};

/// The most generated Rust that is compiled as one crate, in bytes.
const MOST: usize = 6 << 20;

/// Two documents.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name in messages.
    pub name: String,
    /// The old document, as YAML or JSON.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// What was replayed, and what disagrees.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// How many pairs gave two clients.
    pub pairs: usize,
    /// Why the others did not.
    pub skipped: Vec<String>,
    /// How many items of the old clients were used.
    pub items: usize,
    /// How many of them no longer compile.
    pub broken: usize,
    /// How many of them are breaking by themselves, as spec-diff has it.
    pub reported: usize,
    /// What no longer compiles, and is not reported.
    pub silent: Vec<String>,
    /// What is reported, and compiles.
    pub false_alarms: Vec<String>,
    /// How many calls of old clients were made.
    pub calls: usize,
    /// How many of them the new document does not allow, or have a response that the old client cannot read.
    pub refused: usize,
    /// The operations and reasons of those that spec-diff neither calls breaking nor warns of.
    pub silent_calls: BTreeSet<String>,
    /// Items whose use does not even compile against the client that they are of.
    pub unusable: Vec<String>,
}

impl Replay {
    /// Whether there is no silent break, and at most 2 % of the reported items are false alarms.
    pub fn is_right(&self) -> bool {
        self.silent.is_empty()
            && self.silent_calls.is_empty()
            && self.false_alarms.len() * 50 <= self.reported.max(1)
    }

    /// Prints the disagreements and a table.
    pub fn print(&self) {
        self.silent_calls.iter().for_each(|line| outln!("silent break: {line}"));
        for (kind, lines) in [
            ("silent break", &self.silent),
            ("false alarm", &self.false_alarms),
            ("not usable", &self.unusable),
            ("skipped", &self.skipped),
        ] {
            lines.iter().for_each(|line| outln!("{kind}: {line}"));
        }
        outln!(
            "| edits | items used | broken by rustc | reported | calls | refused | silent breaks | false alarms |"
        );
        outln!("|---|---|---|---|---|---|---|---|");
        outln!(
            "| {} | {} | {} | {} | {} | {} | {} | {} ({:.1} %) |",
            self.pairs,
            self.items,
            self.broken,
            self.reported,
            self.calls,
            self.refused,
            self.silent.len() + self.silent_calls.len(),
            self.false_alarms.len(),
            self.false_alarms.len() as f64 * 100.0 / self.reported.max(1) as f64
        );
    }
}

/// The clients of a pair, and what spec-diff says of their items.
struct Clients {
    name: String,
    old: String,
    new: String,
    outlines: [Outline; 2],
    /// The methods of the old client and their operations.
    operations: Vec<(String, Pointer)>,
    /// As published, with references resolved.
    documents: [Value; 2],
    uses: Vec<Use>,
    verdict: Verdict,
}

/// Replays pairs, with `calls` calls of each operation for each response. Scratch crates are written to `target/xtask` in `root`.
///
/// # Errors
/// A client does not compile, or cargo does not run.
pub fn run(root: &Path, pairs: &[Pair], calls: usize) -> Result<Replay, String> {
    let mut replay = Replay::default();
    let mut clients = Vec::new();
    for pair in pairs {
        match Clients::of(pair) {
            Ok(found) => clients.push(found),
            Err(reason) => replay.skipped.push(format!("{}: {}", pair.name, reason.trim_end())),
        }
    }
    replay.pairs = clients.len();
    let mut rest = clients.as_slice();
    while !rest.is_empty() {
        let mut size = 0;
        let fit = rest.iter().take_while(|clients| {
            size += clients.old.len() + clients.new.len();
            size <= MOST
        });
        let (batch, after) = rest.split_at(fit.count().max(1));
        rest = after;
        let compiled: Vec<Compiled<'_>> = batch.iter().map(Clients::compiled).collect();
        let failing = compile::failing(root, &compiled)?;
        batch.iter().zip(&failing).for_each(|(clients, failing)| clients.judge(failing, &mut replay));
        if calls > 0 {
            call(root, batch, calls, &mut replay)?;
        }
    }
    Ok(replay)
}

/// Makes the calls of the old clients.
fn call(root: &Path, batch: &[Clients], calls: usize, replay: &mut Replay) -> Result<(), String> {
    let scratch = Scratch::named_by(root, "replay calls", batch.iter().map(|clients| &clients.old))?;
    let modules = (0..batch.len()).map(|index| format!("old_{index}"));
    compile::write_library(&scratch, modules.clone().zip(batch.iter().map(|clients| &*clients.old)))?;
    let callers: Vec<Caller<'_>> =
        modules.zip(batch).map(|(module, clients)| clients.caller(module)).collect();
    let (made, refused) = replayed::run(&scratch, &callers, calls)?;
    replay.calls += made;
    replay.refused += refused.len();
    for Refused { pair, operation, reason } in refused {
        let clients = &batch[pair];
        if !clients.verdict.warns_of(&operation) {
            replay.silent_calls.insert(format!("{}: {operation}: {reason}", clients.name));
        }
    }
    Ok(())
}

impl Clients {
    fn of(pair: &Pair) -> Result<Self, String> {
        let mut settings = settings(true);
        // Each builder has uses.
        settings.received_builders = None;
        let generated = |document: &str| {
            let document = parse(document).map_err(|error| error.to_string())?;
            let first =
                |problems: Vec<Problem>| problems.first().map(ToString::to_string).unwrap_or_default();
            let generated = generate_from(document.clone(), &settings).map_err(first)?;
            let mut document = document;
            resolve(&mut document);
            modernize(&mut document);
            Ok::<_, String>((generated, document))
        };
        let ((old, old_document), (new, new_document)) = (generated(&pair.old)?, generated(&pair.new)?);
        let (operations, documents) = (old.operations, [old_document, new_document]);
        let (old, new) = (old.source, new.source);
        let outlined = |source: &str| outline(source).map_err(|error| error.to_string());
        let outlines = [outlined(&old)?, outlined(&new)?];
        let sides = [Side::new("old", &pair.old), Side::new("new", &pair.new)];
        let report = Report::of(&sides[0], &sides[1], &Settings::default(), Some(&settings))?;
        let report = print::json(&report, View::default());
        if let Some(reason) = report["rust"]["missing"].as_str() {
            return Err(reason.to_owned());
        }
        let uses = uses(&outlines[0]);
        let verdict = Verdict::of(&report, &outlines);
        Ok(Self { name: pair.name.clone(), old, new, outlines, operations, documents, uses, verdict })
    }

    fn caller(&self, module: String) -> Caller<'_> {
        let Self { outlines: [outline, _], operations, documents: [old, new], .. } = self;
        Caller { module, outline, operations, old, new }
    }

    fn compiled(&self) -> Compiled<'_> {
        Compiled { old: &self.old, new: &self.new, uses: &self.uses }
    }

    /// Compares what does not compile with what spec-diff reports.
    fn judge(&self, failing: &Failing, replay: &mut Replay) {
        let items = &self.outlines[0].items;
        let mut used: BTreeMap<usize, bool> = BTreeMap::new();
        for (index, used_item) in
            self.uses.iter().enumerate().filter(|(index, _)| !failing.old.contains(index))
        {
            *used.entry(used_item.item).or_default() |= failing.new.contains(&index);
        }
        replay.items += used.len();
        let line = |item: &Item| format!("{}: {item}", self.name);
        let unused = (0..items.len()).filter(|index| !used.contains_key(index));
        replay.unusable.extend(unused.map(|index| line(&items[index])));
        for (index, is_broken) in used {
            let item = &items[index];
            replay.broken += usize::from(is_broken);
            let is_reported = self.verdict.breaks(item);
            replay.reported += usize::from(is_reported);
            match (is_broken, is_reported) {
                (true, false) if !self.verdict.covers(item) => replay.silent.push(line(item)),
                (false, true) => replay.false_alarms.push(line(item)),
                _ => {}
            }
        }
    }
}

/// The items of the old client that spec-diff reports as breaking.
struct Verdict {
    /// The lines of the items that were removed or changed.
    lines: BTreeSet<String>,
    /// The types that were removed or changed, and those that must not grow and grew.
    types: BTreeSet<String>,
    /// The operations with a finding that is breaking or a warning.
    operations: BTreeSet<String>,
}

impl Verdict {
    fn of(report: &Value, [old, new]: &[Outline; 2]) -> Self {
        let items = report["rust"]["items"].as_array().into_iter().flatten();
        let breaking = items.filter(|item| item["level"] == "major");
        let (mut lines, mut grown) = (BTreeSet::new(), BTreeSet::new());
        for item in breaking {
            match (item["old"].as_str(), item["new"].as_str()) {
                (Some(line), _) => _ = lines.insert(line.to_owned()),
                (None, Some(line)) => _ = grown.insert(line.to_owned()),
                (None, None) => {}
            }
        }
        let owners = new
            .items
            .iter()
            .filter(|item| grown.contains(&item.to_string()))
            .filter_map(|item| item.owner.clone());
        let types: BTreeSet<String> = owners.collect();
        lines.extend(old.types().filter(|item| types.contains(&item.path())).map(ToString::to_string));
        let reported = old.types().filter(|item| lines.contains(&item.to_string()));
        let types = reported.map(Item::path).collect();
        let changes = report["changes"].as_array().into_iter().flatten();
        let worse = changes.filter(|change| change["level"] == "breaking" || change["level"] == "warning");
        let operations = worse.flat_map(|change| change["operations"].as_array().into_iter().flatten());
        let operations = operations.filter_map(Value::as_str).map(nameless).collect();
        Self { lines, types, operations }
    }

    /// Whether a finding that is breaking or a warning affects the operation.
    fn warns_of(&self, operation: &str) -> bool {
        self.operations.contains(&nameless(operation))
    }

    /// Whether the item itself is reported.
    fn breaks(&self, item: &Item) -> bool {
        self.lines.contains(&item.to_string())
    }

    /// Whether a type that the item belongs to or names is reported, so that the item need not be.
    fn covers(&self, item: &Item) -> bool {
        let built =
            (item.kind == ItemKind::Struct).then(|| item.path().replace("types::builder::", "types::"));
        let built = built.and_then(|path| path.strip_suffix("Builder").map(str::to_owned));
        let owners = item.owners().into_iter().chain(item.named());
        let owner_built = item.owner.as_ref().and_then(|owner| {
            owner.replace("types::builder::", "types::").strip_suffix("Builder").map(str::to_owned)
        });
        owners.chain(built).chain(owner_built).any(|path| self.types.contains(&path))
    }
}

/// `GET /a/{id}/b` ⇒ `GET /a/{}/b`
fn nameless(operation: &str) -> String {
    let pieces = operation.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest));
    pieces.collect::<Vec<_>>().join("{}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A pair of documents with this schema of a response.
    fn pair(old: &Value, new: &Value) -> Pair {
        let document = |schema: &Value| {
            json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": { "/a": { "get": { "operationId": "a", "responses": {
                "200": { "description": "d", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } } } } } },
                "components": { "schemas": { "A": schema } } })
            .to_string()
        };
        Pair { name: "pair".to_owned(), old: document(old), new: document(new) }
    }

    #[test]
    fn disagreements_with_rustc_are_found() {
        let schema = |name: &str| json!({ "type": "object", "properties": { "id": { "type": "string" }, name: { "type": "string" } } });
        let clients = Clients::of(&pair(&schema("old"), &schema("new"))).expect("two clients");
        let of_old = |used: &Use| {
            let item = clients.outlines[0].items[used.item].to_string();
            item.starts_with("field types::A.old:") || item.contains(": fn old<")
        };
        let broken = clients.uses.iter().enumerate().filter(|(_, used)| of_old(used)).map(|(index, _)| index);
        let failing = Failing { new: broken.collect(), ..Failing::default() };
        let judged = |clients: &Clients, failing: &Failing| {
            let mut replay = Replay::default();
            clients.judge(failing, &mut replay);
            (replay.silent.len(), replay.false_alarms.len(), replay.is_right())
        };
        assert_eq!(judged(&clients, &failing), (0, 0, true));
        assert_eq!(judged(&clients, &Failing::default()), (0, 2, false), "what compiles is not broken");
        let silent = Clients { verdict: Verdict::of(&json!({}), &clients.outlines), ..clients };
        assert_eq!(judged(&silent, &failing), (2, 0, false), "what breaks has to be reported");
    }

    #[test]
    fn an_operation_is_warned_of_whatever_its_parameters_are_called() {
        let change =
            |level: &str| json!({ "changes": [{ "level": level, "operations": ["GET /a/{id}/b"] }] });
        let verdict = |level: &str| Verdict::of(&change(level), &[Outline::default(), Outline::default()]);
        assert!(verdict("warning").warns_of("GET /a/{x}/b") && verdict("breaking").warns_of("GET /a/{id}/b"));
        assert!(!verdict("info").warns_of("GET /a/{id}/b") && !verdict("warning").warns_of("GET /a/{id}"));
    }
}
