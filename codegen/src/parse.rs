//! Reads YAML (and so JSON) into a `Value`.
//! Knows YAML's rules; must not know OpenAPI.

use serde_json::{Map, Number, Value};
use serde_yaml::Value as Yaml;

use crate::pointer::Pointer;

/// Reads one YAML or JSON text.
///
/// Keys that YAML reads as numbers or booleans (an unquoted `200:`) become strings, as OpenAPI means them.
///
/// # Errors
/// The place (line and column, or the pointer of the offending node) and the reason: broken syntax, a duplicate
/// key, a tag, a key that is no scalar, a number that JSON cannot hold.
pub(crate) fn parse(text: &str) -> Result<Value, (Pointer, String)> {
    let yaml: Yaml = serde_yaml::from_str(text).map_err(|error| (Pointer::root(), error.to_string()))?;
    to_json(yaml, &mut Pointer::root())
}

fn to_json(yaml: Yaml, at: &mut Pointer) -> Result<Value, (Pointer, String)> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::String(text) => Value::String(text),
        Yaml::Number(number) => Value::Number(
            json_number(&number)
                .ok_or_else(|| (at.clone(), format!("the number {number} has no JSON form")))?,
        ),
        Yaml::Sequence(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                at.push(index);
                list.push(to_json(item, at)?);
                at.pop();
            }
            Value::Array(list)
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::with_capacity(entries.len());
            for (key, value) in entries {
                let key = scalar_key(&key).ok_or_else(|| (at.clone(), "a key is not a scalar".to_owned()))?;
                at.push(&key);
                let value = to_json(value, at)?;
                if map.insert(key, value).is_some() {
                    return Err((at.clone(), "the key is there twice".to_owned()));
                }
                at.pop();
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => {
            return Err((at.clone(), format!("the YAML tag {} is not supported", tagged.tag)));
        }
    })
}

fn json_number(number: &serde_yaml::Number) -> Option<Number> {
    if let Some(value) = number.as_u64() {
        Some(value.into())
    } else if let Some(value) = number.as_i64() {
        Some(value.into())
    } else {
        Number::from_f64(number.as_f64()?)
    }
}

fn scalar_key(key: &Yaml) -> Option<String> {
    match key {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(value) => Some(value.to_string()),
        Yaml::Null => Some("null".to_owned()),
        Yaml::Sequence(_) | Yaml::Mapping(_) | Yaml::Tagged(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unquoted_status_code_is_a_string_key() {
        assert_eq!(parse("200: {a: 1.5}"), Ok(json!({"200": {"a": 1.5}})));
    }

    #[test]
    fn broken_yaml_tells_line_and_column() {
        let (_, message) = parse("a: [1,\nb: 2\n").expect_err("an unclosed bracket");
        assert!(message.contains("line 3 column 1"), "{message}");
    }

    #[test]
    fn a_duplicate_key_is_an_error() {
        assert!(parse("a: 1\na: 2").is_err());
        assert_eq!(
            parse("1: a\n'1': b"),
            Err((Pointer::root().join("1"), "the key is there twice".to_owned()))
        );
    }
}
