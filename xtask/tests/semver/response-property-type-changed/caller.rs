//! Computes with a number that is a string in the new document. cargo-semver-checks has no lint for that.

fn main() {
    let weight: fn(scratch::types::Thing) -> Option<i64> = |thing| thing.weight;
    let _ = weight;
}
