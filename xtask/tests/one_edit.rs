//! Compares pairs of documents that differ in one edit with the levels in the table of rules. The data in `one_edit/` is written
//! from the table, and must not be copied from the code.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

#[path = "one_edit/cases.rs"]
mod cases;
#[path = "one_edit/judge.rs"]
mod judge;
#[path = "one_edit/mutate.rs"]
mod mutate;
#[path = "one_edit/rewrite.rs"]
mod rewrite;

use cases::Case;
use judge::{Disagreement, for_each, run_spec_diff};
use mutate::{instance, mutated};
use rewrite::{Rewriter, document, schema};

/// The minimum number of pairs.
const PAIRS: usize = 1500;

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

/// The same cases in every run; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` select more or other ones.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { 100 };
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        asked => asked,
    };
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 200, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_equivalent_schema_has_no_finding(schema in schema(), seed in any::<u64>().no_shrink()) {
        let mut rewriter = Rewriter::new(seed);
        let rewritten = rewriter.schema(&schema);
        let old = document(&schema, &serde_json::Map::new());
        let new = document(&rewritten, &rewriter.components);
        let folder = tempfile::tempdir()?;
        for (base, revision) in [(&old, &new), (&new, &old), (&new, &new)] {
            let report = run_spec_diff(folder.path(), &base.to_string(), &revision.to_string());
            prop_assert!(report.error.is_empty(), "{}", report.error);
            let messages: Vec<&Value> = report.changes.iter().map(|change| &change["message"]).collect();
            prop_assert!(report.changes.is_empty(), "{schema}\n{rewritten}\n{:?}\n{messages:#?}", rewriter.components);
        }
    }

    #[test]
    fn a_harmless_change_keeps_valid_instances_valid(old in schema(), seed in any::<u64>().no_shrink()) {
        let mut random = fastrand::Rng::with_seed(seed);
        let new = mutated(&old, &mut random);
        let folder = tempfile::tempdir()?;
        let [before, after] = [&old, &new].map(|schema| document(schema, &serde_json::Map::new()));
        let report = run_spec_diff(folder.path(), &before.to_string(), &after.to_string());
        prop_assert!(matches!(report.code, Some(0 | 1)), "{}", report.error);
        let [is_old, is_new] = [(&old, &before), (&new, &after)].map(|(schema, document)| {
            let all = serde_json::json!({ "allOf": [schema], "components": document["components"] });
            // The table compares the members of `oneOf` one by one, and ignores that only one may match. So does this.
            let all = serde_json::from_str(&all.to_string().replace("oneOf", "anyOf")).expect("JSON");
            jsonschema::options().should_validate_formats(true).build(&all)
        });
        let (is_old, is_new) = (is_old?, is_new?);
        // By the table, a property added to a closed object is harmless in a response: readers are assumed to be lenient.
        let is_lenient = before.to_string().contains("\"additionalProperties\":false");
        for _ in 0..40 {
            let sent = instance(&old, &mut random);
            if matches!(report.worst(|direction| direction == "request"), '-' | 'i') && is_old.is_valid(&sent) {
                prop_assert!(is_new.is_valid(&sent), "{sent} is refused now:\n{old}\n{new}\n{}", report.summary());
            }
            let read = instance(&new, &mut random);
            if matches!(report.worst(|direction| direction == "response"), '-' | 'i') && !is_lenient && is_new.is_valid(&read) {
                prop_assert!(is_old.is_valid(&read), "{read} may come now:\n{old}\n{new}\n{}", report.summary());
            }
        }
    }

    #[test]
    fn the_same_pair_gives_the_same_bytes(old in schema(), new in schema()) {
        let [old, new] = [old, new].map(|schema| document(&schema, &serde_json::Map::new()).to_string());
        let folder = tempfile::tempdir()?;
        let [one, other] = [(); 2].map(|()| run_spec_diff(folder.path(), &old, &new));
        prop_assert!(matches!(one.code, Some(0 | 1)), "{}", one.error);
        prop_assert_eq!(one.output, other.output);
    }
}
