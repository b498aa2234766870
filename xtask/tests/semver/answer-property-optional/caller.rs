//! A caller who reads a text that may be missing in the new document, which cargo-semver-checks has no lint for.

fn main() {
    let name: fn(scratch::types::Thing) -> String = |thing| thing.name;
    let _ = name;
}
