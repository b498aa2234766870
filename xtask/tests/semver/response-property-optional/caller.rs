//! Reads a string that is optional in the new document. cargo-semver-checks has no lint for that.

fn main() {
    let name: fn(scratch::types::Thing) -> String = |thing| thing.name;
    let _ = name;
}
