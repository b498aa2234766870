//! Compiles the user programs of several pairs against both clients in one crate, and finds the uses that fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::user::{CLIENT, Use};
use crate::MODULE;
use crate::scratch::{PAGES, STREAM, Scratch, modules};

/// How often failing uses are removed before rustc must have found all: it stops after each phase that has errors.
const ROUNDS: usize = 12;

/// Two clients, and the uses of the old one.
pub(super) struct Compiled<'a> {
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) uses: &'a [Use],
}

/// The indices of the uses of a pair that do not compile against the old client, and against the new one.
#[derive(Clone, Debug, Default)]
pub(super) struct Failing {
    pub(super) old: BTreeSet<usize>,
    pub(super) new: BTreeSet<usize>,
}

/// Compiles all pairs in a crate with a name that other pairs do not have.
///
/// # Errors
/// A client itself does not compile, or cargo does not run.
pub(super) fn failing(root: &Path, pairs: &[Compiled<'_>]) -> Result<Vec<Failing>, String> {
    let sources = pairs.iter().flat_map(|pair| [pair.old, pair.new]);
    let scratch = Scratch::named_by(root, "replay", sources)?;
    let clients = pairs
        .iter()
        .enumerate()
        .flat_map(|(index, pair)| [(format!("old_{index}"), pair.old), (format!("new_{index}"), pair.new)]);
    write_library(&scratch, clients)?;
    let mut failing = vec![Failing::default(); pairs.len()];
    for _ in 0..ROUNDS {
        let (program, lines) = program(pairs, &failing);
        scratch.write("src/main.rs", &program)?;
        let errors = errors(&scratch)?;
        if errors.is_empty() {
            return Ok(failing);
        }
        for error in errors {
            let Some((pair, is_new, used)) = lines.get(&error.line).filter(|_| error.is_in_program) else {
                return Err(format!("error: the clients do not compile: {}", error.message));
            };
            let failing = &mut failing[*pair];
            if *is_new {
                failing.new.insert(*used)
            } else {
                failing.old.insert(*used)
            };
        }
    }
    Err(format!("error: after {ROUNDS} rounds, rustc still finds uses that do not compile"))
}

/// Writes the library of a crate, with a module for each client.
pub(super) fn write_library<'a>(
    scratch: &Scratch,
    clients: impl Iterator<Item = (String, &'a str)>,
) -> Result<(), String> {
    let mut library = format!("#![allow(warnings)]\nextern crate self as scratch;\n{}", modules());
    for (module, source) in clients {
        let own = format!("scratch::{module}::codegen_support");
        scratch.write(&format!("src/{module}.rs"), &source.replace(MODULE, &own))?;
        let support = include_str!("../scratch/codegen_support.rs")
            .replace("crate::generated", &format!("crate::{module}::generated"))
            .replace("crate::pages", &format!("crate::{module}::pages"))
            .replace("crate::stream", &format!("crate::{module}::stream"))
            .replace("pub(crate) base_url:", "pub base_url:")
            // Not allowed in a file that is included.
            .replace("//!", "//");
        scratch.write(&format!("src/support_{module}.rs"), &support)?;
        for (file, content) in [("pages", PAGES), ("stream", STREAM)] {
            let content = content
                .replace("crate::codegen_support", &format!("crate::{module}::codegen_support"))
                .replace("//!", "//");
            scratch.write(&format!("src/{file}_{module}.rs"), &content)?;
        }
        let _ = writeln!(
            library,
            "pub mod {module} {{\npub mod codegen_support {{ include!(\"support_{module}.rs\"); }}\nmod generated {{ include!(\"{module}.rs\"); }}\npub mod pages {{ include!(\"pages_{module}.rs\"); }}\npub mod stream {{ include!(\"stream_{module}.rs\"); }}\npub use generated::*;\npub use codegen_support::{{Bounded, Client, ConversionError, Error, IntoOption, Response}};\npub use pages::{{Items, Paged, Pages}};\npub use stream::{{Event, ResponseStream, Streamed}};\n}}"
        );
    }
    scratch.write("src/lib.rs", &library)
}

/// The program with the uses that do not fail so far, and for each line the pair, whether it is of the new client, and the use.
fn program(pairs: &[Compiled<'_>], failing: &[Failing]) -> (String, BTreeMap<usize, (usize, bool, usize)>) {
    let mut program = "#![allow(warnings)]\nfn main() {}\n".to_owned();
    let mut lines = BTreeMap::new();
    let mut line = 3;
    for (index, (pair, failing)) in pairs.iter().zip(failing).enumerate() {
        for (side, is_new, failing) in [("old", false, &failing.old), ("new", true, &failing.new)] {
            let _ = writeln!(program, "pub mod {side}_{index} {{ use scratch::{side}_{index} as {CLIENT};");
            line += 1;
            for (number, used) in pair.uses.iter().enumerate().filter(|(number, _)| !failing.contains(number))
            {
                let _ = writeln!(program, "{}", used.function(&format!("u{number}")));
                lines.insert(line, (index, is_new, number));
                line += 1;
            }
            program.push_str("}\n");
            line += 1;
        }
    }
    (program, lines)
}

struct CompileError {
    is_in_program: bool,
    line: usize,
    message: String,
}

/// The errors of rustc in the crate.
fn errors(scratch: &Scratch) -> Result<Vec<CompileError>, String> {
    let output = scratch
        .cargo(&["check", "--quiet", "--offline", "--message-format", "json"])
        .output()
        .map_err(|error| format!("error: {error}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let messages = messages
        .filter(|message| message["reason"] == "compiler-message" && message["message"]["level"] == "error");
    let errors: Vec<CompileError> = messages.filter_map(|message| error(&message["message"])).collect();
    if errors.is_empty() && !output.status.success() {
        return Err(format!("error: cargo check fails: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(errors)
}

/// None for `aborting due to 2 previous errors`, which has no span.
fn error(message: &Value) -> Option<CompileError> {
    let spans = message["spans"].as_array()?;
    let in_program =
        |span: &&Value| span["file_name"].as_str().is_some_and(|file| file.ends_with("src/main.rs"));
    let primary = |span: &&Value| span["is_primary"] == true;
    let span = spans.iter().filter(primary).find(in_program).or_else(|| spans.iter().find(in_program));
    let any = span.or_else(|| spans.first())?;
    Some(CompileError {
        is_in_program: span.is_some(),
        line: any["line_start"].as_u64()? as usize,
        message: message["rendered"].as_str().unwrap_or_default().to_owned(),
    })
}
