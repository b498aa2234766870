//! What OpenAPI 3.2 added is compared like the rest.

use serde_json::{Value, json};

use super::{changes, compare_texts};

/// A document of OpenAPI 3.2 with a value at a location.
fn document(at: &str, value: &Value) -> Value {
    let union = json!({
        "oneOf": [{ "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" }],
        "discriminator": { "propertyName": "kind", "mapping": { "cat": "Cat" } },
    });
    let kinds =
        |more: &str| json!({ "type": "object", "properties": { "kind": { "type": "string" }, more: {} } });
    let mut document = json!({
        "openapi": "3.2.0", "info": { "title": "t", "version": "1" }, "servers": [{ "url": "https://x.org" }],
        "paths": { "/a": { "get": {
            "operationId": "a",
            "parameters": [],
            "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } } },
        } } },
        "components": { "schemas": { "Pet": union, "Cat": kinds("lives"), "Dog": kinds("tail"), "Part": { "type": "string" } } },
    });
    let (parent, key) = at.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{at}"));
    if !value.is_null() {
        parent[key.replace("~1", "/")] = value.clone();
    }
    document
}

/// The levels and rules of a comparison.
fn rules(old: &Value, new: &Value) -> Vec<String> {
    let report = compare_texts(&old.to_string(), &new.to_string()).1;
    let found = report["changes"].as_array().cloned().unwrap_or_default();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    found.iter().map(|change| format!("{} {}", text(change, "level"), text(change, "rule"))).collect()
}

/// The levels and rules between two values at a location.
fn found(at: &str, [old, new]: [&Value; 2]) -> Vec<String> {
    rules(&document(at, old), &document(at, new))
}

#[test]
fn what_3_2_added_is_compared() {
    let body = |of: Value| json!({ "application/json": { "schema": of } });
    let operation = |of: Value| json!({ "operationId": "o", "requestBody": { "content": body(of) }, "responses": { "204": {} } });
    let query = |media_type: &str, of: Value, is_required: bool| json!([{ "name": "q", "in": "querystring", "required": is_required, "content": { media_type: { "schema": of } } }]);
    let cookie = |style: &str| json!([{ "name": "c", "in": "cookie", "style": style, "schema": { "type": "string" } }]);
    let form = "application/x-www-form-urlencoded";
    let (text, short) = (json!({ "type": "string" }), json!({ "type": "string", "maxLength": 3 }));
    let object = |of: &Value| json!({ "type": "object", "properties": { "p": of } });
    let (a, paths) = ("/paths/~1a/get/parameters", "/paths/~1a");
    let (get, default) = (
        format!("{paths}/get/responses/200/content"),
        "/components/schemas/Pet/discriminator/defaultMapping",
    );
    let stream = |of: &Value| json!({ "application/jsonl": { "itemSchema": of } });
    let parts = |of: &str| json!({ "multipart/mixed": { "itemSchema": text, "itemEncoding": { "contentType": of }, "prefixEncoding": [{ "contentType": "a/b" }] } });
    for (at, old, new, expected) in [
        (format!("{paths}/query"), json!(null), operation(text.clone()), "info endpoint-added"),
        (
            format!("{paths}/query"),
            operation(text.clone()),
            json!(null),
            "breaking api-removed-without-deprecation",
        ),
        (
            format!("{paths}/query"),
            operation(text.clone()),
            operation(short.clone()),
            "warning max-length-set",
        ),
        (
            format!("{paths}/additionalOperations"),
            json!({ "COPY": operation(text.clone()), "MOVE": operation(text.clone()) }),
            json!({ "COPY": operation(short.clone()), "MOVE": operation(text.clone()) }),
            "warning max-length-set",
        ),
        (
            format!("{paths}/additionalOperations"),
            json!({ "COPY": operation(text.clone()) }),
            json!({ "copy": operation(text.clone()) }),
            "breaking api-removed-without-deprecation",
        ),
        (
            a.to_owned(),
            query(form, object(&text), false),
            query(form, object(&short), false),
            "warning max-length-set",
        ),
        (
            a.to_owned(),
            query(form, text.clone(), false),
            query(form, text.clone(), true),
            "breaking became-required",
        ),
        (
            a.to_owned(),
            query(form, object(&text), false),
            query("application/json", object(&text), false),
            "breaking media-type-removed",
        ),
        (a.to_owned(), json!([]), query(form, object(&text), true), "breaking new-required-parameter"),
        (a.to_owned(), cookie("form"), cookie("cookie"), "breaking style-changed"),
        (get.clone(), stream(&text), stream(&json!({ "type": "integer" })), "breaking type-changed"),
        (get.clone(), stream(&short), stream(&text), "breaking max-length-unset"),
        (get, parts("text/plain"), parts("text/csv"), "breaking encoding-changed"),
        (default.to_owned(), json!("Cat"), json!("Dog"), "breaking discriminator-mapping-changed"),
        (default.to_owned(), json!("#/components/schemas/Cat"), json!("Cat"), ""),
    ] {
        assert_eq!(found(&at, [&old, &old]), [""; 0], "{at}");
        let found = found(&at, [&old, &new]);
        assert_eq!(found.first().map_or("", String::as_str), expected, "{at}: {old} {new} {found:?}");
    }
}

#[test]
fn a_media_type_is_compared_with_what_it_refers_to() {
    let at = "/paths/~1a/get/responses/200/content";
    let of = |of: &str| {
        let mut document =
            document(at, &json!({ "application/json": { "$ref": "#/components/mediaTypes/M" } }));
        document["components"]["mediaTypes"] = json!({ "M": { "schema": { "type": of } } });
        document
    };
    assert_eq!(rules(&of("string"), &of("integer")), ["breaking type-changed"]);
    let inline = document(at, &json!({ "application/json": { "schema": { "type": "string" } } }));
    assert_eq!(rules(&inline, &of("string")), [""; 0]);
}

#[test]
fn a_document_of_3_1_is_compared_with_one_of_3_2() {
    let of = |version: &str, description: bool| {
        let mut document = document("/info/title", &json!("t"));
        document["openapi"] = version.into();
        if description {
            document["paths"]["/a"]["get"]["responses"]["200"]["description"] = "d".into();
        }
        document.to_string()
    };
    let (code, report) = compare_texts(&of("3.1.0", true), &of("3.2.0", false));
    assert_eq!((code, changes(&report)), (Some(0), Vec::new()), "{report:#}");
    assert_eq!(report["notes"].as_array().map(Vec::len), Some(0), "{report:#}");
}
