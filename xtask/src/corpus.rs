//! `cargo xtask corpus`: what the pipeline makes of each document in a folder, and what changed since a saved run.

mod compare;
mod figures;
mod measure;
mod print;
mod saved;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use output::{errln, outln};

use figures::{Measured, Outcome};
use saved::Run;

/// The command line.
#[derive(clap::Args)]
pub(crate) struct CorpusOptions {
    /// The folder with the documents: .yaml, .yml and .json files in it and in its folders. Files without `openapi` are parts of others.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The time for each document; longer is a failure.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// Write the figures to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Compare with the figures in a file, and print only what changed.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

/// The command line of the process that measures one document.
#[derive(clap::Args)]
pub(crate) struct DocumentOptions {
    path: PathBuf,
}

/// Measures one document, and prints the result as JSON.
pub(crate) fn document(options: &DocumentOptions) -> Result<(), String> {
    let measured = figures::measured(&options.path);
    output::raw(&serde_json::to_string(&measured).map_err(|error| format!("error: {error}"))?);
    Ok(())
}

/// Measures the documents of a folder. Returns whether no document failed and no operation was lost; with `--against`, only what
/// was otherwise in the saved run counts.
///
/// # Errors
/// The folder has no document, or none of the saved run; a file cannot be read or written.
pub(crate) fn run(options: &CorpusOptions) -> Result<bool, String> {
    let names = documents(&options.folder)?;
    let before = options.against.as_deref().map(Run::read).transpose()?;
    if let Some(before) = &before
        && !names.iter().any(|name| before.documents.contains_key(name))
    {
        return Err(format!("error: {}: no document of the saved run", options.folder.display()));
    }
    let (mut run, mut parts, mut worse) = (Run::default(), 0, Vec::new());
    if before.is_none() {
        print::header(&names);
    }
    for name in &names {
        let Measured { outcome, cost } =
            measure::document(&options.folder.join(name), Duration::from_secs(options.timeout));
        if matches!(outcome, Outcome::Part) {
            parts += 1;
            continue;
        }
        match &before {
            None => print::row(&names, name, &outcome, cost.as_ref()),
            Some(before) => {
                let changes = compare::changes(before, name, &outcome, cost.as_ref());
                if !changes.lines.is_empty() {
                    outln!("{name}");
                    changes.lines.iter().for_each(|line| outln!("    {line}"));
                }
                worse.extend(changes.worse.map(|reason| format!("{name}: {reason}")));
            }
        }
        if before.is_none() && matches!(outcome, Outcome::Failed { .. }) {
            worse.push(format!("{name}: no client"));
        }
        run.add(name, outcome, cost);
    }
    if run.documents.is_empty() {
        return Err(format!("error: {}: none of its files is an OpenAPI document", options.folder.display()));
    }
    if let Some(before) = &before {
        let gone = before.documents.keys().filter(|name| !run.documents.contains_key(*name));
        gone.for_each(|name| outln!("{name}\n    it is not in the folder"));
    } else {
        print::kinds(&run);
    }
    print::summary(&run, parts, before.as_ref());
    if let Some(path) = &options.save {
        run.write(path)?;
    }
    worse.iter().for_each(|line| errln!("error: {line}"));
    Ok(worse.is_empty())
}

/// The files that may be documents, as paths in the folder with `/`, sorted. Hidden ones and symbolic links are left out.
fn documents(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |path: &Path, error: std::io::Error| format!("error: {}: {error}", path.display());
    let mut found = BTreeSet::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = folders.pop() {
        for entry in fs::read_dir(&path).map_err(|error| failed(&path, error))? {
            let entry = entry.map_err(|error| failed(&path, error))?;
            let kind = entry.file_type().map_err(|error| failed(&entry.path(), error))?;
            // A name in a saved run is text.
            let name = entry.file_name().into_string().map_err(|name| {
                format!("error: {}: {} is not UTF-8", path.display(), name.to_string_lossy())
            })?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else if kind.is_file() && [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }
    if found.is_empty() {
        return Err(format!("error: {}: no .yaml, .yml or .json file in it", folder.display()));
    }
    Ok(found.into_iter().collect())
}
