//! Tests the merged form of two schemas, and the reported problems.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::conform::merge::{Composer, Nulls};
use crate::conform::origin;
use crate::document::Pointer;
use crate::lower::lower;

/// The merged form of `allOf: members`, and the messages of the problems.
fn merged(members: Value) -> (Value, Vec<String>) {
    let object = |property| json!({ "type": "object", "properties": { "k": property } });
    let document = json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
        "components": { "schemas": {
            "A": { "allOf": members },
            "Text": { "type": "string" },
            "Other": { "type": "string" },
            "OrNull": { "type": ["string", "null"] },
            "Described": { "type": "string", "title": "t", "description": "d", "example": "e", "x-rust-type": "T", "x-other": 1 },
            "Union": { "oneOf": [object(json!({ "const": "a" })), object(json!({ "const": "b" }))], "discriminator": { "propertyName": "k" } },
            "Tagged": { "type": "object", "discriminator": { "propertyName": "k" } },
        } },
    });
    let (lowered, mut problems) = lower(document, true);
    let schemas = lowered["components"]["schemas"].as_object().expect("schemas").clone();
    let origins = origin::Origins::default();
    let mut composer = Composer {
        source: &schemas,
        origins: &origins,
        problems: &mut problems,
        at: Pointer::root(),
        has_merged: false,
        flattened: 0,
        nulls: Nulls::default(),
    };
    let flat = composer.flat(&schemas["A"], &mut BTreeSet::new()).expect("no cycle");
    (flat.into(), problems.into_iter().map(|problem| problem.message).collect())
}

/// Asserts the merged form of `allOf: [one, other]`, and the reported problems.
#[track_caller]
fn check(one: &Value, other: &Value, expected: &Value, problems: &[&str]) {
    let (found, reported) = merged(json!([one, other]));
    assert_eq!(
        (&found, reported.as_slice()),
        (expected, &*problems.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "{one} and {other}"
    );
}

#[test]
fn of_two_schemas_of_a_property_the_one_that_says_more_is_kept() {
    let text = json!({ "$ref": "#/components/schemas/Text" });
    let other = json!({ "$ref": "#/components/schemas/Other" });
    let value = json!({ "type": "string", "enum": ["x"] });
    let short = json!({ "type": "string", "maxLength": 3 });
    let described = json!({ "description": "d", "title": "t" });
    let union =
        json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "description": "d", "title": "t" });
    let lost = ["`a`: the schema of a second member is not checked"];
    for (one, two, kept, problems) in [
        // An enum, then a reference, then the schema with more keywords, then the first one.
        (&text, &value, &value, &lost[..]),
        (&value, &text, &value, &lost),
        (&text, &short, &text, &lost),
        (&short, &text, &text, &lost),
        (&union, &short, &short, &lost),
        (&short, &union, &short, &lost),
        (&union, &json!({ "type": "string" }), &union, &lost),
        (&json!({ "type": "string" }), &union, &json!({ "type": "string" }), &lost),
        (&text, &other, &text, &lost),
        (&other, &text, &other, &lost),
        // Annotations say nothing about instances, so that nothing is lost with them.
        (&text, &described, &text, &[]),
        (&described, &text, &text, &[]),
        (&union, &described, &union, &[]),
        (&text, &text, &text, &[]),
    ] {
        // With one more property, the two objects are never equal as a whole.
        let object = |property: &Value| json!({ "type": "object", "properties": { "a": property } });
        let longer = |property: &Value| json!({ "type": "object", "properties": { "a": property, "b": {} } });
        check(&object(one), &longer(two), &longer(kept), problems);
    }
}

#[test]
fn of_two_values_of_a_keyword_the_stricter_is_kept() {
    let string = |mut keywords: Value| {
        keywords["type"] = "string".into();
        keywords
    };
    let array = |keywords: Value| {
        let mut array = json!({ "type": "array", "items": {} });
        array
            .as_object_mut()
            .into_iter()
            .for_each(|array| array.extend(keywords.as_object().cloned().into_iter().flatten()));
        array
    };
    check(&json!({ "type": "number" }), &json!({ "type": "integer" }), &json!({ "type": "integer" }), &[]);
    check(&json!({ "type": "integer" }), &json!({ "type": "number" }), &json!({ "type": "integer" }), &[]);
    let both = ["the composition is both \"string\" and \"number\"; the first is used"];
    check(&json!({ "type": "string" }), &json!({ "type": "number" }), &json!({ "type": "string" }), &both);
    let both = ["the composition is both \"number\" and \"string\"; the first is used"];
    check(&json!({ "type": "number" }), &json!({ "type": "string" }), &json!({ "type": "number" }), &both);
    let both = ["the composition is both \"integer\" and \"string\"; the first is used"];
    check(&json!({ "type": "integer" }), &json!({ "type": "string" }), &json!({ "type": "integer" }), &both);

    let unique = |is_unique: bool| array(json!({ "uniqueItems": is_unique }));
    check(&unique(true), &unique(false), &unique(true), &[]);
    check(&unique(false), &unique(true), &unique(true), &[]);

    let second = ["a second `pattern` in the composition is not checked"];
    let pattern = |pattern: &str| string(json!({ "pattern": pattern }));
    check(&pattern("a"), &pattern("b"), &pattern("a"), &second);
    check(&pattern("a"), &pattern("a"), &pattern("a"), &[]);

    let values = |values: Value| string(json!({ "enum": values }));
    check(&values(json!(["a", "b", "c"])), &values(json!(["c", "d", "b"])), &values(json!(["b", "c"])), &[]);
    let none = ["the members of the composition have no value in common; the values of the first are used"];
    check(&values(json!(["a"])), &values(json!(["b"])), &values(json!(["a"])), &none);

    let annotated =
        |text: &str, is_old: bool| string(json!({ "description": text, "deprecated": is_old, "x-a": text }));
    check(&annotated("d", true), &annotated("e", false), &annotated("d", true), &[]);
}

#[test]
fn of_two_bounds_the_tighter_is_kept() {
    let number = |mut bounds: Value| {
        bounds["type"] = "number".into();
        bounds
    };
    let exclusive = |least: u64| number(json!({ "exclusiveMinimum": least }));
    let inclusive = |least: u64| number(json!({ "minimum": least }));
    let lowered = |least: u64| number(json!({ "minimum": least, "exclusiveMinimum": true }));
    for (one, other, expected) in [
        (exclusive(1), inclusive(2), inclusive(2)),
        (inclusive(2), exclusive(1), inclusive(2)),
        (exclusive(2), inclusive(1), lowered(2)),
        (inclusive(1), exclusive(2), lowered(2)),
        (exclusive(2), inclusive(2), lowered(2)),
        (inclusive(2), exclusive(2), lowered(2)),
        // Two integers that are the same float.
        (
            inclusive(9_007_199_254_740_992),
            inclusive(9_007_199_254_740_993),
            inclusive(9_007_199_254_740_993),
        ),
    ] {
        check(&one, &other, &expected, &[]);
    }
}

#[test]
fn null_is_allowed_if_both_members_allow_it() {
    let null = json!({ "type": "null" });
    let or_null = json!({ "type": ["string", "null"] });
    let nothing = ["the composition allows no value, which is not checked; it is read as null"];
    let only_null = json!({ "enum": [null] });
    check(&null, &json!({ "type": "string" }), &only_null, &nothing);
    check(&json!({ "type": "string" }), &null, &only_null, &nothing);
    check(&null, &or_null, &only_null, &[]);
    check(&or_null, &null, &only_null, &[]);
    check(&null, &null, &only_null, &[]);
    // What describes such a schema stays.
    let described = json!({ "type": ["string", "null"], "description": "d", "x-a": 1, "maxLength": 3 });
    check(&described, &null, &json!({ "description": "d", "x-a": 1, "enum": [null] }), &[]);
    check(
        &or_null,
        &json!({ "maxLength": 3 }),
        &json!({ "type": "string", "nullable": true, "maxLength": 3 }),
        &[],
    );
    check(&or_null, &json!({ "type": "string" }), &json!({ "type": "string" }), &[]);
    check(&json!({ "type": "string" }), &or_null, &json!({ "type": "string" }), &[]);
    check(&or_null, &or_null, &json!({ "type": "string", "nullable": true }), &[]);
}

#[test]
fn a_union_allows_null_if_one_of_its_branches_does() {
    let or_null = json!({ "type": ["string", "null"] });
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let is_nullable = |branch: Value| {
        let (merged, problems) = merged(json!([or_null, { "anyOf": [branch, { "type": "integer" }] }]));
        assert_eq!(problems, [""; 0]);
        merged.get("nullable").is_some_and(|nullable| nullable == true)
    };
    assert!(is_nullable(named("OrNull")));
    assert!(!is_nullable(named("Text")));
    assert!(is_nullable(json!({ "allOf": [named("OrNull"), { "maxLength": 3 }] })));
    assert!(!is_nullable(json!({ "allOf": [named("OrNull"), named("Text")] })));
    assert!(is_nullable(json!({ "enum": ["a", null] })));
    assert!(!is_nullable(json!({ "enum": ["a", "b"] })));
}

#[test]
fn properties_of_one_member_are_held_to_the_additional_properties_of_another() {
    let object = |name: &str, property: Value, others: Value| json!({ "type": "object", "properties": { name: property }, "additionalProperties": others });
    let string = json!({ "type": "string" });
    let short = json!({ "type": "string", "maxLength": 3 });
    check(
        &object("a", string.clone(), string.clone()),
        &object("b", json!({}), short.clone()),
        &json!({ "type": "object", "properties": { "a": short, "b": string }, "additionalProperties": short }),
        &[],
    );
    let opened = json!({ "type": "object", "properties": { "a": string, "b": string } });
    let one = ["`b` is not allowed by another member, which is not checked"];
    let two = [one[0], "`a` is not allowed by another member, which is not checked"];
    let a = |others| object("a", string.clone(), others);
    let b = |others| object("b", string.clone(), others);
    check(&a(json!(false)), &b(json!(true)), &opened, &one);
    check(&b(json!(true)), &a(json!(false)), &opened, &one);
    check(&a(json!(false)), &b(json!(false)), &opened, &two);
    check(&a(json!(false)), &a(json!(false)), &a(json!(false)), &[]);
    check(&a(json!(false)), &a(json!(true)), &a(json!(false)), &[]);
    check(&a(json!(true)), &a(json!(false)), &a(json!(false)), &[]);
    check(&a(json!(true)), &a(short.clone()), &a(short.clone()), &[]);
    check(&a(short.clone()), &a(json!(true)), &a(short.clone()), &[]);
    check(&a(short.clone()), &a(json!(false)), &a(json!(false)), &[]);
    check(&a(json!(false)), &a(short.clone()), &a(json!(false)), &[]);
    check(&a(string.clone()), &a(short.clone()), &a(short.clone()), &[]);
}

#[test]
fn what_describes_a_component_does_not_describe_what_it_is_part_of() {
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let any = json!({ "maxLength": 3 });
    check(&named("Described"), &any, &json!({ "type": "string", "x-other": 1, "maxLength": 3 }), &[]);
    let any = json!({ "maxProperties": 3 });
    check(&named("Tagged"), &any, &json!({ "type": "object", "maxProperties": 3 }), &[]);
    // The discriminator of a union stays with its branches.
    let (union, _) = merged(json!([any, named("Union")]));
    assert_eq!(union["discriminator"]["propertyName"], "k");
}
