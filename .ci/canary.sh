#!/usr/bin/env bash
# Builds with a typify that progenitor does not use yet, and prints which edits of refining no longer fit what it writes.
#
#   bash .ci/canary.sh [REQUIREMENT]     ^0.10.0-alpha.1, unless another is given
#
# Cargo alone cannot do it. progenitor 0.15 requires typify ^0.8.0: Cargo uses a [patch] only if its version meets that, and
# takes no wildcard behind a pre-release (`=0.10.0-alpha.*`), so the requirement has a caret, which chooses the newest one. Nor
# does a copy of progenitor-impl with another requirement help: typify 0.10 has another interface (`to_stream` can fail, the
# types are asked for in `typespace`), and progenitor does not compile with it. What refining edits is what typify writes, so
# in a copy of the tree in target/canary progenitor makes the client as ever, and the other typify its module `types`
# (.ci/canary.rs). Once progenitor has a release for it, this script only has to raise its version there.
#
# 0: all fits and the client compiles; 1: what is printed no longer fits; 2: the two cannot be built together at all.
set -euo pipefail
cd "$(dirname "$0")/.."
requirement=${1:-^0.10.0-alpha.1}
root=$PWD
copy=$root/target/canary
rm -rf "$copy"
git clone --quiet . "$copy"
cd "$copy"
export CARGO_TARGET_DIR=$root/target RUST_BACKTRACE=0

# progenitor's own way from OpenAPI to what typify takes; it does not export it.
progenitor=$(cargo metadata --format-version 1 --locked |
    python3 -c 'import json, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"] == "progenitor-impl":
        print(package["manifest_path"].rpartition("/")[0])')
mkdir codegen/src/generate
mv codegen/src/generate.rs codegen/src/generate/progenitor.rs
cp "$progenitor/src/to_schema.rs" codegen/src/generate/to_schema.rs
cp "$root/.ci/canary.rs" codegen/src/generate.rs
sed -i "/^\[dependencies\]/a typify = { version = \"$requirement\", default-features = false }\nschemars = \"0.8\"\nindexmap = \"2\"" \
    codegen/Cargo.toml
# A pre-release may ask for a newer Rust than the crates here; whether it needs it shows when it is compiled.
export CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=allow
cargo metadata --format-version 1 >/dev/null
cargo tree --quiet --package relay-rest-codegen --edges normal --depth 1 --prefix none | grep '^typify '

cargo build --quiet --ignore-rust-version --package relay-rest-codegen || exit 2
status=0
printf '\n== The client of the vendored document\n'
cargo check --quiet --ignore-rust-version --package relay-rest || status=1
printf '\n== The cases of codegen/tests/generate\n'
cargo test --quiet --ignore-rust-version --package relay-rest-codegen-tests --test cases generated || status=1
exit "$status"
