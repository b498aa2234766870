//! The passes on data: each file in `lower/`, `refuse/` and `generate/` is a case.
//! Knows the fields of a case; must not know the passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use relay_rest_codegen::{Input, Item, Level, Problem, Settings, generate, lowered, outline, overlaid};
use serde::Deserialize;
use serde::de::DeserializeOwned;
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

/// A case of `lower/`: a schema, which becomes the component `Subject`, or a whole document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lowered {
    schema: Option<Value>,
    document: Option<Value>,
    expected: Value,
    #[serde(default)]
    problems: Vec<String>,
}

/// A case of `refuse/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    document: Value,
    overlay: Option<Value>,
    problems: Vec<String>,
}

/// A case of `generate/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Generated {
    document: Value,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    problems: Vec<String>,
    /// xtask compiles the client and reads these values.
    #[serde(default)]
    reads: Vec<Read>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a test of xtask uses the fields; here only their names are checked")]
struct Read {
    r#type: String,
    value: Value,
    r#as: String,
}

fn case<C: DeserializeOwned>(text: &str) -> Result<C, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// The cases of a folder by their names.
fn cases<C: DeserializeOwned>(folder: &str) -> BTreeMap<String, C> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = fs::read_dir(folder).expect("a folder of cases").flatten();
    let cases: BTreeMap<_, _> = files
        .map(|file| {
            let text = fs::read_to_string(file.path()).expect("a file");
            let name = file.file_name().to_string_lossy().into_owned();
            let case = case(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, case)
        })
        .collect();
    assert!(!cases.is_empty());
    cases
}

/// Each problem begins as expected, in this order, and there are no others.
fn assert_problems(name: &str, problems: &[String], expected: &[String]) {
    let is_expected = problems.len() == expected.len()
        && problems.iter().zip(expected).all(|(problem, expected)| problem.starts_with(expected.as_str()));
    assert!(is_expected, "{name}:\n  found    {problems:#?}\n  expected {expected:#?}");
}

fn told(problem: &Problem) -> String {
    let input = if problem.input == Input::Overlay { "overlay" } else { "document" };
    format!("{input}{problem}")
}

#[test]
fn schemas_are_lowered_as_expected() {
    for (name, case) in cases::<Lowered>("lower") {
        let is_whole = case.document.is_some();
        let document = match (case.schema, case.document) {
            (Some(schema), None) => json!({
                "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
                "components": { "schemas": { "Subject": schema, "Other": { "type": "string" } } },
            }),
            (None, Some(document)) => document,
            _ => panic!("{name} needs a schema or a document"),
        };
        let (lowered, problems) = lowered(document);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_problems(&name, &problems, &case.problems);
        let found = if is_whole { &lowered } else { &lowered["components"]["schemas"]["Subject"] };
        assert_eq!(*found, case.expected, "{name}");
        assert_eq!(lowered["openapi"], "3.0.3", "{name}");
    }
}

#[test]
fn documents_are_refused_with_every_problem() {
    for (name, case) in cases::<Refused>("refuse") {
        let overlay = case.overlay.map_or_else(|| IDLE.to_owned(), |overlay| overlay.to_string());
        let problems =
            generate(&case.document.to_string(), &overlay, &settings()).map(|_| ()).expect_err(&name);
        let told: Vec<String> = problems.iter().map(told).collect();
        assert!(!told.is_empty(), "{name}");
        assert_problems(&name, &told, &case.problems);
    }
}

#[test]
fn documents_are_generated_as_expected() {
    for (name, case) in cases::<Generated>("generate") {
        let settings = Settings { skip_unsupported: case.skip, ..settings() };
        let generated = generate(&case.document.to_string(), IDLE, &settings).unwrap_or_else(|problems| {
            panic!("{name}: {problems:#?}");
        });
        let outline = outline(&generated.source).expect("generated code parses");
        let lists = [&case.has, &case.lacks, &case.contains, &case.problems];
        let claims_something = lists.iter().any(|list| !list.is_empty()) || !case.reads.is_empty();
        assert!(claims_something, "{name} claims nothing");
        for line in &case.has {
            let is_there = outline.items.iter().any(|item| [item.to_string(), unmarked(item)].contains(line));
            assert!(is_there, "{name} lacks `{line}`:\n{outline}");
        }
        for text in &case.contains {
            assert!(generated.source.contains(text), "{name} lacks `{text}`");
        }
        for text in &case.lacks {
            let is_there = outline.to_string().contains(text) || generated.source.contains(text);
            assert!(!is_there, "{name} has `{text}`:\n{outline}");
            // A type that is not there lacks everything.
            if let Some(owner) = owner(text) {
                let mut items = outline.items.iter();
                let has_owner = items.any(|item| item.path() == owner || item.owner.as_ref() == Some(&owner));
                assert!(has_owner, "{name} has no `{owner}` that could lack `{text}`:\n{outline}");
            }
        }
        let problems: Vec<String> = generated.problems.iter().map(ToString::to_string).collect();
        assert_problems(&name, &problems, &case.problems);
        assert!(generated.problems.iter().all(|problem| problem.level != Level::Error));
    }
}

/// The line of an item without what it derives.
fn unmarked(item: &Item) -> String {
    let mut item = item.clone();
    item.derives.clear();
    item.non_exhaustive = false;
    item.to_string()
}

/// The type that an item belongs to: `variant types::A::B` ⇒ `types::A`, `impl Deserialize for A` ⇒ `types::A`.
fn owner(item: &str) -> Option<String> {
    let (kind, rest) = item.split_once(' ')?;
    let owner = match kind {
        "field" => rest.split_once('.')?.0,
        "variant" => rest.split(['(', '{']).next()?.rsplit_once("::")?.0,
        "method" => rest.split_once(": ")?.0,
        "impl" | "impl<'de>" => {
            return Some(format!("types::{}", rest.rsplit_once(" for ")?.1.split(' ').next()?));
        }
        _ => return None,
    };
    Some(owner.to_owned())
}

#[test]
fn a_misspelt_key_of_a_case_is_an_error() {
    let unknown = |text: &str| {
        let errors = [
            case::<Lowered>(text).map(drop).expect_err(text),
            case::<Refused>(text).map(drop).expect_err(text),
            case::<Generated>(text).map(drop).expect_err(text),
        ];
        assert!(errors.iter().all(|error| error.contains("unknown field")), "{text}: {errors:?}");
    };
    unknown("{document: {}, expected: {}, problems: [], contain: [a]}");
    unknown("{document: {}, Problems: [a]}");
    let error = case::<Generated>("{document: {}, reads: [{type: A, value: 1, As: A}]}").expect_err("a key");
    assert!(error.contains("unknown field"), "{error}");
    let error = case::<Generated>("{document: {}, has: a line}").expect_err("a list");
    assert!(error.contains("sequence"), "{error}");
}

#[test]
fn the_owner_of_an_item_is_known() {
    let owner = |item| owner(item).unwrap_or_default();
    assert_eq!(owner("variant types::A::B(::std::string::String)"), "types::A");
    assert_eq!(owner("field types::A.b: u8"), "types::A");
    assert_eq!(owner("method types::builder::A: fn b(self)"), "types::builder::A");
    assert_eq!(owner("impl<'de> ::serde::Deserialize<'de> for A {"), "types::A");
    assert_eq!(owner("struct types::A"), "");
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
