//! Random changes of a schema, and random instances of it.

use serde_json::{Map, Value, json};

/// Makes one random change anywhere in a schema.
pub(crate) fn mutated(schema: &Value, random: &mut fastrand::Rng) -> Value {
    let mut schema = schema.clone();
    let mut pointers = Vec::new();
    collect(&schema, "", &mut pointers);
    let pointer = &pointers[random.usize(..pointers.len())];
    if let Some(Value::Object(node)) = schema.pointer_mut(pointer) {
        mutate(node, random);
    }
    schema
}

/// Collects the pointers of a schema and all its subschemas.
fn collect(schema: &Value, at: &str, pointers: &mut Vec<String>) {
    let Value::Object(map) = schema else { return };
    pointers.push(at.to_owned());
    for (keyword, value) in map {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    collect(property, &format!("{at}/properties/{name}"), pointers);
                }
            }
            ("items" | "additionalProperties", value) => collect(value, &format!("{at}/{keyword}"), pointers),
            ("anyOf" | "oneOf", Value::Array(members)) => {
                for (index, member) in members.iter().enumerate() {
                    collect(member, &format!("{at}/{keyword}/{index}"), pointers);
                }
            }
            _ => {}
        }
    }
}

fn mutate(node: &mut Map<String, Value>, random: &mut fastrand::Rng) {
    let leaf = leaf(random);
    let keywords: Vec<String> = node.keys().cloned().collect();
    let Some(keyword) = random.choice(&keywords) else {
        return node.extend(leaf);
    };
    match node.get_mut(keyword) {
        Some(Value::Number(bound)) => {
            let by = if random.bool() { 1 } else { -1 };
            let moved = bound.as_i64().unwrap_or_default() + by;
            *bound = if keyword.starts_with("m") && keyword.contains("Len") {
                moved.max(0).into()
            } else {
                moved.into()
            };
        }
        Some(Value::Array(items)) if keyword == "required" => match random.usize(..3) {
            0 => add(items, ["a", "b", "c", "z"][random.usize(..4)]),
            1 => items.clear(),
            _ => _ = items.pop(),
        },
        Some(Value::Array(items)) if keyword == "enum" && random.bool() => add(items, "e"),
        Some(Value::Array(items)) if keyword == "type" && random.bool() => add(items, "object"),
        Some(Value::Array(members)) if matches!(keyword.as_str(), "anyOf" | "oneOf") && random.bool() => {
            members.push(match random.usize(..3) {
                0 => json!({ "type": "null" }),
                1 => json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "const": "new" } } }),
                _ => Value::Object(leaf),
            });
        }
        Some(Value::Array(items)) if items.len() > 1 => _ = items.remove(random.usize(..items.len())),
        Some(Value::Object(properties)) if keyword == "properties" && random.bool() => {
            properties.insert("z".to_owned(), Value::Object(leaf));
        }
        Some(Value::Object(properties)) if keyword == "properties" => {
            let names: Vec<String> = properties.keys().cloned().collect();
            random.choice(&names).map(|name| properties.remove(name));
        }
        Some(Value::String(kind)) if keyword == "type" && random.bool() => {
            let other = ["null", "number", "string"].into_iter().find(|other| other != kind);
            node["type"] = json!([kind, other]);
        }
        Some(_) if random.bool() => _ = node.remove(keyword),
        _ => *node = leaf,
    }
}

/// Adds a name unless it is there already.
fn add(items: &mut Vec<Value>, name: &str) {
    if !items.iter().any(|item| item == name) {
        items.push(json!(name));
    }
}

fn leaf(random: &mut fastrand::Rng) -> Map<String, Value> {
    let leaves = [
        json!({ "type": "string" }),
        json!({ "type": "string", "maxLength": 4 }),
        json!({ "type": "integer" }),
        json!({ "type": "number", "minimum": 0 }),
        json!({ "type": ["string", "null"] }),
        json!({ "enum": ["a", "b"] }),
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } }),
        json!({ "description": "anything" }),
    ];
    leaves[random.usize(..leaves.len())].as_object().cloned().unwrap_or_default()
}

/// Returns an instance that is likely, but not certain, to be valid, and often at a bound.
pub(crate) fn instance(schema: &Value, random: &mut fastrand::Rng) -> Value {
    let of = |keyword: &str| schema.get(keyword);
    if of("$ref").is_some() {
        return [json!({}), json!({ "text": "a" }), json!({ "next": { "text": "b" } })][random.usize(..3)]
            .clone();
    }
    if let Some(value) = of("const") {
        return value.clone();
    }
    for keyword in ["enum", "anyOf", "oneOf"] {
        if let Some(Value::Array(items)) = of(keyword)
            && let Some(item) = random.choice(items)
        {
            return if keyword == "enum" { item.clone() } else { instance(item, random) };
        }
    }
    let kind = match of("type") {
        Some(Value::Array(kinds)) => random.choice(kinds).cloned(),
        other => other.cloned(),
    };
    let bound = |keyword: &str| of(keyword).and_then(Value::as_i64);
    match kind.as_ref().and_then(Value::as_str) {
        Some("string") => text(schema, random),
        Some(kind @ ("integer" | "number")) => {
            let least = bound("minimum").or(bound("exclusiveMinimum")).unwrap_or(-20);
            let number = random.i64(least..=bound("maximum").unwrap_or(20).max(least));
            if kind == "number" && random.bool() { json!(number as f64 + 0.5) } else { json!(number) }
        }
        Some("boolean") => json!(random.bool()),
        Some("null") => Value::Null,
        Some("array") => {
            let items = of("items").cloned().unwrap_or_default();
            (0..random.usize(..3)).map(|_| instance(&items, random)).collect()
        }
        Some("object") => object(schema, random),
        _ => {
            let anything = [
                json!(null),
                json!("a"),
                json!("long text"),
                json!(1),
                json!(-0.5),
                json!([]),
                json!({}),
                json!(true),
            ];
            anything[random.usize(..anything.len())].clone()
        }
    }
}

fn text(schema: &Value, random: &mut fastrand::Rng) -> Value {
    match schema["format"].as_str() {
        Some("uuid") => return json!("3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        Some("date-time") => return json!("2024-01-01T00:00:00Z"),
        Some("email") => return json!("a@example.com"),
        _ => {}
    }
    let bound = |keyword: &str| schema[keyword].as_u64().and_then(|bound| usize::try_from(bound).ok());
    let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength").unwrap_or(12));
    let letter = if schema.get("pattern").is_some() || random.bool() { "a" } else { "ß" };
    json!(letter.repeat([least, most.max(least), random.usize(least..=most.max(least))][random.usize(..3)]))
}

fn object(schema: &Value, random: &mut fastrand::Rng) -> Value {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut object = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if required.contains(&name.as_str()) || random.bool() {
            object.insert(name.clone(), instance(property, random));
        }
    }
    for name in required {
        if !object.contains_key(name) {
            object.insert(name.to_owned(), json!("a"));
        }
    }
    if let Some(values @ Value::Object(_)) = schema.get("additionalProperties")
        && random.bool()
    {
        object.insert("other".to_owned(), instance(values, random));
    }
    Value::Object(object)
}
