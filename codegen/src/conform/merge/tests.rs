//! Random compositions: their merged form and the conjunction allow the same instances.

mod pairs;

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::conform::{compose, origin};
use crate::lower::lower;
use crate::random::{document, hold, schema};

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

#[test]
fn a_merged_composition_allows_what_its_members_allow() {
    let of_members = |(components, members): &(BTreeMap<String, Value>, Vec<Value>)| {
        let mut schemas: Map<String, Value> = components.clone().into_iter().collect();
        schemas.insert("A".to_owned(), json!({ "allOf": members }));
        document(schemas)
    };
    hold(members(), of_members, |document| {
        let (mut merged, mut problems) = lower(document, true);
        compose::conform(&mut merged, &origin::Origins::default(), &mut problems);
        (merged, problems)
    });
}
