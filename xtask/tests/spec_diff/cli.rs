//! Options, and the output for GitHub.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{changes, compare_texts, spec_diff};

const LINE: &str = "        - {name: limit, in: query, schema: {type: integer, maximum: 50}}\n";

/// A document with an operation at each path, which has the parameter.
fn document(paths: &[&str]) -> String {
    let operation = |path: &&str| {
        let id = path.trim_matches('/').replace(['/', '{', '}'], "_");
        format!(
            "  {path}:\n    get:\n      operationId: {id}\n      parameters:\n{LINE}      responses: {{'204': {{description: d}}}}\n"
        )
    };
    let paths: String = paths.iter().map(operation).collect();
    format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}")
}

/// A folder with the files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// Runs the command in a folder, with a summary file for GitHub's format.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("spec-diff")
        .args(arguments)
        .current_dir(folder)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .stdin(Stdio::null())
        .output()
        .expect("xtask runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_verdict_is_the_first_annotation_and_none_is_dropped() {
    let paths: Vec<String> = (0..14).map(|index| format!("/a{index}")).collect();
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let old = document(&paths);
    let narrowed = old.replace("maximum: 50", "maximum: 20");
    paths.extend(["/new", "/newer"]);
    let added = document(&paths[14..]);
    let new = narrowed + added.split_once("paths:\n").expect("paths").1;
    let folder = folder(&[("old.yaml", &old), ("new.yaml", &new)]);
    let output = run(folder.path(), &["--format", "github", "--rust", "never", "old.yaml", "new.yaml"]);
    let lines = stdout(&output);
    let lines: Vec<&str> = lines.lines().collect();
    assert!(lines[0].starts_with("::error title=spec-diff::major: 14 wire-breaking"), "{lines:#?}");
    // GitHub shows ten of a kind.
    let of = |kind: &str| lines.iter().filter(|line| line.starts_with(&format!("::{kind} "))).count();
    assert_eq!((of("error"), of("notice")), (10, 1), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.contains("title=more (6)::[request-parameter-max-decreased]")),
        "{lines:#?}"
    );
    let notice = lines.iter().find(|line| line.starts_with("::notice")).expect("a notice");
    assert!(notice.contains("additions and the like (2)") && notice.contains("/newer"), "{notice}");
    let summary = fs::read_to_string(folder.path().join("summary.md")).expect("a summary");
    assert!(summary.starts_with("## What changed in the API\n"), "{summary}");
    assert_eq!(summary.matches("`request-parameter-max-decreased`").count(), 14, "{summary}");
    // Other commands of the step write into the same file.
    run(folder.path(), &["--format", "github", "--rust", "never", "old.yaml", "new.yaml"]);
    let twice = fs::read_to_string(folder.path().join("summary.md")).expect("a summary");
    assert_eq!(twice, summary.repeat(2));
}

#[test]
fn a_change_in_another_file_is_annotated_there() {
    let api = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        '200':\n          description: d\n          content: {application/json: {schema: {$ref: 'schemas/pet%20one.yaml#/Pet'}}}\n";
    let pet = "Other: {type: string}\nPet:\n  type: object\n  required: [name]\n  properties:\n    name: {type: string}\n";
    let changed =
        pet.replace("name: {type: string}", "name: {type: integer}").replace("Other:", "More: {}\nOther:");
    let folder = folder(&[
        ("old/api.yaml", api),
        ("old/schemas/pet one.yaml", pet),
        ("new/api.yaml", api),
        ("new/schemas/pet one.yaml", &changed),
    ]);
    let arguments = ["--rust", "never", "old/api.yaml", "new/api.yaml", "--format"];
    let lines = stdout(&run(folder.path(), &[&arguments[..], &["github"]].concat()));
    assert!(lines.contains("::error file=new/schemas/pet one.yaml,line=7,title="), "{lines}");
    let json = run(folder.path(), &[&arguments[..], &["json"]].concat());
    let found: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let change = &found["changes"][0];
    assert_eq!((&change["old_line"], &change["new_line"]), (&6.into(), &7.into()), "{found:#}");
    assert_eq!(change["new_file"], "new/schemas/pet one.yaml");
}

#[test]
fn the_least_level_is_chosen_and_the_verdict_stays() {
    let old = document(&["/a"]);
    let new = document(&["/a", "/b"]).replacen("maximum: 50", "maximum: 20", 1);
    let folder = folder(&[("old.yaml", &old), ("new.yaml", &new)]);
    let text = |level: &str| {
        stdout(&run(folder.path(), &["--rust", "never", "--level", level, "old.yaml", "new.yaml"]))
    };
    let (all, breaking) = (text("info"), text("breaking"));
    assert!(
        all.contains("[request-parameter-max-decreased]") && all.contains("  info GET /b (line "),
        "{all}"
    );
    assert!(
        breaking.contains("[request-parameter-max-decreased]") && !breaking.contains("GET /b"),
        "{breaking}"
    );
    assert_eq!(all.lines().next(), Some("major: 1 wire-breaking, 0 Rust-breaking, 1 additive"));
    assert_eq!(all.lines().next(), breaking.lines().next());
}

#[test]
fn paths_are_selected_by_a_regular_expression() {
    let old = document(&["/v1/a", "/v2/a", "/v2/b"]);
    let new = document(&["/v1/x", "/v2/a"]);
    let folder = folder(&[("old.yaml", &old), ("new.yaml", &new)]);
    let found = |arguments: &[&str]| {
        let all = [&["--rust", "never", "--format", "json", "old.yaml", "new.yaml"], arguments].concat();
        let output = run(folder.path(), &all);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let operations = found["changes"].as_array().into_iter().flatten();
        let mut operations: Vec<String> =
            operations.filter_map(|change| change["operation"].as_str()).map(str::to_owned).collect();
        operations.sort();
        (output.status.code(), operations, stderr(&output))
    };
    assert_eq!(found(&["--match-path", "^/v2/"]).1, ["GET /v2/b"]);
    assert_eq!(found(&["--match-path", "x$|a$"]).1, ["GET /v1/a", "GET /v1/x"]);
    for (arguments, expected) in [
        (&["--match-path", "^/v3"][..], "error: no operation of old.yaml or new.yaml matches `^/v3`\n"),
        (
            &["--paths", "/v1", "--paths", "/v3"],
            "error: no operation of old.yaml or new.yaml matches `/v3`\n",
        ),
        (&["--tags", "nothing"], "error: no operation of old.yaml or new.yaml matches `nothing`\n"),
        (&["--settings", "nope.toml"], "error: nope.toml: "),
    ] {
        let (code, _, error) = found(arguments);
        assert!(code == Some(2) && error.starts_with(expected), "{arguments:?}: {code:?} {error}");
    }
    let (code, _, error) = found(&["--match-path", "("]);
    assert!(code == Some(2) && error.contains("`(` is not a regular expression"), "{error}");
    // What only one side has is selected there.
    assert_eq!(found(&["--match-path", "^/v1/x"]).0, Some(0));
}

#[test]
fn a_page_escapes_what_the_document_says() {
    let evil = "<script>alert(1)</script><img src=x onerror='a'>\"&`";
    let schema = |kind: &str| {
        serde_json::json!({ "openapi": "3.1.0", "info": { "title": evil, "version": "1" }, "paths": { format!("/{evil}"): { "get": {
            "responses": { "200": { "description": evil, "content": { "application/json": { "schema": {
                "type": "object", "properties": { evil: { "type": kind } } } } } } } } } } }).to_string()
    };
    let folder = folder(&[("old.yaml", &schema("string")), ("<b>.yaml", &schema("integer"))]);
    let page = stdout(&run(folder.path(), &["--format", "html", "--docs", "old.yaml", "<b>.yaml"]));
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("&lt;b&gt;.yaml"), "{page}");
    for tag in ["<script", "<img", "<b>", "href=", "src=\""] {
        assert!(!page.contains(tag), "{tag}: {page}");
    }
}

#[test]
fn a_side_is_read_from_standard_input() {
    let (old, new) = (document(&["/a", "/b"]), document(&["/a"]));
    let folder = folder(&[("old.yaml", &old)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["spec-diff", "--rust", "never", "old.yaml", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("xtask runs");
    child.stdin.take().expect("a pipe").write_all(new.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("GET /b: was removed"), "{}", stdout(&output));
    let both = run(folder.path(), &["-", "-"]);
    assert_eq!(both.status.code(), Some(2));
    assert_eq!(stderr(&both), "error: only one side can be standard input\n");
}

#[test]
fn a_revision_of_another_repository_is_read() {
    let old = document(&["/a", "/b"]);
    let folder = folder(&[("other/api/v1.yaml", &old)]);
    let other = folder.path().join("other");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(&other).output();
        assert!(output.as_ref().is_ok_and(|output| output.status.success()), "{output:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "one"]);
    git(&["tag", "v1"]);
    fs::write(other.join("api/v1.yaml"), document(&["/a"])).expect("a file");
    for base in ["other@v1:api/v1.yaml", "other@HEAD@{0}:api/v1.yaml"] {
        let output = run(folder.path(), &["--rust", "never", base, "other/api/v1.yaml"]);
        assert!(stdout(&output).contains("GET /b: was removed"), "{base}: {output:?}");
    }
    let output = run(&other, &["--rust", "never", ".@v1:api/v1.yaml", "api/v1.yaml", "--format", "github"]);
    assert!(stdout(&output).contains("::error file=api/v1.yaml,line="), "{output:?}");
    let output = run(folder.path(), &["other@v2:api/v1.yaml", "other/api/v1.yaml"]);
    assert!(output.status.code() == Some(2) && stderr(&output).contains("v2"), "{output:?}");
}

#[test]
fn operations_that_are_not_stable_may_be_exempt() {
    let document = |maximum: u8, level: &str| {
        document(&["/a", "/b/{id}"]).replace("maximum: 50", &format!("maximum: {maximum}")).replacen(
            "    get:\n",
            &format!("    get:\n      x-stability-level: {level}\n"),
            1,
        )
    };
    let found = |settings: &str, level: &str| {
        let folder = folder(&[
            ("old.yaml", &document(50, level)),
            ("new.yaml", &document(20, level)),
            ("settings.toml", settings),
        ]);
        let output = run(
            folder.path(),
            &["--rust", "never", "--format", "json", "--settings", "settings.toml", "old.yaml", "new.yaml"],
        );
        assert_eq!(stderr(&output), "");
        changes(&serde_json::from_slice(&output.stdout).expect("JSON"))
    };
    let breaking = "breaking request-parameter-max-decreased".to_owned();
    let exempt = vec![breaking.clone(), "info request-parameter-max-decreased".to_owned()];
    assert_eq!(found("", "alpha"), [breaking.clone(), breaking.clone()]);
    assert_eq!(found("exempt = ['alpha', 'draft']\n", "alpha"), exempt);
    assert_eq!(found("exempt = ['alpha', 'draft']\n", "beta"), [breaking.clone(), breaking.clone()]);
    assert_eq!(found("exempt = ['beta']\n", "beta"), exempt);
    // BASE decides: who used a stable operation may rely on it.
    let (old, new) = (document(50, "stable"), document(20, "alpha"));
    let (_, found) = compare_texts(&old, &new);
    assert!(changes(&found).contains(&breaking));
    let folder = folder(&[("a.toml", "exempt = ['none']\n"), ("old.yaml", &old)]);
    let output = run(folder.path(), &["--settings", "a.toml", "old.yaml", "old.yaml"]);
    assert!(
        output.status.code() == Some(2) && stderr(&output).contains("unknown variant `none`"),
        "{output:?}"
    );
    let help = spec_diff(&["--help"]);
    for option in ["--apply", "--level", "--match-path", "html", "FOLDER@REV:PATH", "standard input"] {
        assert!(stdout(&help).contains(option), "{option}: {}", stdout(&help));
    }
}

/// The script of the GitHub action, in a repository with a branch that a pull request is for.
#[cfg(unix)]
#[test]
fn the_action_compares_the_document_of_any_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder(&[("api.yaml", &document(&["/a", "/b"]))]);
    let git = |arguments: &[&str], at: &Path| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(at).output();
        assert!(output.as_ref().is_ok_and(|output| output.status.success()), "{output:?}");
    };
    git(&["init", "--quiet", "--initial-branch", "trunk"], folder.path());
    git(&["add", "."], folder.path());
    git(&["commit", "--quiet", "--message", "one"], folder.path());
    let work = tempfile::tempdir().expect("a folder");
    git(&["clone", "--quiet", &folder.path().display().to_string(), "work"], work.path());
    let work = work.path().join("work");
    fs::write(work.join("api.yaml"), document(&["/a"])).expect("a file");

    let definition = fs::read_to_string(root.join("spec-diff/action.yml")).expect("the action");
    let definition: serde_json::Value = serde_yaml::from_str(&definition).expect("YAML");
    let inputs = definition["inputs"].as_object().expect("inputs");
    let environment = definition["runs"]["steps"][0]["env"].as_object().expect("an environment");
    let run = |given: &[(&str, &str)]| {
        let mut command = Command::new("bash");
        for (name, expression) in environment {
            let input =
                expression.as_str().and_then(|text| text.strip_prefix("${{ inputs.")?.strip_suffix(" }}"));
            let input = input.expect("an input");
            let given = given.iter().find(|(name, _)| *name == input).map(|(_, value)| *value);
            command.env(name, given.or(inputs[input]["default"].as_str()).expect("it is required"));
        }
        command
            .arg(root.join("spec-diff/action.sh"))
            .current_dir(&work)
            .env("CARGO_TARGET_DIR", root.join("../target"))
            .env("GITHUB_BASE_REF", "trunk")
            .env("GITHUB_STEP_SUMMARY", work.join("summary.md"))
            .output()
            .expect("bash runs")
    };
    let output = run(&[("document", "api.yaml")]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stdout(&output).contains("::error file=api.yaml,line="), "{output:?}");
    assert!(
        fs::read_to_string(work.join("summary.md")).is_ok_and(|text| text.contains("GET /b: was removed"))
    );
    let output = run(&[("document", "api.yaml"), ("fail-on", "never"), ("base", "HEAD:api.yaml")]);
    assert_eq!(
        output.status.code(),
        Some(2),
        "HEAD is a revision of the action's own repository: {output:?}"
    );
    let output = run(&[
        ("document", "api.yaml"),
        ("base", ".@HEAD:api.yaml"),
        ("fail-on", "never"),
        ("rust", "always"),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stdout(&output).contains("title=breaking in Rust"), "{output:?}");
}
