//! Whether a pair of documents breaks, beside what oasdiff 1.15 says.
//! Knows where oasdiff is not followed, and why; must not know rules.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{changes, compare};

/// Where oasdiff 1.15 says otherwise, and why it is not followed.
const DISAGREE: [(&str, &str); 6] = [
    ("case-10-request-property-became-required", "the body of a webhook is what the API sends"),
    (
        "case-13-request-body-all-of-added",
        "the member that was added asks for nothing: an optional property is new",
    ),
    (
        "case-19-response-optional-property-added",
        "the schemas are in files that are not there, which is told",
    ),
    ("case-32-new-optional-request-property", "the body of a webhook is what the API sends"),
    (
        "case-35-request-property-enum-value-removed",
        "whatever was sent is a string, and all strings are allowed now",
    ),
    ("signalwire-028", "a redundant format was dropped, and types moved behind references"),
];

#[test]
fn whether_a_pair_breaks_is_what_oasdiff_says_but_for_those_that_are_explained() {
    let pairs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream/pairs");
    let Ok(folders) = fs::read_dir(&pairs) else {
        eprintln!("skipped: there is no {}", pairs.display());
        return;
    };
    for folder in folders.flatten() {
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
        let says = code != Some(2) && changes(&found).iter().any(|told| told.starts_with("breaking"));
        let explained = DISAGREE.iter().any(|(explained, _)| *explained == name);
        assert_eq!(says != breaks || code == Some(2), explained, "{name}: {found:#}");
    }
}
