//! The passes on data: each file in `lower/`, `refuse/` and `generate/` is a case.
//!
//! `EXPECTORATE=overwrite cargo test -p relay-rest-codegen-tests --test cases` writes what is found into the cases that expect
//! something else, where that is a matter of fact. What a case claims (`lacks`, `contains`, that an item is there) is its
//! author's and fails all the same.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "cases/splice.rs"]
mod splice;

use relay_rest_codegen::{
    Input, Item, Level, Outline, Problem, Settings, generate, lowered, outline, overlaid,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An overlay that changes what no pass looks at.
const IDLE: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";

fn settings() -> Settings {
    let dates = [("date-time", "DateTime"), ("date", "Date")];
    let owned = |(format, of): (&str, &str)| (format.to_owned(), of.to_owned());
    Settings {
        module: "relay_rest::codegen_support".to_owned(),
        formats: [("e164", "E164")].into_iter().chain(dates).map(owned).collect(),
        received_formats: [("uuid", "Identifier")].into_iter().chain(dates).map(owned).collect(),
        bounded_integer: "Bounded".to_owned(),
        integer_formats: vec![("seconds".to_owned(), "Seconds".to_owned())],
        patterns: true,
        streams: true,
        multipart: true,
        security: true,
        fills_server_url: false,
        received_builders: None,
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
    expected: Option<Value>,
    #[serde(default)]
    problems: Vec<String>,
}

/// A case of `refuse/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    document: Value,
    overlay: Option<Value>,
    #[serde(default)]
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

/// A file with a case, and what it expects wrongly.
struct File {
    path: PathBuf,
    text: String,
    /// What is found for a key, where the case expects something else.
    found: Vec<(&'static str, Value)>,
    /// What is wrong, in words.
    failures: Vec<String>,
}

impl File {
    /// Expects `value` to be that of `key`.
    fn expect(&mut self, key: &'static str, expected: Option<&Value>, value: &Value) {
        if expected != Some(value) {
            let shown = expected.map_or_else(|| "nothing".to_owned(), |expected| format!("{expected:#}"));
            self.differs(key, value.clone(), format!("`{key}` is\n{value:#}\nexpected is\n{shown}"));
        }
    }

    /// Expects each problem to begin as a line of `problems`, in this order, and no others.
    fn expect_problems(&mut self, problems: &[String], expected: &[String]) {
        let begins = |expected: &String, problem: &String| problem.starts_with(expected.as_str());
        let as_expected = splice::common(expected, problems, begins);
        if as_expected.len() != problems.len() || as_expected.len() != expected.len() {
            // What holds stays as it is written, be it the beginning of a problem.
            let mut found = problems.to_vec();
            as_expected.iter().for_each(|(at, index)| found[*index].clone_from(&expected[*at]));
            let message = format!("found    {problems:#?}\n  expected {expected:#?}");
            self.differs("problems", found.into(), message);
        }
    }

    /// Expects each line of `has` to be in the outline. An item that is there with another signature is a matter of fact.
    fn expect_lines(&mut self, outline: &Outline, has: &[String]) {
        let mut found = has.to_vec();
        for line in &mut found {
            if outline.items.iter().any(|item| [item.to_string(), unmarked(item)].contains(line)) {
                continue;
            }
            let same: Vec<&Item> = outline.items.iter().filter(|item| is_of(line, item)).collect();
            match same[..] {
                [item] => *line = if line.contains(" (") { item.to_string() } else { unmarked(item) },
                _ => self.failures.push(format!("the outline lacks `{line}`:\n{outline}")),
            }
        }
        if found != has {
            let message = format!("the outline has {found:#?}\n  expected {has:#?}");
            self.differs("has", found.into(), message);
        }
    }

    fn differs(&mut self, key: &'static str, found: Value, message: String) {
        match env::var("EXPECTORATE").as_deref() {
            Ok("overwrite") => self.found.push((key, found)),
            _ => self.failures.push(format!(
                "{message}\n  if that is right, `EXPECTORATE=overwrite cargo test -p relay-rest-codegen-tests --test cases` writes it into the case"
            )),
        }
    }

    /// Writes what is found into the file; what is wrong with the case all the same.
    fn finish(self) -> Vec<String> {
        let mut text = self.text.clone();
        let mut failures = self.failures;
        for (key, found) in &self.found {
            match splice::with_key(&text, key, found) {
                Ok(edited) => text = edited,
                Err(error) => failures.push(error),
            }
        }
        if text != self.text {
            fs::write(&self.path, text).expect("a file that can be written");
            println!("rewritten: {}", self.path.display());
        }
        failures
    }
}

/// Checks each case of a folder; all that fail are reported.
#[track_caller]
fn each<C: DeserializeOwned>(folder: &str, check: impl Fn(C, &mut File)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).expect("a folder of cases").flatten();
    let files: BTreeMap<_, _> =
        files.map(|file| (file.file_name().to_string_lossy().into_owned(), file.path())).collect();
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    for (name, path) in files {
        let text = fs::read_to_string(&path).expect("a file");
        let found = match case(&text) {
            Ok(case) => {
                let mut file = File { path, text, found: Vec::new(), failures: Vec::new() };
                check(case, &mut file);
                file.finish()
            }
            Err(error) => vec![error],
        };
        failures.extend(found.iter().map(|failure| format!("{name}: {failure}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Whether a case's line is about this field, variant, type or method; an `impl` has no signature that could differ.
fn is_of(line: &str, item: &Item) -> bool {
    let until = |text: &str, ends: &[char]| text[..text.find(ends).unwrap_or(text.len())].to_owned();
    let Some((kind, rest)) = line.split_once(' ') else { return false };
    let path = match kind {
        "method" => rest.split_once(": ").and_then(|(owner, signature)| {
            let (_, name) = signature.split_once("fn ")?;
            Some(format!("{}::{}", until(owner, &['<']), until(name, &['<', '('])))
        }),
        "impl" => None,
        _ => Some(until(rest, &[' ', '(', '<']).trim_end_matches(':').to_owned()),
    };
    item.kind.to_string() == kind && path == Some(item.path())
}

/// `document#/paths: message`.
fn in_input(problem: &Problem) -> String {
    let input = if problem.input == Input::Overlay { "overlay" } else { "document" };
    format!("{input}{problem}")
}

#[test]
fn schemas_are_lowered_as_expected() {
    each("lower", |case: Lowered, file| {
        let is_whole = case.document.is_some();
        let document = match (case.schema, case.document) {
            (Some(schema), None) => json!({
                "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
                "components": { "schemas": { "Subject": schema, "Other": { "type": "string" } } },
            }),
            (None, Some(document)) => document,
            _ => return file.failures.push("it needs a schema or a document".to_owned()),
        };
        let (lowered, problems) = lowered(document);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let found = if is_whole { &lowered } else { &lowered["components"]["schemas"]["Subject"] };
        file.expect("expected", case.expected.as_ref(), found);
        file.expect_problems(&problems, &case.problems);
        if lowered["openapi"] != "3.0.3" {
            file.failures.push(format!("`openapi` is {}", lowered["openapi"]));
        }
    });
}

#[test]
fn documents_are_refused_with_every_problem() {
    each("refuse", |case: Refused, file| {
        let overlay = case.overlay.map_or_else(|| IDLE.to_owned(), |overlay| overlay.to_string());
        match generate(&case.document.to_string(), &overlay, &settings()) {
            Err(problems) if !problems.is_empty() => {
                let problems: Vec<String> = problems.iter().map(in_input).collect();
                file.expect_problems(&problems, &case.problems);
            }
            _ => file.failures.push("the document is not refused".to_owned()),
        }
    });
}

#[test]
fn documents_are_generated_as_expected() {
    each("generate", |case: Generated, file| {
        let settings = Settings { skip_unsupported: case.skip, ..settings() };
        let generated = match generate(&case.document.to_string(), IDLE, &settings) {
            Ok(generated) => generated,
            Err(problems) => return file.failures.push(format!("no client: {problems:#?}")),
        };
        let outline = outline(&generated.source).expect("generated code parses");
        let lists = [&case.has, &case.lacks, &case.contains, &case.problems];
        if lists.iter().all(|list| list.is_empty()) && case.reads.is_empty() {
            file.failures.push("it claims nothing".to_owned());
        }
        file.expect_lines(&outline, &case.has);
        for text in case.contains.iter().filter(|text| !generated.source.contains(*text)) {
            file.failures.push(format!("the source lacks `{text}`"));
        }
        for text in &case.lacks {
            if outline.to_string().contains(text) || generated.source.contains(text) {
                file.failures.push(format!("the source has `{text}`:\n{outline}"));
            }
            // A type that is not there lacks everything.
            if let Some(owner) = owner(text) {
                let mut items = outline.items.iter();
                if !items.any(|item| item.path() == owner || item.owner.as_ref() == Some(&owner)) {
                    file.failures.push(format!("no `{owner}` could lack `{text}`:\n{outline}"));
                }
            }
        }
        let problems: Vec<String> = generated.problems.iter().map(ToString::to_string).collect();
        file.expect_problems(&problems, &case.problems);
        if generated.problems.iter().any(|problem| problem.level == Level::Error) {
            file.failures.push("a client is generated in spite of an error".to_owned());
        }
    });
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
fn a_line_is_of_an_item_whatever_its_signature() {
    let source = "
        pub mod types { pub struct A<'a> { pub b: u8 } pub enum C { D(u8) } impl X for C {} }
        pub mod builder { pub struct A; impl A { pub fn b(self) {} } }
    ";
    let outline = outline(source).expect("it parses");
    let of = |line: &str| -> Vec<String> {
        outline.items.iter().filter(|item| is_of(line, item)).map(Item::path).collect()
    };
    for (line, path) in [
        ("method builder::A<'a>: async fn b<V>(mut self) -> u8", "builder::A::b"),
        ("field types::A.b: ::std::option::Option<u8>", "types::A.b"),
        ("variant types::C::D { c: u8 }", "types::C::D"),
        ("struct types::A (Debug)", "types::A"),
    ] {
        assert_eq!(of(line), [path], "{line}");
    }
    for line in [
        "method builder::A: fn bc(self)",
        "method types::A: fn b(self)",
        "field types::A.bc: u8",
        "enum types::A",
        "impl X for C in types",
    ] {
        assert!(of(line).is_empty(), "{line}");
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
