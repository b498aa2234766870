//! The program's output: a closed pipe is not an error, and nothing in a document controls a terminal.

use std::io::pipe;
use std::path::Path;
use std::process::{Command, Stdio};

fn conformance(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.arg(file).args(["--no-compile", "--root", env!("CARGO_MANIFEST_DIR")]).stdin(Stdio::null());
    command
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
    for (text, code) in [(HOSTILE.to_owned(), 0), (HOSTILE.replace("in: query,", "in: header,"), 1)] {
        let file = folder.path().join("document.yaml");
        std::fs::write(&file, text).expect("a file");
        let output = conformance(&file).output().expect("it runs");
        assert_eq!(output.status.code(), Some(code));
        let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert!(text.contains("error::"), "{text}");
        let control = |c: char| c.is_control() && c != '\n' || ('\u{202A}'..='\u{202E}').contains(&c);
        assert!(!text.contains(control) && !text.contains("##["), "{text:?}");
        assert_eq!(text.lines().find(|line| line.trim_start().starts_with("::")), None, "{text}");
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/documents/references.yaml");
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let output = conformance(&file).stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn an_unreadable_document_is_named() {
    let output = conformance(Path::new("nothing.yaml"))
        .args(["--name", "what I asked for"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("error: what I asked for: "), "{text}");
}
