//! The program of the packaged README against the server that comes with the package's examples.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use server::LocalServer;

#[path = "../../relay-rest/examples/server/mod.rs"]
mod server;

/// What the program prints in the end.
async fn login(answer: impl FnOnce(&str) -> String) -> String {
    let server = LocalServer::start().await.expect("a server");
    let mut program = Command::new(env!("CARGO_BIN_EXE_login"))
        .env("SIGNALWIRE_SPACE", server.space())
        .env("SIGNALWIRE_PROJECT_ID", server::PROJECT_ID)
        .env("SIGNALWIRE_API_TOKEN", server::API_TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(program.stdout.take().expect("it is piped")).lines();
    assert_eq!(lines.next().expect("the program asks").expect("in UTF-8"), "code?");

    let delivered = server.take_deliveries().pop().expect("a message was sent");
    assert!(delivered.text.ends_with(&delivered.code), "{} got {:?}", delivered.to, delivered.text);
    let mut stdin = program.stdin.take().expect("it is piped");
    writeln!(stdin, "{}", answer(&delivered.code)).expect("the program reads");
    let verdict = lines.next().expect("the program tells").expect("in UTF-8");
    assert!(program.wait().expect("the program ends").success());
    verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_that_was_sent_logs_in() {
    assert_eq!(login(str::to_owned).await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_code_does_not() {
    let other = |code: &str| if code == "000000" { "000001" } else { "000000" }.to_owned();
    assert_eq!(login(other).await, "false");
}
