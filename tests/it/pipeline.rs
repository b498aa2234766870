//! The vendored document and the code that is generated from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hmac_sha256::Hash;
use relay_rest_codegen::{ActionOutcome, generate, outline, overlaid};

use crate::cargo::{ROOT, generated};

#[path = "../../src/generator.rs"]
pub(crate) mod generator;

#[path = "../../src/vendored.rs"]
#[allow(dead_code, reason = "cargo names the files")]
mod vendored;

const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");
const OVERLAY: &str = include_str!("../../openapi/overlay.yaml");
const SETTINGS: &str = include_str!("../../src/generator.rs");
/// That of all packages here.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn source() -> String {
    generate(DOCUMENT, OVERLAY, &generator::settings()).expect("the vendored document generates").source
}

#[test]
fn the_vendored_document_is_what_source_toml_says() {
    let digest = Hash::hash(DOCUMENT.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("sha256 = \"{hex}\"");
    let source = include_str!("../../openapi/source.toml");
    assert!(source.lines().any(|found| found == line), "openapi/source.toml lacks {line}");
}

#[test]
fn the_vendored_document_is_the_block_of_the_page() {
    let page = Path::new(ROOT).join("../shared/upstream/request-mfa-sms.md");
    let Ok(page) = fs::read_to_string(&page) else {
        eprintln!("skipped: there is no {}", page.display());
        return;
    };
    let (_, from_block) = page.split_once("\n```yaml\n").expect("a block");
    // The fences inside the block are indented.
    let (block, _) = from_block.split_once("\n```\n").expect("the end of the block");
    assert_eq!(format!("{block}\n"), DOCUMENT);
}

/// How the conditions of actions begin that are for resources of other documents.
const WITHOUT_PATH: &str = "$[?!$.paths[";

/// Nothing is relaxed or left out unless this test is changed.
#[test]
fn the_vendored_document_loses_nothing() {
    let generated =
        generate(DOCUMENT, OVERLAY, &generator::settings()).expect("the vendored document generates");
    assert_eq!(generated.problems, []);
    let overlaid = overlaid(DOCUMENT, OVERLAY).expect("both can be read");
    let applied: BTreeSet<String> = overlaid
        .actions
        .iter()
        .filter(|action| action.outcome == ActionOutcome::Applied)
        .map(|action| action.target.clone())
        .collect();
    for action in overlaid.actions {
        // A skipped action is for another of SignalWire's documents; an action with the same target is applied here, or it is for
        // resources that this document does not have.
        let (is_for_another, is_of_no_path) = match &action.outcome {
            ActionOutcome::Skipped { unless } => (true, unless.starts_with(WITHOUT_PATH)),
            _ => (false, false),
        };
        assert!(is_for_another || action.outcome == ActionOutcome::Applied, "{}", action.target);
        assert!(is_of_no_path || applied.contains(&action.target), "{} is not corrected", action.target);
        assert_eq!(action.redundant, [], "{}: the document says the same", action.target);
    }
}

#[test]
fn the_same_bytes_give_the_same_bytes() {
    let first = source();
    assert!(first == source(), "two runs differ");
    assert!(first == generated("client.rs"), "the build and the test differ");
}

const STALE: &str = "run `cargo xtask generate`";

#[test]
fn the_shipped_client_is_the_generated_one() {
    let shipped = include_str!("../../openapi/client.rs").split_once('\n');
    let (first_line, code) = shipped.expect("two lines");
    assert_eq!(first_line, vendored::first_line([DOCUMENT, OVERLAY, SETTINGS], VERSION), "{STALE}");
    assert!(code == source(), "{STALE}");
}

#[cfg(feature = "mock")]
#[test]
fn the_shipped_mocks_are_the_generated_ones() {
    let shipped = include_str!("../../openapi/mocks.rs").split_once('\n');
    let (first_line, code) = shipped.expect("two lines");
    assert_eq!(first_line, vendored::first_line([DOCUMENT, OVERLAY, SETTINGS], VERSION), "{STALE}");
    let generated = generate(DOCUMENT, OVERLAY, &generator::settings()).expect("a client");
    assert!(code == relay_rest_codegen::mocks(&generated).expect("mocks"), "{STALE}");
}

#[test]
fn the_first_line_tells_any_other_input() {
    let of =
        |document, overlay, settings, version| vendored::first_line([document, overlay, settings], version);
    let line = of("a\nb\n", "c", "d", "0.1.0");
    assert_eq!(line, of("a\r\nb\r\n", "c", "d", "0.1.0"), "git may change line ends");
    let others = [
        of("a\nb", "c", "d", "0.1.1"),
        of("a\nb", "c", "e", "0.1.0"),
        of("a\nb", "e", "d", "0.1.0"),
        of("a", "b\nc", "d", "0.1.0"),
        of("ab", "c", "d", "0.1.0"),
    ];
    assert!(others.iter().all(|other| *other != line), "{others:?}");
}

/// `EXPECTORATE=overwrite cargo test -p relay-rest-tests outline` writes the file anew.
#[test]
fn the_outline_of_the_generated_code_is_the_one_on_file() {
    let outline = outline(&source()).expect("the generated code parses");
    expectorate::assert_contents("golden/outline.txt", &outline.to_string());
}

/// An operation with such a name would be a second method of that name, which does not compile.
#[test]
fn the_methods_of_the_client_are_reserved() {
    let mut found = BTreeSet::new();
    methods(&Path::new(ROOT).join("src"), &mut found);
    let reserved = generator::settings().reserved_methods;
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        reserved,
        "`METHODS` in src/generator.rs is not what src/ has"
    );

    let taken = DOCUMENT.replace("operationId: request-mfa-sms", "operationId: Verify");
    assert_ne!(taken, DOCUMENT);
    let generated = generate(&taken, OVERLAY, &generator::settings()).expect("a client");
    let methods: Vec<_> = generated.operations.iter().map(|(method, _)| method.as_str()).collect();
    assert!(methods.contains(&"verify_operation") && !methods.contains(&"verify"), "{methods:?}");
}

/// The functions in inherent impls of `Client` and `Server`, in all Rust files of a folder.
fn methods(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            methods(&path, found);
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file = syn::parse_file(&fs::read_to_string(&path).expect("a source file")).expect("Rust");
        for item in file.items {
            let syn::Item::Impl(syn::ItemImpl { trait_: None, self_ty, items, .. }) = item else { continue };
            let is_extended = |name: &str| matches!(&*self_ty, syn::Type::Path(of) if of.path.is_ident(name));
            if is_extended("Client") || is_extended("Server") {
                found.extend(items.iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                    _ => None,
                }));
            }
        }
    }
}

#[test]
fn nothing_that_the_document_does_not_ask_for_is_in_the_code() {
    let source = source();
    for unwanted in [
        "api-version",
        "api_version",
        "progenitor_client::Error",
        "ResponseValue",
        "ClientHooks",
        "```ignore",
    ] {
        assert!(!source.contains(unwanted), "the generated code has {unwanted}");
    }
    for wanted in
        ["https://signalwire.com/docs/platform/your-signalwire-api-space", "pub struct Unauthorized {"]
    {
        assert!(source.contains(wanted), "the generated code has no {wanted}");
    }
    assert!(!source.contains("](/docs"), "a link is still relative");
}
