//! What every command does with its output: no colors in a pipe, and no noise when the reader goes away.

use std::fs::File;
use std::io::{Read as _, pipe};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const DOCUMENT: &str = "openapi/relay-rest.yaml";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

/// A changed document, and a folder that is removed in the end.
fn changed() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changed.yaml");
    let document = std::fs::read_to_string(root().join(DOCUMENT)).expect("a file");
    std::fs::write(&path, document.replace("operationId: request-mfa-sms", "operationId: send-mfa-sms"))
        .expect("a file");
    let path = path.display().to_string();
    (folder, path)
}

/// Commands that print something, in the checkout of this repository; none of them writes there.
fn commands(changed: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["expand"],
        vec!["outline"],
        vec!["check", "--no-compile", DOCUMENT],
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
fn a_reader_that_goes_away_ends_nothing_noisily() {
    let (_folder, changed) = changed();
    for arguments in commands(&changed) {
        let expected = xtask(&arguments).output().expect("it runs");
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let output = xtask(&arguments).stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        assert_eq!(output.status.code(), expected.status.code(), "{arguments:?}: {output:?}");
        assert_eq!(output.stderr, expected.stderr, "{arguments:?}");

        // Nobody reads either of the two.
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = xtask(&arguments);
        command.stderr(writer.try_clone().expect("a pipe")).stdout(writer);
        assert_eq!(command.status().expect("it runs").code(), expected.status.code(), "{arguments:?}");
    }
    // An error with nobody to read it.
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let status = xtask(&["check", "nothing.yaml"]).stderr(writer).status().expect("it runs");
    assert_eq!(status.code(), Some(1));
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
