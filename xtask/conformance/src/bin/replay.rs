//! The program that `cargo xtask replay` starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use conformance::replay::{self, Pair};
use output::errln;
use relay_rest_codegen::document::parse;

/// Compiles uses of the client of each OLD against the client of its NEW, and compares the result with spec-diff's.
#[derive(Parser)]
#[command(name = "replay")]
struct Arguments {
    /// Files OLD NEW OLD NEW …, or folders with a folder for each pair, which holds `base.yaml` and `revision.yaml`.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Call each operation of OLD this many times for each response of NEW; 0 calls nothing.
    #[arg(long, value_name = "CALLS", default_value_t = 3)]
    call: usize,
    /// The root of the repository. Scratch crates are built in its `target`.
    #[arg(long)]
    root: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { files, call, root } = Arguments::parse();
    // Cargo runs in the folders of scratch crates.
    let root = root.canonicalize().unwrap_or(root);
    let replayed = pairs(&files).and_then(|pairs| replay::run(&root, &pairs, call)).and_then(|replay| {
        replay.print();
        output::check().map(|()| replay.is_right())
    });
    match replayed {
        Ok(is_right) => ExitCode::from(u8::from(!is_right)),
        Err(message) => {
            errln!("{}", message.trim_end());
            ExitCode::from(2)
        }
    }
}

/// Reads the pairs, those of a folder in the order of their names.
fn pairs(paths: &[PathBuf]) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    let (folders, files): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.is_dir());
    for folder in folders {
        let failed = |error: std::io::Error| format!("error: {}: {error}", folder.display());
        let entries = fs::read_dir(folder).map_err(failed)?;
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders.iter().filter(|folder| folder.join("base.yaml").exists()) {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
            pairs.push(pair(
                name.unwrap_or_default(),
                &folder.join("base.yaml"),
                &folder.join("revision.yaml"),
            )?);
        }
    }
    let mut files = files.chunks_exact(2);
    for files in &mut files {
        pairs.push(pair(files[1].display().to_string(), files[0], files[1])?);
    }
    match files.remainder() {
        [] => Ok(pairs),
        [file, ..] => Err(format!("error: {}: its other side is missing", file.display())),
    }
}

fn pair(name: String, old: &Path, new: &Path) -> Result<Pair, String> {
    let read = |path: &Path| {
        let text = fs::read(path).map_err(|error| error.to_string()).and_then(parse::text);
        text.map_err(|reason| format!("error: {}: {reason}", path.display()))
    };
    Ok(Pair { name, old: read(old)?, new: read(new)? })
}
