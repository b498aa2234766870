//! Generates random instances of schemas. They are only likely to be valid; callers drop the others with a validator.

use relay_rest_codegen::document::keywords::{Holds, Role, allows_anything, keyword};
use relay_rest_codegen::document::references;
use serde_json::{Map, Value, json};

/// Below this depth, instances prefer branches without subschemas and leave out what is optional.
const PREFERRED_DEPTH: usize = 6;
/// Below this depth, an instance of a schema that always recurses ends with an invalid `null`.
const MAX_DEPTH: usize = 100;

/// Generates instances of the schemas of one document, the same ones for the same seed.
pub(crate) struct Instances<'a> {
    document: &'a Value,
    random: fastrand::Rng,
}

impl<'a> Instances<'a> {
    pub(crate) fn new(document: &'a Value, seed: u64) -> Self {
        Self { document, random: fastrand::Rng::with_seed(seed) }
    }

    /// Decides at random whether to include something optional.
    pub(crate) fn include_optional(&mut self) -> bool {
        self.random.bool()
    }

    /// Returns an instance of `schema` that is likely, but not certain, to be valid.
    pub(crate) fn of(&mut self, schema: &Value, depth: usize) -> Value {
        let schema = match schema {
            _ if depth > MAX_DEPTH => return Value::Null,
            Value::Object(map) => map,
            _ => return json!("anything"),
        };
        if let Some(target) = references::target_of(schema) {
            let Some(found) = target.resolve(self.document) else { return Value::Null };
            let mut siblings = schema.clone();
            references::take(&mut siblings);
            if siblings.is_empty() {
                return self.of(found, depth + 1);
            }
            return self.conjunction(&[found.clone(), Value::Object(siblings)], depth + 1);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(value) = self.random.choice(items(schema, "enum")) {
            return value.clone();
        }
        for key in ["oneOf", "anyOf"] {
            let branches = items(schema, key);
            if let Some(any) = self.random.choice(branches) {
                let way_out = branches.iter().find(|branch| depth > PREFERRED_DEPTH && is_leaf(branch));
                let branch = way_out.unwrap_or(any);
                return self.conjunction(&[branch.clone(), without(schema, key)], depth + 1);
            }
        }
        if let Some(members) = schema.get("allOf").and_then(Value::as_array) {
            let mut members = members.clone();
            members.push(without(schema, "allOf"));
            return self.conjunction(&members, depth + 1);
        }
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            Some(Value::Array(kinds)) if !kinds.is_empty() => {
                self.random.choice(kinds).and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            _ if schema.contains_key("properties") || schema.contains_key("additionalProperties") => {
                "object".to_owned()
            }
            _ if schema.contains_key("items") => "array".to_owned(),
            _ => return self.anything(),
        };
        match kind.as_str() {
            "null" => Value::Null,
            "boolean" => self.random.bool().into(),
            "integer" => self.integer(schema),
            "number" => self.number(schema),
            "string" => self.string(schema).into(),
            "array" => self.array(schema, depth),
            _ => self.object(schema, depth),
        }
    }

    /// Merges the objects among the instances of the members; without objects, returns the first instance.
    fn conjunction(&mut self, members: &[Value], depth: usize) -> Value {
        let mut united = Map::new();
        let mut first = None;
        for member in members {
            if allows_anything(member) {
                continue;
            }
            match self.of(member, depth) {
                Value::Object(object) => united.extend(object),
                other => first = first.or(Some(other)),
            }
        }
        match first {
            Some(value) if united.is_empty() => value,
            None if united.is_empty()
                && members.iter().all(|member| member.get("type").is_none_or(|kind| kind != "object")) =>
            {
                json!({})
            }
            _ => Value::Object(united),
        }
    }

    fn anything(&mut self) -> Value {
        let values = [json!("text"), json!(7), json!(true), json!([1]), json!({ "a": "b" })];
        values[self.random.usize(..values.len())].clone()
    }

    fn integer(&mut self, schema: &Map<String, Value>) -> Value {
        let constraint = |key: &str| schema.get(key).and_then(Value::as_f64);
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        let widest = if format == "int32" { f64::from(i32::MAX) } else { 9_007_199_254_740_991.0 };
        let low = constraint("minimum").or(constraint("exclusiveMinimum").map(|low| low + 1.0));
        let high = constraint("maximum")
            .or(constraint("exclusiveMaximum").map(|high| high - 1.0))
            .unwrap_or(widest)
            .min(widest);
        let low = low.unwrap_or(if format.starts_with('u') { 0.0 } else { -widest }).max(-widest);
        let (low, high) = (low.ceil() as i64, (high.floor() as i64).max(low.ceil() as i64));
        match self.random.u8(..4) {
            0 => low.into(),
            1 => high.into(),
            _ => self.random.i64(low..=high.min(low.saturating_add(1 << 20))).into(),
        }
    }

    fn number(&mut self, schema: &Map<String, Value>) -> Value {
        let low = schema.get("minimum").and_then(Value::as_f64).unwrap_or(-1000.0);
        let high = schema.get("maximum").and_then(Value::as_f64).unwrap_or(low + 2000.0);
        // Quarters are exact in binary.
        json!(((low + self.random.f64() * (high - low)) * 4.0).round() / 4.0)
    }

    fn string(&mut self, schema: &Map<String, Value>) -> String {
        match schema.get("format").and_then(Value::as_str).unwrap_or_default() {
            "uuid" => {
                let hex = format!("{:032x}", self.random.u128(..));
                let [a, b, c, d, e] = [&hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]];
                return format!("{a}-{b}-4{c}-a{d}-{e}");
            }
            "date-time" => return "2026-11-22T08:30:00.125+02:00".to_owned(),
            "date" => return "2026-11-22".to_owned(),
            "uri" | "url" | "uri-reference" => return "https://example.com/a?b=c".to_owned(),
            "email" => return "a@example.com".to_owned(),
            "ipv4" => return "192.0.2.1".to_owned(),
            "e164" => return format!("+1404{}", self.random.u32(1_000_000..9_999_999)),
            _ => {}
        }
        let least = count(schema, "minLength").unwrap_or(0);
        let most = count(schema, "maxLength").unwrap_or(least.max(12)).min(least.max(24));
        let length = self.random.usize(least..=most.max(least));
        let alphabet: Vec<char> = "abcXYZ 019é€\"\\/".chars().collect();
        (0..length).map(|_| alphabet[self.random.usize(..alphabet.len())]).collect()
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let least = count(schema, "minItems").unwrap_or(0);
        let most = count(schema, "maxItems").unwrap_or(least + 2).min(least + 2);
        let length = if depth > PREFERRED_DEPTH { least } else { self.random.usize(least..=most.max(least)) };
        let items = schema.get("items").cloned().unwrap_or_else(|| json!({}));
        (0..length).map(|_| self.of(&items, depth + 1)).collect()
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let required = items(schema, "required");
        let mut object = Map::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_included = depth <= PREFERRED_DEPTH && self.random.bool();
            if required.iter().any(|required| required == name) || is_included {
                object.insert(name.clone(), self.of(property, depth + 1));
            }
        }
        match schema.get("additionalProperties") {
            Some(Value::Object(others)) if depth <= PREFERRED_DEPTH && !schema.contains_key("properties") => {
                for index in 0..self.random.usize(..3) {
                    let value = self.of(&Value::Object(others.clone()), depth + 1);
                    object.insert(format!("key{index}"), value);
                }
            }
            _ => {}
        }
        Value::Object(object)
    }
}

/// Whether a schema has no subschemas and no reference.
fn is_leaf(schema: &Value) -> bool {
    let holds = |key: &String| {
        keyword(key).is_some_and(|keyword| keyword.holds != Holds::Nothing || keyword.role == Role::Reference)
    };
    !schema.as_object().is_some_and(|schema| schema.keys().any(holds))
}

fn without(schema: &Map<String, Value>, key: &str) -> Value {
    let mut schema = schema.clone();
    schema.shift_remove(key);
    Value::Object(schema)
}

/// A length or a count that a keyword states.
fn count(schema: &Map<String, Value>, key: &str) -> Option<usize> {
    usize::try_from(schema.get(key)?.as_u64()?).ok()
}

/// The items of a list under a key; none without a list.
fn items<'s>(schema: &'s Map<String, Value>, key: &str) -> &'s [Value] {
    schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
