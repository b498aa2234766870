//! Generates the client from `openapi/` into `$OUT_DIR/client.rs` and, with the feature `mock`, `$OUT_DIR/mocks.rs`.
//! Knows files and cargo; what happens to the documents is the business of `codegen/`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use relay_rest_codegen::{Input, Level, Problem, Settings, generate};

#[path = "src/generator.rs"]
mod generator;

use generator::{DOCUMENT, OVERLAY, settings};

/// Where the settings are.
const SETTINGS: &str = "src/generator.rs";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => {
            errors.iter().for_each(|error| println!("cargo::error={error}"));
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Vec<String>> {
    let (document, overlay) = (read(DOCUMENT), read(OVERLAY));
    let (document, overlay) = match (document, overlay) {
        (Ok(document), Ok(overlay)) => (document, overlay),
        (document, overlay) => return Err([document.err(), overlay.err()].into_iter().flatten().collect()),
    };
    let settings = Settings { patterns: cfg!(feature = "regex-lite"), ..settings() };
    let generated = generate(&document, &overlay, &settings)
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
        Input::Settings => SETTINGS,
        _ => DOCUMENT,
    };
    let separator = if problem.input == Input::Settings { ": " } else { "" };
    format!("{file}{separator}{problem}").replace(char::is_control, " ")
}
