#!/usr/bin/env bash
# What the generated client itself costs to compile, its dependencies apart: `cargo check` and `cargo build` of the crate in each
# of these checkouts, in turns, after a change of its first file. Seconds of processor time, medians, and their ratios to the first.
#
#   bash tests/benches/client_cost.sh TREE...
#
# A tree is a checkout, or TREE:FEATURES. To compare a larger document in two revisions, make worktrees and sync each:
# `git worktree add ../before REVISION`, `cargo xtask sync --tree ../before --source DOCUMENT --no-check`.
set -euo pipefail
rounds=3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG=0

# compile COMMAND TREE[:FEATURES]: seconds of processor time
compile() {
    local tree=${2%%:*} features=()
    [[ $2 == *:* ]] && features=(--no-default-features --features "${2#*:}")
    touch "$tree/src/lib.rs"
    TIMEFORMAT='%U %S'
    { time cargo "$1" --quiet --lib --package relay-rest "${features[@]}" --manifest-path "$tree/Cargo.toml" >/dev/null 2>"$work/log"; } 2>"$work/time" ||
        { cat "$work/log" >&2; return 1; }
    awk '{printf "%.2f\n", $1 + $2}' "$work/time"
}

for tree in "$@"; do for command in check build; do compile "$command" "$tree" >/dev/null; done; done
for round in $(seq "$rounds"); do
    for tree in "$@"; do
        for command in check build; do echo "$round $tree $command $(compile "$command" "$tree")" >>"$work/rounds"; done
    done
done
median() { awk -v tree="$1" -v command="$2" '$2 == tree && $3 == command {print $4}' "$work/rounds" | sort -n | awk '{all[NR] = $1} END {print all[int((NR + 1) / 2)]}'; }
for command in check build; do
    first=$(median "$1" "$command")
    for tree in "$@"; do
        awk -v command="$command" -v tree="$tree" -v cpu="$(median "$tree" "$command")" -v first="$first" 'BEGIN {printf "%-6s %6.2f s %5.2f  %s\n", command, cpu, cpu / first, tree}'
    done
done
