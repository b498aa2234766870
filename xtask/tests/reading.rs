//! The meaning of documents by the specifications: each file in `reading/` is a table of cases, written without the code.

use std::fs;
use std::path::Path;
use std::process::Command;

use relay_rest_codegen::{Settings, generate_from, parse};
use serde::Deserialize;
use serde_json::{Value, json};

/// A pair of documents that spec-diff compares, or a document that a client is generated from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    claim: String,
    /// The section of the specification.
    source: String,
    old: Option<Value>,
    new: Option<Value>,
    document: Option<Value>,
    /// Only operations under this path are compared.
    paths: Option<String>,
    right: Right,
}

/// The expected outcome: the worst finding of a pair, or whether a client can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Right {
    Breaking,
    Warning,
    Info,
    Nothing,
    /// Any finding or note.
    Reported,
    Generates,
    Refused,
}

/// Expands `{schemas: …}` to a document with a request whose body is the component `Order`.
fn document(value: &Value) -> Value {
    let Some(schemas) = value.get("schemas") else { return value.clone() };
    let body = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Order" } } });
    json!({
        "openapi": value.get("openapi").unwrap_or(&json!("3.1.0")),
        "info": { "title": "t", "version": "1" },
        "servers": [{ "url": "https://x.org" }],
        "paths": { "/a": { "post": {
            "operationId": "a",
            "requestBody": { "required": true, "content": body },
            "responses": { "204": { "description": "ok" } },
        } } },
        "components": { "schemas": schemas },
    })
}

/// The worst finding between two documents, `Reported` for only a note, or `Refused` if they cannot be compared.
fn compared(case: &Case, old: &Value, new: &Value) -> Right {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        fs::write(&path, document(value).to_string()).expect("a file");
        path
    };
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["spec-diff", "--rust", "never", "--format", "json"])
        .args(case.paths.iter().flat_map(|path| ["--paths", path]))
        .args([file("old.json", old), file("new.json", new)])
        .output()
        .expect("xtask runs");
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else { return Right::Refused };
    let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let worst =
        list("changes").iter().map(|change| Right::deserialize(&change["level"]).expect("a level")).min();
    worst.unwrap_or(if list("notes").is_empty() { Right::Nothing } else { Right::Reported })
}

fn generated(value: &Value) -> Right {
    let settings = Settings::of_module("relay_rest::codegen_support");
    match generate_from(document(value), &settings) {
        Ok(_) => Right::Generates,
        Err(_) => Right::Refused,
    }
}

#[test]
fn documents_are_read_as_the_specifications_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reading");
    let (mut tried, mut wrong) = (0, Vec::new());
    for file in fs::read_dir(folder).expect("a folder").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(file.path()).expect("a file");
        let cases: Vec<Case> = parse(&text)
            .and_then(|table| serde_json::from_value(table).map_err(|error| error.to_string()))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for case in cases {
            let found = match (&case.old, &case.new, &case.document) {
                (Some(old), Some(new), None) => compared(&case, old, new),
                (None, None, Some(document)) => generated(document),
                _ => panic!("{name}: {}: a pair or a document", case.claim),
            };
            tried += 1;
            let is_right = match case.right {
                Right::Reported => found != Right::Nothing,
                right => found == right || right == Right::Nothing && found == Right::Reported,
            };
            if !is_right {
                wrong.push(format!(
                    "{name}: {} ({}): {found:?} instead of {:?}",
                    case.claim, case.source, case.right
                ));
            }
        }
    }
    assert!(tried > 0);
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
