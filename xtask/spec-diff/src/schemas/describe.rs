//! Names schemas for people, and identifies them without the names of components.

use serde_json::{Map, Value, json};

use crate::normal::{Schemas, Site, canonical, is_documentation_keyword};
use crate::rules::Step;

/// What a schema is called: the component, its title, or its shape.
///
/// `{$ref: '#/components/schemas/Cat'}` ⇒ `` `Cat` ``, `{type: object, properties: {a: …}}` ⇒ ``an object with `a` ``
pub(super) fn called(schema: &Value) -> String {
    named(schema).unwrap_or_else(|| shape(schema))
}

/// The step to a member of a union.
pub(super) fn step(member: &Value) -> Step {
    named(member).map_or(Step::Same, |name| Step::Member(name.into()))
}

/// Several schemas: ``` `Cat`, `Dog` and a string ```.
pub(super) fn all_called<'a>(members: impl IntoIterator<Item = &'a Site<'a>>) -> String {
    let mut names: Vec<String> = members.into_iter().map(|member| called(member.value)).collect();
    names.dedup();
    joined(&names)
}

fn joined(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn named(schema: &Value) -> Option<String> {
    let name = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => reference.rsplit(['/', '#']).find(|part| !part.is_empty())?,
        None => schema.get("title")?.as_str()?,
    };
    Some(format!("`{name}`"))
}

fn shape(schema: &Value) -> String {
    let is = |keyword: &str| schema.get(keyword).is_some();
    if let Some(constant) = schema.get("const") {
        return format!("the constant {}", quoted(constant));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let shown: Vec<String> = values.iter().take(3).map(quoted).collect();
        return format!("one of {}{}", shown.join(", "), if values.len() > 3 { " and others" } else { "" });
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        Some(kind) => kind.as_str().into_iter().collect(),
        None if is("properties") || is("additionalProperties") || is("required") => vec!["object"],
        None if is("items") => vec!["array"],
        None => Vec::new(),
    };
    let article = |kind: &&str| match *kind {
        "array" | "integer" | "object" => format!("an {kind}"),
        "null" => "null".to_owned(),
        kind => format!("a {kind}"),
    };
    let mut text = match kinds.as_slice() {
        [] => return composed(schema),
        kinds => kinds.iter().map(article).collect::<Vec<_>>().join(" or "),
    };
    let detail = |keyword: &str| schema.get(keyword).map(|value| format!("{keyword} {}", quoted(value)));
    if let Some(properties) =
        schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())
    {
        let names: Vec<String> = properties.keys().take(3).map(|name| format!("`{name}`")).collect();
        let more = if properties.len() > 3 { " and others" } else { "" };
        text += &format!(" with {}{more}", names.join(", "));
    } else if let Some(names) = schema.get("required").and_then(Value::as_array).filter(|all| !all.is_empty())
    {
        let names: Vec<String> = names.iter().take(3).map(quoted).collect();
        text += &format!(" that requires {}", names.join(", "));
    } else if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        text += &format!(" of {}", called(items));
    } else if let Some(detail) = ["format", "pattern"].into_iter().find_map(detail) {
        text += &format!(" ({detail})");
    }
    text
}

fn composed(schema: &Value) -> String {
    let members = |keyword: &str| Some((keyword.to_owned(), schema.get(keyword)?.as_array()?));
    match ["oneOf", "anyOf", "allOf"].into_iter().find_map(members) {
        Some((keyword, members)) => {
            let names: Vec<String> = members.iter().take(3).map(called).collect();
            let more = if members.len() > 3 { " and others" } else { "" };
            format!("`{keyword}` of {}{more}", names.join(", "))
        }
        None => match schema.as_object().filter(|schema| !schema.is_empty()) {
            Some(schema) => {
                let keywords: Vec<String> = schema.keys().take(3).map(|key| format!("`{key}`")).collect();
                format!("a value with {}", keywords.join(", "))
            }
            None => "any value".to_owned(),
        },
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Object(_) | Value::Array(_) => "…".to_owned(),
        value => value.to_string(),
    }
}

/// Identifies a value of a finding: what a reference refers to instead of its name, and no documentation.
pub(crate) fn identity(schemas: Schemas<'_>, value: &Value) -> String {
    let target = |value: &Value| {
        let site = Site { at: "".into(), value };
        Some(schemas.resolve_alone(&site).value).filter(|target| !std::ptr::eq(*target, value)).cloned()
    };
    let followed = |value: &Value| target(value).unwrap_or_else(|| value.clone());
    let value = match value {
        Value::Array(values) => Value::Array(values.iter().map(followed).collect()),
        value => followed(value),
    };
    canonical(&nameless(&value, &mut |_| json!("")))
}

/// Equal for values that say the same with all that they refer to, whatever the components are called.
pub(crate) fn signature(schemas: Schemas<'_>, value: &Value) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    let mut next = Some(value);
    while let Some(value) = next {
        let mut number = |object: &Value| {
            let Some(target) = schemas.referenced(object) else { return object["$ref"].clone() };
            let known = names.iter().position(|name| **name == *target.at);
            json!(known.unwrap_or_else(|| {
                names.push(target.at.to_string());
                names.len() - 1
            }))
        };
        parts.push(canonical(&nameless(value, &mut number)));
        next = names.get(parts.len() - 1).and_then(|name| schemas.0.pointer(name));
    }
    parts.join("\n")
}

/// Removes documentation, and replaces what references say.
fn nameless(value: &Value, reference: &mut impl FnMut(&Value) -> Value) -> Value {
    match value {
        Value::Object(map) => {
            let is_kept = |key: &str, of: &Value| !is_documentation_keyword(key) || of.is_object();
            let mut keys: Vec<&String> = map.keys().filter(|key| is_kept(key, &map[*key])).collect();
            keys.sort();
            let nameless = |key: &String| {
                let own = if key == "$ref" { reference(value) } else { nameless(&map[key], reference) };
                (key.clone(), own)
            };
            Value::Object(keys.into_iter().map(nameless).collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.iter().map(|value| nameless(value, reference)).collect()),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_schema_is_called_by_its_name_or_its_shape() {
        let cases = BTreeMap::from([
            (r##"{"$ref": "#/components/schemas/Cat"}"##, "`Cat`"),
            (r##"{"$ref": "#anchor"}"##, "`anchor`"),
            (r#"{"title": "A cat", "type": "object"}"#, "`A cat`"),
            (r#"{"type": "object", "properties": {"a": {}, "b": {}}}"#, "an object with `a`, `b`"),
            (r#"{"type": ["string", "null"]}"#, "a string or null"),
            (r#"{"type": "string", "pattern": "^%"}"#, "a string (pattern `^%`)"),
            (r##"{"type": "array", "items": {"$ref": "#/a/Cat"}}"##, "an array of `Cat`"),
            (r#"{"required": ["a"]}"#, "an object that requires `a`"),
            (r#"{"const": 1}"#, "the constant 1"),
            (r#"{"enum": ["a", "b", "c", "d"]}"#, "one of `a`, `b`, `c` and others"),
            (r#"{"oneOf": [{"type": "string"}, {"title": "X"}]}"#, "`oneOf` of a string, `X`"),
            (r#"{"maxLength": 1}"#, "a value with `maxLength`"),
            ("{}", "any value"),
            ("true", "any value"),
        ]);
        for (schema, expected) in cases {
            assert_eq!(called(&serde_json::from_str(schema).expect("JSON")), expected, "{schema}");
        }
    }

    #[test]
    fn renaming_a_component_does_not_change_an_identity() {
        let document = |name: &str| json!({ "components": { "schemas": { name: { "type": "string", "description": name } } } });
        let (cat, dog) = (document("Cat"), document("Dog"));
        let of = |document: &Value, name: &str| {
            identity(
                Schemas(document),
                &json!([{ "$ref": format!("#/components/schemas/{name}") }, { "maxLength": 1 }]),
            )
        };
        assert_eq!(of(&cat, "Cat"), of(&dog, "Dog"));
        assert_eq!(of(&cat, "Cat"), r#"[{"type":"string"},{"maxLength":1}]"#);
    }
}
