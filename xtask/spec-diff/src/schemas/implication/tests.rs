use serde_json::json;

use super::*;

/// Whether a proof is found that what is valid under one schema is valid under the other.
fn proves<'a>(implications: &mut Implications<'a>, document: &'a Value, one: &str, other: &str) -> bool {
    let schemas = Schemas(document);
    let [one, other] = [one, other]
        .map(|name| schemas.site(&format!("/components/schemas/{name}")).expect("a component schema"));
    let all = |site| All { schemas, sites: slice::from_ref(site) };
    implications.prove(all(&one), all(&other))
}

/// The proofs of two schemas: `=` both, `>` the second of the first, `<` the first of the second, `x` none.
fn proofs(one: &Value, other: &Value) -> char {
    let document = json!({ "components": { "schemas": {
        "One": one,
        "Other": other,
        "Tree": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Tree" } } },
    } } });
    // Otherwise no proof would be looked for where schemas are equal.
    let unequal =
        || Implications { equalities: Equalities::with_limit(0), ..Implications::with_steps(100_000) };
    let is_proved = |one: &str, other: &str| proves(&mut unequal(), &document, one, other);
    match (is_proved("One", "Other"), is_proved("Other", "One")) {
        (true, true) => '=',
        (true, false) => '>',
        (false, true) => '<',
        (false, false) => 'x',
    }
}

#[test]
fn proofs_are_found_and_only_what_holds_is_proved() {
    let mut wrong = String::new();
    for line in include_str!("pairs.txt").lines().filter(|line| !line.starts_with('#')) {
        let (expected, pair) = line.split_at(2);
        let (one, other) = pair.split_once(" | ").expect("two schemas");
        let [one, other] = [one, other].map(|schema| serde_json::from_str(schema).expect("JSON"));
        let found = proofs(&one, &other);
        if !expected.starts_with(found) {
            wrong.push_str(&format!("{found} and not {line}\n"));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn document(schemas: impl IntoIterator<Item = (String, Value)>) -> Value {
    json!({ "components": { "schemas": schemas.into_iter().collect::<serde_json::Map<_, _>>() } })
}

#[test]
fn a_schema_has_at_most_so_many_alternatives() {
    let union =
        |members: usize| json!({ "anyOf": (0..members).map(|n| json!({ "const": n })).collect::<Vec<_>>() });
    // The union itself counts.
    for (members, expected) in [(ALTERNATIVES - 1, '='), (ALTERNATIVES, 'x')] {
        assert_eq!(proofs(&union(members), &union(members)), expected, "{members}");
    }
}

/// Of two lists of `prefixItems`, and where null is unclear, nothing else is proved.
#[test]
fn equal_schemas_imply_each_other() {
    for schema in [
        json!({ "allOf": [{ "prefixItems": [{ "type": "integer" }] }, { "prefixItems": [{ "minimum": 1 }] }] }),
        json!({ "nullable": true, "anyOf": [{ "type": "string" }] }),
    ] {
        assert_eq!(proofs(&schema, &schema), 'x');
        let document = document(["One", "Other"].map(|name| (name.to_owned(), schema.clone())));
        assert!(proves(&mut Implications::with_steps(100), &document, "One", "Other"), "{schema}");
    }
}

#[test]
fn all_proofs_share_their_steps() {
    let longer = |n: usize| {
        [
            (format!("A{n}"), json!({ "type": "string", "minLength": n + 1 })),
            (format!("B{n}"), json!({ "type": "string", "minLength": n })),
        ]
    };
    let document = document((1..5).flat_map(longer));
    let mut implications = Implications::with_steps(3);
    let found: Vec<bool> =
        (1..5).map(|n| proves(&mut implications, &document, &format!("A{n}"), &format!("B{n}"))).collect();
    assert_eq!(found, [true, true, true, false]);
    assert!(proves(&mut implications, &document, "A1", "B1"), "what is known needs no steps");
}

#[test]
fn what_is_certain_is_remembered() {
    let schemas = [("A", json!({ "type": "string" })), ("B", json!({ "type": "string", "minLength": 1 }))];
    let document = document(schemas.map(|(name, schema)| (name.to_owned(), schema)));
    let mut implications = Implications::with_steps(9);
    for _ in 0..2 {
        assert!(!proves(&mut implications, &document, "A", "B"));
        assert_eq!(implications.left, 8);
    }
}

/// `Two` implies `OtherTwo` only if `One` implies `OtherOne`, which is assumed while it is looked at, and then found to be false.
#[test]
fn what_is_assumed_is_not_remembered() {
    let one = |two: &str, z: Value| json!({ "type": "object", "properties": { "next": { "$ref": format!("#/components/schemas/{two}") }, "z": z } });
    let two = |one: &str| json!({ "type": "object", "dependentSchemas": { "a": { "$ref": format!("#/components/schemas/{one}") } } });
    let schemas = [
        ("One", one("Two", json!({}))),
        ("OtherOne", one("OtherTwo", json!({ "type": "integer" }))),
        ("Two", two("One")),
        ("OtherTwo", two("OtherOne")),
    ];
    let document = document(schemas.map(|(name, schema)| (name.to_owned(), schema)));
    let mut implications = Implications::with_steps(100);
    assert!(!proves(&mut implications, &document, "One", "OtherOne"));
    assert!(!proves(&mut implications, &document, "Two", "OtherTwo"));
}

#[test]
fn one_proof_takes_at_most_so_many_steps() {
    // Each pattern is looked for among those before it. Equal schemas need no steps, so the order differs.
    let union = |members: &mut dyn Iterator<Item = usize>| {
        let members = members.map(|n| json!({ "type": "string", "pattern": format!("{n}") }));
        json!({ "anyOf": members.collect::<Vec<_>>() })
    };
    let schemas = [70, 80]
        .into_iter()
        .flat_map(|n| [(format!("A{n}"), union(&mut (0..n))), (format!("B{n}"), union(&mut (0..n).rev()))]);
    let document = document(schemas.chain([
        ("A".to_owned(), json!({ "type": "integer" })),
        ("B".to_owned(), json!({ "type": "number" })),
    ]));
    let mut implications = Implications::with_steps(100_000);
    assert!(proves(&mut implications, &document, "A70", "B70"));
    assert!(!proves(&mut implications, &document, "A80", "B80"));
    assert!(proves(&mut implications, &document, "A", "B"));
    assert_eq!(implications.left, 100_000 - 70 * 71 / 2 - STEPS - 1);
    // It is tried again.
    assert!(!proves(&mut implications, &document, "A80", "B80"));
    assert_eq!(implications.left, 100_000 - 70 * 71 / 2 - 2 * STEPS - 1);
}
