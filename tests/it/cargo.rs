//! Runs cargo from a test as a person would.

use std::path::PathBuf;
use std::process::Command;

/// The root of the repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The newest file of this name of the build script of relay-rest: the script itself, or `out/` and what it has written.
pub(crate) fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let builds = test.ancestors().nth(2).expect("the folder of a profile").join("build");
    let files = std::fs::read_dir(builds).expect("a folder").flatten().filter_map(|entry| {
        let is_ours = entry.file_name().to_string_lossy().trim_end_matches(|c: char| c.is_ascii_hexdigit())
            == "relay-rest-";
        let file = entry.path().join(name);
        let modified = std::fs::metadata(&file).ok().filter(|_| is_ours)?.modified().ok()?;
        Some((modified, file))
    });
    files.max().expect("cargo has run the build script").1
}

/// The generated code that was compiled.
pub(crate) fn generated(name: &str) -> String {
    if cfg!(feature = "generate") {
        return std::fs::read_to_string(built(&format!("out/{name}"))).expect("generated code");
    }
    let shipped = std::fs::read_to_string(format!("{ROOT}/openapi/{name}")).expect("shipped code");
    shipped.split_once('\n').expect("a first line").1.to_owned()
}

/// cargo with these arguments, in the root of the repository.
///
/// Without the variables that the outer cargo sets for this package: ring's build script depends on them, so that ring and its
/// dependants would be compiled again, now and the next time.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(ROOT);
    for (name, _) in std::env::vars_os() {
        let is_of_package = |name: &str| {
            name == "OUT_DIR" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        };
        if name.to_str().is_some_and(is_of_package) {
            command.env_remove(name);
        }
    }
    command
}
