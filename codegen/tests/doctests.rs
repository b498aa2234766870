//! Text from a document never becomes code: rustdoc finds no test in the documentation of a generated client.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use relay_rest_codegen::{Settings, generate};
use serde_json::{Map, Value, json};
use syn::{Attribute, Fields, ImplItem, Item};

const OVERLAY: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";

#[test]
fn no_description_becomes_a_doctest() {
    let hostile: Vec<String> =
        serde_yaml::from_str(include_str!("descriptions/hostile.yaml")).expect("a list of strings");
    assert!(hostile.len() >= 100);
    let nested = nested(2_000);
    assert_eq!(nested.len(), 2_000);
    let library = documentation(&document(&hostile, &nested));
    let documented = library.matches("pub struct").count();
    assert!(documented > nested.len() + 8 * hostile.len(), "{documented} items are documented");

    let file = write("hostile", &library);
    assert_eq!(doctests(&file), [""; 0]);
    run("rustdoc", &file, &["-D", "warnings"]);
    run("rustc", &file, &["--crate-type", "lib", "--emit", "metadata", "-D", "warnings"]);
}

/// What shows that the tests above see anything.
#[test]
fn doctests_and_warnings_are_found_where_there_are_some() {
    let nested = nested(100);
    let library: String = nested
        .iter()
        .enumerate()
        .map(|(index, description)| format!("#[doc = {description:?}]\npub struct D{index};\n"))
        .collect();
    let found = doctests(&write("control", &format!("//! Unchanged.\n{library}")));
    // Some combinations are no code: a fence behind `>` and four spaces, for example.
    assert!(found.len() > nested.len() / 2, "{} of {}: {found:?}", found.len(), nested.len());

    let broken = write("broken", "//! A [link](y).\n");
    assert!(!output("rustdoc", &broken, &["-D", "warnings"]).status.success());
    let unreadable = write("unreadable", "//! A \u{202E} character.\n");
    assert!(!output("rustc", &unreadable, &["--crate-type", "lib", "--emit", "metadata"]).status.success());
}

/// A document that has the descriptions wherever the generator shows some, and names that look like code.
fn document(hostile: &[String], nested: &[String]) -> Value {
    let properties = |descriptions: &[String]| -> Map<String, Value> {
        let property = |(index, text): (usize, &String)| {
            (format!("p{index}"), json!({ "type": "string", "description": text }))
        };
        descriptions.iter().enumerate().map(property).collect()
    };
    let mut paths = Map::new();
    let mut schemas = Map::from_iter([(
        "Nested".to_owned(),
        json!({ "type": "object", "properties": properties(nested) }),
    )]);
    for (index, text) in hostile.iter().enumerate() {
        schemas.insert(
            format!("Subject{index}"),
            json!({
                "type": "object", "title": text, "description": text,
                "deprecated": true, "x-deprecated-reason": text,
                "properties": {
                    "described": { "type": "string", "description": text },
                    "old": { "type": "string", "deprecated": true, "description": format!("Deprecated: {text}") },
                    "nullable": { "type": ["string", "null"], "description": text, "default": text },
                    text: { "type": "string" },
                    "others": { "type": "string", "enum": [text, "other"], "default": text },
                },
            }),
        );
        let answer = json!({ "$ref": format!("#/components/schemas/Subject{index}") });
        let content = json!({ "application/json": { "schema": answer } });
        paths.insert(
            format!("/o{index}/{}", text.replace(['{', '}', '?', '#'], "")),
            json!({ "post": {
                "operationId": format!("operation {index}"), "summary": text, "description": text, "tags": [text],
                "deprecated": true, "x-deprecation-message": text,
                "parameters": [{ "name": "a", "in": "query", "description": text, "schema": { "type": "string" } }],
                "requestBody": { "description": text, "content": content },
                "responses": { "200": { "description": text, "content": content } },
            } }),
        );
    }
    json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1", "description": hostile[0] },
        "servers": [{ "url": "https://example.com/\u{202E}\r" }],
        "paths": paths, "components": { "schemas": schemas },
    })
}

/// Code constructs in three containers each, every container and construct in turn and the rest by a fixed sequence.
fn nested(count: usize) -> Vec<String> {
    const CONTAINERS: [[&str; 2]; 9] = [
        ["", ""],
        ["> ", "> "],
        ["> ", ""],
        ["- ", "  "],
        ["*   ", "    "],
        ["1. ", "   "],
        ["123) ", "     "],
        ["[^1]: ", "    "],
        ["- [x] ", "  "],
    ];
    const CODE: [&str; 14] = [
        "```\ncode\n```",
        "```rust\ncode",
        "~~~{.x}\ncode\n~~~",
        "````(x)\n```\ncode\n````",
        "    code",
        "\tcode\n\n\tcode",
        "text\n\n    code",
        "# text\n    code",
        "text\n---\n    code\n    ```",
        "<div>\n\n    code",
        "[x]: y\n    code",
        "\n\n      code",
        "text\n\n```json\n{}\n```\n```\ncode\n```",
        "| a |\n|---|\n    code",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap_or_default() % below
    };
    let one = |index: usize| {
        let containers = [index % CONTAINERS.len(), random(CONTAINERS.len()), random(CONTAINERS.len())];
        let code = CODE[index / CONTAINERS.len() % CODE.len()].to_owned();
        let text = containers.iter().fold(code, |text, container| {
            let [first, further] = CONTAINERS[*container];
            let lead = ["", "text\n", "text\n\n"][random(3)];
            lead.to_owned() + first + &text.replace('\n', &format!("\n{further}"))
        });
        text + ["", "\ntext", "\n\ntext"][random(3)]
    };
    (0..count).map(one).collect()
}

/// A library that has the documentation of the generated client of a document, without the code.
fn documentation(document: &Value) -> String {
    let settings = Settings::of_module("relay_rest::codegen_support");
    // YAML takes some characters only by their numbers.
    let mut ascii = String::new();
    for c in document.to_string().chars() {
        match c {
            ' '..='~' => ascii.push(c),
            c => ascii.extend([format!("\\u{:04x}", u32::from(c))]),
        }
    }
    let generated = generate(&ascii, OVERLAY, &settings).expect("a client");
    let refused = |c: char| matches!(c, '\r' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert_eq!(generated.source.find(refused), None, "rustc refuses this character in comments and literals");
    let file = syn::parse_file(&generated.source).expect("generated code parses");
    let mut documented = Vec::new();
    collect(&file.items, &mut documented);
    let item = |(index, attributes): (usize, Vec<Attribute>)| -> Item {
        let ident = quote::format_ident!("D{index}");
        syn::parse_quote!(#(#attributes)* pub struct #ident;)
    };
    let items = documented.into_iter().enumerate().map(item).collect();
    let library =
        prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items });
    // The methods of groups refer to those of the client, which is not here.
    library.replace("](super::Client::", "](https://example.com/")
}

/// The doc comments and deprecations of each item outside the builders, whose own links need the rest of the code.
fn collect(items: &[Item], documented: &mut Vec<Vec<Attribute>>) {
    let mut add = |attributes: &[Attribute]| {
        let is_shown = |attribute: &&Attribute| {
            attribute.path().is_ident("doc") || attribute.path().is_ident("deprecated")
        };
        documented.push(attributes.iter().filter(is_shown).cloned().collect());
    };
    let fields = |fields: &Fields, add: &mut dyn FnMut(&[Attribute])| {
        fields.iter().for_each(|field| add(&field.attrs));
    };
    for item in items {
        match item {
            Item::Struct(item) => {
                add(&item.attrs);
                fields(&item.fields, &mut add);
            }
            Item::Enum(item) if item.ident != "ErrorBody" => {
                add(&item.attrs);
                for variant in &item.variants {
                    add(&variant.attrs);
                    fields(&variant.fields, &mut add);
                }
            }
            Item::Impl(item) => {
                for item in &item.items {
                    if let ImplItem::Fn(function) = item {
                        add(&function.attrs);
                    }
                }
            }
            _ => {}
        }
    }
    for item in items {
        if let Item::Mod(module) = item
            && module.ident != "builder"
        {
            collect(module.content.as_ref().map_or(&[], |(_, items)| items), documented);
        }
    }
}

fn write(name: &str, library: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctests");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{name}.rs"));
    fs::write(&file, library).expect("a file");
    file
}

/// The names of the doctests that rustdoc finds.
fn doctests(file: &Path) -> Vec<String> {
    let listed = run("rustdoc", file, &["--test", "--test-args", "--list"]);
    assert!(listed.lines().any(|line| line.contains(" tests, ") || line.contains(" test, ")), "{listed}");
    listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

fn run(program: &str, file: &Path, arguments: &[&str]) -> String {
    let output = output(program, file, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {}", told.chars().take(4_000).collect::<String>());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn output(program: &str, file: &Path, arguments: &[&str]) -> std::process::Output {
    let program = Path::new(env!("CARGO")).with_file_name(program);
    Command::new(program)
        .arg(file)
        .args(["--edition", "2024", "--out-dir"])
        .arg(file.with_extension("out"))
        .args(arguments)
        .output()
        .expect("the toolchain's own program")
}
