//! Random compositions: their merged form and the conjunction, as `jsonschema` judges it, allow the same instances.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::conform::{compose, origin};
use crate::lower::lower;
use crate::problem::Level;

const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "null", "object", "array"];

/// Few values, so that two members of a composition often concern the same ones.
fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-c]", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1..6_i64).prop_map(Value::from),
        (0..8_i64).prop_map(|half| json!(half as f64 / 2.0)),
        "[ab]{0,4}".prop_map(Value::from),
    ]
}

/// A keyword and its value, or nothing.
fn keyword(
    name: &'static str,
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Option<(&'static str, Value)>> {
    option::weighted(0.25, value).prop_map(move |value| value.map(|value| (name, value)))
}

fn schema_of(keywords: impl IntoIterator<Item = Option<(&'static str, Value)>>) -> Value {
    let keywords = keywords.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
    Value::Object(keywords.collect::<Map<_, _>>())
}

fn types() -> impl Strategy<Value = Value> {
    let some = |count| btree_set(prop::sample::select(TYPES.to_vec()), count);
    prop_oneof![
        prop::sample::select(TYPES.to_vec()).prop_map(Value::from),
        some(1..3).prop_map(|kinds| kinds.into_iter().map(Value::from).collect()),
    ]
}

/// Schemas without references; bounds stand beside a type that has them, as in real documents.
fn schema() -> impl Strategy<Value = Value> {
    let bound = || (-1..6_i64).prop_map(Value::from);
    let count = || (0..4_u64).prop_map(Value::from);
    let leaf = (
        option::weighted(0.8, types()),
        (keyword("minLength", count()), keyword("maxLength", count())),
        (keyword("minimum", bound()), keyword("maximum", bound())),
        (keyword("exclusiveMinimum", bound()), keyword("exclusiveMaximum", bound())),
        keyword("enum", vec(scalar(), 1..4).prop_map(Value::from)),
    );
    let leaf = leaf.prop_map(|(kind, lengths, bounds, exclusive, values)| {
        // Values of other types than the schema's own are another subject.
        let values = values.and_then(|(name, values)| {
            let typed = jsonschema::draft202012::new(&schema_of([kind.clone().map(|kind| ("type", kind))]))
                .expect("a schema");
            let fitting: Vec<Value> = values
                .as_array()
                .into_iter()
                .flatten()
                .filter(|value| typed.is_valid(value))
                .cloned()
                .collect();
            (!fitting.is_empty()).then(|| (name, fitting.into()))
        });
        let kind = kind.map(|kind| ("type", kind));
        schema_of([kind, lengths.0, lengths.1, bounds.0, bounds.1, exclusive.0, exclusive.1, values])
    });
    leaf.prop_recursive(2, 12, 3, |inner| {
        let object = (
            btree_map("[a-c]", inner.clone(), 0..3),
            btree_set("[a-c]", 0..2),
            keyword("additionalProperties", inner.clone()),
            keyword("maxProperties", (0..4_u64).prop_map(Value::from)),
            any::<bool>(),
        );
        let object = object.prop_map(|(properties, required, others, most, is_nullable)| {
            let kind = if is_nullable { json!(["object", "null"]) } else { json!("object") };
            let properties = Value::Object(properties.into_iter().collect());
            let required = required.into_iter().collect::<Vec<_>>();
            schema_of([
                Some(("type", kind)),
                Some(("properties", properties)),
                Some(("required", json!(required))),
                others,
                most,
            ])
        });
        let array = (inner.clone(), keyword("minItems", (0..3_u64).prop_map(Value::from)), any::<bool>());
        let array = array.prop_map(|(items, least, are_unique)| {
            let unique = are_unique.then(|| ("uniqueItems", true.into()));
            schema_of([Some(("type", "array".into())), Some(("items", items)), least, unique])
        });
        let union = (option::weighted(0.3, types()), vec(inner.clone(), 1..4), any::<bool>()).prop_map(
            |(kind, mut branches, has_null)| {
                if has_null {
                    branches.push(json!({ "type": "null" }));
                }
                schema_of([kind.map(|kind| ("type", kind)), Some(("anyOf", branches.into()))])
            },
        );
        let composition = (option::weighted(0.3, types()), vec(inner, 1..3)).prop_map(|(kind, members)| {
            schema_of([kind.map(|kind| ("type", kind)), Some(("allOf", members.into()))])
        });
        prop_oneof![3 => object, 1 => array, 1 => union, 1 => composition]
    })
}

/// A member is a schema, or a reference to a component.
fn members() -> impl Strategy<Value = (BTreeMap<String, Value>, Vec<Value>)> {
    let components = btree_map("[BCD]", schema(), 1..4);
    let reference = prop::sample::select(vec!["B", "C", "D"]);
    let member = prop_oneof![
        2 => schema(),
        1 => reference.prop_map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })),
    ];
    (components, vec(member, 2..4)).prop_map(|(mut components, members)| {
        for name in ["B", "C", "D"] {
            components.entry(name.to_owned()).or_insert_with(|| json!({}));
        }
        (components, members)
    })
}

/// A schema of 3.0.3 as JSON Schema 2020-12. `oneOf` of the merged form is tried in order, and so is `anyOf` here.
fn raised(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut map: Map<String, Value> =
                map.iter().map(|(key, value)| (key.clone(), raised(value))).collect();
            if let Some(branches) = map.remove("oneOf") {
                map.insert("anyOf".to_owned(), branches);
            }
            let is_nullable = map.remove("nullable") == Some(Value::Bool(true));
            for (bound, flag) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
                if map.remove(flag) == Some(Value::Bool(true))
                    && let Some(limit) = map.remove(bound)
                {
                    map.insert(flag.to_owned(), limit);
                }
            }
            if is_nullable { json!({ "anyOf": [map, { "type": "null" }] }) } else { Value::Object(map) }
        }
        Value::Array(items) => items.iter().map(raised).collect(),
        other => other.clone(),
    }
}

fn validator(document: &Value) -> jsonschema::Validator {
    let schema = json!({ "$ref": "#/components/schemas/A", "components": document["components"] });
    jsonschema::draft202012::new(&schema).expect("a schema")
}

/// What a run has tried, so that one that tried nothing is noticed.
#[derive(Debug, Default)]
struct Tried {
    /// Compositions of which nothing was lost.
    exact: Cell<usize>,
    /// Instances that such a composition allows, and that it does not.
    valid: Cell<usize>,
    invalid: Cell<usize>,
}

/// Judges instances by the conjunction and by its merged form.
fn judge(
    components: BTreeMap<String, Value>,
    members: &[Value],
    instances: &[Value],
    tried: &Tried,
) -> Result<(), TestCaseError> {
    let mut schemas: Map<String, Value> = components.into_iter().collect();
    schemas.insert("A".to_owned(), json!({ "allOf": members }));
    let document = json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "components": { "schemas": schemas },
    });
    let (mut merged, mut problems) = lower(document.clone(), true);
    compose::conform(&mut merged, &origin::Origins::default(), &mut problems);
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return Ok(());
    }
    let is_exact = problems.is_empty();
    let count = |of: &Cell<usize>| of.set(of.get() + usize::from(is_exact));
    count(&tried.exact);
    let (conjunction, form) = (validator(&document), validator(&raised(&merged)));
    for instance in instances {
        let (is_valid, is_taken) = (conjunction.is_valid(instance), form.is_valid(instance));
        count(if is_valid { &tried.valid } else { &tried.invalid });
        let became = &merged["components"]["schemas"]["A"];
        prop_assert!(
            is_taken || !is_valid,
            "{instance} is refused:\n{document}\nbecame\n{became}\n{problems:#?}"
        );
        prop_assert!(
            is_valid || !is_taken || !is_exact,
            "{instance} is accepted, and nothing was reported:\n{document}\nbecame\n{became}"
        );
    }
    Ok(())
}

/// The same cases each time; `MERGE_CASES=20000` tries that many others.
#[test]
fn a_merged_composition_allows_what_its_members_allow() {
    let asked = std::env::var("MERGE_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = asked.unwrap_or(400);
    let tried = Tried::default();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let outcome = runner.run(&(members(), vec(value(), 20)), |((components, members), instances)| {
        judge(components, &members, &instances, &tried)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let cases = cases as usize;
    let is_enough = tried.exact.get() > cases / 5 && tried.valid.get() > cases && tried.invalid.get() > cases;
    assert!(is_enough, "of {cases} cases too little was tried: {tried:?}");
}
