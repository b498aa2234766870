//! Documents in several files.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{changes, compare, spec_diff};

const DOCUMENT: &str = "\
openapi: 3.1.0
info: {title: pets, version: '1'}
paths:
  /pets:
    get:
      operationId: pets
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {type: array, items: {$ref: ./schemas/pet.yaml}}
              example: {$ref: nothing.yaml}
components:
  schemas:
    Tag: {type: string, maxLength: 9}
";

const PET: &str = "\
type: object
required: [name]
properties:
  name: {type: string}
  default: {$ref: 'people/pet%20owner.yaml#/$defs/Owner'}
  tag: {$ref: '../api.yaml#/components/schemas/Tag'}
";

const OWNER: &str = "\
$defs:
  Owner: {type: object, properties: {pet: {$ref: ../pet.yaml}, name: {$ref: '#/$defs/Name'}}}
  Name: {type: string, minLength: 1}
";

/// Writes the document into a folder, and returns its path.
fn document(folder: &Path, document: &str, pet: &str) -> String {
    fs::create_dir_all(folder.join("schemas/people")).expect("a folder");
    for (name, text) in
        [("api.yaml", document), ("schemas/pet.yaml", pet), ("schemas/people/pet owner.yaml", OWNER)]
    {
        fs::write(folder.join(name), text).expect("a file");
    }
    folder.join("api.yaml").display().to_string()
}

#[test]
fn content_of_other_files_is_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = document(&folder.path().join("old"), DOCUMENT, PET);
    let new = document(&folder.path().join("new"), DOCUMENT, &PET.replace("[name]", "[]"));
    assert_eq!(compare(&old, &old).0, Some(0));
    let (code, found) = compare(&old, &new);
    assert_eq!(
        (code, changes(&found)),
        (Some(1), vec!["breaking response-property-became-optional".to_owned()])
    );
    let change = &found["changes"][0];
    assert_eq!(change["old_pointer"], "/x-files/schemas~1pet.yaml/properties/name");
    // `name`, in the file that has it.
    assert_eq!((&change["old_line"], &change["new_line"]), (&4.into(), &4.into()), "{change:#}");
    let file = folder.path().join("new/schemas/pet.yaml").display().to_string();
    assert_eq!(change["new_file"], file.as_str(), "{change:#}");
    assert_eq!(change["operation"], "GET /pets");
    assert_eq!(found["rust"]["level"], "major", "{found:#}");
    let causes =
        found["rust"]["items"].as_array().into_iter().flatten().map(|item| &item["cause"]["message"]);
    assert!(
        causes.clone().count() > 0 && causes.clone().all(|cause| *cause != "it is gone from the document")
    );

    // A constraint of the main document that only another file refers to.
    let tighter =
        document(&folder.path().join("tag"), &DOCUMENT.replace("maxLength: 9", "maxLength: 10"), PET);
    let (code, found) = compare(&old, &tighter);
    let expected = vec!["breaking response-property-max-length-increased".to_owned()];
    assert_eq!((code, changes(&found)), (Some(1), expected));
    assert_eq!(found["changes"][0]["old_line"], 16);
}

#[test]
fn one_file_means_the_same_as_several() {
    let folder = tempfile::tempdir().expect("a folder");
    let several = document(folder.path(), DOCUMENT, PET);
    let whole = DOCUMENT.replace("./schemas/pet.yaml", "'#/components/schemas/Pet'")
        + "    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string}
        tag: {type: string, maxLength: 9}
        default:
          type: object
          properties:
            pet: {$ref: '#/components/schemas/Pet'}
            name: {type: string, minLength: 1}
";
    let one = folder.path().join("one.yaml");
    fs::write(&one, whole).expect("a file");
    for (old, new) in [(&several, &one.display().to_string()), (&one.display().to_string(), &several)] {
        let (code, found) = compare(old, new);
        assert_eq!((code, changes(&found)), (Some(0), Vec::new()));
    }
}

#[test]
fn a_file_that_is_missing_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = document(folder.path(), DOCUMENT, PET);
    fs::remove_file(folder.path().join("schemas/pet.yaml")).expect("a file");
    let output = spec_diff(&[&path, &path]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = format!("error: {path}: it refers to `schemas/pet.yaml`: No such file");
    assert!(error.starts_with(&expected), "{error}");
}

const SECRET: &str = "ghp_0123456789";

/// A temporary folder whose name does not begin with a dot.
fn visible_folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("spec-diff").tempdir().expect("a folder")
}

/// A document whose response refers to something.
fn referring(to: &str) -> String {
    format!(
        "openapi: 3.1.0
info: {{title: t, version: '1'}}
paths:
  /a:
    get:
      responses:
        '200': {{description: d, content: {{application/json: {{schema: {{$ref: '{to}'}}}}}}}}
"
    )
}

/// Compares a document that refers to something with one that does not. Asserts that the secret is in no output, and returns the
/// exit code and standard error.
fn compare_with(folder: &Path, to: &str, more: &[&str]) -> (Option<i32>, String) {
    let (base, revision) = (folder.join("a*.yaml"), folder.join("b.yaml"));
    fs::write(&base, referring(to)).expect("a file");
    fs::write(&revision, referring("#/components/schemas/None")).expect("a file");
    let (base, revision) = (base.display().to_string(), revision.display().to_string());
    for [base, revision] in [[&base, &revision], [&revision, &base]] {
        let output = spec_diff(&[&[&**base, revision, "--format", "json"], more].concat());
        let printed =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(printed.iter().all(|text| !text.contains(SECRET)), "{to}: {printed:?}");
        if base.ends_with("b.yaml") {
            return (output.status.code(), printed[1].clone());
        }
    }
    unreachable!("one of the two is the last")
}

#[cfg(unix)]
#[test]
fn nothing_but_the_documents_own_files_is_read() {
    let folder = visible_folder();
    let own = folder.path().join("own");
    fs::create_dir_all(own.join(".git")).expect("a folder");
    fs::create_dir(own.join("folder.yaml")).expect("a folder");
    let secret = format!("token: {SECRET}\n");
    for name in ["own/.env", "own/.git/config.yaml", "own/.hidden.yaml", "own/secret.txt", "x.yaml"] {
        fs::write(folder.path().join(name), &secret).expect("a file");
    }
    fs::write(own.join("broken.yaml"), format!("{SECRET}: [\n  {SECRET}: }}")).expect("a file");
    fs::write(own.join("twice.yaml"), format!("{SECRET}: 1\n{SECRET}: 2\n")).expect("a file");
    fs::write(own.join("large.yaml"), vec![b'#'; (16 << 20) + 1]).expect("a file");
    for (to, link) in [
        (folder.path().join("x.yaml"), "away.yaml"),
        ("/dev/zero".into(), "zero.yaml"),
        (own.join(".env"), "env.yaml"),
        (own.join("secret.txt"), "text.yaml"),
    ] {
        std::os::unix::fs::symlink(to, own.join(link)).expect("a link");
    }
    let fifo = std::process::Command::new("mkfifo").arg(own.join("fifo.yaml")).status().expect("mkfifo");
    assert!(fifo.success());
    let absolute = folder.path().join("x.yaml").display().to_string();
    for (to, reason) in [
        ("./.env", "only .yaml, .yml and .json files are read"),
        ("/etc/shadow", "only .yaml, .yml and .json files are read"),
        ("/dev/zero", "only .yaml, .yml and .json files are read"),
        (".git/config.yaml", "hidden files are not read"),
        ("%2ehidden.yaml", "hidden files are not read"),
        ("../x.yaml", "it is outside the document's folder; --allow-external-refs FOLDER allows it"),
        (&absolute, "it is outside the document's folder; --allow-external-refs FOLDER allows it"),
        ("away.yaml", "it is outside the document's folder; --allow-external-refs FOLDER allows it"),
        ("zero.yaml", "it is outside the document's folder; --allow-external-refs FOLDER allows it"),
        ("env.yaml", "hidden files are not read"),
        ("text.yaml", "only .yaml, .yml and .json files are read"),
        ("fifo.yaml", "it is not a regular file"),
        ("folder.yaml", "it is not a regular file"),
        ("large.yaml", "it is larger than 16 MiB"),
        ("broken.yaml", "it is neither YAML nor JSON"),
        ("twice.yaml", "it is neither YAML nor JSON"),
        ("file:///etc/hosts.yaml", "only files and URLs are read"),
        (
            "http://127.0.0.1:9/x.yaml",
            "it is on another host; --allow-external-refs http://127.0.0.1:9 allows it",
        ),
        ("//169.254.169.254/x.yaml", "No such file"),
    ] {
        let (code, error) = compare_with(&own, to, &[]);
        assert!(code == Some(2) && error.contains(reason), "{to}: {code:?} {error}");
    }
}

/// A file beside the document may be anything.
#[test]
fn what_is_no_schema_is_refused_and_not_quoted() {
    let folder = visible_folder();
    fs::write(folder.path().join("secret.yaml"), format!("token: {SECRET}\nuser: {{password: {SECRET}}}\n"))
        .expect("a file");
    for to in ["secret.yaml", "./secret.yaml", "secret.yaml#/user", "secret.yaml#/token"] {
        let (code, error) = compare_with(folder.path(), to, &[]);
        assert_eq!(code, Some(0), "{to}: {error}");
    }
}

#[test]
fn another_folder_is_read_when_it_is_allowed() {
    let folder = visible_folder();
    let own = folder.path().join("own");
    fs::create_dir(&own).expect("a folder");
    fs::write(folder.path().join("x.yaml"), "type: string\n").expect("a file");
    assert_eq!(compare_with(&own, "../x.yaml", &[]).0, Some(2));
    let allowed = folder.path().display().to_string();
    let (code, error) = compare_with(&own, "../x.yaml", &["--allow-external-refs", &allowed]);
    assert_ne!(code, Some(2), "{error}");
}

/// Serves documents on a free loopback port as long as the runtime lives. Returns the port.
fn serve(runtime: &tokio::runtime::Runtime, documents: &[(&'static str, String)]) -> u16 {
    let router = documents.iter().cloned().fold(axum::Router::new(), |router, (path, text)| {
        router.route(path, axum::routing::get(|| async { text }))
    });
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    runtime.spawn(async move { axum::serve(listener, router).await });
    port
}

#[test]
fn a_document_from_a_url_refers_to_its_own_origin() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let pet =
        ["/schemas/pet.yaml", "/schemas/.pet.yaml", "/schemas/pet.txt"].map(|path| (path, PET.to_owned()));
    let owner = ("/schemas/people/pet%20owner.yaml", OWNER.to_owned());
    let served = [&pet[..], &[owner, ("/api.yaml", DOCUMENT.to_owned())]].concat();
    let port = serve(&runtime, &served);
    let folder = visible_folder();
    let file = document(folder.path(), DOCUMENT, PET);
    let (code, found) = compare(&format!("http://127.0.0.1:{port}/api.yaml"), &file);
    assert_eq!((code, changes(&found)), (Some(0), Vec::new()));

    let origin = format!("http://localhost:{port}");
    let elsewhere =
        document(&folder.path().join("elsewhere"), &DOCUMENT.replace("./", &format!("{origin}/")), PET);
    let refused = |document: &str, more: &[&str], reason: &str| {
        let output = spec_diff(&[&[document, &file], more].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(reason), "{document} {more:?}: {error}");
    };
    let other_host = format!("it is on another host; --allow-external-refs {origin} allows it");
    refused(&elsewhere, &[], &other_host);
    refused(&elsewhere, &["--allow-external-refs", &format!("http://127.0.0.1:{port}")], &other_host);
    refused(&elsewhere, &["--allow-external-refs", &folder.path().display().to_string()], &other_host);
    let output = spec_diff(&["--allow-external-refs", &file, &elsewhere, &file]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a folder"));
    let output = spec_diff(&["--allow-external-refs", &format!("{origin}/any"), &elsewhere, &file]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));

    for (name, reason) in [
        ("schemas/.pet.yaml", "hidden files are not read"),
        ("schemas/pet.txt", "only .yaml, .yml and .json files are read"),
        ("schemas/none.yaml", "404 Not Found"),
        ("ftp://127.0.0.1/pet.yaml", "only files and URLs are read"),
    ] {
        let text = DOCUMENT.replace("./schemas/pet.yaml", name);
        let port = serve(&runtime, &[&pet[..], &[("/api.yaml", text)]].concat());
        refused(&format!("http://127.0.0.1:{port}/api.yaml"), &[], reason);
    }
}

#[test]
fn a_document_of_a_revision_refers_to_files_of_that_revision() {
    let folder = visible_folder();
    let file = document(&folder.path().join("own"), DOCUMENT, PET);
    fs::write(folder.path().join("own/lost.yaml"), DOCUMENT.replace("pet.yaml", "none.yaml"))
        .expect("a file");
    fs::write(folder.path().join("own/latin.yaml"), b"title: caf\xe9\n").expect("a file");
    let git = |arguments: &[&str]| {
        let author = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
        let git = Command::new("git").args(author).args(arguments).current_dir(folder.path()).output();
        assert!(git.expect("git runs").status.success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "m"]);
    let compare = |base: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(["spec-diff", base, &file, "--fail-on", "any"])
            .env("GIT_DIR", folder.path().join(".git"));
        let output = command.output().expect("xtask runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, error) = compare("HEAD:own/api.yaml");
    assert_eq!(code, Some(0), "{error}");
    let (code, error) = compare("HEAD:own/lost.yaml");
    assert!(code == Some(2) && error.contains("HEAD has no such file"), "{error}");
    let (code, error) = compare("HEAD:own/latin.yaml");
    assert!(code == Some(2) && error.contains("the text is not UTF-8; convert it to UTF-8"), "{error}");
    let (code, error) = compare("HEAD:own/none.yaml");
    assert!(code == Some(2) && error.contains("not a file, a folder or a git revision"), "{error}");
}

/// Of files of the largest size that is read, those that have as much as is read in total, and one more.
#[test]
fn files_have_limits_of_their_number_and_of_their_total_size() {
    let folder = visible_folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    let failure = |names: &[String]| {
        let schemas: String =
            names.iter().map(|name| format!("    {}: {{$ref: {name}.json}}\n", name)).collect();
        write("a.yaml", &(DOCUMENT.replace("./schemas/pet.yaml", "'#/components/schemas/Tag'") + &schemas));
        write("b.yaml", &DOCUMENT.replace("./schemas/pet.yaml", "'#/components/schemas/Tag'"));
        let path = |name: &str| folder.path().join(name).display().to_string();
        let output = spec_diff(&[&path("b.yaml"), &path("a.yaml")]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code() == Some(2)).then_some(error)
    };
    let names: Vec<String> = (0..=1_000).map(|number| format!("f{number}")).collect();
    names.iter().for_each(|name| write(&format!("{name}.json"), "{\"type\": \"string\"}"));
    assert_eq!(failure(&names[..1_000]), None);
    let error = failure(&names).expect("one too many");
    assert!(error.contains("a document may consist of 1000 files"), "{error}");

    let text = "{\"type\": \"string\"}";
    let largest = text.to_owned() + &" ".repeat((16 << 20) - text.len());
    names[..4].iter().for_each(|name| write(&format!("{name}.json"), &largest));
    assert_eq!(failure(&names[..4]), None);
    let error = failure(&names[..5]).expect("one too many");
    assert!(error.contains("the files of a document may have 64 MiB in total"), "{error}");
}

#[test]
fn an_invalid_file_is_reported_with_the_location_alone() {
    let folder = visible_folder();
    fs::write(folder.path().join("broken.yaml"), format!("a: 1\nb: {SECRET}: c")).expect("a file");
    fs::write(
        folder.path().join("broken.json"),
        format!("{{\"{SECRET} at line 1\": 1, \"a\": 1, \"a\": 2}}"),
    )
    .expect("a file");
    for (to, reason) in [
        ("broken.yaml", "it is neither YAML nor JSON at line 2 column 18\n"),
        ("broken.json", "it is neither YAML nor JSON at line 1 column 43\n"),
    ] {
        let (code, error) = compare_with(folder.path(), to, &[]);
        assert!(code == Some(2) && error.ends_with(reason), "{to}: {error}");
    }
}
