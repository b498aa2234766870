//! Input that means harm, or that somebody has damaged: an error, never a panic, an overflow or a hang.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use relay_rest_codegen::{Generated, Item, ItemKind, Outline, Problem, Settings, generate, outline};
use serde_json::{Map, Value, json};

const IDLE: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";
const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");

fn run(document: &str) -> Result<(), Vec<Problem>> {
    generated(document).map(|_| ())
}

fn generated(document: &str) -> Result<Generated, Vec<Problem>> {
    let settings = Settings::of_module("relay_rest::codegen_support");
    generate(document, IDLE, &settings)
}

fn refused_with(document: &str) -> String {
    let problems = run(document).expect_err("it is broken");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn with_schemas(schemas: Value) -> String {
    json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": {}, "components": { "schemas": schemas } }).to_string()
}

/// Some prefixes of YAML are documents of their own: those generate nothing that the whole document does not.
#[test]
fn truncated_documents_are_refused_or_generate_a_part() {
    let lines = |document: &str| -> Result<BTreeSet<String>, Vec<Problem>> {
        let outline = outline(&generated(document)?.source).expect("generated code parses");
        // What a truncated operation returns may be less.
        let line = |item: &Item| match item.kind {
            ItemKind::Method => format!("{} {:?}", item.path(), item.parameters),
            ItemKind::Impl => format!("{} for {:?}", item.name, item.owner),
            _ => item.to_string(),
        };
        Ok(outline.items.iter().map(line).collect())
    };
    let whole = lines(DOCUMENT).expect("the vendored document generates");
    let (mut refused, mut parts) = (0, 0);
    for length in (0..DOCUMENT.len()).step_by(97) {
        match lines(&DOCUMENT[..length]) {
            Ok(part) => {
                assert!(part.is_subset(&whole), "{length}: {:#?}", &part - &whole);
                parts += 1;
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "{length}");
                for problem in problems {
                    let problem = problem.to_string();
                    let is_located = problem.starts_with('#') && problem.contains(": ");
                    assert!(is_located && !problem.contains("panicked"), "{length}: {problem}");
                }
                refused += 1;
            }
        }
    }
    assert!(refused > parts && parts > 0, "{refused} refused, {parts} generated");
    assert!(refused_with("").starts_with("#: "), "{}", refused_with(""));
    assert!(refused_with("- a\n- b").contains("not an OpenAPI"));
}

#[test]
fn ten_thousand_levels_are_too_many() {
    for (levels, reason) in [(500, "recursion limit"), (200_000, "nested lists and maps")] {
        let deep = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(refused_with(&deep).contains(reason), "{}", refused_with(&deep));
        let deep = format!("openapi: 3.1.0\na: {}1{}", "{a: ".repeat(levels), "}".repeat(levels));
        assert!(refused_with(&deep).contains(reason));
    }
}

#[test]
fn aliases_do_not_multiply() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let previous = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![previous; 10].join(", "));
    }
    assert!(refused_with(&bomb).contains("repetition limit"), "{}", refused_with(&bomb));
}

#[test]
fn fifty_megabytes_are_too_many() {
    let long = format!("openapi: 3.1.0\nx: '{}'", "x".repeat(50_000_000));
    assert!(refused_with(&long).contains("at most 16777216 are supported"), "{}", refused_with(&long));
    let many = format!("openapi: 3.1.0\nx: [{}]", "1,".repeat(1_000_000));
    assert!(refused_with(&many).contains("more than 1000000 values"), "{}", refused_with(&many));
    // Few aliases of a long text, which no limit of their number holds up.
    let text = "x".repeat(10_000_000);
    let aliases = format!("openapi: 3.1.0\na: &a '{text}'\nx: [{}]", "*a, ".repeat(100));
    assert!(refused_with(&aliases).contains("more than 1000000 values"), "{}", refused_with(&aliases));
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
        let told = refused_with(&with_schemas(schemas));
        assert!(told.contains("the schema contains itself"), "{told}");
    }
}

/// Each level would double what is merged and what is generated: 24 of them took more than 100 s and 5 GB.
#[test]
fn compositions_that_multiply_are_refused_by_name() {
    let level = |number: usize| {
        let next = json!({ "$ref": format!("#/components/schemas/S{}", number + 1) });
        let branch = |name: &str| json!({ "allOf": [next, { "type": "object", "properties": { name: { "type": "string" } } }] });
        (format!("S{number}"), json!({ "oneOf": [branch("a"), branch("b")] }))
    };
    let mut schemas: Map<String, Value> = (0..24).map(level).collect();
    schemas
        .insert("S24".to_owned(), json!({ "type": "object", "properties": { "x": { "type": "string" } } }));
    let problems = refused_with(&with_schemas(schemas.into()));
    let expected = "#/components/schemas/S0/oneOf/0: more than 1000 schemas would be merged: unions inside `allOf` multiply";
    assert_eq!(problems, expected);
}

/// Small schemas become much Rust, and so do few schemas that many others are made of: 60,000 in 4 MB took more than 6 GB.
#[test]
fn many_schemas_are_refused() {
    let text = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let many: Map<String, Value> = (0..60_000).map(|number| (format!("S{number}"), text.clone())).collect();
    let told = refused_with(&with_schemas(many.into()));
    assert_eq!(told, "#: the document has 120000 schemas; at most 100000 are supported");

    let properties: Map<String, Value> =
        (0..1_000).map(|number| (format!("p{number}"), json!({ "type": "string" }))).collect();
    let base = json!({ "$ref": "#/components/schemas/Base" });
    let member =
        |number: usize| (format!("S{number}"), json!({ "allOf": [base, { "title": format!("S{number}") }] }));
    let mut merged: Map<String, Value> = (0..200).map(member).collect();
    merged.insert("Base".to_owned(), json!({ "type": "object", "properties": properties }));
    let told = refused_with(&with_schemas(merged.into()));
    assert!(
        told.starts_with("#/components/schemas/S")
            && told.ends_with("the document has more than 100000 schemas"),
        "{told}"
    );
}

/// As it is in the document, it is in the client: once.
#[test]
fn a_member_that_stands_twice_is_merged_once() {
    let level = |number: usize| {
        let next = json!({ "$ref": format!("#/components/schemas/S{}", number + 1) });
        (format!("S{number}"), json!({ "allOf": [next, next] }))
    };
    let mut schemas: Map<String, Value> = (0..24).map(level).collect();
    schemas
        .insert("S24".to_owned(), json!({ "type": "object", "properties": { "x": { "type": "string" } } }));
    let generated = generated(&with_schemas(schemas.into())).expect("a client");
    let outline = outline(&generated.source).expect("generated code parses");
    assert!(has(&outline, ItemKind::Field, "types::S0.x"));
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
        let told = refused_with(&with_schemas(
            json!({ "A": { "type": "object", "properties": { "a": { "$ref": target } } } }),
        ));
        assert!(told.contains("/components/schemas/A/properties/a/$ref: the $ref `"), "{target}: {told}");
    }
}

fn has(outline: &Outline, kind: ItemKind, path: &str) -> bool {
    outline.items.iter().any(|item| item.kind == kind && item.path() == path)
}

#[test]
fn every_name_becomes_an_identifier_and_stays_the_name_on_the_wire() {
    for (name, field, kind) in [
        ("", "unnamed_2", "X"),
        ("+", "unnamed_2", "X"),
        ("$", "unnamed_2", "X"),
        ("_", "unnamed_2", "X"),
        ("1", "x1", "X1"),
        ("self", "self_", "SelfType"),
        ("Self", "self_", "SelfType"),
        ("type", "type_", "Type"),
        ("日本", "日本", "日本"),
        ("a b", "a_b", "Ab"),
    ] {
        let text = json!({ "type": "string" });
        let property =
            generated(&with_schemas(json!({ "A": { "type": "object", "properties": { name: text } } })));
        let property = property.unwrap_or_else(|problems| panic!("{name:?}: {problems:?}"));
        let items = outline(&property.source).expect("generated code parses");
        assert!(has(&items, ItemKind::Field, &format!("types::A.{field}")), "{name:?}:\n{items}");
        let row = format!("0 {name:?} {field} optional;");
        assert!(property.source.contains(&row), "{row}:\n{}", property.source);
        assert_eq!(property.problems, [], "{name:?}");

        let component =
            generated(&with_schemas(json!({ name: { "type": "object", "properties": { "a": text } } })));
        let component = component.unwrap_or_else(|problems| panic!("{name:?}: {problems:?}"));
        let items = outline(&component.source).expect("generated code parses");
        assert!(has(&items, ItemKind::Struct, &format!("types::{kind}")), "{name:?}:\n{items}");
        assert!(has(&items, ItemKind::Field, &format!("types::{kind}.a")), "{name:?}:\n{items}");
    }
}

#[test]
fn names_without_an_identifier_do_not_meet() {
    let text = json!({ "type": "string" });
    let schemas =
        json!({ "A": { "type": "object", "properties": { "": text, "+": text, "$": text, "_": text } } });
    let source = generated(&with_schemas(schemas)).expect("a client").source;
    let items = outline(&source).expect("generated code parses");
    assert_eq!(items.members(ItemKind::Field, "types::A").count(), 4, "{items}");
    let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in ["", "+", "$", "_"] {
        assert!(source.contains(&format!(" {name:?} unnamed_")), "{name:?}:\n{source}");
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
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::default() })]

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
