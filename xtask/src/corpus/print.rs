//! Prints the figures of documents: a row for each, its kinds below it, and the sums.

use std::collections::BTreeMap;

use output::outln;

use super::figures::{Cost, Figures, Outcome};
use super::saved::Run;

/// The widest column of names.
const MAX_WIDTH: usize = 48;

fn width(names: &[String]) -> usize {
    names.iter().map(|name| name.chars().count()).max().unwrap_or(0).clamp(8, MAX_WIDTH)
}

/// Prints the names of the columns.
pub(super) fn header(names: &[String]) {
    let width = width(names);
    outln!(
        "{:width$} {:>5} {:>5} {:>6} {:>8} {:>6} {:>8} {:>7} {:>6}",
        "document",
        "in",
        "out",
        "lossy",
        "relaxed",
        "Value",
        "lines",
        "s",
        "MiB"
    );
}

/// Prints the row of a document, and its kinds.
pub(super) fn row(names: &[String], name: &str, outcome: &Outcome, cost: Option<&Cost>) {
    let width = width(names);
    let figures = match outcome {
        Outcome::Generated(figures) => figures,
        Outcome::Failed { error } => {
            outln!("{name:width$} failed: {error}");
            return;
        }
        Outcome::Part => return,
    };
    let sum = |kinds: &BTreeMap<String, usize>| kinds.values().sum::<usize>();
    let seconds = cost.map_or_else(String::new, |cost| format!("{:.1}", cost.seconds));
    let mib = cost.and_then(|cost| cost.mib).map_or_else(String::new, |mib| mib.to_string());
    outln!(
        "{name:width$} {:>5} {:>5} {:>6} {:>8} {:>6} {:>8} {seconds:>7} {mib:>6}",
        figures.operations,
        figures.left_out.len(),
        sum(&figures.lossy),
        sum(&figures.relaxed),
        figures.values.len(),
        figures.lines
    );
    figures.left_out.iter().for_each(|operation| outln!("    left out: {operation}"));
    for (label, kinds) in levels(figures) {
        kinds.iter().for_each(|(kind, number)| outln!("    {label} {number} × {kind}"));
    }
    figures.values.iter().for_each(|value| outln!("    Value: {value}"));
}

/// The kinds of each level, with its label.
pub(super) fn levels(figures: &Figures) -> [(&'static str, &BTreeMap<String, usize>); 3] {
    [("omitted", &figures.omitted), ("lossy", &figures.lossy), ("relaxed", &figures.relaxed)]
}

/// Prints the kinds of all documents, the most frequent first.
pub(super) fn kinds(run: &Run) {
    let mut sums: BTreeMap<(&str, &String), (usize, usize)> = BTreeMap::new();
    for figures in generated(run) {
        for (label, kinds) in levels(figures) {
            for (kind, number) in kinds {
                let (sum, documents) = sums.entry((label, kind)).or_default();
                *sum += number;
                *documents += 1;
            }
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|((label, _), (sum, _))| (*label, std::cmp::Reverse(*sum)));
    for ((label, kind), (sum, documents)) in sums {
        let noun = if documents == 1 { "document" } else { "documents" };
        outln!("{label} {sum} × {kind} ({documents} {noun})");
    }
}

/// Prints the sums, with those of the saved run if they differ.
pub(super) fn summary(run: &Run, parts: usize, before: Option<&Run>) {
    let count = |number: &dyn Fn(&Figures) -> usize| {
        let now = generated(run).map(number).sum::<usize>();
        let before = before.map(|before| generated(before).map(number).sum::<usize>());
        match before {
            Some(before) if before != now => format!("{before} → {now}"),
            _ => now.to_string(),
        }
    };
    let sum = |kinds: &BTreeMap<String, usize>| kinds.values().sum::<usize>();
    let failed = run.documents.len() - generated(run).count();
    outln!(
        "{} documents, {failed} failed: {} operations in the client, {} left out, {} lossy, {} relaxed, {} untyped, {} lines of Rust",
        run.documents.len(),
        count(&|figures| figures.operations),
        count(&|figures| figures.left_out.len()),
        count(&|figures| sum(&figures.lossy)),
        count(&|figures| sum(&figures.relaxed)),
        count(&|figures| figures.values.len()),
        count(&|figures| figures.lines)
    );
    if parts > 0 {
        outln!("{parts} files without `openapi` are not documents");
    }
}

fn generated(run: &Run) -> impl Iterator<Item = &Figures> {
    run.documents.values().filter_map(|outcome| match outcome {
        Outcome::Generated(figures) => Some(figures),
        _ => None,
    })
}
