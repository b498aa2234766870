//! Markdown for a comment on a pull request.

use std::fmt::Write as _;

use super::{ANTICIPATED, View, grouped, location, marked, only_in, summary};
use crate::report::{Report, ReportedChange, RustComparison};
use crate::rules::Level;
use crate::rust_api::{Bump, ItemChange};

/// Prints the report; only the sections of breaking changes are open.
pub fn markdown(report: &Report, view: View) -> String {
    let mut text = format!("## What changed in the API\n\n**{}**\n\n{}\n", report.verdict(), summary(report));
    for note in &report.notes {
        let lines: Vec<String> =
            note.lines().map(|line| format!("> {}\n", escaped(line.trim_start()))).collect();
        let _ = write!(text, "\n{}", lines.join(">\n"));
    }
    for (level, title, is_open) in [
        (Level::Breaking, "Breaking on the wire", true),
        (Level::Warning, "Warnings", false),
        (Level::Info, "Additions and the like", false),
    ] {
        let count = if level <= view.least { report.count(level) } else { 0 };
        section(&mut text, title, is_open, count, |text| changes(text, &report.changes, level, view.most));
    }
    match &report.rust {
        RustComparison::Skipped => {}
        RustComparison::Failed(reason) => {
            let _ = write!(
                text,
                "\nNo Rust comparison, because no client can be generated:\n\n```text\n{reason}\n```\n"
            );
        }
        RustComparison::Compared(_) => {
            for (bump, title, is_open) in
                [(Bump::Major, "Breaking in Rust", true), (Bump::Minor, "New in Rust", false)]
            {
                let of_bump: Vec<&ItemChange> = view.items(report).filter(|item| item.bump == bump).collect();
                section(&mut text, title, is_open, of_bump.len(), |text| items(text, &of_bump, view.most));
            }
        }
    }
    let docs = view.docs_of(report);
    section(&mut text, "Documentation", false, docs.len(), |text| {
        changes(text, docs, Level::Docs, view.most);
    });
    let anticipated = view.of(&report.anticipated);
    section(&mut text, ANTICIPATED, false, anticipated.clone().count(), |text| {
        for reported in anticipated {
            let finding = &reported.finding;
            let _ = writeln!(text, "- {} `{}`", escaped(&finding.message()), finding.id);
        }
    });
    section(&mut text, "Accepted", false, report.accepted.len(), |text| {
        for reported in &report.accepted {
            let _ = writeln!(text, "- `{}` {}", reported.fingerprint, escaped(&reported.finding.message()));
        }
    });
    section(&mut text, "Accepted no longer", true, report.stale.len(), |text| {
        for stale in &report.stale {
            let why = stale.why_stale();
            let _ = writeln!(text, "- `{}` {why}: {}", stale.fingerprint, escaped(&stale.reason));
        }
    });
    text
}

fn section(text: &mut String, title: &str, is_open: bool, count: usize, content: impl FnOnce(&mut String)) {
    if count == 0 {
        return;
    }
    let open = if is_open { " open" } else { "" };
    let _ = write!(text, "\n<details{open}>\n<summary>{title} ({count})</summary>\n\n");
    content(text);
    text.push_str("\n</details>\n");
}

fn changes(text: &mut String, all: &[ReportedChange], level: Level, most: usize) {
    let mut left = most;
    for (operations, changes) in grouped(all.iter()) {
        let mut changes = changes.into_iter().filter(|reported| reported.finding.level == level).peekable();
        if changes.peek().is_none() {
            continue;
        }
        let _ = write!(text, "{}\n\n", escaped(&operations));
        for reported in changes {
            if left == 0 {
                text.push_str("- and more, which `cargo xtask spec-diff` prints\n");
                return;
            }
            left -= 1;
            let finding = &reported.finding;
            let only_in =
                only_in(&reported.found_in).map(|only_in| format!(" ({only_in})")).unwrap_or_default();
            let _ = writeln!(
                text,
                "- {}{} `{}` <sub>`{}` {}</sub>",
                escaped(&finding.message()),
                escaped(&only_in),
                finding.id,
                location(reported),
                reported.fingerprint
            );
        }
        text.push('\n');
    }
}

fn items(text: &mut String, items: &[&ItemChange], most: usize) {
    text.push_str("```diff\n");
    for item in items.iter().take(most) {
        if let Some(cause) = &item.cause {
            let _ = writeln!(text, "# {} at #{}", cause.message, cause.pointer);
        }
        for (mark, line) in marked(item) {
            let _ = writeln!(text, "{mark} {line}");
        }
    }
    if items.len() > most {
        text.push_str("# and more, which `cargo xtask spec-diff` prints\n");
    }
    text.push_str("```\n");
}

/// Escapes Markdown outside of code between backticks, and joins the lines.
pub(super) fn escaped(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for character in part.chars() {
            if matches!(character, '\\' | '*' | '_' | '<' | '>' | '[' | ']' | '{' | '}' | '#' | '|' | '~') {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}
