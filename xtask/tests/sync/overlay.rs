//! Syncs with an overlay that does not apply, and checks of the cited pages.

use std::fs;

use crate::checkout::{Checkout, DOCUMENT, Ended, page};
use crate::server::{Reply, Server};

/// The document with values that conflict with those of the overlay.
fn narrowed() -> String {
    let narrowed = DOCUMENT
        .replacen("        to:\n", "        to:\n          pattern: ^\\+1\n", 1)
        .replace(
            "        token_length:\n",
            "        token_length:\n          minimum: 6\n          maximum: 10\n",
        )
        .replace("        max_attempts:\n", "        max_attempts:\n          maximum: 5\n");
    assert_eq!(narrowed.lines().count(), DOCUMENT.lines().count() + 4);
    narrowed
}

/// The overlay with `x-expects`, as written by a maintainer who accepts the conflicts.
fn with_expectations(overlay: &str) -> String {
    let expecting = overlay
        .replace("    update: &e164\n", "    x-expects: {pattern: ^\\+1}\n    update: &e164\n")
        .replace(
            "    update:\n      minimum: 4\n",
            "    x-expects: {minimum: 6, maximum: 10}\n    update:\n      minimum: 4\n",
        )
        .replace(
            "    update:\n      minimum: 1\n      maximum: 20\n",
            "    x-expects: {maximum: 5}\n    update:\n      minimum: 1\n      maximum: 20\n",
        );
    assert_eq!(expecting.lines().count(), overlay.lines().count() + 3);
    expecting
}

fn write_overlay(checkout: &Checkout, overlay: &str) {
    fs::write(checkout.path("overlay.yaml"), overlay).expect("a file");
}

fn says(ended: &Ended, code: i32, stdout: &[&str], stderr: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    for text in stdout {
        assert!(ended.stdout.contains(text), "standard output lacks {text:?}: {ended:?}");
    }
    for text in stderr {
        assert!(ended.stderr.contains(text), "standard error lacks {text:?}: {ended:?}");
    }
}

#[test]
fn a_constraint_that_upstream_narrows_is_reported_and_not_hidden() {
    let checkout = Checkout::new();
    let server = Server::start(vec![("/page.md", Reply::text(page(&narrowed())))]);
    let url = server.url("/page.md");
    for mode in [&["--source", &url][..], &["--check", "--source", &url], &["--dry-run", "--source", &url]] {
        let ended = checkout.sync(mode);
        says(
            &ended,
            3,
            &[
                "breaking [request-property-pattern-added]",
                "1 breaking, 3 warning, 0 info, 0 docs\n",
                "compared as published, because the overlay does not fit",
            ],
            &[
                "error: openapi/overlay.yaml#/actions/6: ",
                "error: openapi/overlay.yaml#/actions/13: ",
                "replaces 6 at #/components/schemas/MfaRequest/properties/token_length/minimum with 4",
                "error: openapi/overlay.yaml#/actions/17: ",
                "these actions of the overlay do not fit the published document: fix them; nothing was changed",
                "sync --anyway",
            ],
        );
        checkout.is_untouched();
    }

    // `--anyway` vendors the document, so that a pull request can fix the overlay.
    let ended = checkout.sync(&["--anyway", "--source", &url]);
    says(
        &ended,
        0,
        &[
            "1 breaking, 3 warning",
            "openapi/relay-rest.yaml is up to date; the build fails until the errors above are fixed\n",
        ],
        &["error: openapi/overlay.yaml#/actions/13: "],
    );
    assert_eq!(checkout.read("relay-rest.yaml"), narrowed());
    checkout.matches();
    checkout.sync(&[]).succeeds("nothing changed\n");
}

#[test]
fn expected_overrides_are_reported_with_their_action() {
    let checkout = Checkout::new();
    let server = Server::start(vec![("/page.md", Reply::text(page(&narrowed())))]);
    write_overlay(&checkout, &with_expectations(&checkout.read("overlay.yaml")));
    let ended = checkout.sync(&["--source", &server.url("/page.md")]);
    // The vendored document does not have the expected values yet, so no client is generated for it.
    says(&ended, 0, &["1 breaking, 3 warning, 0 info, 0 docs\n", "is up to date\n"], &[]);
    let further = narrowed().replace("maximum: 10", "maximum: 8");
    let server = Server::start(vec![("/page.md", Reply::text(page(&further)))]);
    write_overlay(&checkout, &checkout.read("overlay.yaml").replace("maximum: 10}", "maximum: 8}"));
    let ended = checkout.sync(&["--source", &server.url("/page.md")]);
    says(&ended, 0, &["`maximum` decreased from 10 to 8", "1 breaking"], &[]);
}

#[test]
fn a_stale_action_does_not_stop_the_report() {
    let checkout = Checkout::new();
    let moved = DOCUMENT.replace("/mfa/sms", "/mfa/text");
    let dangling = DOCUMENT.replace("#/components/schemas/uuid", "#/components/schemas/guid");
    let required = DOCUMENT.replace("      requestBody:\n", "      requestBody:\n        required: true\n");
    let server = Server::start(vec![
        ("/moved.md", Reply::text(page(&moved))),
        ("/dangling.md", Reply::text(page(&dangling))),
        ("/required.md", Reply::text(page(&required))),
    ]);
    for (path, stdout, stderr) in [
        ("/moved.md", "[api-removed-without-deprecation]", "error: openapi/overlay.yaml#/actions/1: "),
        ("/required.md", "[request-body-became-required]", "error: openapi/overlay.yaml#/actions/5: "),
        ("/dangling.md", "", "error: openapi/relay-rest.yaml#/components/schemas/MfaResponse/properties/id"),
    ] {
        for check in [&["--check"][..], &[]] {
            let ended = checkout.sync(&[check, &["--source", &server.url(path)]].concat());
            says(&ended, 3, &[stdout, "the document: "], &[stderr, "nothing was changed"]);
            checkout.is_untouched();
        }
    }
    let ended = checkout.sync(&["--anyway", "--source", &server.url("/dangling.md")]);
    says(
        &ended,
        0,
        &["is up to date; the build fails"],
        &["error: no client can be generated from the published document"],
    );
    assert_eq!(checkout.read("relay-rest.yaml"), dangling);
}

/// Writes an overlay that cites only these pages.
fn citing(checkout: &Checkout, pages: &[(String, &str)]) {
    let overlay = checkout.read("overlay.yaml");
    let kept = overlay.lines().filter(|line| !line.starts_with("      - {url: "));
    let sources: String = pages
        .iter()
        .map(|(url, says)| format!("      - {{url: '{url}', date: 2026-11-22, says: [{says}]}}\n"))
        .collect();
    let mut is_first = true;
    let mut citing = String::new();
    for line in kept {
        if line != "    x-source:" {
            citing.extend([line, "\n"]);
        } else if !pages.is_empty() && std::mem::take(&mut is_first) {
            citing.extend(["    x-source:\n", &sources]);
        } else {
            citing.push_str("    x-source:\n      - {document: none, date: 2026-11-22}\n");
        }
    }
    write_overlay(checkout, &citing);
}

#[test]
fn a_missing_citation_is_reported() {
    let checkout = Checkout::new();
    let server = Server::start(vec![
        ("/page.md", Reply::text(page(DOCUMENT))),
        ("/words.md", Reply::text("The code has from 4\n to 20 characters.".to_owned())),
        (
            "/words.html",
            Reply::typed("text/html", "<html><body><p>from <b>4</b> to 20</p></body></html>".to_owned()),
        ),
        ("/secret.md", Reply::text("nobody cites this".to_owned())),
        ("/broken", Reply::Status(500)),
    ]);
    let [words, html, broken, nothing] =
        ["/words.md", "/words.html", "/broken", "/nothing"].map(|path| server.url(path));
    let check = || checkout.sync(&["--check", "--citations", "--source", &server.url("/page.md")]);
    citing(&checkout, &[(words.clone(), "from 4 to 20"), (html, "from 4 to 20")]);
    says(&check(), 0, &["nothing changed\n", "2 citations on 2 pages: 2 found, 0 missing\n"], &[]);
    let mut asked: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    asked.sort();
    assert_eq!(asked, ["/page.md", "/words.html", "/words.md"]);

    citing(&checkout, &[(words.clone(), "from 4 to 20, from 6 to 10")]);
    says(
        &check(),
        4,
        &["1 found, 1 missing"],
        &["error: openapi/overlay.yaml#/actions/0: ", "no longer says \"from 6 to 10\""],
    );
    citing(&checkout, &[(nothing, "from 4 to 20")]);
    says(&check(), 4, &["0 found, 1 missing"], &[]);
    // After a server error, nothing is known about the page.
    citing(&checkout, &[(words, "from 4 to 2"), (broken, "from 4 to 20")]);
    says(&check(), 1, &["0 found, 1 missing"], &["server responded 500", "no longer says \"from 4 to 2\""]);
    citing(&checkout, &[]);
    says(&check(), 1, &[], &["no action cites a URL"]);
    // `--citations` needs `--check`.
    for other in [&["--citations"][..], &["--citations", "--dry-run"], &["--citations", "--anyway"]] {
        assert_eq!(checkout.sync(other).code, Some(64), "{other:?}");
    }
}
