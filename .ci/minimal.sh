#!/usr/bin/env bash
# A copy of the tree in target/minimal in whose lock file each direct dependency of the published crates has the lowest
# version that Cargo.toml allows; whether the crates compile there is for the caller to try.
#
#   bash .ci/minimal.sh && cargo check --manifest-path target/minimal/Cargo.toml
#
# All else stays as Cargo.lock has it, so that a release of something else changes no outcome here. Dependencies of xtask and
# of the tests are left out, as they would raise what users get. Cargo has the option for nightly only; it is used on
# the lock file, not on what is compiled.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$PWD/target/minimal
rm -rf "$copy"
git clone --quiet . "$copy"
cd "$copy"

sed -i '/^members = \[/,/^]/c members = ["codegen"]' Cargo.toml
for manifest in Cargo.toml codegen/Cargo.toml; do
    awk '/^\[/ {skip = /^\[dev-dependencies/} !skip' "$manifest" >"$manifest.less"
    mv "$manifest.less" "$manifest"
done
cargo metadata --format-version 1 >/dev/null

mapfile -t direct < <(
    cargo tree --workspace --all-features --target all --edges normal,build --depth 1 --no-dedupe --prefix none |
        grep -vE '^$|\(/' | awk '{sub(/^v/, "", $2); print $1 "@" $2}' | sort -u
)
RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions "${direct[@]}"
cargo fetch --locked --quiet
