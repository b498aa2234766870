//! `cargo xtask check --round-trip`: what is valid under the 3.1 document comes through the generated types unchanged.
//! Knows instances and a scratch crate that reads and writes them; must not know the passes.

#[cfg(test)]
mod reads;
mod tags;

use std::fmt::Write as _;
use std::path::Path;

use jsonschema::Validator;
use relay_rest_codegen::document::keywords::is_composition;
use relay_rest_codegen::{Generated, Pointer};
use serde_json::{Value, json};
use tags::{Tagged, Variants};

use crate::examples;
use crate::instances::Instances;
use crate::scratch::Scratch;
use crate::validate::{declared, difference, validator};
use output::outln;

/// What became of the instances of one document.
#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    /// How many of the instances are the document's own examples.
    examples: usize,
    /// How many of the instances lost a property that the document does not declare.
    undeclared: usize,
    /// Types of which no valid instance was found.
    untried: Vec<String>,
    failures: Vec<String>,
}

/// Sends `cases` instances of every type through the generated code, and prints what came of it. Whether all is well.
pub(crate) fn run(
    root: &Path,
    path: &str,
    document: &Value,
    generated: &Generated,
    cases: usize,
) -> Result<bool, String> {
    let types = types(document, generated);
    let scratch = Scratch::new(root, &format!("roundtrip {path}"), &generated.source)?;
    scratch.write("src/main.rs", &program(&types))?;
    let mut tally = Tally::default();
    let questions = questions(document, &types, cases, &Variants::of(generated)?, &mut tally)?;
    let answers =
        scratch.ask(&[], questions.iter().map(|question| json!([question.name, question.value])))?;
    for (question, answer) in questions.iter().zip(&answers) {
        judge(document, question, answer, &mut tally)?;
    }
    if answers.len() != questions.len() {
        return Err(format!("error: {} answers to {} questions", answers.len(), questions.len()));
    }
    for failure in tally.failures.iter().take(40) {
        outln!("failure: {path}{failure}");
    }
    outln!(
        "{path}: {} types, {} valid instances came through ({} of them examples of the document, {} less what it does not declare), {} of a wrong type were refused, {} failures; no instance found for {}",
        types.len(),
        tally.valid,
        tally.examples,
        tally.undeclared,
        tally.invalid,
        tally.failures.len(),
        if tally.untried.is_empty() { "none".to_owned() } else { tally.untried.join(", ") }
    );
    Ok(tally.failures.is_empty())
}

/// The generated types whose schemas stand in the document.
fn types(document: &Value, generated: &Generated) -> Vec<(String, Pointer)> {
    let is_there = |name: &str| {
        ["struct", "enum"].iter().any(|kind| {
            generated.source.contains(&format!("    pub {kind} {name} "))
                || generated.source.contains(&format!("    pub {kind} {name}("))
        })
    };
    let is_schema = |at: &Pointer| at.resolve(document).is_some_and(Value::is_object);
    // The branches of a union are put in order, so that their places are others; the union itself tries them all.
    let is_branch = |at: &Pointer| at.tokens().iter().any(|token| is_composition(token));
    let types = generated.types.iter().filter(|(name, at)| is_there(name) && is_schema(at) && !is_branch(at));
    types.cloned().collect()
}

/// Reads lines `[type, value]` and answers each with `[true, value as written again, its Debug]` or `[false, reason]`.
fn program(types: &[(String, Pointer)]) -> String {
    let mut arms = String::new();
    for (name, _) in types {
        let _ = writeln!(arms, "        \"{name}\" => again::<types::{name}>(value),");
    }
    format!(
        "//! Reads and writes instances of the generated types.\n\
         use std::io::{{BufRead, Write}};\n\
         use scratch::types;\n\
         fn again<T: serde::de::DeserializeOwned + serde::Serialize + std::fmt::Debug>(value: serde_json::Value) -> serde_json::Value {{\n\
             match serde_json::from_value::<T>(value).and_then(|value| Ok((serde_json::to_value(&value)?, value))) {{\n\
                 Ok((again, value)) => serde_json::json!([true, again, format!(\"{{value:?}}\")]),\n\
                 Err(error) => serde_json::json!([false, error.to_string()]),\n\
             }}\n\
         }}\n\
         fn main() {{\n\
             let mut out = std::io::BufWriter::new(std::io::stdout().lock());\n\
             for line in std::io::stdin().lock().lines() {{\n\
                 let (name, value): (String, serde_json::Value) = serde_json::from_str(&line.unwrap()).unwrap();\n\
                 let answer = match name.as_str() {{\n{arms}        _ => unreachable!(),\n    }};\n\
                 writeln!(out, \"{{answer}}\").unwrap();\n\
             }}\n\
         }}\n"
    )
}

struct Question<'a> {
    name: &'a str,
    at: &'a Pointer,
    value: Value,
    /// What it has to be read as, where it is an instance of a union and that is certain.
    variant: Option<String>,
    is_valid: bool,
}

fn questions<'a>(
    document: &Value,
    types: &'a [(String, Pointer)],
    cases: usize,
    variants: &Variants,
    tally: &mut Tally,
) -> Result<Vec<Question<'a>>, String> {
    let mut questions = Vec::new();
    let examples = examples::of(document);
    for (index, of) in types.iter().enumerate() {
        let (name, at) = of;
        let tagged = Tagged::new(document, of, types, variants);
        let valid = |value: Value| {
            let variant = tagged.variant(&value).map(str::to_owned);
            Question { name, at, value, variant, is_valid: true }
        };
        let schema = at.resolve(document).cloned().unwrap_or_default();
        let validator = validator(document, at)?;
        let mut instances = Instances::new(document, index as u64);
        let before = questions.len();
        for value in examples.iter().filter(|(of, _)| of == at).map(|(_, value)| value) {
            if !value.is_null() && validator.is_valid(value) {
                tally.examples += 1;
                questions.push(valid(value.clone()));
            }
        }
        for _ in 0..cases * 4 {
            if questions.len() - before >= cases {
                break;
            }
            let value = instances.of(&schema, 0);
            // Whether it may be `null` is said where the type is used.
            if !value.is_null() && validator.is_valid(&value) {
                questions.extend(broken(&value, &schema, &validator).map(|value| Question {
                    name,
                    at,
                    value,
                    variant: None,
                    is_valid: false,
                }));
                questions.push(valid(value));
            }
        }
        if questions.len() == before {
            tally.untried.push(name.clone());
        }
    }
    Ok(questions)
}

/// The instance with a required property of a simple type replaced by a value of another type.
fn broken(value: &Value, schema: &Value, validator: &Validator) -> Option<Value> {
    let simple = ["string", "integer", "number", "boolean", "array"];
    let required = schema.get("required")?.as_array()?;
    let properties = schema.get("properties")?.as_object()?;
    let name = required.iter().filter_map(Value::as_str).find(|name| {
        properties
            .get(*name)
            .and_then(|property| property.get("type"))
            .and_then(Value::as_str)
            .is_some_and(|kind| simple.contains(&kind))
    })?;
    let mut broken = value.clone();
    broken[name] = json!({ "of": { "another": "type" } });
    (!validator.is_valid(&broken)).then_some(broken)
}

fn judge(document: &Value, question: &Question<'_>, answer: &Value, tally: &mut Tally) -> Result<(), String> {
    let Question { name, at, value, variant, is_valid } = question;
    let shown = answer[2].as_str().unwrap_or_default().split('(').next();
    match (answer[0] == true, is_valid) {
        (false, false) => tally.invalid += 1,
        (true, false) => tally.failures.push(format!("#{at}: {name} takes {value}")),
        (false, true) => tally.failures.push(format!("#{at}: {name} does not read {value}: {}", answer[1])),
        (true, true) => match difference(value, &answer[1]) {
            None if variant.is_some() && variant.as_deref() != shown => {
                let wanted = variant.as_deref().unwrap_or_default();
                let found = shown.unwrap_or_default();
                tally.failures.push(format!("#{at}: {name} reads {value} as {found}, not as {wanted}"));
            }
            None => tally.valid += 1,
            // What the document does not declare is dropped, as `codegen/README.md` says.
            Some(_)
                if difference(&declared(value, &answer[1], &validator(document, at)?), &answer[1])
                    .is_none() =>
            {
                tally.undeclared += 1;
                tally.valid += 1;
            }
            Some(place) => {
                let written = &answer[1];
                tally.failures.push(format!("#{at}: {name} changes {place} of {value}, writing {written}"));
            }
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_mostly_valid() {
        let document = json!({ "components": { "schemas": { "A": {
            "type": "object", "required": ["id"],
            "properties": { "id": { "type": "string", "format": "uuid" }, "n": { "type": ["integer", "null"], "minimum": 3 },
                            "u": { "oneOf": [{ "type": "string" }, { "$ref": "#/components/schemas/A" }] } } } } } });
        let at = Pointer::of(["components", "schemas", "A"]);
        let validator = validator(&document, &at).expect("a schema");
        let mut instances = Instances::new(&document, 1);
        let schema = at.resolve(&document).expect("a schema");
        let valid = (0..100).filter(|_| validator.is_valid(&instances.of(schema, 0))).count();
        assert!(valid > 90, "{valid}");
    }
}
