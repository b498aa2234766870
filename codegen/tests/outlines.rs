//! The outlines of two documents differ in the same lines whether all of them is generated or only what is not the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use relay_rest_codegen::{Outline, Settings, generate, outline, outlines, parse};
use serde_json::{Value, json};

const IDLE: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";

fn settings() -> Settings {
    Settings { skip_unsupported: true, ..Settings::of_module("relay_rest::codegen_support") }
}

fn lines(outline: &Outline) -> BTreeSet<String> {
    outline.items.iter().map(ToString::to_string).collect()
}

/// The lines that only one of the two has, all being generated.
fn differences(old: &Value, new: &Value) -> [BTreeSet<String>; 2] {
    let all = [old, new].map(|document| {
        let generated = generate(&document.to_string(), IDLE, &settings()).expect("a client");
        lines(&outline(&generated.source).expect("Rust"))
    });
    [&all[0] - &all[1], &all[1] - &all[0]]
}

fn assert_same_differences(old: &Value, new: &Value, name: &str) {
    let [one, other] = outlines([old.clone(), new.clone()], &settings())
        .map(|outlined| lines(&outlined.expect("a client").outline));
    assert_eq!([&one - &other, &other - &one], differences(old, new), "{name}");
}

/// Every small edit of a document: a key less. With where it was.
fn edits(document: &Value) -> Vec<(String, Value)> {
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => {
                map.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
            }
            _ => Vec::new(),
        };
        for (key, value) in children {
            let at = format!("{at}/{key}");
            pointers(value, &at, found);
            found.push(at);
        }
    }
    let mut found = Vec::new();
    for section in ["/paths", "/components/schemas"] {
        pointers(document.pointer(section).expect("a section"), section, &mut found);
    }
    let edited = found.into_iter().filter_map(|at| {
        let mut edited = document.clone();
        let (parent, key) = at.rsplit_once('/')?;
        let key = key.replace("~1", "/").replace("~0", "~");
        edited.pointer_mut(parent)?.as_object_mut()?.shift_remove(&key)?;
        Some((at, edited))
    });
    edited.collect()
}

/// Compares a document with some of its edits, and returns how many.
fn compare_edits(document: &str, step: usize) -> usize {
    let path = format!("{}/../../{document}", env!("CARGO_MANIFEST_DIR"));
    let document = parse(&fs::read_to_string(path).expect("the document")).expect("YAML");
    let mut compared = 0;
    for (at, edited) in edits(&document).into_iter().step_by(step) {
        // What refers to nothing, or is no document, gives no client.
        if generate(&edited.to_string(), IDLE, &settings()).is_ok() {
            assert_same_differences(&document, &edited, &format!("without {at}"));
            compared += 1;
        }
    }
    compared
}

#[test]
fn what_differs_is_the_same_as_of_whole_outlines() {
    let compared = compare_edits("openapi/relay-rest.yaml", 2);
    assert!(compared > 50, "{compared}");
}

#[test]
fn what_differs_is_the_same_for_a_document_with_unions_and_compositions() {
    let compared = compare_edits("xtask/tests/documents/workshop.yaml", 20);
    assert!(compared > 10, "{compared}");
}

/// What `../shared` has at this path; nothing where there is no `../shared`, as in a clone alone.
fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !shared.exists() {
        eprintln!("skipped: there is no {}", shared.display());
        return None;
    }
    let path = shared.join(path);
    assert!(path.exists(), "there is no {}", path.display());
    Some(path)
}

#[test]
fn what_differs_is_the_same_for_real_pairs() {
    let Some(pairs) = shared("upstream/pairs") else { return };
    let (mut compared, mut all) = (0, 0);
    for folder in fs::read_dir(pairs).expect("a folder").flatten() {
        let document = |stem: &str| -> Option<Value> {
            let mut files = fs::read_dir(folder.path()).expect("a folder").flatten().map(|file| file.path());
            let file = files.find(|path| path.file_stem().is_some_and(|found| found == stem));
            let file = file.unwrap_or_else(|| panic!("{} has no {stem}", folder.path().display()));
            let document = parse(&fs::read_to_string(file).expect("a file")).ok()?;
            generate(&document.to_string(), IDLE, &settings()).ok().map(|_| document)
        };
        all += 1;
        if let (Some(old), Some(new)) = (document("base"), document("revision")) {
            assert_same_differences(&old, &new, &folder.file_name().to_string_lossy());
            compared += 1;
        }
    }
    eprintln!("{compared} of {all} pairs give clients");
    assert!(compared * 2 > all, "{compared} of {all} pairs give clients");
}

#[test]
fn what_differs_is_the_same_for_webhooks() {
    let payload = |name: &str| json!({ "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } } } });
    let object =
        |property: &str| json!({ "type": "object", "properties": { property: { "type": "string" } } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1" },
        "webhooks": { "bought": payload("Pet"), "sold": payload("Pet") },
        "paths": { "/a": { "get": { "operationId": "a", "responses": { "204": { "description": "d" } } } } },
        "components": { "schemas": { "Pet": object("name"), "Other": object("other") } }
    });
    let edited = |edit: &dyn Fn(&mut Value)| {
        let mut edited = document.clone();
        edit(&mut edited);
        edited
    };
    let edits = [
        edited(&|document| document["webhooks"]["sold"] = payload("Other")),
        edited(&|document| document["webhooks"]["lost"] = payload("Pet")),
        edited(&|document| document["components"]["schemas"]["Pet"] = object("age")),
        edited(&|document| document["webhooks"]["sold"]["post"]["operationId"] = json!("gone")),
    ];
    for (index, edited) in edits.iter().enumerate() {
        assert_same_differences(&document, edited, &index.to_string());
        assert_same_differences(edited, &document, &index.to_string());
        assert_ne!(differences(&document, edited), [BTreeSet::new(), BTreeSet::new()], "{index}");
    }
}

#[test]
fn what_differs_is_the_same_for_tags() {
    let operation = |id: &str, tags: &[&str]| json!({ "get": { "operationId": id, "tags": tags, "responses": { "204": { "description": "d" } } } });
    let document = |a: &[&str], b: &[&str]| {
        json!({
            "openapi": "3.1.0",
            "info": { "title": "t", "version": "1" },
            "paths": { "/a": operation("a", a), "/b": operation("b", b) }
        })
    };
    let old = document(&["Pets"], &["Pets"]);
    // Renamed, moved to another tag, and in one more.
    for new in [
        document(&["Cats"], &["Cats"]),
        document(&["Pets"], &["Cats"]),
        document(&["Pets"], &["Pets", "Cats"]),
    ] {
        assert_same_differences(&old, &new, "tags");
        assert_same_differences(&new, &old, "tags");
    }
    let [lost, added] = differences(&old, &document(&["Pets"], &["Cats"]));
    let method = |of: &str| format!("method groups::{of}<'_>: fn b(&self) -> super::builder::B");
    assert!(lost.contains(&method("Pets")) && added.contains(&method("Cats")), "{lost:?} {added:?}");
    assert!(!lost.iter().any(|line| line.starts_with("struct")), "{lost:?}");
}

/// A union with a branch more at `index`, and an operation more in front.
fn with_a_branch(document: &Value, index: usize, branch: Value) -> Value {
    let mut document = document.clone();
    document["components"]["schemas"]["Union"]["oneOf"]
        .as_array_mut()
        .expect("branches")
        .insert(index, branch);
    let mut paths = json!({ "/0": { "get": { "operationId": "first", "responses": { "204": { "description": "d" } } } } });
    paths.as_object_mut().expect("a map").extend(document["paths"].as_object().expect("a map").clone());
    document["paths"] = paths;
    document
}

/// A name depends on its own branch alone, so that an addition renames nothing.
#[test]
fn an_added_branch_renames_no_other() {
    let object = |title: &str, property: &str| json!({ "type": "object", "title": title, "required": [property], "properties": { property: { "type": "string" } } });
    let tagged = |value: &str| json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "const": value }, "n": { "type": "integer" } } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": { "200": {
            "description": "d",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Union" } } }
        } } } } },
        "components": { "schemas": {
            "Union": { "oneOf": [
                { "$ref": "#/components/schemas/UnionOne" },
                { "$ref": "#/components/schemas/UnionTwo" },
                tagged("a"),
                object("Titled", "x"),
                { "type": "string" },
                { "type": "array", "items": tagged("in-a-list") },
            ] },
            "UnionOne": object("One", "one"),
            "UnionTwo": object("Two", "two"),
            "Other": object("Other", "other"),
        } }
    });
    let old = lines(
        &outline(&generate(&document.to_string(), IDLE, &settings()).expect("a client").source)
            .expect("Rust"),
    );
    assert!(old.iter().any(|line| line.starts_with("variant types::Union::UnionOne(")), "{old:#?}");
    let added = [
        json!({ "$ref": "#/components/schemas/Other" }),
        tagged("b"),
        object("Another", "y"),
        json!({ "type": "integer" }),
        json!({ "type": "object", "properties": { "z": { "type": "string" } } }),
    ];
    for branch in added {
        for index in 0..=6 {
            let document = with_a_branch(&document, index, branch.clone());
            let new = generate(&document.to_string(), IDLE, &settings()).expect("a client");
            let new = lines(&outline(&new.source).expect("Rust"));
            assert_eq!(&old - &new, BTreeSet::new(), "{branch} at {index}");
        }
    }
}
