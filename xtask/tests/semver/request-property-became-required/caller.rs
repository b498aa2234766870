//! A caller who reads back what need not be set in the old document, which cargo-semver-checks has no lint for.

fn main() {
    let size: fn(scratch::types::NewThing) -> Option<scratch::types::NewThingSize> = |thing| thing.size;
    let _ = size;
}
