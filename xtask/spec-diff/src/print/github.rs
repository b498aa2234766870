//! Workflow commands, which GitHub shows as annotations in a pull request.

use std::fmt::Write as _;

use super::{marked, only_in, operation_names};
use crate::report::{Report, ReportedChange, RustComparison};
use crate::rules::Level;
use crate::rust_api::Bump;
use output::escaped;

/// Prints one command for each finding, and the verdict.
pub fn github(report: &Report, with_docs: bool) -> String {
    let mut text = String::new();
    for note in &report.notes {
        command(&mut text, "warning", None, "spec-diff", note);
    }
    let docs = report.docs.iter().filter(|_| with_docs);
    for reported in report.changes.iter().chain(docs) {
        let finding = &reported.finding;
        let only_in = only_in(&reported.found_in).map(|only_in| format!("; {only_in}")).unwrap_or_default();
        let message =
            format!("{} (in {}){only_in}", finding.message(), operation_names(&reported.operations));
        command(
            &mut text,
            kind(finding.level),
            Some((&report.files[1], line(reported))),
            &finding.id,
            &message,
        );
    }
    match &report.rust {
        RustComparison::Skipped => {}
        RustComparison::Failed(reason) => command(&mut text, "warning", None, "no client", reason),
        RustComparison::Compared(items) => {
            for item in items.iter().filter(|item| item.bump == Bump::Major) {
                let lines: Vec<String> =
                    marked(item).iter().map(|(mark, line)| format!("{mark} {line}")).collect();
                let cause =
                    item.cause.as_ref().map(|cause| format!("\n{} at #{}", cause.message, cause.pointer));
                let message = format!("{}{}", lines.join("\n"), cause.unwrap_or_default());
                command(&mut text, "error", None, "breaking in Rust", &message);
            }
        }
    }
    for stale in &report.stale {
        let message = format!("{} {}: {}", stale.fingerprint, stale.why_stale(), stale.reason);
        command(&mut text, "warning", None, "accepted no longer", &message);
    }
    command(&mut text, "notice", None, "spec-diff", &report.verdict());
    text
}

fn kind(level: Level) -> &'static str {
    match level {
        Level::Breaking => "error",
        Level::Warning => "warning",
        Level::Info | Level::Docs => "notice",
    }
}

fn line(reported: &ReportedChange) -> usize {
    reported.lines[1].or(reported.lines[0]).unwrap_or(1)
}

/// `::error file=…,line=…,title=…::message`.
fn command(text: &mut String, kind: &str, at: Option<(&str, usize)>, title: &str, message: &str) {
    let at = at.map(|(file, line)| format!("file={},line={line},", property(file))).unwrap_or_default();
    let _ = writeln!(text, "::{kind} {at}title={}::{}", property(title), data(message));
}

fn data(text: &str) -> String {
    escaped(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
