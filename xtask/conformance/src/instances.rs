//! Generates random instances of schemas. They are only likely to be valid; callers drop the others with a validator.

use std::collections::BTreeMap;

use regex_syntax::hir::{Class, Hir, HirKind};
use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::references;
use relay_rest_codegen::document::walk::each;
use serde_json::{Map, Number, Value, json};

/// Below this depth, instances leave out what is optional.
const PREFERRED_DEPTH: usize = 5;
/// How deep an instance of a recursive schema is, if it is to be deep.
const DEEP: usize = 12;
/// Below this depth, an instance of a schema that always recurses ends with an invalid `null`.
const MAX_DEPTH: usize = 40;
/// How many schemas are applied to one value: references may be circular.
const MAX_PARTS: usize = 64;

/// Generates instances of the schemas of one document, the same ones for the same seed.
pub(crate) struct Instances<'a> {
    document: &'a Value,
    random: fastrand::Rng,
    /// The property that a discriminator names, and its values, by the schema that they select.
    tags: BTreeMap<Pointer, (String, Vec<Value>)>,
    /// Whether what a server may send is included: integers written as floats, and undeclared properties.
    pub(crate) received: bool,
    /// Whether instances are deep and narrow.
    pub(crate) deep: bool,
}

/// The schemas that apply to one value, without what they are composed of.
type Parts = Vec<Map<String, Value>>;

impl<'a> Instances<'a> {
    pub(crate) fn new(document: &'a Value, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { document, random, tags: tags(document), received: false, deep: false }
    }

    /// Returns a seed for something else that is random, and leaves the instances as they are.
    pub(crate) fn seed(&self) -> u64 {
        self.random.clone().u64(..)
    }

    /// Decides at random whether to include something optional.
    pub(crate) fn include_optional(&mut self) -> bool {
        self.random.bool()
    }

    /// Returns a random number below another one.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.random.usize(..most.max(1))
    }

    /// Returns an instance of the schema at `at` that is likely, but not certain, to be valid.
    pub(crate) fn at(&mut self, at: &Pointer) -> Value {
        self.all(&[references::to(at)], 0)
    }

    /// Returns an instance of several schemas.
    fn all(&mut self, schemas: &[Value], depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        let mut parts = Parts::new();
        for schema in schemas {
            self.apply(schema, depth, &mut parts);
        }
        if let Some(value) = parts.iter().find_map(|part| part.get("const")) {
            return value.clone();
        }
        if let Some(listed) =
            parts.iter().filter_map(|part| part.get("enum")?.as_array()).min_by_key(|listed| listed.len())
        {
            let lists: Vec<&Vec<Value>> =
                parts.iter().filter_map(|part| part.get("enum")?.as_array()).collect();
            let kind = kinds(&parts);
            let common: Vec<&Value> = listed
                .iter()
                .filter(|value| lists.iter().all(|list| list.contains(value)) && fits(value, kind.as_deref()))
                .collect();
            if let Some(value) = self.random.choice(common) {
                return value.clone();
            }
        }
        let has = |keys: &[&str]| parts.iter().any(|part| keys.iter().any(|key| part.contains_key(*key)));
        let kind = match kinds(&parts) {
            Some(kinds) => self.random.choice(kinds).unwrap_or_default(),
            None if has(&["properties", "additionalProperties", "required", "patternProperties"]) => {
                "object".to_owned()
            }
            None if has(&["items", "prefixItems", "minItems"]) => "array".to_owned(),
            None if has(&["pattern", "minLength", "maxLength", "format"]) => "string".to_owned(),
            None if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) => {
                "number".to_owned()
            }
            None => return self.anything(),
        };
        match kind.as_str() {
            "null" => Value::Null,
            "boolean" => self.random.bool().into(),
            "integer" => self.integer(&parts),
            "number" => self.number(&parts),
            "string" => self.string(&parts).into(),
            "array" => self.array(&parts, depth),
            _ => self.object(&parts, depth),
        }
    }

    /// Adds a schema to `parts`: with the target of its reference, all of `allOf` and one branch of each union.
    fn apply(&mut self, schema: &Value, depth: usize, parts: &mut Parts) {
        let Some(schema) = schema.as_object().filter(|_| parts.len() < MAX_PARTS) else { return };
        let mut own = schema.clone();
        if let Some(target) = references::target_of(schema) {
            references::take(&mut own);
            if let Some((name, values)) = self.tags.get(&target) {
                let tag = json!({ "type": "object", "properties": { name: { "enum": values } }, "required": [name] });
                parts.extend(tag.as_object().cloned());
            }
            if let Some(found) = target.resolve(self.document) {
                parts.push(Map::new());
                self.apply(found, depth, parts);
            }
        }
        for member in items(schema, "allOf") {
            self.apply(member, depth, parts);
        }
        for key in ["oneOf", "anyOf"] {
            let branches = items(schema, key);
            let is_narrow = depth > PREFERRED_DEPTH && (!self.deep || depth > DEEP);
            let leaves: Vec<&Value> = branches.iter().filter(|branch| is_leaf(branch)).collect();
            let branch = match self.random.choice(branches) {
                Some(_) if is_narrow && !leaves.is_empty() => self.random.choice(leaves),
                Some(any) if self.deep => branches.iter().find(|branch| !is_leaf(branch)).or(Some(any)),
                any => any,
            };
            if let Some(branch) = branch {
                self.apply(branch, depth, parts);
            }
        }
        if let (Some(_), Some(then)) = (schema.get("if"), schema.get("then")) {
            // An instance of both fits both; without the condition, `else` would have to hold.
            let condition = schema.get("if").cloned().unwrap_or_default();
            match schema.get("else") {
                Some(otherwise) if self.random.bool() => self.apply(otherwise, depth, parts),
                _ => {
                    self.apply(&condition, depth, parts);
                    self.apply(then, depth, parts);
                }
            }
        }
        for key in ["allOf", "oneOf", "anyOf", "if", "then", "else"] {
            own.shift_remove(key);
        }
        parts.push(own);
    }

    fn anything(&mut self) -> Value {
        let values =
            [json!("text"), json!(7), json!(true), json!([1]), json!({ "a": "b" }), json!([]), json!({})];
        values[self.random.usize(..values.len())].clone()
    }

    fn integer(&mut self, parts: &Parts) -> Value {
        let format = text(parts, "format").unwrap_or_default();
        let (mut least, mut most) = match format {
            "int8" => (i8::MIN.into(), i8::MAX.into()),
            "int16" => (i16::MIN.into(), i16::MAX.into()),
            "int32" | "int" => (i32::MIN.into(), i32::MAX.into()),
            "uint8" => (0, u8::MAX.into()),
            "uint16" => (0, u16::MAX.into()),
            "uint32" | "uint" => (0, u32::MAX.into()),
            "uint64" => (0, i128::from(u64::MAX)),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        };
        let integer = |number: &Value, round: fn(f64) -> f64| {
            number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)).or_else(|| {
                // Saturates, and so does not fit either.
                number.as_f64().map(|number| round(number) as i128)
            })
        };
        let mut is_bounded = false;
        for part in parts {
            let mut limit = |key: &str, round: fn(f64) -> f64, inward: i128| {
                let limit = integer(part.get(key)?, round)?;
                is_bounded = true;
                Some(limit + inward)
            };
            let lower = limit("minimum", f64::ceil, 0)
                .into_iter()
                .chain(limit("exclusiveMinimum", f64::floor, 1))
                .max();
            let upper = limit("maximum", f64::floor, 0)
                .into_iter()
                .chain(limit("exclusiveMaximum", f64::ceil, -1))
                .min();
            least = least.max(lower.unwrap_or(least));
            most = most.min(upper.unwrap_or(most));
        }
        let most = most.max(least);
        let step = parts
            .iter()
            .filter_map(|part| part.get("multipleOf")?.as_i64())
            .max()
            .map_or(1, i128::from)
            .max(1);
        let within = |value: i128| value.clamp(least, most);
        let value = match self.random.u8(..8) {
            0 => least,
            1 => most,
            2 => within((1 << 53) + 1),
            3 if self.received && !is_bounded => {
                let written =
                    [0.0, 1.0, -3.0, 1e3, 1e15].map(|value: f64| value.clamp(least as f64, most as f64));
                let written = written[self.random.usize(..written.len())];
                return Number::from_f64(written).map_or(Value::Null, Value::Number);
            }
            4 | 5 => within(self.random.i128(-100..=100)),
            _ => self.random.i128(least..=most.min(least.saturating_add(1 << 20))),
        };
        let value = value - value.rem_euclid(step);
        let value = if value < least { value + step } else { value };
        i64::try_from(value)
            .map(Value::from)
            .or_else(|_| u64::try_from(value).map(Value::from))
            .unwrap_or_default()
    }

    fn number(&mut self, parts: &Parts) -> Value {
        let limit = |keys: [&str; 2]| {
            let limits =
                parts.iter().flat_map(move |part| keys.into_iter().filter_map(|key| part.get(key)?.as_f64()));
            limits.reduce(if keys[0] == "minimum" { f64::max } else { f64::min })
        };
        let low = limit(["minimum", "exclusiveMinimum"]);
        let high = limit(["maximum", "exclusiveMaximum"]);
        let low = low.unwrap_or(high.map_or(-1000.0, |high| high - 2000.0));
        let high = high.unwrap_or(low + 2000.0);
        if let Some(step) = parts.iter().filter_map(|part| part.get("multipleOf")?.as_f64()).next() {
            let value = (self.random.f64() * 100.0).round() * step;
            return json!(if value >= low && value <= high { value } else { (low / step).ceil() * step });
        }
        let value = low + self.random.f64() * (high - low);
        match self.random.u8(..3) {
            // All digits that a float has, and few.
            0 => json!(value),
            1 if value.round() >= low && value.round() <= high => json!(value.round()),
            _ => json!((value * 4.0).round() / 4.0),
        }
    }

    fn string(&mut self, parts: &Parts) -> String {
        match text(parts, "format").unwrap_or_default() {
            "uuid" => {
                let hex = format!("{:032x}", self.random.u128(..));
                let [a, b, c, d, e] = [&hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]];
                return format!("{a}-{b}-4{c}-a{d}-{e}");
            }
            "date-time" => {
                let written = [
                    "2026-11-22T08:30:00.125+02:00",
                    "2026-11-22T08:30:00Z",
                    "1969-12-31T23:59:60.000000000100-00:00",
                ];
                return written[self.random.usize(..written.len())].to_owned();
            }
            "date" => return "2026-11-22".to_owned(),
            "uri" | "url" | "uri-reference" => return "https://example.com/a?b=c".to_owned(),
            "email" => return "a@example.com".to_owned(),
            "ipv4" => return "192.0.2.1".to_owned(),
            "e164" => return format!("+1404{}", self.random.u32(1_000_000..9_999_999)),
            _ => {}
        }
        let least = count(parts, "minLength", usize::max).unwrap_or(0);
        let most =
            count(parts, "maxLength", usize::min).unwrap_or(least.max(12)).min(least.max(24)).max(least);
        if let Some(pattern) = text(parts, "pattern") {
            // `\d` is ASCII in ECMA-262. Lookahead is left out: the validator has the last word.
            let pattern = pattern.replace("\\d", "[0-9]").replace("\\w", "[A-Za-z0-9_]").replace("\\/", "/");
            if let Ok(pattern) = regex_syntax::parse(&pattern) {
                let mut matching = String::new();
                for _ in 0..20 {
                    matching.clear();
                    self.matching(&pattern, &mut matching);
                    if (least..=most).contains(&matching.chars().count()) {
                        break;
                    }
                }
                return matching;
            }
        }
        let length = self.random.usize(least..=most);
        let alphabet: Vec<char> = "abcXYZ 019é€😀\"\\/".chars().collect();
        (0..length).map(|_| alphabet[self.random.usize(..alphabet.len())]).collect()
    }

    /// Writes a string that a pattern matches, if it has no assertions but anchors.
    fn matching(&mut self, pattern: &Hir, into: &mut String) {
        match pattern.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => into.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(Class::Unicode(class)) => {
                // Prefers letters and digits.
                let ranges: Vec<_> =
                    class.ranges().iter().map(|range| (range.start(), range.end())).collect();
                let shown = (33..127_u8)
                    .map(char::from)
                    .filter(|c| ranges.iter().any(|(from, to)| from <= c && c <= to));
                let shown: Vec<char> = shown.collect();
                into.extend(self.random.choice(shown).or_else(|| ranges.first().map(|(from, _)| *from)));
            }
            HirKind::Class(Class::Bytes(class)) => {
                into.extend(class.ranges().first().map(|range| char::from(range.start())));
            }
            HirKind::Repetition(repetition) => {
                let most = repetition.max.unwrap_or(repetition.min + 6).min(repetition.min + 6);
                for _ in 0..self.random.u32(repetition.min..=most) {
                    self.matching(&repetition.sub, into);
                }
            }
            HirKind::Capture(capture) => self.matching(&capture.sub, into),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.matching(part, into)),
            HirKind::Alternation(branches) => {
                if let Some(branch) = self.random.choice(branches) {
                    self.matching(branch, into);
                }
            }
        }
    }

    fn array(&mut self, parts: &Parts, depth: usize) -> Value {
        let prefix = parts.iter().map(|part| items(part, "prefixItems").len()).max().unwrap_or(0);
        let is_closed = parts.iter().any(|part| part.get("items") == Some(&Value::Bool(false)));
        let least = count(parts, "minItems", usize::max).unwrap_or(0);
        let usual = least.max(if prefix > 0 { prefix + 1 } else { least + 2 });
        let most = count(parts, "maxItems", usize::min).unwrap_or(usual).min(usual).max(least);
        let most = if is_closed { most.min(prefix).max(least) } else { most };
        let is_narrow = depth > PREFERRED_DEPTH && (!self.deep || depth > DEEP);
        let length = match self.random.u8(..4) {
            _ if is_narrow => least,
            _ if self.deep => least.max(most.min(1)),
            // A tuple is usually complete.
            0 | 1 if prefix > 0 => prefix.clamp(least, most),
            _ => self.random.usize(least..=most),
        };
        let mut array: Vec<Value> = Vec::new();
        for index in 0..length {
            let of: Vec<Value> = parts
                .iter()
                .filter_map(|part| {
                    items(part, "prefixItems").get(index).or_else(|| part.get("items")).cloned()
                })
                .collect();
            let mut item = self.all(&of, depth + 1);
            let is_unique = parts.iter().any(|part| part.get("uniqueItems") == Some(&Value::Bool(true)));
            for _ in 0..8 {
                if is_unique && array.contains(&item) {
                    item = self.all(&of, depth + 1);
                }
            }
            if !is_unique || !array.contains(&item) {
                array.push(item);
            }
        }
        array.into()
    }

    fn object(&mut self, parts: &Parts, depth: usize) -> Value {
        let is_required =
            |name: &str| parts.iter().any(|part| items(part, "required").iter().any(|of| of == name));
        let mut properties: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for part in parts {
            for (name, property) in part.get("properties").and_then(Value::as_object).into_iter().flatten() {
                properties.entry(name).or_default().push(property.clone());
            }
        }
        for name in parts.iter().flat_map(|part| items(part, "required")).filter_map(Value::as_str) {
            properties.entry(name).or_default();
        }
        let is_narrow = depth > PREFERRED_DEPTH && (!self.deep || depth > DEEP);
        let inner: Vec<&&str> =
            properties.iter().filter(|(_, of)| !of.iter().all(is_leaf)).map(|(name, _)| name).collect();
        let deepened = if self.deep { self.random.choice(inner).copied() } else { None };
        // All, none, or some of what is optional.
        let share = [0.0, 0.5, 0.5, 1.0][self.random.usize(..4)];
        let mut object = Map::new();
        for (name, of) in &properties {
            let is_included = match deepened {
                _ if is_narrow => false,
                Some(deepened) => deepened == *name,
                None => self.random.f64() < share,
            };
            let is_never = of.iter().any(|property| *property == Value::Bool(false));
            if (is_required(name) || is_included) && !is_never {
                let of: Vec<Value> = of.clone();
                object.insert((*name).to_owned(), self.all(&of, depth + 1));
            }
        }
        let least = count(parts, "minProperties", usize::max).unwrap_or(0);
        // Undeclared properties are the last resort: a client need not have a way to send them.
        let mut left: Vec<_> = properties.iter().filter(|(name, _)| !object.contains_key(**name)).collect();
        left.retain(|(_, of)| !of.contains(&Value::Bool(false)));
        self.random.shuffle(&mut left);
        for (name, of) in left {
            if object.len() < least {
                object.insert((*name).to_owned(), self.all(of, depth + 1));
            }
        }
        let others: Vec<Value> = ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .flat_map(|key| parts.iter().filter_map(|part| part.get(*key).cloned()))
            .collect();
        let is_closed = others.contains(&Value::Bool(false));
        let typed: Vec<Value> = others.into_iter().filter(Value::is_object).collect();
        let most = count(parts, "maxProperties", usize::min).unwrap_or(usize::MAX);
        let more = match self.random.u8(..8) {
            _ if is_closed => 0,
            _ if is_narrow => least.saturating_sub(object.len()),
            _ if !typed.is_empty() => self.random.usize(..3).max(least.saturating_sub(object.len())),
            // An open object may have undeclared properties.
            0 if self.received => 1.max(least.saturating_sub(object.len())),
            _ => least.saturating_sub(object.len()),
        };
        let names = parts.iter().filter_map(|part| part.get("propertyNames").cloned()).collect::<Vec<_>>();
        for index in 0..more.min(most.saturating_sub(object.len())) {
            let key = match &names[..] {
                [] => format!("key{index}"),
                names => self.all(names, depth + 1).as_str().unwrap_or_default().to_owned(),
            };
            let value = self.all(&typed, depth + 1);
            object.insert(key, value);
        }
        for (pattern, of) in
            parts.iter().filter_map(|part| part.get("patternProperties")?.as_object()).flatten()
        {
            if !is_narrow
                && self.random.bool()
                && object.len() < most
                && let Ok(pattern) = regex_syntax::parse(pattern)
            {
                let mut key = String::new();
                self.matching(&pattern, &mut key);
                object.insert(key, self.all(std::slice::from_ref(of), depth + 1));
            }
        }
        Value::Object(object)
    }
}

/// The values that discriminators have for each schema that they select.
fn tags(document: &Value) -> BTreeMap<Pointer, (String, Vec<Value>)> {
    let mut tags: BTreeMap<Pointer, (String, Vec<Value>)> = BTreeMap::new();
    each(document, &mut |_, _, value| {
        let Some(discriminator) = value.get("discriminator") else { return };
        let Some(name) = discriminator.get("propertyName").and_then(Value::as_str) else { return };
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let mapped: Vec<(&String, Pointer)> = mapping
            .into_iter()
            .flatten()
            .filter_map(|(tag, of)| {
                let of = of.as_str()?;
                let named = Pointer::of(["components", "schemas", of]);
                let of =
                    if named.resolve(document).is_some() { Some(named) } else { Pointer::from_reference(of) };
                Some((tag, of?))
            })
            .collect();
        for target in ["oneOf", "anyOf"]
            .iter()
            .filter_map(|key| value.get(*key)?.as_array())
            .flatten()
            .filter_map(references::target)
        {
            let values: Vec<Value> = mapped
                .iter()
                .filter(|(_, of)| *of == target)
                .map(|(tag, _)| Value::from(tag.as_str()))
                .collect();
            let own = target.component("schemas").map(Value::from);
            let values = if values.is_empty() { own.into_iter().collect() } else { values };
            // The branch's own constant wins, because it may be a number.
            if !lists(document, &target, name, 0) {
                tags.entry(target).or_insert_with(|| (name.to_owned(), values));
            }
        }
    });
    tags
}

/// Whether a schema says itself which values a property has.
fn lists(document: &Value, at: &Pointer, name: &str, depth: usize) -> bool {
    let Some(schema) = at.resolve(document) else { return false };
    let property = schema.get("properties").and_then(|properties| properties.get(name));
    let property = property.and_then(|property| match references::target(property) {
        Some(target) => target.resolve(document),
        None => Some(property),
    });
    let is_listed =
        property.is_some_and(|property| property.get("const").or_else(|| property.get("enum")).is_some());
    let members = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    let member = |index: usize| {
        let at = at.join("allOf").join(&index.to_string());
        at.resolve(document).and_then(references::target).unwrap_or(at)
    };
    is_listed
        || depth < 8
            && ((0..members).any(|index| lists(document, &member(index), name, depth + 1))
                || references::target(schema).is_some_and(|target| lists(document, &target, name, depth + 1)))
}

/// Whether a schema has no subschemas and no reference.
fn is_leaf(schema: &Value) -> bool {
    const INNER: [&str; 8] =
        ["allOf", "anyOf", "oneOf", "items", "prefixItems", "properties", "additionalProperties", "$ref"];
    !INNER.iter().any(|key| schema.get(*key).is_some_and(|inner| !inner.is_boolean()))
}

/// The types that all parts allow; `None` if no part has `type`.
fn kinds(parts: &Parts) -> Option<Vec<String>> {
    let all = parts.iter().filter_map(|part| match part.get("type")? {
        Value::String(kind) => Some(vec![kind.clone()]),
        Value::Array(kinds) => Some(kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    });
    all.reduce(|one: Vec<String>, other| {
        let has = |kinds: &[String], kind: &str| kinds.iter().any(|of| of == kind);
        let both = one.iter().chain(&other).filter(|kind| {
            let is_in = |kinds: &[String]| has(kinds, kind) || (*kind == "integer" && has(kinds, "number"));
            is_in(&one) && is_in(&other)
        });
        let mut both: Vec<String> = both.cloned().collect();
        both.dedup();
        both
    })
}

fn fits(value: &Value, kinds: Option<&[String]>) -> bool {
    let Some(kinds) = kinds else { return true };
    kinds.iter().any(|kind| match kind.as_str() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    })
}

/// The first string under a key.
fn text<'s>(parts: &'s Parts, key: &str) -> Option<&'s str> {
    parts.iter().find_map(|part| part.get(key)?.as_str())
}

/// The tightest length or count that the parts state.
fn count(parts: &Parts, key: &str, tighter: fn(usize, usize) -> usize) -> Option<usize> {
    let counts = parts.iter().filter_map(|part| part.get(key)?.as_f64());
    counts.map(|count| count.clamp(0.0, 1e6) as usize).reduce(tighter)
}

/// The items of a list under a key; none without a list.
fn items<'s>(schema: &'s Map<String, Value>, key: &str) -> &'s [Value] {
    schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::{loosened, modernize, validator};

    /// How many of 200 instances of the component `A` are valid, with `oneOf` as `anyOf`.
    fn valid(schemas: Value, seen: impl Fn(&Value) -> bool) -> usize {
        let mut document = json!({ "openapi": "3.0.3", "components": { "schemas": schemas } });
        modernize(&mut document);
        let at = Pointer::of(["components", "schemas", "A"]);
        let validator = validator(&loosened(&document), &at).expect("a schema");
        let mut instances = Instances::new(&document, 1);
        (0..200).map(|_| instances.at(&at)).filter(|value| validator.is_valid(value) && seen(value)).count()
    }

    #[test]
    fn every_kind_of_schema_has_instances() {
        let object = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
        let references =
            json!([{ "$ref": "#/components/schemas/B%20b" }, { "$ref": "#/components/schemas/C" }]);
        for schemas in [
            json!({ "A": { "oneOf": [object("a"), object("b")] } }),
            json!({ "A": { "prefixItems": [{ "type": "string" }, { "type": "integer" }], "items": false, "minItems": 2 } }),
            json!({ "A": { "oneOf": references, "discriminator": { "propertyName": "kind" } }, "B b": object("kind"), "C": object("kind") }),
            json!({ "A": { "type": "string", "pattern": "^[A-Z]{2}-\\d{4}$" } }),
            json!({ "A": { "type": "integer", "minimum": 3, "exclusiveMinimum": true, "maximum": 5 } }),
            json!({ "A": { "allOf": [{ "type": "number" }, { "type": "integer", "minimum": 7 }] } }),
            json!({ "A": { "type": "object", "minProperties": 1, "additionalProperties": { "type": "array", "uniqueItems": true, "minItems": 2, "items": { "type": "integer" } } } }),
        ] {
            assert!(valid(schemas.clone(), |_| true) > 100, "{schemas}");
        }
    }

    #[test]
    fn instances_go_to_the_ends() {
        let of = |format: &str| json!({ "A": { "type": "integer", "format": format } });
        assert!(valid(of("int32"), |value| *value == i32::MAX) > 0);
        assert!(valid(of("uint64"), |value| *value == u64::MAX) > 0);
        assert!(valid(of("none"), |value| *value == i64::MIN) > 0);
    }

    #[test]
    fn objects_with_a_minimum_have_what_is_declared() {
        let property = json!({ "type": "string" });
        let schemas = json!({ "A": { "type": "object", "minProperties": 2, "properties": { "a": property, "b": property } } });
        assert_eq!(valid(schemas, |value| value.get("a").and(value.get("b")).is_some()), 200);
    }

    #[test]
    fn a_tag_is_what_the_discriminator_says() {
        let branch =
            json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string" } } });
        let schemas = json!({
            "A": { "oneOf": [{ "$ref": "#/components/schemas/B" }],
                   "discriminator": { "propertyName": "kind", "mapping": { "b": "#/components/schemas/B" } } },
            "B": branch,
        });
        assert_eq!(valid(schemas, |value| value["kind"] == "b"), 200);
    }
}
