#!/usr/bin/env bash
# Packs the crates and holds the packages to what a user expects of them: nothing in them is for maintainers only, and a
# program that depends on them, and on nothing of this repository, builds without a network and runs the README's quick start.
#
#   bash tests/packaged.sh
#
# It needs the packages of Cargo.lock downloaded (`cargo fetch`), and a checkout without changes.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/packaged
# One folder for all builds: what the packages need was compiled before with the same settings.
export CARGO_TARGET_DIR=$PWD/target CARGO_NET_OFFLINE=true CARGO_TERM_COLOR=never
# Cargo unpacks a version of a local registry once, whatever is in it later.
rm -rf target/package "$work" "${CARGO_HOME:-$HOME/.cargo}"/registry/src/-*/relay-rest-*

# Those that are published; both, because one depends on the other.
cargo package --package relay-rest --package relay-rest-codegen --locked --quiet

for archive in target/package/*.crate; do
    crate=$(basename "$archive" .crate)
    crate=${crate%-*}
    mkdir -p "$work/$crate"
    tar xzf "$archive" -C "$work/$crate" --strip-components=1
    files=$(cd "$work/$crate" && find . -type f | cut -c3- | sort)
    if grep -E '^(tests|benches|xtask|target)/|^[^/]*\.toml$|\.sh$|(^|/)\.' <<<"$files" | grep -vxE 'Cargo\.toml|\.cargo_vcs_info\.json'; then
        echo "error: $crate has files that are for maintainers only" >&2
        exit 1
    fi
    for file in Cargo.toml README.md LICENSE-APACHE LICENSE-MIT; do
        grep -qx "$file" <<<"$files" || { echo "error: $crate has no $file" >&2; exit 1; }
    done
    echo "$crate: $(wc -l <<<"$files") files, $(wc -c <"$archive") bytes"
done

# The dependant. Its lock file is the one of this repository, less what it does not need.
dependant=$work/dependant
mkdir -p "$dependant/src" "$dependant/tests"
{
    cat <<'TOML'
[package]
name = "login"
version = "0.0.0"
edition = "2024"

[workspace]

[profile.dev]
debug = 1

[profile.dev.build-override]
debug = 1

[dependencies]
relay-rest = "*"
tokio = { version = "1", features = ["macros", "rt"] }

# What the server of the examples needs.
[dev-dependencies]
axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }
serde = "1"
serde_json = "1"
tokio = { version = "1", features = ["net", "rt-multi-thread"] }
uuid = { version = "1", features = ["v4"] }

[patch.crates-io]
TOML
    for crate in "$work"/*/Cargo.toml; do
        crate=$(basename "$(dirname "$crate")")
        echo "$crate = { path = \"../$crate\" }"
    done
} >"$work/manifest"
mv "$work/manifest" "$dependant/Cargo.toml"
cp Cargo.lock "$dependant/"
cp tests/packaged/login.rs "$dependant/src/main.rs"
cp tests/packaged/quick_start.rs "$dependant/tests/"
# The README's first Rust block that has a `login`.
awk '/^```rust/ {block = ""; inside = 1; next} /^```$/ {if (inside && block ~ /fn login/) {printf "%s", block; exit}; inside = 0} inside {block = block $0 "\n"}' \
    "$work/relay-rest/README.md" >"$dependant/src/readme.rs"
test -s "$dependant/src/readme.rs" || { echo "error: the packaged README has no login" >&2; exit 1; }

# Cargo is offline as it is; in a network of its own no build script reaches anything either.
apart=()
if unshare --net true 2>/dev/null; then
    apart=(unshare --net)
else
    echo "skipped: no network namespace can be made here, so only cargo itself was kept offline"
fi
cd "$dependant"
sources() { (cd "$work" && find relay-rest relay-rest-codegen -type f -exec sha256sum {} + | sort); }
before=$(sources)
"${apart[@]}" cargo test --no-run --quiet
cargo test --quiet
# And with the client of the release, for which nothing is generated.
sed -i 's/^relay-rest = "\*"$/relay-rest = { version = "*", default-features = false, features = ["rustls"] }/' Cargo.toml
"${apart[@]}" cargo test --no-run --quiet
cargo test --quiet
# Sources may be read-only.
test "$before" = "$(sources)" || { echo "error: building changes the sources" >&2; exit 1; }
echo '# edited' >>"$work/relay-rest/openapi/overlay.yaml"
if cargo check --quiet 2>"$work/stale" || ! grep -q 'not generated from this .*: openapi/client.rs, openapi/mocks.rs;' "$work/stale"; then
    echo "error: a client of another overlay is compiled" >&2
    exit 1
fi
