//! `cargo xtask corpus` as a process, on small folders of documents.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Two operations that can be generated and one that cannot, a property, a body and a response that are any value although their
/// schemas do not allow that, and properties whose schemas do.
const SHOP: &str = r"
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /pets:
    get:
      operationId: list-pets
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}, headers: {A: {schema: {type: integer, maximum: 99999999999999999999}}}}
        '404': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}, headers: {A: {schema: {type: integer, maximum: 99999999999999999999}}}}
    post:
      operationId: add-pet
      parameters: [{name: p, in: nowhere, schema: {type: string}}]
      responses: {'204': {description: d}}
  /pets/{id}: {$ref: '#/components/pathItems/Pet'}
components:
  pathItems:
    Pet:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      put:
        operationId: replace-pet
        requestBody: {content: {application/json: {schema: {type: object, patternProperties: {'^a': {type: string}}}}}}
        responses:
          '200': {description: d, content: {application/json: {schema: {type: array, items: {type: object, patternProperties: {'^a': {type: string}}}}}}}
  schemas:
    Pet:
      type: object
      properties:
        name: {type: string}
        anything: {description: whatever}
        anyObject: {type: object}
        byPattern: {type: object, patternProperties: {'^a': {type: string}}}
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs the command on the folder `documents`. Returns its exit code, output and errors.
    fn corpus(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("corpus")
            .arg(self.0.path().join("documents"))
            .args(arguments)
            .output()
            .expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (status.code().expect("an exit code"), text(stdout), text(stderr))
    }

    fn read(&self, name: &str) -> Value {
        read(&self.0.path().join(name))
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

#[test]
fn says_what_became_of_a_document() {
    let folder = Folder::of(&[("documents/shop.yaml", SHOP), ("documents/parts/pet.yaml", "type: object")]);
    let (code, out, err) = folder.corpus(&["--save", &folder.path("run.json")]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let mut saved = folder.read("run.json");
    let shop = saved["documents"]["shop.yaml"].take();
    let lines = shop["lines"].as_u64().expect("a number");
    assert_eq!(
        shop,
        json!({
            "operations": 2,
            "left_out": ["POST /pets"],
            "omitted": { "the operation is left out: not valid OpenAPI: unknown variant …, expected one of …": 1 },
            "lossy": { "integers beyond 64 bits are any number, and have the digits of a float": 2 },
            "relaxed": { "which patterns the names match is not checked": 3 },
            "values": ["builder::ReplacePet::body", "builder::ReplacePet::send", "types::Pet.by_pattern"],
            "lines": lines,
        })
    );
    let costs = saved["costs"].as_object().expect("an object");
    assert!(costs["shop.yaml"]["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{costs:?}");
    if cfg!(target_os = "linux") {
        assert!(costs["shop.yaml"]["mib"].as_u64().is_some_and(|mib| mib > 1), "{costs:?}");
    }
    assert_eq!(saved["documents"].as_object().map(|documents| documents.len()), Some(1), "{saved}");
    let row: Vec<&str> = out.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(row[..7], ["shop.yaml", "2", "1", "2", "3", "3", &lines.to_string()]);
    for line in [
        "    left out: POST /pets",
        "    lossy 2 × integers beyond 64 bits are any number, and have the digits of a float",
        "    Value: types::Pet.by_pattern",
        "lossy 2 × integers beyond 64 bits are any number, and have the digits of a float (1 document)",
        "1 files without `openapi` are not documents",
    ] {
        assert!(out.lines().any(|own| own == line), "{line}: {out}");
    }
}

/// A document with one operation.
const SMALL: &str = r"
openapi: 3.1.0
info: {title: t, version: '1'}
paths: {/a: {get: {operationId: get-a, responses: {'204': {description: d}}}}}
";

#[test]
fn a_document_that_fails_is_a_row_and_not_the_end() {
    let folder = Folder::of(&[
        ("documents/a.yaml", "openapi: 3.1.0\npaths: ["),
        ("documents/b.yaml", "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: []"),
        ("documents/c.yaml", SMALL),
    ]);
    let (code, out, err) = folder.corpus(&["--save", &folder.path("run.json")]);
    assert_eq!(code, 1, "{out}");
    assert_eq!(err, "error: a.yaml: no client\nerror: b.yaml: no client\n");
    let documents = folder.read("run.json")["documents"].take();
    let error = |name: &str| documents[name]["error"].as_str().unwrap_or_default().to_owned();
    assert!(error("a.yaml").contains("line 3"), "{documents}");
    assert!(error("b.yaml").starts_with("#/paths: "), "{documents}");
    assert_eq!(documents["c.yaml"]["operations"], 1);
    for name in ["a.yaml", "b.yaml"] {
        let row = out.lines().find(|line| line.starts_with(name)).expect("a row");
        assert!(row.contains(&format!("failed: {}", error(name))), "{out}");
    }
    let sums = "
3 documents, 2 failed: 1 operations in the client, 0 left out, 0 lossy, 0 relaxed, 0 untyped, ";
    assert!(out.contains(sums), "{out}");

    // What failed before is not worse.
    let saved = folder.path("run.json");
    assert_eq!(folder.corpus(&["--against", &saved]).0, 0);
}

#[test]
fn a_document_for_which_time_is_up_fails() {
    let folder = Folder::of(&[("documents/a.yaml", SMALL), ("documents/b.yaml", SMALL)]);
    let (code, out, _) = folder.corpus(&["--timeout", "0"]);
    assert_eq!(code, 1);
    assert_eq!(out.lines().filter(|line| line.ends_with(" failed: timed out after 0 s")).count(), 2, "{out}");
}

#[test]
fn only_what_changed_since_a_saved_run_is_printed() {
    let folder = Folder::of(&[
        ("documents/broken.yaml", SMALL),
        ("documents/gone.yaml", SMALL),
        ("documents/mended.yaml", "openapi: 4.0.0"),
        ("documents/same.yaml", SMALL),
        ("documents/shop.yaml", SHOP),
    ]);
    let saved = folder.path("run.json");
    folder.corpus(&["--save", &saved]);
    let (code, out, err) = folder.corpus(&["--against", &saved, "--save", &folder.path("again.json")]);
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 1), "{out}");
    // The figures are the same each time.
    assert_eq!(folder.read("run.json")["documents"], folder.read("again.json")["documents"]);

    // The document has one operation less in the client, one schema that is not any value, and one response that is read.
    let changed = SHOP.replace("name: limit, in: query", "name: limit, in: nowhere").replace(
        "byPattern: {type: object, patternProperties: {'^a': {type: string}}}",
        "byPattern: {type: object}",
    );
    folder.write("documents/shop.yaml", &changed);
    folder.write("documents/broken.yaml", "openapi: 4.0.0");
    folder.write("documents/mended.yaml", SMALL);
    folder.write("documents/new.yaml", SMALL);
    fs::remove_file(folder.0.path().join("documents/gone.yaml")).expect("a file");
    let (code, out, err) = folder.corpus(&["--against", &saved]);
    assert_eq!(code, 1, "{out}");
    assert_eq!(
        err,
        "error: broken.yaml: no client, which did not fail before\nerror: shop.yaml: 1 operation was lost\n"
    );
    // How an error goes on, and how many lines there are, is another test's matter.
    let lines = out.lines().filter(|line| !line.trim_start().starts_with("lines "));
    let lines: Vec<&str> = lines
        .map(|line| {
            if line.contains(" fails now: ") || !line.starts_with(' ') {
                line.split(": ").next().unwrap_or(line)
            } else {
                line
            }
        })
        .collect();
    assert_eq!(
        lines,
        [
            "broken.yaml",
            "    fails now",
            "mended.yaml",
            "    no longer fails: 1 operations, 0 left out",
            "new.yaml",
            "    new: 1 operations, 0 left out",
            "shop.yaml",
            "    operations 2 → 1",
            "    left out now: GET /pets",
            "    omitted 1 → 2 × the operation is left out: not valid OpenAPI: unknown variant …, expected one of …",
            "    lossy 2 → 0 × integers beyond 64 bits are any number, and have the digits of a float",
            "    relaxed 3 → 2 × which patterns the names match is not checked",
            "    no longer Value: types::Pet.by_pattern",
            "gone.yaml",
            "    it is not in the folder",
            "5 documents, 1 failed",
        ]
    );
    assert!(out.contains(" failed: 5 → 4 operations in the client, 1 → 2 left out, 2 → 0 lossy, "), "{out}");
    // More operations, and the opposite of all that is better, is no error.
    folder.write("documents/broken.yaml", SMALL);
    let changed = folder.path("changed.json");
    folder.corpus(&["--save", &changed]);
    folder.write("documents/shop.yaml", SHOP);
    let (code, out, _) = folder.corpus(&["--against", &changed]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("    no longer left out: GET /pets\n"), "{out}");
    assert!(out.contains("    Value now: types::Pet.by_pattern\n"), "{out}");
}

#[test]
fn time_and_memory_are_printed_only_if_they_changed_much() {
    let folder = Folder::of(&[("documents/a.yaml", SMALL)]);
    let saved = folder.path("run.json");
    folder.corpus(&["--save", &saved]);
    let mut run = folder.read("run.json");
    run["costs"]["a.yaml"] = json!({ "seconds": 1000.0, "mib": 100_000 });
    folder.write("run.json", &run.to_string());
    let (code, out, _) = folder.corpus(&["--against", &saved]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("    s 1000.0 → "), "{out}");
    assert_eq!(out.contains("    MiB 100000.0 → "), cfg!(target_os = "linux"), "{out}");
}

#[test]
fn a_run_that_tries_nothing_is_an_error() {
    let fails = |files: &[(&str, &str)], arguments: &[&str], expected: &str| {
        let folder = Folder::of(files);
        fs::create_dir_all(folder.0.path().join("documents")).expect("a folder");
        let saved = folder.path("run.json");
        let arguments: Vec<&str> = arguments
            .iter()
            .copied()
            .map(|argument| if argument == "RUN" { &saved } else { argument })
            .collect();
        let (code, _, err) = folder.corpus(&arguments);
        let documents = folder.path("documents");
        let expected = expected.replace("DIR", &documents).replace("RUN", &saved);
        assert_eq!((code, err), (2, format!("error: {expected}\n")));
    };
    let none = "DIR: no .yaml, .yml or .json file in it";
    fails(&[], &[], none);
    fails(&[("documents/readme.md", SMALL), ("documents/.hidden.yaml", SMALL)], &[], none);
    fails(
        &[("documents/pet.yaml", "type: object"), ("documents/list.json", "[]")],
        &[],
        "DIR: none of its files is an OpenAPI document",
    );
    let run = r#"{ "version": 1, "documents": { "b.yaml": { "error": "e" } }, "costs": {} }"#;
    fails(
        &[("documents/a.yaml", SMALL), ("run.json", run)],
        &["--against", "RUN"],
        "DIR: no document of the saved run",
    );
    let later = run.replace("\"version\": 1", "\"version\": 9");
    fails(
        &[("documents/a.yaml", SMALL), ("run.json", &later)],
        &["--against", "RUN"],
        "RUN: a saved run of version 9; expected 1",
    );
}
