//! Random schemas, which combine keywords as no published document does: each document generates a client, or is refused for what is
//! wrong with it, and not because one pass did not expect what another left.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use relay_rest_codegen::{Settings, generate_from, outline};
use serde_json::{Map, Value, json};

const NAMES: [&str; 4] = ["A", "B", "C", "D"];

fn settings() -> Settings {
    Settings { patterns: true, ..Settings::of_module("relay_rest::codegen_support") }
}

/// A type, often with `null`.
fn kind(name: &'static str) -> impl Strategy<Value = Value> {
    prop_oneof![3 => Just(json!(name)), 1 => Just(json!([name, "null"]))]
}

fn scalar() -> impl Strategy<Value = Value> {
    let listed = vec![json!(["a", "b"]), json!(["a", null]), json!([1, 2]), json!([true]), json!([1, "a"])];
    let with = |kind: Value, mut keywords: Value| {
        keywords["type"] = kind;
        keywords
    };
    let strings =
        vec![json!({}), json!({ "minLength": 2 }), json!({ "format": "date" }), json!({ "pattern": "^a" })];
    let integers =
        vec![json!({}), json!({ "minimum": 2, "maximum": 9 }), json!({ "format": "int64", "default": 3 })];
    prop_oneof![
        (kind("string"), select(strings)).prop_map(move |(kind, keywords)| with(kind, keywords)),
        (kind("integer"), select(integers)).prop_map(move |(kind, keywords)| with(kind, keywords)),
        kind("boolean").prop_map(|kind| json!({ "type": kind })),
        select(listed).prop_map(|values| json!({ "enum": values })),
        select(vec![
            json!({}),
            json!(true),
            json!({ "const": "a" }),
            json!({ "const": 7 }),
            json!({ "type": "null" })
        ]),
        select(NAMES.to_vec()).prop_map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })),
    ]
}

/// An object with some of its properties required; others may be of a type, not allowed, or not mentioned.
fn object(inner: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Value> {
    let names = vec!["a", "b c", "type", "self", "extra", "r#in", "é", "0"];
    let property = (select(names), inner.clone(), any::<bool>());
    let others = prop_oneof![2 => Just(None), 1 => Just(Some(json!(false))), 1 => inner.prop_map(Some)];
    (kind("object"), vec(property, 0..4), others, any::<bool>()).prop_map(
        |(kind, properties, others, with)| {
            let required: Vec<&str> =
                properties.iter().filter(|(.., is)| *is).map(|(name, ..)| *name).collect();
            let mut schema = json!({ "type": kind, "required": required });
            // Without: only the names of what is required.
            if with {
                let all = properties.iter().map(|(name, schema, _)| ((*name).to_owned(), schema.clone()));
                schema["properties"] = Value::Object(all.collect::<Map<_, _>>());
            }
            if let Some(others) = others {
                schema["additionalProperties"] = others;
            }
            schema
        },
    )
}

/// A list, or a tuple.
fn array(inner: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Value> {
    let list =
        (kind("array"), inner.clone()).prop_map(|(kind, items)| json!({ "type": kind, "items": items }));
    let tuple = (kind("array"), vec(inner, 1..4), any::<bool>()).prop_map(|(kind, items, is_closed)| {
        json!({ "type": kind, "minItems": items.len(), "prefixItems": items, "items": !is_closed })
    });
    prop_oneof![list, tuple]
}

fn schema() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        let composed = (select(vec!["allOf", "anyOf", "oneOf"]), vec(inner.clone(), 1..4));
        let composed = composed.prop_map(|(key, members)| json!({ key: members }));
        // Keywords of several types, and a composition beside others.
        let both = (inner.clone(), inner.clone()).prop_map(|(mut one, other)| {
            if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
                other.into_iter().for_each(|(key, value)| _ = one.entry(key).or_insert(value));
            }
            one
        });
        prop_oneof![3 => object(inner.clone()), 2 => array(inner), 3 => composed, 1 => both]
    })
}

fn document(schemas: &[Value], body: &Value) -> Value {
    let schemas: Map<String, Value> =
        NAMES.iter().zip(schemas).map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let json = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let of = |name: &str| json(&json!({ "$ref": format!("#/components/schemas/{name}") }));
    json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "post": {
            "operationId": "write",
            "requestBody": { "required": true, "content": of("A") },
            "responses": {
                "200": { "description": "d", "content": of("B") },
                "400": { "description": "d", "content": json(body) },
            },
        } } },
        "components": { "schemas": schemas },
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default()
    })]

    #[test]
    fn random_schemas_generate_or_are_refused_for_what_is_wrong(schemas in vec(schema(), 4), body in schema()) {
        match generate_from(document(&schemas, &body), &settings()) {
            Ok(generated) => prop_assert!(outline(&generated.source).is_ok() && !generated.source.contains("#[serde(")),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems.iter().map(ToString::to_string) {
                    let is_ours = ["would not compile", "no longer fits", "panicked", "not supported by the generator", "would be merged"];
                    prop_assert!(!is_ours.iter().any(|ours| problem.contains(ours)), "{}", problem);
                }
            }
        }
    }
}
