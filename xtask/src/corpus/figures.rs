//! Generates the client of one document, and counts. Runs in a process of its own, so that the memory is that of this document.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

use relay_rest_codegen::document::{Kind, references, resolve, walk};
use relay_rest_codegen::{Level, Pointer, Problem, generate_from, outline, parse};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::values;
use crate::{files, source};

#[path = "../../conformance/src/settings.rs"]
mod settings;

/// What the pipeline made of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    /// No client, and the first error.
    Failed {
        error: String,
    },
    Generated(Figures),
    /// The file is not a document, but may be a part of one.
    Part,
}

/// The figures of a document that do not depend on the machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// The number of operations in the client.
    pub(super) operations: usize,
    /// The operations that the client lacks: `POST /mfa/sms`.
    pub(super) left_out: Vec<String>,
    /// How many parts are left out, by kind; likewise the others.
    pub(super) omitted: BTreeMap<String, usize>,
    pub(super) lossy: BTreeMap<String, usize>,
    pub(super) relaxed: BTreeMap<String, usize>,
    /// The fields, variants, aliases, parameters and bodies that take any value, though their schemas do not.
    pub(super) values: Vec<String>,
    /// The number of lines of Rust.
    pub(super) lines: usize,
}

/// What it cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cost {
    /// The seconds of processor time; of wall time where that is unknown.
    pub(super) seconds: f64,
    /// The most memory that the process had, where that is known.
    pub(super) mib: Option<u64>,
}

/// The result for one document. There is no cost of a process that did not end by itself.
#[derive(Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) outcome: Outcome,
    pub(super) cost: Option<Cost>,
}

impl Measured {
    pub(super) fn failed(error: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed { error: error.into() }, cost: None }
    }
}

/// Measures a document.
pub(super) fn measured(path: &Path) -> Measured {
    let start = Seconds::start();
    let document = match files::read_text(path).and_then(|text| parse(&text)) {
        Ok(document) => document,
        Err(error) => return Measured::failed(error),
    };
    if !["openapi", "swagger"].iter().any(|key| document.get(key).is_some()) {
        return Measured { outcome: Outcome::Part, cost: None };
    }
    // The folder is another one elsewhere, and no part of a saved run.
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let document = match source::one_file(&name, path, &document, true) {
        Ok(whole) => whole.unwrap_or(document),
        Err(error) => return Measured::failed(error.trim_start_matches("error: ")),
    };
    let generated = generate_from(document.clone(), &settings::settings(true));
    let cost = Some(Cost { seconds: start.passed(), mib: peak() });
    let generated = match generated {
        Ok(generated) => generated,
        Err(problems) => {
            let error = problems.iter().find(|problem| problem.level == Level::Error);
            let error = error.map_or_else(|| "no client".to_owned(), ToString::to_string);
            return Measured { outcome: Outcome::Failed { error }, cost };
        }
    };
    let outline = match outline(&generated.source) {
        Ok(outline) => outline,
        Err(error) => return Measured::failed(format!("the client does not parse: {error}")),
    };
    let mut resolved = document;
    resolve(&mut resolved);
    let kinds = |level| {
        let mut kinds = BTreeMap::new();
        let of_level = generated.problems.iter().filter(|problem: &&Problem| problem.level == level);
        of_level.for_each(|problem| *kinds.entry(kind(&problem.message)).or_default() += 1);
        kinds
    };
    let figures = Figures {
        operations: generated.operations.len(),
        left_out: left_out(&resolved, &generated.operations),
        omitted: kinds(Level::Omitted),
        lossy: kinds(Level::Lossy),
        relaxed: kinds(Level::Relaxed),
        values: values::of(&resolved, &generated, &outline),
        lines: generated.source.lines().count(),
    };
    Measured { outcome: Outcome::Generated(figures), cost }
}

/// The operations of a document that are not in its client.
fn left_out(document: &Value, generated: &[(String, Pointer)]) -> Vec<String> {
    let there: BTreeSet<&Pointer> = generated.iter().map(|(_, at)| at).collect();
    let mut left_out = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    for (path, item) in paths.filter(|(path, _)| path.starts_with('/')) {
        let own = Pointer::of(["paths", path]);
        let referred = references::target(item);
        let methods = |at: &Pointer| -> Vec<String> {
            let fields = at.resolve(document).and_then(Value::as_object);
            let is_operation =
                |key: &&String| walk::location(&own.join(key)) == walk::Location::Holds(Kind::Operation);
            fields.into_iter().flat_map(|fields| fields.keys()).filter(is_operation).cloned().collect()
        };
        for at in std::iter::once(&own).chain(&referred) {
            let missing = methods(at)
                .into_iter()
                .filter(|method| !there.contains(&own.join(method)) && !there.contains(&at.join(method)));
            left_out.extend(missing.map(|method| format!("{} {path}", method.to_uppercase())));
            // Those of other methods (OpenAPI 3.2 §4.9).
            let (own, at) = (own.join("additionalOperations"), at.join("additionalOperations"));
            let others = at.resolve(document).and_then(Value::as_object).into_iter().flatten();
            let missing = others
                .map(|(method, _)| method)
                .filter(|method| !there.contains(&own.join(method)) && !there.contains(&at.join(method)));
            left_out.extend(missing.map(|method| format!("{method} {path}")));
        }
    }
    left_out.sort();
    left_out
}

/// The kind of a problem: its message without what is quoted in it and without locations, which are of one place.
///
/// ``bodies of `text/csv` and `text/html` are formatted by the caller`` ⇒ `bodies of … are formatted by the caller`,
/// `also that of #/paths/~1a/get; this one` ⇒ `also that of …; this one`
fn kind(message: &str) -> String {
    let mut kind = String::new();
    let mut rest = message;
    while let Some((start, quote)) = rest.char_indices().find(|(_, c)| matches!(c, '`' | '"')) {
        let inner = &rest[start + 1..];
        // Without an end it is no quotation.
        let Some(length) = inner.find(quote) else { break };
        kind.push_str(&rest[..start]);
        kind.push('…');
        rest = &inner[length + 1..];
    }
    kind.push_str(rest);
    while let Some(start) = kind.find("#/") {
        let length = kind[start..].find([';', ',', ':', ' ']).unwrap_or(kind.len() - start);
        kind.replace_range(start..start + length, "…");
    }
    for list in ["…, …", "… and …", "… or …"] {
        while kind.contains(list) {
            kind = kind.replace(list, "…");
        }
    }
    kind
}

/// A clock of the process.
struct Seconds {
    wall: Instant,
    processor: Option<f64>,
}

impl Seconds {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: processor() }
    }

    /// The seconds since the start.
    fn passed(&self) -> f64 {
        match (self.processor, processor()) {
            (Some(start), Some(now)) => now - start,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// The seconds of processor time of all threads.
#[cfg(unix)]
fn processor() -> Option<f64> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn processor() -> Option<f64> {
    None
}

/// The most MiB of memory that this process had, by Linux.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kib.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_nothing_of_one_place() {
        for (message, expected) in [
            ("the type is that of `a/b`; none for `c/d`", "the type is that of …; none for …"),
            ("beside a $ref, `a`, `b`, `c` is ignored", "beside a $ref, … is ignored"),
            ("`a` and `b` have one name", "… have one name"),
            ("that of #/paths/~1a~1{b}/get; this one", "that of …; this one"),
            ("a copy of #/components/schemas/A", "a copy of …"),
            ("an \"a\" that isn't `closed", "an … that isn't `closed"),
        ] {
            assert_eq!(kind(message), expected);
        }
    }
}
