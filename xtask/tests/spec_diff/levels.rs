//! The levels of changes of schemas.

use serde_json::{Value, json};

use super::{changes, compare_texts, with};

#[test]
fn each_change_has_its_level_in_both_directions() {
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
        // A listed value that another keyword rejects is not allowed.
        (
            of(json!({ "enum": ["a", "bb"] })),
            of(json!({ "enum": ["a", "bb"], "minLength": 2 })),
            vec!["breaking request-property-enum-value-removed", "info response-property-enum-value-removed"],
        ),
        (
            of(json!({ "enum": ["a", "bb"] })),
            of(json!({ "enum": ["a", "bb"], "pattern": "^a" })),
            vec!["breaking request-property-enum-value-removed", "info response-property-enum-value-removed"],
        ),
        (
            of(json!({ "enum": [1, 2, 4] })),
            of(json!({ "enum": [1, 2, 4], "allOf": [{ "exclusiveMinimum": 1 }] })),
            vec!["breaking request-property-enum-value-removed", "info response-property-enum-value-removed"],
        ),
        (
            of(json!({ "enum": [1, 2, 4], "minimum": 4 })),
            of(json!({ "enum": [1, 2, 4], "multipleOf": 4, "maximum": 9 })),
            vec![],
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
        if expected.iter().any(|change| change.starts_with("breaking")) {
            assert_eq!(code, Some(1));
        }
        for change in found["changes"].as_array().into_iter().flatten() {
            assert_eq!(change["operations"], json!(["POST /a/{id}"]), "{change:#}");
        }
    }
}
