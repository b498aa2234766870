//! A caller who computes with a number that becomes a text, which cargo-semver-checks has no lint for.

fn main() {
    let weight: fn(scratch::types::Thing) -> Option<i64> = |thing| thing.weight;
    let _ = weight;
}
