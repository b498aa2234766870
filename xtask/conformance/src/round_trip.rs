//! `cargo xtask check --round-trip`: valid instances must survive a round trip through the generated types. Must not know the
//! passes.

#[cfg(test)]
mod reads;
mod received;
mod tags;

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use jsonschema::Validator;
use received::Received;
use relay_rest_codegen::document::keywords::{allows_anything, is_composition};
use relay_rest_codegen::document::references;
use relay_rest_codegen::{Generated, ItemKind, Outline, Pointer, outline};
use serde_json::{Value, json};
use tags::{Tagged, Variants};

use crate::calls::parts::Forms;
use crate::events::{self, LAST, content_of};
use crate::examples;
use crate::instances::Instances;
use crate::scratch::Scratch;
use crate::validate::{declared, difference, loosened, opened, validator, with_unknown_values};
use crate::{Failure, Outcome};

/// The milliseconds in which a value must be read and written: 50, and of a long one as many for each 10 kB. Time that grows faster
/// than the value does is found with the others.
fn slow(value: &Value) -> u64 {
    50 * (1 + value.to_string().len() as u64 / 10_000)
}

/// The results for one document.
#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    /// How many instances are the document's own examples.
    examples: usize,
    /// How many instances lost a property that the document does not declare.
    undeclared: usize,
    /// How many types have instances only if `oneOf` is read as `anyOf`, and closed objects as open.
    loose: usize,
    /// How many instances have the tag of another branch, or an unknown value.
    unusual: usize,
    failures: Vec<Failure>,
}

/// Sends `cases` instances of every type through the generated code, and returns what failed.
pub(crate) fn run(
    root: &Path,
    path: &str,
    document: &Value,
    generated: &Generated,
    cases: usize,
) -> Result<Outcome, String> {
    let types = types(document, generated);
    let outline = outline(&generated.source).map_err(|error| format!("error: {error}"))?;
    let webhooks = webhooks(document, generated, &outline);
    let scratch = Scratch::new(root, &format!("roundtrip {path}"), &generated.source)?;
    scratch.write("src/main.rs", &program(&types, &webhooks))?;
    let mut tally = Tally::default();
    let (variants, received) = (Variants::of(&outline), Received::of(&outline));
    let trials = trials(document, &types, &webhooks, cases, &variants, &received, &mut tally)?;
    let results = scratch.run_program(&[], trials.iter().map(|trial| json!([trial.name, trial.value])))?;
    for (trial, result) in trials.iter().zip(&results) {
        judge(document, trial, result, &mut tally);
    }
    if results.len() != trials.len() {
        return Err(format!("error: {} results for {} instances", results.len(), trials.len()));
    }
    let summary = format!(
        "{} types and {} webhooks, {} valid instances kept ({} of them examples of the document; {} lost only undeclared properties), {} instances of a wrong type rejected, {} types tried with `oneOf` read as `anyOf` or closed objects as open, {} instances with another branch's tag or an unknown value",
        types.len(),
        webhooks.len(),
        tally.valid,
        tally.examples,
        tally.undeclared,
        tally.invalid,
        tally.loose,
        tally.unusual,
    );
    Ok(Outcome { check: "round trip", summary, failures: tally.failures })
}

/// The generated types whose schemas are in the document.
fn types(document: &Value, generated: &Generated) -> Vec<(String, Pointer)> {
    let is_there = |name: &str| {
        ["struct", "enum"].iter().any(|kind| {
            generated.source.contains(&format!("    pub {kind} {name} "))
                || generated.source.contains(&format!("    pub {kind} {name}("))
        })
    };
    let is_schema = |at: &Pointer| at.resolve(document).is_some_and(Value::is_object);
    // Conforming sorts the branches of a union, so their indices changed. The union itself covers all of them.
    let is_branch = |at: &Pointer| at.tokens().iter().any(|token| is_composition(token));
    let types = generated.types.iter().filter(|(name, at)| is_there(name) && is_schema(at) && !is_branch(at));
    types.cloned().collect()
}

/// An alias such as `webhooks::NewPet`, and the type that it is of, with the schema of the payload.
type Webhook = (String, (String, Pointer));

/// The webhooks whose schemas are in the document.
fn webhooks(document: &Value, generated: &Generated, outline: &Outline) -> Vec<Webhook> {
    let webhook = |(name, at): &(String, Pointer)| {
        let path = format!("webhooks::{name}");
        let alias = outline.items.iter().find(|item| item.kind == ItemKind::Alias && item.path() == path)?;
        let of = alias.named().first()?.strip_prefix("types::")?.to_owned();
        Some((path, (of, followed(document, at)?)))
    };
    generated.webhooks.iter().filter_map(webhook).collect()
}

/// Where the value at a pointer is, which may lead through references.
fn followed(document: &Value, at: &Pointer) -> Option<Pointer> {
    let mut here = Pointer::root();
    for token in at.tokens() {
        here.push(token);
        while let Some(target) = here.resolve(document).and_then(references::target) {
            here = target;
        }
    }
    here.resolve(document).map(|_| here)
}

/// The source of a program that reads lines `[type, value]`, and prints `[true, value written again, its Debug]` or
/// `[false, reason]` for each.
fn program(types: &[(String, Pointer)], webhooks: &[Webhook]) -> String {
    let mut arms = String::new();
    for (name, _) in types {
        let _ = writeln!(arms, "        \"{name}\" => again::<types::{name}>(value),");
    }
    for (alias, _) in webhooks {
        let _ = writeln!(arms, "        \"{alias}\" => again::<scratch::{alias}>(value),");
    }
    format!(
        "//! Reads and writes instances of the generated types, deprecated ones as well.\n\
         #![allow(deprecated, dead_code, unused_imports)]\n\
         use std::io::{{BufRead, Write}};\n\
         use scratch::types;\n\
         fn again<T: serde::de::DeserializeOwned + serde::Serialize + std::fmt::Debug>(value: serde_json::Value) -> serde_json::Value {{\n\
             let start = std::time::Instant::now();\n\
             match serde_json::from_value::<T>(value).and_then(|value| Ok((serde_json::to_value(&value)?, value))) {{\n\
                 Ok((again, value)) => serde_json::json!([true, again, format!(\"{{value:?}}\"), start.elapsed().as_millis() as u64]),\n\
                 Err(error) => serde_json::json!([false, error.to_string()]),\n\
             }}\n\
         }}\n\
         fn main() {{\n\
             let mut out = std::io::BufWriter::new(std::io::stdout().lock());\n\
             for line in std::io::stdin().lock().lines() {{\n\
                 let (name, value): (String, serde_json::Value) = serde_json::from_str(&line.unwrap()).unwrap();\n\
                 let result = match name.as_str() {{\n{arms}        _ => unreachable!(),\n    }};\n\
                 writeln!(out, \"{{result}}\").unwrap();\n\
             }}\n\
         }}\n"
    )
}

struct Trial<'a> {
    name: &'a str,
    at: &'a Pointer,
    value: Value,
    /// The variant that it must deserialize to, if it is an instance of a union and the variant is certain.
    variant: Option<String>,
    union: Option<Rc<Tagged>>,
    /// The schema that declares its properties.
    declaring: Pointer,
    is_valid: bool,
}

fn trials<'a>(
    document: &Value,
    types: &'a [(String, Pointer)],
    webhooks: &'a [Webhook],
    cases: usize,
    variants: &Variants,
    received: &Received,
    tally: &mut Tally,
) -> Result<Vec<Trial<'a>>, String> {
    let mut trials = Vec::new();
    let examples = examples::of(document);
    let forms = Forms::of(document);
    let readings = [document.clone(), loosened(document), opened(document)];
    let changed = with_unknown_values(document);
    let events = events::schemas(document);
    let named = types.iter().map(|of| (&of.0, of)).chain(webhooks.iter().map(|(alias, of)| (alias, of)));
    for (index, (used_as, of)) in named.enumerate() {
        let (name, at) = of;
        let tagged = Rc::new(Tagged::new(document, of, types, variants)?);
        let trial = |value: Value, variant: Option<String>, is_valid: bool| {
            let union = is_valid.then(|| Rc::clone(&tagged));
            Trial { name: used_as, at, value, variant, union, declaring: at.clone(), is_valid }
        };
        let valid = |value: Value| {
            let variant = tagged.variant(&value).map(str::to_owned);
            trial(value, variant, true)
        };
        // A base whose extensions are a union has two types: the union, and the base alone, which has no more properties than it declares.
        let is_base_alone = !variants.has(name)
            && types.iter().any(|(other, place)| place == at && other != name && variants.has(other));
        let schema = at.resolve(document).cloned().unwrap_or_default();
        let strict = validator(document, at)?;
        let mut instances = Instances::new(document, index as u64);
        instances.received = true;
        let before = trials.len();
        for value in examples.iter().filter(|(of, _)| of == at).map(|(_, value)| value) {
            if !value.is_null() && strict.is_valid(value) {
                tally.examples += 1;
                trials.push(valid(value.clone()));
            }
        }
        let mut has_any = false;
        let mut unusual = Vec::new();
        for (reading, document) in readings.iter().enumerate() {
            let validator = validator(document, at)?;
            for number in 0..cases * 4 {
                if trials.len() - before >= cases {
                    break;
                }
                instances.deep = number % 16 == 15;
                let mut value = instances.at(at);
                forms.with_files_as_strings(at, &mut value);
                // Nullability is a matter of the property, not of the type.
                has_any |= value.is_null() && validator.is_valid(&value);
                if !value.is_null() && validator.is_valid(&value) {
                    let broken = broken(&value, &schema, &validator);
                    trials.extend(broken.map(|value| trial(value, None, false)));
                    let others = tagged.with_other_tags(&value).into_iter();
                    unusual.extend(others.filter(|other| validator.is_valid(other)).map(|other| Trial {
                        declaring: tagged.branch(&other).filter(|_| !is_base_alone).unwrap_or(at).clone(),
                        ..valid(other)
                    }));
                    trials.push(valid(value));
                }
            }
            tally.loose += usize::from(reading > 0 && trials.len() > before);
            if trials.len() > before {
                break;
            }
        }
        if trials.len() == before && !has_any && !is_never(&schema) {
            tally.failures.push(Failure::new("no instance found", format!("#{at}: {used_as}")));
        }
        for (child, property, tag) in tagged.extensions(&schema).into_iter().filter(|_| !is_base_alone) {
            let validator = validator(document, child)?;
            let values = (0..cases).map(|_| {
                let mut value = instances.at(child);
                if value.is_object() {
                    value[property] = tag.clone();
                }
                value
            });
            let values = values.filter(|value| validator.is_valid(value) && strict.is_valid(value));
            unusual.extend(
                values.take(cases / 4).map(|value| Trial { declaring: child.clone(), ..valid(value) }),
            );
        }
        if received.has(name) {
            let validator = validator(&changed, at)?;
            let mut instances = Instances::new(&changed, index as u64);
            let values = (0..cases * 2).map(|_| instances.at(at));
            let values = values
                .filter(|value| !value.is_null() && !strict.is_valid(value) && validator.is_valid(value));
            unusual.extend(values.take(cases / 2).map(|value| trial(value, None, true)));
        }
        unusual.truncate(cases);
        tally.unusual += unusual.len();
        trials.append(&mut unusual);
        // The type of an event has the JSON of its data, and not the string that contains it.
        let is_event = |own: &Value| events.iter().any(|event| std::ptr::eq(*event, own));
        if at.resolve(document).is_some_and(is_event) && !is_text_of_event(of, types) {
            // The event that ends a stream has no type: what a stream makes of it is tested by calls.
            let is_item = |trial: &Trial<'_>| trial.value != LAST && trial.value["data"] != LAST;
            for trial in trials.split_off(before).into_iter().filter(is_item) {
                trials.extend(with_content(document, trial, &mut instances)?);
            }
        }
    }
    Ok(trials)
}

/// Whether a type is that of an event's component where it is used elsewhere: there its data is a string. Both are made from one schema.
fn is_text_of_event((name, at): &(String, Pointer), types: &[(String, Pointer)]) -> bool {
    let event = name.trim_end_matches(|last: char| last.is_ascii_digit()).strip_suffix("Text");
    event.is_some_and(|event| types.iter().any(|(other, place)| place == at && other == event))
}

/// A trial of an event whose data is an instance of its `contentSchema`; `None` for one that was invalid and is valid by that.
fn with_content<'a>(
    document: &Value,
    mut trial: Trial<'a>,
    instances: &mut Instances<'_>,
) -> Result<Option<Trial<'a>>, String> {
    let Some(content) = content_of(document, trial.at, &trial.value) else { return Ok(Some(trial)) };
    let validator = validator(document, &content)?;
    if trial.value["data"].is_string() {
        let mut values = (0..200).map(|_| instances.at(&content));
        let Some(found) = values.find(|value| validator.is_valid(value)) else {
            return Err(format!("error: #{}: no instance of the JSON in `data` was found", trial.at));
        };
        trial.value["data"] = found;
        return Ok(Some(trial));
    }
    let is_valid = trial.value.get("data").is_some_and(|data| validator.is_valid(data));
    Ok((trial.is_valid || !is_valid).then_some(trial))
}

/// Replaces a required property of a simple type with a value of another type. None if the result is valid.
fn broken(value: &Value, schema: &Value, validator: &Validator) -> Option<Value> {
    let simple = ["string", "integer", "number", "boolean", "array"];
    let required = schema.get("required")?.as_array()?;
    let properties = schema.get("properties")?.as_object()?;
    let name = required.iter().filter_map(Value::as_str).find(|name| {
        let kind = properties.get(*name).and_then(|property| property["type"].as_str());
        kind.is_some_and(|kind| simple.contains(&kind))
    })?;
    let mut broken = value.clone();
    broken[name] = json!({ "of": { "another": "type" } });
    (!validator.is_valid(&broken)).then_some(broken)
}

/// Judges one result.
fn judge(document: &Value, trial: &Trial<'_>, result: &Value, tally: &mut Tally) {
    let Trial { name, at, value, variant, union, declaring, is_valid } = trial;
    let shown = result[2].as_str().unwrap_or_default().split('(').next();
    let mut fails = |kind, message: String| {
        tally.failures.push(Failure::new(kind, format!("#{at}: {name} {message}")));
    };
    match (result[0] == true, is_valid) {
        (false, false) => tally.invalid += 1,
        (true, false) => fails("an invalid value is read", format!("takes {value}")),
        (false, true) => fails("a valid value is not read", format!("does not read {value}: {}", result[1])),
        (true, true) => match difference(value, &result[1]) {
            None if variant.is_some() && variant.as_deref() != shown => {
                let expected = variant.as_deref().unwrap_or_default();
                let found = shown.unwrap_or_default();
                fails("the wrong variant", format!("reads {value} as {found}, not as {expected}"));
            }
            None if shown
                .zip(union.as_ref())
                .is_some_and(|(shown, union)| union.is_another(value, shown)) =>
            {
                let found = shown.unwrap_or_default();
                fails("the wrong variant", format!("reads {value} as {found}, for which it is invalid"));
            }
            None if result[3].as_u64().is_some_and(|took| took > slow(value)) => {
                fails("slow", format!("takes {} ms for {value}", result[3]));
            }
            None => tally.valid += 1,
            Some(_) => match difference(&declared(value, &result[1], document, declaring), &result[1]) {
                // Undeclared properties are dropped, as `codegen/README.md` documents.
                None => {
                    tally.undeclared += 1;
                    tally.valid += 1;
                }
                Some(property) => {
                    let written = &result[1];
                    fails("a value is changed", format!("changes {property} of {value}, writing {written}"));
                }
            },
        },
    }
}

/// Whether a schema says that no value is valid.
fn is_never(schema: &Value) -> bool {
    let is_empty = |key: &str| schema.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty);
    *schema == false || schema.get("not").is_some_and(allows_anything) || is_empty("enum") || is_empty("type")
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
        let valid = (0..100).filter(|_| validator.is_valid(&instances.at(&at))).count();
        assert!(valid > 90, "{valid}");
    }
}
