//! Documents of several files: every command reads the files in the document's folder, and nothing else.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The same document as the three files below.
const WHOLE: &str = r"
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://x.example'}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: get-pet
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
    patch:
      operationId: patch-pet
      parameters: [{name: p, in: nowhere, schema: {type: string}}]
      responses: {'204': {description: d}}
  /owners:
    get:
      operationId: list-owners
      responses: {'200': {description: d, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Owner'}}}}}}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string, maxLength: 9}
        owner: {$ref: '#/components/schemas/Owner'}
    Owner:
      type: object
      properties:
        name: {type: string}
        pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
";

const API: &str = r"
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://x.example'}]
paths:
  /pets/{id}: {$ref: 'paths/pet.yaml'}
  /owners:
    get:
      operationId: list-owners
      responses: {'200': {description: d, content: {application/json: {schema: {type: array, items: {$ref: 'schemas/all.yaml#/Owner'}}}}}}
components:
  schemas:
    Pet: {$ref: 'schemas/all.yaml#/Pet'}
";

const PATH: &str = r"
parameters: [{name: id, in: path, required: true, schema: {type: string}}]
get:
  operationId: get-pet
  responses: {'200': {description: d, content: {application/json: {schema: {$ref: '../api.yaml#/components/schemas/Pet'}}}}}
patch:
  operationId: patch-pet
  parameters: [{name: p, in: nowhere, schema: {type: string}}]
  responses: {'204': {description: d}}
";

const SCHEMAS: &str = r"
Pet:
  type: object
  required: [name]
  properties:
    name: {type: string, maxLength: 9}
    owner: {$ref: '#/Owner'}
Owner:
  type: object
  properties:
    name: {type: string}
    pets: {type: array, items: {$ref: '#/Pet'}}
";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// A folder with the document of several files in `several`, and the same one of one file in `one`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("one/api.yaml", WHOLE),
        ("several/api.yaml", API),
        ("several/paths/pet.yaml", PATH),
        ("several/schemas/all.yaml", SCHEMAS),
    ] {
        write(folder.path(), name, text);
    }
    folder
}

/// Runs a command in a folder. Returns its exit code, output and errors.
fn xtask(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_document_of_several_files_is_the_same_as_one() {
    let folder = folder();
    for arguments in [
        vec!["check", "--no-compile", "--skip-unsupported", "api.yaml"],
        vec!["corpus", "--save", "run.json", "."],
    ] {
        let [one, several] = ["one", "several"].map(|name| {
            let (code, out, err) = xtask(&folder.path().join(name), &arguments);
            assert_eq!(code, Some(0), "{out}{err}");
            (out, err)
        });
        if arguments[0] == "check" {
            assert_eq!(one, several);
            assert!(one.0.contains("2 operations in the client, 1 left out, 0 lossy, 1 relaxed"), "{one:?}");
        }
    }
    let documents = |name: &str| {
        let run = fs::read_to_string(folder.path().join(name).join("run.json")).expect("a file");
        serde_json::from_str::<serde_json::Value>(&run).expect("JSON")["documents"].take()
    };
    assert_eq!(documents("one"), documents("several"));

    // These do not leave out anything.
    let valid = |text: &str| text.replace("in: nowhere", "in: query");
    write(folder.path(), "one/api.yaml", &valid(WHOLE));
    write(folder.path(), "several/paths/pet.yaml", &valid(PATH));
    for command in ["outline", "expand"] {
        let [one, several] =
            ["one", "several"].map(|name| xtask(&folder.path().join(name), &[command, "api.yaml"]));
        assert_eq!(one.0, Some(0), "{}", one.2);
        assert_eq!(one, several);
    }
}

#[test]
fn only_files_in_the_folder_of_the_document_are_read() {
    let folder = folder();
    let path = folder.path().join("several");
    for (reference, reason) in [
        ("../one/api.yaml#/components/schemas/Pet", "it is outside the document's folder"),
        ("https://x.example/pet.yaml", "only files in the document's folder are read"),
        ("file:///etc/pet.yaml", "only files in the document's folder are read"),
        (".hidden.yaml", "hidden files are not read"),
        ("pet.txt", "only .yaml, .yml and .json files are read"),
        ("none.yaml", "No such file or directory (os error 2)"),
    ] {
        write(&path, "api.yaml", &API.replace("schemas/all.yaml#/Pet", reference));
        write(&path, "pet.txt", SCHEMAS);
        let named = reference.split('#').next().unwrap_or(reference);
        let expected = format!("error: api.yaml: it refers to `{named}`: {reason}\n");
        for command in ["check", "outline", "expand"] {
            let (code, out, err) = xtask(&path, &[command, "api.yaml"]);
            assert_eq!((code, out.as_str(), err), (Some(1), "", expected.clone()), "{command}");
        }
        // What is skipped on request is said, and generates as before.
        let expected =
            expected.replace("error: ", "warning: ").replace('\n', "; references to it are left out\n");
        let (code, out, err) = xtask(&path, &["check", "--no-compile", "--skip-unsupported", "api.yaml"]);
        assert_eq!((code, err), (Some(0), expected), "{out}");
        let relaxed = format!("#/components/schemas/Pet/$ref: the $ref `{reference}` leaves the document");
        assert!(out.contains(&relaxed), "{out}");
        let (code, out, _) = xtask(&path, &["corpus", "."]);
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains(" leaves the document; bundle it into one file first"), "{out}");
    }
}
