#!/usr/bin/env bash
# Which tools make a Rust client of a document, does it compile, and how many calls does it have? For each document named, a row of a
# Markdown table.
#
#   bash tests/benches/side_by_side.sh [--seconds] DOCUMENT...
#
# With --seconds: how many seconds of processor time `cargo check` takes for our client, and for those of openapi-to-rust and oas3-gen.
# Their dependencies are compiled before. All take turns, three times; each figure is a median, and the last lines have all ratios in one.
# Ours has the builders that are there by default: those of what requests contain.
#
# The other tools are installed into target/side-by-side; it needs cargo, npm and the package registries.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$PWD/target/side-by-side
mkdir -p "$work/generated"
export CARGO_TERM_COLOR=never CARGO_TARGET_DIR=$work/target

test -x "$work/bin/openapi-to-rust" || cargo install --quiet --locked --root "$work" openapi-to-rust@0.23.0
test -x "$work/bin/oas3-gen" || cargo install --quiet --locked --root "$work" oas3-gen@0.29.0

openapi_to_rust() {
    "$work/bin/openapi-to-rust" generate --quiet --output-dir "$2/src" "$1" && mv "$2/src/mod.rs" "$2/src/lib.rs"
    printf '[package]\nname = "api"\nversion = "0.1.0"\nedition = "2024"\n\n[workspace]\n\n' | cat - "$2/src/REQUIRED_DEPS.toml" >"$2/Cargo.toml"
}

oas3_gen() {
    mkdir -p "$2"
    cat >"$2/Cargo.toml" <<'TOML'
[package]
name = "api"
version = "0.1.0"
edition = "2024"
[workspace]
[dependencies]
anyhow = "1"
bytes = "1"
chrono = { version = "0.4", features = ["serde"] }
eventsource-stream = "0.2"
futures = "0.3"
http = "1"
indexmap = { version = "2", features = ["serde"] }
oas3-gen-support = { version = "0.29", features = ["reqwest"] }
regex = "1"
reqwest = { version = "0.13", features = ["json", "form", "query", "cookies", "multipart", "stream"] }
reqwest_cookie_store = "0.10"
serde = { version = "1", features = ["derive"] }
secrecy = { version = "0.10", features = ["serde"] }
serde_html_form = "0.4"
serde_json = "1"
serde_with = { version = "3", features = ["chrono_0_4", "base64", "indexmap_2"] }
uuid = { version = "1", features = ["serde"] }
validator = { version = "0.20", features = ["derive"] }
TOML
    "$work/bin/oas3-gen" generate client-mod --input "$1" --output "$2/src" && mv "$2/src/mod.rs" "$2/src/lib.rs"
}

# ours DOCUMENT CRATE: the crate in which `cargo xtask check` compiles our client
ours() {
    CARGO_TARGET_DIR=$PWD/target cargo xtask check --skip-unsupported "$1" && cp -r "target/xtask/check_${1//[^A-Za-z0-9]/_}" "$2"
}

# check_seconds CRATE: of the crate alone
check_seconds() {
    touch "$1/src/lib.rs"
    TIMEFORMAT='%U %S'
    { time CARGO_INCREMENTAL=0 cargo check --quiet --offline --lib --manifest-path "$1/Cargo.toml" >"$1.log" 2>&1; } 2>"$1.time"
    awk '{printf "%.2f\n", $1 + $2}' "$1.time"
}

# The first line that says why: a panic's message stands on the line after it.
reason() { { grep -m1 -A1 'panicked at' "$1" | tail -1 || true; grep -m1 -iE '^ *(error|caused|.*invalid)' "$1" || true; tail -1 "$1"; } | head -1 | cut -c1-80 | tr -d '|'; }
lines() { find "$1/src" -name '*.rs' -exec cat {} + | wc -l; }
median() { sort -n | awk '{all[NR] = $1} END {print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2}'; }

# compiled KIND DOCUMENT CRATE: generates and checks a crate; prints why it cannot be had.
compiled() {
    rm -rf "$3"
    if ! "$1" "$2" "$3" >"$3.log" 2>&1; then
        echo "not generated: $(reason "$3.log")"
        return 1
    elif ! cargo check --quiet --lib --manifest-path "$3/Cargo.toml" >"$3.log" 2>&1; then
        echo "$(grep -c '^error' "$3.log") errors: $(grep -m1 -o '^error.*' "$3.log" | cut -c1-80)"
        return 1
    fi
}

# Calls of the document, and of its webhooks where the generator takes these for calls.
calls() { find "$1/src" \( -name client.rs -o -name lib.rs \) -exec cat {} + | grep -oE 'pub async fn \w+' | sort -u | wc -l; }

compare_seconds() {
    local path name kind crate generated failed
    rm -f "$work"/ratios-*
    echo "| document | openapi-to-rust | oas3-gen | relay-rest-codegen | ratios |"
    echo "|---|---|---|---|---|"
    for document in "$@"; do
        path=$(realpath "$document")
        name=$(basename "${document%.*}")
        crate=$work/generated/$name
        generated=()
        for kind in openapi_to_rust oas3_gen ours; do
            rm -f "$crate-$kind.rounds"
            if failed=$(compiled "$kind" "$path" "$crate-$kind"); then generated+=("$kind"); else echo "$failed" >"$crate-$kind.failed"; fi
        done
        for _ in 1 2 3; do
            for kind in "${generated[@]}"; do check_seconds "$crate-$kind" >>"$crate-$kind.rounds"; done
        done
        printf '| %s |' "$name"
        for kind in openapi_to_rust oas3_gen ours; do
            if test -s "$crate-$kind.rounds"; then
                printf ' %s s, %d lines |' "$(median <"$crate-$kind.rounds")" "$(lines "$crate-$kind")"
            else
                printf ' %s |' "$(<"$crate-$kind.failed")"
            fi
        done
        for kind in openapi_to_rust oas3_gen; do
            if test -s "$crate-$kind.rounds" && test -s "$crate-ours.rounds"; then
                echo "$(median <"$crate-ours.rounds") $(median <"$crate-$kind.rounds")" >>"$work/ratios-$kind"
                tail -1 "$work/ratios-$kind" | awk '{printf " %.2f", $1 / $2}'
            else
                printf ' -'
            fi
        done
        echo ' |'
    done
    echo
    for kind in openapi_to_rust oas3_gen; do
        test -s "$work/ratios-$kind" || continue
        awk -v kind="$kind" -v median="$(awk '{print $1 / $2}' "$work/ratios-$kind" | median)" \
            '{ours += $1; other += $2} END {printf "beside %s, %d documents: median %.2f, sum %.2f\n", kind, NR, median, ours / other}' "$work/ratios-$kind"
    done
}

if [[ ${1:-} == --seconds ]]; then
    shift
    compare_seconds "$@"
    exit
fi

test -x "$work/bin/cargo-progenitor" || cargo install --quiet --locked --root "$work" cargo-progenitor@0.15.1
test -d "$work/node_modules" || npm install --silent --prefix "$work" @apiture/openapi-down-convert@0.14.2 >/dev/null

# outcome KIND DOCUMENT CRATE: what becomes of a crate that a tool makes.
outcome() { if compiled "$@"; then echo "compiles, $(calls "$3") calls, $(lines "$3") lines"; fi; }

progenitor() { "$work/bin/cargo-progenitor" progenitor --input "$1" --output "$2" --name api --version 0.1.0 --license-name MIT && echo '[workspace]' >>"$2/Cargo.toml"; }

down_convert() {
    "$work/node_modules/.bin/openapi-down-convert" --allOf --input "$1" --output "$2.json" && progenitor "$2.json" "$2"
}

relay_rest() {
    local report
    report=$(CARGO_TARGET_DIR="$PWD/target" cargo xtask check --skip-unsupported "$1" 2>/dev/null | grep -v '^relaxed: ') &&
        sed -En 's/.*: ([0-9]+) operations in the client, ([0-9]+) left out.* ([0-9]+) lines of Rust/compiles, \1 calls, \3 lines; \2 left out/p' <<<"$report" ||
        echo "fails: $(tail -1 <<<"$report")"
}

echo "| document | progenitor | openapi-down-convert, progenitor | openapi-to-rust | oas3-gen | relay-rest-codegen |"
echo "|---|---|---|---|---|---|"
for document in "$@"; do
    path=$(realpath "$document")
    name=$(basename "${document%.*}")
    printf '| %s |' "$name"
    for kind in progenitor down_convert openapi_to_rust oas3_gen; do printf ' %s |' "$(outcome "$kind" "$path" "$work/generated/$name-$kind")"; done
    echo " $(relay_rest "$path") |"
done
