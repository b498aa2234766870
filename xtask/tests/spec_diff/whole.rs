//! Findings outside schemas, and one report for each cause.

use serde_json::{Value, json};

use super::{DOCUMENT, changes, compare, compare_texts, with};

#[test]
fn a_cause_is_reported_once_with_all_its_operations() {
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
fn removed_operations_break_and_added_ones_do_not() {
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
        (json!([basic, token]), json!([basic]), vec!["warning api-security-removed"]),
        (json!([basic]), json!([token, basic]), vec!["info api-security-removed"]),
        (json!([basic]), json!([]), vec!["info api-security-removed"]),
        (json!([token, basic]), json!([basic, token]), vec![]),
    ] {
        let (_, found) = compare_texts(&with(old.clone()), &with(new.clone()));
        assert_eq!(changes(&found), expected, "{old} to {new}");
    }
}

#[test]
fn an_incomparable_document_is_an_error() {
    let folder = env!("CARGO_MANIFEST_DIR");
    assert_eq!(compare("nothing.yaml", "nothing.yaml").0, Some(2));
    assert_eq!(compare(&format!("{folder}/Cargo.toml"), &format!("{folder}/Cargo.toml")).0, Some(2));
    let foreign = with(&json!({ "$ref": "other.yaml" })).to_string();
    assert_eq!(compare_texts(&foreign, &foreign).0, Some(2));
    // Without a client, the report lacks only the Rust comparison.
    let (code, found) = compare_texts(DOCUMENT, &DOCUMENT.replace("openapi: 3.1.0", "openapi: 3.2.0"));
    assert_eq!((code, changes(&found)), (Some(0), Vec::new()));
    assert!(found["rust"]["missing"].as_str().is_some_and(|reason| reason.contains("3.2.0")), "{found:#}");
}

#[test]
fn documentation_is_counted_and_is_not_a_change() {
    let old = DOCUMENT.to_owned();
    for (from, to) in [
        ("description: The MFA request ID.", "description: What identifies the request."), // beside a reference
        ("description: Details about a specific validation error.", "description: What is answered."),
        ("description: The request has succeeded.", "description: It went well."),
        ("summary: Request a MFA token", "summary: Ask for a token"),
        ("title: relay-rest", "title: relay"),
    ] {
        let new = old.replace(from, to);
        assert_ne!(new, old, "{from}");
        let (code, found) = compare_texts(&old, &new);
        assert_eq!((code, changes(&found)), (Some(0), Vec::new()), "{from}");
        assert_eq!((&found["docs"], &found["due"]), (&json!(1), &json!("patch")), "{from}: {found:#}");
    }
}
