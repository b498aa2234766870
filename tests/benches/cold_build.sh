#!/usr/bin/env bash
# How long a dependant's first build takes: this crate with each kind of TLS, and the plain recipe (progenitor in build.rs,
# progenitor-client, reqwest with default features) for one operation. Seconds, a line for each round, then the medians.
#
#   bash tests/benches/cold_build.sh [ROUNDS]
#
# The dependants are made in target/cold-build; dependencies are downloaded before, and all take turns.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}
root=$PWD
work=$PWD/target/cold-build
rm -rf "$work"
export CARGO_TERM_COLOR=never

manifest() { printf '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n' "$1"; }

for feature in rustls rustls-aws-lc native-tls; do
    mkdir -p "$work/$feature/src"
    { manifest "$feature"; echo "relay-rest = { path = \"$root\", default-features = false, features = [\"$feature\"] }"; } >"$work/$feature/Cargo.toml"
    echo 'fn main() { println!("{}", relay_rest::Client::from_env().is_ok()); }' >"$work/$feature/src/main.rs"
done

mkdir -p "$work/plain/src"
{
    manifest plain
    cat <<'TOML'
futures = "0.3"
progenitor-client = "0.15"
reqwest = { version = "0.13", features = ["json", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
uuid = { version = "1", features = ["serde"] }

[build-dependencies]
openapiv3 = "2"
prettyplease = "0.3"
progenitor = "0.15"
serde_json = "1"
syn = "3"
TOML
} >"$work/plain/Cargo.toml"
cat >"$work/plain/build.rs" <<'RUST'
fn main() {
    println!("cargo:rerun-if-changed=api.json");
    let document = serde_json::from_reader(std::fs::File::open("api.json").unwrap()).unwrap();
    let tokens = progenitor::Generator::default().generate_tokens(&document).unwrap();
    let code = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    std::fs::write(std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("client.rs"), code).unwrap();
}
RUST
cat >"$work/plain/api.json" <<'JSON'
{"openapi": "3.0.3", "info": {"title": "one operation", "version": "1"},
 "paths": {"/mfa/sms": {"post": {"operationId": "request_mfa_sms",
   "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
   "responses": {"200": {"description": "sent", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}}}}}},
 "components": {"schemas": {
   "Request": {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}, "message": {"type": "string"}}},
   "Sent": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}, "success": {"type": "boolean"}}}}}}
JSON
echo 'include!(concat!(env!("OUT_DIR"), "/client.rs")); fn main() { println!("{}", Client::new("http://[::1]").baseurl()); }' >"$work/plain/src/main.rs"

kinds=(plain rustls rustls-aws-lc native-tls)
for kind in "${kinds[@]}"; do cargo fetch --quiet --manifest-path "$work/$kind/Cargo.toml"; done
for round in $(seq "$rounds"); do
    for kind in "${kinds[@]}"; do
        rm -rf "$work/$kind/target"
        start=$(date +%s.%N)
        cargo build --quiet --offline --timings --manifest-path "$work/$kind/Cargo.toml" --target-dir "$work/$kind/target" >"$work/$kind/log" 2>&1
        echo "$round $kind $(date +%s.%N | awk -v start="$start" '{printf "%.1f", $1 - start}')" | tee -a "$work/rounds"
    done
done
for kind in "${kinds[@]}"; do
    awk -v kind="$kind" '$2 == kind {print $3}' "$work/rounds" | sort -n | awk -v kind="$kind" '{all[NR] = $1} END {printf "median %-14s %.1f s\n", kind, all[int((NR + 1) / 2)]}'
done
