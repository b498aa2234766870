//! The passes on data: each file in `lower/`, `refuse/` and `generate/` is a case.
//! Knows the fields of a case; must not know the passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use relay_rest_codegen::{Input, Level, Problem, Settings, generate, lowered, outline, overlaid};
use serde_json::{Value, json};

/// An overlay that changes what no pass looks at.
const IDLE: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";

fn settings() -> Settings {
    Settings {
        module: "relay_rest::handwritten".to_owned(),
        formats: vec![("e164".to_owned(), "E164".to_owned())],
        bounded_integer: "Bounded".to_owned(),
        reserved_methods: Vec::new(),
        skip_unsupported: false,
    }
}

/// The cases of a folder by their names.
fn cases(folder: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = fs::read_dir(folder).expect("a folder of cases").flatten();
    let cases: BTreeMap<_, _> = files
        .map(|file| {
            let text = fs::read_to_string(file.path()).expect("a file");
            let name = file.file_name().to_string_lossy().into_owned();
            let case = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, case)
        })
        .collect();
    assert!(!cases.is_empty());
    cases
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn told(problem: &Problem) -> String {
    let input = if problem.input == Input::Overlay { "overlay" } else { "document" };
    format!("{input}{problem}")
}

#[test]
fn schemas_are_lowered_as_expected() {
    for (name, case) in cases("lower") {
        let whole = case.get("document").cloned();
        let is_whole = whole.is_some();
        let of_schema = || {
            json!({
                "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
                "components": { "schemas": { "Subject": case["schema"], "Other": { "type": "string" } } },
            })
        };
        let (lowered, problems) = lowered(whole.unwrap_or_else(of_schema));
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected = texts(&case["problems"]);
        let as_expected =
            problems.iter().zip(&expected).all(|(told, expected)| told.starts_with(expected.as_str()));
        assert!(as_expected && problems.len() == expected.len(), "{name}: {problems:#?}");
        let found = if is_whole { &lowered } else { &lowered["components"]["schemas"]["Subject"] };
        assert_eq!(*found, case["expected"], "{name}");
        assert_eq!(lowered["openapi"], "3.0.3", "{name}");
    }
}

#[test]
fn documents_are_refused_with_every_problem() {
    for (name, case) in cases("refuse") {
        let overlay = case.get("overlay").map_or_else(|| IDLE.to_owned(), ToString::to_string);
        let problems =
            generate(&case["document"].to_string(), &overlay, &settings()).map(|_| ()).expect_err(&name);
        let told: Vec<String> = problems.iter().map(told).collect();
        let expected = texts(&case["problems"]);
        assert_eq!(told.len(), expected.len(), "{name}: {told:#?}");
        for (told, expected) in told.iter().zip(&expected) {
            assert!(told.starts_with(expected.as_str()), "{name}:\n  found    {told}\n  expected {expected}");
        }
    }
}

#[test]
fn documents_are_generated_as_expected() {
    for (name, case) in cases("generate") {
        let settings = Settings { skip_unsupported: case["skip"] == true, ..settings() };
        let generated = generate(&case["document"].to_string(), IDLE, &settings).unwrap_or_else(|problems| {
            panic!("{name}: {problems:#?}");
        });
        let outline = outline(&generated.source).expect("generated code parses");
        let is_there =
            |line: &String| outline.lines().any(|found| found.split(" (").next() == line.split(" (").next());
        for line in texts(&case["has"]) {
            assert!(is_there(&line), "{name} lacks `{line}`:\n{outline}");
        }
        for text in texts(&case["contains"]) {
            assert!(generated.source.contains(&text), "{name} lacks `{text}`");
        }
        for line in texts(&case["lacks"]) {
            let is_there = is_there(&line) || generated.source.contains(&line);
            assert!(!is_there, "{name} has `{line}`:\n{outline}");
        }
        let problems: Vec<String> = generated.problems.iter().map(ToString::to_string).collect();
        let expected = texts(&case["problems"]);
        let as_expected =
            problems.iter().zip(&expected).all(|(told, expected)| told.starts_with(expected.as_str()));
        assert!(as_expected && problems.len() == expected.len(), "{name}: {problems:#?}");
        assert!(generated.problems.iter().all(|problem| problem.level != Level::Error));
    }
}

#[test]
fn an_overlay_is_applied_in_order() {
    let overlay = "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: \
        [{target: $.info, update: {title: u, x-tags: [b]}, x-expects: {title: t}}, {target: \"$.info['x-tags']\", update: c}, {target: $.paths, remove: true, x-expects: {}}]}";
    let overlaid = overlaid("{openapi: 3.1.0, info: {title: t, x-tags: [a]}, paths: {}}", overlay)
        .expect("both can be read");
    assert_eq!(overlaid.problems(), []);
    assert_eq!(
        overlaid.document,
        json!({ "openapi": "3.1.0", "info": { "title": "u", "x-tags": ["a", "b", "c"] } })
    );
}
