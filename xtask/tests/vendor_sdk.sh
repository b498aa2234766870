#!/usr/bin/env bash
# Compares the requests of a generated client with those of SignalWire's own Python SDK: random valid calls of every operation, the same
# for both, recorded on loopback. Method, path, query, headers and JSON must be equal but for the reviewed list in `vendor_sdk.py`, which
# also has the method of the SDK for each operation.
#   bash xtask/tests/vendor_sdk.sh [--install | DOCUMENT]
# `--install` only downloads the SDK, of the version in `vendor_sdk.txt`, into target/; nothing else needs the network.
# Exits with 1 if something differs, with 2 if it cannot be compared.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/../.."
requirements=xtask/tests/vendor_sdk.txt
sdk=$PWD/target/vendor-sdk

if ! cmp --silent "$requirements" "$sdk/installed"; then
    rm -rf "$sdk"
    timeout 300 python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps \
        --only-binary :all: --require-hashes --target "$sdk" --requirement "$requirements" || exit 2
    cp "$requirements" "$sdk/installed"
fi
if test "${1:-}" = --install; then exit; fi
document=${1:-../shared/upstream/relay-rest-full.yaml}
if ! test -e "$document"; then
    echo "skipped: there is no $document"
    exit
fi

recorded=$sdk/recorded.jsonl
timeout 900 cargo run --quiet --locked --package conformance --bin record -- --root . "$document" >"$recorded" || exit 2
# No proxy between the SDK and this machine.
NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONPATH=$sdk PYTHONDONTWRITEBYTECODE=1 timeout 300 python3 xtask/tests/vendor_sdk.py <"$recorded"
