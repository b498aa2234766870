//! What the fuzz targets share: inputs that are trees, their mutations, and the limit on memory.

mod corpus;
mod lines;
mod tree;

use std::alloc::System;
use std::str;

use cap::Cap;
use fastrand::Rng;
use relay_rest_codegen::parse;
use serde_json::Value;

pub use corpus::Corpus;

/// The most that one input of at most 1 MB may take.
const MEMORY: usize = 1 << 30;

/// Counts what is allocated. Beyond the limit an allocation fails, which aborts: libFuzzer then writes the input.
#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// Runs one input within the limit on memory.
pub fn limited<T>(work: impl FnOnce() -> T) -> T {
    let limit = ALLOCATED.allocated().saturating_add(MEMORY);
    ALLOCATED.set_limit(limit).expect("less is allocated than the limit");
    work()
}

/// How an input is made of documents.
#[derive(Clone, Copy)]
pub enum Form {
    /// One document, as YAML or JSON.
    Single,
    /// A list in JSON. Each member is mutated by itself, so that its references stay in it.
    List,
}

/// Mutates an input in place, as libFuzzer asks for it. Returns its new length.
///
/// What cannot be parsed is exchanged for what `fresh` makes of the corpus, so that a run needs no other seeds.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    form: Form,
    fresh: fn(&Corpus, &mut Rng) -> Value,
) -> usize {
    let corpus = Corpus::get();
    let mut rng = Rng::with_seed(seed.into());
    let parsed = str::from_utf8(&data[..size]).ok().and_then(|text| parse(text).ok());
    let mut tree = parsed.filter(|tree| tree.is_object() || tree.is_array());
    // Bytes as well: what is no longer YAML is another kind of input.
    if tree.is_some() && rng.u8(..24) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    for _ in 0..8 {
        let mut tree = match tree.take() {
            Some(tree) if rng.u8(..16) != 0 => tree,
            _ => fresh(corpus, &mut rng),
        };
        // Mostly few, so that what still means something stays; sometimes many.
        let most = 1 << rng.u8(..6);
        for _ in 0..=rng.usize(..most) {
            let part = match (form, &mut tree) {
                (Form::List, Value::Array(members)) if !members.is_empty() => {
                    rng.choice(members).expect("it is not empty")
                }
                (_, tree) => tree,
            };
            tree::mutate(part, corpus, &mut rng);
        }
        let text = match form {
            Form::Single if rng.u8(..8) == 0 => serde_yaml::to_string(&tree).unwrap_or_default(),
            _ => tree.to_string(),
        };
        if text.len() <= max_size {
            data[..text.len()].copy_from_slice(text.as_bytes());
            return text.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
}

/// As [`mutate`], for a file whose lines are mutated.
pub fn mutate_lines(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    fresh: fn(&Corpus, &mut Rng) -> String,
) -> usize {
    let mut rng = Rng::with_seed(seed.into());
    let text = str::from_utf8(&data[..size]).ok().filter(|text| text.len() > 8 && rng.u8(..16) != 0);
    if text.is_some() && rng.u8(..8) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let text = text.map_or_else(|| fresh(Corpus::get(), &mut rng), str::to_owned);
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for _ in 0..rng.usize(1..8) {
        lines::mutate(&mut lines, &mut rng);
    }
    let text = lines.join("\n");
    if text.len() > max_size {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}
