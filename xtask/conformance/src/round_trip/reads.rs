//! What the pipeline's cases say under `reads`: a value, its type, and as what the generated code reads it at run time.
//! Knows the fields of a case; must not know the passes.

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
        scratch.write("src/main.rs", &program(&types(&case["document"], &generated))).expect("a program");
        let questions = reads.iter().map(|read| json!([read["type"], read["value"]]));
        let answers = scratch.ask(&[], questions).expect("answers");
        assert_eq!(answers.len(), reads.len(), "{name}");
        let wrong = reads.iter().zip(&answers).filter(|(read, answer)| {
            let found_and_wanted = answer[2].as_str().zip(read["as"].as_str());
            !found_and_wanted.is_some_and(|(found, wanted)| found.starts_with(wanted))
        });
        let wrong: String = wrong.map(|(read, answer)| format!("\n{read}\n  {answer}")).collect();
        assert!(wrong.is_empty(), "{name}:{wrong}");
        tried += reads.len();
    }
    assert!(tried > 0);
}
