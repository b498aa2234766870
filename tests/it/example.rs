//! Runs the README's example and the others as processes.

use std::process::{Command, Output};

use crate::cargo::cargo;
use crate::contract::{API_TOKEN, ContractServer, PROJECT_ID};

/// The README's command, with further arguments.
fn send_code() -> Command {
    example("send_code", &[])
}

fn example(name: &str, flags: &[&str]) -> Command {
    let mut command = cargo([&["run", "--quiet", "--example", name], flags, &["--"]].concat());
    ["SIGNALWIRE_SPACE", "SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// The output of an example that needs no input.
fn printed(name: &str, flags: &[&str]) -> String {
    let Output { status, stdout, stderr } = example(name, flags).output().expect("it runs");
    let (stdout, stderr) = (text(&stdout), text(&stderr));
    assert_eq!(status.code(), Some(0), "{name}: {stdout}{stderr}");
    assert_eq!(stderr, "", "{name}");
    stdout
}

/// Asserts that the output has these lines in this order, possibly with others between them.
fn assert_has_lines(printed: &str, expected: &[&str]) {
    let mut lines = printed.lines();
    for expected in expected {
        assert!(
            lines.any(|line| without_port(line.trim()) == *expected),
            "`{expected}` is missing, or is too early:\n{printed}"
        );
    }
}

/// The line with `HOST` for an address of this machine.
fn without_port(line: &str) -> String {
    let is_address = |word: &&str| word.starts_with("127.0.0.1:") || word.starts_with("localhost:");
    let address = line.split([' ', ';']).find(is_address);
    address.map_or_else(|| line.to_owned(), |address| line.replace(address, "HOST"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn without_variables_the_example_runs_against_its_own_server() {
    let stdout = printed("send_code", &[]);
    let steps: Vec<&str> = stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(steps, ["server", "requested", "delivered", "wrong", "right", "used"]);
    assert!(stdout.contains("wrong code WrongCode\nright code Verified\nused code  Gone\n"), "{stdout}");
}

#[test]
fn with_some_variables_the_example_names_the_others() {
    let output = send_code().env("SIGNALWIRE_PROJECT_ID", "p").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "error: SIGNALWIRE_API_TOKEN and SIGNALWIRE_SPACE are not set, or empty\n"
    );
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

#[test]
fn a_login_is_started_and_verified() {
    let steps = printed("login_flow", &[]);
    assert!(steps.contains("no number  POST /login: 422 "), "{steps}");
    assert!(steps.contains("start      POST /login: 200 {\"login\":\""), "{steps}");
    assert_has_lines(
        &steps,
        &[
            "wrong code POST /login/verify: 401 wrong code",
            "right code POST /login/verify: 200 welcome",
            "used code  POST /login/verify: 410 log in again",
        ],
    );
}

#[test]
fn every_kind_of_error_is_provoked() {
    assert_has_lines(
        &printed("errors", &[]),
        &[
            "a number in another form: InvalidRequest, sent: No",
            "a server that is not there: Transport, sent: No",
            "a server that does not answer: Transport, sent: Unknown",
            "a wrong API token: Status, sent: Yes",
            "says     request_mfa_sms: server responded 401 Unauthorized; check that project id and API token are not swapped, and the token's scopes",
            "so       check the credentials and their scopes",
            "so       tell the person: The number cannot receive SMS",
            "so       tell SignalWire's support the request id, \"req-7\"",
            "so       wait 30 s, or let a RetryPolicy do it; nothing was sent",
            "so       look at what is between here and SignalWire; it has answered \"<h1>Bad Gateway</h1>\"",
            "a success that cannot be read: Unreadable, sent: Yes",
            "a success that is none: NotQueued, sent: Yes",
            "delivered  0 messages",
        ],
    );
}

#[test]
fn a_policy_retries_rejected_requests_alone() {
    let refused = "request_mfa_sms: server responded";
    assert_has_lines(
        &printed("retry", &[]),
        &[
            &format!(
                "without a policy, requests: 1; {refused} 429 Too Many Requests (attempts: 1, sent: Yes)"
            ),
            "with    a policy, requests: 3; the code was sent",
            &format!(
                "with    a policy, requests: 3; {refused} 503 Service Unavailable (attempt 3) (attempts: 3, sent: Yes)"
            ),
            "with    a policy, requests: 1; request_mfa_sms: timed out after 200ms waiting for a response from HOST; it may have received the request (attempts: 1, sent: Unknown)",
            "delivered  1 message",
        ],
    );
}

#[test]
#[cfg(feature = "rustls")]
fn proxy_certificate_and_pool_are_those_of_the_caller() {
    let steps = printed("bring_your_own_reqwest", &[]);
    assert_has_lines(
        &steps,
        &[
            "untrusted  request_mfa_sms: no connection to acme.signalwire.com; nothing was sent; sent: No",
            "no pool    5 requests, 5 connections",
            "delivered  10 messages",
        ],
    );
    // How many connections a pool saves depends on timing: one is idle only after its task has run.
    assert!(steps.contains("\npool       5 requests, "), "{steps}");
}

#[test]
#[cfg(feature = "mock")]
fn code_is_tested_with_mocks() {
    assert_has_lines(
        &printed("mocked", &["--features", "mock"]),
        &[
            "a wrong code        is rejected, with 200 and `success: false`",
            "wrong               that was not the code; try again",
            "too late            that code is of no use any more; we send another one",
            "failed              we cannot check your code right now",
            "expected            1 request",
            r#"unexpected          request_mfa_sms: no mock matched: body.to is "+14043287383", expected "+14043287382""#,
            "busy, then welcome  2 requests",
        ],
    );
}

/// As in `cargo run --example errors | head -1`.
#[cfg(unix)]
#[test]
fn examples_end_quietly_when_nobody_reads_their_output() {
    let mock: &[&str] = &["--features", "mock"];
    for (name, flags) in [
        ("send_code", &[][..]),
        ("errors", &[]),
        ("retry", &[]),
        ("login_flow", &[]),
        ("bring_your_own_reqwest", &[]),
        ("mocked", mock),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = example(name, flags);
        command.stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("it runs");
        assert_eq!(text(&output.stderr), "", "{name}");
    }
}
