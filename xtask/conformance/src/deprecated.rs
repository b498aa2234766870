//! Checks that uses of deprecated items cause warnings, and that the generated client compiles without any.

use std::path::Path;

use relay_rest_codegen::generate_from;
use serde_json::Value;

use crate::scratch::Scratch;
use crate::{settings, type_check};

/// Uses each deprecated item of the case once, and some others.
const PROGRAM: &str = "//! Uses what is deprecated.
use scratch::{Client, types};

pub fn calls(client: &Client) {
    drop(client.get_old());
    drop(client.post_new().size(1).old_size(1).x_old(\"x\"));
}

pub fn named(ask: types::Ask) -> (Option<types::OldNumber>, String) {
    (ask.named, ask.number)
}

pub fn built() -> types::builder::AskBuilder {
    types::Ask::builder().number(\"+1\").old_kind(\"a\").name_null()
}

pub fn compared(answer: &types::Answer) -> bool {
    answer.count == Some(1) && answer.state == \"off\".parse().ok()
}

fn main() {}
";

const WARNINGS: [&str; 8] = [
    "use of deprecated method `scratch::generated::<impl scratch::Client>::get_old`: use `get_new`",
    "use of deprecated method `scratch::builder::PostNew::old_size`: the size is ignored",
    "use of deprecated method `scratch::builder::PostNew::x_old`",
    "use of deprecated struct `scratch::types::OldNumber`",
    "use of deprecated field `scratch::types::Ask::number`: Deprecated in favour of `to`, e.g. +1.",
    "use of deprecated method `scratch::types::builder::AskBuilder::number`: Deprecated in favour of `to`, e.g. +1.",
    "use of deprecated method `scratch::types::builder::AskBuilder::old_kind`: no kinds any more",
    "use of deprecated method `scratch::types::builder::AskBuilder::name_null`",
];

#[test]
fn who_uses_what_is_deprecated_is_warned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root of the repository");
    let case = include_str!("../../../codegen/tests/generate/what_is_deprecated_is_marked.yaml");
    let case: Value = serde_yaml::from_str(case).expect("a case");
    let generated = generate_from(case["document"].clone(), &settings(false)).expect("a client");
    assert!(type_check(root, "deprecated", &generated).expect("cargo").failures.is_empty());

    let scratch = Scratch::new(root, "deprecated", &generated.source).expect("a crate");
    scratch.write("src/main.rs", PROGRAM).expect("a program");
    let output = scratch.cargo(&["check", "--quiet", "--bins"]).output().expect("cargo");
    let reported = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{reported}");
    let mut found: Vec<&str> = reported.lines().filter_map(|line| line.strip_prefix("warning: ")).collect();
    found.retain(|warning| warning.starts_with("use of deprecated"));
    let mut expected = WARNINGS.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{reported}");
}
