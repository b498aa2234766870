//! `cargo xtask sync` as a process, with a local server and a temporary checkout.

mod checkout;
mod compiles;
mod concurrency;
mod folders;
mod interruptions;
mod overlay;
mod server;
mod several_files;

use std::path::{Path, PathBuf};

use checkout::{Checkout, changed, page};
use server::{Reply, Server};

/// A document with one operation, which merges with the vendored one.
fn small_document(path: &str, id: &str) -> String {
    let (head, _) = checkout::DOCUMENT.split_once("paths:\n").expect("paths");
    let (_, rest) = checkout::DOCUMENT.split_once("\nservers:\n").expect("servers");
    let operation = format!(
        "paths:\n  {path}:\n    get:\n      operationId: {id}\n      responses:\n        '200':\n          description: Of no interest.\n"
    );
    format!("{head}{operation}servers:\n{rest}")
}

/// A path in `../shared`; none without that folder, as in a plain clone.
fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if !shared.exists() {
        eprintln!("skipped: there is no {}", shared.display());
        return None;
    }
    let path = shared.join(path);
    assert!(path.exists(), "there is no {}", path.display());
    Some(path)
}

#[test]
fn an_unchanged_page_changes_nothing() {
    let checkout = Checkout::new();
    let before = checkout.times();
    let server = Server::start(vec![("/page.md", Reply::text(page(checkout::DOCUMENT)))]);
    let ended = checkout.sync(&["--source", &server.url("/page.md")]);
    ended.succeeds("nothing changed\n");
    assert_eq!(checkout.times(), before);
}

#[test]
fn the_real_page_has_the_vendored_document_byte_for_byte() {
    let Some(path) = shared("upstream/request-mfa-sms.md") else { return };
    let path = &path.display().to_string();
    Checkout::new().sync(&["--source", path]).succeeds("nothing changed\n");
}

#[test]
fn a_changed_page_is_vendored_byte_for_byte() {
    let checkout = Checkout::new();
    let overlay = checkout.time("overlay.yaml");
    let document = changed();
    let server = Server::start(vec![("/page.md", Reply::text(page(&document)))]);
    let url = server.url("/page.md");
    let ended = checkout.sync(&["--source", &url]);
    ended.succeeds(
        "patch: 0 wire-breaking, 0 Rust-breaking, 0 additive\n0 breaking, 0 warning, 0 info, 1 docs\nthe document: 1 lines added, 1 lines removed\nopenapi/relay-rest.yaml is up to date\n",
    );
    assert_eq!(checkout.read("relay-rest.yaml"), document);
    checkout.matches();
    assert_eq!(checkout.time("overlay.yaml"), overlay, "the overlay was touched");
    assert!(checkout.read("source.toml").contains(&format!("sources = [\"{url}\"]")));
    assert_eq!(checkout.leftovers(), Vec::<String>::new());
    // The record has the new source.
    checkout.sync(&[]).succeeds("nothing changed\n");
}

#[test]
fn the_pages_that_an_index_lists_are_merged() {
    let checkout = Checkout::new();
    let index = "# Docs\n\n- [Sms](/docs/mfa/sms.md): about it\n- [One](/docs/mfa/one.md)\n- [Two](two.md)\n- [Other](/docs/other.md)\n";
    let server = Server::start(vec![
        ("/docs/mfa/llms.txt", Reply::tagged("1", index.to_owned())),
        ("/docs/mfa/sms.md", Reply::tagged("2", page(checkout::DOCUMENT))),
        ("/docs/mfa/one.md", Reply::tagged("3", page(&small_document("/one", "get-one")))),
        ("/docs/mfa/two.md", Reply::tagged("4", page(&small_document("/two", "get-two")))),
        ("/docs/other.md", Reply::Status(404)),
    ]);
    let url = server.url("/docs/mfa/llms.txt");
    let ended = checkout.sync(&["--source", &url]);
    ended.fails("it is an index of 4 pages, such as\n  /docs/mfa/sms.md\n");
    checkout
        .sync(&["--source", &url, "--select", "*/nothing/*"])
        .fails("none of its 4 links fits `*/nothing/*`");
    checkout.is_untouched();

    let ended = checkout.sync(&["--source", &url, "--select", "*/mfa/*"]);
    assert!(ended.stdout.contains("+ method Client: fn get_one(&self) -> builder::GetOne\n"), "{ended:?}");
    assert!(ended.stdout.contains("+ method Client: fn get_two(&self) -> builder::GetTwo\n"), "{ended:?}");
    checkout.matches();
    let paths = ["\n  /mfa/sms:\n", "\n  /one:\n", "\n  /two:\n"]
        .map(|path| checkout.read("relay-rest.yaml").find(path));
    assert!(
        paths.is_sorted() && paths[0].is_some(),
        "the paths are not in the order of the index: {paths:?}"
    );

    // The next sync requests each page once, with its entity tag.
    let before = server.requests().len();
    checkout.sync(&[]).succeeds("nothing changed\n");
    let conditions: Vec<String> =
        server.requests()[before..].iter().filter_map(|request| request.header("if-none-match")).collect();
    let mut sorted = conditions.clone();
    sorted.sort();
    assert_eq!(sorted, ["\"1\"", "\"2\"", "\"3\"", "\"4\""]);
    assert_eq!(server.requests().len() - before, 4);
}

#[test]
fn conflicting_sources_are_reported_with_both_values() {
    let checkout = Checkout::new();
    let other =
        checkout::DOCUMENT.replace("summary: Request a MFA token via text message", "summary: Another");
    let server = Server::start(vec![
        ("/a.md", Reply::text(page(checkout::DOCUMENT))),
        ("/b.yaml", Reply::text(other.replace("YOUR_SPACE", "OTHER_SPACE"))),
    ]);
    let (a, b) = (server.url("/a.md"), server.url("/b.yaml"));
    let ended = checkout.sync(&["--source", &a, "--source", &b]);
    ended.fails("error: #/servers/0/url is not the same everywhere:\n");
    ended.fails(&format!(
        "error: #/paths/~1mfa~1sms/post/summary is not the same everywhere:\n  \"Request a MFA token via text message\"\n    in {a}\n  \"Another\"\n    in {b}\n"
    ));
    checkout.is_untouched();
}

#[test]
fn a_slice_of_the_complete_document_gives_the_same_client() {
    let Some(path) = shared("upstream/relay-rest-full.yaml") else { return };
    slice_gives_the_same_client(&Checkout::new(), &["--source", &path.display().to_string()]);
}

#[test]
fn a_slice_of_a_larger_document_gives_the_same_client() {
    let checkout = Checkout::new();
    std::fs::write(checkout.root().join("mfa.yaml"), checkout::DOCUMENT).expect("a file");
    let workshop = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/documents/workshop.yaml");
    let sources = ["--source", "mfa.yaml", "--source", workshop];
    let whole = checkout.sync(&[&sources[..], &["--dry-run"]].concat());
    assert!(whole.stdout.contains("+ method Client: fn create_repair(&self)"), "{whole:?}");
    slice_gives_the_same_client(&checkout, &sources);
}

/// Asserts that the operations on `/mfa` of these sources give the client of the vendored document.
fn slice_gives_the_same_client(checkout: &Checkout, sources: &[&str]) {
    let ended = checkout.sync(&[sources, &["--paths", "/mfa"]].concat());
    assert!(ended.stdout.contains("patch: 0 wire-breaking, 0 Rust-breaking, 0 additive\n"), "{ended:?}");
    // Actions for other documents are skipped without a message.
    assert!(!ended.stderr.contains("skipped"), "{ended:?}");
    checkout.matches();
    assert!(checkout.read("source.toml").contains("[slice]\npaths = [\"/mfa\"]\n"));
    // The recorded slice is applied again.
    checkout.sync(&[]).succeeds("nothing changed\n");
}

#[test]
fn a_prefix_of_the_paths_moves_into_the_server() {
    let checkout = Checkout::new();
    let unified = checkout::DOCUMENT.replace("  /mfa/sms:", "  /api/relay/rest/mfa/sms:").replace(
        "https://YOUR_SPACE.signalwire.com/api/relay/rest",
        "https://{your_space_name}.signalwire.com\n    variables: {your_space_name: {default: YOUR_SPACE}}",
    );
    let server = Server::start(vec![("/openapi.yaml", Reply::text(unified))]);
    let ended =
        checkout.sync(&["--source", &server.url("/openapi.yaml"), "--strip-prefix", "/api/relay/rest"]);
    assert!(ended.stdout.contains("patch: 0 wire-breaking, 0 Rust-breaking, 0 additive\n"), "{ended:?}");
    let document = checkout.read("relay-rest.yaml");
    assert!(document.contains("url: https://{your_space_name}.signalwire.com/api/relay/rest\n"));
    assert!(document.contains("\n  /mfa/sms:\n"));
}

#[test]
fn check_and_dry_run_write_nothing() {
    let checkout = Checkout::new();
    let server = Server::start(vec![
        ("/same.md", Reply::text(page(checkout::DOCUMENT))),
        ("/other.md", Reply::text(page(&changed()))),
    ]);
    let before = checkout.times();
    let ended = checkout.sync(&["--check", "--source", &server.url("/other.md")]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stdout.ends_with("the published document differs from the vendored one\n"));
    let ended = checkout.sync(&["--dry-run", "--source", &server.url("/other.md")]);
    ended.succeeds(
        "patch: 0 wire-breaking, 0 Rust-breaking, 0 additive\n0 breaking, 0 warning, 0 info, 1 docs\nthe document: 1 lines added, 1 lines removed\n",
    );
    checkout.sync(&["--check", "--source", &server.url("/same.md")]).succeeds("nothing changed\n");
    assert_eq!(checkout.times(), before);
    checkout.is_untouched();
}

#[test]
fn a_document_that_cannot_be_read_changes_nothing() {
    let checkout = Checkout::new();
    let bomb = format!(
        "openapi: 3.1.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}",
        (0..9)
            .map(|level| format!(
                "a{}: &a{} [{}]\n",
                level + 1,
                level + 1,
                vec![format!("*a{level}"); 10].join(", ")
            ))
            .collect::<String>()
    );
    let server = Server::start(vec![
        ("/bomb.yaml", Reply::text(bomb)),
        (
            "/syntax.md",
            Reply::text(page(
                &checkout::DOCUMENT.replace("title: Types.StatusCodes.StatusCode401\n", "title: [\n"),
            )),
        ),
    ]);
    for (path, reason) in
        [("/bomb.yaml", "error: the published document#"), ("/syntax.md", "error: the published document#")]
    {
        let ended = checkout.sync(&["--source", &server.url(path)]);
        ended.fails(reason);
        ended.fails("error: the published document is invalid; nothing was changed\n");
        // A document that is not OpenAPI is not vendored, not even with `--anyway`.
        let ended = checkout.sync(&["--anyway", "--source", &server.url(path)]);
        ended.fails("error: the published document is invalid; nothing was changed\n");
    }
    checkout.is_untouched();
}

#[test]
fn an_invalid_source_is_an_error_that_says_why() {
    let checkout = Checkout::new();
    let page = page(checkout::DOCUMENT);
    let server = Server::start(vec![
        ("/broken", Reply::Status(500)),
        ("/login", Reply::typed("text/html", "<!doctype html><title>Sign in</title>".to_owned())),
        ("/truncated.md", Reply::Truncated(page.clone())),
        ("/cut.md", Reply::text(page[..page.len() / 2].to_owned())),
        ("/huge.md", Reply::Endless(100 << 20)),
        ("/words.md", Reply::text("# Title\n\nWords.\n".to_owned())),
        ("/index.md", Reply::text("- [a](index.md)\n".to_owned())),
        ("/elsewhere.md", Reply::text("- [x](http://127.0.0.1:9/x.md)\n- [y](y.md)\n".to_owned())),
        ("/upwards.md", Reply::text("- [x](../../x.md)\n".to_owned())),
        ("/many.md", Reply::text((0..1001).map(|page| format!("- [a]({page}.md)\n")).collect())),
    ]);
    for (path, reason) in [
        ("/nothing", "server responded 404 Not Found\n"),
        ("/broken", "server responded 500 Internal Server Error\n"),
        ("/login", "it is HTML, perhaps a login page"),
        ("/truncated.md", "error decoding response body"),
        ("/cut.md", "the block of the document is not closed: the page is truncated\n"),
        ("/huge.md", "it is larger than 16 MiB\n"),
        (
            "/words.md",
            "it is neither an OpenAPI document, nor a page with one under \"OpenAPI Specification\"",
        ),
    ] {
        let url = server.url(path);
        checkout.sync(&["--source", &url]).fails(&format!("error: {url}: {reason}"));
    }
    checkout
        .sync(&["--source", &server.url("/index.md"), "--select", "*"])
        .fails("an index that another index links to is not read\n");
    for (path, link) in [("/elsewhere.md", "http://127.0.0.1:9/x.md"), ("/upwards.md", "../../x.md")] {
        let fails = format!(
            "the link `{link}` leaves the host or folder of the index; pass it as a --source of its own\n"
        );
        let url = server.url(path);
        let ended = checkout.sync(&["--source", &url, "--select", "*x.md"]);
        // On one host there is no folder to leave.
        ended.fails(if path == "/upwards.md" { "server responded 404 Not Found\n" } else { &fails });
        let index = checkout.root().join("index.md").display().to_string();
        std::fs::write(&index, format!("- [x]({link})\n")).expect("a file");
        checkout.sync(&["--source", &index, "--select", "*x.md"]).fails(&fails);
    }
    checkout.sync(&["--source", &server.url("/many.md"), "--select", "*"]).fails("at most 1000 are read\n");
    checkout.sync(&["--source", "nothing.yaml"]).fails("error: nothing.yaml: No such file");
    checkout.sync(&["--source", "http://example.invalid/a.md"]).fails("documents come over https only\n");
    // A server error is retried once.
    assert_eq!(server.requests().iter().filter(|request| request.path == "/broken").count(), 2);
    checkout.is_untouched();
}

#[test]
fn a_server_error_is_retried_once() {
    let checkout = Checkout::new();
    let server = Server::start(vec![("/page.md", Reply::FailingOnce(page(&changed())))]);
    let ended = checkout.sync(&["--source", &server.url("/page.md")]);
    assert_eq!((ended.code, server.requests().len()), (Some(0), 2));
    checkout.matches();
}

#[test]
fn the_form_of_a_source_depends_on_its_content_and_not_its_media_type() {
    let checkout = Checkout::new();
    let server = Server::start(vec![("/page", Reply::typed("text/html", page(checkout::DOCUMENT)))]);
    checkout.sync(&["--source", &server.url("/page")]).succeeds("nothing changed\n");
}

#[test]
fn a_self_signed_certificate_is_refused() {
    let checkout = Checkout::new();
    let server = Server::start_tls(vec![("/page.md", Reply::text(page(&changed())))]);
    checkout.sync(&["--source", &server.url("/page.md")]).fails("certificate");
    assert!(server.requests().is_empty());
    checkout.is_untouched();
}

#[test]
fn files_folders_and_standard_input_are_sources() {
    let checkout = Checkout::new();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("a file");
    write("1.md", page(checkout::DOCUMENT));
    write("2.yaml", small_document("/one", "get-one"));
    write("notes.txt", "no document".to_owned());
    let ended = checkout.sync(&["--source", &folder.path().display().to_string()]);
    assert!(ended.stdout.contains("+ method Client: fn get_one(&self) -> builder::GetOne\n"), "{ended:?}");
    checkout.matches();

    let ended = checkout.sync_from(&["--source", "-"], &page(checkout::DOCUMENT));
    assert!(ended.stdout.contains("- method Client: fn get_one(&self)"), "{ended:?}");
    assert!(ended.stderr.contains("warning: standard input is recorded in openapi/source.toml"), "{ended:?}");
    assert_eq!(checkout.read("relay-rest.yaml"), checkout::DOCUMENT);
}
