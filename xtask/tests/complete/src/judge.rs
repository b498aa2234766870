//! Judges bodies by the document, and makes examples of its schemas.

use serde_json::{Map, Value, json};

const DOCUMENT: &str = include_str!("../../../../openapi/relay-rest.yaml");

pub(crate) struct Judge {
    document: Value,
}

impl Judge {
    pub(crate) fn new() -> Result<Self, serde_yaml::Error> {
        Ok(Self { document: serde_yaml::from_str(DOCUMENT)? })
    }

    /// What is wrong with a body, by the schema at a JSON Pointer.
    pub(crate) fn faults(&self, at: &str, body: &Value) -> Vec<String> {
        if self.document.pointer(at).is_none() {
            return vec![format!("the document has no {at}")];
        }
        let mut schema = self.document.clone();
        // Braces are not in URIs.
        schema["$ref"] = format!("#{}", at.replace('{', "%7B").replace('}', "%7D")).into();
        match jsonschema::draft202012::new(&schema) {
            Ok(validator) => validator.iter_errors(body).map(|error| format!("{at}: {error}")).collect(),
            Err(error) => vec![format!("{at}: {error}")],
        }
    }

    /// An instance of a component, made of the examples of its properties.
    pub(crate) fn example(&self, component: &str) -> Value {
        self.of(&json!({ "$ref": format!("#/components/schemas/{component}") }))
    }

    fn of(&self, schema: &Value) -> Value {
        let first = |keyword: &str| schema.get(keyword).and_then(|list| list.get(0));
        if let Some(example) = first("examples") {
            return example.clone();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            return self.document.pointer(pointer).map(|schema| self.of(schema)).unwrap_or_default();
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            return properties
                .iter()
                .map(|(name, of)| (name.clone(), self.of(of)))
                .collect::<Map<_, _>>()
                .into();
        }
        if let Some(member) = ["allOf", "anyOf", "oneOf"].into_iter().find_map(first) {
            return self.of(member);
        }
        first("enum").cloned().unwrap_or_else(|| match schema.get("type").and_then(Value::as_str) {
            Some("array") => json!([]),
            Some("object") => json!({}),
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("string") => json!("text"),
            _ => Value::Null,
        })
    }
}
