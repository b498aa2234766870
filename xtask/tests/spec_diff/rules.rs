//! Each rule has a pair of documents in `tests/rules` for which it is reported.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;

use super::spec_diff;

fn folder(rule: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules").join(rule)
}

/// The names of all rules.
fn rules() -> Vec<String> {
    let rules: Value =
        serde_json::from_slice(&spec_diff(&["--rules", "--format", "json"]).stdout).expect("JSON");
    let names = rules.as_array().into_iter().flatten().filter_map(|rule| rule["rule"].as_str());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names.dedup();
    assert!(names.len() > 200, "{names:?}");
    names
}

/// The findings, documentation included.
fn found(rule: &str, base: &str, revision: &str) -> Vec<Value> {
    let file = |name: &str| folder(rule).join(name).display().to_string();
    let output = spec_diff(&["--rust", "never", "--docs", "--format", "json", &file(base), &file(revision)]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let all = |key: &str| found[key].as_array().cloned().unwrap_or_default();
    [all("changes"), all("docs")].concat()
}

/// Runs a check for each rule in two threads. The check returns an error message.
fn for_each_rule(check: fn(&str) -> Option<String>) {
    let rules = rules();
    let halves = rules.split_at(rules.len() / 2);
    let all = |rules: &[String]| rules.iter().filter_map(|rule| check(rule)).collect::<Vec<_>>();
    let wrong = thread::scope(|scope| {
        let other = scope.spawn(|| all(halves.1));
        [all(halves.0), other.join().expect("no panic")].concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_pair_that_triggers_it() {
    for_each_rule(|rule| {
        let found = found(rule, "old.yaml", "new.yaml");
        if !found.iter().any(|change| change["rule"] == rule) {
            return Some(format!("{rule}: it is not found: {found:#?}"));
        }
        let text = |change: &Value, key: &str| change[key].as_str().unwrap_or("-").to_owned();
        let lines = found.iter().map(|change| {
            let [level, id, at, message] = ["level", "id", "pointer", "message"].map(|key| text(change, key));
            format!("{level} {id} #{at}\n    {message}\n")
        });
        expectorate::assert_contents(folder(rule).join("expected"), &lines.collect::<String>());
        None
    });
}

#[test]
fn every_pair_belongs_to_a_rule() {
    let rules = rules();
    for entry in fs::read_dir(folder("")).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(rules.contains(&name), "there is no rule `{name}`");
    }
}

#[test]
fn a_document_is_the_same_as_itself() {
    for_each_rule(|rule| {
        let same = |name| found(rule, name, name).is_empty();
        (!same("old.yaml") || !same("new.yaml")).then(|| format!("{rule}: a document differs from itself"))
    });
}
