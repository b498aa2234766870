//! Compares the output in each format with the folder `golden`.

use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec_diff/golden")
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["spec-diff", "--settings", "spec-diff.toml", "--docs", "base.yaml", "revision.yaml"])
        .args(arguments)
        .current_dir(folder())
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .expect("xtask runs");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn each_format_matches_its_golden_file() {
    for form in ["text", "json", "markdown", "html", "github"] {
        let printed = printed(&["--format", form]);
        // The output must not depend on the location of the checkout.
        assert!(!printed.contains(env!("CARGO_MANIFEST_DIR")), "{printed}");
        expectorate::assert_contents(folder().join(form), &printed);
    }
}

#[test]
fn colours_are_for_terminals_only() {
    assert!(!printed(&[]).contains('\u{1b}'));
    let coloured = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["spec-diff", "--rust", "never", "base.yaml", "revision.yaml"])
        .env("CLICOLOR_FORCE", "1")
        .current_dir(folder())
        .output()
        .expect("xtask runs");
    assert!(String::from_utf8_lossy(&coloured.stdout).contains("\u{1b}[1m\u{1b}[31mbreaking\u{1b}[0m"));
}

#[test]
fn the_same_is_printed_each_time() {
    assert_eq!(printed(&["--format", "json"]), printed(&["--format", "json"]));
}
