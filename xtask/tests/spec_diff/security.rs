//! A security requirement is what its schemes are, and not what they are called.

use serde_json::{Value, json};

use super::compare_texts;

/// A document of a version with one scheme and a requirement of it.
fn document(version: &str, name: &str, scheme: &Value, requirement: &Value) -> String {
    let operation = json!({ "operationId": "a", "responses": { "204": { "description": "d" } } });
    json!({
        "openapi": version, "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "get": operation } }, "security": [requirement],
        "components": { "securitySchemes": { name: scheme } },
    })
    .to_string()
}

fn messages(old: &str, new: &str) -> Vec<String> {
    let (_, found) = compare_texts(old, new);
    let changes = found["changes"].as_array().into_iter().flatten();
    changes.map(|change| format!("{} {}", change["level"], change["message"]).replace('"', "")).collect()
}

fn key(header: &str) -> Value {
    json!({ "type": "apiKey", "in": "header", "name": header })
}

const URI: &str = "#/components/securitySchemes/Key";

#[test]
fn a_scheme_is_the_same_by_name_by_uri_and_by_another_name() {
    let own = document("3.2.0", "Key", &key("X"), &json!({ "Key": [] }));
    let by_uri = document("3.2.0", "Key", &key("X"), &json!({ URI: [] }));
    let renamed = document("3.2.0", "Token", &key("X"), &json!({ "Token": [] }));
    let renamed_by_uri =
        document("3.2.0", "Token", &key("X"), &json!({ "#/components/securitySchemes/Token": [] }));
    let all = [own, by_uri, renamed, renamed_by_uri];
    for (old, new) in all.iter().flat_map(|old| all.iter().map(move |new| (old, new))) {
        assert_eq!(messages(old, new), [""; 0], "{old} and {new}");
    }
}

/// Only 3.2 has URIs there (OpenAPI 3.2.0 §4.30).
#[test]
fn a_uri_in_an_earlier_version_is_a_name_that_no_scheme_has() {
    let old = document("3.1.0", "Key", &key("X"), &json!({ "Key": [] }));
    let new = document("3.1.0", "Key", &key("X"), &json!({ URI: [] }));
    assert_eq!(messages(&old, &new).len(), 1);
}

#[test]
fn a_scheme_that_changes_behind_its_name_is_reported_once() {
    let changed =
        "breaking GET /a: `Key` is now another scheme; calls that authenticate as before are now rejected";
    for requirement in [json!({ "Key": [] }), json!({ URI: [] })] {
        let [old, new] = ["X", "Y"].map(|header| document("3.2.0", "Key", &key(header), &requirement));
        assert_eq!(messages(&old, &new), [changed], "{requirement}");
    }
    let flow = |name: &str, url: &str| json!({ "type": "oauth2", "flows": { name: { "tokenUrl": url, "scopes": {} } } });
    let of = |name: &str, scheme: &Value| document("3.2.0", name, scheme, &json!({ name: [] }));
    let old = of("Key", &flow("password", "https://a.example"));
    assert_eq!(messages(&old, &of("Key", &flow("clientCredentials", "https://a.example"))), [changed]);
    let unknown = "warning not compared: `flows` of the security scheme `Key` changed; whether it breaks clients is unknown";
    for name in ["Key", "Renamed"] {
        assert_eq!(messages(&old, &of(name, &flow("password", "https://b.example"))), [unknown], "{name}");
    }
}
