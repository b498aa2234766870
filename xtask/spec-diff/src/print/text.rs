//! Text for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{ANTICIPATED, grouped, location, marked, only_in, summary};
use crate::report::{Report, ReportedChange, RustComparison};
use crate::rules::Level;

/// Prints the report; with `with_docs`, documentation changes too.
pub fn text(report: &Report, with_docs: bool) -> String {
    let mut text = String::new();
    for note in &report.notes {
        let _ = writeln!(text, "{}: {note}", styled(Level::Warning, "note"));
    }
    changes(&mut text, &report.changes);
    if with_docs {
        changes(&mut text, &report.docs);
    }
    if !report.anticipated.is_empty() {
        let bold = Style::new().bold();
        let _ = writeln!(text, "{bold}{ANTICIPATED}{bold:#}");
        for reported in &report.anticipated {
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
        RustComparison::Compared(items) if items.is_empty() => {}
        RustComparison::Compared(items) => {
            let bold = Style::new().bold();
            let _ = writeln!(text, "{bold}Public items{bold:#}");
            for item in items {
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
    let _ = writeln!(text, "{}", summary(report));
    let _ = writeln!(text, "{}", report.verdict());
    text
}

fn changes(text: &mut String, changes: &[ReportedChange]) {
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
