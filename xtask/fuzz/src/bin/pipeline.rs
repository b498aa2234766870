//! Any text through the whole pipeline: a client or problems, never a panic of ours or of the generator that is not located.

#![no_main]

use fuzz::{Form, limited, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use relay_rest_codegen::{Settings, generate, outline};

#[path = "../../../../src/generator.rs"]
mod generator;

const IDLE: &str =
    "{overlay: 1.0.0, info: {title: t, version: '1'}, actions: [{target: $, update: {x-overlaid: true}}]}";

fuzz_target!(|text: &str| {
    limited(|| {
        let settings = generator::settings();
        let whole = generate(text, IDLE, &settings);
        let part = generate(text, IDLE, &Settings { skip_unsupported: true, ..settings });
        for outcome in [&whole, &part] {
            let problems = outcome.as_ref().map_or_else(Vec::as_slice, |client| &client.problems);
            for problem in problems {
                assert!(!problem.message.contains("the conformed document"), "no location: {problem}");
            }
            match outcome {
                Ok(client) => drop(outline(&client.source).expect("generated code parses")),
                Err(problems) => assert!(!problems.is_empty(), "an error without a problem"),
            }
        }
        if let Ok(whole) = whole {
            let part = part.expect("what is generated whole is generated without what is unsupported");
            assert!(whole.source == part.source, "something is left out that is supported");
        }
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, Form::Single, |corpus, rng| corpus.document(rng))
});
