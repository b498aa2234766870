//! A crate around generated code, to type-check or run it with cargo.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::settings::{FEATURE, MODULE};

/// The manifest after the package name and before the features. The dependencies are those of relay-rest, at the versions of its lock
/// file.
const MANIFEST: &str = r#"version = "0.0.0"
edition = "2024"

[lib]
name = "scratch"

[workspace]

[profile.dev]
debug = 0

[dependencies]
base64 = "0.23"
bytes = "1"
eventsource-stream = { version = "0.2", default-features = false }
futures-core = "0.3"
http-body = "1"
reqwest = { version = "0.13", default-features = false, features = ["form", "json", "query", "stream"] }
regex-lite = "0.1"
serde = "1"
serde_json = { version = "1", features = ["float_roundtrip"] }
tokio = { version = "1", features = ["fs", "macros", "rt", "time"] }
uuid = { version = "1", features = ["serde"] }
"#;

/// The features that not every client needs, with the names that each adds to the handwritten module.
const FEATURES: [(&str, &[&str]); 8] = [
    ("dates", &["Date", "DateTime"]),
    ("headers", &["header", "header_list", "header_value"]),
    ("media_types", &["send_accepting"]),
    ("multipart", &["Content", "File", "Part", "multipart", "without_files"]),
    ("pages", &["Items", "NextPage", "Paged", "Pages"]),
    ("rules", &["Branch", "Check", "Rules", "no_violations", "violations"]),
    ("servers", &["ServerVariable", "server_url"]),
    (
        "streams",
        &["Event", "EventData", "Framing", "ResponseStream", "StreamOf", "Streamed", "lines", "stream"],
    ),
];

/// The features that the client of this source needs.
fn needed(source: &str) -> Vec<&'static str> {
    let names: BTreeSet<&str> = imported(source).collect();
    let is_needed = |(_, all): &&(&str, &[&str])| all.iter().any(|name| names.contains(name));
    FEATURES.iter().filter(is_needed).map(|(feature, _)| *feature).collect()
}

/// The names of the handwritten module in the paths and imports of generated code.
fn imported(source: &str) -> impl Iterator<Item = &str> {
    let paths = source.split(MODULE).skip(1).filter_map(|after| after.strip_prefix("::"));
    paths.flat_map(|path| {
        let names = match path.strip_prefix('{') {
            Some(list) => list.split('}').next(),
            None => path.split(|c: char| !c.is_alphanumeric() && c != '_').next(),
        };
        names.unwrap_or_default().split(',').map(str::trim)
    })
}

/// The features of the manifest. The defaults are those that the client needs, as a crate would have them that is published for it.
fn features(default: &[&str]) -> String {
    let all = FEATURES.iter().map(|(feature, _)| *feature).chain([FEATURE]);
    let all: String = all.map(|feature| format!("{feature} = []\n")).collect();
    format!("\n[features]\ndefault = {default:?}\n{all}")
}

/// The generated code has the lints of relay-rest; the handwritten module does not.
pub(crate) const LIBRARY: &str = r#"//! Generated to be type-checked.
#![warn(missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]
extern crate self as scratch;
#[allow(dead_code, missing_docs, unreachable_pub, unused_imports)]
mod codegen_support;
#[cfg(feature = "dates")]
#[allow(dead_code, unexpected_cfgs, unreachable_pub)]
mod date_time;
#[allow(dead_code, unreachable_pub)]
mod deserialize;
#[allow(dead_code, unreachable_pub)]
mod encode;
#[allow(dead_code, unreachable_pub)]
mod enums;
#[cfg(feature = "multipart")]
#[allow(dead_code, unreachable_pub)]
mod file;
#[cfg(feature = "streams")]
#[allow(dead_code, unreachable_pub)]
mod frames;
#[cfg(feature = "headers")]
#[allow(dead_code, unreachable_pub)]
mod headers;
#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
mod id;
#[cfg(feature = "streams")]
#[allow(dead_code, unreachable_pub)]
mod items;
#[cfg(feature = "streams")]
#[allow(dead_code, unreachable_pub)]
mod lines;
#[allow(dead_code, unreachable_pub)]
mod media_types;
#[cfg(feature = "multipart")]
#[allow(dead_code, unreachable_pub)]
mod multipart;
#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
mod object;
#[cfg(feature = "pages")]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod pages;
#[cfg(feature = "rules")]
#[allow(dead_code, unreachable_pub)]
mod rules;
#[allow(dead_code, unreachable_pub)]
mod security;
#[cfg(feature = "servers")]
#[allow(dead_code)]
mod server;
#[allow(dead_code, unreachable_pub)]
mod setter;
#[cfg(feature = "streams")]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod stream;
#[allow(dead_code, unused_imports, unused_macros)]
mod string_newtype;
#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
mod unnamed;
#[allow(dead_code, unused_imports)]
mod generated {
    include!("client.rs");
}
pub use generated::*;
pub use codegen_support::{Bounded, Client, ConversionError, Error, IntoOption, Response};
#[cfg(feature = "pages")]
pub use pages::{Items, Paged, Pages};
#[cfg(feature = "streams")]
pub use stream::{Event, ResponseStream, Streamed};
"#;

macro_rules! of_relay_rest {
    ($($file:literal),*) => {
        [$(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../", $file)))),*]
    };
}

/// The files of relay-rest that generated code uses and that need nothing else of it.
const OF_RELAY_REST: &[(&str, &str)] = &of_relay_rest![
    "src/date_time.rs",
    "src/deserialize.rs",
    "src/encode.rs",
    "src/enums.rs",
    "src/file.rs",
    "src/frames.rs",
    "src/headers.rs",
    "src/id.rs",
    "src/items.rs",
    "src/lines.rs",
    "src/media_types.rs",
    "src/multipart.rs",
    "src/multipart/body.rs",
    "src/object.rs",
    "src/object/write.rs",
    "src/rules.rs",
    "src/security.rs",
    "src/server.rs",
    "src/setter.rs",
    "src/string_newtype.rs",
    "src/unnamed.rs"
];

/// The declarations of these files as modules.
pub(crate) fn modules() -> String {
    let modules = OF_RELAY_REST.iter().filter_map(|(file, _)| {
        let name = file.strip_prefix("src/")?.strip_suffix(".rs")?;
        (!name.contains('/')).then(|| format!("pub mod {name};\n"))
    });
    modules.collect()
}

/// The files of relay-rest that need the handwritten module of the crate.
pub(crate) const PAGES: &str = include_str!("../../../src/pages.rs");
pub(crate) const STREAM: &str = include_str!("../../../src/stream.rs");

/// A crate in `target/xtask`. It is built in the workspace's target folder, to reuse the compiled dependencies.
pub(crate) struct Scratch {
    folder: PathBuf,
    target: PathBuf,
}

impl Scratch {
    /// Writes the crate. The package gets a `name` of its own: packages of one name in one target folder would share artifacts.
    pub(crate) fn new(root: &Path, name: &str, source: &str) -> Result<Self, String> {
        let scratch = Self::empty(root, name, &needed(source))?;
        scratch.write("src/lib.rs", LIBRARY)?;
        scratch.write("src/codegen_support.rs", include_str!("scratch/codegen_support.rs"))?;
        scratch.write("src/pages.rs", PAGES)?;
        scratch.write("src/stream.rs", STREAM)?;
        scratch.write("src/client.rs", source)?;
        Ok(scratch)
    }

    /// Writes a crate without a library, with all features, named by what is compiled in it: other ones may be built at the same time.
    pub(crate) fn named_by(
        root: &Path,
        name: &str,
        sources: impl Iterator<Item = impl AsRef<str>>,
    ) -> Result<Self, String> {
        let mut hasher = DefaultHasher::new();
        sources.for_each(|source| source.as_ref().hash(&mut hasher));
        let all = FEATURES.map(|(feature, _)| feature);
        Self::empty(root, &format!("{name} {:016x}", hasher.finish()), &all)
    }

    /// Writes a crate with the handwritten files that generated code uses, and without a library.
    fn empty(root: &Path, name: &str, default: &[&str]) -> Result<Self, String> {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let target = root.join("target");
        let scratch = Self { folder: target.join("xtask").join(&name), target };
        for folder in ["src/multipart", "src/object"] {
            fs::create_dir_all(scratch.folder.join(folder)).map_err(|error| scratch.failed(&error))?;
        }
        fs::copy(root.join("Cargo.lock"), scratch.folder.join("Cargo.lock"))
            .map_err(|error| scratch.failed(&error))?;
        scratch
            .write("Cargo.toml", &format!("[package]\nname = \"{name}\"\n{MANIFEST}{}", features(default)))?;
        for (file, content) in OF_RELAY_REST {
            scratch.write(file, content)?;
        }
        Ok(scratch)
    }

    /// Writes one file of the crate. One that has this content stays, because cargo compiles again what was written later.
    pub(crate) fn write(&self, file: &str, content: &str) -> Result<(), String> {
        if fs::read(self.folder.join(file)).is_ok_and(|present| present == content.as_bytes()) {
            return Ok(());
        }
        fs::write(self.folder.join(file), content).map_err(|error| self.failed(&error))
    }

    /// Runs the crate's program, which prints a line of JSON for each line of JSON that it reads.
    pub(crate) fn run_program(
        &self,
        arguments: &[&str],
        lines: impl Iterator<Item = Value>,
    ) -> Result<Vec<Value>, String> {
        let failed = |error: std::io::Error| format!("error: {error}");
        let input: String = lines.map(|line| format!("{line}\n")).collect();
        let mut child = self
            .cargo(&["run", "--quiet", "--"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut stdin = child.stdin.take().ok_or("error: no standard input")?;
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().map_err(failed)?;
        let written = writer.join().map_err(|_| "error: the writer panicked")?;
        if !output.status.success() {
            return Err("error: the scratch crate does not compile or does not run".to_owned());
        }
        written.map_err(failed)?;
        let results = String::from_utf8_lossy(&output.stdout);
        results
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|error| format!("error: {error}")))
            .collect()
    }

    /// Creates a cargo command that runs in the crate.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTFLAGS");
        command
    }

    fn failed(&self, error: &std::io::Error) -> String {
        format!("error: {}: {error}", self.folder.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_the_features_of_the_names_that_it_uses() {
        assert_eq!(needed("use ::scratch::codegen_support::{Client, lines};"), ["streams"]);
        assert_eq!(
            needed("f(::scratch::codegen_support::Date::new(), ::scratch::codegen_support::Pages)"),
            ["dates", "pages"]
        );
        assert!(
            needed(
                "use ::scratch::codegen_support::Dates; Date; ::scratch::codegen_support::{Client}, Pages"
            )
            .is_empty()
        );
    }
}
