//! Prints what the checks found, grouped by kind. Must not know the checks.

use std::collections::BTreeMap;

use output::outln;
use relay_rest_codegen::{Generated, Level, Problem};
use serde_json::json;

use crate::Outcome;

/// How many failures of a kind are printed in full.
const SHOWN: usize = 5;

/// How to print the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Prints the problems of generating a client, as text.
pub(crate) fn problems(path: &str, problems: &[Problem], format: Format) {
    if format == Format::Text {
        let mut problems: Vec<&Problem> = problems.iter().collect();
        // Lost values before unchecked constraints.
        problems.sort_by_key(|problem| problem.level);
        for problem in problems {
            outln!("{}: {path}{problem}", level(problem));
        }
    }
}

/// Prints the results of the checks; `None` if there is no client to check.
pub(crate) fn finish(
    path: &str,
    problems: &[Problem],
    generated: Option<&Generated>,
    outcomes: &[Outcome],
    format: Format,
) {
    let count = |level| problems.iter().filter(|problem| problem.level == level).count();
    if format == Format::Json {
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| json!({ "level": level(problem), "at": problem.pointer.to_string(), "message": problem.message }))
            .collect();
        let checks: Vec<_> = outcomes
            .iter()
            .map(|outcome| {
                let failures: Vec<_> = outcome
                    .failures
                    .iter()
                    .map(|failure| json!({ "kind": failure.kind, "message": failure.message }))
                    .collect();
                json!({ "check": outcome.check, "summary": outcome.summary, "kinds": kinds(outcome), "failures": failures })
            })
            .collect();
        let operations = generated.map(|generated| generated.operations.len());
        outln!(
            "{}",
            json!({ "document": path, "operations": operations, "problems": problems, "checks": checks })
        );
        return;
    }
    let Some(generated) = generated else {
        outln!("{path}: no client can be generated");
        return;
    };
    outln!(
        "{path}: {} operations in the client, {} left out, {} lossy, {} relaxed, {} lines of Rust",
        generated.operations.len(),
        count(Level::Omitted),
        count(Level::Lossy),
        count(Level::Relaxed),
        generated.source.lines().count()
    );
    for outcome in outcomes {
        for (kind, number) in kinds(outcome) {
            let of_kind = outcome.failures.iter().filter(|failure| failure.kind == kind);
            for failure in of_kind.take(SHOWN).filter(|failure| !failure.message.is_empty()) {
                outln!("failure: {path}: {kind}: {}", failure.message);
            }
            outln!("{path}: {}: {number} × {kind}", outcome.check);
        }
        outln!("{path}: {}: {}, {} failures", outcome.check, outcome.summary, outcome.failures.len());
    }
}

/// How many failures there are of each kind.
fn kinds(outcome: &Outcome) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    outcome.failures.iter().for_each(|failure| *kinds.entry(failure.kind).or_default() += 1);
    kinds
}

fn level(problem: &Problem) -> &'static str {
    match problem.level {
        Level::Omitted => "left out",
        Level::Lossy => "lossy",
        Level::Relaxed => "relaxed",
        _ => "error",
    }
}
