//! Runs the build script as cargo does, on invalid inputs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::cargo::built;

const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");
const OVERLAY: &str = include_str!("../../openapi/overlay.yaml");

/// Runs the script on the two files; a file that is `None` is missing.
fn run(name: &str, document: Option<&str>, overlay: Option<&str>) -> Output {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("openapi")).expect("a folder");
    for (file, content) in [("relay-rest.yaml", document), ("overlay.yaml", overlay)] {
        if let Some(content) = content {
            fs::write(folder.join("openapi").join(file), content).expect("a file");
        }
    }
    Command::new(built("build-script-build"))
        .current_dir(&folder)
        .env("OUT_DIR", &folder)
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("it runs")
}

/// Returns the errors, after checking that there is no other output.
fn errors(name: &str, document: Option<&str>, overlay: Option<&str>) -> Vec<String> {
    let Output { status, stdout, stderr } = run(name, document, overlay);
    let stdout = String::from_utf8(stdout).expect("UTF-8");
    assert_eq!(status.code(), Some(1), "{stdout}");
    assert_eq!(String::from_utf8_lossy(&stderr), "", "no panic text and no backtrace");
    let (errors, others): (Vec<_>, Vec<_>) =
        stdout.lines().partition(|line| line.starts_with("cargo::error="));
    assert_eq!(
        others,
        ["cargo::rerun-if-changed=openapi/relay-rest.yaml", "cargo::rerun-if-changed=openapi/overlay.yaml"]
    );
    errors.iter().map(|line| line.trim_start_matches("cargo::error=").to_owned()).collect()
}

#[test]
fn the_real_files_are_built_and_watched() {
    let output = run("real", Some(DOCUMENT), Some(OVERLAY));
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "cargo::rerun-if-changed=openapi/relay-rest.yaml\ncargo::rerun-if-changed=openapi/overlay.yaml\n"
    );
}

#[test]
fn reports_broken_yaml_with_its_line() {
    let found = errors("broken", Some("openapi: 3.1.0\npaths: {\n"), Some(OVERLAY));
    let [error] = found.as_slice() else { panic!("{found:?}") };
    assert!(error.starts_with("openapi/relay-rest.yaml#: ") && error.contains("line 3"), "{error}");
}

#[test]
fn reports_two_broken_files_together() {
    let found = errors("both", Some("paths: {\n"), Some("actions: [\n"));
    let [document, overlay] = found.as_slice() else { panic!("{found:?}") };
    assert!(document.starts_with("openapi/relay-rest.yaml#: "), "{document}");
    assert!(overlay.starts_with("openapi/overlay.yaml#: "), "{overlay}");
}

#[test]
fn reports_missing_files_together() {
    let found = errors("missing", None, None);
    let [document, overlay] = found.as_slice() else { panic!("{found:?}") };
    assert!(document.starts_with("openapi/relay-rest.yaml: "), "{document}");
    assert!(overlay.starts_with("openapi/overlay.yaml: "), "{overlay}");
}

#[test]
fn reports_an_unknown_reference_with_its_pointer() {
    let document = DOCUMENT.replace("$ref: '#/components/schemas/uuid'", "$ref: '#/components/schemas/uid'");
    assert_eq!(
        errors("reference", Some(&document), Some(OVERLAY)),
        [
            "openapi/relay-rest.yaml#/components/schemas/MfaResponse/properties/id/$ref: the $ref `#/components/schemas/uid` points at nothing"
        ]
    );
}

#[test]
fn a_stale_action_is_named() {
    // Upstream has dropped the parameter: the second action matches nothing any more.
    let document = DOCUMENT.replace("- name: Authorization", "- name: X-Other");
    let found = errors("stale", Some(&document), Some(OVERLAY));
    let [error] = found.as_slice() else { panic!("{found:?}") };
    assert!(
        error.starts_with(
            "openapi/overlay.yaml#/actions/1: the action on `$.paths['/mfa/sms'].post.parameters["
        ),
        "{error}"
    );
    assert!(error.contains("(Not a parameter) matches nothing"), "{error}");

    // Upstream makes the body required: the sixth action changes nothing.
    let document = DOCUMENT.replace("      requestBody:\n", "      requestBody:\n        required: true\n");
    let found = errors("idle", Some(&document), Some(OVERLAY));
    let [error] = found.as_slice() else { panic!("{found:?}") };
    assert!(
        error.starts_with("openapi/overlay.yaml#/actions/5: ") && error.contains("changes nothing"),
        "{error}"
    );
}

/// Upstream narrows a constraint that the overlay took from its prose: the overlay must not widen it again.
#[test]
fn a_value_that_an_action_would_hide_is_named_with_the_actions_own() {
    let narrowed = |of: &str, line: &str| {
        let document = DOCUMENT.replace(of, &format!("{of}          {line}\n"));
        assert_ne!(document, DOCUMENT);
        document
    };
    let length = "        token_length:\n          type: integer\n";
    for (name, document, both) in [
        (
            "minimum",
            narrowed(length, "minimum: 6"),
            "replaces 6 at #/components/schemas/MfaRequest/properties/token_length/minimum with 4",
        ),
        (
            "pattern",
            DOCUMENT.replacen("        to:\n", "        to:\n          pattern: ^a\n", 1),
            "replaces \"^a\" at",
        ),
        (
            "removed",
            DOCUMENT.replace("required: true\n          schema", "required: false\n          schema"),
            "expects {",
        ),
        (
            "type",
            DOCUMENT.replace(
                "          schema:\n            type: string",
                "          schema:\n            type: integer",
            ),
            "expects {",
        ),
    ] {
        let found = errors(&format!("hidden-{name}"), Some(&document), Some(OVERLAY));
        let [error] = found.as_slice() else { panic!("{found:?}") };
        assert!(error.starts_with("openapi/overlay.yaml#/actions/") && error.contains(both), "{error}");
    }
    // An action that corrects the document states the value that it replaces.
    let document = narrowed(length, "minimum: 6");
    let overlay = OVERLAY.replace(
        "    update:\n      minimum: 4\n",
        "    x-expects: {minimum: 6}\n    update:\n      minimum: 4\n",
    );
    let output = run("expected", Some(&document), Some(&overlay));
    assert!(output.status.success(), "{output:?}");
}

/// Upstream adds the item that an action appends to an array.
#[test]
fn an_item_that_already_exists_makes_an_action_stale() {
    let document = format!("{DOCUMENT}security:\n  - SignalWireBasicAuth: []\n");
    let overlay = OVERLAY.replace("    x-unless: $.security\n", "");
    let found = errors("appended", Some(&document), Some(&overlay));
    let [error] = found.as_slice() else { panic!("{found:?}") };
    assert!(
        error.starts_with("openapi/overlay.yaml#/actions/2: ") && error.contains("changes nothing"),
        "{error}"
    );
}

#[test]
fn two_operations_with_one_id_are_both_named() {
    let overlay = OVERLAY.replace("operationId: request-mfa-call", "operationId: request-mfa-sms");
    assert_eq!(
        errors("operation-id", Some(DOCUMENT), Some(&overlay)),
        [
            "openapi/relay-rest.yaml#/paths/~1mfa~1call/post/operationId: the operationId `request-mfa-sms` is also that of \
             #/paths/~1mfa~1sms/post"
        ]
    );
}

#[test]
fn reports_all_problems_of_a_pass() {
    let document = DOCUMENT
        .replace("$ref: '#/components/schemas/uuid'", "$ref: 'other.yaml#/uuid'")
        .replace("$ref: '#/components/schemas/MfaRequest'", "$ref: '#/components/schemas/Request'");
    assert_eq!(errors("several", Some(&document), Some(OVERLAY)).len(), 2);
}
