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
    let (code, found) = compare_texts(DOCUMENT, &DOCUMENT.replace("openapi: 3.1.0", "openapi: 3.3.0"));
    assert_eq!((code, changes(&found)), (Some(0), vec!["warning not-compared".to_owned()]));
    assert!(found["rust"]["missing"].as_str().is_some_and(|reason| reason.contains("3.3.0")), "{found:#}");
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

fn reference(name: impl std::fmt::Display) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The document of `with`, whose schema is the first of these.
fn with_schemas(schemas: impl IntoIterator<Item = (String, Value)>) -> Value {
    let schemas: Vec<_> = schemas.into_iter().collect();
    let mut document = with(&reference(&schemas[0].0));
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = schema;
    }
    document
}

/// What applies to `x.x.y…` is another set of the schemas for each way of that length.
#[test]
fn schemas_that_combine_in_too_many_ways_are_reported() {
    let document = |length: usize| {
        let object = |x: Value, y: Value| json!({ "type": "object", "properties": { "x": x, "y": y } });
        let first = object(json!({ "allOf": [reference("S0"), reference("S1")] }), reference("S0"));
        let step = |number: usize| {
            (
                format!("S{number}"),
                object(reference(format!("S{}", number + 1)), reference(format!("S{}", number + 1))),
            )
        };
        let last =
            json!({ "type": "object", "properties": { "end": { "type": "string", "maxLength": length } } });
        with_schemas(
            [("S0".to_owned(), first)].into_iter().chain((1..16).map(step)).chain([("S16".to_owned(), last)]),
        )
    };
    let (code, found) = compare_texts(&document(5).to_string(), &document(4).to_string());
    assert_eq!((code, changes(&found)), (Some(0), vec!["warning not-compared".to_owned()]));
    let message = found["changes"][0]["message"].as_str().expect("a message");
    assert!(message.starts_with("not compared: request body, property `x."), "{message}");
    assert!(
        message.ends_with(
            " and others, because the schemas combine in too many ways; whether it breaks clients is unknown"
        ),
        "{message}"
    );
}

/// 300 schemas in a circle against 301 meet in 90,300 pairs, each with a finding of its own.
#[test]
fn circles_of_schemas_have_as_many_findings_as_are_in_proportion() {
    let document = |count: usize, length: usize| {
        let schema = |number: usize| {
            let next = reference(format!("S{}", (number + 1) % count));
            let text = json!({ "type": "string", "maxLength": length });
            (format!("S{number}"), json!({ "type": "object", "properties": { "x": next, "y": text } }))
        };
        with_schemas((0..count).map(schema))
    };
    let (code, found) = compare_texts(&document(300, 5).to_string(), &document(301, 4).to_string());
    let found = changes(&found);
    assert_eq!((code, found.iter().filter(|change| *change == "warning not-compared").count()), (Some(1), 1));
    assert!((2_000..20_000).contains(&found.len()), "{}", found.len());
}

/// Each of four members has 20 properties that are the member again: 20⁴ ways to look for what is alike.
#[test]
fn members_that_contain_themselves_are_matched() {
    let document = |suffix: &str, length: usize| {
        let member = |name: &str| {
            let own = format!("{name}{suffix}");
            let mut properties: serde_json::Map<String, Value> =
                (0..20).map(|number| (format!("p{number}"), reference(&own))).collect();
            properties.insert(name.to_owned(), json!({ "type": "string", "maxLength": length }));
            (own, json!({ "type": "object", "properties": properties }))
        };
        let members = ["A", "B", "C", "D"].map(member);
        let union = json!({ "anyOf": members.each_ref().map(|(name, _)| reference(name)) });
        with_schemas([("U".to_owned(), union)].into_iter().chain(members))
    };
    let (_, found) = compare_texts(&document("x", 5).to_string(), &document("y", 4).to_string());
    let breaking = changes(&found).into_iter().filter(|change| change.starts_with("breaking"));
    assert_eq!(breaking.collect::<Vec<_>>(), ["breaking request-property-max-length-decreased"; 4]);
}
