//! Mutations of a document as a tree: what is there is exchanged, wrapped, copied, renamed and referred to.

use fastrand::Rng;
use relay_rest_codegen::Pointer;
use serde_json::{Map, Value, json};

use crate::Corpus;

/// Keywords of OpenAPI and JSON Schema that change what others mean.
const KEYWORDS: [&str; 64] = [
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "callbacks",
    "const",
    "contains",
    "content",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "discriminator",
    "else",
    "encoding",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "explode",
    "format",
    "headers",
    "if",
    "in",
    "items",
    "links",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "name",
    "not",
    "nullable",
    "oneOf",
    "operationId",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "schema",
    "security",
    "servers",
    "type",
    "unevaluatedProperties",
    "uniqueItems",
    "x-rust-type",
];
/// Strings that names, patterns, paths and texts seldom are.
const STRINGS: [&str; 40] = [
    "",
    " ",
    "_",
    "-",
    "/",
    "//",
    "~",
    "~0~1",
    "#",
    "#/",
    "$",
    "%",
    "%2F",
    "*/*",
    "..",
    "{a}",
    "{",
    "}/{a}{b}",
    "0",
    "1e999",
    "-1",
    "null",
    "true",
    "self",
    "Self",
    "r#type",
    "crate",
    "\u{0}",
    "\n",
    "\r\n\t",
    "\"\\'",
    "*/ /*",
    "```\n",
    "é",
    "e\u{301}",
    "İ",
    "\u{202e}abc",
    "\u{feff}",
    "日本",
    "(a{1,1000}){1,1000}$",
];
const TYPES: [&str; 8] = ["string", "integer", "number", "boolean", "null", "object", "array", "file"];

/// Changes one thing.
pub(crate) fn mutate(tree: &mut Value, corpus: &Corpus, rng: &mut Rng) {
    let mut all = Vec::new();
    pointers(tree, &mut String::new(), &mut all);
    let at = rng.choice(&all).cloned().unwrap_or_default();
    let key = at.rsplit('/').next().unwrap_or_default().to_owned();
    let elsewhere = |tree: &Value, rng: &mut Rng| {
        let pointer = rng.choice(&all).map(String::as_str).unwrap_or_default();
        tree.pointer(pointer).filter(|value| value.to_string().len() < 4_096).cloned().unwrap_or_default()
    };
    let new = match rng.u8(..13) {
        0 => corpus.value(&key, rng).unwrap_or_else(|| corpus.any_value(rng)),
        1 => corpus.any_value(rng),
        2 => odd_value(rng),
        3 => elsewhere(tree, rng),
        4 => reference(&all, rng),
        5 | 6 => {
            let other = match rng.u8(..3) {
                0 => reference(&all, rng),
                1 => elsewhere(tree, rng),
                _ => corpus.value("items", rng).unwrap_or_default(),
            };
            let levels = if rng.u8(..16) == 0 { rng.usize(..24) } else { 1 };
            let mut inner = tree.pointer(&at).cloned().unwrap_or_default();
            for _ in 0..levels {
                inner = wrapped(inner, &other, rng);
            }
            inner
        }
        kind => {
            let value = match rng.u8(..4) {
                0 => odd_value(rng),
                1 => elsewhere(tree, rng),
                2 => corpus.any_value(rng),
                _ => Value::Null,
            };
            // An ancestor that is an object or a list: most nodes are scalars.
            let container = container(tree, &at);
            match tree.pointer_mut(container) {
                Some(Value::Object(map)) => change_object(map, kind, value, &all, corpus, rng),
                Some(Value::Array(list)) => change_list(list, kind, value, rng),
                _ => *tree = value,
            }
            return;
        }
    };
    if let Some(place) = tree.pointer_mut(&at) {
        *place = new;
    }
}

/// The pointers of all nodes.
fn pointers(value: &Value, at: &mut String, all: &mut Vec<String>) {
    all.push(at.clone());
    let length = at.len();
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                *at += &Pointer::of([key.as_str()]).to_string();
                pointers(value, at, all);
                at.truncate(length);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                *at += &format!("/{index}");
                pointers(value, at, all);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

/// The pointer itself, or that of what holds it.
fn container<'a>(tree: &Value, at: &'a str) -> &'a str {
    let holds = |at: &str| tree.pointer(at).is_some_and(|value| value.is_object() || value.is_array());
    if holds(at) { at } else { at.rsplit_once('/').map_or("", |(parent, _)| parent) }
}

fn change_object(
    map: &mut Map<String, Value>,
    kind: u8,
    value: Value,
    all: &[String],
    corpus: &Corpus,
    rng: &mut Rng,
) {
    let names: Vec<String> = map.keys().cloned().collect();
    let own = rng.choice(&names).cloned().unwrap_or_default();
    let other = match rng.u8(..4) {
        0 => string(rng),
        1 => corpus.key(rng),
        _ => (*rng.choice(&KEYWORDS).unwrap_or(&"type")).to_owned(),
    };
    match kind {
        7 => {
            map.remove(&own);
        }
        8 => {
            let value = map.remove(&own).unwrap_or(value);
            map.insert(other, value);
        }
        9 => {
            let value = map.get(&own).cloned().unwrap_or(value);
            map.insert(other, value);
        }
        _ if other == "$ref" => {
            let reference = reference(all, rng);
            map.extend(reference.as_object().cloned().unwrap_or_default());
        }
        _ => {
            let value = corpus.value(&other, rng).filter(|_| rng.u8(..4) != 0).unwrap_or(value);
            map.insert(other, value);
        }
    }
}

fn change_list(list: &mut Vec<Value>, kind: u8, value: Value, rng: &mut Rng) {
    let index = rng.usize(..=list.len());
    match kind {
        7 | 8 if index < list.len() => {
            list.remove(index);
        }
        9 if index < list.len() => list.insert(index, list[index].clone()),
        10 => rng.shuffle(list),
        _ => list.insert(index, value),
    }
}

/// A reference to any place of the document, or to one that is not there.
fn reference(all: &[String], rng: &mut Rng) -> Value {
    let schemas: Vec<&String> = all.iter().filter(|at| at.starts_with("/components/schemas/")).collect();
    let target = match rng.u8(..8) {
        0 => string(rng),
        1..4 => format!("#{}", rng.choice(all).map(String::as_str).unwrap_or_default()),
        _ => format!("#{}", rng.choice(&schemas).map(|at| at.as_str()).unwrap_or_default()),
    };
    json!({ "$ref": target })
}

/// A schema as a part of another one.
fn wrapped(value: Value, other: &Value, rng: &mut Rng) -> Value {
    match rng.u8(..14) {
        0 => json!({ "allOf": [value, other] }),
        1 => json!({ "oneOf": [value, other] }),
        2 => json!({ "anyOf": [value, other] }),
        3 => json!({ "allOf": [value] }),
        4 => json!({ "oneOf": [value, { "type": "null" }] }),
        5 => json!({ "allOf": [{ "oneOf": [value, other] }, { "anyOf": [other, value] }] }),
        6 => json!({ "not": value }),
        7 => json!({ "type": "array", "items": value }),
        8 => json!({ "type": "object", "properties": { string(rng): value, "a": other } }),
        9 => json!({ "type": "object", "additionalProperties": value }),
        10 => json!({ "prefixItems": [value, other] }),
        11 => json!({ "if": value, "then": other }),
        12 => json!([value, other]),
        _ => {
            json!({ "type": ["object", "null"], "patternProperties": { "^a": value }, "unevaluatedProperties": other })
        }
    }
}

fn string(rng: &mut Rng) -> String {
    let some = (*rng.choice(&STRINGS).unwrap_or(&"")).to_owned();
    match rng.u8(..8) {
        0 => format!("{some}{}", rng.choice(&STRINGS).unwrap_or(&"")),
        1 => some.repeat(rng.usize(..300)),
        2 => rng.alphabetic().to_string(),
        _ => some,
    }
}

fn odd_value(rng: &mut Rng) -> Value {
    let numbers = [
        json!(0),
        json!(-1),
        json!(1),
        json!(3),
        json!(-0.0),
        json!(0.1),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(1e20),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(u32::MAX),
        json!(9_007_199_254_740_993_u64),
    ];
    match rng.u8(..10) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 | 3 => rng.choice(&numbers).cloned().unwrap_or_default(),
        4 | 5 => string(rng).into(),
        6 => json!([]),
        7 => json!({}),
        8 => (*rng.choice(&TYPES).unwrap_or(&"object")).into(),
        _ => (0..rng.usize(..4)).map(|_| *rng.choice(&TYPES).unwrap_or(&"null")).collect(),
    }
}
