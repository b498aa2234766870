//! What is not understood is said.

use std::fs;

use serde_json::{Value, json};

use super::{changes, compare_texts, spec_diff};

/// A document of OpenAPI 3.2 with a part under test.
fn document(edit: impl FnOnce(&mut Value)) -> Value {
    let body =
        json!({ "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Used" } } } });
    let mut document = json!({
        "openapi": "3.2.0", "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "post": {
            "operationId": "a",
            "parameters": [{ "name": "q", "in": "query", "schema": {} }],
            "requestBody": body,
            "responses": { "200": { "description": "d", "content": { "application/json": { "schema": {} } }, "headers": { "x": { "schema": {} } } } },
        } } },
        "components": {
            "schemas": { "Used": { "type": "object" }, "Part": { "type": "string", "description": "d" } },
            "securitySchemes": { "o": { "type": "oauth2", "flows": { "password": { "tokenUrl": "https://a.example", "scopes": { "s": "d" } } } } },
        },
    });
    edit(&mut document);
    document
}

fn found(old: &Value, new: &Value) -> Vec<(String, String)> {
    messages(&compare_texts(&old.to_string(), &new.to_string()).1)
}

/// As [`found`], of the operations below `/a`.
fn found_below_a(old: &Value, new: &Value) -> Vec<(String, String)> {
    found_by(["--paths", "/a"], old, new)
}

/// As [`found_below_a`], by a pattern.
fn found_matching_a(old: &Value, new: &Value) -> Vec<(String, String)> {
    found_by(["--match-path", "^/a"], old, new)
}

fn found_by([filter, value]: [&str; 2], old: &Value, new: &Value) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = [("old.json", old), ("new.json", new)].map(|(name, document)| {
        let path = folder.path().join(name);
        fs::write(&path, document.to_string()).expect("a file");
        path.display().to_string()
    });
    let output = spec_diff(&["--format", "json", "--rust", "always", filter, value, &old, &new]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert!(matches!(found["rust"]["items"].as_array(), Some(items) if items.is_empty()), "{found:#}");
    messages(&found)
}

fn messages(found: &Value) -> Vec<(String, String)> {
    let changes = found["changes"].as_array().into_iter().flatten();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    changes
        .map(|change| {
            (format!("{} {}", text(change, "level"), text(change, "rule")), text(change, "message"))
        })
        .collect()
}

/// Where a part is, what it is before and after, and the start of the message.
fn parts() -> Vec<(&'static str, Value, Value, &'static str)> {
    let schema = |keyword: &str, value: Value| json!({ keyword: value });
    vec![
        ("/paths/~1a/unknown", json!(1), json!(2), "`unknown` of /a changed"),
        ("/unknown", json!(1), json!(2), "`unknown` of the document changed"),
        (
            "/jsonSchemaDialect",
            json!("https://a.example"),
            json!("https://b.example"),
            "`jsonSchemaDialect` of the document changed",
        ),
        ("/paths/~1a/post/unknown", json!(1), json!(2), "`unknown` of POST /a changed"),
        ("/paths/~1a/post/requestBody/unknown", json!(1), json!(2), "`unknown` of request body changed"),
        ("/paths/~1a/post/responses/200/unknown", json!(1), json!(2), "`unknown` of response 200 changed"),
        (
            "/paths/~1a/post/responses/200/headers/x/unknown",
            json!(1),
            json!(2),
            "`unknown` of response 200 header `x` changed",
        ),
        (
            "/paths/~1a/post/parameters/0/unknown",
            json!(1),
            json!(2),
            "`unknown` of query parameter `q` changed",
        ),
        (
            "/components/schemas/Used",
            schema("unknown", json!(1)),
            schema("unknown", json!(2)),
            "`unknown` of request body changed",
        ),
        (
            "/components/securitySchemes/o/flows/password/tokenUrl",
            json!("https://a.example"),
            json!("https://b.example"),
            "`flows` of the security scheme `o` changed",
        ),
        (
            "/components/securitySchemes/o/oauth2MetadataUrl",
            json!("https://a.example"),
            json!("https://b.example"),
            "`oauth2MetadataUrl` of the security scheme `o` changed",
        ),
    ]
}

fn with(at: &str, value: &Value) -> Value {
    document(|document| {
        let (parent, key) = at.rsplit_once('/').expect("a pointer");
        let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{at}"));
        match parent {
            Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value.clone(),
            parent => parent[key.replace("~1", "/")] = value.clone(),
        }
    })
}

#[test]
fn a_change_of_what_is_not_read_is_a_warning() {
    for (at, before, after, expected) in parts() {
        let (old, new) = (with(at, &before), with(at, &after));
        assert_eq!(found(&old, &old), [], "{at}");
        let found = found(&old, &new);
        assert!(!found.is_empty(), "{at}");
        for (rule, message) in found {
            assert!(
                ["warning not-compared", "warning keyword-changed"].contains(&rule.as_str()),
                "{at}: {rule}"
            );
            assert!(message.starts_with("not compared: "), "{at}: {message}");
            let is_expected = message.contains(expected) || message.contains("response 200 body changed");
            assert!(is_expected, "{at}: {message}");
        }
    }
}

/// The part itself is the same, and a component that it refers to is not.
#[test]
fn what_refers_to_a_changed_component_is_a_warning() {
    let reference = json!({ "$ref": "#/components/schemas/Part" });
    for at in ["/paths/~1a/unknown", "/paths/~1a/post/unknown", "/paths/~1a/post/requestBody/unknown"] {
        let old = with(at, &json!({ "deep": [reference] }));
        let mut new = old.clone();
        new["components"]["schemas"]["Part"]["type"] = "integer".into();
        for changed in [found(&old, &new), found_below_a(&old, &new)] {
            assert!(
                matches!(changed.as_slice(), [(rule, _)] if rule == "warning not-compared"),
                "{at}: {changed:?}"
            );
        }
        // Documentation and the name of the component are no change.
        let mut new: Value = serde_json::from_str(&old.to_string().replace("Part", "Renamed")).expect("JSON");
        new["components"]["schemas"]["Renamed"]["description"] = "another".into();
        assert_eq!(found(&old, &new), [], "{at}");
        assert_eq!(found_below_a(&old, &new), [], "{at}");
    }
}

/// The part refers to a component by way of others.
#[test]
fn what_refers_to_a_changed_component_by_others_is_a_warning() {
    let with = |kind: &str| {
        let reference = |to: &str| json!({ "$ref": format!("#/components/{to}") });
        document(|document| {
            document["paths"]["/a"]["unknown"] = json!({ "requestBody": reference("requestBodies/Body") });
            document["components"]["requestBodies"]["Body"] =
                json!({ "content": { "application/json": { "schema": reference("schemas/Outer/items") } } });
            document["components"]["schemas"]["Outer"] = json!({ "items": { "properties": {
                "again": reference("schemas/Outer"), "used": reference("schemas/Used"), "part": reference("schemas/Part"),
            } } });
            document["components"]["schemas"]["Part"] = json!({ "type": kind });
        })
    };
    for found in [found, found_below_a, found_matching_a] {
        assert_eq!(found(&with("string"), &with("string")), []);
        let changed = found(&with("string"), &with("integer"));
        assert!(
            matches!(changed.as_slice(), [(rule, message)] if rule == "warning not-compared" && message.contains("`unknown` of /a changed")),
            "{changed:?}"
        );
    }
}

#[test]
fn a_dynamic_reference_is_compared_by_its_possible_targets() {
    let with = |length: usize| {
        document(|document| {
            let node = json!({ "$dynamicAnchor": "n", "type": "string", "maxLength": length });
            document["components"]["schemas"] = json!({
                "Used": { "$id": "https://a.example/used", "type": "array", "items": { "$dynamicRef": "#n" }, "$defs": { "n": { "$dynamicAnchor": "n" } } },
                "Other": { "$id": "https://a.example/other", "$ref": "used", "$defs": { "n": node } },
            });
        })
    };
    assert_eq!(found(&with(5), &with(5)), []);
    let found = found(&with(5), &with(4));
    assert!(
        matches!(found.as_slice(), [(rule, message)] if rule.starts_with("warning") && message.starts_with("not compared: ")),
        "{found:?}"
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_a_warning() {
    let with = |length: usize| {
        document(|document| {
            document["components"]["schemas"]["Used"] = json!({ "properties": { "a": { "$ref": "#/components/schemas/Nothing" }, "b": { "maxLength": length } } });
            document["paths"]["/a"]["post"]["parameters"] =
                json!([{ "$ref": "#/components/parameters/Nothing" }]);
        })
    };
    assert_eq!(found(&with(5), &with(5)), []);
    let messages: Vec<String> = found(&with(5), &with(4))
        .into_iter()
        .filter(|(rule, _)| rule == "warning not-compared")
        .map(|(_, message)| message)
        .collect();
    assert_eq!(
        messages,
        [
            "not compared: the $ref `#/components/parameters/Nothing` points at nothing; whether it breaks clients is unknown",
            "not compared: the $ref `#/components/schemas/Nothing` points at nothing; whether it breaks clients is unknown",
        ]
    );
}

#[test]
fn a_later_version_is_a_note_and_a_change_to_it_a_warning() {
    let later = document(|document| document["openapi"] = "3.3.0".into());
    let earlier = document(|document| document["openapi"] = "3.1.0".into());
    let (code, found) = compare_texts(&earlier.to_string(), &later.to_string());
    assert_eq!((code, changes(&found)), (Some(0), vec!["warning not-compared".to_owned()]));
    assert!(
        found["notes"][0].as_str().is_some_and(|note| note.ends_with("OpenAPI 3.3.0 is read as 3.2")),
        "{found:#}"
    );
    let patch = document(|document| document["openapi"] = "3.1.1".into());
    assert_eq!(changes(&compare_texts(&earlier.to_string(), &patch.to_string()).1), Vec::<String>::new());
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let good = write("good.json", &document(|_| {}).to_string());
    let four = write("four.json", &document(|document| document["openapi"] = "4.0.0".into()).to_string());
    let swagger = write("swagger.yaml", "swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: {}\n");
    let only_a = write(
        "a.json",
        &document(|document| document["paths"]["/b"] = document["paths"]["/a"].clone()).to_string(),
    );
    let nope = folder.path().join("nope.toml").display().to_string();
    for (arguments, code, error) in [
        (vec![&*good, &*four], 2, "OpenAPI 4.0.0 is not supported"),
        (vec![&*swagger, &*good], 2, "`npx swagger2openapi FILE`"),
        (vec!["--settings", &*nope, &*good, &*good], 2, "nope.toml: No such file"),
        (vec!["--paths", "/typo", &*good, &*good], 2, "error: no operation of "),
        (vec!["--paths", "/typo", &*good, &*good], 2, "good.json matches `/typo`"),
        (vec!["--paths", "/a", "--paths", "/typo", &*good, &*good], 2, "matches `/typo`"),
        (vec!["--tags", "typo", &*good, &*good], 2, "matches `typo`"),
        (vec!["--paths", "/b", &*good, &*only_a], 0, ""),
    ] {
        let output = spec_diff(&[&["--rust", "never"][..], &arguments].concat());
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(error), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_warning_fails_on_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str, value: i32| {
        let path = folder.path().join(name);
        fs::write(&path, with("/unknown", &json!(value)).to_string()).expect("a file");
        path.display().to_string()
    };
    let (old, new) = (path("old", 1), path("new", 2));
    for (level, code) in [("breaking", 0), ("warning", 1), ("any", 1), ("never", 0)] {
        assert_eq!(
            spec_diff(&["--rust", "never", "--fail-on", level, &old, &new]).status.code(),
            Some(code),
            "{level}"
        );
    }
}

/// In a document of 3.1, a method that only 3.2 has is no operation: changes of it are not compared.
#[test]
fn what_a_later_version_has_is_not_compared() {
    let of = |version: &str, kind: &str| {
        document(|document| {
            document["openapi"] = version.into();
            let item = &mut document["paths"]["/a"];
            item["query"] = json!({ "operationId": "q", "responses": { "204": { "description": kind } } });
            item["post"]["parameters"] = json!([{ "name": "q", "in": "querystring", "content": { "application/json": { "schema": { "type": kind } } } }]);
        })
    };
    let rules = |old: &Value, new: &Value| changes(&compare_texts(&old.to_string(), &new.to_string()).1);
    let (old, new) = (of("3.1.0", "string"), of("3.1.0", "integer"));
    assert_eq!(rules(&old, &new), ["warning not-compared", "warning not-compared"]);
    assert_eq!(rules(&old, &old), [""; 0]);
    assert!(rules(&old, &of("3.2.0", "string")).contains(&"info endpoint-added".to_owned()));
}
