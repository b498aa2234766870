//! Runs the `reads` of the pipeline's cases: a value, its type, and the start of its `Debug` after deserializing, or of the error.

use std::fs;
use std::path::Path;

use relay_rest_codegen::generate_from;
use serde_json::{Value, json};

use super::{program, types};
use crate::scratch::Scratch;
use crate::settings;

#[test]
fn values_are_read_as_the_cases_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root of the repository");
    let mut tried = 0;
    for file in fs::read_dir(root.join("codegen/tests/generate")).expect("a folder of cases").flatten() {
        let text = fs::read_to_string(file.path()).expect("a file");
        let case: Value = serde_yaml::from_str(&text).expect("a case");
        let Some(reads) = case["reads"].as_array() else { continue };
        let name = file.file_name().to_string_lossy().into_owned();
        let generated = generate_from(case["document"].clone(), &settings(false));
        let generated = generated.expect("a client");
        let scratch = Scratch::new(root, &name, &generated.source).expect("a crate");
        scratch
            .write("src/main.rs", &program(&types(&case["document"], &generated), &[]))
            .expect("a program");
        let values = reads.iter().map(|read| json!([read["type"], read["value"]]));
        let results = scratch.run_program(&[], values).expect("results");
        assert_eq!(results.len(), reads.len(), "{name}");
        let wrong = reads.iter().zip(&results).filter(|(read, result)| {
            let found = result[2].as_str().or(result[1].as_str());
            let found_and_expected = found.zip(read["as"].as_str());
            !found_and_expected.is_some_and(|(found, expected)| found.starts_with(expected))
        });
        let wrong: String = wrong.map(|(read, result)| format!("\n{read}\n  {result}")).collect();
        assert!(wrong.is_empty(), "{name}:{wrong}");
        tried += reads.len();
    }
    assert!(tried > 0);
}
