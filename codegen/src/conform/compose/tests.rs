//! Unions and compositions of one member, as typify gets them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::conform::compose::MAX_SCHEMAS;
use crate::conform::{compose, discriminators, origin};
use crate::lower::lower;
use crate::problem::Problem;
use crate::random::document;

/// The component `A`, lowered and conformed.
fn conformed(schema: &Value) -> Value {
    let (conformed, problems) = conformed_with_problems(schema);
    assert_eq!(problems, []);
    conformed
}

fn conformed_with_problems(schema: &Value) -> (Value, Vec<Problem>) {
    let schemas = json!({
        "A": schema,
        "Text": { "type": "string" },
        "Null": { "type": "null" },
        "Colour": { "type": "string", "enum": ["red"] },
        "Tagged": { "type": "object", "properties": { "kind": { "$ref": "#/components/schemas/Colour" } } },
    });
    let Value::Object(schemas) = schemas else { unreachable!("written above") };
    let (mut document, mut problems) = lower(document(schemas), true);
    compose::conform(&mut document, &origin::Origins::default(), &mut problems);
    let mut conformed = document["components"]["schemas"]["A"].take();
    conformed.as_object_mut().map(discriminators::take_variants);
    (conformed, problems)
}

/// Branches in the order in which an untagged enum has to try them: the first that fits an instance wins.
#[test]
fn the_branch_that_says_more_is_tried_first() {
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "properties": properties, "required": required });
    let text = json!({ "type": "string" });
    let ordered = [
        json!({ "type": "string", "enum": ["a"] }),
        json!({ "type": "boolean" }),
        json!({ "type": "integer" }),
        json!({ "type": "number" }),
        json!({ "type": "string", "format": "uuid" }),
        text.clone(),
        json!({ "maxLength": 3 }),
    ];
    let objects = [
        object(&["a", "b"], json!({ "a": { "type": "string", "enum": ["x"] }, "b": text })),
        json!({ "$ref": "#/components/schemas/Tagged" }),
        object(&["a", "b"], json!({ "a": text, "b": text })),
        object(&["a"], json!({ "a": text, "b": text })),
        object(&["a"], json!({ "a": text })),
        object(&[], json!({ "a": text })),
    ];
    for branches in [&ordered[..], &objects[..]] {
        for (index, first) in branches.iter().enumerate() {
            for second in &branches[index + 1..] {
                let expected = json!([first, second]);
                for written in [expected.clone(), json!([second, first])] {
                    assert_eq!(conformed(&json!({ "anyOf": written }))["oneOf"], expected, "{written}");
                }
            }
        }
    }
}

/// Of branches that say equally much, the order is that of the document.
#[test]
fn other_branches_keep_their_order() {
    for kinds in [["array", "object"], ["object", "array"], ["number", "array"], ["array", "number"]] {
        let branch = |kind: &str| {
            if kind == "array" { json!({ "type": kind, "items": {} }) } else { json!({ "type": kind }) }
        };
        let branches = kinds.map(branch);
        assert_eq!(conformed(&json!({ "anyOf": branches }))["oneOf"], json!(branches));
    }
}

#[test]
fn a_composition_of_one_reference_stays_one() {
    let reference = json!([{ "$ref": "#/components/schemas/Text" }]);
    let alone = json!({ "allOf": reference, "description": "d" });
    assert_eq!(conformed(&alone), alone);
    assert_eq!(conformed(&json!({ "allOf": reference, "description": "d", "format": "email" })), alone);
    let merged = json!({ "type": "string", "maxLength": 3 });
    assert_eq!(conformed(&json!({ "allOf": reference, "maxLength": 3 })), merged);
}

#[test]
fn a_union_allows_null_where_a_branch_and_what_stands_beside_them_do() {
    let branches = json!([{ "type": ["string", "null"] }, { "type": "integer" }]);
    assert_eq!(conformed(&json!({ "anyOf": branches }))["nullable"], true);
    let (typed, _) = conformed_with_problems(&json!({ "anyOf": branches, "type": ["string", "integer"] }));
    assert_eq!(typed["nullable"], Value::Null);
    let strict = json!([{ "type": "string" }, { "type": "integer" }]);
    assert_eq!(conformed(&json!({ "anyOf": strict }))["nullable"], Value::Null);
}

#[test]
fn a_branch_that_the_type_beside_the_union_excludes_is_left_out() {
    let union = |kind: &str, branches: Value| conformed(&json!({ "type": kind, "anyOf": branches }));
    let text = json!({ "type": "string", "minLength": 1 });
    assert_eq!(union("string", json!([{ "type": "integer" }, { "minLength": 1, "type": "string" }])), text);
    let whole = json!({ "type": "integer" });
    assert_eq!(union("number", json!([{ "type": "integer" }, { "type": "string" }])), whole);
    assert_eq!(union("integer", json!([{ "type": "number" }, { "type": "string" }])), whole);
}

#[test]
fn what_describes_a_union_stays_with_it() {
    let branches = json!([{ "type": "boolean" }, { "type": "integer" }]);
    let union = json!({ "anyOf": branches, "description": "d", "x-mine": 1 });
    assert_eq!(conformed(&union), json!({ "oneOf": branches, "description": "d", "x-mine": 1 }));
}

#[test]
fn beside_null_only_the_branches_that_allow_it_are_left() {
    let nullable = json!({ "type": ["string", "null"] });
    let others = json!([{ "type": "string" }, { "type": "integer" }]);
    // A sibling of the union that allows null alone.
    let null = json!({ "const": null, "anyOf": [nullable, { "type": "integer" }] });
    assert_eq!(conformed(&null), json!({ "enum": [null] }));
    // A branch that allows null alone, which the siblings of the union do not allow.
    let typed =
        |branch: Value| json!({ "type": ["string", "integer"], "anyOf": [branch, others[0], others[1]] });
    assert_eq!(
        conformed_with_problems(&typed(json!({ "const": null }))).0["oneOf"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_composition_of_too_many_schemas_is_one_problem() {
    let all_of = |count: usize| {
        let members: Vec<Value> = (1..=count).map(|least| json!({ "minLength": least })).collect();
        json!({ "type": "string", "allOf": members })
    };
    assert_eq!(conformed(&all_of(1_000)), json!({ "type": "string", "minLength": 1_000 }));
    let (_, problems) = conformed_with_problems(&all_of(1_001));
    let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
    let expected =
        "#/components/schemas/A: more than 1000 schemas would be merged: unions inside `allOf` multiply";
    assert_eq!(problems, [expected]);
}

/// Documents of as many schemas as are supported, and of one more: as they are, and after merging.
#[test]
fn a_document_of_too_many_schemas_is_one_problem() {
    let problems = |plain: usize, composed: Value| -> Vec<String> {
        let mut schemas: Map<String, Value> =
            (0..plain).map(|number| (number.to_string(), json!({ "type": "string" }))).collect();
        schemas.extend(composed.as_object().cloned().into_iter().flatten());
        let mut document = json!({ "components": { "schemas": schemas } });
        let mut problems = Vec::new();
        compose::conform(&mut document, &origin::Origins::default(), &mut problems);
        problems.iter().map(Problem::to_string).collect()
    };
    assert_eq!(problems(MAX_SCHEMAS, json!({})), [""; 0]);
    assert_eq!(
        problems(MAX_SCHEMAS + 1, json!({})),
        ["#: the document has 100001 schemas; at most 100000 are supported"]
    );
    // These are 5 schemas, two of them properties. Merged, there are 3 more.
    let member = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
    let composed = json!({ "z": { "allOf": [member("a"), member("b")] } });
    assert_eq!(problems(MAX_SCHEMAS - 8, composed.clone()), [""; 0]);
    assert_eq!(
        problems(MAX_SCHEMAS - 7, composed),
        [
            "#/components/schemas/z: `allOf` merges so much up to here that the document has more than 100000 schemas"
        ]
    );
}

#[test]
fn a_composition_of_itself_is_an_error() {
    // Also where as many schemas as are allowed have been merged when it is found: two references, the schema and its branches.
    for branches in [1, 997] {
        let branches = vec![json!({ "minLength": 1 }); branches];
        let (_, problems) = conformed_with_problems(
            &json!({ "type": "string", "anyOf": branches, "allOf": [{ "$ref": "#/components/schemas/A" }] }),
        );
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(problems, ["#/components/schemas/A/allOf: the schemas form a cycle through `allOf`"]);
    }
}

#[test]
fn a_reference_to_null_is_a_branch_only_where_null_is_allowed() {
    let branches = json!([{ "$ref": "#/components/schemas/Null" }, { "type": "string", "minLength": 1 }]);
    let text = json!({ "type": "string", "minLength": 1 });
    assert_eq!(conformed(&json!({ "type": "string", "anyOf": branches })), text);
    let nullable = json!({ "nullable": true, "oneOf": branches });
    assert_eq!(conformed(&json!({ "anyOf": branches })), nullable);
}

#[test]
fn schemas_that_extend_another_one_are_reported_unless_it_is_one_of_them() {
    let mapped = |target: &str| {
        let mapping = json!({ "a": format!("#/components/schemas/{target}") });
        let discriminator = json!({ "propertyName": "kind", "mapping": mapping });
        let (_, problems) = conformed_with_problems(&json!({
            "allOf": [{ "$ref": "#/components/schemas/Tagged" }, { "properties": { "b": { "type": "string" } } }],
            "discriminator": discriminator,
        }));
        problems.iter().map(Problem::to_string).collect::<Vec<_>>()
    };
    assert_eq!(mapped("Tagged"), [""; 0]);
    assert_eq!(
        mapped("Colour"),
        [
            "#/components/schemas/A/discriminator: the schemas that extend this one are not read in its place; list them in a `oneOf`"
        ]
    );
}

/// `X` allows null by itself, and `Y` because it may be `X`: also where `X` was looked at before.
#[test]
fn unions_of_each_other_allow_null_wherever_they_are_entered() {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let schemas = json!({
        "A": { "anyOf": [reference("X"), { "type": "boolean" }] },
        "B": { "anyOf": [reference("Y"), { "type": "boolean" }] },
        "X": { "anyOf": [reference("Y"), { "type": ["string", "null"] }] },
        "Y": { "anyOf": [reference("X"), { "type": "integer" }] },
    });
    let Value::Object(schemas) = schemas else { unreachable!("written above") };
    let (mut document, mut problems) = lower(document(schemas), true);
    compose::conform(&mut document, &origin::Origins::default(), &mut problems);
    for name in ["A", "B", "X", "Y"] {
        assert_eq!(document["components"]["schemas"][name]["nullable"], true, "{name}");
    }
    assert_eq!(problems, []);
}

/// The variants of a union beside some components: the name and the tags of each branch.
fn variants(union: &Value, more: Value) -> Vec<(String, Value)> {
    let mut schemas = document(serde_json::Map::new());
    schemas["components"]["schemas"] = more;
    schemas["components"]["schemas"]["A"] = union.clone();
    let (mut document, mut problems) = lower(schemas, true);
    compose::conform(&mut document, &origin::Origins::default(), &mut problems);
    let variants = discriminators::take_variants(
        document["components"]["schemas"]["A"].as_object_mut().expect("a schema"),
    );
    let one =
        |variant: Value| (variant["name"].as_str().expect("a name").to_owned(), variant["tags"].clone());
    variants.into_iter().map(one).collect()
}

fn names(union: &Value, more: Value) -> BTreeSet<String> {
    variants(union, more).into_iter().map(|(name, _)| name).collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_branch_has_a_name_of_its_own() {
    let tagged = |tag: Value| json!({ "type": "object", "title": "Titled", "properties": { "tag": { "const": tag } } });
    let untitled = |tag: Value| json!({ "type": "object", "properties": { "tag": { "const": tag } } });
    let list = |of: &str| json!({ "type": "array", "items": { "type": of } });
    for (branch, name) in [
        (json!({ "$ref": "#/components/schemas/Pet" }), "Pet"),
        (json!({ "allOf": [{ "$ref": "#/components/schemas/Pet" }], "description": "d" }), "Pet"),
        (tagged(json!("on-sale")), "OnSale"),
        // A constant that is no word, or no string, says less than a title.
        (tagged(json!("7")), "Titled"),
        (tagged(json!(2)), "Titled"),
        (untitled(json!(2)), "Value2"),
        (untitled(json!(true)), "ValueTrue"),
        // Of several values none is the name.
        (json!({ "type": "object", "properties": { "tag": { "enum": ["a", "b"] } } }), "Object"),
        (json!({ "properties": { "free": { "type": "string" } } }), "Object"),
        (json!({ "type": "object", "additionalProperties": { "type": "string" } }), "Object"),
        (json!({ "type": "string" }), "String"),
        (json!({ "type": "string", "enum": ["a", "b"] }), "Enum"),
        (json!({ "type": "integer" }), "Integer"),
        (json!({ "type": "number" }), "Number"),
        (list("string"), "Array"),
        (json!({ "oneOf": [list("integer"), { "type": "string", "maxLength": 3 }] }), "Union"),
        (json!({ "maxLength": 3 }), "Value"),
        // `Unknown` is the variant of an open enum.
        (tagged(json!("unknown")), "Titled"),
    ] {
        let pet = json!({ "Pet": { "type": "object", "properties": { "name": { "type": "string" } } } });
        let found = names(&json!({ "oneOf": [branch, { "type": "boolean" }] }), pet);
        assert_eq!(found, set([name, "Boolean"]), "{branch}");
    }
    let objects: Vec<Value> =
        ["a", "b", "c"].iter().map(|name| json!({ "type": "object", "properties": { *name: {} } })).collect();
    assert_eq!(names(&json!({ "anyOf": objects }), json!({})), set(["Object", "Object2", "Object3"]));
}

#[test]
fn a_branch_has_the_constants_of_its_properties() {
    let pets = || {
        let pet = |kind: Value| json!({ "type": "object", "properties": { "kind": kind, "a": { "type": "string" } } });
        json!({
            "Cat": pet(json!({ "type": "string" })),
            "Dog": pet(json!({ "type": "string", "enum": ["cat", "dog", "kitty"] })),
            "Cow": pet(json!({ "type": "integer", "enum": [1, 2] })),
        })
    };
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let tags = |discriminator: Value| {
        let branches = [reference("Cat"), reference("Dog"), reference("Cow")];
        let found = variants(&json!({ "oneOf": branches, "discriminator": discriminator }), pets());
        found
            .into_iter()
            .map(|(name, tags)| (name, tags["kind"].clone()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    // By the mapping, of which a value is a name or a reference; a list of all values is narrowed to it.
    let mapping = json!({ "cat": "Cat", "kitty": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog", "2": "Cow" });
    let found = tags(json!({ "propertyName": "kind", "mapping": mapping }));
    assert_eq!(found["Cat"], json!(["cat", "kitty"]));
    assert_eq!(found["Dog"], json!(["dog"]));
    assert_eq!(found["Cow"], json!([2]));
    // Without one, by the name, unless the property has other values.
    let found = tags(json!({ "propertyName": "kind" }));
    assert_eq!(found["Cat"], json!(["Cat"]));
    assert_eq!(found["Dog"], json!(["cat", "dog", "kitty"]));
    // A mapping that has all values leaves none for the others.
    let complete =
        json!({ "propertyName": "kind", "mapping": { "cat": "Cat" }, discriminators::COMPLETE: true });
    let found = tags(complete);
    assert_eq!((&found["Cat"], &found["Dog"]), (&json!(["cat"]), &json!(["cat", "dog", "kitty"])));

    // A union has the constants that each of its branches has.
    let branch = |kind: &str, more: &str| json!({ "type": "object", "properties": { "kind": { "const": kind }, more: { "const": 1 } } });
    let inner = json!({ "oneOf": [branch("a", "x"), branch("b", "y"), branch("a", "z")] });
    let outer = json!({ "oneOf": [reference("Inner"), branch("c", "x")] });
    let found = variants(&outer, json!({ "Inner": inner }));
    let inner = found.iter().find(|(name, _)| name == "Inner").expect("a variant");
    assert_eq!(inner.1, json!({ "kind": ["a", "b"] }));
}

/// Unions inside each other are inspected to a depth of three.
#[test]
fn a_branch_that_is_a_union_has_the_constants_of_its_branches() {
    fn nested(depth: usize, tag: &str) -> Value {
        match depth {
            0 => json!({ "type": "object", "properties": { "tag": { "const": tag } }, "required": ["tag"] }),
            _ => {
                json!({ "oneOf": [nested(depth - 1, &format!("{tag}l")), nested(depth - 1, &format!("{tag}r"))] })
            }
        }
    }
    let tags = |depth: usize| -> usize {
        let union = json!({ "oneOf": [nested(depth, "a"), { "type": "string" }] });
        let variants = variants(&union, json!({}));
        variants.iter().filter_map(|(_, tags)| tags.get("tag")?.as_array()).map(Vec::len).sum()
    };
    assert_eq!([0, 1, 2, 3, 4].map(tags), [1, 2, 4, 8, 0]);
}
