//! Generates the client from `openapi/` into `$OUT_DIR/client.rs` and, with the feature `mock`, `$OUT_DIR/mocks.rs`.
//! Knows files and cargo; what happens to the documents is the business of `codegen/`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use relay_rest_codegen::{Input, Level, Problem, Settings, generate};

pub(crate) const DOCUMENT: &str = "openapi/relay-rest.yaml";
pub(crate) const OVERLAY: &str = "openapi/overlay.yaml";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => {
            errors.iter().for_each(|error| println!("cargo::error={error}"));
            ExitCode::FAILURE
        }
    }
}

/// The methods of `Client` and of the server for mocks in `src/`.
const METHODS: [&str; 13] = [
    "base_url",
    "builder",
    "client",
    "client_builder",
    "from_env",
    "mock",
    "new",
    "space",
    "start",
    "unexpected",
    "verify",
    "with_retry",
    "with_timeout",
];

/// Which of the types in `src/handwritten.rs` generated code uses. The tests and `xtask` generate with the same ones.
pub(crate) fn settings() -> Settings {
    let formats = [("e164", "E164"), ("sms-segment", "OneSegment"), ("one-time-code", "OneTimeCode")];
    Settings {
        module: "relay_rest::handwritten".to_owned(),
        formats: formats.map(|(format, of)| (format.to_owned(), of.to_owned())).to_vec(),
        bounded_integer: "Bounded".to_owned(),
        reserved_methods: METHODS.map(str::to_owned).to_vec(),
        skip_unsupported: false,
    }
}

#[allow(unexpected_cfgs, reason = "`xtask` reads the settings from this file, and has no such feature")]
fn build() -> Result<(), Vec<String>> {
    let (document, overlay) = (read(DOCUMENT), read(OVERLAY));
    let (document, overlay) = match (document, overlay) {
        (Ok(document), Ok(overlay)) => (document, overlay),
        (document, overlay) => return Err([document.err(), overlay.err()].into_iter().flatten().collect()),
    };
    let generated = generate(&document, &overlay, &settings())
        .map_err(|problems| problems.iter().map(in_file).collect::<Vec<_>>())?;
    for problem in generated.problems.iter().filter(|problem| problem.level == Level::Omitted) {
        println!("cargo::warning={}", in_file(problem));
    }
    let out_dir = env::var_os("OUT_DIR")
        .ok_or_else(|| vec!["OUT_DIR is not set; build.rs is run by cargo".to_owned()])?;
    write(&Path::new(&out_dir).join("client.rs"), &generated.source)?;
    // Who has no use for mocks waits neither for them nor for the code that makes them.
    #[cfg(feature = "mock")]
    {
        let mocks = relay_rest_codegen::mocks(&generated)
            .map_err(|problems| problems.iter().map(in_file).collect::<Vec<_>>())?;
        write(&Path::new(&out_dir).join("mocks.rs"), &mocks)?;
    }
    Ok(())
}

fn write(target: &Path, source: &str) -> Result<(), Vec<String>> {
    fs::write(target, source).map_err(|error| vec![format!("{}: {error}", target.display())])
}

fn read(path: &str) -> Result<String, String> {
    println!("cargo::rerun-if-changed={path}");
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

/// `openapi/overlay.yaml#/actions/3: message`, in one line, as cargo wants it.
fn in_file(problem: &Problem) -> String {
    let file = match problem.input {
        Input::Overlay => OVERLAY,
        _ => DOCUMENT,
    };
    format!("{file}{problem}").replace(char::is_control, " ")
}
