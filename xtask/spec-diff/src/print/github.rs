//! Workflow commands, which GitHub shows as annotations in a pull request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{View, marked, only_in, operation_names};
use crate::report::{Report, ReportedChange, RustComparison};
use crate::rules::Level;
use crate::rust_api::{Bump, ItemChange};
use output::escaped;

/// GitHub shows this many annotations of a kind for a step, and drops the rest.
const MOST: usize = 10;
/// How many lines the annotation of several changes has.
const LINES: usize = 20;

/// The version in a manifest is too low.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The path of the manifest.
    pub file: String,
    /// The line of the version, from 1.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

struct Annotation {
    kind: &'static str,
    /// A file and a line.
    at: Option<(String, usize)>,
    title: String,
    message: String,
}

/// Prints the verdict, the refusal, and one command for each finding that is worse than an addition. Additions are one
/// command together, and so are the findings of a kind that GitHub would drop.
pub fn github(report: &Report, view: View, refusal: Option<&Refusal>) -> String {
    let breaks_items = report.bump_of_items() == Some(Bump::Major);
    let worst = report.worst().unwrap_or(Level::Docs);
    let worst = if breaks_items { Level::Breaking } else { worst };
    let mut all = vec![Annotation::new(kind(worst), "spec-diff", &report.verdict())];
    all.extend(refusal.map(|refusal| Annotation {
        at: Some((refusal.file.clone(), refusal.line)),
        ..Annotation::new("error", "the version is too low", &refusal.message)
    }));
    all.extend(report.notes.iter().map(|note| Annotation::new("warning", "spec-diff", note)));
    match &report.rust {
        RustComparison::Skipped => {}
        RustComparison::Failed(reason) => all.push(Annotation::new("warning", "no client", reason)),
        RustComparison::Compared(items) => {
            let broken = items.iter().filter(|item| item.bump == Bump::Major).map(item_lines);
            all.extend(together("error", "breaking in Rust", broken));
        }
    }
    all.extend(report.stale.iter().map(|stale| {
        let message = format!("{} {}: {}", stale.fingerprint, stale.why_stale(), stale.reason);
        Annotation::new("warning", "accepted no longer", &message)
    }));
    let (additions, worse): (Vec<_>, Vec<_>) =
        view.of(&report.changes).partition(|reported| reported.finding.level >= Level::Info);
    all.extend(worse.into_iter().map(|reported| Annotation {
        at: Some(place(report, reported)),
        ..Annotation::new(kind(reported.finding.level), &reported.finding.id, &message(reported))
    }));
    let additions = additions.into_iter().chain(view.docs_of(report));
    let additions = additions.map(|reported| format!("[{}] {}", reported.finding.id, message(reported)));
    all.extend(together("notice", "additions and the like", additions));
    let mut text = String::new();
    shown(all).iter().for_each(|annotation| annotation.write(&mut text));
    text
}

/// Replaces the last annotations of a kind by one, if there are too many.
fn shown(all: Vec<Annotation>) -> Vec<Annotation> {
    let mut of_kind: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|annotation| *of_kind.entry(annotation.kind).or_default() += 1);
    let mut left = of_kind.clone();
    let mut rest: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut shown = Vec::new();
    for annotation in all {
        let kind = annotation.kind;
        let room = if of_kind[kind] > MOST { MOST - 1 } else { MOST };
        let index = of_kind[kind] - left[kind];
        left.entry(kind).and_modify(|left| *left -= 1);
        if index < room {
            shown.push(annotation);
        } else {
            rest.entry(kind).or_default().push(format!("[{}] {}", annotation.title, annotation.message));
        }
    }
    shown.extend(rest.into_iter().filter_map(|(kind, lines)| together(kind, "more", lines.into_iter())));
    shown
}

/// One annotation for several changes; none for none.
fn together(kind: &'static str, title: &str, lines: impl Iterator<Item = String>) -> Option<Annotation> {
    let mut lines: Vec<String> = lines.collect();
    let count = lines.len();
    lines.truncate(LINES);
    lines.extend(
        (count > LINES).then(|| format!("and {} more, which the summary of the step has", count - LINES)),
    );
    (count > 0).then(|| Annotation::new(kind, &format!("{title} ({count})"), &lines.join("\n")))
}

fn message(reported: &ReportedChange) -> String {
    let only_in = only_in(&reported.found_in).map(|only_in| format!("; {only_in}")).unwrap_or_default();
    format!("{} (in {}){only_in}", reported.finding.message(), operation_names(&reported.operations))
}

/// The old and the new item, and the cause.
fn item_lines(item: &ItemChange) -> String {
    let lines: Vec<String> = marked(item).iter().map(|(mark, line)| format!("{mark} {line}")).collect();
    let cause = item.cause.as_ref().map(|cause| format!("\n{} at #{}", cause.message, cause.pointer));
    format!("{}{}", lines.join("\n"), cause.unwrap_or_default())
}

fn kind(level: Level) -> &'static str {
    match level {
        Level::Breaking => "error",
        Level::Warning => "warning",
        Level::Info | Level::Docs => "notice",
    }
}

/// The file and the line of a change in the new document; in the old one, if the new one has nothing to point at.
fn place(report: &Report, reported: &ReportedChange) -> (String, usize) {
    let [old, new] = &reported.places;
    let place = new.as_ref().or(old.as_ref());
    let file = place.and_then(|place| place.file.as_ref()).unwrap_or(&report.files[1]);
    (file.clone(), place.map_or(1, |place| place.line))
}

impl Annotation {
    fn new(kind: &'static str, title: &str, message: &str) -> Self {
        Self { kind, at: None, title: title.to_owned(), message: message.to_owned() }
    }

    /// `::error file=…,line=…,title=…::message`.
    fn write(&self, text: &mut String) {
        let at = self.at.as_ref().map(|(file, line)| format!("file={},line={line},", property(file)));
        let at = at.unwrap_or_default();
        let _ =
            writeln!(text, "::{} {at}title={}::{}", self.kind, property(&self.title), data(&self.message));
    }
}

fn data(text: &str) -> String {
    escaped(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
