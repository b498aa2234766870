#!/usr/bin/env bash
# Compares the Rust level of spec-diff with cargo-semver-checks, for the pairs of documents in `semver/` and, if they exist, two of
# SignalWire's. Both clients of a pair are generated and documented as JSON, which cargo-semver-checks compares.
# cargo-semver-checks has no lint for some changes, such as that of a field's type. If a pair has a `caller.rs`, that program must
# compile with the old client; the change is major if it does not compile with the new one.
# An argument selects one pair by name. Exits with 1 if the two disagree, and with 2 if cargo-semver-checks is missing.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/../.."
root=$PWD
work=$root/target/xtask/semver
only=${1:-}

if ! cargo semver-checks --version >/dev/null 2>&1; then
    echo "cargo-semver-checks is missing: cargo install --locked --debug cargo-semver-checks" >&2
    exit 2
fi
rm -rf "$work/crates" "$work/json"
mkdir -p "$work/crates" "$work/json"

# The hash of a document, so that one in several pairs is generated once.
key() { sha256sum "$1" | cut -c1-16; }

# Generates the crate of a document, with dependencies at the versions of the lock file.
crate() { # DOCUMENT
    local folder
    test -d "$work/crates/$(key "$1")" && return
    cargo xtask check --skip-unsupported "$1" >"$work/check.log" 2>&1 || { cat "$work/check.log" >&2; exit 2; }
    folder=$root/target/xtask/$(printf 'check %s' "$1" | LC_ALL=C sed 's/[^[:alnum:]]/_/g')
    mv "$folder" "$work/crates/$(key "$1")"
}

in_crate() { # DOCUMENT ARGUMENTS..., which are cargo's
    local folder
    folder=$work/crates/$(key "$1")
    shift
    (cd "$folder" && CARGO_TARGET_DIR=$root/target CARGO_NET_OFFLINE=true cargo "$@")
}

# rustdoc's JSON is unstable. The variable is for rustdoc alone: if cargo saw it, all dependencies were built anew.
printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec "%s" "$@"\n' "${RUSTDOC:-rustdoc}" >"$work/rustdoc"
chmod +x "$work/rustdoc"

json() { # DOCUMENT
    local file
    file=$work/json/$(key "$1").json
    if ! test -f "$file"; then
        RUSTDOC=$work/rustdoc \
            RUSTDOCFLAGS="-Z unstable-options --document-hidden-items --output-format json --cap-lints=allow" \
            in_crate "$1" doc --quiet --no-deps --lib >&2
        mv "$root/target/doc/scratch.json" "$file"
    fi
    echo "$file"
}

# The level of the Rust part: major or not.
spec_diff() { # OLD NEW
    local level
    cargo xtask spec-diff "$1" "$2" --format json --fail-on never | tr -d ' \n' >"$work/spec-diff.json"
    level=$(sed -n 's/.*"rust":{[^{}]*"level":"\([a-z]*\)".*/\1/p' "$work/spec-diff.json")
    case $level in
        major) echo major ;;
        minor | patch) echo "not major" ;;
        *) echo "spec-diff has no level for Rust: $1 $2" >&2; exit 2 ;;
    esac
}

semver_checks() { # OLD NEW
    local code=0
    cargo semver-checks --baseline-rustdoc "$(json "$1")" --current-rustdoc "$(json "$2")" --release-type minor \
        >"$work/semver-checks.log" 2>&1 || code=$?
    if test $code = 0; then
        echo "not major"
    elif grep -q 'semver requires new major version' "$work/semver-checks.log"; then
        echo major
    else
        cat "$work/semver-checks.log" >&2
        exit 2
    fi
}

# Whether the program of a caller compiles with the client of a document.
compiles() { # NAME DOCUMENT
    local folder
    folder=$work/crates/$(key "$2")
    mkdir -p "$folder/examples"
    cp "xtask/tests/semver/$1/caller.rs" "$folder/examples/caller.rs"
    in_crate "$2" check --quiet --example caller >"$work/caller.log" 2>&1
}

caller() { # NAME OLD NEW
    if ! test -f "xtask/tests/semver/$1/caller.rs"; then
        echo none
    elif ! compiles "$1" "$2"; then
        cat "$work/caller.log" >&2
        exit 2
    elif compiles "$1" "$3"; then
        echo compiles
    else
        grep -q 'error\[E0308\]' "$work/caller.log" || { cat "$work/caller.log" >&2; exit 2; }
        echo fails
    fi
}

pairs=()
for folder in xtask/tests/semver/*/; do
    name=$(basename "$folder")
    pairs+=("$name $folder/old.yaml $folder/new.yaml")
done
for name in signalwire-002 signalwire-028; do
    folder=../shared/upstream/pairs/$name
    if test -d ../shared; then
        pairs+=("$name $(echo "$folder"/base.*) $(echo "$folder"/revision.*)")
    else
        echo "skipped: there is no $folder"
    fi
done

# All crates first: checking and documenting use other flags.
for pair in "${pairs[@]}"; do
    read -r name old new <<<"$pair"
    if test -z "$only" || test "$name" = "$only"; then crate "$old"; crate "$new"; fi
done

disagreements=0
compared=0
printf '%-34s %-20s %-10s %s\n' pair cargo-semver-checks caller spec-diff
for pair in "${pairs[@]}"; do
    read -r name old new <<<"$pair"
    if test -n "$only" && test "$name" != "$only"; then continue; fi
    compared=$((compared + 1))
    theirs=$(semver_checks "$old" "$new")
    called=$(caller "$name" "$old" "$new")
    ours=$(spec_diff "$old" "$new")
    verdict=
    expected=$theirs
    if test "$called" = fails; then expected=major; fi
    if test "$expected" != "$ours"; then
        verdict="<- they disagree"
        disagreements=$((disagreements + 1))
    fi
    printf '%-34s %-20s %-10s %-10s %s\n' "$name" "$theirs" "$called" "$ours" "$verdict"
done
echo "$disagreements disagreements in $compared pairs"
test $compared -gt 0 || exit 2
test $disagreements = 0
