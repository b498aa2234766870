#!/usr/bin/env bash
# Fuzzes: `run.sh [--seconds N | --runs N] [TARGET]... [-- OPTION OF LIBFUZZER...]`, all targets if none is named.
# The default is 60 seconds for each target. What is found is in target/fuzz/TARGET/, and the exit code is 1.
set -euo pipefail
cd "$(dirname "$0")/../.."

limit=-max_total_time=60 targets=()
while (($#)); do
    case $1 in
        --seconds) limit=-max_total_time=$2; shift 2 ;;
        # A seed of its own makes a bounded run the same one each time.
        --runs) limit="-runs=$2 -seed=1"; shift 2 ;;
        --) shift; break ;;
        *) targets+=("$1"); shift ;;
    esac
done
((${#targets[@]})) || mapfile -t targets < <(sed -n 's/^name = "fuzz-\(.*\)"/\1/p' xtask/fuzz/Cargo.toml)

# What `cargo fuzz` passes, without the sanitizers, which need a nightly Rust: our code is safe. With a target of its own, neither
# build scripts nor macros are instrumented.
host=$(rustc -vV | sed -n 's/^host: //p')
coverage=(-Cpasses=sancov-module -Ccodegen-units=1)
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    coverage+=("-Cllvm-args=-sanitizer-coverage-$option")
done
RUSTFLAGS="${coverage[*]}" cargo build --quiet --locked --package fuzz --profile fuzz --target "$host" "${targets[@]/#/--bin=fuzz-}"

# shellcheck disable=SC2206 # one or two options
limit=($limit)
status=0
for target in "${targets[@]}"; do
    printf '\n== %s\n' "$target"
    folder=target/fuzz/$target
    mkdir -p "$folder/corpus"
    "target/$host/fuzz/fuzz-$target" "$folder/corpus" -artifact_prefix="$folder/" -max_len=65536 -len_control=0 -timeout=10 \
        -rss_limit_mb=2560 -reload=0 -print_final_stats=1 "${limit[@]}" "$@" || status=1
done
exit $status
