//! `sync` type-checks the crate with a document before it vendors it.

use std::fs;
use std::process::Command;

use crate::checkout::{Checkout, DOCUMENT, Ended, changed};

/// A checkout whose crate compiles only with documents of one length, so that another one generates a client that does not
/// compile.
fn checkout(length: usize) -> Checkout {
    let checkout = Checkout::new();
    let write = |path: &str, content: &str| {
        let path = checkout.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    };
    write(
        "Cargo.toml",
        "[workspace]\n[package]\nname = \"relay-rest\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[features]\nmock = []\nrustls = []\n",
    );
    write(
        "src/lib.rs",
        &format!(
            "const DOCUMENT: &str = include_str!(\"../openapi/relay-rest.yaml\");\n\
             const _: () = assert!(DOCUMENT.len() == {length}, \"another document\");\n"
        ),
    );
    write("new.yaml", &changed());
    checkout
}

/// Whether cargo compiles the checkout as it is.
fn check(checkout: &Checkout) -> bool {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["check", "--quiet"]).current_dir(checkout.root()).env_remove("CARGO_TARGET_DIR");
    cargo.output().expect("cargo runs").status.success()
}

fn sync(checkout: &Checkout, arguments: &[&str]) -> Ended {
    let mut command = checkout.checking(arguments);
    Checkout::ended(command.args(["--source", "new.yaml"]).spawn().expect("xtask runs"))
}

#[test]
fn a_document_that_the_crate_does_not_compile_with_is_refused() {
    let checkout = checkout(DOCUMENT.len());
    const REASON: &str = "error: the crate does not compile with the published document";
    for arguments in [&[][..], &["--dry-run"]] {
        let ended = sync(&checkout, arguments);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains("another document"), "cargo does not say why: {ended:?}");
        assert!(ended.stderr.contains(&format!("{REASON}; nothing was changed")), "{ended:?}");
        checkout.is_untouched();
    }
    // `--check` compares, and compiles nothing.
    assert_eq!(sync(&checkout, &["--check"]).code, Some(2));
    checkout.is_untouched();

    let ended = sync(&checkout, &["--anyway"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains(REASON), "{ended:?}");
    assert!(
        ended.stdout.ends_with("is up to date; the build fails until the errors above are fixed\n"),
        "{ended:?}"
    );
    assert_eq!(checkout.read("relay-rest.yaml"), changed());
}

#[test]
fn a_document_that_the_crate_compiles_with_is_vendored() {
    assert_ne!(changed().len(), DOCUMENT.len(), "the crate distinguishes documents by length");
    let checkout = checkout(changed().len());
    // Artifacts of the checked copy must not be used when the checkout is built.
    assert_eq!(sync(&checkout, &["--dry-run"]).code, Some(0));
    checkout.is_untouched();
    assert!(!check(&checkout), "the checkout compiles with a document that it does not have");
    let ended = sync(&checkout, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(check(&checkout));
    assert_eq!(checkout.read("relay-rest.yaml"), changed());
    checkout.matches();
}
