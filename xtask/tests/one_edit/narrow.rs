//! One change at a random place of a schema, after which it allows less, and whether the whole schema then allows less too.

use fastrand::Rng;
use serde_json::{Value, json};

use super::random::{FORMATS, NAMES, Schema, scalar};

/// What a narrower subschema does to the whole schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Narrows,
    Widens,
    /// Either, or both for different instances.
    Unknown,
}

/// A narrowed schema.
pub(crate) struct Narrowed {
    pub(crate) schema: Value,
    pub(crate) effect: Effect,
    /// The name of the edit.
    pub(crate) edit: &'static str,
}

/// An edit after which a schema allows no more than before. Returns whether it applies.
type Edit = fn(&mut Schema, &mut Rng) -> bool;

const EDITS: &[(&str, Edit)] = &[
    ("bound", bound),
    ("bound", bound),
    ("bound", bound),
    ("type", kind),
    ("type", kind),
    ("enum", listed),
    ("enum", listed),
    ("const", constant),
    ("pattern", pattern),
    ("format", format),
    ("multipleOf", multiple),
    ("uniqueItems", unique),
    ("required", required),
    ("required", required),
    ("closed", closed),
    ("additional schema", additional),
    ("member", member),
    ("member", member),
    ("member", member),
    ("not", not),
    ("if", condition),
    ("dependentRequired", dependent_required),
    ("dependentSchemas", dependent_schemas),
    ("propertyNames", property_names),
    ("patternProperties", pattern_properties),
    ("property", property),
    ("contains", contains),
    ("items", items),
    ("prefixItems", prefix_items),
    ("unevaluatedItems", unevaluated_items),
    ("allOf", conjunction),
    ("impossible", impossible),
    ("exclusive", exclusive),
    ("union", union),
    ("contentSchema", content_schema),
];

/// Edits after which more properties or items are evaluated, so that `unevaluatedProperties` allows more.
const EVALUATING: [&str; 11] = [
    "additional schema",
    "if",
    "dependentSchemas",
    "patternProperties",
    "property",
    "contains",
    "items",
    "prefixItems",
    "allOf",
    "union",
    "exclusive",
];

/// Narrows one subschema.
pub(crate) fn narrowed(schema: &Value, random: &mut Rng) -> Option<Narrowed> {
    let mut subschemas = Vec::new();
    collect(schema, String::new(), Effect::Narrows, &mut subschemas);
    let has_unevaluated = schema.to_string().contains("unevaluated");
    for _ in 0..20 {
        let (pointer, effect) = random.choice(&subschemas)?;
        let (edit, apply) = random.choice(EDITS)?;
        let mut narrowed = schema.clone();
        let node = narrowed.pointer_mut(pointer).and_then(Value::as_object_mut)?;
        if apply(node, random) {
            let is_unknown = has_unevaluated && EVALUATING.contains(edit);
            let effect = if is_unknown { Effect::Unknown } else { *effect };
            return Some(Narrowed { schema: narrowed, effect, edit });
        }
    }
    None
}

/// Collects the pointers of a schema and all its subschemas.
pub(crate) fn collect(schema: &Value, at: String, effect: Effect, all: &mut Vec<(String, Effect)>) {
    let Value::Object(map) = schema else { return };
    for (keyword, value) in map {
        let below = |key: &str| format!("{at}/{keyword}/{key}");
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(map)) => {
                map.iter().for_each(|(name, value)| collect(value, below(name), effect, all));
            }
            // Every match beyond `maxContains` is one too many.
            ("contains", value) => {
                let is_plain = !map.contains_key("maxContains") && map.get("minContains") != Some(&json!(0));
                let effect = if is_plain { effect } else { Effect::Unknown };
                collect(value, format!("{at}/contains"), effect, all);
            }
            (
                "items"
                | "additionalProperties"
                | "propertyNames"
                | "then"
                | "else"
                | "contentSchema"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                value,
            ) => collect(value, format!("{at}/{keyword}"), effect, all),
            ("not", value) => {
                let effect = match effect {
                    Effect::Narrows => Effect::Widens,
                    Effect::Widens => Effect::Narrows,
                    Effect::Unknown => Effect::Unknown,
                };
                collect(value, format!("{at}/not"), effect, all);
            }
            ("if", value) => collect(value, format!("{at}/if"), Effect::Unknown, all),
            // As in the table of rules, `oneOf` counts as `anyOf`.
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(members)) => {
                for (index, member) in members.iter().enumerate() {
                    collect(member, below(&index.to_string()), effect, all);
                }
            }
            _ => {}
        }
    }
    all.push((at, effect));
}

fn has_type(schema: &Schema, kind: &str) -> bool {
    match schema.get("type") {
        None => true,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        Some(one) => one == kind,
    }
}

fn bound(schema: &mut Schema, random: &mut Rng) -> bool {
    let all = [
        ("number", "minimum", 1, 0),
        ("number", "exclusiveMinimum", 1, -1),
        ("number", "maximum", -1, 5),
        ("number", "exclusiveMaximum", -1, 6),
        ("string", "minLength", 1, 2),
        ("string", "maxLength", -1, 4),
        ("array", "minItems", 1, 1),
        ("array", "maxItems", -1, 2),
        ("object", "minProperties", 1, 1),
        ("object", "maxProperties", -1, 2),
        ("array", "minContains", 1, 2),
        ("array", "maxContains", -1, 1),
    ];
    let is_here = |(kind, keyword, ..): &(&str, &str, i64, i64)| {
        let is_typed = has_type(schema, kind) || *kind == "number" && has_type(schema, "integer");
        is_typed && (!keyword.ends_with("Contains") || schema.contains_key("contains"))
    };
    let here: Vec<_> = all.into_iter().filter(is_here).collect();
    let Some((_, keyword, step, first)) = random.choice(here) else { return false };
    let tighter = schema.get(keyword).map_or(Some(first), |own| own.as_i64().map(|own| own + step));
    let Some(tighter) = tighter.filter(|tighter| keyword.ends_with("imum") || *tighter >= 0) else {
        return false;
    };
    schema.insert(keyword.to_owned(), json!(tighter));
    true
}

fn kind(schema: &mut Schema, random: &mut Rng) -> bool {
    match schema.get_mut("type") {
        Some(Value::Array(kinds)) if kinds.len() > 1 => _ = kinds.remove(random.usize(..kinds.len())),
        Some(kind) if kind == "number" => *kind = json!("integer"),
        Some(_) => return false,
        None => {
            let kinds = [json!("string"), json!("number"), json!("object"), json!(["string", "null"])];
            schema.insert("type".to_owned(), random.choice(kinds).unwrap_or_default());
        }
    }
    true
}

fn listed(schema: &mut Schema, random: &mut Rng) -> bool {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        let is_long = values.len() > 1;
        if is_long {
            values.remove(random.usize(..values.len()));
        }
        return is_long;
    }
    let values = match (has_type(schema, "string"), has_type(schema, "integer")) {
        (true, _) => json!(["a", "b", "aaaa"]),
        (_, true) => json!([2, 4, 6]),
        _ => return false,
    };
    !schema.contains_key("const") && set(schema, "enum", values)
}

fn constant(schema: &mut Schema, random: &mut Rng) -> bool {
    let values = schema.get("enum").and_then(Value::as_array);
    let value = match values {
        Some(values) => random.choice(values).cloned(),
        None if schema.contains_key("const") => None,
        None if has_type(schema, "string") => Some(json!("aaaa")),
        None if has_type(schema, "boolean") => Some(json!(true)),
        None => None,
    };
    let Some(value) = value else { return false };
    schema.insert("const".to_owned(), value);
    true
}

/// Adds a schema that applies as well.
fn also(schema: &mut Schema, other: Value) -> bool {
    match schema.entry("allOf").or_insert_with(|| json!([])) {
        Value::Array(members) => members.push(other),
        _ => return false,
    }
    true
}

/// Adds a keyword, unless the schema has it.
fn set(schema: &mut Schema, keyword: &str, value: Value) -> bool {
    if schema.contains_key(keyword) {
        return false;
    }
    schema.insert(keyword.to_owned(), value);
    true
}

fn pattern(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "string")
        && (set(schema, "pattern", json!("^a+$")) || also(schema, json!({ "pattern": "^.{0,6}$" })))
}

fn format(schema: &mut Schema, random: &mut Rng) -> bool {
    let format = if has_type(schema, "integer") && schema.contains_key("type") {
        random.choice(["int32", "int64"])
    } else {
        random.choice(FORMATS).map(|(format, _)| format).filter(|_| has_type(schema, "string"))
    };
    format.is_some_and(|format| set(schema, "format", json!(format)))
}

fn multiple(schema: &mut Schema, _: &mut Rng) -> bool {
    if !has_type(schema, "integer") && !has_type(schema, "number") {
        return false;
    }
    match schema.get("multipleOf").map(Value::as_i64) {
        None => set(schema, "multipleOf", json!(2)),
        Some(Some(of)) => schema.insert("multipleOf".to_owned(), json!(of * 2)).is_some(),
        Some(None) => schema.insert("multipleOf".to_owned(), json!(1)).is_some(),
    }
}

fn unique(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "array") && set(schema, "uniqueItems", json!(true))
}

fn required(schema: &mut Schema, random: &mut Rng) -> bool {
    let known: Vec<String> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    let name = if random.usize(..5) > 0 { random.choice(known) } else { Some("z".to_owned()) };
    let (Some(name), true) = (name, has_type(schema, "object")) else { return false };
    match schema.entry("required").or_insert_with(|| json!([])) {
        Value::Array(names) if !names.contains(&json!(name)) => names.push(json!(name)),
        _ => return false,
    }
    true
}

fn closed(schema: &mut Schema, random: &mut Rng) -> bool {
    let keyword = if random.usize(..4) == 0 { "unevaluatedProperties" } else { "additionalProperties" };
    schema.contains_key("properties") && set(schema, keyword, json!(false))
}

fn additional(schema: &mut Schema, random: &mut Rng) -> bool {
    let other = scalar(random);
    // Another schema for the same object may list such a property, and how a value is written is no constraint.
    let is_written = other.to_string().contains("\"content");
    schema.contains_key("properties") && !is_written && set(schema, "additionalProperties", other)
}

fn member(schema: &mut Schema, random: &mut Rng) -> bool {
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(members)) = schema.get_mut(keyword)
            && members.len() > 1
        {
            members.remove(random.usize(..members.len()));
            return true;
        }
    }
    false
}

fn not(schema: &mut Schema, random: &mut Rng) -> bool {
    let not = random.choice([
        json!({ "const": "aaaa" }),
        json!({ "type": "string", "maxLength": 1 }),
        json!({ "required": ["b"] }),
    ]);
    let not = not.unwrap_or_default();
    set(schema, "not", not.clone()) || also(schema, json!({ "not": not }))
}

fn condition(schema: &mut Schema, random: &mut Rng) -> bool {
    if ["if", "then", "else"].iter().any(|keyword| schema.contains_key(*keyword)) {
        return false;
    }
    set(schema, "if", json!({ "required": ["a"] }));
    let keyword = if random.bool() { "then" } else { "else" };
    set(schema, keyword, json!({ "required": ["b"] }))
}

fn dependent_required(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "object") && set(schema, "dependentRequired", json!({ "a": ["b"] }))
}

fn dependent_schemas(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "object") && set(schema, "dependentSchemas", json!({ "a": { "required": ["b"] } }))
}

fn property_names(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "object") && set(schema, "propertyNames", json!({ "pattern": "^[a-d]" }))
}

/// Whether an object allows properties that it does not name.
fn is_open(schema: &Schema) -> bool {
    has_type(schema, "object")
        && ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .all(|keyword| !schema.contains_key(*keyword))
}

fn pattern_properties(schema: &mut Schema, random: &mut Rng) -> bool {
    is_open(schema) && set(schema, "patternProperties", json!({ "^x": scalar(random) }))
}

fn property(schema: &mut Schema, random: &mut Rng) -> bool {
    if !is_open(schema) {
        return false;
    }
    let name = random.choice(NAMES).unwrap_or("a");
    match schema.entry("properties").or_insert_with(|| json!({})) {
        Value::Object(properties) => set(properties, name, scalar(random)),
        _ => false,
    }
}

fn contains(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "array") && set(schema, "contains", json!({ "type": "string" }))
}

fn items(schema: &mut Schema, random: &mut Rng) -> bool {
    has_type(schema, "array") && set(schema, "items", scalar(random))
}

fn prefix_items(schema: &mut Schema, random: &mut Rng) -> bool {
    has_type(schema, "array")
        && !schema.contains_key("items")
        && set(schema, "prefixItems", json!([scalar(random)]))
}

fn unevaluated_items(schema: &mut Schema, _: &mut Rng) -> bool {
    has_type(schema, "array") && set(schema, "unevaluatedItems", json!(false))
}

fn conjunction(schema: &mut Schema, random: &mut Rng) -> bool {
    let other = scalar(random);
    // How a value is written is no constraint.
    !other.to_string().contains("\"content") && also(schema, other)
}

fn impossible(schema: &mut Schema, random: &mut Rng) -> bool {
    random.usize(..4) == 0 && set(schema, "not", json!({}))
}

fn exclusive(schema: &mut Schema, _: &mut Rng) -> bool {
    if schema.contains_key("oneOf") {
        return false;
    }
    schema.remove("anyOf").is_some_and(|members| set(schema, "oneOf", members))
}

fn union(schema: &mut Schema, random: &mut Rng) -> bool {
    let members = json!([scalar(random), scalar(random), { "type": "object" }]);
    let has_one = schema.contains_key("anyOf") || schema.contains_key("oneOf");
    !has_one && set(schema, if random.bool() { "anyOf" } else { "oneOf" }, members)
}

fn content_schema(schema: &mut Schema, random: &mut Rng) -> bool {
    schema.contains_key("contentMediaType") && set(schema, "contentSchema", scalar(random))
}
