//! What is printed, in each form, as it is kept in the folder `golden`.
//! Knows the forms; must not know what is found.

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
        .output()
        .expect("xtask runs");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn each_form_says_what_it_said() {
    for form in ["text", "json", "markdown", "github"] {
        let printed = printed(&["--format", form]);
        // Where it stands on this machine is no part of it.
        assert!(!printed.contains(env!("CARGO_MANIFEST_DIR")), "{printed}");
        expectorate::assert_contents(folder().join(form), &printed);
    }
}

#[test]
fn there_are_no_colours_where_nobody_sees_them() {
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
