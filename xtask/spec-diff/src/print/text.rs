//! Text for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{ANTICIPATED, View, grouped, location, marked, only_in, operation_names, summary};
use crate::report::{Report, ReportedChange, RustComparison};
use crate::rules::{Level, rule};

/// Prints the report, the verdict first.
pub fn text(report: &Report, view: View) -> String {
    let mut text = format!("{}\n{}\n", report.verdict(), summary(report));
    for note in &report.notes {
        let _ = writeln!(text, "{}: {note}", styled(Level::Warning, "note"));
    }
    text.push('\n');
    let is_added = |reported: &&ReportedChange| reported.finding.rule == rule!("endpoint-added");
    let shown = view.of(&report.changes);
    changes(&mut text, shown.clone().filter(|reported| !is_added(reported)));
    added(&mut text, shown.filter(is_added));
    changes(&mut text, view.docs_of(report).iter());
    let mut anticipated = view.of(&report.anticipated).peekable();
    if anticipated.peek().is_some() {
        let bold = Style::new().bold();
        let _ = writeln!(text, "{bold}{ANTICIPATED}{bold:#}");
        for reported in anticipated {
            let finding = &reported.finding;
            let _ = writeln!(text, "  [{}] {}", finding.id, finding.message());
            let _ = writeln!(text, "      at {}", location(reported));
        }
        text.push('\n');
    }
    for accepted in &report.stale {
        let _ = writeln!(
            text,
            "{} {} {}; it was accepted because: {}",
            styled(Level::Warning, "stale"),
            accepted.fingerprint,
            accepted.why_stale(),
            accepted.reason
        );
    }
    match &report.rust {
        RustComparison::Skipped => {}
        RustComparison::Failed(reason) => {
            let _ = writeln!(text, "No Rust comparison, because no client can be generated:\n{reason}");
        }
        RustComparison::Compared(_) if view.items(report).next().is_none() => {}
        RustComparison::Compared(_) => {
            let bold = Style::new().bold();
            let _ = writeln!(text, "{bold}Public items{bold:#}");
            for item in view.items(report) {
                for (mark, line) in marked(item) {
                    let _ = writeln!(text, "  {mark} {line}");
                }
                if let Some(cause) = &item.cause {
                    let _ = writeln!(text, "      {} at #{}", cause.message, cause.pointer);
                }
            }
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The operations that only the new document has, one per line.
fn added<'a>(text: &mut String, changes: impl Iterator<Item = &'a ReportedChange>) {
    let mut changes = changes.peekable();
    if changes.peek().is_none() {
        return;
    }
    let bold = Style::new().bold();
    let _ = writeln!(text, "{bold}Added operations{bold:#}");
    for reported in changes {
        let level = styled(reported.finding.level, reported.finding.level.name());
        let names = operation_names(&reported.operations);
        let line = reported.places[1].as_ref().map(|place| format!(" (line {})", place.line));
        let _ = writeln!(text, "  {level} {names}{}, {}", line.unwrap_or_default(), reported.fingerprint);
    }
    text.push('\n');
}

fn changes<'a>(text: &mut String, changes: impl Iterator<Item = &'a ReportedChange>) {
    let bold = Style::new().bold();
    for (operations, changes) in grouped(changes) {
        let _ = writeln!(text, "{bold}{operations}{bold:#}");
        for reported in changes {
            let finding = &reported.finding;
            let level = styled(finding.level, finding.level.name());
            let _ = writeln!(text, "  {level} [{}] {}", finding.id, finding.message());
            if let Some(only_in) = only_in(&reported.found_in) {
                let _ = writeln!(text, "      {only_in}");
            }
            let _ = writeln!(text, "      at {}, {}", location(reported), reported.fingerprint);
        }
        text.push('\n');
    }
}

fn styled(level: Level, word: &str) -> String {
    let colour = match level {
        Level::Breaking => AnsiColor::Red,
        Level::Warning => AnsiColor::Yellow,
        Level::Info | Level::Docs => AnsiColor::Cyan,
    };
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{word}{style:#}")
}
