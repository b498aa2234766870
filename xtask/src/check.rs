//! `cargo xtask check`: runs the pipeline on any document and type-checks what comes of it.
//! Knows files, cargo and how to report; must not know what the passes do.

use std::fs;
use std::path::Path;
use std::process::Command;

use relay_rest_codegen::{Generated, Level, Problem, Settings, generate};

/// Changes nothing that a pass looks at; a document that is checked has no overlay of its own.
const NO_OVERLAY: &str =
    "{overlay: 1.0.0, info: {title: none, version: '1'}, actions: [{target: $, update: {x-checked: true}}]}";

/// The crate around the generated code. Its dependencies are those of relay-rest itself.
const MANIFEST: &str = r#"[package]
name = "scratch"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
bytes = "1"
progenitor-client = "0.15"
reqwest = { version = "0.13", default-features = false, features = ["form", "json", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
uuid = { version = "1", features = ["serde"] }
"#;

const LIBRARY: &str = "//! Generated to be type-checked.\n#![allow(dead_code, unused_imports)]\nmod handwritten;\n\
                       mod generated {\n    include!(\"client.rs\");\n}\npub use generated::*;\n";

/// Generates from the document at `path`, prints a report, and compiles unless told otherwise. Whether all went well.
pub(crate) fn run(root: &Path, path: &str, compile: bool, skip_unsupported: bool) -> Result<bool, String> {
    let document = fs::read_to_string(path).map_err(|error| format!("error: {path}: {error}"))?;
    let settings = Settings {
        module: "crate::handwritten".to_owned(),
        formats: Vec::new(),
        bounded_integer: "Bounded".to_owned(),
        skip_unsupported,
    };
    match generate(&document, NO_OVERLAY, &settings) {
        Err(problems) => {
            report(path, &problems);
            println!("{path}: no client can be generated");
            Ok(false)
        }
        Ok(generated) => {
            report(path, &generated.problems);
            let count = |level| generated.problems.iter().filter(|problem| problem.level == level).count();
            println!(
                "{path}: {} operations in the client, {} left out, {} relaxed, {} lines of Rust",
                generated.operations,
                count(Level::Omitted),
                count(Level::Relaxed),
                generated.source.lines().count()
            );
            if compile { type_check(root, path, &generated) } else { Ok(true) }
        }
    }
}

fn report(path: &str, problems: &[Problem]) {
    for problem in problems {
        let level = match problem.level {
            Level::Omitted => "left out",
            Level::Relaxed => "relaxed",
            _ => "error",
        };
        println!("{level}: {path}{problem}");
    }
}

fn type_check(root: &Path, path: &str, generated: &Generated) -> Result<bool, String> {
    let name: String = path.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let folder = root.join("target/xtask-check").join(name);
    let failed = |error: std::io::Error| format!("error: {}: {error}", folder.display());
    fs::create_dir_all(folder.join("src")).map_err(failed)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(failed)?;
    for (file, content) in [
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", LIBRARY),
        ("src/handwritten.rs", include_str!("scratch/handwritten.rs")),
        ("src/client.rs", &generated.source),
    ] {
        fs::write(folder.join(file), content).map_err(failed)?;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["check", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", root.join("target/xtask-check/target"))
        .env("RUSTFLAGS", "-D warnings")
        .status()
        .map_err(failed)?;
    println!(
        "{path}: the client {}",
        if status.success() { "compiles without warnings" } else { "does not compile" }
    );
    Ok(status.success())
}
