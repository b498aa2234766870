//! Compares building a body and reading an error with serde by hand: time and allocations. `cargo bench -p relay-rest-tests --bench body`.

use std::hint::black_box;

use divan::{AllocProfiler, Bencher};
use relay_rest::types::{MfaRequest, ValidationError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Counts allocations; divan prints none where there are none.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const TO: &str = "+14043287382";
const MESSAGE: &str = "Your Acme code:";
const BODY: &str = r#"{"message":"Your Acme code:","to":"+14043287382"}"#;

/// What SignalWire answers with 422, with two errors in it.
const REFUSED: &str = r#"{"errors":[
    {"status":"422","code":"invalid_parameter","title":"to","detail":"is no number of a telephone"},
    {"status":"422","code":"missing_parameter","title":"from","detail":"is required with a message of your own"}]}"#;

fn main() {
    assert_eq!(built_by_relay_rest(), BODY.as_bytes());
    assert_eq!(built_by_hand(), BODY.as_bytes());
    assert_eq!(read_as_its_type().errors[1].code, "missing_parameter");
    assert_eq!(read_as_derived().errors[1].code, "missing_parameter");
    assert_eq!(read_as_a_value()["errors"][1]["code"], "missing_parameter");
    divan::main();
}

/// By the builder, which checks the number and the message.
fn built_by_relay_rest() -> Vec<u8> {
    let request = MfaRequest::builder().to(black_box(TO)).message(black_box(MESSAGE)).build();
    serde_json::to_vec(&request.expect("a request")).expect("JSON")
}

/// The struct of one who checks nothing.
#[derive(Default, Serialize)]
struct ByHand {
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_alphas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_length: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_for: Option<u32>,
}

fn built_by_hand() -> Vec<u8> {
    let (to, message) = (black_box(TO).to_owned(), Some(black_box(MESSAGE).to_owned()));
    serde_json::to_vec(&ByHand { to, message, ..ByHand::default() }).expect("JSON")
}

/// The documented body, which `relay_rest::Error::body` has.
fn read_as_its_type() -> ValidationError {
    serde_json::from_str(black_box(REFUSED)).expect("the documented body")
}

/// The same body as what serde derives reads it.
#[derive(Deserialize)]
struct Derived {
    errors: Vec<DerivedItem>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "they are read, and dropped")]
struct DerivedItem {
    code: String,
    detail: String,
    status: String,
    title: String,
}

fn read_as_derived() -> Derived {
    serde_json::from_str(black_box(REFUSED)).expect("the documented body")
}

fn read_as_a_value() -> Value {
    serde_json::from_str(black_box(REFUSED)).expect("JSON")
}

// Values are dropped within the time: kept until the end of a sample, they would fill the caches. And samples are of one
// size: in one that is short the clock counts.

/// From the values to the bytes that are sent.
#[divan::bench_group(sample_size = 200)]
mod build {
    use super::*;

    #[divan::bench]
    fn relay_rest(bencher: Bencher<'_, '_>) {
        bencher.bench(|| drop(black_box(built_by_relay_rest())));
    }

    #[divan::bench]
    fn serde_by_hand(bencher: Bencher<'_, '_>) {
        bencher.bench(|| drop(black_box(built_by_hand())));
    }
}

/// From the bytes of a 422 to what a program can look at.
#[divan::bench_group(sample_size = 200)]
mod read_error {
    use super::*;

    #[divan::bench]
    fn relay_rest(bencher: Bencher<'_, '_>) {
        bencher.bench(|| drop(black_box(read_as_its_type())));
    }

    #[divan::bench]
    fn serde_derived(bencher: Bencher<'_, '_>) {
        bencher.bench(|| drop(black_box(read_as_derived())));
    }

    #[divan::bench]
    fn serde_json_value(bencher: Bencher<'_, '_>) {
        bencher.bench(|| drop(black_box(read_as_a_value())));
    }
}
