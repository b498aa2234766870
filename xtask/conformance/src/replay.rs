//! Replays edits of documents: what spec-diff says of each item of the old client must agree with rustc, which compiles a user
//! program against the new one. Must not know how spec-diff decides.

mod compile;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use output::outln;
use relay_rest_codegen::{Item, ItemKind, Outline, generate_from, outline, parse};
use serde_json::Value;
use spec_diff::print::{self, View};
use spec_diff::{Report, Settings, Side};

use crate::settings;
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
    /// Items whose use does not even compile against the client that they are of.
    pub unusable: Vec<String>,
}

impl Replay {
    /// Whether there is no silent break, and at most 2 % of the reported items are false alarms.
    pub fn is_right(&self) -> bool {
        self.silent.is_empty() && self.false_alarms.len() * 50 <= self.reported.max(1)
    }

    /// Prints the disagreements and a table.
    pub fn print(&self) {
        for (kind, lines) in [
            ("silent break", &self.silent),
            ("false alarm", &self.false_alarms),
            ("not usable", &self.unusable),
            ("skipped", &self.skipped),
        ] {
            lines.iter().for_each(|line| outln!("{kind}: {line}"));
        }
        outln!("| edits | items used | broken by rustc | reported | silent breaks | false alarms |");
        outln!("|---|---|---|---|---|---|");
        outln!(
            "| {} | {} | {} | {} | {} | {} ({:.1} %) |",
            self.pairs,
            self.items,
            self.broken,
            self.reported,
            self.silent.len(),
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
    uses: Vec<Use>,
    verdict: Verdict,
}

/// Replays pairs. Scratch crates are written to `target/xtask` in `root`.
///
/// # Errors
/// A client does not compile, or cargo does not run.
pub fn run(root: &Path, pairs: &[Pair]) -> Result<Replay, String> {
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
        let failing = compile::failing(root, "all", &compiled)?;
        batch.iter().zip(&failing).for_each(|(clients, failing)| clients.judge(failing, &mut replay));
    }
    Ok(replay)
}

impl Clients {
    fn of(pair: &Pair) -> Result<Self, String> {
        let settings = settings(true);
        let source = |document: &str| {
            let document = parse(document).map_err(|error| error.to_string())?;
            let generated = generate_from(document, &settings);
            let lines = |problems: Vec<_>| {
                problems
                    .first()
                    .map_or(String::new(), |problem: &relay_rest_codegen::Problem| problem.to_string())
            };
            generated.map(|generated| generated.source).map_err(lines)
        };
        let (old, new) = (source(&pair.old)?, source(&pair.new)?);
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
        Ok(Self { name: pair.name.clone(), old, new, outlines, uses, verdict })
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
        Self { lines, types }
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
