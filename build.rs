//! Generates the client from `openapi/` into `$OUT_DIR/client.rs` and, with the feature `mock`, `$OUT_DIR/mocks.rs`. Without the
//! feature `generate`, it only checks that the client that is shipped there was generated from the same inputs.
//! Knows files and cargo; what happens to the documents is the business of `codegen/`.

use std::fs;
use std::process::ExitCode;

#[path = "src/vendored.rs"]
#[allow(dead_code, reason = "which of the files are read depends on the feature `generate`")]
mod vendored;

#[cfg(feature = "generate")]
#[path = "src/generator.rs"]
mod generator;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => {
            errors.iter().for_each(|error| println!("cargo::error={error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "generate")]
use generate::build;

/// Checks that the client in `openapi/` is that of the document, the overlay and the settings.
#[cfg(not(feature = "generate"))]
fn build() -> Result<(), Vec<String>> {
    use vendored::{CLIENT, DOCUMENT, MOCKS, OVERLAY, SETTINGS};

    let files = [DOCUMENT, OVERLAY, SETTINGS, CLIENT, MOCKS].map(read);
    let [Ok(document), Ok(overlay), Ok(settings), Ok(client), Ok(mocks)] = &files else {
        return Err(files.into_iter().filter_map(Result::err).collect());
    };
    let first_line = vendored::first_line([document, overlay, settings], env!("CARGO_PKG_VERSION"));
    let shipped = [(CLIENT, client), (MOCKS, mocks)];
    let is_stale = |text: &str| text.lines().next() != Some(&first_line);
    let stale: Vec<&str> =
        shipped.into_iter().filter(|(_, text)| is_stale(text)).map(|(file, _)| file).collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(vec![format!(
        "not generated from this {DOCUMENT}, {OVERLAY} and {SETTINGS}: {}; run `cargo xtask generate`, or enable the feature `generate`",
        stale.join(", ")
    )])
}

fn read(path: &str) -> Result<String, String> {
    println!("cargo::rerun-if-changed={path}");
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

#[cfg(feature = "generate")]
mod generate {
    use std::env;
    use std::fs;
    use std::path::Path;

    use relay_rest_codegen::{Input, Level, Problem};

    use super::vendored::{DOCUMENT, OVERLAY, SETTINGS};
    use super::{generator, read};

    /// Generates the client, and its mocks for those who have a use for them.
    pub(super) fn build() -> Result<(), Vec<String>> {
        let (document, overlay) = (read(DOCUMENT), read(OVERLAY));
        let (document, overlay) = match (document, overlay) {
            (Ok(document), Ok(overlay)) => (document, overlay),
            (document, overlay) => {
                return Err([document.err(), overlay.err()].into_iter().flatten().collect());
            }
        };
        let generated =
            relay_rest_codegen::generate(&document, &overlay, &generator::settings()).map_err(lines)?;
        for problem in generated.problems.iter().filter(|problem| problem.level == Level::Omitted) {
            println!("cargo::warning={}", in_file(problem));
        }
        let out_dir = env::var_os("OUT_DIR")
            .ok_or_else(|| vec!["OUT_DIR is not set; build.rs is run by cargo".to_owned()])?;
        write(&Path::new(&out_dir).join("client.rs"), &generated.source)?;
        #[cfg(feature = "mock")]
        write(&Path::new(&out_dir).join("mocks.rs"), &relay_rest_codegen::mocks(&generated).map_err(lines)?)?;
        Ok(())
    }

    fn write(target: &Path, source: &str) -> Result<(), Vec<String>> {
        fs::write(target, source).map_err(|error| vec![format!("{}: {error}", target.display())])
    }

    fn lines(problems: Vec<Problem>) -> Vec<String> {
        problems.iter().map(in_file).collect()
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
}
