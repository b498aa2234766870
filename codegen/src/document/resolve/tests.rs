//! References by every kind of name, in one document and in several files.

use serde_json::json;

use super::*;
use crate::document::references::target;

/// The document with its files in it, and the problems of its references.
fn bundled(mut document: Value, files: Value) -> (Value, Vec<String>) {
    let mut load = |name: &str| files.get(name).cloned().ok_or_else(|| format!("no file `{name}`"));
    let flaws = bundle(&mut document, "api.yaml", &mut load).expect("all files are there");
    (document, flaws.iter().map(ToString::to_string).collect())
}

fn schemas(schemas: Value) -> Value {
    json!({ "openapi": "3.1.0", "components": { "schemas": schemas } })
}

fn target_at(document: &Value, at: &str) -> Value {
    let target = document.pointer(at).and_then(target).unwrap_or_else(|| panic!("no reference at {at}"));
    target.resolve(document).cloned().unwrap_or_else(|| panic!("{at} leads to {target}"))
}

#[test]
fn a_reference_in_parts_that_overlap_is_followed_once() {
    let mut document = schemas(json!({
        "A": { "$ref": "#/x-a/properties/b" },
        "B": { "properties": { "b": { "$ref": "#/x-a" } } },
        "C": { "$ref": "#/x-c" },
    }));
    document["x-a"] = json!({
        "$id": "sub/order",
        "properties": { "b": { "$ref": "#/$defs/Num" } },
        "$defs": { "Num": { "title": "num", "$id": "num", "$dynamicAnchor": "n", "$dynamicRef": "#n" } },
    });
    document["x-c"] = json!({ "$ref": "sub/num" });
    assert_eq!(resolve(&mut document), []);
    assert_eq!(target_at(&document, "/x-a/properties/b")["title"], "num");
    assert_eq!(target_at(&document, "/x-a/$defs/Num")["title"], "num");
    assert_eq!(target_at(&document, "/x-c")["title"], "num");

    let mut document = schemas(json!({ "A": { "$ref": "#/x-files" }, "B": { "$ref": "#/x-files/items" } }));
    document["x-files"] = json!({ "items": { "$ref": "pet.yaml" } });
    let (document, flaws) = bundled(
        document,
        json!({ "pet.yaml": {
        "properties": { "a": { "items": { "$ref": "#/definitions/B" } }, "b": { "$ref": "#/properties/a" } },
        "definitions": { "B": { "title": "b" } },
    } }),
    );
    assert_eq!(flaws, [""; 0]);
    assert_eq!(target_at(&document, "/x-files/pet.yaml/properties/a/items")["title"], "b");
}

#[test]
fn an_identifier_in_parts_that_overlap_is_relative_to_the_same_base() {
    let mut document = schemas(json!({ "A": { "$ref": "#/x-a" }, "B": { "$ref": "#/x-a/$defs/Num" } }));
    document["x-a"] = json!({
        "$id": "sub/",
        "$defs": { "Num": { "$id": "n/num", "items": { "$ref": "other" } }, "Other": { "$id": "n/other", "title": "o" } },
    });
    assert_eq!(resolve(&mut document), []);
    assert_eq!(target_at(&document, "/x-a/$defs/Num/items")["title"], "o");
}

#[test]
fn an_anchor_in_a_file_is_found_however_the_file_is_reached() {
    let defs =
        json!({ "pet.yaml": { "$defs": { "A": { "title": "a" }, "B": { "title": "b", "$anchor": "b" } } } });
    let a = json!({ "$ref": "pet.yaml#/$defs/A" });
    let b = json!({ "$ref": "pet.yaml#b" });
    for (first, second) in [(&a, &b), (&b, &a)] {
        let (document, flaws) = bundled(schemas(json!({ "First": first, "Second": second })), defs.clone());
        assert_eq!(flaws, [""; 0]);
        let found =
            ["First", "Second"].map(|name| target_at(&document, &format!("/components/schemas/{name}")));
        assert!(found.iter().all(|found| found.get("title").is_some()), "{found:?}");
    }
}

#[test]
fn only_what_is_referred_to_in_a_file_needs_other_files() {
    let common = json!({
        "openapi": "3.1.0",
        "paths": { "/a": { "$ref": "missing.yaml" } },
        "components": { "schemas": { "A": { "$ref": "#/components/schemas/B" }, "B": { "title": "b" } } },
    });
    let document = schemas(json!({ "A": { "$ref": "common.yaml#/components/schemas/A" } }));
    let (document, flaws) = bundled(document, json!({ "common.yaml": common }));
    assert_eq!(flaws, [""; 0]);
    assert_eq!(target_at(&document, "/x-files/common.yaml/components/schemas/A")["title"], "b");
}

#[test]
fn what_a_file_lacks_is_not_read_from_the_document() {
    let document = schemas(json!({
        "A": { "$ref": "common.yaml#/components/schemas/B" }, "B": {},
    }));
    let (_, flaws) = bundled(document, json!({ "common.yaml": { "openapi": "3.1.0" } }));
    assert_eq!(flaws, ["the $ref `common.yaml#/components/schemas/B` points at nothing"]);
}

#[test]
fn a_dynamic_anchor_in_a_file_counts_whenever_it_is_read() {
    let document = schemas(json!({
        "Tree": { "$id": "tree", "$dynamicAnchor": "n", "items": { "$dynamicRef": "#n" } },
        "Strict": { "$ref": "strict.yaml" },
    }));
    let strict = json!({ "$id": "strict", "$dynamicAnchor": "n", "$ref": "tree", "maxItems": 1 });
    let (_, flaws) = bundled(document, json!({ "strict.yaml": strict }));
    assert_eq!(flaws, ["the $dynamicRef `#n` refers to different schemas depending on how it is reached"]);
}

#[test]
fn a_reference_leads_to_an_object_of_its_kind() {
    let mut document = schemas(json!({
        "Anything": true, "A": { "$ref": "#/components/schemas/Anything" }, "B": { "$ref": "#/info/title" },
        "C": { "$ref": "#/x-text" },
    }));
    document["info"] = json!({ "title": "t" });
    document["x-text"] = "type: object".into();
    document["components"]["parameters"] = json!({
        "P": { "name": "p", "in": "query", "schema": {} }, "Q": { "$ref": "#/components/schemas/Anything" },
    });
    document["components"]["headers"] = json!({ "H": { "$ref": "#/components/parameters/P" } });
    let (document, flaws) = bundled(document, json!({}));
    assert_eq!(
        flaws,
        [
            "the $ref `#/info/title` points at something other than a schema",
            "the $ref `#/x-text` points at something other than a schema",
            "the $ref `#/components/schemas/Anything` points at something other than a parameter",
        ]
    );
    assert_eq!(target_at(&document, "/components/schemas/A"), true);
    assert_eq!(target_at(&document, "/components/headers/H")["name"], "p");
}

#[test]
fn only_schemas_of_3_1_have_dynamic_references() {
    let dynamic = json!({ "$dynamicRef": "#nothing" });
    let mut document = schemas(json!({ "A": dynamic }));
    document["components"]["responses"] =
        json!({ "R": { "description": "d", "content": { "application/json": dynamic } } });
    let (_, flaws) = bundled(document.clone(), json!({}));
    assert_eq!(flaws.len(), 1, "{flaws:?}");
    document["openapi"] = "3.0.3".into();
    assert_eq!(bundled(document, json!({})).1, [""; 0]);
}

#[test]
fn a_mapping_names_a_component_before_a_file() {
    let document = schemas(json!({
        "dog.yaml": { "title": "component" },
        "A": { "discriminator": { "propertyName": "k", "mapping": { "d": "dog.yaml" } } },
        "B": { "$ref": "dog.yaml" },
    }));
    let (document, flaws) = bundled(document, json!({ "dog.yaml": { "title": "file" } }));
    assert_eq!(flaws, [""; 0]);
    assert_eq!(document["components"]["schemas"]["A"]["discriminator"]["mapping"]["d"], "dog.yaml");
    assert_eq!(target_at(&document, "/components/schemas/B")["title"], "file");
}

/// A schema in the document itself may have keywords that nobody knows.
#[test]
fn a_file_without_any_keyword_is_not_taken_for_a_schema() {
    let mut document =
        schemas(json!({ "A": { "$ref": "a.yaml" }, "B": { "$ref": "b.yaml" }, "C": { "$ref": "#/x-c" } }));
    document["x-c"] = json!({ "token": "t" });
    let (_, flaws) = bundled(document, json!({ "a.yaml": { "token": "t" }, "b.yaml": { "x-token": "t" } }));
    assert_eq!(flaws, ["the $ref `a.yaml` points at something other than a schema"]);
    assert!(is_in_another_file(&Pointer::of([FILES, "a.yaml"])));
    assert!(!is_in_another_file(&Pointer::of(["x-c"])));
    let split = in_another_file(&Pointer::of([FILES, "a.yaml", "b", "c"]));
    assert_eq!(split, Some(("a.yaml".to_owned(), Pointer::of(["b", "c"]))));
    assert_eq!(in_another_file(&Pointer::of(["paths", "/a"])), None);
}

/// The extension is ours, but a document may have it.
#[test]
fn a_file_that_cannot_be_put_into_the_document_is_nothing() {
    let mut document = schemas(json!({ "A": { "$ref": "a.yaml" } }));
    document[FILES] = json!(7);
    let (_, flaws) = bundled(document, json!({ "a.yaml": { "type": "string" } }));
    assert_eq!(flaws, ["the $ref `a.yaml` points at nothing"]);
}

#[test]
fn all_files_together_have_as_many_values_as_a_document() {
    let mut resolver = Resolver::new(&json!({}), "api.yaml");
    assert_eq!(resolver.add_values("a.yaml", MAX_VALUES - 1), Ok(()));
    assert_eq!(resolver.add_values("b.yaml", 1), Ok(()));
    let error = resolver.add_values("c.yaml", 2).expect_err("too many values");
    assert_eq!(error, "error: with `c.yaml`, the files have more than 1000000 values");
}

#[test]
fn reports_a_reference_where_none_is_allowed() {
    for (at, place) in [
        ("/paths", json!({ "$ref": "a.yaml" })),
        ("/components/schemas", json!({ "$ref": "a.yaml" })),
        ("/components/schemas/A/properties", json!({ "$ref": "a.yaml" })),
        ("/paths/~1a/get", json!({ "$ref": "a.yaml" })),
        ("/paths/~1a/get/parameters", json!({ "$ref": "a.yaml" })),
        ("/paths/~1a/get/responses", json!({ "$ref": "a.yaml" })),
    ] {
        let mut document = json!({
            "openapi": "3.1.0",
            "paths": { "/a": { "get": { "parameters": [], "responses": {} } } },
            "components": { "schemas": { "A": { "properties": { "$ref": { "type": "string" } } } } },
        });
        assert_eq!(resolve(&mut document), []);
        *document.pointer_mut(at).expect("a place") = place;
        let reported: Vec<_> =
            resolve(&mut document).iter().map(|flaw| (flaw.at.to_string(), flaw.reason.clone())).collect();
        assert_eq!(reported, [(at.to_owned(), Reason::Misplaced)]);
    }
}

#[test]
fn a_mapping_of_a_discriminator_leads_to_files_as_well() {
    let mapping = json!({
        "a": "cats/cat.yaml", "b": "#dog", "c": "Owl", "d": "v1.Owl", "g": "org.Bat", "e": "#/components/schemas/Owl", "f": "#/none",
    });
    let document = schemas(json!({
        "Pet": { "$ref": "pet.yaml" },
        "Owl": {}, "v1.Owl": {}, "Dog": { "$ref": "pet.yaml#dog" },
    }));
    let pet = json!({ "discriminator": { "mapping": mapping }, "$defs": { "Dog": { "$anchor": "dog" } } });
    let owl = json!({ "openapi": "3.1.0", "discriminator": {} });
    let files = json!({ "pet.yaml": pet, "cats/cat.yaml": { "items": { "$ref": "big.yaml" } }, "cats/big.yaml": owl });
    let (document, flaws) = bundled(document, files);
    assert_eq!(flaws, [""; 0]);
    let expected = json!({
        "a": "#/x-files/cats~1cat.yaml", "b": "#/x-files/pet.yaml/$defs/Dog", "c": "Owl", "d": "v1.Owl", "g": "org.Bat",
        "e": "#/components/schemas/Owl", "f": "#/none",
    });
    assert_eq!(document["x-files"]["pet.yaml"]["discriminator"]["mapping"], expected);
}

#[test]
fn a_document_has_the_base_uri_that_it_says() {
    let schemas = json!({
        "A": { "title": "a" },
        "B": { "$ref": "https://example.com/v1/api.yaml#/components/schemas/A" },
        "C": { "$ref": "/v1/api.yaml#/components/schemas/A" },
        "D": { "$ref": "more.yaml#/components/schemas/M" },
        "E": { "$ref": "https://example.com/v1/more.yaml#/components/schemas/M" },
    });
    let uri = "https://example.com/v1/api.yaml";
    let document =
        json!({ "openapi": "3.2.0", "$self": format!("{uri}#x"), "components": { "schemas": schemas } });
    let more = json!({
        "openapi": "3.2.0", "$self": "https://example.com/v1/more.yaml",
        "components": { "schemas": { "M": { "items": { "$ref": "api.yaml#/components/schemas/A" } } } },
    });
    let files = json!({ "more.yaml": more });
    let (document, flaws) = bundled(document, files.clone());
    assert_eq!(flaws, [""; 0]);
    for name in ["B", "C"] {
        assert_eq!(target_at(&document, &format!("/components/schemas/{name}"))["title"], "a");
    }
    assert_eq!(target_at(&document, "/components/schemas/D"), target_at(&document, "/components/schemas/E"));
    assert_eq!(target_at(&document, "/x-files/more.yaml/components/schemas/M/items")["title"], "a");

    // Before 3.2 it is not a field.
    let mut document = schemas_of_3_1(uri);
    assert_eq!(resolve(&mut document).len(), 1);
}

fn schemas_of_3_1(uri: &str) -> Value {
    let mut document = schemas(json!({ "A": {}, "B": { "$ref": format!("{uri}#/components/schemas/A") } }));
    document["$self"] = uri.into();
    document
}

/// One after the other, each of these took minutes: time that grew with the square of the size, or its cube.
#[test]
fn many_names_and_files_take_no_long_time() {
    let many = |count: usize, schema: &dyn Fn(usize) -> Value| {
        schemas((0..count).map(|number| (format!("S{number}"), schema(number))).collect::<Map<_, _>>().into())
    };
    let mut identified =
        many(20_000, &|number| json!({ "$id": format!("s{number}"), "$ref": format!("s{}", number / 2) }));
    assert_eq!(resolve(&mut identified), []);

    let mut outside = many(20_000, &|number| json!({ "$ref": format!("#/x-s/{number}") }));
    outside["x-s"] = vec![json!({}); 20_000].into();
    assert_eq!(resolve(&mut outside), []);

    let mut long = many(1, &|_| json!({ "$ref": format!("#{}", "/a".repeat(500_000)) }));
    assert_eq!(resolve(&mut long).len(), 1);

    let mut files = many(1_000, &|number| json!({ "$ref": format!("f{number}.yaml") }));
    let mut load = |_: &str| Ok(json!({ "items": { "$ref": "f0.yaml" } }));
    assert_eq!(bundle(&mut files, "api.yaml", &mut load), Ok(Vec::new()));
}
