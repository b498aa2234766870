//! Random ways to write an equivalent schema.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Rewrites schemas, in the same way for the same seed.
pub(crate) struct Rewriter {
    random: Rng,
    /// Whether only some subschemas are rewritten.
    is_sparse: bool,
    /// Whether it matters which properties a schema looks at.
    has_unevaluated: bool,
    pub(crate) components: Map<String, Value>,
}

impl Rewriter {
    pub(crate) fn new(random: &mut Rng) -> Self {
        Self {
            random: random.fork(),
            is_sparse: random.usize(..4) > 0,
            has_unevaluated: false,
            components: Map::new(),
        }
    }

    fn choose(&mut self, among: usize) -> usize {
        self.random.usize(..among)
    }

    /// Rewrites a schema.
    pub(crate) fn rewritten(&mut self, schema: &Value) -> Value {
        self.has_unevaluated = schema.to_string().contains("unevaluated");
        self.schema(schema)
    }

    /// Rewrites a schema and its subschemas.
    fn schema(&mut self, schema: &Value) -> Value {
        let Value::Object(map) = schema else { return schema.clone() };
        let mut map = map.clone();
        for (keyword, value) in &mut map {
            match (keyword.as_str(), value) {
                ("properties" | "patternProperties" | "dependentSchemas", Value::Object(schemas)) => {
                    schemas.values_mut().for_each(|schema| *schema = self.schema(schema));
                }
                ("additionalProperties" | "unevaluatedProperties", value @ Value::Bool(false))
                    if self.choose(4) == 0 =>
                {
                    *value = json!({ "not": {} });
                }
                (
                    "items"
                    | "additionalProperties"
                    | "propertyNames"
                    | "contains"
                    | "not"
                    | "if"
                    | "then"
                    | "else"
                    | "contentSchema"
                    | "unevaluatedItems"
                    | "unevaluatedProperties",
                    value,
                ) => *value = self.schema(value),
                ("prefixItems", Value::Array(items)) => {
                    items.iter_mut().for_each(|item| *item = self.schema(item))
                }
                ("anyOf" | "oneOf" | "allOf", Value::Array(members)) => {
                    members.iter_mut().for_each(|member| *member = self.schema(member));
                    self.turn(members);
                }
                ("required" | "enum" | "type", Value::Array(items)) => self.turn(items),
                _ => {}
            }
        }
        if self.is_sparse && self.choose(4) > 0 {
            return Value::Object(map);
        }
        self.respell(&mut map);
        self.spread(&mut map);
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
                1 if kind == "object" && !self.has_unevaluated => {
                    _ = map.entry("additionalProperties").or_insert(json!(true))
                }
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
            && only.keys().all(|key| !map.contains_key(key))
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

    /// Moves constraints between a union and its members, and writes lists as unions.
    fn spread(&mut self, map: &mut Map<String, Value>) {
        let union = ["anyOf", "oneOf"].into_iter().find(|keyword| map.contains_key(*keyword));
        match (self.choose(6), union) {
            // `anyOf: [A, B], minimum: 1` ⇒ `anyOf: [{allOf: [A, {minimum: 1}]}, …]`
            (0 | 1, Some(keyword)) => {
                let siblings =
                    ["type", "minimum", "maximum", "minLength", "maxLength", "pattern", "required"];
                let siblings: Map<String, Value> =
                    siblings.into_iter().filter_map(|key| Some((key.to_owned(), map.remove(key)?))).collect();
                if let (Some(Value::Array(members)), false) = (map.get_mut(keyword), siblings.is_empty()) {
                    members.iter_mut().for_each(|member| *member = json!({ "allOf": [member, siblings] }));
                }
            }
            // `anyOf: [A, B, C]` ⇒ `anyOf: [A, {anyOf: [B, C]}]`
            (2, Some("anyOf")) => {
                if let Some(Value::Array(members)) = map.get_mut("anyOf")
                    && members.len() > 2
                {
                    let inner = members.split_off(1);
                    members.push(json!({ "anyOf": inner }));
                }
            }
            // `enum: [a, b]` ⇒ `oneOf: [{const: a}, {const: b}]`
            (0, None)
                if map
                    .get("enum")
                    .is_some_and(|values| values.as_array().is_some_and(|all| all.len() > 1)) =>
            {
                let values = map.remove("enum").unwrap_or_default();
                let members = values.as_array().into_iter().flatten().map(|value| json!({ "const": value }));
                let keyword = if self.choose(2) == 0 { "oneOf" } else { "anyOf" };
                map.insert(keyword.to_owned(), members.collect());
            }
            // `type: [string, integer], minimum: 0` ⇒ `anyOf: [{type: string}, {type: integer}], minimum: 0`
            (1, None) if map.get("type").is_some_and(Value::is_array) => {
                let kinds = map.remove("type").unwrap_or_default();
                let members = kinds.as_array().into_iter().flatten().map(|kind| json!({ "type": kind }));
                map.insert("anyOf".to_owned(), members.collect());
            }
            _ => {}
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
                Value::Object(mut map)
                    if map.contains_key("maxLength")
                        || map.contains_key("maximum")
                        || map.contains_key("required") =>
                {
                    let bounds = ["maxLength", "maximum", "required"]
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
