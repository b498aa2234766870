//! Compares `segment::measure` with `sms_splitter` and `gsm7`: time and allocations. `cargo bench -p relay-rest-tests --bench segment`.

use std::hint::black_box;

use divan::{AllocProfiler, Bencher};
use gsm7::Gsm7Writer;
use relay_rest::segment::measure;
use sms_splitter::SplitSms;

/// Counts allocations; divan prints none where there are none.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// A text of 160 septets with extension and national characters, one of ASCII only, and one of 70 UTF-16 units.
const TEXTS: [&str; 3] = ["160 septets", "160 ASCII septets", "70 UTF-16 units"];

fn text(name: &str) -> String {
    match name {
        "160 septets" => "Größe è 5 €, [ñ] ok ".repeat(6) + &"a".repeat(22),
        "160 ASCII septets" => "Your code is: ".repeat(11) + "abcdef",
        _ => "Ваш код: ".repeat(7) + "abcdefg",
    }
}

fn main() {
    let units = TEXTS.map(|name| measure(&text(name)).units);
    assert_eq!(units, [160, 160, 70], "the texts are what they are called");
    divan::main();
}

#[divan::bench(args = TEXTS)]
fn relay_rest(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.bench(|| measure(black_box(&text)));
}

#[divan::bench(args = TEXTS)]
fn sms_splitter(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.with_inputs(|| text.clone()).bench_values(|text| SplitSms::default().split(text));
}

/// It encodes, counts nothing and knows no UCS-2: what it answers is whether a text is in the GSM alphabet. It writes to
/// nowhere, so that its buffers do not count.
#[divan::bench(args = &TEXTS[..2])]
fn gsm7(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.bench(|| Gsm7Writer::new(std::io::sink()).write_str(black_box(&text)).expect("GSM alphabet"));
}
