#!/usr/bin/env bash
# What a dependant's first build costs: this crate with the client of the release (`shipped`), with the feature `generate` and each
# kind of TLS; reqwest alone with the features that this crate asks for; and the plain recipe (progenitor in build.rs,
# progenitor-client, reqwest with default features) for one operation. Packages, seconds of processor time and of the clock, a line for
# each round, then the medians with their ratios to reqwest alone and to the plain recipe.
#
#   bash tests/benches/cold_build.sh [ROUNDS [KIND...]]
#
# The dependants are made in target/cold-build; dependencies are downloaded before, and all take turns. Nothing is compiled incrementally:
# cargo does that for dependencies by path, as these are, and not for those of a registry, as users have them.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}
root=$PWD
work=$PWD/target/cold-build
rm -rf "$work"
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0

manifest() { printf '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n' "$1"; }

# dependant NAME FEATURES: one of this crate
dependant() {
    mkdir -p "$work/$1/src"
    { manifest "$1"; echo "relay-rest = { path = \"$root\", default-features = false, features = [$2] }"; } >"$work/$1/Cargo.toml"
    echo 'fn main() { println!("{}", relay_rest::Client::from_env().is_ok()); }' >"$work/$1/src/main.rs"
}
dependant shipped '"rustls"'
for tls in rustls rustls-aws-lc native-tls; do dependant "$tls" "\"generate\", \"$tls\""; done

mkdir -p "$work/reqwest/src"
{
    manifest reqwest-alone
    sed -n 's/, optional = true//; s/^reqwest = .*features = \[/&"rustls-no-provider", /p; s/^rustls = {/&/p' Cargo.toml
} >"$work/reqwest/Cargo.toml"
echo 'fn main() { println!("{}", reqwest::Client::builder().build().is_ok()); }' >"$work/reqwest/src/main.rs"

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

kinds=("${@:2}")
((${#kinds[@]})) || kinds=(reqwest shipped rustls rustls-aws-lc native-tls plain)
for kind in "${kinds[@]}"; do cargo fetch --quiet --manifest-path "$work/$kind/Cargo.toml"; done
for round in $(seq "$rounds"); do
    for kind in "${kinds[@]}"; do
        rm -rf "$work/$kind/target"
        TIMEFORMAT='%U %S %R'
        { time cargo build --quiet --offline --timings --manifest-path "$work/$kind/Cargo.toml" --target-dir "$work/$kind/target" >"$work/$kind/log" 2>&1; } 2>"$work/$kind/time"
        rm -rf "$work/$kind/target/debug"
        read -r user system clock <"$work/$kind/time"
        echo "$round $kind $(awk -v user="$user" -v kernel="$system" 'BEGIN {printf "%.1f", user + kernel}') $clock" | tee -a "$work/rounds"
    done
done
# median KIND COLUMN
median() { awk -v kind="$1" -v column="$2" '$2 == kind {print $column}' "$work/rounds" | sort -n | awk '{all[NR] = $1} END {print all[int((NR + 1) / 2)]}'; }
printf '\n%-14s %8s %8s %8s %10s %10s\n' '' packages CPU clock /reqwest /plain
for kind in "${kinds[@]}"; do
    packages=$(cargo tree --quiet --offline --manifest-path "$work/$kind/Cargo.toml" --edges normal,build --prefix none --no-dedupe | cut -d' ' -f1,2 | sort -u | wc -l)
    awk -v kind="$kind" -v packages="$((packages - 1))" -v cpu="$(median "$kind" 3)" -v clock="$(median "$kind" 4)" \
        -v reqwest="$(median reqwest 3)" -v plain="$(median plain 3)" \
        'BEGIN {printf "%-14s %8d %8.1f %8.1f %10.2f %10.2f\n", kind, packages, cpu, clock, cpu / reqwest, cpu / plain}'
done
