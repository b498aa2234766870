//! Random schemas with every keyword that the comparison reads.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Texts that schemas list, and that instances are.
pub(crate) const TEXTS: [&str; 6] = ["a", "b", "ab", "c", "aaaa", "long text"];
/// A text made of `a` alone matches each of them.
const PATTERNS: [&str; 4] = ["^a", "^[a-c]*$", "a$", "^(a|ß)+$"];
/// The formats that are asserted, each with a text that has it.
pub(crate) const FORMATS: [(&str, &str); 6] = [
    ("uuid", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    ("date-time", "2024-01-01T00:00:00Z"),
    ("date", "2024-01-01"),
    ("email", "a@example.com"),
    ("ipv4", "10.0.0.1"),
    ("ipv6", "::1"),
];
/// The names of properties.
pub(crate) const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

pub(crate) type Schema = Map<String, Value>;

/// The components that schemas refer to, beside those in `places.yaml`.
pub(crate) fn components() -> Value {
    json!({ "Node": { "type": "object", "properties": {
        "next": { "$ref": "#/components/schemas/Node" }, "text": { "type": "string" },
    } } })
}

/// Makes a schema of a value that is JSON.
pub(crate) fn schema(random: &mut Rng, depth: usize) -> Value {
    let mut schema = match random.usize(..if depth == 0 { 4 } else { 16 }) {
        _ if depth == 0 => scalar(random),
        0..=2 => scalar(random),
        3..=6 => object(random, depth),
        7..=8 => array(random, depth),
        9..=13 => union(random, depth),
        14 => {
            json!({ "allOf": [object(random, depth.saturating_sub(1)), object(random, depth.saturating_sub(1))] })
        }
        _ => {
            let component = random.choice(["Cat", "Dog", "Node"]).unwrap_or("Cat");
            json!({ "$ref": format!("#/components/schemas/{component}") })
        }
    };
    if let Some(schema) = schema.as_object_mut() {
        conditions(schema, random, depth);
        annotations(schema, random);
    }
    schema
}

/// Makes a schema of a value that is a string on the wire.
pub(crate) fn scalar(random: &mut Rng) -> Value {
    match random.usize(..12) {
        0..=3 => string(random),
        4..=6 => number(random),
        7 => json!({ "type": "boolean" }),
        8 => {
            json!({ "enum": some(random, &[json!("a"), json!("b"), json!(1), json!(2.5), json!(true), json!("c")]) })
        }
        9 => json!({ "type": ["integer", "string"], "minimum": 0, "maxLength": 6 }),
        10 => json!({ "const": random.choice(TEXTS) }),
        _ => {
            let keyword = either(random, "anyOf", "oneOf");
            json!({ keyword: [string(random), number(random)] })
        }
    }
}

fn either<T>(random: &mut Rng, one: T, other: T) -> T {
    if random.bool() { one } else { other }
}

/// Whether an event with a probability of one in `of` occurs.
fn is_one_in(random: &mut Rng, of: usize) -> bool {
    random.usize(..of) == 0
}

/// One to all of the values.
fn some(random: &mut Rng, values: &[Value]) -> Vec<Value> {
    let count = random.usize(1..=values.len());
    random.choose_multiple(values.iter().cloned(), count)
}

fn string(random: &mut Rng) -> Value {
    let mut schema = json!({ "type": "string" });
    match random.usize(..9) {
        0 | 1 => {
            schema["enum"] =
                json!(some(random, &TEXTS[..4].iter().map(|text| json!(text)).collect::<Vec<_>>()))
        }
        2 => schema["pattern"] = json!(random.choice(PATTERNS)),
        3 => schema["format"] = json!(random.choice(FORMATS).map(|(format, _)| format)),
        4 if random.bool() => schema["contentEncoding"] = json!("base64"),
        4 => {
            schema["contentMediaType"] = json!("application/json");
            schema["contentSchema"] = number(random);
        }
        _ => {
            if random.bool() {
                schema["minLength"] = json!(random.usize(..4));
            }
            if random.bool() {
                schema["maxLength"] = json!(random.usize(4..9));
            }
        }
    }
    schema
}

fn number(random: &mut Rng) -> Value {
    let mut schema = json!({ "type": either(random, "integer", "number") });
    if is_one_in(random, 8) {
        schema["enum"] = json!(some(random, &[json!(1), json!(2), json!(4), json!(-3)]));
        return schema;
    }
    if random.bool() {
        schema[either(random, "minimum", "exclusiveMinimum")] = json!(random.i32(-9..1));
    }
    if random.bool() {
        schema[either(random, "maximum", "exclusiveMaximum")] = json!(random.i32(2..9));
    }
    if is_one_in(random, 5) {
        schema["multipleOf"] = random.choice([json!(2), json!(3), json!(0.5)]).unwrap_or_default();
    }
    if is_one_in(random, 6) {
        let formats = if schema["type"] == "integer" { ["int32", "int64"] } else { ["float", "double"] };
        schema["format"] = json!(random.choice(formats));
    }
    schema
}

fn object(random: &mut Rng, depth: usize) -> Value {
    let mut schema = json!({ "type": "object" });
    let count = random.usize(1..4);
    let names = random.choose_multiple(NAMES, count);
    let mut properties: Schema = names
        .iter()
        .map(|name| ((*name).to_owned(), self::schema(random, depth.saturating_sub(1))))
        .collect();
    if is_one_in(random, 15)
        && let Some(property) = properties.get_mut(names[0]).and_then(Value::as_object_mut)
    {
        property.insert(either(random, "readOnly", "writeOnly").to_owned(), json!(true));
    }
    schema["properties"] = Value::Object(properties);
    let required: Vec<&str> = names.into_iter().filter(|_| random.bool()).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    match random.usize(..12) {
        0..=2 => schema["additionalProperties"] = json!(false),
        3 => schema["additionalProperties"] = self::schema(random, depth.saturating_sub(1)),
        4 => schema["unevaluatedProperties"] = json!(false),
        5 => schema["patternProperties"] = json!({ "^x": self::schema(random, depth.saturating_sub(1)) }),
        6 => schema["propertyNames"] = json!({ "maxLength": 8 }),
        7 => schema["dependentRequired"] = json!({ "a": ["b"] }),
        8 => schema["dependentSchemas"] = json!({ "a": { "required": ["c"] } }),
        9 => schema[either(random, "minProperties", "maxProperties")] = json!(random.usize(1..4)),
        _ => {}
    }
    schema
}

fn array(random: &mut Rng, depth: usize) -> Value {
    let mut schema = json!({ "type": "array" });
    if !is_one_in(random, 4) {
        schema["items"] = self::schema(random, depth.saturating_sub(1));
    }
    match random.usize(..8) {
        0 => schema["minItems"] = json!(random.usize(..3)),
        1 => schema["maxItems"] = json!(random.usize(2..4)),
        2 => schema["uniqueItems"] = json!(true),
        3 => schema["prefixItems"] = json!([scalar(random), scalar(random)]),
        4 => {
            schema["contains"] = scalar(random);
            if random.bool() {
                schema[either(random, "minContains", "maxContains")] = json!(random.usize(1..3));
            }
        }
        5 if schema.get("items").is_none() => {
            schema["prefixItems"] = json!([scalar(random)]);
            schema["unevaluatedItems"] = either(random, json!(false), json!({ "type": "string" }));
        }
        _ => {}
    }
    schema
}

/// Makes a union, often with null or with siblings.
fn union(random: &mut Rng, depth: usize) -> Value {
    let keyword = either(random, "anyOf", "oneOf");
    let count = random.usize(1..4);
    let mut members: Vec<Value> = match random.usize(..5) {
        // A constant property tells them apart.
        0 => (0..count.max(2)).map(|index| tagged(random, depth.saturating_sub(1), index)).collect(),
        1 => {
            vec![json!({ "$ref": "#/components/schemas/Cat" }), json!({ "$ref": "#/components/schemas/Dog" })]
        }
        2 => (0..count).map(|_| scalar(random)).collect(),
        3 => vec![string(random), number(random)],
        _ => (0..count).map(|_| self::schema(random, depth.saturating_sub(1))).collect(),
    };
    let is_discriminated = members.iter().all(|member| member.get("$ref").is_some());
    if random.usize(..5) < 2 {
        let null =
            random.choice([json!({ "type": "null" }), json!({ "const": null }), json!({ "enum": [null] })]);
        members.insert(random.usize(..=members.len()), null.unwrap_or_default());
    }
    let mut schema = json!({ keyword: members });
    if is_discriminated && random.bool() {
        schema["discriminator"] = json!({ "propertyName": "kind" });
    }
    match random.usize(..10) {
        0 => schema["minimum"] = json!(0),
        1 => schema["maxLength"] = json!(6),
        2 => schema["type"] = json!(["string", "number", "object"]),
        3 => schema["default"] = json!("a"),
        4 => schema["properties"] = json!({ "d": scalar(random) }),
        5 => schema["title"] = json!("a union"),
        _ => {}
    }
    schema
}

fn tagged(random: &mut Rng, depth: usize, index: usize) -> Value {
    let property = schema(random, depth);
    json!({
        "type": "object", "required": ["kind"],
        "properties": { "kind": { "const": format!("kind{index}") }, "a": property },
    })
}

fn conditions(schema: &mut Schema, random: &mut Rng, depth: usize) {
    match random.usize(..36) {
        0 => {
            _ = schema.insert(
                "not".to_owned(),
                either(random, json!({ "const": "a" }), json!({ "type": "boolean" })),
            )
        }
        1 => {
            schema.insert("if".to_owned(), json!({ "required": ["a"] }));
            if random.bool() {
                schema.insert("then".to_owned(), json!({ "required": ["b"] }));
            } else {
                schema.insert("else".to_owned(), json!({ "properties": { "c": scalar(random) } }));
            }
        }
        2 if depth > 0 => _ = schema.insert("not".to_owned(), self::schema(random, depth.saturating_sub(1))),
        _ => {}
    }
}

fn annotations(schema: &mut Schema, random: &mut Rng) {
    let annotation = match random.usize(..30) {
        0 => ("title", json!("a title")),
        1 => ("description", json!("words")),
        2 => ("deprecated", json!(true)),
        3 => ("default", json!("a")),
        4 => ("examples", json!(["a"])),
        5 => ("$comment", json!("words")),
        _ => return,
    };
    schema.entry(annotation.0).or_insert(annotation.1);
}
