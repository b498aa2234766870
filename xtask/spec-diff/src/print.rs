//! Prints a report as text, JSON, Markdown, HTML or annotations of GitHub.

mod changelog;
mod github;
mod html;
mod json;
mod markdown;
mod text;

pub use changelog::changelog;
pub use github::{Refusal, github};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use text::text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::basis::FoundIn;
use super::report::{Report, ReportedChange};
use super::rules::Level;
use super::rust_api::{Bump, ItemChange};

/// The title above the anticipated changes.
const ANTICIPATED: &str = "Changed upstream to what the overlay says already";

/// The part of a report that is printed. The verdict and the counts are always those of all changes.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Whether changes of documentation are shown.
    pub docs: bool,
    /// The least level that is shown.
    pub least: Level,
    /// The most entries of a section of Markdown.
    pub most: usize,
}

impl Default for View {
    /// Everything but documentation. A section of Markdown has 200 entries: GitHub takes 65,536 characters in a comment.
    fn default() -> Self {
        Self { docs: false, least: Level::Info, most: 200 }
    }
}

impl View {
    fn of(self, changes: &[ReportedChange]) -> impl Iterator<Item = &ReportedChange> + Clone {
        changes.iter().filter(move |reported| reported.finding.level <= self.least)
    }

    /// The changes of documentation.
    fn docs_of(self, report: &Report) -> &[ReportedChange] {
        if self.docs { &report.docs } else { &[] }
    }

    /// The changes of public items. One that breaks nobody has the level of an addition.
    fn items(self, report: &Report) -> impl Iterator<Item = &ItemChange> + Clone {
        let shows_all = self.least >= Level::Info;
        report.items().iter().filter(move |item| shows_all || item.bump == Bump::Major)
    }
}

/// Groups changes by the operations that they affect, the worst first.
fn grouped<'a>(changes: impl Iterator<Item = &'a ReportedChange>) -> Vec<(String, Vec<&'a ReportedChange>)> {
    let mut groups: BTreeMap<&BTreeSet<Arc<str>>, Vec<&'a ReportedChange>> = BTreeMap::new();
    for reported in changes {
        groups.entry(&reported.operations).or_default().push(reported);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(names, changes)| {
        (changes.iter().map(|reported| reported.finding.level).min(), *names)
    });
    groups.into_iter().map(|(names, changes)| (operation_names(names), changes)).collect()
}

/// The operations in one line.
fn operation_names(names: &BTreeSet<Arc<str>>) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(|name| &**name).collect();
    match names.len() {
        0 => "the document".to_owned(),
        count if count > SHOWN => format!("{} and {} more", shown.join(", "), count - SHOWN),
        _ => shown.join(", "),
    }
}

/// `2 breaking, 1 warning, 3 info, 4 docs`, then accepted and stale findings.
fn summary(report: &Report) -> String {
    let count = |level: Level| format!("{} {}", report.count(level), level.name());
    let mut parts = vec![count(Level::Breaking), count(Level::Warning), count(Level::Info)];
    parts.push(format!("{} docs", report.docs.len()));
    if !report.accepted.is_empty() {
        parts.push(format!("{} accepted", report.accepted.len()));
    }
    if !report.stale.is_empty() {
        parts.push(format!("{} stale", report.stale.len()));
    }
    parts.join(", ")
}

/// The lines of an item, marked `-` for the old and `+` for the new one.
fn marked(item: &ItemChange) -> Vec<(char, &str)> {
    let old = item.old.as_deref().map(|line| ('-', line));
    let new = item.new.as_deref().map(|line| ('+', line));
    old.into_iter().chain(new).collect()
}

/// The pointer of a finding, and its lines in both documents.
fn location(reported: &ReportedChange) -> String {
    let at = reported.finding.pointer().unwrap_or_default().replace(['\n', '\r'], " ");
    match &reported.places {
        [Some(old), Some(new)] if old.line != new.line => {
            format!("#{at} (line {}, was {})", new.line, old.line)
        }
        [_, Some(place)] | [Some(place), None] => format!("#{at} (line {})", place.line),
        [None, None] => format!("#{at}"),
    }
}

/// Which of the two comparisons has a finding; none if both have.
fn only_in(found_in: &FoundIn) -> Option<String> {
    match found_in {
        FoundIn::Every => None,
        FoundIn::Overlaid => {
            Some("only with the overlay; the published documents do not differ in this".to_owned())
        }
        FoundIn::Published(by) if by.is_empty() => Some("changed upstream; hidden by the overlay".to_owned()),
        FoundIn::Published(by) => {
            let targets: Vec<String> = by.iter().map(|target| format!("`{target}`")).collect();
            Some(format!("changed upstream; hidden by the overlay's action on {}", targets.join(" and on ")))
        }
    }
}
