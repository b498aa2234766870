//! Runs the command line `relay-rest` as a process.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::cargo::cargo;
use crate::contract::{API_TOKEN, ContractServer, PROJECT_ID};
use crate::scripted::{Scripted, response};

const NUMBER: &str = "+14043287382";
const ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

/// The program with arguments and without an account.
fn program(arguments: &[&str]) -> Command {
    let run = ["run", "--quiet", "--locked", "--features", "cli", "--bin", "relay-rest", "--"];
    let mut command = cargo([&run, arguments].concat());
    ["SIGNALWIRE_SPACE", "SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// The exit code, standard output and standard error, with this standard input.
fn run(mut command: Command, input: &str) -> (Option<i32>, String, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// The same with the account of a server.
fn run_at(space: &str, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = program(arguments);
    command.env("SIGNALWIRE_SPACE", space);
    command.env("SIGNALWIRE_PROJECT_ID", PROJECT_ID).env("SIGNALWIRE_API_TOKEN", API_TOKEN);
    run(command, input)
}

fn parsed(stdout: &str) -> Value {
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    serde_json::from_str(stdout).expect("JSON")
}

#[test]
fn a_code_is_sent_and_verified() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(ContractServer::start()).expect("a server");
    let space = server.space();

    let (code, id, stderr) = run_at(&space, &["send", NUMBER, "--valid-for", "60"], "");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let delivered = server.take_deliveries().pop().expect("a message").code;
    let verify = ["verify", id.trim()];
    let wrong = if delivered == "000000" { "000001" } else { "000000" };
    let outcome = run_at(&space, &verify, wrong);
    assert_eq!(outcome, (Some(1), "the code is wrong\n".to_owned(), String::new()));
    // As `echo` writes it.
    let (code, stdout, _) = run_at(&space, &verify, &format!("{delivered}\r\n"));
    assert_eq!((code, stdout.as_str()), (Some(0), "the code is right\n"));
    let (code, stdout, _) = run_at(&space, &[&verify[..], &["--json"]].concat(), &delivered);
    assert_eq!((code, parsed(&stdout)), (Some(6), json!({ "outcome": "gone" })));

    let options = ["--call", "--from", "+12029167968", "--message=Your code:", "--token-length", "8"];
    let (code, stdout, _) = run_at(&space, &[&["send", "--json"][..], &options, &[NUMBER]].concat(), "");
    let sent = parsed(&stdout);
    assert_eq!((code, &sent["channel"]), (Some(0), &json!("call")));
    let delivered = server.take_deliveries().pop().expect("a call");
    assert_eq!((delivered.code.len(), delivered.text.starts_with("Your code: ")), (8, true));
    assert_eq!(server.violations(), Vec::<String>::new());
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let of_server = |bytes: Vec<u8>| {
        let server = runtime.block_on(Scripted::answering(bytes));
        let (code, stdout, stderr) = run_at(&server.url, &["send", NUMBER], "");
        assert_eq!(stdout, "");
        assert!(stderr.starts_with("error: request_mfa_sms: ") && !stderr.contains(&NUMBER[1..]), "{stderr}");
        code.expect("an exit code")
    };
    for (status, body, expected) in [
        (422, "{}", 3),
        (401, "{}", 3),
        (429, "", 3),
        (503, "", 3),
        (500, "", 4),
        (200, r#"{"success":false}"#, 3),
        (200, "<h1>Welcome</h1>", 4),
    ] {
        assert_eq!(of_server(response(status, "", body)), expected, "{status} {body}");
    }
    // The connection is closed without a response.
    assert_eq!(of_server(Vec::new()), 4);

    // A port that is bound and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let space = format!("http://{}", taken.local_addr().expect("an address"));
    let (code, stdout, stderr) = run_at(&space, &["send", "--json", NUMBER], "");
    let error = parsed(&stdout);
    assert_eq!((code, stderr.as_str()), (Some(5), ""));
    assert_eq!((&error["sent"], &error["status"]), (&json!("no"), &Value::Null));
    assert!(error["error"].as_str().expect("a message").ends_with("nothing was sent"), "{error}");
}

#[test]
fn a_usage_error_sends_nothing_and_quotes_no_value() {
    let long = "m".repeat(170);
    for (arguments, expected) in [
        (&[][..], "send, verify or segment is expected; see --help"),
        (&["sned"], "send, verify or segment is expected; see --help"),
        (&["send"], "a number is expected; see --help"),
        (&["send", "(404) 328-7382"], "invalid request, nothing was sent: to: "),
        (&["send", NUMBER, "--token-length", "30"], "invalid request, nothing was sent: token_length: "),
        (&["send", NUMBER, "--token-length", "secret"], "--token-length is not an integer"),
        (&["send", NUMBER, "--valid-for"], "--valid-for has no value"),
        (&["send", NUMBER, "--message", &long], "invalid request, nothing was sent: message: "),
        (&["send", NUMBER, "--message", &long[..158]], "invalid request, nothing was sent: "),
        (&["send", NUMBER, "--call=secret"], "--call takes no value"),
        (&["send", NUMBER, "--token", "secret"], "there is no option --token; see --help"),
        (&["send", NUMBER, "secret"], "there is an argument too many"),
        (&["send", NUMBER], "SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN and SIGNALWIRE_SPACE are not set"),
        (&["verify", ID, "--call"], "--call is an option of send alone"),
        (&["verify", ID, "secret"], "the code is read from standard input"),
        (&["segment"], "a text is expected; see --help"),
    ] {
        let (code, stdout, stderr) = run(program(arguments), "123456");
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with(&format!("error: {expected}")), "{arguments:?}: {stderr}");
        let is_shown = ["secret", "328", "mmm"].iter().any(|secret| stderr.contains(secret));
        assert!(!is_shown && stderr.lines().count() == 1, "{arguments:?}: {stderr}");
    }
    let (code, _, stderr) = run_at("http://127.0.0.1:9", &["verify", ID], "\n");
    assert_eq!((code, stderr.as_str()), (Some(2), "error: the code is expected on standard input\n"));
}

#[test]
fn a_text_is_measured() {
    let (code, stdout, _) = run(program(&["segment", "It’s your code:"]), "");
    let expected = "15 of 70 characters (UCS-2, because ’ (U+2019) at byte 2 is not in the GSM alphabet): 1 segment, 55 characters remaining\n";
    assert_eq!((code, stdout.as_str()), (Some(0), expected));
    let (_, stdout, _) = run(program(&["segment", "--json", &"a".repeat(161)]), "");
    let expected = json!({ "encoding": "GSM", "units": 161, "segments": 2, "remaining": 145 });
    assert_eq!(parsed(&stdout), expected);
}

#[test]
fn the_help_has_each_option_and_exit_code() {
    let (code, help, stderr) = run(program(&["--help"]), "");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    for expected in ["--from", "--message", "--call", "--token-length", "--valid-for", "--json", "--version"]
    {
        assert!(
            help.contains(&format!("  {expected}")) || help.contains(&format!(", {expected}")),
            "{expected}"
        );
    }
    for code in 0..=6 {
        assert!(help.contains(&format!("\n  {code}  ")), "{code}");
    }
    let (_, version, _) = run(program(&["-V"]), "");
    assert_eq!(version, format!("relay-rest {}\n", env!("CARGO_PKG_VERSION")));
}

/// As in `relay-rest --help | head -1`.
#[cfg(unix)]
#[test]
fn it_ends_quietly_when_nobody_reads_its_output() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = program(&["--help"]);
    command.stdout(writer).stderr(Stdio::piped());
    let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("it runs");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
