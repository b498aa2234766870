//! Random instances of a schema.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::random::{FORMATS, Schema, TEXTS};

/// Makes instances that are likely, but not certain, to be valid, and often at a bound.
pub(crate) struct Instances<'a> {
    /// The document that references lead into.
    pub(crate) document: &'a Value,
    pub(crate) random: &'a mut Rng,
}

impl Instances<'_> {
    pub(crate) fn of(&mut self, schema: &Value) -> Value {
        self.within(schema, 6)
    }

    fn within(&mut self, schema: &Value, depth: usize) -> Value {
        let mut flat = Map::new();
        self.flatten(schema, &mut flat, 12);
        let known = |keyword: &str| flat.get(keyword);
        if let Some(value) = known("const") {
            return value.clone();
        }
        if let Some(Value::Array(values)) = known("enum") {
            return self.random.choice(values).cloned().unwrap_or_default();
        }
        let kinds = match known("type") {
            Some(Value::Array(kinds)) => kinds.clone(),
            Some(kind) => vec![kind.clone()],
            None => match self.implied(&flat) {
                Some(kind) if self.random.usize(..4) > 0 => vec![json!(kind)],
                _ => ["null", "string", "integer", "number", "array", "object", "boolean"]
                    .map(|kind| json!(kind))
                    .to_vec(),
            },
        };
        let kind = self.random.choice(&kinds).and_then(Value::as_str).unwrap_or("null");
        match kind {
            "string" => self.text(&flat),
            "integer" | "number" => self.number(&flat, kind == "number"),
            "boolean" => json!(self.random.bool()),
            "array" => self.array(&flat, depth),
            "object" => self.object(&flat, depth),
            _ => Value::Null,
        }
    }

    /// The type that the keywords are about.
    fn implied(&self, flat: &Schema) -> Option<&'static str> {
        let has = |keywords: &[&str]| keywords.iter().any(|keyword| flat.contains_key(*keyword));
        if has(&["properties", "required", "additionalProperties", "minProperties"]) {
            Some("object")
        } else if has(&["items", "prefixItems", "contains", "minItems"]) {
            Some("array")
        } else if has(&["minLength", "maxLength", "pattern", "format"]) {
            Some("string")
        } else if has(&["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]) {
            Some("number")
        } else {
            None
        }
    }

    /// Collects the keywords of a schema, of all that apply with it, and of one member of each union.
    fn flatten(&mut self, schema: &Value, flat: &mut Schema, fuel: usize) {
        let (Value::Object(schema), true) = (schema, fuel > 0) else { return };
        for (keyword, value) in schema {
            match (keyword.as_str(), value) {
                ("allOf", Value::Array(members)) => {
                    members.iter().for_each(|member| self.flatten(member, flat, fuel - 1));
                }
                ("anyOf" | "oneOf", Value::Array(members)) => {
                    if let Some(member) = self.random.choice(members) {
                        self.flatten(member, flat, fuel - 1);
                    }
                }
                ("$ref", Value::String(target)) => {
                    if let Some(target) = self.document.pointer(target.trim_start_matches('#')) {
                        self.flatten(target, flat, fuel - 1);
                    }
                }
                ("then" | "else", value) if self.random.bool() => self.flatten(value, flat, fuel - 1),
                ("dependentSchemas", Value::Object(schemas)) => {
                    schemas.values().for_each(|schema| self.flatten(schema, flat, fuel - 1));
                }
                ("properties", Value::Object(properties)) => {
                    let all = flat.entry("properties").or_insert_with(|| json!({}));
                    for (name, property) in properties {
                        let both = all.get(name).map(|own| json!({ "allOf": [own, property] }));
                        all[name.as_str()] = both.unwrap_or_else(|| property.clone());
                    }
                }
                ("required", Value::Array(names)) => {
                    if let Some(Value::Array(all)) = flat.get_mut("required") {
                        all.extend(names.iter().cloned());
                    } else {
                        flat.insert("required".to_owned(), value.clone());
                    }
                }
                ("type", kinds) => {
                    let list =
                        |kinds: &Value| kinds.as_array().cloned().unwrap_or_else(|| vec![kinds.clone()]);
                    let mut both = list(kinds);
                    if let Some(own) = flat.get("type").map(list) {
                        let is_number = |kind: &Value| kind == "integer" && own.contains(&json!("number"));
                        both.retain(|kind| own.contains(kind) || is_number(kind));
                    }
                    flat.insert("type".to_owned(), json!(both));
                }
                ("enum", Value::Array(values)) => {
                    let mut both = values.clone();
                    if let Some(Value::Array(own)) = flat.get("enum") {
                        both.retain(|value| own.contains(value));
                    }
                    flat.insert("enum".to_owned(), json!(both));
                }
                ("minimum" | "minLength" | "exclusiveMinimum" | "minItems", Value::Number(bound)) => {
                    let own = flat.get(keyword).and_then(Value::as_f64).unwrap_or(f64::MIN);
                    if bound.as_f64().is_some_and(|bound| bound > own) {
                        flat.insert(keyword.clone(), value.clone());
                    }
                }
                ("maximum" | "maxLength" | "exclusiveMaximum" | "maxItems", Value::Number(bound)) => {
                    let own = flat.get(keyword).and_then(Value::as_f64).unwrap_or(f64::MAX);
                    if bound.as_f64().is_some_and(|bound| bound < own) {
                        flat.insert(keyword.clone(), value.clone());
                    }
                }
                _ => _ = flat.insert(keyword.clone(), value.clone()),
            }
        }
    }

    fn text(&mut self, schema: &Schema) -> Value {
        let format = schema.get("format").and_then(Value::as_str);
        if let Some((_, text)) = FORMATS.iter().find(|(name, _)| Some(*name) == format) {
            return json!(text);
        }
        if self.random.usize(..6) == 0 {
            return json!(self.random.choice(TEXTS));
        }
        let bound = |keyword: &str| {
            schema.get(keyword).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok())
        };
        let least = bound("minLength").unwrap_or(0);
        let most = bound("maxLength").unwrap_or(12).max(least);
        let letter = if schema.contains_key("pattern") || self.random.bool() { "a" } else { "ß" };
        let length = match self.random.usize(..4) {
            0 => least,
            1 => most,
            _ => self.random.usize(least..=most),
        };
        json!(letter.repeat(length))
    }

    fn number(&mut self, schema: &Schema, may_be_fraction: bool) -> Value {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
        let least =
            bound("minimum").into_iter().chain(bound("exclusiveMinimum").map(|bound| bound + 1)).max();
        let most = bound("maximum").into_iter().chain(bound("exclusiveMaximum").map(|bound| bound - 1)).min();
        let least = least.unwrap_or(-12);
        let most = most.unwrap_or(14).max(least);
        let number = match self.random.usize(..4) {
            0 => least,
            1 => most,
            _ => self.random.i64(least..=most),
        };
        match schema.get("multipleOf").and_then(Value::as_i64) {
            Some(of) => json!(number - number.rem_euclid(of.max(1))),
            None if may_be_fraction && self.random.bool() => json!(number as f64 - 0.5),
            None => json!(number),
        }
    }

    fn array(&mut self, schema: &Schema, depth: usize) -> Value {
        let bound = |keyword: &str| {
            schema.get(keyword).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok())
        };
        let least = bound("minItems").unwrap_or(0);
        let most = bound("maxItems").unwrap_or(3).clamp(least, 4.max(least));
        let count = if depth == 0 { least } else { self.random.usize(least..=most) };
        let first = schema.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
        let rest = schema.get("items").or(schema.get("unevaluatedItems")).cloned().unwrap_or(json!(true));
        let mut items: Vec<Value> = (0..count)
            .map(|index| self.within(first.get(index).unwrap_or(&rest), depth.saturating_sub(1)))
            .collect();
        if let (Some(contained), Some(last)) = (schema.get("contains"), items.last_mut())
            && self.random.usize(..4) > 0
        {
            *last = self.within(contained, depth.saturating_sub(1));
        }
        Value::Array(items)
    }

    fn object(&mut self, schema: &Schema, depth: usize) -> Value {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        let is_full = self.random.bool();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if required.contains(&name.as_str()) || depth > 0 && (is_full || self.random.bool()) {
                object.insert(name.clone(), self.within(property, depth.saturating_sub(1)));
            }
        }
        for name in required {
            object.entry(name).or_insert_with(|| json!("a"));
        }
        for (keyword, name) in [("additionalProperties", "other"), ("patternProperties", "x1")] {
            let values = schema.get(keyword).filter(|values| values.is_object());
            let values = values.and_then(|values| if name == "x1" { values.get("^x") } else { Some(values) });
            if let Some(values) = values
                && depth > 0
                && self.random.bool()
            {
                object.insert(name.to_owned(), self.within(&values.clone(), depth - 1));
            }
        }
        Value::Object(object)
    }
}
