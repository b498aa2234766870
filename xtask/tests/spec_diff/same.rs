//! Equivalent documents have no findings.

use std::fs;

use serde_json::{Value, json};

use super::{changes, compare, compare_texts, shared, with};

#[test]
fn a_document_is_the_same_as_itself() {
    let ours = ["/../openapi/relay-rest.yaml", "/tests/documents/workshop.yaml"];
    let mut documents = ours.map(|path| format!("{}{path}", env!("CARGO_MANIFEST_DIR"))).to_vec();
    if let Some(upstream) = shared("upstream") {
        documents.push(upstream.join("relay-rest-full.yaml").display().to_string());
        let others = fs::read_dir(upstream.join("others")).expect("a folder").flatten();
        documents.extend(others.map(|file| file.path().display().to_string()));
        assert!(documents.len() > 2, "{documents:?}");
    }
    for document in documents {
        let (code, found) = compare(&document, &document);
        assert_eq!((code, changes(&found)), (Some(0), Vec::new()), "{document}");
        assert_eq!(found["verdict"], "patch: 0 wire-breaking, 0 Rust-breaking, 0 additive");
    }
}

#[test]
fn a_sunset_that_is_no_date_and_stays_is_no_change() {
    let parameter = json!({ "name": "a", "in": "query", "x-sunset": "soon", "schema": {} });
    let operation = json!({ "parameters": [parameter], "x-sunset": "soon", "responses": {} });
    let document = json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": { "/a": { "get": operation } },
    });
    let (_, found) = compare_texts(&document.to_string(), &document.to_string());
    assert_eq!(changes(&found), Vec::<String>::new());
}

#[test]
fn equivalent_schemas_have_no_findings() {
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
        (json!({ "$ref": "#/components/schemas/Other" }), json!({ "$ref": "#other" })),
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
    // The names of path parameters are not sent.
    let renamed = with(&of(json!({}))).to_string().replace("{id}", "{key}").replace("\"id\"", "\"key\"");
    assert_eq!(changes(&compare_texts(&with(&of(json!({}))).to_string(), &renamed).1), Vec::<String>::new());
}
