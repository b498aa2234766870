use serde_json::json;

use super::*;

/// Whether a proof is found that what is valid under one schema is valid under the other.
fn proves(document: &Value, one: &str, other: &str) -> bool {
    let schemas = Schemas(document);
    let [one, other] = [one, other]
        .map(|name| schemas.site(&format!("/components/schemas/{name}")).expect("a component schema"));
    let all = |site| All { schemas, sites: slice::from_ref(site) };
    Implications::with_steps(100_000).prove(all(&one), all(&other))
}

/// The proofs of two schemas: `=` both, `>` the second of the first, `<` the first of the second, `x` none.
fn proofs(one: &Value, other: &Value) -> char {
    let document = json!({ "components": { "schemas": {
        "One": one,
        "Other": other,
        "Tree": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Tree" } } },
    } } });
    match (proves(&document, "One", "Other"), proves(&document, "Other", "One")) {
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
