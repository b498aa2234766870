//! Any two documents through spec-diff: a report that prints in each format, or an error.

#![no_main]

use fuzz::{Form, limited, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use relay_rest_codegen::parse;
use serde_json::{Value, json};
use spec_diff::print::{self, View};
use spec_diff::{Report, RustComparison, Settings, Side};

#[path = "../../../../src/generator.rs"]
mod generator;

fuzz_target!(|text: &str| {
    let Ok(Value::Array(sides)) = parse(text) else { return };
    let [base, revision] = sides.as_slice() else { return };
    limited(|| {
        let [base, revision] = [("base", base), ("revision", revision)]
            .map(|(name, document)| Side::new(name, &document.to_string()));
        let settings = Settings::default();
        let Ok(report) = Report::of(&base, &revision, &settings, Some(&generator::settings())) else {
            return;
        };
        if let RustComparison::Failed(reason) = &report.rust {
            assert!(!reason.contains("the conformed document"), "no location: {reason}");
        }
        let view = View { docs: true, ..View::default() };
        drop((print::text(&report, view), print::json(&report, view), print::html(&report, view)));
        drop((print::markdown(&report, view), print::github(&report, view, None), print::changelog(&report)));
        if let Ok(same) = Report::of(&base, &base, &settings, None) {
            assert!(same.due().is_none(), "a document differs from itself: {}", print::text(&same, view));
        }
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, Form::List, |corpus, rng| {
        let base = corpus.document(rng);
        let revision = if rng.u8(..4) == 0 { corpus.document(rng) } else { base.clone() };
        json!([base, revision])
    })
});
