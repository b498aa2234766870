//! The README and similar documents: every command is run, and features, versions and files are as stated.
//!
//! Its Rust is run as well, as doctests: `src/lib.rs` includes it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cargo::{ROOT, cargo};

const README: &str = include_str!("../../README.md");
const MANIFEST: &str = include_str!("../../Cargo.toml");

/// What runs a command of the README.
enum Runs {
    /// This test, offline and without changes; the output contains this string.
    Here { as_line: &'static str, prints: &'static str },
    /// `.ci/run`: the command takes minutes, or runs this test.
    Ci,
    /// Nothing: it cannot be run in a checkout. This is run instead.
    #[expect(dead_code, reason = "the reason is for the reader")]
    Elsewhere(&'static str),
}

const COMMANDS: [(&str, Runs); 11] = [
    // It needs a registry that has this version.
    (
        "cargo add relay-rest",
        Runs::Elsewhere("tests/packaged.sh builds a program that depends on the package"),
    ),
    // So does this, and it installs.
    (
        "cargo install relay-rest --features cli",
        Runs::Elsewhere("tests/it/command_line.rs builds and runs the program"),
    ),
    ("cargo run --example send_code", Runs::Ci),
    ("cargo test --workspace", Runs::Ci),
    (
        "cargo xtask sync",
        here("cargo xtask sync --dry-run --source openapi/relay-rest.yaml", "nothing changed"),
    ),
    (
        "cargo xtask sync --check",
        here("cargo xtask sync --check --source openapi/relay-rest.yaml", "nothing changed"),
    ),
    ("cargo xtask overlay", here("cargo xtask overlay", "actions, 30 skipped, 0 to fix")),
    ("cargo xtask generate", here("cargo xtask generate", "are up to date")),
    ("cargo xtask expand", here("cargo xtask expand", "impl Client {")),
    ("cargo xtask check --round-trip 100 --call 20 openapi/relay-rest.yaml", Runs::Ci),
    (
        "cargo xtask spec-diff origin/main . --require-bump --format github",
        // A clone may lack the branch, and a checkout may have changes: compares the checkout with itself.
        here(
            "cargo xtask spec-diff . . --require-bump --format github",
            "::notice title=spec-diff::patch: 0 wire-breaking",
        ),
    ),
];

const fn here(as_line: &'static str, prints: &'static str) -> Runs {
    Runs::Here { as_line, prints }
}

/// The fenced blocks of the README: their languages and lines.
fn blocks() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    README.split("\n```").skip(1).step_by(2).map(|block| {
        let mut lines = block.lines();
        (lines.next().unwrap_or_default(), lines.collect())
    })
}

/// The commands of the README without their comments.
fn commands() -> Vec<&'static str> {
    let lines = blocks().filter(|(language, _)| *language == "sh").flat_map(|(_, lines)| lines);
    lines.map(|line| line.split(" #").next().unwrap_or_default().trim()).collect()
}

/// The commands that CI runs, in scripts or in Rust, with single spaces and without options that only reduce output.
fn ci() -> String {
    let root = Path::new(ROOT);
    let texts = [".ci/run", "xtask/src/ci.rs"]
        .map(|path| std::fs::read_to_string(root.join(path)).unwrap_or_default());
    let unquoted = texts.concat().replace(['"', ',', '[', ']'], " ");
    let words =
        unquoted.split_whitespace().filter(|word| !["--quiet", "--locked", "--offline"].contains(word));
    words.collect::<Vec<_>>().join(" ")
}

fn output(line: &str) -> (bool, String, String) {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("cargo"), "{line}");
    let output = cargo(words).env("CARGO_NET_OFFLINE", "true").output().expect("cargo runs");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), stdout, stderr)
}

#[test]
fn every_command_is_run() {
    let known: Vec<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
    assert_eq!(commands(), known, "the README's commands, and those that are known to be run");
}

#[test]
fn the_commands_that_ci_is_said_to_run_are_in_it() {
    let ci = ci();
    for (command, _) in COMMANDS.iter().filter(|(_, runs)| matches!(runs, Runs::Ci)) {
        // `.ci/run` may take the test command from the README itself.
        let is_taken = *command == "cargo test --workspace" && ci.contains("README.md");
        assert!(is_taken || ci.contains(command), "CI does not run `{command}`");
    }
}

#[test]
fn the_other_commands_succeed() {
    for (command, runs) in &COMMANDS {
        let Runs::Here { as_line, prints } = runs else { continue };
        let (is_success, stdout, stderr) = output(as_line);
        assert!(is_success && stdout.contains(prints), "`{command}`, run as `{as_line}`:\n{stdout}{stderr}");
    }
}

#[test]
fn every_option_that_is_named_exists() {
    let help: String =
        ["sync", "check", "spec-diff"].map(|task| output(&format!("cargo xtask {task} --help")).1).concat();
    let prose = README.split("## Regenerating").nth(1).expect("the commands for maintainers");
    let lines: Vec<&str> = prose.lines().filter(|line| !line.starts_with("cargo test")).collect();
    let prose = lines.join("\n");
    let options = prose.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
    let options: Vec<&str> = options.filter(|word| word.starts_with("--") && word.len() > 3).collect();
    assert!(options.contains(&"--source"), "{options:?}");
    for option in options {
        assert!(
            help.contains(&format!("{option} ")) || help.contains(&format!("{option}\n")),
            "there is no {option}"
        );
    }
}

#[test]
fn every_block_has_a_known_language() {
    for (language, lines) in blocks() {
        let is_run = ["sh", "rust", "rust,no_run", "mermaid"].contains(&language);
        assert!(is_run, "a block is `{language}`: {lines:?}");
    }
}

#[test]
fn the_table_of_features_is_that_of_the_manifest() {
    let section = |name: &str| {
        let (_, rest) = MANIFEST.split_once(&format!("\n[{name}]\n")).expect("a section");
        rest.split("\n[").next().unwrap_or_default()
    };
    let features: Vec<&str> = section("features")
        .lines()
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .filter(|name| !name.starts_with('#') && *name != "default")
        .collect();
    let (_, table) = README.split_once("\n| feature | |\n|---|---|\n").expect("a table of features");
    let cells = table.lines().map_while(|line| line.strip_prefix("| `")?.split('|').next());
    let rows: Vec<&str> =
        cells.flat_map(|cell| cell.split('`').step_by(2)).filter(|name| !name.contains(' ')).collect();
    assert_eq!(rows, features);

    // docs.rs shows every feature that adds items. Of the kinds of TLS, one is enough.
    let shown = section("package.metadata.docs.rs");
    for feature in features
        .iter()
        .filter(|name| !["generate", "rustls", "rustls-aws-lc", "native-tls", "cli"].contains(name))
    {
        assert!(shown.contains(&format!("\"{feature}\"")), "docs.rs does not show `{feature}`");
    }
}

/// Notices moved files that documents still name.
#[test]
fn every_file_that_the_documents_name_is_there() {
    let root = Path::new(ROOT);
    for name in ["README.md", "ARCHITECTURE.md", "BENCHMARKS.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let text = std::fs::read_to_string(root.join(name)).expect("a document");
        let quoted = text.split('`').skip(1).step_by(2);
        let rooms = ["codegen/", "examples/", "openapi/", "src/", "tests/", "xtask/"];
        for path in quoted.filter(|quoted| rooms.iter().any(|room| quoted.starts_with(room))) {
            // `codegen/src/lower*` is a file and a folder.
            let is_there = match path.strip_suffix('*') {
                Some(stem) => root.join(format!("{stem}.rs")).exists(),
                None => root.join(path).exists(),
            };
            assert!(is_there, "{name} names `{path}`");
        }
    }
}

#[test]
fn it_is_short_and_names_the_rust_that_it_needs() {
    assert!(README.lines().count() <= 150, "{} lines", README.lines().count());
    assert!(README.contains(&format!("Rust {} or later", env!("CARGO_PKG_RUST_VERSION"))));
}

#[test]
fn without_generate_no_generator_is_compiled() {
    let tree = "cargo tree --package relay-rest --edges normal,build --prefix none --no-dedupe --locked";
    let (is_success, stdout, stderr) =
        output(&format!("{tree} --no-default-features --features rustls,mock"));
    assert!(is_success, "{stderr}");
    let generator = ["relay-rest-codegen", "progenitor", "typify", "openapiv3", "yaml_serde", "prettyplease"];
    let has = |name: &str| stdout.lines().any(|line| line.split(' ').next() == Some(name));
    assert!(has("reqwest") && !generator.into_iter().any(has), "{stdout}");
}

/// An example compiles all dev-dependencies of the root package.
#[test]
fn the_example_compiles_as_many_crates_as_it_says() {
    let crates = |features: &str| {
        let tree = "cargo tree --package relay-rest --edges normal,build,dev --prefix none --no-dedupe";
        let target = "--target x86_64-unknown-linux-gnu --locked";
        let (is_success, stdout, stderr) = output(&format!("{tree} {target} {features}"));
        assert!(is_success, "{stderr}");
        let names = stdout.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>());
        names.collect::<BTreeSet<_>>().len()
    };
    const SHIPPED: &str = "--no-default-features --features rustls";
    let (all, shipped) = (crates(""), crates(SHIPPED));
    assert!(README.contains(&format!("the example compiles {all} crates")), "{all}");
    assert!(README.contains(&format!("; {shipped} with `{SHIPPED}`")), "{shipped}");
}
