//! Input that means harm, or that somebody has damaged: an error, never a panic, an overflow or a hang.
//! Knows how documents break; must not know the passes.

use proptest::prelude::*;
use relay_rest_codegen::{Problem, Settings, generate};
use serde_json::{Value, json};

const IDLE: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";
const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");

fn run(document: &str) -> Result<(), Vec<Problem>> {
    let settings = Settings {
        module: "relay_rest::handwritten".to_owned(),
        formats: Vec::new(),
        bounded_integer: "Bounded".to_owned(),
        reserved_methods: Vec::new(),
        skip_unsupported: false,
    };
    generate(document, IDLE, &settings).map(|_| ())
}

fn refused(document: &str) -> String {
    let problems = run(document).expect_err("it is broken");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn with_schemas(schemas: Value) -> String {
    json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": {}, "components": { "schemas": schemas } }).to_string()
}

#[test]
fn truncated_documents_are_refused() {
    for length in (0..DOCUMENT.len()).step_by(97) {
        // Some prefixes of YAML are documents of their own, and some of those have nothing to generate.
        let _ = run(&DOCUMENT[..length]);
    }
    assert!(refused(&DOCUMENT[..40]).contains('#'));
    assert!(refused("").starts_with("#: "), "{}", refused(""));
    assert!(refused("- a\n- b").contains("not an OpenAPI"));
}

#[test]
fn ten_thousand_levels_are_too_many() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(refused(&deep).contains("recursion limit"), "{}", refused(&deep));
    let deep = format!("openapi: 3.1.0\na: {}1{}", "{a: ".repeat(10_000), "}".repeat(10_000));
    assert!(refused(&deep).contains("recursion limit"));
}

#[test]
fn aliases_do_not_multiply() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let previous = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![previous; 10].join(", "));
    }
    assert!(refused(&bomb).contains("repetition limit"), "{}", refused(&bomb));
}

#[test]
fn fifty_megabytes_are_too_many() {
    let long = format!("openapi: 3.1.0\nx: '{}'", "x".repeat(50_000_000));
    assert!(refused(&long).contains("at most 16777216 are read"), "{}", refused(&long));
    let many = format!("openapi: 3.1.0\nx: [{}]", "1,".repeat(1_000_000));
    assert!(refused(&many).contains("more than 1000000 values"), "{}", refused(&many));
    // Few aliases of a long text, which no limit of their number holds up.
    let text = "x".repeat(10_000_000);
    let aliases = format!("openapi: 3.1.0\na: &a '{text}'\nx: [{}]", "*a, ".repeat(100));
    assert!(refused(&aliases).contains("more than 1000000 values"), "{}", refused(&aliases));
}

#[test]
fn schemas_that_are_made_of_themselves_are_refused() {
    let one = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    for schemas in [
        json!({ "A": one("B"), "B": one("A") }),
        json!({ "A": { "allOf": [one("A"), { "type": "object" }] } }),
        json!({ "A": { "allOf": [one("A")] } }),
        json!({ "A": { "oneOf": [one("B"), { "type": "string" }] }, "B": { "anyOf": [one("A"), { "type": "integer" }] } }),
    ] {
        let told = refused(&with_schemas(schemas));
        assert!(told.contains("made of itself"), "{told}");
    }
}

#[test]
fn schemas_that_contain_themselves_are_fine() {
    let own = json!({ "$ref": "#/components/schemas/A" });
    let schemas = json!({ "A": { "type": "object", "properties": { "a": own, "list": { "type": "array", "items": own } } } });
    assert_eq!(run(&with_schemas(schemas)), Ok(()));
}

#[test]
fn references_out_of_the_document_are_refused() {
    for target in [
        "other.yaml#/A",
        "https://example.com/a.json",
        "#/nowhere",
        "#/components/schemas/A/properties/9",
        "#x",
        "",
    ] {
        let told = refused(&with_schemas(
            json!({ "A": { "type": "object", "properties": { "a": { "$ref": target } } } }),
        ));
        assert!(told.contains("/components/schemas/A/properties/a/$ref: the $ref `"), "{target}: {told}");
    }
}

#[test]
fn names_that_no_identifier_can_be_made_of_are_told_or_taken() {
    for name in ["", "+", "1", "self", "Self", "type", "日本", "a b", "$", "_"] {
        let schemas = json!({ "A": { "type": "object", "properties": { name: { "type": "string" } } } });
        let _ = run(&with_schemas(schemas));
        let _ = run(&with_schemas(json!({ name: { "type": "object" } })));
    }
}

/// One node of the document, chosen by `path`, replaced or removed.
fn damage(document: &mut Value, path: &[usize], replacement: Option<Value>) {
    let Some((&first, rest)) = path.split_first() else { return };
    let count = match document {
        Value::Object(map) => map.len(),
        Value::Array(list) => list.len(),
        _ => 0,
    };
    if count == 0 {
        return;
    }
    let index = first % count;
    match document {
        Value::Object(map) => {
            let key = map.keys().nth(index).cloned().unwrap_or_default();
            match (rest.is_empty(), replacement) {
                (true, Some(value)) => {
                    map.insert(key, value);
                }
                (true, None) => {
                    map.remove(&key);
                }
                (false, replacement) => damage(&mut map[&key], rest, replacement),
            }
        }
        Value::Array(list) => match (rest.is_empty(), replacement) {
            (true, Some(value)) => list[index] = value,
            (true, None) => {
                list.remove(index);
            }
            (false, replacement) => damage(&mut list[index], rest, replacement),
        },
        _ => {}
    }
}

fn replacement() -> impl Strategy<Value = Option<Value>> {
    proptest::sample::select(vec![
        None,
        Some(Value::Null),
        Some(json!(true)),
        Some(json!(-1.5)),
        Some(json!("")),
        Some(json!("object")),
        Some(json!([])),
        Some(json!({})),
        Some(json!(["a", null, 1])),
        Some(json!({ "$ref": "#/components/schemas/MfaRequest" })),
        Some(json!({ "type": ["string", "null"], "enum": ["a", "A"], "minLength": -1 })),
        Some(json!({ "oneOf": [{ "$ref": "#/components/schemas/MfaResponse" }, { "type": "null" }, {}] })),
        Some(json!({ "allOf": [{ "$ref": "#/components/schemas/uuid" }, { "type": "integer" }] })),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// The passes do not panic: a panic of theirs would not be caught and would fail this test.
    #[test]
    fn damaged_documents_are_generated_or_refused(
        damages in proptest::collection::vec((proptest::collection::vec(0_usize..12, 1..9), replacement()), 1..4)
    ) {
        let mut document: Value = serde_yaml::from_str(DOCUMENT).expect("the vendored document");
        for (path, replacement) in damages {
            damage(&mut document, &path, replacement);
        }
        if let Err(problems) = run(&document.to_string()) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(!problem.message.is_empty());
            }
        }
    }
}
