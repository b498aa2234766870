//! Prints random calls of the client of a document, and the requests that they sent, for `xtask/tests/vendor_sdk.sh`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use output::errln;
use relay_rest_codegen::document::parse;

/// Makes random calls with the generated client of a document, and prints a line of JSON for each.
#[derive(Parser)]
#[command(name = "record")]
struct Arguments {
    /// The file of the document.
    file: PathBuf,
    /// Call each operation this many times.
    #[arg(long, value_name = "CALLS", default_value_t = 10)]
    call: usize,
    /// The root of the repository. Scratch crates are built in its `target`.
    #[arg(long)]
    root: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { file, call, root } = Arguments::parse();
    // Cargo runs in the folders of scratch crates.
    let root = root.canonicalize().unwrap_or(root);
    let name = file.display().to_string();
    let text = fs::read(&file).map_err(|error| error.to_string()).and_then(parse::text);
    let recorded = text
        .map_err(|reason| format!("error: {name}: {reason}"))
        .and_then(|text| conformance::record(&root, &name, &text, call));
    match recorded {
        Ok(calls) => {
            calls.iter().for_each(|call| output::raw(&format!("{call}\n")));
            match output::check() {
                Ok(()) => ExitCode::SUCCESS,
                Err(message) => {
                    errln!("{message}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(message) => {
            errln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}
