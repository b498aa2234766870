//! What a message says: where the change is, what changed, and why it matters; and one finding for each cause.

use serde_json::{Value, json};

use super::{changes, compare_texts};

/// A document with an operation that sends and receives a schema, and other parts.
fn document(schema: &Value, more: &Value) -> Value {
    let body = json!({ "application/json": { "schema": schema } });
    let mut document = json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "post": {
            "requestBody": { "required": true, "content": body },
            "responses": { "200": { "description": "d", "content": body } },
        } } },
        "components": { "schemas": {
            "Cat": { "type": "object", "required": ["kind"], "properties": { "kind": { "const": "cat" } } },
            "Dog": { "type": "object", "required": ["kind"], "properties": { "kind": { "const": "dog" } } },
        } },
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    document
}

fn found(old: &Value, new: &Value) -> Vec<Value> {
    let (_, found) = compare_texts(&old.to_string(), &new.to_string());
    found["changes"].as_array().cloned().unwrap_or_default()
}

fn messages(old: &Value, new: &Value) -> Vec<String> {
    let mut messages: Vec<String> =
        found(old, new).iter().filter_map(|change| Some(change["message"].as_str()?.to_owned())).collect();
    messages.sort();
    messages
}

/// The messages of a change between two schemas.
fn of_schemas(old: &Value, new: &Value) -> Vec<String> {
    messages(&document(old, &json!({})), &document(new, &json!({})))
}

fn object(properties: &Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

#[test]
fn a_message_has_the_path_from_the_body_and_why_it_matters_to_whom() {
    let owner = |name: Value| {
        object(
            &json!({ "pets": { "type": "array", "items": object(&json!({ "owner": object(&json!({ "name": name })) })) } }),
        )
    };
    assert_eq!(
        of_schemas(&owner(json!({ "type": "string" })), &owner(json!({ "type": ["string", "null"] }))),
        [
            "request body, property `pets[].owner.name`: may now be null; requests without null are still valid",
            "response 200 body, property `pets[].owner.name`: may now be null; readers that expect a string will fail",
        ]
    );
    let closed = |properties: Value| json!({ "type": "object", "properties": properties, "additionalProperties": false });
    assert_eq!(
        of_schemas(&closed(json!({ "a": {}, "b": {} })), &closed(json!({ "a": {} }))),
        [
            "request body, property `b`: was removed from an object that allows no others; requests with it are now rejected",
            "response 200 body, property `b`: was removed and was optional; readers no longer receive it",
        ]
    );
    let required = |names: Value| json!({ "type": "object", "dependentRequired": { "a": names } });
    assert_eq!(
        of_schemas(&required(json!(["x"])), &required(json!(["x", "b"]))),
        [
            "request body: `dependentRequired` now requires `b` where `a` is present; requests without it are now rejected",
            "response 200 body: `dependentRequired` now requires `b` where `a` is present; readers already handle such responses",
        ]
    );
}

#[test]
fn a_member_of_a_union_has_its_name_or_its_shape() {
    let [cat, dog] = ["Cat", "Dog"].map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    let titled =
        json!({ "title": "A bird", "type": "object", "required": ["wings"], "properties": { "wings": {} } });
    let shape = json!({ "type": "string", "pattern": "^%" });
    let all = json!([cat, dog, titled, shape]);
    for (index, name) in ["`Cat`", "`Dog`", "`A bird`", "a string (pattern `^%`)"].into_iter().enumerate() {
        let mut rest = all.as_array().cloned().expect("a list");
        rest.remove(index);
        let messages = of_schemas(&json!({ "oneOf": all }), &json!({ "oneOf": rest }));
        let expected =
            format!("request body: no longer allows {name}; requests of this kind are now rejected");
        assert!(messages.contains(&expected), "{messages:?}");
    }
    // A property inside a member says which one.
    let dog = |length: usize| json!({ "oneOf": [cat, { "title": "Dog", "type": "object", "properties": { "tail": { "type": "string", "maxLength": length } } }] });
    let messages = of_schemas(&dog(5), &dog(4));
    assert!(
        messages[0]
            .starts_with("request body, property `tail`, in `Dog`: `maxLength` decreased from 5 to 4; "),
        "{messages:?}"
    );
}

#[test]
fn a_change_of_security_says_which_scheme_and_scope() {
    let with = |security: Value| {
        let schemes = json!({
            "basic": { "type": "http", "scheme": "basic" }, "key": { "type": "apiKey", "in": "header", "name": "k" },
            "oauth": { "type": "oauth2", "flows": {} },
        });
        document(&json!({}), &json!({ "security": security, "components": { "securitySchemes": schemes } }))
    };
    for (old, new, expected) in [
        (
            json!([{ "oauth": ["read"] }]),
            json!([{ "oauth": ["read", "write"] }]),
            "now also requires the scope `write` of `oauth`",
        ),
        (
            json!([{ "oauth": ["read", "write"] }]),
            json!([{ "oauth": ["read"] }]),
            "no longer requires the scope `write` of `oauth`",
        ),
        (json!([{ "basic": [] }]), json!([{ "basic": [], "key": [] }]), "now also requires the scheme `key`"),
        (json!([{ "basic": [] }, { "key": [] }]), json!([{ "key": [] }]), "no longer accepts `basic`"),
        (json!([{ "key": [] }]), json!([{ "basic": [] }, { "key": [] }]), "now accepts `basic`"),
        (
            json!([{ "basic": [] }]),
            json!([{ "oauth": ["read"] }]),
            "no longer accepts `basic` and now accepts `oauth` with the scope `read`",
        ),
        (
            json!([]),
            json!([{ "basic": [] }]),
            "no longer accepts calls without authentication and now accepts `basic`",
        ),
    ] {
        let messages = messages(&with(old), &with(new));
        assert!(
            matches!(messages.as_slice(), [only] if only.starts_with(&format!("POST /a: {expected}; calls that "))),
            "{messages:?}"
        );
    }
}

#[test]
fn webhooks_and_callbacks_are_called_so() {
    let body = |length: usize| json!({ "content": { "application/json": { "schema": { "type": "string", "maxLength": length } } } });
    let with = |length: usize| {
        let mut response = body(length);
        response["description"] = "d".into();
        let item = json!({ "post": { "requestBody": body(length), "responses": { "200": response } } });
        let mut document = document(&json!({}), &json!({ "webhooks": { "a": item } }));
        document["paths"]["/a"]["post"]["callbacks"] = json!({ "done": { "{$request.body#/url}": item } });
        document
    };
    let found = found(&with(5), &with(4));
    let mut lines: Vec<String> = found
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["operation"].as_str().unwrap_or("-"),
                change["message"].as_str().unwrap_or("-")
            )
        })
        .collect();
    lines.sort();
    let says = "`maxLength` decreased from 5 to 4";
    assert_eq!(
        lines,
        [
            format!(
                "callback POST {{$request.body#/url}} callback request body: {says}; readers already handle the remaining values"
            ),
            format!(
                "callback POST {{$request.body#/url}} callback response 200 body: {says}; responses with other values are now rejected"
            ),
            format!(
                "webhook POST a webhook request body: {says}; readers already handle the remaining values"
            ),
            format!(
                "webhook POST a webhook response 200 body: {says}; responses with other values are now rejected"
            ),
        ]
    );
}

#[test]
fn what_was_there_is_in_the_report() {
    let old = document(
        &json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" }, "b": { "type": "integer" } } }),
        &json!({ "security": [{ "basic": [] }], "servers": [{ "url": "https://a.example" }] }),
    );
    let mut new = old.clone();
    new["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"] = json!({ "anyOf": [{ "type": "object", "properties": { "a": { "type": ["string", "null"] } } }, { "type": "array" }] });
    new["paths"]["/a"]["post"]["responses"] = json!({ "201": { "description": "d" } });
    new["security"] = json!([{ "key": [] }]);
    new["paths"]["/b"] = json!({ "get": {} });
    for (old, new) in [(&old, &new), (&new, &old)] {
        let found = found(old, new);
        assert!(found.len() > 5, "{found:#?}");
        for change in found {
            for (side, pointer) in [("old", "old_pointer"), ("new", "new_pointer")] {
                assert!(change[side].is_null() == change[pointer].is_null(), "{change:#}");
            }
        }
    }
}

#[test]
fn an_enum_with_41_new_values_is_one_finding() {
    let with = |count: usize| json!({ "type": "string", "enum": (0..count).map(|number| format!("v{number:02}")).collect::<Vec<_>>() });
    let found = found(&document(&with(2), &json!({})), &document(&with(43), &json!({})));
    assert_eq!(found.len(), 2, "{found:#?}");
    let response = found.iter().find(|change| change["direction"] == "response").expect("a finding");
    assert_eq!(response["values"].as_array().map(Vec::len), Some(41));
    assert_eq!(
        response["message"],
        "response 200 body: now allows the values `v02`, `v03`, `v04`, `v05`, `v06` and 36 more; readers that match every listed value may receive another one"
    );
}

/// The same member is removed from unions in 28 places that share nothing.
#[test]
fn a_member_that_is_removed_in_28_places_is_one_finding() {
    let with = |members: Value| {
        let property = |number: usize| {
            (format!("p{number:02}"), json!({ "anyOf": members, "description": number.to_string() }))
        };
        document(&object(&Value::Object((0..28).map(property).collect())), &json!({}))
    };
    let [cat, dog] = ["Cat", "Dog"].map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    let found = found(&with(json!([cat, dog, { "type": "null" }])), &with(json!([cat, { "type": "null" }])));
    assert_eq!(found.len(), 2, "{found:#?}");
    let request = found.iter().find(|change| change["direction"] == "request").expect("a finding");
    assert_eq!(
        request["message"],
        "request body, property `p00`: no longer allows `Dog` (in 28 places); requests of this kind are now rejected"
    );
    assert_eq!(request["also_at"].as_array().map(Vec::len), Some(27));
    assert_eq!(request["also_at"][0]["subject"], "request body, property `p01`");
}

#[test]
fn another_change_of_the_same_keyword_is_another_finding() {
    let with = |one: Value, other: Value| {
        document(&object(&json!({ "a": { "enum": one }, "b": { "enum": other } })), &json!({}))
    };
    let old = with(json!(["x"]), json!(["x", "z"]));
    let found = found(&old, &with(json!(["x", "y", "w"]), json!(["x", "y", "w", "z"])));
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn a_fingerprint_survives_the_renaming_of_a_component() {
    let with = |name: &str, length: usize, members: Value| {
        let schemas = json!({
            name: { "type": "object", "properties": { "a": { "type": "string", "maxLength": length }, "b": { "oneOf": members }, "self": { "$ref": format!("#/components/schemas/{name}") } } },
            format!("{name}Part"): { "type": "integer", "minimum": 3 },
        });
        let parameter = json!({ "name": "q", "in": "query", "schema": { "maxLength": length } });
        let mut document = document(
            &json!({ "$ref": format!("#/components/schemas/{name}") }),
            &json!({ "components": { "schemas": schemas, "parameters": { name: parameter } } }),
        );
        document["paths"]["/a"]["post"]["parameters"] =
            json!([{ "$ref": format!("#/components/parameters/{name}") }]);
        document
    };
    let members = |name: &str| json!([{ "type": "string" }, { "type": "boolean" }, { "$ref": format!("#/components/schemas/{name}Part") }]);
    let rest = json!([{ "type": "string" }, { "type": "boolean", "title": "t" }]);
    let fingerprints = |old: &str, new: &str| -> Vec<String> {
        let found = found(&with(old, 5, members(old)), &with(new, 4, rest.clone()));
        let mut all: Vec<String> = found.iter().map(|change| change["fingerprint"].to_string()).collect();
        all.sort();
        all
    };
    let expected = fingerprints("Subject", "Subject");
    assert_eq!(expected.len(), 5);
    for (old, new) in [("Other", "Other"), ("Subject", "Other")] {
        assert_eq!(fingerprints(old, new), expected, "{old} {new}");
    }
    // Another bound is another finding.
    let others = found(&with("Subject", 5, members("Subject")), &with("Subject", 3, rest.clone()));
    assert!(
        others.iter().filter(|change| expected.contains(&change["fingerprint"].to_string())).count()
            < expected.len()
    );
    assert_eq!(changes(&json!({ "changes": others })).len(), expected.len());
}
