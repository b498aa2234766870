//! The program that `cargo xtask check` starts with a local copy of the document.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use conformance::Options;
use output::errln;
use relay_rest_codegen::document::parse;

/// Checks the generated client of a document.
#[derive(Parser)]
#[command(name = "conformance")]
struct Arguments {
    /// The file of the document.
    file: PathBuf,
    /// The name of the document in the report; by default its path.
    #[arg(long)]
    name: Option<String>,
    /// The root of the repository. Scratch crates are built in its `target`.
    #[arg(long)]
    root: PathBuf,
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    let Arguments { file, name, root, options } = Arguments::parse();
    // Cargo runs in the folders of scratch crates.
    let root = root.canonicalize().unwrap_or(root);
    let name = name.unwrap_or_else(|| file.display().to_string());
    let text = fs::read(&file).map_err(|error| error.to_string()).and_then(parse::text);
    let checked = text
        .map_err(|reason| format!("error: {name}: {reason}"))
        .and_then(|text| conformance::run(&root, &name, &text, &options))
        .and_then(|is_well| output::check().map(|()| is_well));
    match checked {
        Ok(is_well) => ExitCode::from(u8::from(!is_well)),
        Err(message) => {
            errln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}
