//! Random schemas, and random ways to write an equivalent schema.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// A schema of bounded depth.
pub(crate) fn schema() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => object(inner.clone()),
            1 => (inner.clone(), any::<bool>()).prop_map(|(items, unique)| {
                json!({ "type": "array", "items": items, "uniqueItems": unique, "minItems": 1 })
            }),
            1 => inner.clone().prop_map(|values| json!({ "type": "object", "additionalProperties": values })),
            1 => nullable(inner.clone()),
            // A constant property makes every member different.
            1 => (vec(object(inner), 2..4), select(vec!["anyOf", "oneOf"])).prop_map(|(members, keyword)| {
                let members = members.into_iter().enumerate().map(|(index, mut member)| {
                    member["properties"]["kind"] = json!({ "const": format!("kind{index}") });
                    member
                });
                json!({ keyword: members.collect::<Vec<_>>() })
            }),
        ]
    })
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..4u32, 5..9u32)
            .prop_map(|(least, most)| json!({ "type": "string", "minLength": least, "maxLength": most })),
        (-9..0i32, 1..9i32)
            .prop_map(|(least, most)| json!({ "type": "integer", "minimum": least, "maximum": most })),
        vec(select(vec!["a", "b", "c", "d"]), 1..4).prop_map(|mut values| {
            values.sort_unstable();
            values.dedup();
            json!({ "type": "string", "enum": values })
        }),
        select(vec!["uuid", "date-time", "email"])
            .prop_map(|format| json!({ "type": "string", "format": format })),
        Just(json!({ "type": ["boolean", "null"] })),
        Just(json!({ "type": "number", "exclusiveMinimum": 0, "default": 1 })),
        Just(json!({ "const": "a" })),
        Just(json!({ "type": "string", "pattern": "^a+$" })),
        Just(json!({})),
        Just(json!({ "$ref": "#/components/schemas/Node" })),
    ]
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let names = select(vec!["a", "b", "c", "d", "e"]).prop_map(str::to_owned);
    let properties = btree_map(names, (inner, any::<bool>()), 1..4);
    (properties, any::<bool>()).prop_map(|(properties, is_closed): (BTreeMap<_, _>, _)| {
        let required: Vec<&String> =
            properties.iter().filter(|(_, (_, required))| *required).map(|(name, _)| name).collect();
        let mut object = json!({ "type": "object", "required": required });
        object["properties"] =
            properties.iter().map(|(name, (schema, _))| (name.clone(), schema.clone())).collect();
        if is_closed {
            object["additionalProperties"] = json!(false);
        }
        object
    })
}

fn nullable(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    inner.prop_map(|schema| json!({ "anyOf": [schema, { "type": "null" }] }))
}

/// A document that sends a schema in each direction and as a parameter.
pub(crate) fn document(schema: &Value, components: &Map<String, Value>) -> Value {
    let content = json!({ "application/json": { "schema": schema } });
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "post": {
            "operationId": "a",
            "parameters": [{ "name": "q", "in": "query", "content": content.clone() }],
            "requestBody": { "content": content.clone() },
            "responses": { "200": { "description": "d", "content": content } },
        } } },
        "components": { "schemas": {
            "Node": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Node" }, "text": { "type": "string" } } },
        } },
    });
    for (name, schema) in components {
        document["components"]["schemas"][name.as_str()] = schema.clone();
    }
    document
}

/// Rewrites schemas, in the same way for the same seed.
pub(crate) struct Rewriter {
    random: fastrand::Rng,
    pub(crate) components: Map<String, Value>,
}

impl Rewriter {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), components: Map::new() }
    }

    fn choose(&mut self, among: usize) -> usize {
        self.random.usize(..among)
    }

    /// Rewrites a schema and all its subschemas.
    pub(crate) fn schema(&mut self, schema: &Value) -> Value {
        let Value::Object(map) = schema else { return schema.clone() };
        let mut map = map.clone();
        for (keyword, value) in &mut map {
            match (keyword.as_str(), value) {
                ("properties", Value::Object(properties)) => {
                    properties.values_mut().for_each(|property| *property = self.schema(property));
                }
                ("items", value) => *value = self.schema(value),
                ("additionalProperties", value @ Value::Object(_)) => *value = self.schema(value),
                ("additionalProperties", value @ Value::Bool(false)) if self.choose(2) == 0 => {
                    *value = json!({ "not": {} });
                }
                ("anyOf" | "oneOf", Value::Array(members)) => {
                    members.iter_mut().for_each(|member| *member = self.schema(member));
                    self.turn(members);
                }
                ("required" | "enum" | "type", Value::Array(items)) => self.turn(items),
                _ => {}
            }
        }
        self.respell(&mut map);
        let map = self.reordered(&map);
        self.wrapped(Value::Object(map))
    }

    /// Rotates or reverses items.
    fn turn(&mut self, items: &mut [Value]) {
        if items.is_empty() {
            return;
        }
        let by = self.choose(items.len());
        items.rotate_left(by);
        if self.choose(2) == 0 {
            items.reverse();
        }
    }

    /// Replaces keywords with equivalent ones.
    fn respell(&mut self, map: &mut Map<String, Value>) {
        if let Some(kind @ Value::String(_)) = map.get("type").cloned() {
            match self.choose(3) {
                0 => _ = map.insert("type".to_owned(), json!([kind])),
                1 if kind == "number" => _ = map.insert("type".to_owned(), json!(["integer", "number"])),
                1 if kind == "string" => _ = map.entry("minLength").or_insert(json!(0)),
                1 if kind == "object" => _ = map.entry("additionalProperties").or_insert(json!(true)),
                _ => {}
            }
        }
        if let Some(value) = map.remove("const") {
            let (keyword, value) =
                if self.choose(2) == 0 { ("const", value) } else { ("enum", json!([value])) };
            map.insert(keyword.to_owned(), value);
        }
        if self.choose(3) == 0 {
            map.insert("description".to_owned(), json!("other words"));
            map.insert("examples".to_owned(), json!([self.choose(9)]));
        }
        // `anyOf: [X, {type: null}]` ⇒ `type: [null, X]`, or `oneOf` instead of `anyOf`
        let one_and_null = |members: &Value| {
            let members = members.as_array().filter(|members| members.len() == 2)?;
            let at = members.iter().position(|member| *member == json!({ "type": "null" }))?;
            members[1 - at].as_object().cloned()
        };
        if self.choose(2) == 0
            && let Some(mut only) = map.get("anyOf").and_then(one_and_null)
            && only.get("enum").is_none()
            && only.get("default").is_none()
            && let Some(Value::String(kind)) = only.get("type").cloned()
        {
            map.remove("anyOf");
            only.insert("type".to_owned(), json!(["null", kind]));
            map.append(&mut only);
        } else if self.choose(2) == 0
            && let Some(members) = map.remove("anyOf")
        {
            let is_null =
                one_and_null(&members).is_some_and(|only| only.get("type").is_some_and(Value::is_string));
            map.insert(if is_null { "oneOf" } else { "anyOf" }.to_owned(), members);
        }
    }

    fn reordered(&mut self, map: &Map<String, Value>) -> Map<String, Value> {
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        let by = self.choose(entries.len().max(1));
        entries.rotate_left(by);
        entries.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Moves a schema into a component, wraps it into a composition of one, or splits it into an `allOf`.
    fn wrapped(&mut self, schema: Value) -> Value {
        match self.choose(9) {
            0 => {
                let name = format!("Moved{}", self.components.len());
                self.components.insert(name.clone(), schema);
                json!({ "$ref": format!("#/components/schemas/{name}") })
            }
            1 => json!({ "allOf": [schema] }),
            2 => json!({ "anyOf": [schema] }),
            3 => json!({ "oneOf": [schema] }),
            4 => match schema {
                Value::Object(mut map) if map.contains_key("maxLength") || map.contains_key("maximum") => {
                    let bounds = ["maxLength", "maximum"]
                        .into_iter()
                        .filter_map(|key| Some((key.to_owned(), map.remove(key)?)));
                    let bounds: Map<String, Value> = bounds.collect();
                    json!({ "allOf": [map, bounds] })
                }
                other => other,
            },
            _ => schema,
        }
    }
}
