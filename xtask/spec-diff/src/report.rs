//! What is found, on the wire and in Rust, and the version that is due for it.
//! Knows how findings are weighed; must not know how they are found or printed.

use std::collections::BTreeSet;
use std::thread;

use relay_rest_codegen::{Outlined, Settings as GeneratorSettings, outlines};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::basis::{Basis, Seen, United};
use super::lines::Lines;
use super::operations::{Change, compare, travels};
use super::rules::{Finding, Level, Spot};
use super::rust_api::{self, Bump, Causes, ItemChange};
use super::settings::{Accepted, Settings};
use super::side::Side;

/// All that is found.
pub struct Report {
    /// What changes for callers, the worst first, each with its fingerprint.
    pub(crate) changes: Vec<Told>,
    /// What only people read.
    pub(crate) docs: Vec<Told>,
    /// What would be told if it was not accepted.
    pub(crate) accepted: Vec<Told>,
    /// What changed upstream to what the overlay says already, so that it concerns nobody who uses the client.
    pub(crate) anticipated: Vec<Told>,
    pub(crate) stale: Vec<Accepted>,
    /// What changed in the generated clients.
    pub rust: Items,
    pub(crate) names: [String; 2],
    /// The files that the documents are in.
    pub(crate) files: [String; 2],
    /// What a reader has to know about how the documents were compared.
    pub(crate) notes: Vec<String>,
}

/// A change with what a reader finds it by.
pub(crate) struct Told {
    pub(crate) change: Change,
    /// Which of the comparisons shows it, where documents were compared with their overlays and as published.
    pub(crate) seen: Seen,
    pub(crate) fingerprint: String,
    /// The lines in both texts, from 1; where it is not there, the line of what it would be in.
    pub(crate) lines: [Option<usize>; 2],
}

/// What is known of the public items.
pub enum Items {
    /// These changed.
    Changed(Vec<ItemChange>),
    /// Why a side gives no client.
    Unknown(String),
    /// They were not asked for.
    Skipped,
}

impl Report {
    /// Compares two sides; the public items of the clients that are generated with `generator` too, where there is one.
    ///
    /// # Errors
    /// Why the documents cannot be compared on the wire. That one gives no client is in the report.
    pub fn of(
        base: &Side,
        revision: &Side,
        settings: &Settings,
        generator: Option<&GeneratorSettings>,
    ) -> Result<Self, String> {
        let (old, new) = both(|| base.documents(), || revision.documents());
        let basis = Basis::new(
            [&base.name, &revision.name],
            [base.overlay_file(), revision.overlay_file()],
            [old?, new?],
        );
        let [old, new] = &basis.documents;
        let compared = |old: &Value, new: &Value| {
            let mut changes = compare(old, new);
            settings.set_levels(&mut changes);
            changes
        };
        let work = || {
            let published = basis.published.as_ref().map(|published| {
                let [old, new] = &published.documents;
                compared(old, new)
            });
            (compared(old, new), published)
        };
        // The items of equal documents are equal.
        let is_comparable = old != new && basis.without_client.is_empty();
        let ((changes, published), outlined) = match generator.filter(|_| is_comparable) {
            Some(generator) => {
                let generator = GeneratorSettings { skip_unsupported: true, ..generator.clone() };
                both(work, || outlines([old.clone(), new.clone()], &generator))
            }
            None => (on_a_large_stack(work), [Err(Vec::new()), Err(Vec::new())]),
        };
        let rust = match outlined {
            _ if generator.is_none() => Items::Skipped,
            _ if !basis.without_client.is_empty() => Items::Unknown(basis.without_client.join("\n")),
            _ if !is_comparable => Items::Changed(Vec::new()),
            [Ok(before), Ok(after)] => Items::Changed(items([old, new], [&before, &after], &changes)),
            [one, other] => {
                let reasons = [
                    one.err().map(|found| base.told(&found)),
                    other.err().map(|found| revision.told(&found)),
                ];
                let reasons: Vec<String> =
                    reasons.into_iter().flatten().filter(|reason| !reason.is_empty()).collect();
                Items::Unknown(reasons.join("\n"))
            }
        };
        let United { changes, anticipated } = match (&basis.published, published) {
            (Some(basis), Some(published)) => {
                basis.unite(changes, published, |published| on_a_large_stack(|| compared(old, published)))
            }
            _ => {
                let changes = changes.into_iter().map(|change| (change, Seen::default())).collect();
                United { changes, anticipated: Vec::new() }
            }
        };
        let anticipated =
            told(anticipated, base, revision).into_iter().filter(|told| travels(&told.change)).collect();
        let (travelling, docs): (Vec<_>, Vec<_>) =
            told(changes, base, revision).into_iter().partition(|told| travels(&told.change));
        let found: BTreeSet<String> = travelling.iter().map(|told| told.fingerprint.clone()).collect();
        let (accepted, changes) =
            travelling.into_iter().partition(|told| settings.accepts(&told.fingerprint));
        Ok(Self {
            changes,
            docs,
            accepted,
            anticipated,
            stale: settings.stale(&found),
            rust,
            names: [base.name.clone(), revision.name.clone()],
            files: [base.file.clone(), revision.file.clone()],
            notes: basis.notes,
        })
    }

    /// The level of the worst change.
    pub fn worst(&self) -> Option<Level> {
        self.changes.iter().map(|told| told.change.finding.level).min()
    }

    /// How many changes are of a level.
    pub fn count(&self, level: Level) -> usize {
        self.changes.iter().filter(|told| told.change.finding.level == level).count()
    }

    /// The changes of public items, where they are known.
    pub fn items(&self) -> &[ItemChange] {
        match &self.rust {
            Items::Changed(items) => items,
            _ => &[],
        }
    }

    /// What the public items alone ask for; nothing where they are the same or not known.
    pub fn bump_of_items(&self) -> Option<Bump> {
        self.items().iter().map(|item| item.bump).min()
    }

    /// What is due; nothing where nothing changed.
    pub fn due(&self) -> Option<Bump> {
        let on_the_wire = match self.worst() {
            Some(Level::Breaking) => Some(Bump::Major),
            Some(_) => Some(Bump::Minor),
            // What is accepted is no surprise to anybody, but not nothing.
            None if !self.docs.is_empty() || !self.accepted.is_empty() => Some(Bump::Patch),
            None => None,
        };
        on_the_wire.into_iter().chain(self.bump_of_items()).min()
    }

    /// The version that is due, as semver names its parts, and why.
    pub fn verdict(&self) -> String {
        let due = self.due().unwrap_or(Bump::Patch).name();
        let breaking = self.count(Level::Breaking);
        let items = self.items();
        let broken = items.iter().filter(|item| item.bump == Bump::Major).count();
        let additive = self.changes.len() - breaking + items.len() - broken;
        let rust = match self.rust {
            Items::Unknown(_) => "Rust not compared".to_owned(),
            _ => format!("{broken} Rust-breaking"),
        };
        format!("{due}: {breaking} wire-breaking, {rust}, {additive} additive")
    }
}

/// What changed in the public items, each with its cause.
fn items(documents: [&Value; 2], outlined: [&Outlined; 2], changes: &[Change]) -> Vec<ItemChange> {
    rust_api::compare(&outlined[0].outline, &outlined[1].outline, &Causes::new(documents, outlined, changes))
}

/// Lines are only looked for where there is something to tell.
fn told(changes: Vec<(Change, Seen)>, base: &Side, revision: &Side) -> Vec<Told> {
    let (old, new) = if changes.is_empty() {
        Default::default()
    } else {
        both(|| Lines::of(&base.text), || Lines::of(&revision.text))
    };
    let line = |side: &Side, lines: &Lines, spot: &Spot| {
        let at = side.pointer_in_text(spot.at.as_ref()?)?;
        Some(match spot.keyword {
            Some(keyword) if !keyword.is_empty() => lines.line(&format!("{at}/{keyword}")),
            _ => lines.line(&at),
        })
    };
    let with_lines = |(change, seen): (Change, Seen)| {
        let finding = &change.finding;
        let lines = [line(base, &old, &finding.old_at), line(revision, &new, &finding.new_at)];
        Told { fingerprint: fingerprint(finding), lines, change, seen }
    };
    changes.into_iter().map(with_lines).collect()
}

/// What a finding is known by, whatever else is found: rule, direction, places and values.
fn fingerprint(finding: &Finding) -> String {
    let at = |spot: &Spot| spot.present().map(ToString::to_string).unwrap_or_default();
    let value = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let parts = [
        finding.id.clone(),
        at(&finding.old_at),
        at(&finding.new_at),
        value(&finding.old),
        value(&finding.new),
    ];
    let digest = Sha256::digest(parts.join("\n"));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Schemas that refer to each other in a row as long as a document are followed to the end.
const STACK: usize = 512 << 20;

/// Two things at once.
fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    thread::scope(|scope| {
        let one = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, one);
        let other = other();
        match one.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(one)) => (one, other),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => panic!("no thread: {error}"),
        }
    })
}

fn on_a_large_stack<A: Send>(work: impl FnOnce() -> A + Send) -> A {
    both(work, || ()).0
}
