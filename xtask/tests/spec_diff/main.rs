//! `cargo xtask spec-diff` as a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

mod added;
mod cli;
mod files;
mod golden;
mod levels;
mod oasdiff;
mod rules;
mod same;
mod schemas;
mod security;
mod sentences;
mod trees;
mod unread;
mod whole;

const DOCUMENT: &str = include_str!("../../../openapi/relay-rest.yaml");

/// A path in `../shared`; none without that folder, as in a plain clone.
fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if !shared.exists() {
        eprintln!("skipped: there is no {}", shared.display());
        return None;
    }
    let path = shared.join(path);
    assert!(path.exists(), "there is no {}", path.display());
    Some(path)
}

/// Runs the command.
fn spec_diff(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("spec-diff")
        .args(arguments)
        // Another step of a workflow runs these tests.
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .expect("xtask runs")
}

/// Compares two files. Returns the exit code and the report.
fn compare(base: &str, revision: &str) -> (Option<i32>, Value) {
    let output = spec_diff(&["--format", "json", base, revision]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// Compares two documents given as strings.
fn compare_texts(base: &str, revision: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    compare(&file("base", base), &file("revision", revision))
}

/// The changes as `level id`, sorted.
fn changes(found: &Value) -> Vec<String> {
    let changes = found["changes"].as_array().into_iter().flatten();
    let mut lines: Vec<String> = changes
        .map(|change| {
            format!("{} {}", change["level"].as_str().unwrap_or("?"), change["id"].as_str().unwrap_or("?"))
        })
        .collect();
    lines.sort();
    lines
}

/// A document with one schema, sent and received.
fn with(schema: &Value) -> Value {
    let body = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Subject" } } });
    json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
        "paths": { "/a/{id}": { "post": {
            "operationId": "a",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "requestBody": { "content": body }, "responses": { "200": { "description": "d", "content": body } },
        } } },
        "components": { "schemas": { "Subject": schema, "Other": { "$anchor": "other", "type": "object", "properties": { "x": { "type": "string" } } } } },
    })
}
