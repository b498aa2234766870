//! Any overlay on any document: a report of each action, or an error.

#![no_main]

use fuzz::{Form, limited, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use relay_rest_codegen::{overlaid, parse};
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let Ok(Value::Array(parts)) = parse(text) else { return };
    let [document, overlay] = parts.as_slice() else { return };
    limited(|| {
        let Ok(overlaid) = overlaid(&document.to_string(), &overlay.to_string()) else { return };
        let count = overlay["actions"].as_array().map_or(0, Vec::len);
        assert_eq!(overlaid.actions.len(), count, "an action is not reported");
        for action in &overlaid.actions {
            assert!(!action.summary().contains('\n'), "several lines: {action:?}");
        }
        let problems = overlaid.problems();
        assert_eq!(overlaid.into_document().is_ok(), problems.is_empty());
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, Form::List, |corpus, rng| {
        json!([corpus.document(rng), corpus.overlay(rng)])
    })
});
