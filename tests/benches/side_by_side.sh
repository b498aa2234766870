#!/usr/bin/env bash
# Which tools make a Rust client of a document, and does it compile? For each document named, a row of a Markdown table.
#
#   bash tests/benches/side_by_side.sh [--seconds] DOCUMENT...
#
# With --seconds: how many seconds of processor time `cargo check` takes for our client and for that of openapi-to-rust. Their
# dependencies are compiled before. Both take turns, three times; each figure is a median, and the last line has all ratios in one.
# Ours has the builders that are there by default: those of what requests contain.
#
# The other tools are installed into target/side-by-side; it needs cargo, npm and the package registries.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$PWD/target/side-by-side
mkdir -p "$work/generated"
export CARGO_TERM_COLOR=never CARGO_TARGET_DIR=$work/target

test -x "$work/bin/openapi-to-rust" || cargo install --quiet --locked --root "$work" openapi-to-rust@0.23.0

openapi_to_rust() {
    "$work/bin/openapi-to-rust" generate --quiet --output-dir "$2/src" "$1" && mv "$2/src/mod.rs" "$2/src/lib.rs"
    printf '[package]\nname = "api"\nversion = "0.1.0"\nedition = "2024"\n\n[workspace]\n\n' | cat - "$2/src/REQUIRED_DEPS.toml" >"$2/Cargo.toml"
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

compare_seconds() {
    local path name kind crate of_ours of_other
    : >"$work/ratios"
    echo "| document | openapi-to-rust | relay-rest-codegen | ratio |"
    echo "|---|---|---|---|"
    for document in "$@"; do
        path=$(realpath "$document")
        name=$(basename "${document%.*}")
        crate=$work/generated/$name
        rm -rf "$crate"-{other,ours}{,.rounds}
        for kind in openapi_to_rust:other ours:ours; do
            if ! "${kind%:*}" "$path" "$crate-${kind#*:}" >"$crate.log" 2>&1 || ! cargo check --quiet --lib --manifest-path "$crate-${kind#*:}/Cargo.toml" >>"$crate.log" 2>&1; then
                echo "| $name | ${kind%:*} fails: $(reason "$crate.log") |"
                continue 2
            fi
        done
        for _ in 1 2 3; do
            for kind in other ours; do check_seconds "$crate-$kind" >>"$crate-$kind.rounds"; done
        done
        of_other=$(median <"$crate-other.rounds")
        of_ours=$(median <"$crate-ours.rounds")
        awk -v ours="$of_ours" -v other="$of_other" 'BEGIN {print ours / other, ours, other}' >>"$work/ratios"
        echo "| $name | $of_other s, $(lines "$crate-other") lines | $of_ours s, $(lines "$crate-ours") lines | $(tail -1 "$work/ratios" | cut -c1-4) |"
    done
    echo
    awk -v median="$(cut -d' ' -f1 "$work/ratios" | median)" '{ours += $2; other += $3} END {printf "%d documents: median %.2f, sum %.2f\n", NR, median, ours / other}' "$work/ratios"
}

if [[ ${1:-} == --seconds ]]; then
    shift
    compare_seconds "$@"
    exit
fi

test -x "$work/bin/cargo-progenitor" || cargo install --quiet --locked --root "$work" cargo-progenitor@0.15.1
test -x "$work/bin/oas3-gen" || cargo install --quiet --locked --root "$work" oas3-gen@0.29.0
test -d "$work/node_modules" || npm install --silent --prefix "$work" @apiture/openapi-down-convert@0.14.2 >/dev/null

# outcome CRATE GENERATE...: what becomes of a crate that the command makes.
outcome() {
    local crate=$1; shift
    rm -rf "$crate"
    if ! "$@" >"$crate.log" 2>&1; then
        echo "not generated: $(reason "$crate.log")"
    elif ! cargo check --quiet --manifest-path "$crate/Cargo.toml" >"$crate.log" 2>&1; then
        echo "$(grep -c '^error' "$crate.log") errors: $(grep -m1 -o '^error.*' "$crate.log" | cut -c1-80)"
    else
        echo "compiles, $(find "$crate/src" -name '*.rs' -exec cat {} + | wc -l) lines"
    fi
}

progenitor() { "$work/bin/cargo-progenitor" progenitor --input "$1" --output "$2" --name api --version 0.1.0 --license-name MIT && echo '[workspace]' >>"$2/Cargo.toml"; }

down_convert() {
    "$work/node_modules/.bin/openapi-down-convert" --allOf --input "$1" --output "$2.json" && progenitor "$2.json" "$2"
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

relay_rest() {
    local report
    report=$(CARGO_TARGET_DIR="$PWD/target" cargo xtask check --skip-unsupported "$1" 2>/dev/null | grep -v '^relaxed: ') &&
        echo "compiles, $(grep -o '[0-9]* lines of Rust' <<<"$report" | cut -d' ' -f1) lines" || echo "fails: $(tail -1 <<<"$report")"
}

echo "| document | progenitor | openapi-down-convert, progenitor | oas3-gen | relay-rest-codegen |"
echo "|---|---|---|---|---|"
for document in "$@"; do
    path=$(realpath "$document")
    name=$(basename "${document%.*}")
    echo "| $name | $(outcome "$work/generated/$name-progenitor" progenitor "$path" "$work/generated/$name-progenitor") \
| $(outcome "$work/generated/$name-down" down_convert "$path" "$work/generated/$name-down") \
| $(outcome "$work/generated/$name-oas3" oas3_gen "$path" "$work/generated/$name-oas3") \
| $(relay_rest "$path") |"
done
