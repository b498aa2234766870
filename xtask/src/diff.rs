//! `cargo xtask spec-diff`: what changed between two documents, and whom it breaks.
//! Knows the command line and how findings are told; must not know how they are found.

mod operations;
mod rules;
mod schemas;
mod shape;

pub(crate) use operations::{Change, compare};
pub(crate) use rules::Level;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fetch;

/// What is asked for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The document that callers go by: a file or a URL.
    #[arg(value_name = "BASE")]
    base: String,
    /// The document that they will meet.
    #[arg(value_name = "REVISION")]
    revision: String,
    /// How to print what is found.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Compares and prints. Whether nothing breaks.
///
/// # Errors
/// Why the documents cannot be compared.
pub(crate) fn run(options: &Options) -> Result<bool, String> {
    let changes = compare(&read(&options.base)?, &read(&options.revision)?);
    match options.format {
        Format::Text => print!("{}", text(&changes)),
        Format::Json => println!("{:#}", as_json(&changes)),
    }
    Ok(!changes.iter().any(|change| change.finding.level == Level::Breaking))
}

fn read(source: &str) -> Result<Value, String> {
    let text = if fetch::is_url(source) {
        fetch::fetch(source)?
    } else {
        std::fs::read_to_string(source).map_err(|error| format!("error: {source}: {error}"))?
    };
    relay_rest_codegen::parse(&text).map_err(|error| format!("error: {source}: {error}"))
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Breaking => "breaking",
        Level::Warning => "warning",
        Level::Info => "info",
    }
}

fn text(changes: &[Change]) -> String {
    let mut text = String::new();
    let mut counts: BTreeMap<Level, usize> = BTreeMap::new();
    for Change { finding, operations } in changes {
        *counts.entry(finding.level).or_default() += 1;
        let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
        let at = finding.new_at.as_ref().or(finding.old_at.as_ref()).map_or("", String::as_str);
        text.push_str(&format!(
            "{} [{}] {}\n  at #{at}\n  in {}\n",
            level(finding.level),
            finding.id,
            finding.message,
            operations.join(", ")
        ));
    }
    let count = |of| counts.get(&of).copied().unwrap_or_default();
    text.push_str(&format!(
        "{} breaking, {} warnings, {} others\n",
        count(Level::Breaking),
        count(Level::Warning),
        count(Level::Info)
    ));
    text
}

fn as_json(changes: &[Change]) -> Value {
    let changes = changes.iter().map(|Change { finding, operations }| {
        json!({
            "level": level(finding.level), "id": finding.id, "message": finding.message, "operations": operations,
            "direction": finding.direction.map(|direction| if direction == rules::Direction::Request { "request" } else { "response" }),
            "pointer": finding.new_at.as_ref().or(finding.old_at.as_ref()), "old": finding.old, "new": finding.new,
        })
    });
    json!({ "version": 1, "changes": changes.collect::<Vec<_>>() })
}
