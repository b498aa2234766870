//! Runs `spec-diff` on a pair, and compares the levels with the expected ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::cases::{Case, Expected};

/// How many pairs are compared at the same time.
const AT_ONCE: usize = 2;

/// The outcome of a run.
pub(crate) struct Report {
    pub(crate) code: Option<i32>,
    pub(crate) changes: Vec<Value>,
    pub(crate) error: String,
}

/// A difference from the expectation, and the findings.
pub(crate) struct Disagreement {
    pub(crate) what: String,
    pub(crate) found: String,
}

/// Compares two documents, of which one is JSON and the other may be YAML.
pub(crate) fn run_spec_diff(folder: &Path, old: &str, new: &str) -> Report {
    let (base, revision) = (folder.join("base"), folder.join("revision"));
    fs::write(&base, old).expect("a file");
    fs::write(&revision, new).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("spec-diff")
        .args([&base, &revision])
        .args(["--format", "json", "--rust", "never"])
        .output()
        .expect("xtask runs");
    let output_json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Report {
        code: output.status.code(),
        changes: output_json["changes"].as_array().cloned().unwrap_or_default(),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs every case, a few at a time, and returns the results in the order of the cases.
pub(crate) fn for_each<T: Sync, R: Send>(cases: &[T], run: impl Fn(&T, &Path) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let folder = tempfile::tempdir().expect("a folder");
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return results };
            results.push((index, run(case, folder.path())));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker that ends")).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, run)| run).collect()
}

impl Report {
    /// How the report differs from the expectation, if it does.
    pub(crate) fn disagreement(&self, case: &Case) -> Option<Disagreement> {
        let differs = |what: String| Some(Disagreement { what, found: self.summary() });
        if !matches!(self.code, Some(0 | 1)) {
            return differs(format!("ended with {:?}: {}", self.code, self.error.trim()));
        }
        match &case.expected {
            Expected::Worst(levels) => {
                let worst = self.worst(|_| true);
                if !levels.contains(worst) {
                    return differs(format!("expected {levels}, got {worst}"));
                }
            }
            Expected::Directions { request, response } => {
                for (name, levels) in [("request", request), ("response", response)] {
                    // A change without a direction counts for the directions in which a finding is expected.
                    let worst = self.worst(|direction| {
                        direction == name || direction.is_empty() && levels.as_str() != "-"
                    });
                    if !levels.contains(worst) {
                        return differs(format!("expected {levels} for the {name}, got {worst}"));
                    }
                }
            }
        }
        if self.has_duplicates() {
            return differs("one cause is two findings".to_owned());
        }
        if (self.code == Some(1)) != (self.worst(|_| true) == 'E') {
            return differs(format!("ended with {:?}", self.code));
        }
        None
    }

    /// The distinct levels and ids of the findings.
    pub(crate) fn summary(&self) -> String {
        let lines: BTreeSet<String> = self.changes.iter().map(line).collect();
        lines.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// The letter of the worst level among the changes of some direction.
    pub(crate) fn worst(&self, counts: impl Fn(&str) -> bool) -> char {
        let letters: Vec<char> = self
            .changes
            .iter()
            .filter(|change| counts(change["direction"].as_str().unwrap_or_default()))
            .map(letter)
            .collect();
        ['?', 'E', 'W', 'i'].into_iter().find(|letter| letters.contains(letter)).unwrap_or('-')
    }

    fn has_duplicates(&self) -> bool {
        let key = |change: &Value| {
            ["id", "direction", "operation", "operations", "pointer", "old", "new"]
                .map(|key| change[key].to_string())
        };
        let keys: BTreeSet<[String; 7]> = self.changes.iter().map(key).collect();
        keys.len() < self.changes.len()
    }
}

fn letter(change: &Value) -> char {
    match change["level"].as_str() {
        Some("breaking") => 'E',
        Some("warning") => 'W',
        Some("info") => 'i',
        _ => '?',
    }
}

fn line(change: &Value) -> String {
    format!("{} {}", letter(change), change["id"].as_str().unwrap_or("without an id"))
}
