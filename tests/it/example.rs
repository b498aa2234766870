//! What a newcomer runs, run as a process.
//! Knows the README's commands; must not know the code.

use std::process::{Command, Output};

use crate::contract::{API_TOKEN, ContractServer, PROJECT_ID};

/// The README's command, with whatever comes after it.
fn send_code() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--example", "send_code", "--"]);
    ["SIGNALWIRE_SPACE", "SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn without_variables_the_example_runs_against_its_own_server() {
    let Output { status, stdout, stderr } = send_code().output().expect("it runs");
    let (stdout, stderr) = (text(&stdout), text(&stderr));
    assert!(status.success(), "{stdout}{stderr}");
    let steps: Vec<&str> = stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(steps, ["server", "requested", "delivered", "wrong", "right", "used", "contract"]);
    assert!(stdout.contains("wrong code WrongCode\nright code Verified\nused code  Gone\n"), "{stdout}");
}

#[test]
fn with_some_variables_the_example_names_the_others() {
    let output = send_code().env("SIGNALWIRE_PROJECT_ID", "p").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "error: SIGNALWIRE_API_TOKEN and SIGNALWIRE_SPACE are not set\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_variables_the_example_talks_to_the_space_they_name() {
    let server = ContractServer::start().await.expect("a server");
    let mut command = send_code();
    command
        .arg("+14043287382")
        .env("SIGNALWIRE_SPACE", server.space())
        .env("SIGNALWIRE_PROJECT_ID", PROJECT_ID)
        .env("SIGNALWIRE_API_TOKEN", API_TOKEN)
        .stdin(std::process::Stdio::null());
    let output =
        tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs");
    let stdout = text(&output.stdout);
    // With no standard input the code is empty, and so wrong.
    assert!(
        output.status.success() && stdout.contains("verified   WrongCode"),
        "{stdout}{}",
        text(&output.stderr)
    );
    assert_eq!(server.violations(), Vec::<String>::new());
    assert_eq!(server.take_deliveries().len(), 1);
}
