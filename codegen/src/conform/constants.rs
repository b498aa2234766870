//! Makes one enum of the constants of a union, each with a title and a description.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::names::pascal_case;
use crate::document::keywords::{is_annotation, is_only_null};
use crate::document::{Kind, Schema, walk};
use crate::plan::{Constant, ScalarValue};

/// The extension of an enum that has the names and descriptions of its values.
const CONSTANTS: &str = "x-codegen-constants";

/// `oneOf: [{const: 1, title: Low}, {const: 2, title: High}]` ⇒ `type: integer, enum: [1, 2]`
pub(super) fn conform(document: &mut Value) {
    walk::each_mut(document, &mut |kind, _, schema| {
        let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        name_by_extension(schema);
        if let [key] =
            ["oneOf", "anyOf"].iter().filter(|key| schema.contains_key(**key)).collect::<Vec<_>>()[..]
            && !schema.contains_key("discriminator")
        {
            collapse(schema, key);
        }
    });
}

/// `enum: [1, 2], x-enum-varnames: [Low, High]` ⇒ the names and descriptions of the values
fn name_by_extension(schema: &mut Schema) -> Option<()> {
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    let (values, names) = (list("enum")?, list("x-enum-varnames")?);
    if values.len() != names.len() {
        return None;
    }
    let description = |index: usize| list("x-enum-descriptions").and_then(|all| all.get(index));
    let all = values.iter().zip(names).enumerate();
    let constants = all.map(
        |(index, (value, name))| json!({ "value": value, "title": name, "description": description(index) }),
    );
    let constants = constants.collect();
    schema.insert(CONSTANTS.to_owned(), constants);
    Some(())
}

fn collapse(schema: &mut Schema, key: &str) -> Option<()> {
    let branches = schema.get(key)?.as_array()?.iter().map(Value::as_object).collect::<Option<Vec<_>>>()?;
    let (nulls, branches): (Vec<&Schema>, Vec<&Schema>) =
        branches.into_iter().partition(|own| is_only_null(own));
    let own_type = schema.get("type").and_then(Value::as_str);
    let (mut values, mut constants, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for branch in branches {
        if !branch.keys().all(|key| matches!(key.as_str(), "type" | "enum") || is_annotation(key)) {
            return None;
        }
        let listed = branch.get("enum")?.as_array()?;
        for value in listed {
            // The siblings of the union may exclude a value.
            let is_listed =
                schema.get("enum").and_then(Value::as_array).is_none_or(|own| own.contains(value));
            let kind = kind(value)?;
            let has_type = |expected: &str| kind == expected || (kind, expected) == ("integer", "number");
            let branch_type = branch.get("type").and_then(Value::as_str);
            if !is_listed || !own_type.into_iter().chain(branch_type).all(has_type) || values.contains(value)
            {
                continue;
            }
            values.push(value.clone());
            kinds.push(kind);
            if let [only] = listed.as_slice() {
                let text = |key: &str| branch.get(key).filter(|text| text.is_string());
                constants.push(
                    json!({ "value": only, "title": text("title"), "description": text("description") }),
                );
            }
        }
    }
    let (kind, is_nullable) = (*kinds.first()?, !nulls.is_empty());
    if own_type.is_none() && kinds.iter().any(|other| *other != kind) {
        return None;
    }
    if own_type.is_none() {
        schema.insert("type".to_owned(), kind.into());
        if is_nullable {
            schema.insert("nullable".to_owned(), true.into());
        }
    }
    schema.remove(key);
    schema.insert("enum".to_owned(), Value::Array(values));
    schema.insert(CONSTANTS.to_owned(), Value::Array(constants));
    Some(())
}

fn kind(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        _ => return None,
    })
}

/// `` `1` (Low: few) `` for each value of an enum that has names and descriptions; the value alone for others.
pub(super) fn listed(schema: &Schema, values: &[Value]) -> String {
    let one = |value: &Value| {
        let said = annotation(schema, value).map(|constant| {
            let texts = ["title", "description"].iter().filter_map(|key| constant[*key].as_str());
            texts.collect::<Vec<_>>().join(": ")
        });
        match said.filter(|said| !said.is_empty()) {
            Some(said) => format!("`{value}` ({said})"),
            None => format!("`{value}`"),
        }
    };
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Takes the names and descriptions of the values of an enum of strings. A value that is a word is its own name.
pub(super) fn take(schema: &mut Schema) -> Vec<Constant> {
    let Some(Value::Array(constants)) = schema.remove(CONSTANTS) else { return Vec::new() };
    let text = |constant: &Map<String, Value>, key: &str| constant.get(key)?.as_str().map(str::to_owned);
    let constant = |constant: &Value| {
        let constant = constant.as_object()?;
        let value = text(constant, "value")?;
        let title = text(constant, "title").map(|title| pascal_case(&title));
        let name =
            title.filter(|title| !is_word(&value) && title.starts_with(|c: char| c.is_ascii_uppercase()));
        Some(Constant { value, name, description: text(constant, "description") })
    };
    constants.iter().filter_map(constant).collect()
}

/// Whether it is an enum of integers or booleans of which each value has a name.
pub(super) fn is_scalar_enum(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| scalars(schema).is_some())
}

/// `type: integer, enum: [1, 2]` with names ⇒ `type: string, enum: [Low, High]`, and the values
///
/// typify makes enums of strings only. Refining writes and reads the values.
pub(super) fn take_scalars(schema: &mut Schema) -> Option<Vec<(String, ScalarValue)>> {
    let values = scalars(schema)?;
    let constants = values.iter().map(|(name, value)| {
        let value = match value {
            ScalarValue::Integer(value) => Value::from(*value),
            ScalarValue::Boolean(value) => Value::from(*value),
        };
        let description = annotation(schema, &value).map(|constant| constant["description"].clone());
        json!({ "value": name, "description": description })
    });
    let constants: Value = constants.collect();
    schema.insert(CONSTANTS.to_owned(), constants);
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), values.iter().map(|(name, _)| name.as_str()).collect());
    // The values that are listed keep to these.
    for key in ["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"] {
        schema.remove(key);
    }
    Some(values)
}

/// The names and values of an enum of integers or booleans; `None` if a value has no name of its own.
fn scalars(schema: &Schema) -> Option<Vec<(String, ScalarValue)>> {
    let kind = schema.get("type")?.as_str()?;
    let mut names = BTreeSet::new();
    let values = schema.get("enum")?.as_array()?.iter().filter(|value| !value.is_null());
    let values = values.map(|value| {
        let name = pascal_case(annotation(schema, value)?["title"].as_str()?);
        let value = match kind {
            "integer" => ScalarValue::Integer(value.as_i64()?),
            "boolean" => ScalarValue::Boolean(value.as_bool()?),
            _ => return None,
        };
        let is_name = name.starts_with(|first: char| first.is_ascii_uppercase());
        (is_name && names.insert(name.clone())).then_some((name, value))
    });
    values.collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
}

fn annotation<'a>(schema: &'a Schema, value: &Value) -> Option<&'a Value> {
    schema.get(CONSTANTS)?.as_array()?.iter().find(|constant| constant["value"] == *value)
}

fn is_word(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collapsed(schema: Value) -> Value {
        let mut document = json!({ "components": { "schemas": { "A": schema } } });
        conform(&mut document);
        document["components"]["schemas"]["A"].take()
    }

    /// The type, the values and whether null is allowed.
    fn values(schema: Value) -> (Value, Value, bool) {
        let collapsed = collapsed(schema);
        (collapsed["type"].clone(), collapsed["enum"].clone(), collapsed["nullable"] == true)
    }

    #[test]
    fn constants_of_one_type_are_an_enum() {
        for (kind, one, other) in [
            ("string", json!("a"), json!("b")),
            ("integer", json!(1), json!(2)),
            ("number", json!(1.5), json!(2.5)),
            ("boolean", json!(true), json!(false)),
        ] {
            let union = json!({ "anyOf": [{ "enum": [one] }, { "enum": [other, one] }] });
            assert_eq!(values(union), (kind.into(), json!([one, other]), false));
            let nullable = json!({ "oneOf": [{ "enum": [one] }, { "enum": [null] }] });
            assert_eq!(values(nullable), (kind.into(), json!([one]), true));
        }
        let mixed = json!({ "oneOf": [{ "enum": ["a"] }, { "enum": [1] }] });
        assert_eq!(collapsed(mixed.clone()), mixed);
        // Beside a type, constants of other types are no values.
        let typed = json!({ "type": "integer", "oneOf": [{ "enum": ["a"] }, { "enum": [1] }] });
        assert_eq!(values(typed), ("integer".into(), json!([1]), false));
        let number = json!({ "type": "number", "oneOf": [{ "enum": [1] }, { "enum": [1.5] }] });
        assert_eq!(values(number), ("number".into(), json!([1, 1.5]), false));
        let listed =
            json!({ "type": "string", "enum": ["b"], "oneOf": [{ "enum": ["a"] }, { "enum": ["b"] }] });
        assert_eq!(values(listed), ("string".into(), json!(["b"]), false));
    }

    #[test]
    fn another_union_stays() {
        for union in [
            json!({ "oneOf": [{ "enum": ["a"] }, { "type": "string", "maxLength": 3 }] }),
            json!({ "oneOf": [{ "enum": ["a"] }, { "type": "string" }] }),
            json!({ "oneOf": [{ "enum": ["a"] }], "anyOf": [{ "enum": ["a"] }] }),
            json!({ "oneOf": [{ "enum": ["a"] }], "discriminator": { "propertyName": "b" } }),
            json!({ "oneOf": [{ "enum": [{ "a": 1 }] }] }),
        ] {
            assert_eq!(collapsed(union.clone()), union);
        }
    }

    #[test]
    fn a_value_that_is_a_word_is_its_own_name() {
        let name = |value: &str, title: &str| {
            let mut schema =
                collapsed(json!({ "oneOf": [{ "enum": [value], "title": title }, { "enum": ["b"] }] }));
            let constants = take(schema.as_object_mut().expect("a schema"));
            constants.into_iter().find(|constant| constant.value == value).and_then(|constant| constant.name)
        };
        for word in ["a", "by-name", "by_name", "v1.0", "two words", "A1"] {
            assert_eq!(name(word, "Title"), None, "{word}");
        }
        for value in ["1", "https://example.com/a", "+", "a/b", "-a", "é"] {
            assert_eq!(name(value, "a title").as_deref(), Some("ATitle"), "{value}");
        }
        // A title that is no name helps nobody.
        assert_eq!(name("1", "2"), None);
    }

    #[test]
    fn integers_and_booleans_with_names_are_enums() {
        let named = |values: Value| {
            let schema = collapsed(values);
            scalars(schema.as_object().expect("a schema"))
                .map(|values| values.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        };
        let titled = |one: Value, other: Value| json!({ "oneOf": [{ "enum": [1], "title": one }, { "enum": [2], "title": other }] });
        let names = Some(vec!["Low".to_owned(), "VeryHigh".to_owned()]);
        assert_eq!(named(titled("LOW".into(), "very high".into())), names);
        assert_eq!(
            named(
                json!({ "type": "integer", "enum": [1, 2, null], "x-enum-varnames": ["low", "veryHigh", "none"] })
            ),
            names
        );
        for (one, other) in [("a", "A"), ("1", "b"), ("a", "")] {
            assert_eq!(named(titled(one.into(), other.into())), None, "{one} {other}");
        }
        assert_eq!(named(titled("a".into(), Value::Null)), None);
        assert_eq!(named(json!({ "type": "integer", "enum": [1, 2], "x-enum-varnames": ["low"] })), None);
        let number = json!({ "oneOf": [{ "enum": [1.5], "title": "a" }] });
        assert_eq!(named(number), None);
    }

    #[test]
    fn what_is_no_enum_of_strings_lists_its_values_with_their_titles() {
        let union = json!({ "oneOf": [{ "enum": [1], "title": "Low", "description": "few" }, { "enum": [2], "title": "High" }, { "enum": [3] }] });
        let schema = collapsed(union);
        let values = schema["enum"].as_array().expect("values");
        let listed = listed(schema.as_object().expect("a schema"), values);
        assert_eq!(listed, "`1` (Low: few), `2` (High), `3`");
    }
}
