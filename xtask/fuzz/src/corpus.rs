//! The documents that inputs begin with, and all values in them by key: the repository's own, and those of `../shared`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fastrand::Rng;
use relay_rest_codegen::parse;
use serde_json::{Value, json};

/// The folders of the repository and beside it that have documents.
const FOLDERS: [&str; 5] =
    ["openapi", "codegen/tests", "xtask/tests", "../shared/upstream", "../shared/cases"];
/// A larger document only gives its values: no input begins with it, because each run would take long.
const MAX_BYTES: usize = 24 << 10;
/// A larger file is not read: it would take longer than the first hundreds of inputs.
const MAX_FILE_BYTES: u64 = 100 << 10;
/// The most values that are in a value which other documents get.
const MAX_NODES: usize = 60;
/// The most values that are kept for a key.
const MAX_VALUES: usize = 200;

/// Documents, overlays and the values in them.
#[derive(Default)]
pub struct Corpus {
    documents: Vec<Value>,
    overlays: Vec<Value>,
    /// Keys in their order, with the values that they have somewhere.
    values: Vec<(String, Vec<Value>)>,
}

impl Corpus {
    /// The corpus, which is read once.
    pub fn get() -> &'static Self {
        static CORPUS: OnceLock<Corpus> = OnceLock::new();
        CORPUS.get_or_init(Self::read)
    }

    /// Any document of OpenAPI.
    pub fn document(&self, rng: &mut Rng) -> Value {
        rng.choice(&self.documents).cloned().expect("the repository has documents")
    }

    /// Any overlay.
    pub fn overlay(&self, rng: &mut Rng) -> Value {
        rng.choice(&self.overlays).cloned().expect("the repository has overlays")
    }

    /// Any key.
    pub(crate) fn key(&self, rng: &mut Rng) -> String {
        rng.choice(&self.values).map(|(key, _)| key.clone()).unwrap_or_default()
    }

    /// A value that a key has somewhere.
    pub(crate) fn value(&self, key: &str, rng: &mut Rng) -> Option<Value> {
        let index = self.values.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        rng.choice(&self.values[index].1).cloned()
    }

    /// A value of any key.
    pub(crate) fn any_value(&self, rng: &mut Rng) -> Value {
        rng.choice(&self.values).and_then(|(_, values)| rng.choice(values)).cloned().unwrap_or_default()
    }

    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = Vec::new();
        for folder in FOLDERS {
            collect(&root.join(folder), &mut files);
        }
        let mut corpus = Self::default();
        let mut values = BTreeMap::new();
        for file in files {
            let Some((text, value)) =
                fs::read_to_string(file).ok().and_then(|text| parse(&text).ok().map(|value| (text, value)))
            else {
                continue;
            };
            keep_values("", &value, &mut values);
            if text.len() <= MAX_BYTES {
                corpus.add(value);
            }
        }
        corpus.values = values.into_iter().collect();
        corpus
    }

    /// Adds a document, an overlay, or those in a case of the tests.
    fn add(&mut self, value: Value) {
        if value.get("openapi").is_some() {
            self.documents.push(value);
        } else if value.get("overlay").is_some_and(Value::is_string) {
            self.overlays.push(value);
        } else if let Value::Object(case) = value {
            for (key, part) in case {
                match key.as_str() {
                    "document" | "old" | "new" | "overlay" if part.is_object() => self.add(part),
                    "schema" => self.documents.push(json!({
                        "openapi": "3.1.0",
                        "info": { "title": "t", "version": "1" },
                        "paths": { "/a": { "post": {
                            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } },
                            "responses": { "200": { "description": "", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } } },
                        } } },
                        "components": { "schemas": { "A": part } },
                    })),
                    _ => {}
                }
            }
        }
    }
}

/// All documents below a folder, sorted, so that a seed always gives the same inputs.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files);
        } else if matches!(
            path.extension().and_then(|extension| extension.to_str()),
            Some("yaml" | "yml" | "json")
        ) && path.metadata().is_ok_and(|file| file.len() <= MAX_FILE_BYTES)
        {
            files.push(path);
        }
    }
}

/// Keeps the values below a value by their keys; a member of a list has the key of the list. Returns their number.
fn keep_values(key: &str, value: &Value, values: &mut BTreeMap<String, Vec<Value>>) -> usize {
    let below: usize = match value {
        Value::Object(map) => map.iter().map(|(key, value)| keep_values(key, value, values)).sum(),
        Value::Array(list) => list.iter().map(|value| keep_values(key, value, values)).sum(),
        _ => 0,
    };
    if below < MAX_NODES {
        let kept = values.entry(key.to_owned()).or_default();
        if kept.len() < MAX_VALUES && !kept.contains(value) {
            kept.push(value.clone());
        }
    }
    below + 1
}
