//! The exact findings between two schemas, from the tables in `schemas/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{changes, compare_texts, spec_diff};

/// A pair of schemas that a client sends, and that it receives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    claim: String,
    old: Value,
    new: Value,
    /// `level id` of each finding. Empty for equivalent schemas, which are compared in both orders.
    #[serde(default)]
    changes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    components: Map<String, Value>,
    cases: Vec<Case>,
}

/// One document for all cases, so that one process compares them: each case is a component with an operation of its own.
fn document(table: &Table, schema: impl Fn(&Case) -> &Value) -> String {
    let mut components = table.components.clone();
    let operation = |(index, case): (usize, &Case)| {
        components.insert(format!("S{index}"), schema(case).clone());
        let reference = json!({ "$ref": format!("#/components/schemas/S{index}") });
        let content = json!({ "application/json": { "schema": reference } });
        let operation = json!({
            "operationId": format!("a{index}"),
            "requestBody": { "content": content.clone() },
            "responses": { "200": { "description": "d", "content": content } },
        });
        (format!("/{index}"), json!({ "post": operation }))
    };
    let paths: Map<String, Value> = table.cases.iter().enumerate().map(operation).collect();
    let info = json!({ "title": "t", "version": "1" });
    let components = json!({ "schemas": components });
    json!({ "openapi": "3.1.0", "info": info, "paths": paths, "components": components }).to_string()
}

/// The findings of each operation.
fn by_operation(found: &Value) -> BTreeMap<String, Vec<String>> {
    let mut by_operation: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for change in found["changes"].as_array().into_iter().flatten() {
        for operation in change["operations"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let one = json!({ "changes": [change] });
            by_operation.entry(operation.to_owned()).or_default().extend(changes(&one));
        }
    }
    by_operation.values_mut().for_each(|changes| changes.sort());
    by_operation
}

fn assert_table(text: &str) {
    let table: Table = serde_yaml::from_str(text).expect("a table of cases");
    let (old, new) = (document(&table, |case| &case.old), document(&table, |case| &case.new));
    let folder = tempfile::tempdir().expect("a folder");
    let (base, revision) = (folder.path().join("old.json"), folder.path().join("new.json"));
    fs::write(&base, old).expect("a file");
    fs::write(&revision, new).expect("a file");
    let compare = |base: &Path, revision: &Path| {
        let [base, revision] = [base, revision].map(|path| path.display().to_string());
        let output = spec_diff(&["--format", "json", "--rust", "never", "--docs", &base, &revision]);
        by_operation(&serde_json::from_slice(&output.stdout).expect("a report"))
    };
    let (found, reversed) = (compare(&base, &revision), compare(&revision, &base));
    let mut wrong = String::new();
    for (index, case) in table.cases.iter().enumerate() {
        let name = format!("POST /{index}");
        let mut expected = case.changes.clone();
        expected.sort();
        let changes = found.get(&name).cloned().unwrap_or_default();
        if changes != expected {
            wrong += &format!("{}:\n  found    {changes:?}\n  expected {expected:?}\n", case.claim);
        }
        if let Some(changes) = reversed.get(&name).filter(|_| expected.is_empty()) {
            wrong += &format!("{}, old and new swapped:\n  found    {changes:?}\n", case.claim);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn keywords_count_only_where_they_assert_something() {
    assert_table(include_str!("schemas/keywords.yaml"));
}

#[test]
fn members_of_unions_are_matched_by_similarity() {
    assert_table(include_str!("schemas/unions.yaml"));
}

/// A component that is a member of a nullable union, and a property of its own: only the property loses null.
#[test]
fn a_component_loses_null_only_outside_its_nullable_union() {
    let cases = |component: &str| {
        let document = "
            openapi: 3.1.0
            info: {title: t, version: '1'}
            paths: {/a: {post: {operationId: a, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}}}, responses: {'204': {description: d}}}}}
            components:
              schemas:
                Body:
                  type: object
                  properties:
                    a: {oneOf: [{$ref: '#/components/schemas/Part'}, {type: string}, {type: 'null'}]}
                    b: {type: object, properties: {whole: {$ref: '#/components/schemas/Part'}}}
                Part: ";
        format!("{document}{component}\n")
    };
    let nullable = cases("{type: [object, 'null'], properties: {a: {type: string}}}");
    let (code, found) = compare_texts(&nullable, &cases("{type: object, properties: {a: {type: string}}}"));
    assert_eq!(code, Some(1));
    assert_eq!(changes(&found), ["breaking request-property-became-not-nullable"], "{found:#}");
    assert!(
        found["changes"][0]["message"].as_str().is_some_and(|message| message.contains("`b.whole`")),
        "{found:#}"
    );
}

/// A component is matched with itself, however much it changes.
#[test]
fn members_of_one_component_are_matched() {
    let document = |property: &str| {
        json!({
            "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
            "paths": { "/a": { "post": {
                "operationId": "a",
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Body" } } } },
                "responses": { "204": { "description": "d" } },
            } } },
            "components": { "schemas": {
                "Body": { "oneOf": [{ "$ref": "#/components/schemas/Part" }, { "type": "string" }] },
                "Part": { "type": "object", "properties": { property: {} } },
            } },
        })
        .to_string()
    };
    let (_, found) = compare_texts(&document("a"), &document("b"));
    let expected = ["info new-optional-request-property", "warning request-property-removed"];
    assert_eq!(changes(&found), expected, "{found:#}");
}
