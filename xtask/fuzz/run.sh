#!/usr/bin/env bash
# Fuzzes the named targets, or all of them: `run.sh [--seconds N | --runs N] [TARGET]... [-- OPTION OF LIBFUZZER...]`.
#
# `--seconds` is the time for each target, 60 without it: what reaches new code is kept in target/fuzzing/TARGET/corpus/, and mutated
# further. `--runs` makes the same N inputs each time, in a build without coverage, which takes no time beside the other tests.
# An input that fails is in target/fuzzing/TARGET/, and the exit code is 1; `run.sh TARGET -- FILE` runs it again.
set -euo pipefail
cd "$(dirname "$0")/../.."

limit=(-max_total_time=60) runs='' targets=()
while (($#)); do
    case $1 in
        --seconds) limit=(-max_total_time="$2"); shift 2 ;;
        --runs) runs=$2 limit=(-runs="$2" -seed=1); shift 2 ;;
        --) shift; break ;;
        -*) echo "error: unknown option $1" >&2; exit 64 ;;
        *) targets+=("$1"); shift ;;
    esac
done
((${#targets[@]})) || mapfile -t targets < <(sed -n 's/^name = "fuzz-\(.*\)"/\1/p' xtask/fuzz/Cargo.toml)
build=(cargo build --quiet --locked --package fuzz "${targets[@]/#/--bin=fuzz-}")
if [[ " ${targets[*]} " == *' client '* ]]; then build+=(--features client); fi

if [[ $runs ]]; then
    "${build[@]}"
    binaries=${CARGO_TARGET_DIR:-target}/debug
else
    # What `cargo fuzz` passes but for the sanitizers, which need a nightly Rust: safe code needs none. With `--target`, neither build
    # scripts nor macros are instrumented.
    host=$(rustc -vV | sed -n 's/^host: //p')
    flags="-Cpasses=sancov-module -Ccodegen-units=1"
    for option in level=4 inline-8bit-counters pc-table trace-compares; do
        flags+=" -Cllvm-args=-sanitizer-coverage-$option"
    done
    RUSTFLAGS=$flags "${build[@]}" --profile fuzz --target "$host"
    binaries=${CARGO_TARGET_DIR:-target}/$host/fuzz
fi

status=0
for target in "${targets[@]}"; do
    printf '\n== %s\n' "$target"
    folder=target/fuzzing/$target
    mkdir -p "$folder/corpus"
    corpus=("$folder/corpus")
    # Whatever was found before is no part of a run that is the same each time.
    if [[ $runs || $# -gt 0 && -f $1 ]]; then corpus=(); fi
    "$binaries/fuzz-$target" "${corpus[@]}" -artifact_prefix="$folder/" -max_len=65536 -len_control=0 -timeout=10 \
        -rss_limit_mb=2560 -reload=0 -print_final_stats=1 "${limit[@]}" "$@" || status=1
done
exit $status
