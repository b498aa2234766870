//! The command line: sends a code, verifies it, and counts the segments of a text.

use std::ffi::OsString;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use relay_rest::blocking::Client;
use relay_rest::reqwest::StatusCode;
use relay_rest::types::{MfaCallRequest, MfaRequest};
use relay_rest::{Error, ErrorKind, Identifier, Sent, Verification, segment};
use serde_json::{Value, json};

const HELP: &str = "\
Sends multi-factor codes with SignalWire, and verifies them.

Usage:
  relay-rest send [OPTIONS] NUMBER   sends a code, and prints the id with which it is verified
  relay-rest verify [OPTIONS] ID     verifies the code that is read from standard input
  relay-rest segment [OPTIONS] TEXT  counts the SMS segments that a text takes

Options of send:
  --from NUMBER       a number of your account; set it with a message of your own
  --message TEXT      what precedes the code; one segment of SMS with a blank and the code
  --call              makes a phone call instead of sending an SMS
  --token-length N    the length of the code, 4 to 20; 6 by default
  --valid-for N       how many seconds the code is valid, up to 604800; 3600 by default

Options of all:
  --json              prints one JSON object, also for an error
  -h, --help          prints this help
  -V, --version       prints the version

Numbers are in E.164 format: +14043287382. The account is that of SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT_ID and
SIGNALWIRE_API_TOKEN.

Exit codes:
  0  the code was requested, or is right; or the segments were counted
  1  the code is wrong
  2  the command line, a variable or a value is invalid; nothing was sent
  3  SignalWire rejected the request
  4  the request may have been carried out: do not repeat it
  5  nothing was sent, because there was no connection: it can be repeated
  6  there is no code to verify: no attempts are left, it has expired, or it was used
";

/// What the command line asks for.
enum Command {
    Print(String),
    Send(Send),
    Verify(String),
    Segment(String),
}

#[derive(Default)]
struct Send {
    to: String,
    from: Option<String>,
    message: Option<String>,
    is_call: bool,
    token_length: Option<i64>,
    valid_for: Option<i64>,
}

/// What is printed, for people and for programs, and the exit code.
struct Outcome {
    text: String,
    json: Value,
    code: u8,
}

fn main() -> ExitCode {
    let mut is_json = false;
    let outcome = parse(std::env::args_os(), &mut is_json).and_then(run).unwrap_or_else(Outcome::from);
    // Errors are for standard error, but a program that reads JSON expects one object on standard output.
    let is_error = outcome.json.get("error").is_some();
    let written = match (is_json, is_error) {
        (true, _) => writeln!(io::stdout(), "{}", outcome.json),
        (false, true) => writeln!(io::stderr(), "{}", outcome.text),
        (false, false) => writeln!(io::stdout(), "{}", outcome.text),
    };
    match written {
        // As in `relay-rest … | head -1`.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "error: the outcome could not be written: {error}");
            ExitCode::from(4)
        }
        _ => ExitCode::from(outcome.code),
    }
}

/// Why nothing was done, or what went wrong.
enum Failure {
    /// The command line, a variable or a value is invalid.
    Usage(String),
    Call(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<relay_rest::ConfigError> for Failure {
    fn from(error: relay_rest::ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// The values of options may be numbers and codes, so errors name the option alone.
impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(match error {
            lexopt::Error::MissingValue { option: Some(option) } => format!("{option} has no value"),
            lexopt::Error::UnexpectedValue { option, .. } => format!("{option} takes no value"),
            lexopt::Error::UnexpectedOption(option) => format!("there is no option {option}; see --help"),
            _ => "the command line cannot be read; see --help".to_owned(),
        })
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        let (message, code, sent, status) = match &failure {
            Failure::Usage(message) => (message.clone(), 2, Sent::No, None),
            Failure::Call(error) => (error.to_string(), code_of(error), error.was_sent(), error.status()),
        };
        let sent = match sent {
            Sent::No => "no",
            Sent::Yes => "yes",
            Sent::Unknown => "unknown",
        };
        let status = status.map(|status| status.as_u16());
        Self {
            text: format!("error: {message}"),
            json: json!({ "error": message, "sent": sent, "status": status }),
            code,
        }
    }
}

/// The exit code for a failed call.
fn code_of(error: &Error) -> u8 {
    let is_rejected = error.status() == Some(StatusCode::SERVICE_UNAVAILABLE);
    let is_failure = error.status().is_some_and(|status| status.is_server_error());
    match error.kind() {
        ErrorKind::InvalidRequest => 2,
        ErrorKind::NotQueued => 3,
        // A server that failed may have sent the message before.
        ErrorKind::Status if is_failure && !is_rejected => 4,
        ErrorKind::Status => 3,
        _ if error.was_sent() == Sent::No => 5,
        _ => 4,
    }
}

/// Reads the command line; sets `is_json` as soon as it has the option.
fn parse(arguments: impl Iterator<Item = OsString>, is_json: &mut bool) -> Result<Command, Failure> {
    use lexopt::Arg::{Long, Short, Value};

    let mut parser = lexopt::Parser::from_iter(arguments);
    let (mut command, mut operand, mut send) = (None, None, Send::default());
    let mut option_of_send = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Print(HELP.trim_end().to_owned())),
            Long("version") | Short('V') => {
                return Ok(Command::Print(concat!("relay-rest ", env!("CARGO_PKG_VERSION")).to_owned()));
            }
            Long("json") => *is_json = true,
            Long("from") => (send.from, option_of_send) = (Some(text(parser.value()?)?), Some("--from")),
            Long("message") => {
                (send.message, option_of_send) = (Some(text(parser.value()?)?), Some("--message"));
            }
            Long("call") => (send.is_call, option_of_send) = (true, Some("--call")),
            Long("token-length") => {
                option_of_send = Some("--token-length");
                send.token_length = Some(number("--token-length", parser.value()?)?);
            }
            Long("valid-for") => {
                option_of_send = Some("--valid-for");
                send.valid_for = Some(number("--valid-for", parser.value()?)?);
            }
            Value(value) if command.is_none() => command = Some(text(value)?),
            Value(value) if operand.is_none() => operand = Some(text(value)?),
            Value(_) if command.as_deref() == Some("verify") => {
                return usage(
                    "the code is read from standard input, where other users of the machine cannot see it",
                );
            }
            Value(_) => return usage("there is an argument too many; quote a text that has blanks"),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let expected = |what: &str| Failure::Usage(format!("{what} is expected; see --help"));
    let command = command.ok_or_else(|| expected("send, verify or segment"))?;
    if let Some(option) = option_of_send.filter(|_| command != "send") {
        return usage(&format!("{option} is an option of send alone"));
    }
    match command.as_str() {
        "send" => Ok(Command::Send(Send { to: operand.ok_or_else(|| expected("a number"))?, ..send })),
        "verify" => Ok(Command::Verify(operand.ok_or_else(|| expected("the id of a request"))?)),
        "segment" => Ok(Command::Segment(operand.ok_or_else(|| expected("a text"))?)),
        _ => Err(expected("send, verify or segment")),
    }
}

fn usage<T>(message: &str) -> Result<T, Failure> {
    Err(Failure::Usage(message.to_owned()))
}

fn text(value: OsString) -> Result<String, Failure> {
    value.into_string().or_else(|_| usage("an argument is not Unicode"))
}

fn number(option: &str, value: OsString) -> Result<i64, Failure> {
    text(value)?.parse().or_else(|_| usage(&format!("{option} is not an integer")))
}

fn run(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Print(text) => Ok(Outcome { json: json!({ "text": text }), text, code: 0 }),
        Command::Send(send) => sent(send),
        Command::Verify(id) => verified(&id),
        Command::Segment(text) => Ok(measured(&text)),
    }
}

fn sent(Send { to, from, message, is_call, token_length, valid_for }: Send) -> Result<Outcome, Failure> {
    let outcome = |id: &Identifier, channel: &str| Outcome {
        text: id.to_string(),
        json: json!({ "id": id.as_str(), "channel": channel }),
        code: 0,
    };
    // Invalid values are reported before missing variables.
    if is_call {
        let request = MfaCallRequest::builder().to(to).from(from).message(message);
        let request = request.token_length(token_length).valid_for(valid_for).build().map_err(Error::from)?;
        let client = Client::from_env()?;
        let sent = client.send(client.request_mfa_call().body(request))?;
        return Ok(outcome(&sent.id, sent.channel.as_str()));
    }
    let request = MfaRequest::builder().to(to).from(from).message(message);
    let request = request.token_length(token_length).valid_for(valid_for).build().map_err(Error::from)?;
    request.check_one_segment().map_err(Error::from)?;
    let client = Client::from_env()?;
    let sent = client.send(client.request_mfa_sms().body(request))?;
    Ok(outcome(&sent.id, sent.channel.as_str()))
}

fn verified(id: &str) -> Result<Outcome, Failure> {
    let client = Client::from_env()?;
    let mut code = String::new();
    if io::stdin().is_terminal() {
        let _ = write!(io::stderr(), "code: ");
    }
    let read = io::stdin().lock().read_line(&mut code);
    if read.is_err() || code.trim().is_empty() {
        return usage("the code is expected on standard input");
    }
    let (text, outcome, code) = match client.verify(id, code.trim())? {
        Verification::Verified => ("the code is right", "verified", 0),
        Verification::WrongCode => ("the code is wrong", "wrong_code", 1),
        Verification::Gone => ("there is no code to verify: no attempts left, expired or used", "gone", 6),
    };
    Ok(Outcome { text: text.to_owned(), json: json!({ "outcome": outcome }), code })
}

fn measured(text: &str) -> Outcome {
    let measured = segment::measure(text);
    let (segments, remaining) = (measured.segments(), measured.remaining());
    let plural = if segments == 1 { "" } else { "s" };
    Outcome {
        text: format!("{measured}: {segments} segment{plural}, {remaining} characters remaining"),
        json: json!({
            "encoding": measured.encoding.to_string(),
            "units": measured.units,
            "segments": segments,
            "remaining": remaining,
        }),
        code: 0,
    }
}
