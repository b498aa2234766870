//! Compares pairs of documents that differ in one edit with the levels in the table of rules. The data in `one_edit/` is written
//! from the table, and must not be copied from the code.

use std::collections::BTreeMap;

use serde_json::Value;

#[path = "one_edit/cases.rs"]
mod cases;
#[path = "one_edit/instance.rs"]
mod instance;
#[path = "one_edit/judge.rs"]
mod judge;
#[path = "one_edit/narrow.rs"]
mod narrow;
#[path = "one_edit/pairs.rs"]
mod pairs;
#[path = "one_edit/random.rs"]
mod random;
#[path = "one_edit/rewrite.rs"]
mod rewrite;

use cases::Case;
use judge::{Disagreement, for_each, run_spec_diff};
use pairs::{Counts, RulePair, judge};

/// The minimum number of pairs.
const PAIRS: usize = 1500;

/// The number of random pairs.
const PAIRS_IN_CI: u64 = 600;

/// Runs all cases, and lists the disagreements with the places where they occur.
fn disagreements_of(cases: &[Case], text: impl Fn(&Value) -> String + Sync) -> String {
    let disagreements = for_each(cases, |case, folder| {
        run_spec_diff(folder, &case.old.to_string(), &text(&case.new)).disagreement(case)
    });
    // By rule and disagreement, with the findings of the first place.
    let mut places: BTreeMap<(&str, String), (Vec<&str>, String)> = BTreeMap::new();
    for (case, disagreement) in cases.iter().zip(disagreements) {
        if let Some(Disagreement { what, found }) = disagreement {
            let (places, _) = places.entry((&case.rule, what)).or_insert_with(|| (Vec::new(), found));
            places.push(&case.place);
        }
    }
    let pairs: usize = places.values().map(|(places, _)| places.len()).sum();
    eprintln!("{} pairs, {pairs} disagreements", cases.len());
    let lines = places.iter().map(|((rule, what), (places, found))| {
        format!("{rule}: {what}\n    {} times: {}\n    first: {found}\n", places.len(), places.join(", "))
    });
    lines.collect()
}

/// Reverses the keys of all objects.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        _ => value.clone(),
    }
}

#[test]
fn each_edit_has_the_level_that_the_table_gives_it() {
    let cases = cases::edits();
    assert!(cases.len() >= PAIRS, "there are {} pairs", cases.len());
    let disagreements = disagreements_of(&cases, Value::to_string);
    assert!(disagreements.is_empty(), "\n{disagreements}");
}

#[test]
fn equivalent_documents_have_no_finding() {
    let as_yaml = |document: &Value| serde_yaml::to_string(&reversed(document)).expect("YAML");
    let disagreements = disagreements_of(&cases::same(), as_yaml);
    assert!(disagreements.is_empty(), "\n{disagreements}");
}

/// The number of edits whose clients are compiled.
const REPLAYED_IN_CI: u64 = 40;

#[test]
fn rustc_breaks_what_the_rust_part_calls_breaking() {
    let folder = tempfile::tempdir().expect("a folder");
    let count = number("REPLAY_PAIRS", REPLAYED_IN_CI) as usize;
    // Spread over all rules; another start tries others.
    let cases = cases::edits();
    let start = number("REPLAY_START", 0) as usize;
    let chosen = cases.iter().skip(start).step_by((cases.len() / count).max(1)).take(count);
    for (number, case) in chosen.enumerate() {
        let pair =
            folder.path().join(format!("{number:04} {} at {}", case.rule, case.place).replace('/', "-"));
        std::fs::create_dir(&pair).expect("a folder");
        for (name, document) in [("base.yaml", &case.old), ("revision.yaml", &case.new)] {
            std::fs::write(pair.join(name), document.to_string()).expect("a file");
        }
    }
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("replay")
        .arg(folder.path())
        .output()
        .expect("xtask runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    eprintln!("{text}");
    assert_eq!(output.status.code(), Some(0), "{text}{error}");
}

/// A number from the environment, to try more or other pairs than CI does.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// The same pairs in every run; `ONE_EDIT_PAIRS` and `ONE_EDIT_SEED` select more or other ones, `ONE_EDIT_PAIR` a single one by the lower
/// half of its seed.
#[test]
fn random_pairs_have_the_levels_that_instances_prove() {
    let (pairs, seed) = (number("ONE_EDIT_PAIRS", PAIRS_IN_CI), number("ONE_EDIT_SEED", 0));
    let (places, rules) = (cases::places(), RulePair::all());
    // Three of five are followed by the pair of a rule, in turn.
    let only = std::env::var("ONE_EDIT_PAIR").ok().map(|pair| pair.parse::<u64>().expect("a number"));
    let all = only.map_or(0..pairs, |only| only..only + 1);
    let batches: Vec<u64> = all.clone().step_by(50).collect();
    let batches = for_each(&batches, |start, _| {
        let mut counts = Counts::default();
        for pair in *start..(start + 50).min(all.end) {
            judge(&places, (seed << 32) + pair, &mut counts);
            if let (true, Ok(turn)) = (pair % 5 < 3, usize::try_from(pair / 5 * 3 + pair % 5)) {
                rules[turn % rules.len()].judge((seed << 32) + pair, &mut counts);
            }
        }
        counts
    });
    let mut counts = Counts::default();
    batches.into_iter().for_each(|batch| counts.add(batch));
    println!("{}", counts.in_words());
    assert!(counts.wrong.is_empty(), "\n{}", counts.wrong_in_words());
    assert!(only.is_some() || counts.unions() >= 30, "{} %", counts.unions());
    if pairs >= 20_000 && only.is_none() {
        let rare: Vec<_> =
            rules.iter().filter(|rule| counts.rules.get(rule.name()).is_none_or(|hits| *hits < 50)).collect();
        assert!(rare.is_empty(), "{:?}", rare.iter().map(|rule| rule.name()).collect::<Vec<_>>());
    }
}
