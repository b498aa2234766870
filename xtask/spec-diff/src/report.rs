//! The report of a comparison: what changed on the wire and in Rust, and the required version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use hmac_sha256::Hash;
use relay_rest_codegen::{Outlined, Settings as GeneratorSettings, outlines};
use serde_json::Value;

use super::basis::{Basis, FoundIn, United};
use super::edits::one_for_each_edit;
use super::lines::Lines;
use super::operations::{Change, compare};
use super::rules::{Finding, Level, Location};
use super::rust_api::{self, Bump, Causes, ItemChange};
use super::settings::{Accepted, Settings};
use super::side::Side;

/// The result of a comparison.
pub struct Report {
    /// The changes that affect messages, the worst first.
    pub(crate) changes: Vec<ReportedChange>,
    /// The changes of documentation.
    pub(crate) docs: Vec<ReportedChange>,
    /// The changes that the settings accept.
    pub(crate) accepted: Vec<ReportedChange>,
    /// The changes upstream that the overlay had made already: they do not affect users of the client.
    pub(crate) anticipated: Vec<ReportedChange>,
    /// The accepted findings that are no longer found.
    pub(crate) stale: Vec<Accepted>,
    /// The changes of the generated clients.
    pub rust: RustComparison,
    /// The names of the sides in messages.
    pub(crate) names: [String; 2],
    /// The files of the documents.
    pub(crate) files: [String; 2],
    /// Notes on how the documents were compared.
    pub(crate) notes: Vec<String>,
}

/// A change, and how a reader finds it.
pub(crate) struct ReportedChange {
    pub(crate) finding: Finding,
    /// The names of the operations that it affects.
    pub(crate) operations: Arc<BTreeSet<Arc<str>>>,
    /// Which comparison has it, if documents were compared both with their overlays and as published.
    pub(crate) found_in: FoundIn,
    /// Identifies the finding in `spec-diff.toml`.
    pub(crate) fingerprint: String,
    /// The places in both texts. A missing value has the place of its nearest ancestor.
    pub(crate) places: [Option<Place>; 2],
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path, if it is another file than the document's own.
    pub(crate) file: Option<String>,
    /// From 1.
    pub(crate) line: usize,
}

/// The comparison of the public items.
pub enum RustComparison {
    /// The changed items.
    Compared(Vec<ItemChange>),
    /// No client can be generated for a side; the errors.
    Failed(String),
    /// It was not requested.
    Skipped,
}

impl Report {
    /// Compares two sides, and with a `generator` also the public items of the clients that it generates.
    ///
    /// # Errors
    /// The documents cannot be compared on the wire, or a filter selects no operation of either. A side without a client is not an error, but is in the report.
    pub fn of(
        base: &Side,
        revision: &Side,
        settings: &Settings,
        generator: Option<&GeneratorSettings>,
    ) -> Result<Self, String> {
        let (old, new) = both(|| base.documents(), || revision.documents());
        let (mut old, mut new) = (old?, new?);
        let unused: Vec<String> =
            old.unused.intersection(&new.unused).map(|filter| format!("`{filter}`")).collect();
        if !unused.is_empty() {
            let [base, revision] = [&base.name, &revision.name];
            return Err(format!("error: no operation of {base} or {revision} matches {}", unused.join(", ")));
        }
        let files = [std::mem::take(&mut old.files), std::mem::take(&mut new.files)];
        let mut basis = Basis::new(
            [&base.name, &revision.name],
            [base.overlay_file(), revision.overlay_file()],
            [old, new],
        );
        let mut flaws = std::mem::take(&mut basis.flaws);
        let [old, new] = &basis.documents;
        settings.set_levels(&mut flaws, old);
        let compared = |old: &Value, new: &Value| {
            let mut changes = compare(old, new);
            settings.set_levels(&mut changes, old);
            changes
        };
        let work = || {
            let published = basis.published.as_ref().map(|published| {
                let [old, new] = &published.documents;
                compared(old, new)
            });
            (compared(old, new), published)
        };
        // Equal documents have equal items.
        let is_comparable = old != new && basis.without_client.is_empty();
        let ((changes, published), outlined) = match generator.filter(|_| is_comparable) {
            Some(generator) => {
                let generator = GeneratorSettings { skip_unsupported: true, ..generator.clone() };
                both(work, || outlines([old.clone(), new.clone()], &generator))
            }
            None => (on_a_large_stack(work), [Err(Vec::new()), Err(Vec::new())]),
        };
        let rust = match outlined {
            _ if generator.is_none() => RustComparison::Skipped,
            _ if !basis.without_client.is_empty() => RustComparison::Failed(basis.without_client.join("\n")),
            _ if !is_comparable => RustComparison::Compared(Vec::new()),
            [Ok(before), Ok(after)] => {
                RustComparison::Compared(items([old, new], [&before, &after], &changes))
            }
            [one, other] => {
                let reasons = [
                    one.err().map(|found| base.problem_lines(&found)),
                    other.err().map(|found| revision.problem_lines(&found)),
                ];
                let reasons: Vec<String> =
                    reasons.into_iter().flatten().filter(|reason| !reason.is_empty()).collect();
                RustComparison::Failed(reasons.join("\n"))
            }
        };
        let United { mut changes, anticipated } = match (&basis.published, published) {
            (Some(basis), Some(published)) => {
                basis.unite(changes, published, |published| on_a_large_stack(|| compared(old, published)))
            }
            _ => {
                let changes = changes.into_iter().map(|change| (change, FoundIn::default())).collect();
                United { changes, anticipated: Vec::new() }
            }
        };
        changes.extend(flaws.into_iter().map(|change| (change, FoundIn::default())));
        changes.sort_by_key(|(change, _)| change.finding.level);
        let sides = [base, revision];
        let anticipated = reported(anticipated, sides, &files)
            .into_iter()
            .filter(|reported| reported.finding.travels())
            .collect();
        let (travelling, docs): (Vec<_>, Vec<_>) =
            reported(changes, sides, &files).into_iter().partition(|reported| reported.finding.travels());
        let found: BTreeSet<String> =
            travelling.iter().map(|reported| reported.fingerprint.clone()).collect();
        let (accepted, changes) =
            travelling.into_iter().partition(|reported| settings.accepts(&reported.fingerprint));
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
        self.changes.iter().map(|reported| reported.finding.level).min()
    }

    /// The number of changes of a level.
    pub fn count(&self, level: Level) -> usize {
        self.changes.iter().filter(|reported| reported.finding.level == level).count()
    }

    /// The changes of public items; empty if they were not compared.
    pub fn items(&self) -> &[ItemChange] {
        match &self.rust {
            RustComparison::Compared(items) => items,
            _ => &[],
        }
    }

    /// The bump that the public items alone require. None if they did not change or were not compared.
    pub fn bump_of_items(&self) -> Option<Bump> {
        self.items().iter().map(|item| item.bump).min()
    }

    /// The bump that all changes require. None if nothing changed.
    pub fn due(&self) -> Option<Bump> {
        let on_the_wire = match self.worst() {
            Some(Level::Breaking) => Some(Bump::Major),
            Some(_) => Some(Bump::Minor),
            // Accepted changes do not count as breaking, but the document did change.
            None if !self.docs.is_empty() || !self.accepted.is_empty() => Some(Bump::Patch),
            None => None,
        };
        on_the_wire.into_iter().chain(self.bump_of_items()).min()
    }

    /// The part of the version to raise, and why: `minor: 0 wire-breaking, 0 Rust-breaking, 3 additive`.
    pub fn verdict(&self) -> String {
        let due = self.due().unwrap_or(Bump::Patch).name();
        let breaking = self.count(Level::Breaking);
        let items = self.items();
        let broken = items.iter().filter(|item| item.bump == Bump::Major).count();
        let additive = self.changes.len() - breaking + items.len() - broken;
        let rust = match self.rust {
            RustComparison::Failed(_) => "Rust not compared".to_owned(),
            _ => format!("{broken} Rust-breaking"),
        };
        format!("{due}: {breaking} wire-breaking, {rust}, {additive} additive")
    }
}

/// The changes of the public items, each with its cause.
fn items(documents: [&Value; 2], outlined: [&Outlined; 2], changes: &[Change]) -> Vec<ItemChange> {
    rust_api::compare(&outlined[0].outline, &outlined[1].outline, &Causes::new(documents, outlined, changes))
}

/// Adds places and fingerprints. The texts are only parsed if there is a change.
fn reported(
    changes: Vec<(Change, FoundIn)>,
    sides: [&Side; 2],
    files: &[BTreeMap<String, String>; 2],
) -> Vec<ReportedChange> {
    let [mut old, mut new] =
        [0, 1].map(|index| Places { side: sides[index], files: &files[index], lines: BTreeMap::new() });
    if !changes.is_empty() {
        (old.lines, new.lines) = both(|| old.own_lines(), || new.own_lines());
    }
    let with_places = |(Change { finding, operations }, found_in): (Change, FoundIn)| {
        let places = [old.of(&finding.old_at), new.of(&finding.new_at)];
        ReportedChange { fingerprint: fingerprint(&finding), places, finding, operations, found_in }
    };
    one_for_each_edit(changes).into_iter().map(with_places).collect()
}

/// The lines of the files of one side.
struct Places<'a> {
    side: &'a Side,
    /// The texts of the other files, by name.
    files: &'a BTreeMap<String, String>,
    /// The lines of each file that was parsed; the document's own has no name.
    lines: BTreeMap<Option<String>, Lines>,
}

impl Places<'_> {
    fn own_lines(&self) -> BTreeMap<Option<String>, Lines> {
        BTreeMap::from([(None, Lines::of(&self.side.text))])
    }

    /// The place of a location; none without a pointer.
    fn of(&mut self, location: &Location) -> Option<Place> {
        let (file, at) = self.side.pointer_in_text(location.at.as_ref()?);
        let path = file.as_ref().map(|file| self.side.path_of(file));
        let files = self.files;
        let lines = self.lines.entry(file).or_insert_with_key(|file| {
            Lines::of(file.as_ref().and_then(|file| files.get(file)).map_or("", String::as_str))
        });
        let line = match location.keyword {
            Some(keyword) if !keyword.is_empty() => lines.line(&format!("{at}/{keyword}")),
            _ => lines.line(&at),
        };
        Some(Place { file: path, line })
    }
}

/// Identifies a finding by its rule, its places and what changed, independently of other findings and of the names of components.
fn fingerprint(finding: &Finding) -> String {
    let keyword = [&finding.old_at, &finding.new_at].into_iter().find_map(|location| location.keyword);
    let parts = [&*finding.id, finding.rule.row().name, keyword.unwrap_or_default(), &finding.identity];
    let others = finding.also_at.iter().map(|other| &*other.place);
    let mut places: Vec<&str> = others.chain([&*finding.place]).collect();
    places.sort_unstable();
    let digest = Hash::hash([parts.as_slice(), &places].concat().join("\n").as_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The size of the stack. A chain of references may be as long as the document, and comparing schemas recurses along it.
const STACK: usize = 512 << 20;

/// Runs two functions concurrently, the first one on a large stack.
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
