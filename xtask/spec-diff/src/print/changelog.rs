//! Entries of a changelog, by the categories of Keep a Changelog.

use super::markdown::escaped;
use super::operation_names;
use crate::report::{Report, ReportedChange};
use crate::rules::{Level, rule};
use crate::rust_api::{Bump, ItemChange};

/// At most this many entries in a category; nobody reads more.
const MOST: usize = 50;

/// The entries of each category that has some, without the leading `- `. The same comparison has the same entries.
pub fn changelog(report: &Report) -> Vec<(&'static str, Vec<String>)> {
    let mut categories = ["Added", "Changed", "Deprecated", "Removed"].map(|name| (name, Vec::new()));
    let mut add = |category: &str, entry: String| {
        let entries = categories.iter_mut().find(|(name, _)| *name == category).map(|(_, entries)| entries);
        entries.into_iter().for_each(|entries| entries.push(entry.clone()));
    };
    for reported in &report.changes {
        add(category(reported), entry(reported));
    }
    for item in report.items().iter().filter(|item| item.bump == Bump::Major) {
        let category = if item.new.is_none() { "Removed" } else { "Changed" };
        add(category, item_entry(item));
    }
    let mut categories: Vec<_> = categories.into_iter().filter(|(_, entries)| !entries.is_empty()).collect();
    for (_, entries) in &mut categories {
        let more = entries.len().saturating_sub(MOST);
        entries.truncate(MOST);
        entries.extend((more > 0).then(|| format!("and {more} more, which `cargo xtask spec-diff` lists.")));
    }
    categories
}

fn category(reported: &ReportedChange) -> &'static str {
    let finding = &reported.finding;
    let name = finding.rule.row().name;
    if finding.rule == rule!("endpoint-deprecated") || finding.rule == rule!("deprecated") {
        "Deprecated"
    } else if name.contains("added") && finding.level > Level::Breaking {
        "Added"
    } else if name.contains("removed") {
        "Removed"
    } else {
        "Changed"
    }
}

fn entry(reported: &ReportedChange) -> String {
    let breaking = if reported.finding.level == Level::Breaking { "**Breaking:** " } else { "" };
    let message = escaped(&output::escaped(&reported.finding.message()));
    let names = escaped(&output::escaped(&operation_names(&reported.operations)));
    // The message of an operation names it already.
    if message.starts_with(&names) {
        format!("{breaking}{message}.")
    } else {
        format!("{breaking}{message} (in {names}).")
    }
}

fn item_entry(item: &ItemChange) -> String {
    match (&item.old, &item.new) {
        (Some(old), Some(new)) => format!("**Breaking:** `{old}` is now `{new}`."),
        (Some(item), None) | (None, Some(item)) => format!("**Breaking:** `{item}`."),
        (None, None) => String::new(),
    }
}
