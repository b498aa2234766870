//! cargo, run from a test as a person would run it.
//! Knows what cargo tells a test in its environment; must not know what is run.

use std::process::Command;

/// cargo with these arguments, in the root of the repository.
///
/// Without what the cargo that runs the test says of this package: ring's build script goes by it, so that ring and all that
/// needs it would be compiled again, now and the next time.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
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
