#!/usr/bin/env bash
# The step of action.yml: builds spec-diff, and runs it in the current repository.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${RUNNER_TEMP:?}/spec-diff}

if test -z "$BASE"; then
    # The default checkout of a workflow has one commit.
    git fetch --quiet --depth 1 origin "${GITHUB_BASE_REF:?this is not a pull request, so the input base is needed}"
    BASE=.@$(git rev-parse FETCH_HEAD):$DOCUMENT
fi
options=(--format github --fail-on "$FAIL_ON" --level "$LEVEL" --rust "$RUST")
test -z "$SETTINGS" || options+=(--settings "$SETTINGS")

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --package xtask --bin xtask
"$CARGO_TARGET_DIR/debug/xtask" spec-diff "${options[@]}" -- "$BASE" "$DOCUMENT"
