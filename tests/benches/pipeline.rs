//! Compares our passes of the pipeline with progenitor, `syn` and prettyplease. `cargo bench -p relay-rest-tests --bench pipeline`.

use std::time::{Duration, Instant};

use relay_rest_codegen::pipeline;
use serde_json::Value;

#[path = "../../src/generator.rs"]
mod generator;

const DOCUMENT: &str = include_str!("../../openapi/relay-rest.yaml");
const OVERLAY: &str = include_str!("../../openapi/overlay.yaml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` passes no `--bench`; then one round shows that it works.
    let share = if std::env::args().any(|argument| argument == "--bench") { 1 } else { 100 };
    measure("vendored", DOCUMENT, OVERLAY, 300 / share);
    let full = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/upstream/relay-rest-full.yaml");
    match std::fs::read_to_string(full) {
        Ok(document) => {
            measure("full", &document, IDLE, 40.min(300 / share));
            growth(&serde_yaml::from_str(&document)?, if share == 1 { 5 } else { 1 });
        }
        Err(_) => println!("pipeline   full: skipped, there is no {full}"),
    }
    Ok(())
}

/// An overlay that changes nothing that counts, for a document that has none.
const IDLE: &str =
    "{overlay: 1.0.0, info: {title: none, version: '1'}, actions: [{target: $, update: {x-measured: true}}]}";

/// How our passes grow with the document: as it is, and several of it in one.
fn growth(document: &Value, rounds: usize) {
    let [one, four, sixteen] = [1, 4, 16].map(|times| {
        measure(&format!("full, {times} times"), &concatenated(document, times), IDLE, rounds).as_secs_f64()
    });
    println!(
        "growth     4 times the document: {:.1} times; 16 times: {:.1} times",
        four / one,
        sixteen / one
    );
}

/// The document with all of its paths and schemas so many times, each time under other names; JSON.
fn concatenated(document: &Value, times: usize) -> String {
    const SCHEMAS: &str = "/components/schemas";
    let mut whole = document.clone();
    for copy in 1..times {
        let renamed = format!("\"#{SCHEMAS}/Copy{copy}");
        let renamed = document.to_string().replace(&format!("\"#{SCHEMAS}/"), &renamed);
        let mut copied: Value = serde_json::from_str(&renamed).expect("JSON");
        let items = copied["paths"].as_object_mut().into_iter().flatten().map(|(_, item)| item);
        for operation in items.filter_map(Value::as_object_mut).flatten().map(|(_, operation)| operation) {
            if let Some(Value::String(id)) = operation.get_mut("operationId") {
                *id = format!("copy_{copy}_{id}");
            }
        }
        for (place, prefix) in [("/paths", format!("/copy{copy}")), (SCHEMAS, format!("Copy{copy}"))] {
            let added = copied.pointer_mut(place).and_then(Value::as_object_mut).map(std::mem::take);
            let all = whole.pointer_mut(place).and_then(Value::as_object_mut).expect("paths and schemas");
            all.extend(added.into_iter().flatten().map(|(name, value)| (format!("{prefix}{name}"), value)));
        }
    }
    whole.to_string()
}

/// Whose a part of the work is.
#[derive(Clone, Copy)]
enum Work {
    /// Reading YAML.
    Reading,
    /// Our passes: overlay, lower, conform and refine.
    Passes,
    /// progenitor, `syn` and prettyplease.
    Generator,
}

/// Compares our passes with progenitor and prettyplease on one document.
///
/// Both are timed within each run of the whole, and it is the shares that the median is taken of: what slows the machine
/// for a while slows both. Every other run has each side tidy up what it has freed itself.
fn measure(name: &str, document: &str, overlay: &str, rounds: usize) -> Duration {
    let settings = generator::settings();
    let mut samples = [const { Vec::new() }; 3];
    let mut shares = [const { Vec::new() }; 2];
    for round in 0..rounds * 2 {
        let tidies = round % 2 == 1;
        let mut spent = [Duration::ZERO; 3];
        let mut since = Instant::now();
        let mut done = |work: Work| {
            if tidies {
                tidy_up();
            }
            let now = Instant::now();
            spent[work as usize] += now - since;
            since = now;
        };
        // What reading takes is known only by itself: it is part of applying the overlay.
        let read = [document, overlay].map(|text| relay_rest_codegen::parse(text).expect("a document"));
        done(Work::Reading);
        drop(read);
        let overlaid = relay_rest_codegen::overlaid(document, overlay).expect("an overlay that applies");
        done(Work::Passes);
        let overlaid = overlaid.into_document().expect("an overlay that applies");
        let conformed =
            pipeline::conform(overlaid, &settings, &mut Vec::new()).expect("a document that is taken");
        done(Work::Passes);
        let generated = pipeline::generate(&conformed, &settings).expect("a client");
        done(Work::Generator);
        let (refined, _) = pipeline::refine(generated, &conformed, &settings);
        done(Work::Passes);
        drop(pipeline::format(&refined));
        drop(refined);
        done(Work::Generator);
        let [reading, passes, generator] = &mut spent;
        *passes = passes.saturating_sub(*reading);
        shares[usize::from(tidies)].push(percent(*passes, *generator));
        for (samples, spent) in samples.iter_mut().zip(spent) {
            samples.push(spent);
        }
    }
    let [reading, passes, generator] = samples.map(median);
    println!(
        "pipeline   {name}: reading {reading:?}; our passes {passes:?}; progenitor, syn and prettyplease {generator:?}"
    );
    let [as_it_comes, tidied] = shares.map(|mut shares| {
        shares.sort_by(f64::total_cmp);
        shares.get(shares.len() / 2).copied().unwrap_or(f64::NAN)
    });
    println!(
        "           our passes are {as_it_comes:.1} % of progenitor, syn and prettyplease, {tidied:.1} % where each tidies up what it has freed"
    );
    passes
}

/// glibc keeps small freed blocks, and merges them at the next large allocation (`malloc_consolidate`):
/// after the generator has run, that would be our passes.
fn tidy_up() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 17)));
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

fn percent(part: Duration, of: Duration) -> f64 {
    100.0 * part.as_secs_f64() / of.as_secs_f64()
}
