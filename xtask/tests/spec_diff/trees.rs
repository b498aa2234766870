//! Checkouts, revisions and parts of documents as sides, overlays, and the version that is due.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{DOCUMENT, changes, compare_texts, spec_diff};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A checkout with a version and a document.
fn tree(version: &str, document: &str) -> TempDir {
    let tree = tempfile::tempdir().expect("a folder");
    let root = Path::new(ROOT);
    fs::create_dir(tree.path().join("openapi")).expect("a folder");
    fs::copy(root.join("openapi/overlay.yaml"), tree.path().join("openapi/overlay.yaml"))
        .expect("the overlay");
    fs::write(tree.path().join("openapi/relay-rest.yaml"), document).expect("a file");
    let manifest = format!("[workspace.package]\nversion = \"{version}\"\n");
    fs::write(tree.path().join("Cargo.toml"), manifest).expect("a file");
    tree
}

fn path(tree: &TempDir) -> String {
    tree.path().display().to_string()
}

/// A property of the response that no action of the overlay changes.
const TO: &str =
    "        to:\n          type: string\n          description: The destination of the MFA request.\n";

/// The exit code, the report and the errors.
fn json(arguments: &[&str]) -> (Option<i32>, Value, String) {
    let output = spec_diff(&[&["--format", "json"], arguments].concat());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), error)
}

#[test]
fn a_version_must_be_as_high_as_is_due() {
    // A property removed from a response breaks clients; an added status does not.
    let broken = DOCUMENT.replace(TO, &TO.replace("to:", "recipient:"));
    let prose = DOCUMENT.replace("description: The request has succeeded.", "description: It went well.");
    assert!(broken != DOCUMENT && prose != DOCUMENT);
    let base = tree("0.4.2", DOCUMENT);
    for (version, document, is_enough) in [
        ("0.4.2", DOCUMENT, true),
        ("0.4.2", prose.as_str(), false),
        ("0.4.3", prose.as_str(), true),
        ("0.4.3", broken.as_str(), false),
        ("0.5.0", broken.as_str(), true),
        ("1.0.0", broken.as_str(), true),
    ] {
        let revision = tree(version, document);
        let (code, _, error) = json(&["--require-bump", &path(&base), &path(&revision)]);
        assert_eq!(code, Some(i32::from(!is_enough)), "{version}: {error}");
        if !is_enough {
            let expected = format!("error: the version is {version}, and it must be at least 0.");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
    let (code, _, error) = json(&["--require-bump", concat!("./", file!()), &path(&base)]);
    assert_eq!(code, Some(2), "{error}");
}

#[test]
fn the_rust_api_counts_between_checkouts() {
    let renamed = DOCUMENT.replace("operationId: request-mfa-sms", "operationId: send-mfa-sms");
    assert!(renamed != DOCUMENT);
    let (base, revision) = (tree("1.0.0", DOCUMENT), tree("1.0.0", &renamed));
    let (code, found, error) = json(&[&path(&base), &path(&revision)]);
    assert_eq!((code, changes(&found)), (Some(1), Vec::new()), "{error}");
    assert_eq!(found["rust"]["level"], "major", "{found:#}");
    let causes: Vec<&str> = found["rust"]["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["cause"]["message"].as_str())
        .collect();
    assert!(causes.iter().any(|cause| cause.starts_with("operationId renamed from")), "{found:#}");
    let (code, ..) = json(&["--fail-on", "never", &path(&base), &path(&revision)]);
    assert_eq!(code, Some(0));
}

#[test]
fn a_field_has_the_cause_of_its_own_property() {
    let document = |properties: &str| {
        format!(
            "{{openapi: 3.1.0, info: {{title: t, version: '1'}}, paths: {{/a: {{get: {{operationId: a, responses: {{'200': {{description: d, content: \
             {{application/json: {{schema: {{$ref: '#/components/schemas/S'}}}}}}}}}}}}}}}}, components: {{schemas: {{S: {{type: object, properties: {properties}}}}}}}}}"
        )
    };
    let old = document("{old: {type: string}}");
    let new = document(
        "{old: {type: string}, emotion: {type: string}, speakingRate: {type: string}, type: {type: string}}",
    );
    let found = compare_texts(&old, &new).1;
    let items = found["rust"]["items"].as_array().expect("items");
    for (field, property) in [("speaking_rate", "speakingRate"), ("type_", "type"), ("emotion", "emotion")] {
        let item = items
            .iter()
            .find(|item| item["new"].as_str().is_some_and(|item| item.contains(&format!("S.{field}:"))));
        let cause = item.unwrap_or_else(|| panic!("{field}: {found:#}"))["cause"]["message"].as_str();
        assert!(cause.is_some_and(|cause| cause.contains(&format!("`{property}`"))), "{field}: {cause:?}");
    }
}

#[test]
fn a_revision_is_read_from_git() {
    // The overlay belongs to the revision, and not to the file.
    let (code, found, error) = json(&["HEAD", "HEAD:openapi/relay-rest.yaml", "--fail-on", "any"]);
    assert_eq!((code, changes(&found)), (Some(0), Vec::new()), "{error}");
    let notes = ["HEAD:openapi/relay-rest.yaml has no overlay", "both sides are compared as published"];
    assert_eq!(found["notes"], serde_json::json!(notes));
    let (code, _, error) = json(&["no-such-revision"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("not a file, a folder or a git revision"), "{error}");
}

/// The changes that only one comparison has: level, id, which one, and the actions that hide it.
fn in_one_only(found: &Value) -> Vec<(String, String, Value)> {
    let changes =
        found["changes"].as_array().into_iter().flatten().filter(|change| !change["only_in"].is_null());
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    changes
        .map(|change| (text(&change["id"]), text(&change["only_in"]), change["hidden_by"].clone()))
        .collect()
}

/// A checkout with this overlay.
fn tree_with(document: &str, overlay: &str) -> TempDir {
    let tree = tree("1.0.0", document);
    fs::write(tree.path().join("openapi/overlay.yaml"), overlay).expect("a file");
    tree
}

const TARGET: &str = "$.components.schemas.MfaRequest.properties.token_length";
const BOUNDS: &str = "    update:\n      minimum: 4\n      maximum: 20\n";

#[test]
fn a_change_that_the_overlay_hides_is_reported() {
    let overlay = fs::read_to_string(Path::new(ROOT).join("openapi/overlay.yaml")).expect("the overlay");
    let length = |bounds: &str| {
        DOCUMENT.replace("        token_length:\n", &format!("        token_length:\n          {bounds}\n"))
    };
    let expecting = |expects: &str| {
        let overlay = overlay.replace(BOUNDS, &format!("    x-expects: {{{expects}}}\n{BOUNDS}"));
        assert!(overlay.contains(expects));
        overlay
    };
    let base = tree("1.0.0", DOCUMENT);
    // Narrower than what the client allows, so its users are affected.
    let narrowed = tree_with(&length("minimum: 6"), &expecting("minimum: 6"));
    let (code, found, error) = json(&["--fail-on", "warning", &path(&base), &path(&narrowed)]);
    assert_eq!(code, Some(1), "{error}");
    let hidden = serde_json::json!([TARGET]);
    assert_eq!(
        in_one_only(&found),
        [("request-property-min-increased".to_owned(), "published".to_owned(), hidden.clone())]
    );
    let narrower = tree_with(&length("minimum: 8"), &expecting("minimum: 8"));
    let (_, found, _) = json(&[&path(&narrowed), &path(&narrower)]);
    assert_eq!(
        in_one_only(&found),
        [("request-property-min-increased".to_owned(), "published".to_owned(), hidden)]
    );
    let text = spec_diff(&["--rust", "never", &path(&base), &path(&narrowed)]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains(&format!("      changed upstream; hidden by the overlay's action on `{TARGET}`\n")),
        "{text}"
    );

    // The worse level counts: replacing the overlay's pattern is a warning, adding one upstream is breaking.
    let pattern = DOCUMENT.replacen("        to:\n", "        to:\n          pattern: ^a\n", 1);
    let expecting_pattern =
        overlay.replace("    update: &e164\n", "    x-expects: {pattern: ^a}\n    update: &e164\n");
    let (code, found, _) = json(&[&path(&base), &path(&tree_with(&pattern, &expecting_pattern))]);
    assert_eq!(
        (code, changes(&found)),
        (Some(1), vec!["breaking request-property-pattern-added".to_owned()])
    );

    // As wide as what the client allows, or wider, so its users are not affected.
    for bounds in ["minimum: 2", "minimum: 4"] {
        let caught_up = tree_with(&length(bounds), &expecting(bounds));
        let (code, found, _) = json(&["--fail-on", "any", &path(&base), &path(&caught_up)]);
        assert_eq!((code, changes(&found)), (Some(0), Vec::new()), "{bounds}");
        assert_eq!(found["anticipated"][0]["id"], "request-property-min-set", "{found:#}");
    }
}

#[test]
fn a_change_that_only_the_client_of_the_overlay_meets_is_not_anticipated() {
    let overlay = fs::read_to_string(Path::new(ROOT).join("openapi/overlay.yaml")).expect("the overlay");
    let overlay = format!(
        "{overlay}\n  - target: $.components.schemas.MfaResponse.properties.to\n    update: {{enum: [sms, call]}}\n"
    );
    let behind = |schema: &str, component: &str| {
        let document = DOCUMENT
            .replace(TO, &TO.replace("type: string", schema))
            .replace("    MfaResponse:\n", &format!("{component}    MfaResponse:\n"));
        assert_ne!(document, DOCUMENT);
        document
    };
    let component = "    Channel: {type: string, enum: [sms, call, email]}\n";
    let base = tree_with(DOCUMENT, &overlay);
    for document in [
        behind("$ref: '#/components/schemas/Channel'", component),
        behind("allOf: [{type: string, enum: [sms, call, email]}]", ""),
    ] {
        // An `enum` added upstream is harmless in a response, but the overlay's `enum` hides a new value.
        let revision = tree_with(&document, &overlay);
        let (code, found, error) =
            json(&["--rust", "never", "--fail-on", "warning", &path(&base), &path(&revision)]);
        let hidden_by = serde_json::json!(["$.components.schemas.MfaResponse.properties.to"]);
        let expected = ("response-property-enum-value-added".to_owned(), "published".to_owned(), hidden_by);
        assert_eq!((code, in_one_only(&found)), (Some(1), vec![expected]), "{error} {found:#}");
        assert_eq!(found["anticipated"], serde_json::json!([]), "{found:#}");
    }
    // A finding that the client meets in BASE too is not new.
    let shorter = tree_with(&behind("allOf: [{type: string, maxLength: 9}]", ""), &overlay);
    let (_, found, error) = json(&["--rust", "never", &path(&base), &path(&shorter)]);
    assert_eq!(changes(&found), Vec::<String>::new(), "{error} {found:#}");
    assert_eq!(found["anticipated"][0]["id"], "response-property-max-length-set", "{found:#}");
}

#[test]
fn a_change_of_a_shared_schema_is_reported_for_the_operation_that_the_overlay_decouples() {
    let document = |message: &str| {
        let operation = "post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Shared'}}}}, responses: {'200': {description: d}}}";
        format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /a: {{{operation}}}\n  /b: {{{operation}}}\ncomponents: {{schemas: {{Shared: {{type: object, properties: {{message: {{type: string{message}}}}}}}}}}}\n"
        )
    };
    let overlay = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:
  - {target: $.components.schemas, update: {Own: {type: object, properties: {message: {type: string, maxLength: 500}}}}}
  - {target: \"$.paths['/b'].post.requestBody.content.*.schema\", update: {$ref: '#/components/schemas/Own'}, x-expects: {$ref: '#/components/schemas/Shared'}}\n";
    let base = tree_with(&document(""), overlay);
    let found = |message: &str| {
        let revision = tree_with(&document(message), overlay);
        let (_, found, error) = json(&["--rust", "never", &path(&base), &path(&revision)]);
        let of = |key: &str| {
            let found = found[key].as_array().cloned().unwrap_or_default();
            found
                .iter()
                .map(|change| format!("{} {}", change["operations"], change["only_in"]))
                .collect::<Vec<_>>()
        };
        assert_eq!(error, "");
        [of("changes"), of("anticipated")]
    };
    let (a, b) = (r#"["POST /a"] null"#.to_owned(), r#"["POST /b"] "published""#.to_owned());
    assert_eq!(found(", maxLength: 50"), [vec![b.clone(), a.clone()], vec![]]);
    assert_eq!(found(", maxLength: 600"), [vec![a], vec![b]]);
}

#[test]
fn a_change_of_the_overlay_is_marked() {
    let overlay = fs::read_to_string(Path::new(ROOT).join("openapi/overlay.yaml")).expect("the overlay");
    let tighter = overlay.replace(BOUNDS, "    update:\n      minimum: 5\n      maximum: 20\n");
    assert_ne!(tighter, overlay);
    let (base, revision) = (tree("1.0.0", DOCUMENT), tree_with(DOCUMENT, &tighter));
    let (_, found, _) = json(&["--rust", "never", &path(&base), &path(&revision)]);
    let expected =
        ("request-property-min-increased".to_owned(), "overlaid".to_owned(), serde_json::json!([]));
    assert_eq!(in_one_only(&found), [expected]);
    // A change that both comparisons have is not marked, even if the overlay removes an array item before it.
    let parameter =
        "        - name: page\n          in: query\n          schema:\n            type: string\n";
    let with = |kind: &str| {
        let parameter = parameter.replace("string", kind);
        DOCUMENT.replace(
            "      responses:\n        '200'",
            &format!("{parameter}      responses:\n        '200'"),
        )
    };
    let (base, revision) = (tree("1.0.0", &with("string")), tree("1.0.0", &with("integer")));
    let (_, found, error) = json(&["--rust", "never", &path(&base), &path(&revision)]);
    assert_eq!((changes(&found).len(), in_one_only(&found)), (1, Vec::new()), "{error} {found:#}");
}

#[test]
fn documents_are_compared_even_if_an_overlay_does_not_apply() {
    let required = DOCUMENT.replace("      requestBody:\n", "      requestBody:\n        required: true\n");
    let (base, revision) = (tree("1.0.0", DOCUMENT), tree("1.0.0", &required));
    let (code, found, error) = json(&[&path(&base), &path(&revision)]);
    assert_eq!(
        (code, changes(&found)),
        (Some(1), vec!["breaking request-body-became-required".to_owned()]),
        "{error}"
    );
    let note = found["notes"][0].as_str().expect("a note");
    assert!(note.contains("does not apply") && note.contains("openapi/overlay.yaml#/actions/5: "), "{note}");
    assert!(
        found["rust"]["missing"].as_str().is_some_and(|reason| reason.contains("its overlay does not apply")),
        "{found:#}"
    );
    for form in ["text", "markdown", "github"] {
        let printed = spec_diff(&["--format", form, &path(&base), &path(&revision)]);
        let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
        assert!(printed.contains("both sides are compared as published"), "{printed}");
    }
}

#[test]
fn a_part_of_both_documents_is_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let document = |prefix: &str, kind: &str, other: &str| {
        format!(
            "{{openapi: 3.1.0, info: {{title: t, version: '1'}}, servers: [{{url: 'https://x.example'}}], paths: {{\
             {prefix}/a: {{get: {{tags: [one], responses: {{'200': {{description: d, content: {{application/json: {{schema: {{type: {kind}}}}}}}}}}}}}}},\
             {prefix}/b: {{{other}: {{tags: [two], responses: {{'204': {{description: d}}}}}}}}}}}}"
        )
    };
    let (old, new) =
        (file("old", &document("", "string", "get")), file("new", &document("", "integer", "put")));
    let found = |arguments: &[&str]| {
        let (_, found, error) = json(&[&["--rust", "never", &old, &new], arguments].concat());
        assert_eq!(error, "");
        changes(&found)
    };
    let gone = ["breaking api-removed-without-deprecation", "info endpoint-added"];
    assert_eq!(found(&[]).len(), 3);
    assert_eq!(found(&["--paths", "/a"]), ["breaking response-body-type-changed"]);
    assert_eq!(found(&["--paths", "/b"]), gone);
    assert_eq!(found(&["--tags", "two"]), gone);
    // Equal paths, with a prefix that is in the other document's server URL.
    let moved = file("moved", &document("/v1", "string", "get"));
    let served = document("", "string", "get").replace("https://x.example", "https://x.example/v1");
    let served = file("served", &served);
    let (code, found, error) = json(&["--rust", "never", "--strip-prefix-revision", "/v1", &served, &moved]);
    assert_eq!((code, changes(&found)), (Some(0), Vec::new()), "{error}");
    let (code, found, _) = json(&["--rust", "never", "--strip-prefix-base", "/v1", &moved, &served]);
    assert_eq!((code, changes(&found)), (Some(0), Vec::new()));
    let (code, ..) = json(&["--rust", "never", &served, &moved]);
    assert_eq!(code, Some(1));
}

#[test]
fn settings_override_levels_and_accept_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("spec-diff.toml").display().to_string();
    let pair =
        |rule: &str, name: &str| format!("{}/tests/rules/{rule}/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let (old, new) = (pair("max-set", "old"), pair("max-set", "new"));
    let found = |text: &str| {
        fs::write(&settings, text).expect("a file");
        json(&["--rust", "never", "--settings", &settings, &old, &new])
    };
    let (code, before, _) = found("");
    assert_eq!(
        (code, changes(&before)),
        (
            Some(0),
            vec!["info response-property-max-set".to_owned(), "warning request-property-max-set".to_owned()]
        )
    );
    let (code, after, _) =
        found("[levels]\nrequest-property-max-set = \"breaking\"\nresponse-property-max-set = \"ignore\"\n");
    assert_eq!((code, changes(&after)), (Some(1), vec!["breaking request-property-max-set".to_owned()]));
    let fingerprint = before["changes"][0]["fingerprint"].as_str().expect("a fingerprint");
    let accepted = format!(
        "[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"known\"\n[[accepted]]\nfingerprint = \"000000000000\"\nreason = \"long gone\"\n"
    );
    let (code, after, _) = found(&accepted);
    assert_eq!((code, changes(&after)), (Some(0), vec!["info response-property-max-set".to_owned()]));
    assert_eq!(after["accepted"][0]["fingerprint"], fingerprint);
    assert_eq!(after["stale"][0]["reason"], "long gone");
    let (code, _, error) = found("[levels]\nno-such-rule = \"info\"\n");
    assert_eq!(code, Some(2));
    assert!(error.contains("unknown rule `no-such-rule`"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_checkout_has_no_links_to_elsewhere_and_a_file_has_an_end() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    fs::write(elsewhere.path().join("token"), "ghp_0123456789: [").expect("a file");
    for name in ["openapi/relay-rest.yaml", "openapi/overlay.yaml", "Cargo.toml"] {
        for target in [elsewhere.path().join("token"), "/dev/zero".into()] {
            let tree = tree("0.1.0", DOCUMENT);
            fs::remove_file(tree.path().join(name)).expect("a file");
            std::os::unix::fs::symlink(&target, tree.path().join(name)).expect("a link");
            let (code, _, error) = json(&[&path(&tree), &path(&tree)]);
            let reason = format!("{name}: it is outside the document's folder");
            assert!(code == Some(2) && error.contains(&reason) && !error.contains("ghp_"), "{error}");
        }
    }
    let (code, _, error) = json(&["/dev/zero", "/dev/zero"]);
    assert_eq!((code, error.trim_end()), (Some(2), "error: /dev/zero: it is larger than 16 MiB"));
}

#[test]
fn a_version_that_is_too_low_is_annotated_on_the_manifest() {
    let broken = DOCUMENT.replace(TO, &TO.replace("to:", "recipient:"));
    let (base, revision) = (tree("0.4.2", DOCUMENT), tree("0.4.3", &broken));
    let output = spec_diff(&["--format", "github", "--require-bump", &path(&base), &path(&revision)]);
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let refusal = "::error file=Cargo.toml,line=2,title=the version is too low::the version is 0.4.3, and it must be at least 0.5.0: it was 0.4.2, and ";
    assert_eq!(output.status.code(), Some(1));
    assert!(lines.lines().nth(1).is_some_and(|line| line.starts_with(refusal)), "{lines}");
}

#[test]
fn the_due_version_is_applied_once() {
    let broken = DOCUMENT.replace(TO, &TO.replace("to:", "recipient:"));
    let base = tree("0.4.2", DOCUMENT);
    let revision = tree("0.4.2", &broken);
    let file = |name: &str| fs::read_to_string(revision.path().join(name)).expect("a file");
    let write = |name: &str, text: &str| fs::write(revision.path().join(name), text).expect("a file");
    let manifest = "[workspace.package]\nversion = \"0.4.2\" # ours\n\n[workspace]\nmembers = [\"tests\", \"more/*\"]\n\n[workspace.dependencies]\nrelay-rest-codegen = { version = \"=0.4.2\", path = \"codegen\" }\nserde = \"0.4.2\"\n";
    let lock = "version = 4\n\n[[package]]\nname = \"relay-rest-codegen\"\nversion = \"0.4.2\"\n\n[[package]]\nname = \"serde\"\nversion = \"0.4.2\"\nsource = \"registry\"\n";
    write("Cargo.toml", manifest);
    write("Cargo.lock", lock);
    write("CHANGELOG.md", "# Changelog\n\n## [0.4.2]\n\n- old\n");
    let member = "[package]\nversion = \"0.4.2\"\n\n[dev-dependencies]\nrelay-rest = { path = \"..\", version = \"=0.4.2\" } # this one\n";
    for folder in ["tests", "more/one"] {
        fs::create_dir_all(revision.path().join(folder)).expect("a folder");
        write(&format!("{folder}/Cargo.toml"), member);
    }
    // The client that is shipped says which version has generated it.
    for shipped in ["openapi/client.rs", "openapi/mocks.rs"] {
        write(shipped, "// of 0.4.2\nfn code() {}\n");
    }
    let apply = || spec_diff(&["--apply", &path(&base), &path(&revision)]);
    let output = apply();
    assert_eq!(output.status.code(), Some(0), "breaking changes are allowed: {output:?}");
    let wrote = "wrote Cargo.toml: 0.5.0\nwrote tests/Cargo.toml: 0.5.0\nwrote more/one/Cargo.toml: 0.5.0\nwrote Cargo.lock: 0.5.0\nwrote openapi/client.rs: 0.5.0\nwrote openapi/mocks.rs: 0.5.0\nwrote CHANGELOG.md\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), wrote);
    assert_eq!(
        file("Cargo.toml"),
        manifest.replace("\"0.4.2\" #", "\"0.5.0\" #").replace("=0.4.2", "=0.5.0")
    );
    assert_eq!(file("more/one/Cargo.toml"), member.replace("=0.4.2", "=0.5.0"));
    assert_eq!(file("Cargo.lock"), lock.replacen("0.4.2", "0.5.0", 1));
    let client = file("openapi/client.rs");
    let (first_line, code) = client.split_once('\n').expect("two lines");
    assert!(first_line.starts_with("// @generated ") && code == "fn code() {}\n", "{client}");
    assert_eq!(file("openapi/mocks.rs"), client);
    let changelog = file("CHANGELOG.md");
    assert!(changelog.starts_with("# Changelog\n\n## [Unreleased]\n\n### "), "{changelog}");
    assert!(changelog.contains("\n- **Breaking:** ") && changelog.contains("`recipient`"), "{changelog}");
    assert!(changelog.ends_with("\n\n## [0.4.2]\n\n- old\n"), "{changelog}");

    // A second run counts from BASE again.
    let output = apply();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
    assert_eq!(file("CHANGELOG.md"), changelog);
    let code = |arguments: &[&str]| spec_diff(arguments).status.code();
    assert_eq!(code(&["--require-bump", &path(&base), &path(&revision)]), Some(0));
    // A version that is higher already stays.
    write("Cargo.toml", &manifest.replace("0.4.2", "1.0.0"));
    apply();
    assert!(file("Cargo.toml").starts_with("[workspace.package]\nversion = \"1.0.0\""));
    // Changes of documentation alone are a patch, and no entry.
    let prose = tree("0.4.2", &DOCUMENT.replace("The request has succeeded.", "It went well."));
    assert_eq!(code(&["--apply", &path(&base), &path(&prose)]), Some(0));
    assert!(fs::read_to_string(prose.path().join("Cargo.toml")).is_ok_and(|text| text.contains("0.4.3")));
    assert!(!prose.path().join("CHANGELOG.md").exists());
    for arguments in [["--apply", "HEAD", "HEAD"], ["--apply", concat!("./", file!()), &path(&revision)]] {
        assert_eq!(code(&arguments), Some(2), "{arguments:?}");
    }
}
