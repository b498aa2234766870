//! A crate around generated code, to type-check or run it with cargo.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The manifest after the package name. The dependencies are those of relay-rest, at the versions of its lock file.
const MANIFEST: &str = r#"version = "0.0.0"
edition = "2024"

[lib]
name = "scratch"

[workspace]

[profile.dev]
debug = 0

[features]
mock = []

[dependencies]
base64 = "0.23"
bytes = "1"
eventsource-stream = { version = "0.2", default-features = false }
futures-core = "0.3"
http-body = "1"
reqwest = { version = "0.13", default-features = false, features = ["form", "json", "query", "stream"] }
regex-lite = "0.1"
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["float_roundtrip"] }
tokio = { version = "1", features = ["fs", "macros", "rt", "time"] }
uuid = { version = "1", features = ["serde"] }
"#;

/// The generated code has the lints of relay-rest; the handwritten module does not.
pub(crate) const LIBRARY: &str = r#"//! Generated to be type-checked.
#![warn(missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]
extern crate self as scratch;
#[allow(dead_code, missing_docs, unreachable_pub, unused_imports)]
mod codegen_support;
#[allow(dead_code, unexpected_cfgs, unreachable_pub)]
mod date_time;
#[allow(dead_code, unreachable_pub)]
mod deserialize;
#[allow(dead_code, unreachable_pub)]
mod encode;
#[allow(dead_code, unreachable_pub)]
mod file;
#[allow(dead_code, unreachable_pub)]
mod frames;
#[allow(dead_code, unreachable_pub)]
mod headers;
#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
mod id;
#[allow(dead_code, unreachable_pub)]
mod items;
#[allow(dead_code, unreachable_pub)]
mod lines;
#[allow(dead_code, unreachable_pub)]
mod media_types;
#[allow(dead_code, unreachable_pub)]
mod multipart;
#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
mod object;
#[allow(dead_code, unreachable_pub)]
mod enums;
#[allow(dead_code, missing_docs, unreachable_pub)]
mod pages;
#[allow(dead_code, unreachable_pub)]
mod rules;
#[allow(dead_code, unreachable_pub)]
mod security;
#[allow(dead_code)]
mod server;
#[allow(dead_code, unreachable_pub)]
mod setter;
#[allow(dead_code, missing_docs, unreachable_pub)]
mod stream;
#[allow(dead_code, unused_imports, unused_macros)]
mod string_newtype;
#[allow(dead_code, unused_imports)]
mod generated {
    include!("client.rs");
}
pub use generated::*;
pub use codegen_support::{Bounded, Client, ConversionError, Error, IntoOption, Response};
pub use pages::{Items, Paged, Pages};
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
    "src/enums.rs",
    "src/rules.rs",
    "src/security.rs",
    "src/server.rs",
    "src/setter.rs",
    "src/string_newtype.rs"
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
        let scratch = Self::empty(root, name)?;
        scratch.write("src/lib.rs", LIBRARY)?;
        scratch.write("src/codegen_support.rs", include_str!("scratch/codegen_support.rs"))?;
        scratch.write("src/pages.rs", PAGES)?;
        scratch.write("src/stream.rs", STREAM)?;
        scratch.write("src/client.rs", source)?;
        Ok(scratch)
    }

    /// Writes a crate without a library, named by what is compiled in it: other ones may be built at the same time.
    pub(crate) fn named_by(
        root: &Path,
        name: &str,
        sources: impl Iterator<Item = impl AsRef<str>>,
    ) -> Result<Self, String> {
        let mut hasher = DefaultHasher::new();
        sources.for_each(|source| source.as_ref().hash(&mut hasher));
        Self::empty(root, &format!("{name} {:016x}", hasher.finish()))
    }

    /// Writes a crate with the handwritten files that generated code uses, and without a library.
    pub(crate) fn empty(root: &Path, name: &str) -> Result<Self, String> {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let target = root.join("target");
        let scratch = Self { folder: target.join("xtask").join(&name), target };
        fs::create_dir_all(scratch.folder.join("src/multipart")).map_err(|error| scratch.failed(&error))?;
        fs::copy(root.join("Cargo.lock"), scratch.folder.join("Cargo.lock"))
            .map_err(|error| scratch.failed(&error))?;
        scratch.write("Cargo.toml", &format!("[package]\nname = \"{name}\"\n{MANIFEST}"))?;
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
