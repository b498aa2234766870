//! Generates random schemas and instances for the tests of passes, and checks whether a pass keeps the instances that a schema allows.

use std::cell::Cell;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::problem::{Level, Problem};

const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "null", "object", "array"];

/// Few values, so that two members of a composition often concern the same ones.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-c]", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1..6_i64).prop_map(Value::from),
        (0..8_i64).prop_map(|half| json!(half as f64 / 2.0)),
        "[ab]{0,4}".prop_map(Value::from),
    ]
}

/// A keyword and its value, or nothing.
pub(crate) fn keyword(
    name: &'static str,
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Option<(&'static str, Value)>> {
    option::weighted(0.25, value).prop_map(move |value| value.map(|value| (name, value)))
}

pub(crate) fn schema_of(keywords: impl IntoIterator<Item = Option<(&'static str, Value)>>) -> Value {
    let keywords = keywords.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
    Value::Object(keywords.collect::<Map<_, _>>())
}

pub(crate) fn types() -> impl Strategy<Value = Value> {
    let some = |count| btree_set(prop::sample::select(TYPES.to_vec()), count);
    prop_oneof![
        prop::sample::select(TYPES.to_vec()).prop_map(Value::from),
        some(1..3).prop_map(|kinds| kinds.into_iter().map(Value::from).collect()),
    ]
}

/// Schemas without references; constraints come with a type that they apply to, as in real documents.
pub(crate) fn schema() -> impl Strategy<Value = Value> {
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

/// A schema of 3.0.3 as JSON Schema 2020-12. `oneOf` of the merged form is tried in order, and so is `anyOf` here.
fn raised(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut map: Map<String, Value> =
                map.iter().map(|(key, value)| (key.clone(), raised(value))).collect();
            if let Some(branches) = map.remove("oneOf") {
                let members = map.entry("allOf").or_insert_with(|| json!([]));
                members.as_array_mut().expect("a list").push(json!({ "anyOf": branches }));
            }
            let is_nullable = map.remove("nullable") == Some(Value::Bool(true));
            for (bound, flag) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
                if map.remove(flag) == Some(Value::Bool(true))
                    && let Some(limit) = map.remove(bound)
                {
                    map.insert(flag.to_owned(), limit);
                }
            }
            if !is_nullable {
                return Value::Object(map);
            }
            // `nullable` applies to the schema's own type; without one, the schema allows `null` in addition.
            if !map.contains_key("type") && !map.contains_key("enum") {
                return json!({ "anyOf": [map, { "type": "null" }] });
            }
            if let Some(kind) = map.get_mut("type") {
                *kind = json!([kind, "null"]);
            }
            if let Some(Value::Array(values)) = map.get_mut("enum") {
                values.push(Value::Null);
            }
            Value::Object(map)
        }
        Value::Array(items) => items.iter().map(raised).collect(),
        other => other.clone(),
    }
}

/// The component `A` of a document.
fn validator(document: &Value) -> jsonschema::Validator {
    let schema = json!({ "$ref": "#/components/schemas/A", "components": document["components"] });
    jsonschema::draft202012::new(&schema).expect("a schema")
}

/// What a run has tried, so that one that tried nothing is noticed.
#[derive(Debug, Default)]
struct Tried {
    /// Documents of which nothing was lost.
    exact: Cell<usize>,
    /// Instances that the component of such a document allows, and that it does not.
    valid: Cell<usize>,
    invalid: Cell<usize>,
}

/// Holds a pass to what it makes of the component `A` of random 3.1 documents: it accepts every instance that was valid and,
/// where it reports no problem, no other. The judge is `jsonschema`, on the document as it was.
///
/// The same documents each time; `RANDOM_CASES=20000` tries that many others.
pub(crate) fn hold<S: std::fmt::Debug>(
    documents: impl Strategy<Value = S>,
    document: impl Fn(&S) -> Value,
    pass: impl Fn(Value) -> (Value, Vec<Problem>),
) {
    let asked = std::env::var("RANDOM_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = asked.unwrap_or(400);
    let tried = Tried::default();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let outcome = runner.run(&(documents, vec(value(), 20)), |(seed, instances)| {
        judge(&document(&seed), &pass, &instances, &tried)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let cases = cases as usize;
    let is_enough = tried.exact.get() > cases / 5 && tried.valid.get() > cases && tried.invalid.get() > cases;
    assert!(is_enough, "of {cases} cases too little was tried: {tried:?}");
}

fn judge(
    document: &Value,
    pass: impl Fn(Value) -> (Value, Vec<Problem>),
    instances: &[Value],
    tried: &Tried,
) -> Result<(), TestCaseError> {
    let (made, problems) = pass(document.clone());
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return Ok(());
    }
    let is_exact = problems.is_empty();
    let count = |of: &Cell<usize>| of.set(of.get() + usize::from(is_exact));
    count(&tried.exact);
    let (before, after) = (validator(document), validator(&raised(&made)));
    for instance in instances {
        let (is_valid, is_accepted) = (before.is_valid(instance), after.is_valid(instance));
        count(if is_valid { &tried.valid } else { &tried.invalid });
        let became = &made["components"]["schemas"];
        prop_assert!(
            is_accepted || !is_valid,
            "{instance} is refused:\n{document}\nbecame\n{became}\n{problems:#?}"
        );
        prop_assert!(
            is_valid || !is_accepted || !is_exact,
            "{instance} is accepted, and nothing was reported:\n{document}\nbecame\n{became}"
        );
    }
    Ok(())
}

/// A document with these components.
pub(crate) fn document(schemas: Map<String, Value>) -> Value {
    json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "components": { "schemas": schemas },
    })
}
