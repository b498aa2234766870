//! The output of every command: no colors in a pipe, and no error on a closed pipe.

use std::fs::File;
use std::io::{Read as _, pipe};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const DOCUMENT: &str = "openapi/relay-rest.yaml";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

/// Writes a changed document into a temporary folder.
fn changed() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changed.yaml");
    let document = std::fs::read_to_string(root().join(DOCUMENT)).expect("a file");
    std::fs::write(&path, document.replace("operationId: request-mfa-sms", "operationId: send-mfa-sms"))
        .expect("a file");
    let path = path.display().to_string();
    (folder, path)
}

/// Commands that print something for this repository, and write nothing in it.
fn commands(changed: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["expand"],
        vec!["outline"],
        vec!["outline", "xtask/tests/documents/references.yaml"],
        vec!["outline", "--tree", "."],
        vec!["sync", "--check", "--source", DOCUMENT],
        vec!["sync", "--dry-run", "--no-check", "--source", DOCUMENT],
        vec!["spec-diff", DOCUMENT, changed],
        vec!["spec-diff", "--rules"],
        vec!["spec-diff", "--format", "json", DOCUMENT, changed],
        vec!["--help"],
    ]
}

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn has_escapes(output: &Output) -> bool {
    output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
}

#[test]
fn nothing_in_a_pipe_is_colored_unless_forced() {
    let (_folder, changed) = changed();
    for arguments in commands(&changed) {
        let output = xtask(&arguments).output().expect("it runs");
        assert!(!output.stdout.is_empty(), "{arguments:?} prints nothing: {output:?}");
        assert!(!has_escapes(&output), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        let output = xtask(&arguments).envs([("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]).output();
        assert!(!has_escapes(&output.expect("it runs")), "{arguments:?}: NO_COLOR was ignored");
    }
    let diff = |arguments: &[&str]| xtask(arguments).env("CLICOLOR_FORCE", "1").output().expect("it runs");
    assert!(has_escapes(&diff(&["spec-diff", DOCUMENT, &changed])), "CLICOLOR_FORCE was ignored");
    let copy = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(copy.path().join("openapi")).expect("a folder");
    for name in ["relay-rest.yaml", "source.toml"] {
        std::fs::copy(root().join("openapi").join(name), copy.path().join("openapi").join(name))
            .expect("a file");
    }
    let overlay =
        "{overlay: 1.0.0, info: {title: none, version: '1'}, actions: [{target: $, update: {x-a: 1}}]}";
    std::fs::write(copy.path().join("openapi/overlay.yaml"), overlay).expect("a file");
    let tree = copy.path().display().to_string();
    let sync = ["sync", "--no-check", "--tree", &tree, "--source", &changed];
    let output = xtask(&sync).output().expect("it runs");
    assert!(output.status.success() && !has_escapes(&output), "{output:?}");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let (_folder, changed) = changed();
    for arguments in commands(&changed) {
        let expected = xtask(&arguments).output().expect("it runs");
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let output = xtask(&arguments).stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        assert_eq!(output.status.code(), expected.status.code(), "{arguments:?}: {output:?}");
        assert_eq!(output.stderr, expected.stderr, "{arguments:?}");

        // Both pipes are closed.
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = xtask(&arguments);
        command.stderr(writer.try_clone().expect("a pipe")).stdout(writer);
        assert_eq!(command.status().expect("it runs").code(), expected.status.code(), "{arguments:?}");
    }
    // An error message into a closed pipe.
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let status = xtask(&["spec-diff", "nothing.yaml"]).stderr(writer).status().expect("it runs");
    assert_eq!(status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = File::options().write(true).open("/dev/full").expect("a device");
    let mut child = xtask(&["outline"]).stdout(full).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut stderr = String::new();
    child.stderr.take().expect("standard error").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    assert_eq!(stderr, "error: standard output: No space left on device (os error 28)\n");
}

/// Names that move a cursor, change the direction of text, or begin a line that is a command of GitHub Actions.
const HOSTILE: &str = r##"
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: "https://x.example/\n::error::server"}]
paths:
  "/a\n\e[0m ::error::path\e[8m\e]0;t\a\u202e\r":
    get:
      operationId: "op\n::error::id\e[2J"
      parameters:
        - {name: "q\n::error::parameter##[error]x#\e[1m#[error]y", in: query, schema: {type: string, not: {}}}
        - {name: "c\u009b2J", in: cookie, schema: {type: string}}
      responses:
        "200": {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/Got"}}}}
components: {schemas: {Got: {type: object, properties: {"p\n::error::property": {type: string}}}}}
"##;

#[test]
fn nothing_in_a_document_is_a_command_to_a_terminal_or_a_ci_job() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let old = file("old.yaml", HOSTILE);
    let new = file(
        "new.yaml",
        &HOSTILE
            .replace("in: query,", "in: query, required: true,")
            .replace("type: string}}}}}", "type: integer}}}}}"),
    );
    let broken = file("broken.yaml", &HOSTILE.replace("in: query,", "in: header,"));
    for arguments in [
        vec!["spec-diff", "--docs", &old, &new],
        vec!["spec-diff", "--docs", &old, &broken],
        vec!["spec-diff", "--docs", "--format", "json", &old, &new],
        vec!["spec-diff", "--docs", "--format", "markdown", &old, &new],
        vec!["spec-diff", "--docs", "--format", "github", &old, &new],
        vec!["sync", "--dry-run", "--no-check", "--source", &new],
    ] {
        for force in [None, Some("1")] {
            let mut command = xtask(&arguments);
            let output =
                command.envs(force.map(|force| ("CLICOLOR_FORCE", force))).output().expect("it runs");
            let printed = [output.stdout, output.stderr].concat();
            let mut text = String::from_utf8(printed).expect("UTF-8");
            assert!(text.contains("error::") || text.contains("error:"), "{arguments:?}: {text}");
            for style in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[36m"] {
                text = text.replace(style, "");
            }
            let control = |c: char| c.is_control() && c != '\n' || ('\u{202A}'..='\u{202E}').contains(&c);
            assert!(!text.contains(control), "{arguments:?}: {text:?}");
            assert!(!text.contains("##["), "{arguments:?}: {text}");
            // The GitHub format consists of commands; each has a title.
            let is_own = |line: &&str| arguments.contains(&"github") && line.contains("title=");
            let mut lines = text.lines().filter(|line| !is_own(line));
            assert_eq!(lines.find(|line| line.trim_start().starts_with("::")), None, "{arguments:?}: {text}");
        }
    }
}
