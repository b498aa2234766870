//! Compares verdicts with those of oasdiff 1.15, except for the explained differences.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::{changes, compare, shared};

/// The pairs on which oasdiff 1.15 disagrees, and why it is not followed.
const DISAGREE: [(&str, &str); 7] = [
    ("case-05-api-invalid-stability-level", "a stability level that was none is repaired"),
    ("case-10-request-property-became-required", "the body of a webhook is what the API sends"),
    ("case-13-request-body-all-of-added", "the added member has no constraint: an optional property is new"),
    ("case-19-response-optional-property-added", "the schemas are in missing files, which is an error here"),
    ("case-32-new-optional-request-property", "the body of a webhook is what the API sends"),
    (
        "case-35-request-property-enum-value-removed",
        "whatever was sent is a string, and all strings are allowed now",
    ),
    ("signalwire-028", "a redundant format was dropped, and types moved behind references"),
];

#[test]
fn verdicts_are_those_of_oasdiff_except_for_explained_pairs() {
    let Some(pairs) = shared("upstream/pairs") else { return };
    let mut explained = BTreeMap::from(DISAGREE);
    let mut compared = 0;
    for folder in fs::read_dir(pairs).expect("a folder").flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        let file = |stem: &str| {
            let files = fs::read_dir(folder.path()).expect("a folder").flatten();
            let mut paths = files.map(|file| file.path());
            paths
                .find(|path| path.file_stem().is_some_and(|found| found == stem))
                .expect("a file")
                .display()
                .to_string()
        };
        let oasdiff: Value =
            serde_json::from_str(&fs::read_to_string(file("oasdiff")).expect("a file")).expect("JSON");
        let breaks = oasdiff.as_array().into_iter().flatten().any(|change| change["level"] == "breaking");
        let (code, found) = compare(&file("base"), &file("revision"));
        let is_breaking =
            code != Some(2) && changes(&found).iter().any(|change| change.starts_with("breaking"));
        let is_explained = explained.remove(name.as_str()).is_some();
        assert_eq!(is_breaking != breaks || code == Some(2), is_explained, "{name}: {found:#}");
        compared += 1;
    }
    assert!(explained.is_empty(), "no such pair: {explained:?}");
    assert!(compared > DISAGREE.len(), "{compared}");
}
