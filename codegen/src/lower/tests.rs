//! Random schemas of 3.1: their form in 3.0.3 allows the same instances.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::lower;
use crate::random::{document, hold, keyword, scalar, schema, schema_of, types};

/// Schemas with keywords that 3.0.3 has, writes differently, supports in part, or lacks.
fn of_3_1() -> impl Strategy<Value = Value> {
    let object = (
        btree_map("[a-c]", part(), 0..3),
        keyword("additionalProperties", part()),
        keyword("unevaluatedProperties", part()),
        keyword("patternProperties", btree_map("\\^[a-c]", part(), 1..3).prop_map(|map| json!(map))),
        keyword("dependentRequired", Just(json!({ "a": ["b"] }))),
        keyword("propertyNames", Just(json!({ "maxLength": 1 }))),
    );
    let object = object.prop_map(|(properties, others, unevaluated, patterns, dependent, names)| {
        let own = [Some(("type", "object".into())), Some(("properties", json!(properties)))];
        schema_of(own.into_iter().chain([others, unevaluated, patterns, dependent, names]))
    });
    let array = (
        prop::option::weighted(0.7, vec(part(), 0..3)),
        prop::option::of(prop_oneof![part(), any::<bool>().prop_map(Value::from)]),
        keyword("contains", part()),
        keyword("maxItems", (0..4_u64).prop_map(Value::from)),
    );
    let array = array.prop_map(|(first, rest, contains, most)| {
        let first = first.filter(|first| !first.is_empty()).map(|first| ("prefixItems", Value::from(first)));
        schema_of([Some(("type", "array".into())), first, rest.map(|rest| ("items", rest)), contains, most])
    });
    let several = (
        types(),
        keyword("maxLength", Just(json!(2))),
        keyword("minimum", Just(json!(1))),
        keyword("exclusiveMaximum", (1..5).prop_map(|half| json!(f64::from(half) / 2.0))),
        keyword("minItems", Just(json!(1))),
        keyword("required", Just(json!(["a"]))),
    );
    let several = several.prop_map(|(kind, length, least, most, items, required)| {
        schema_of([Some(("type", kind)), length, least, most, items, required])
    });
    let constant = scalar().prop_map(|value| json!({ "const": value }));
    let values = vec(scalar(), 1..4).prop_map(|values| json!({ "enum": values }));
    // What fits several branches of a `oneOf` is another subject: they are read in order.
    let union = vec(part(), 1..4).prop_map(|branches| json!({ "anyOf": branches }));
    prop_oneof![2 => object, 2 => array, 2 => several, 1 => constant, 1 => values, 2 => union, 1 => schema()]
}

/// A subschema: another schema, one that allows everything or nothing, or `null`.
fn part() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => schema(),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(json!({ "type": "null" })),
        1 => scalar().prop_map(|value| json!({ "const": value })),
        1 => Just(json!({ "$ref": "#/components/schemas/Other" })),
    ]
}

#[test]
fn a_lowered_schema_allows_what_it_allowed() {
    let of_schema = |(schema, other): &(Value, Value)| {
        let schemas = [("A".to_owned(), schema.clone()), ("Other".to_owned(), other.clone())];
        document(schemas.into_iter().collect::<Map<_, _>>())
    };
    hold((of_3_1(), schema()), of_schema, |document| lower(document, true));
}
