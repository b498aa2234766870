//! HTML in one file, without scripts and without anything from elsewhere. `maud` escapes every string.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{ANTICIPATED, View, grouped, location, marked, only_in, summary};
use crate::report::{Report, ReportedChange, RustComparison};

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } h3 { font-size: 1rem; }
li { margin-bottom: .5rem; } small { opacity: .75; }
.level { font-weight: bold; } .breaking { color: light-dark(#b00020, #ff6b81); }
.warning { color: light-dark(#8a5a00, #ffc04d); } .info, .docs { color: light-dark(#00639a, #6cc5ff); }
pre { white-space: pre-wrap; border-left: .25rem solid; padding-left: .75rem; }
";

/// Prints the report as a page.
pub fn html(report: &Report, view: View) -> String {
    let [base, revision] = &report.names;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                // The page needs nothing but its style.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width";
                title { "What changed in the API" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "What changed in the API" }
                p { code { (base) } " → " code { (revision) } }
                p { strong { (report.verdict()) } }
                p { (summary(report)) }
                @for note in &report.notes { pre { (note) } }
                @for (operations, changes) in grouped(view.of(&report.changes)) {
                    h2 { (operations) }
                    (list(changes.into_iter()))
                }
                (section("Documentation", view.docs_of(report).iter()))
                (items(report, view))
                (section(ANTICIPATED, view.of(&report.anticipated)))
                (section("Accepted", view.of(&report.accepted)))
                @if !report.stale.is_empty() {
                    h2 { "Accepted, and no longer there" }
                    ul {
                        @for stale in &report.stale {
                            li { code { (stale.fingerprint) } " " (stale.reason) }
                        }
                    }
                }
            }
        }
    };
    format!("{}\n", page.into_string())
}

fn section<'a>(title: &str, changes: impl Iterator<Item = &'a ReportedChange>) -> Markup {
    let mut changes = changes.peekable();
    html! { @if changes.peek().is_some() { h2 { (title) } (list(changes)) } }
}

fn list<'a>(changes: impl Iterator<Item = &'a ReportedChange>) -> Markup {
    html! { ul { @for reported in changes { (entry(reported)) } } }
}

fn entry(reported: &ReportedChange) -> Markup {
    let finding = &reported.finding;
    html! {
        li id=(reported.fingerprint) {
            span class={ "level " (finding.level.name()) } { (finding.level.name()) }
            " " (prose(&finding.message()))
            @if let Some(only_in) = only_in(&reported.found_in) { br; (prose(&only_in)) }
            br;
            small { code { (finding.id) } " " code { (location(reported)) } " " (reported.fingerprint) }
        }
    }
}

fn items(report: &Report, view: View) -> Markup {
    html! {
        @match &report.rust {
            RustComparison::Skipped => {}
            RustComparison::Failed(reason) => {
                h2 { "No Rust comparison, because no client can be generated" }
                pre { (reason) }
            }
            RustComparison::Compared(_) => @if view.items(report).next().is_some() {
                h2 { "Public items of the Rust client" }
                @for item in view.items(report) {
                    pre {
                        @for (mark, line) in marked(item) { (mark) " " (line) "\n" }
                        @if let Some(cause) = &item.cause {
                            small { (prose(&cause.message)) " at #" (cause.pointer) }
                        }
                    }
                }
            }
        }
    }
}

/// A message, with what is between backticks as code.
fn prose(message: &str) -> Markup {
    html! {
        @for (index, part) in message.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
