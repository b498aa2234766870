//! Documents in several files.

use std::fs;
use std::path::Path;

use super::{changes, compare, spec_diff};

const DOCUMENT: &str = "\
openapi: 3.1.0
info: {title: pets, version: '1'}
paths:
  /pets:
    get:
      operationId: pets
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {type: array, items: {$ref: ./schemas/pet.yaml}}
              example: {$ref: nothing.yaml}
components:
  schemas:
    Tag: {type: string, maxLength: 9}
";

const PET: &str = "\
type: object
required: [name]
properties:
  name: {type: string}
  default: {$ref: 'people/pet%20owner.yaml#/$defs/Owner'}
  tag: {$ref: '../api.yaml#/components/schemas/Tag'}
";

const OWNER: &str = "\
$defs:
  Owner: {type: object, properties: {pet: {$ref: ../pet.yaml}, name: {$ref: '#/$defs/Name'}}}
  Name: {type: string, minLength: 1}
";

/// Writes the document into a folder, and returns its path.
fn document(folder: &Path, document: &str, pet: &str) -> String {
    fs::create_dir_all(folder.join("schemas/people")).expect("a folder");
    for (name, text) in
        [("api.yaml", document), ("schemas/pet.yaml", pet), ("schemas/people/pet owner.yaml", OWNER)]
    {
        fs::write(folder.join(name), text).expect("a file");
    }
    folder.join("api.yaml").display().to_string()
}

#[test]
fn content_of_other_files_is_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = document(&folder.path().join("old"), DOCUMENT, PET);
    let new = document(&folder.path().join("new"), DOCUMENT, &PET.replace("[name]", "[]"));
    assert_eq!(compare(&old, &old).0, Some(0));
    let (code, found) = compare(&old, &new);
    assert_eq!(
        (code, changes(&found)),
        (Some(1), vec!["breaking response-property-became-optional".to_owned()])
    );
    let change = &found["changes"][0];
    assert_eq!(change["old_pointer"], "/x-files/schemas~1pet.yaml/properties/name");
    assert!(change["old_line"].is_null(), "the line would be that of another file: {change:#}");
    assert_eq!(change["operation"], "GET /pets");
    assert_eq!(found["rust"]["level"], "major", "{found:#}");
    let causes =
        found["rust"]["items"].as_array().into_iter().flatten().map(|item| &item["cause"]["message"]);
    assert!(
        causes.clone().count() > 0 && causes.clone().all(|cause| *cause != "it is gone from the document")
    );

    // A constraint of the main document that only another file refers to.
    let tighter =
        document(&folder.path().join("tag"), &DOCUMENT.replace("maxLength: 9", "maxLength: 10"), PET);
    let (code, found) = compare(&old, &tighter);
    let expected = vec!["breaking response-property-max-length-increased".to_owned()];
    assert_eq!((code, changes(&found)), (Some(1), expected));
    assert_eq!(found["changes"][0]["old_line"], 16);
}

#[test]
fn one_file_means_the_same_as_several() {
    let folder = tempfile::tempdir().expect("a folder");
    let several = document(folder.path(), DOCUMENT, PET);
    let whole = DOCUMENT.replace("./schemas/pet.yaml", "'#/components/schemas/Pet'")
        + "    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string}
        tag: {type: string, maxLength: 9}
        default:
          type: object
          properties:
            pet: {$ref: '#/components/schemas/Pet'}
            name: {type: string, minLength: 1}
";
    let one = folder.path().join("one.yaml");
    fs::write(&one, whole).expect("a file");
    for (old, new) in [(&several, &one.display().to_string()), (&one.display().to_string(), &several)] {
        let (code, found) = compare(old, new);
        assert_eq!((code, changes(&found)), (Some(0), Vec::new()));
    }
}

#[test]
fn a_file_that_is_missing_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = document(folder.path(), DOCUMENT, PET);
    fs::remove_file(folder.path().join("schemas/pet.yaml")).expect("a file");
    let output = spec_diff(&[&path, &path]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = format!("error: {path}: it refers to `schemas/pet.yaml`: No such file");
    assert!(error.starts_with(&expected), "{error}");
}
