//! Reads a property that is optional in the old document. cargo-semver-checks has no lint for that.

fn main() {
    let size: fn(scratch::types::NewThing) -> Option<scratch::types::NewThingSize> = |thing| thing.size;
    let _ = size;
}
