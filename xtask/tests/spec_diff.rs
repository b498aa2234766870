//! `cargo xtask spec-diff` as people run it.
//! Knows the command line; must not know how changes are found.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");

/// How a comparison ended: its exit code, and what was found.
fn compare(base: &str, revision: &str) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["spec-diff", "--format", "json", "--rust", "always", base, revision])
        .output()
        .expect("xtask runs");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// The same for documents that are not in files.
fn compare_texts(base: &str, revision: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    compare(&file("base", base), &file("revision", revision))
}

/// `level id`, of each change, sorted.
fn changes(found: &Value) -> Vec<String> {
    let changes = found["changes"].as_array().into_iter().flatten();
    let mut told: Vec<String> = changes
        .map(|change| {
            format!("{} {}", change["level"].as_str().unwrap_or("?"), change["id"].as_str().unwrap_or("?"))
        })
        .collect();
    told.sort();
    told
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
        "components": { "schemas": { "Subject": schema, "Other": { "type": "object", "properties": { "x": { "type": "string" } } } } },
    })
}

#[test]
fn a_document_is_the_same_as_itself() {
    let mut documents = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/relay-rest.yaml").to_owned()];
    let upstream = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream");
    if upstream.exists() {
        documents.push(upstream.join("relay-rest-full.yaml").display().to_string());
        let others = fs::read_dir(upstream.join("others")).expect("a folder").flatten();
        documents.extend(others.map(|file| file.path().display().to_string()));
    } else {
        eprintln!("skipped: there is no {}", upstream.display());
    }
    for document in documents {
        let (code, found) = compare(&document, &document);
        assert_eq!((code, changes(&found)), (Some(0), Vec::new()), "{document}");
        assert_eq!(found["verdict"], "patch: 0 wire-breaking, 0 Rust-breaking, 0 additive");
    }
}

#[test]
fn what_means_the_same_is_the_same() {
    let of = |schema: Value| json!({ "type": "object", "required": ["p", "q"], "properties": { "p": schema, "q": { "type": "string" } } });
    let same = [
        (
            json!({ "type": ["string", "null"] }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
        ),
        (
            json!({ "type": ["null", "string"] }),
            json!({ "oneOf": [{ "type": "null" }, { "type": "string" }] }),
        ),
        (json!({ "const": "a" }), json!({ "enum": ["a"] })),
        (json!({ "enum": ["a", "b"] }), json!({ "enum": ["b", "a"] })),
        (
            json!({ "type": "object", "properties": { "x": { "type": "string" } } }),
            json!({ "$ref": "#/components/schemas/Other" }),
        ),
        (
            json!({ "$ref": "#/components/schemas/Other" }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/Other" }], "description": "d" }),
        ),
        (
            json!({ "type": "string", "minLength": 1, "maxLength": 5 }),
            json!({ "allOf": [{ "type": "string", "minLength": 1 }, { "maxLength": 5 }] }),
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "minLength": 0, "description": "d", "examples": ["e"] }),
        ),
        (
            json!({ "type": "integer", "minimum": 0, "maximum": 9 }),
            json!({ "type": "integer", "minimum": 0, "maximum": 9, "format": "int32" }),
        ),
        (json!({ "type": "number" }), json!({ "type": ["integer", "number"] })),
    ];
    for (one, other) in same {
        for (base, revision) in [(&one, &other), (&other, &one)] {
            let (base, revision) = (with(&of(base.clone())), with(&of(revision.clone())));
            let yaml = serde_yaml::to_string(&revision).expect("YAML");
            let (_, found) = compare_texts(&base.to_string(), &yaml);
            assert_eq!(changes(&found), Vec::<String>::new(), "{one} and {other}: {found:#}");
        }
    }
    // The names of path parameters do not travel.
    let renamed = with(&of(json!({}))).to_string().replace("{id}", "{key}").replace("\"id\"", "\"key\"");
    assert_eq!(changes(&compare_texts(&with(&of(json!({}))).to_string(), &renamed).1), Vec::<String>::new());
}

#[test]
fn a_change_breaks_those_whom_it_breaks() {
    let object = |properties: Value, required: Value| json!({ "type": "object", "properties": properties, "required": required });
    let of = |schema: Value| object(json!({ "p": schema }), json!([]));
    let string = || json!({ "type": "string" });
    for (old, new, expected) in [
        (
            of(string()),
            of(json!({ "type": "integer" })),
            vec!["breaking request-property-type-changed", "breaking response-property-type-changed"],
        ),
        (
            of(string()),
            of(json!({ "type": ["string", "null"] })),
            vec!["breaking response-property-became-nullable", "info request-property-became-nullable"],
        ),
        (
            of(json!({ "type": ["string", "null"] })),
            of(string()),
            vec![
                "breaking request-property-became-not-nullable",
                "info response-property-became-not-nullable",
            ],
        ),
        (
            of(json!({ "enum": ["a"] })),
            of(json!({ "enum": ["a", "b"] })),
            vec!["info request-property-enum-value-added", "warning response-property-enum-value-added"],
        ),
        (
            of(json!({ "enum": ["a", "b"] })),
            of(json!({ "enum": ["a"] })),
            vec!["breaking request-property-enum-value-removed", "info response-property-enum-value-removed"],
        ),
        (
            of(string()),
            of(json!({ "enum": ["a", "b"], "type": "string" })),
            vec!["breaking request-property-became-enum", "info response-property-became-enum"],
        ),
        (
            of(json!({ "maxLength": 5 })),
            of(json!({ "maxLength": 4 })),
            vec![
                "breaking request-property-max-length-decreased",
                "info response-property-max-length-decreased",
            ],
        ),
        (
            of(json!({ "maxLength": 5 })),
            of(json!({ "maxLength": 6 })),
            vec![
                "breaking response-property-max-length-increased",
                "info request-property-max-length-increased",
            ],
        ),
        (
            of(json!({ "minimum": 5 })),
            of(json!({ "minimum": 6 })),
            vec!["breaking request-property-min-increased", "info response-property-min-increased"],
        ),
        (
            of(json!({})),
            of(json!({ "maximum": 6 })),
            vec!["info response-property-max-set", "warning request-property-max-set"],
        ),
        (
            of(json!({})),
            of(json!({ "minLength": 1 })),
            vec!["breaking request-property-min-length-set", "info response-property-min-length-set"],
        ),
        (
            of(json!({ "pattern": "a" })),
            of(json!({ "pattern": "b" })),
            vec!["warning request-property-pattern-changed", "warning response-property-pattern-changed"],
        ),
        (
            of(json!({ "const": 1 })),
            of(json!({ "const": 2 })),
            vec!["breaking request-property-const-changed", "breaking response-property-const-changed"],
        ),
        (
            of(json!({ "default": 1 })),
            of(json!({ "default": 2 })),
            vec![
                "info request-property-default-value-changed",
                "info response-property-default-value-changed",
            ],
        ),
        (
            of(string()),
            object(json!({}), json!([])),
            vec!["warning request-property-removed", "warning response-optional-property-removed"],
        ),
        (
            object(json!({ "p": {} }), json!(["p"])),
            object(json!({}), json!([])),
            vec!["breaking response-required-property-removed", "warning request-property-removed"],
        ),
        (
            object(json!({}), json!([])),
            of(string()),
            vec!["info new-optional-request-property", "info response-optional-property-added"],
        ),
        (
            object(json!({}), json!([])),
            object(json!({ "p": {} }), json!(["p"])),
            vec!["breaking new-required-request-property", "info response-required-property-added"],
        ),
        (
            of(string()),
            object(json!({ "p": string() }), json!(["p"])),
            vec!["breaking request-property-became-required", "info response-property-became-required"],
        ),
        (
            object(json!({ "p": string() }), json!(["p"])),
            of(string()),
            vec!["breaking response-property-became-optional", "info request-property-became-optional"],
        ),
        (
            of(json!({ "type": "array", "items": {} })),
            of(json!({ "type": "array", "items": string() })),
            vec!["breaking request-property-type-changed", "info response-property-type-specialized"],
        ),
        (
            of(json!({})),
            of(json!({ "not": { "type": "string" } })),
            vec!["breaking request-property-not-added", "info response-property-not-added"],
        ),
        (
            of(json!({ "oneOf": [{ "type": "string", "minLength": 1 }, { "type": "integer" }] })),
            of(
                json!({ "oneOf": [{ "type": "string", "minLength": 1 }, { "type": "integer" }, { "type": "boolean" }] }),
            ),
            vec!["breaking response-property-one-of-added", "info request-property-one-of-added"],
        ),
        (
            of(json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] })),
            of(json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }, { "type": "boolean" }] })),
            vec![
                "breaking response-property-list-of-types-widened",
                "info request-property-list-of-types-widened",
            ],
        ),
    ] {
        let (code, found) = compare_texts(&with(&old).to_string(), &with(&new).to_string());
        assert_eq!(changes(&found), expected, "{old} to {new}: {found:#}");
        if expected.iter().any(|told| told.starts_with("breaking")) {
            assert_eq!(code, Some(1));
        }
        for change in found["changes"].as_array().into_iter().flatten() {
            assert_eq!(change["operations"], json!(["POST /a/{id}"]), "{change:#}");
        }
    }
}

#[test]
fn a_cause_is_told_once_with_all_that_it_reaches() {
    let mut old = with(
        &json!({ "type": "object", "properties": { "p": { "type": "string" }, "self": { "$ref": "#/components/schemas/Subject" } } }),
    );
    old["paths"]["/b"] = json!({ "get": { "operationId": "b", "responses": { "200": { "$ref": "#/paths/~1a~1{id}/post/responses/200" } } } });
    let mut new = old.clone();
    new["components"]["schemas"]["Subject"]["properties"]["p"]["type"] = "integer".into();
    let (_, found) = compare_texts(&old.to_string(), &new.to_string());
    assert_eq!(
        changes(&found),
        ["breaking request-property-type-changed", "breaking response-property-type-changed"]
    );
    let response =
        found["changes"].as_array().into_iter().flatten().find(|change| change["direction"] == "response");
    assert_eq!(response.map(|change| &change["operations"]), Some(&json!(["GET /b", "POST /a/{id}"])));
    assert_eq!(
        response.map(|change| &change["pointer"]),
        Some(&json!("/components/schemas/Subject/properties/p"))
    );
}

#[test]
fn operations_that_go_break_and_others_do_not() {
    let old = with(&json!({ "type": "object" }));
    let mut new = old.clone();
    new["paths"] =
        json!({ "/b": { "get": { "operationId": "b", "responses": { "204": { "description": "d" } } } } });
    let (code, found) = compare_texts(&old.to_string(), &new.to_string());
    assert_eq!(
        (code, changes(&found)),
        (
            Some(1),
            vec!["breaking api-removed-without-deprecation".to_owned(), "info endpoint-added".to_owned()]
        )
    );
    assert!(
        found["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("major: 1 wire-breaking, ")),
        "{found:#}"
    );
    let (code, found) = compare_texts(&DOCUMENT.replace("/mfa/sms:", "/mfa/other:"), DOCUMENT);
    assert_eq!((code, changes(&found).len()), (Some(1), 2));
}

#[test]
fn a_way_to_authenticate_that_no_longer_works_breaks() {
    let with = |security: Value| {
        let mut document = with(&json!({ "type": "object" }));
        document["security"] = security;
        document.to_string()
    };
    let [basic, token] = ["basic", "token"].map(|scheme| json!({ scheme: [] }));
    for (old, new, expected) in [
        (json!([]), json!([basic]), vec!["breaking api-security-added"]),
        (json!([basic]), json!([token]), vec!["breaking api-security-added"]),
        (
            json!([{ "token": ["read"] }]),
            json!([{ "token": ["read", "write"] }]),
            vec!["breaking api-security-added"],
        ),
        (json!([basic, token]), json!([basic]), vec!["info api-security-removed"]),
        (json!([basic]), json!([token, basic]), vec!["info api-security-removed"]),
        (json!([basic]), json!([]), vec!["info api-security-removed"]),
        (json!([token, basic]), json!([basic, token]), vec![]),
    ] {
        let (_, found) = compare_texts(&with(old.clone()), &with(new.clone()));
        assert_eq!(changes(&found), expected, "{old} to {new}");
    }
}

#[test]
fn what_cannot_be_compared_is_told() {
    let folder = env!("CARGO_MANIFEST_DIR");
    assert_eq!(compare("nothing.yaml", "nothing.yaml").0, Some(2));
    assert_eq!(compare(&format!("{folder}/Cargo.toml"), &format!("{folder}/Cargo.toml")).0, Some(2));
    let foreign = with(&json!({ "$ref": "other.yaml" })).to_string();
    assert_eq!(compare_texts(&foreign, &foreign).0, Some(2));
    // The Rust part is missing where there is no client, and the rest is there.
    let (code, found) = compare_texts(DOCUMENT, &DOCUMENT.replace("openapi: 3.1.0", "openapi: 3.2.0"));
    assert_eq!((code, changes(&found)), (Some(0), Vec::new()));
    assert!(found["rust"]["missing"].as_str().is_some_and(|reason| reason.contains("3.2.0")), "{found:#}");
}

/// Where oasdiff 1.15 says otherwise, and why it is not followed.
const DISAGREE: [(&str, &str); 6] = [
    ("case-10-request-property-became-required", "the body of a webhook is what the API sends"),
    (
        "case-13-request-body-all-of-added",
        "the member that was added asks for nothing: an optional property is new",
    ),
    ("case-19-response-optional-property-added", "the schemas are in other files, which is told"),
    ("case-32-new-optional-request-property", "the body of a webhook is what the API sends"),
    (
        "case-35-request-property-enum-value-removed",
        "whatever was sent is a string, and all strings are allowed now",
    ),
    ("signalwire-028", "a redundant format was dropped, and types moved behind references"),
];

#[test]
fn whether_a_pair_breaks_is_what_oasdiff_says_but_for_those_that_are_explained() {
    let pairs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream/pairs");
    let Ok(folders) = fs::read_dir(&pairs) else {
        eprintln!("skipped: there is no {}", pairs.display());
        return;
    };
    for folder in folders.flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        let file = |stem: &str| {
            let files = fs::read_dir(folder.path()).expect("a folder").flatten();
            let mut paths = files.map(|file| file.path());
            paths
                .find(|path| path.file_stem().is_some_and(|found| found == stem))
                .expect("a file")
                .display()
                .to_string()
        };
        let oasdiff: Value =
            serde_json::from_str(&fs::read_to_string(file("oasdiff")).expect("a file")).expect("JSON");
        let breaks = oasdiff.as_array().into_iter().flatten().any(|change| change["level"] == "breaking");
        let (code, found) = compare(&file("base"), &file("revision"));
        let says = code != Some(2) && changes(&found).iter().any(|told| told.starts_with("breaking"));
        let explained = DISAGREE.iter().any(|(explained, _)| *explained == name);
        assert_eq!(says != breaks || code == Some(2), explained, "{name}: {found:#}");
    }
}
