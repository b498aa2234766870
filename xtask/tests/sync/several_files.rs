//! Sources that consist of several files.

use std::fs;

use super::checkout::{Checkout, DOCUMENT};

const PATH: &str = "get:\n  operationId: get-one\n  responses: {'200': {description: d}}\n";

#[test]
fn what_is_stored_is_one_file() {
    let (checkout, folder) = (Checkout::new(), tempfile::tempdir().expect("a folder"));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    fs::create_dir(folder.path().join("paths")).expect("a folder");
    let api = |reference: &str| {
        DOCUMENT.replace("\npaths:\n", &format!("\npaths:\n  /one: {{$ref: '{reference}'}}\n"))
    };
    write("paths/one.yaml", PATH);
    write("api.yaml", &api("../outside.yaml"));
    let source = folder.path().join("api.yaml").display().to_string();
    checkout.sync(&["--source", &source]).fails("api.yaml: it refers to `../outside.yaml`: ");
    checkout.is_untouched();

    write("api.yaml", &api("paths/one.yaml"));
    let ended = checkout.sync(&["--source", &source]);
    assert!(ended.stdout.contains("+ method Client: fn get_one(&self) -> builder::GetOne\n"), "{ended:?}");
    checkout.matches();
    let stored = checkout.read("relay-rest.yaml");
    assert!(stored.contains("operationId: get-one") && !stored.contains("one.yaml"), "{stored}");
    checkout.sync(&[]).succeeds("nothing changed\n");
    // A change of the other file is one of the document.
    write("paths/one.yaml", &PATH.replace("get-one", "get-other"));
    assert_eq!(checkout.sync(&["--check"]).code, Some(2));
}
