//! The keywords of JSON Schema 2020-12 and of the OpenAPI 3.0 dialect: what each is, holds and applies to.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::types::Types;

/// What a keyword does to an instance (JSON Schema 2020-12 core §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Names a schema, its base URI or its dialect (core §8.1, §8.2).
    Identifier,
    /// Applies a schema from elsewhere (core §8.2.3).
    Reference,
    /// Holds schemas that apply only where they are referred to (core §8.2.4).
    Definitions,
    /// Applies its schemas to the same instance (core §10.2).
    InPlace,
    /// Applies its schemas to parts of the instance (core §10.3, §11).
    ToParts,
    /// Restricts the instance (validation §6).
    Assertion,
    /// Describes the instance for programs (validation §7 to §9, OpenAPI 3.1.0 §4.8.24).
    Annotation,
    /// Describes the instance for people.
    Documentation,
}

/// How a keyword holds schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Nothing,
    Schema,
    List,
    Map,
}

/// A limit on a number or a count; of two, the tighter one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Lower,
    Upper,
}

/// Where a keyword has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// In both dialects.
    Both,
    /// In OpenAPI 3.0 only (3.0.3 §4.7.24).
    OpenApi30,
    /// In JSON Schema 2020-12 only.
    Draft202012,
    /// In earlier drafts; 2020-12 reserves the name.
    Earlier,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyword {
    pub name: &'static str,
    pub role: Role,
    /// The types of instances that it applies to.
    pub types: Types,
    pub holds: Holds,
    pub limit: Option<Limit>,
    pub dialect: Dialect,
}

impl Keyword {
    /// Whether it does not affect which instances are valid.
    pub fn is_annotation(&self) -> bool {
        matches!(self.role, Role::Annotation | Role::Documentation)
    }

    /// Whether it restricts the value itself, and not its type, its listed values or its properties.
    pub fn is_bound(&self) -> bool {
        self.limit.is_some() || matches!(self.name, "multipleOf" | "pattern" | "uniqueItems")
    }

    /// The keyword that excludes the value of this limit: a flag in 3.0, another limit in 2020-12.
    pub fn exclusive(&self) -> Option<&'static str> {
        match self.name {
            "minimum" => Some("exclusiveMinimum"),
            "maximum" => Some("exclusiveMaximum"),
            _ => None,
        }
    }

    /// Whether the OpenAPI 3.0 dialect has it.
    pub fn is_in_3_0(&self) -> bool {
        matches!(self.dialect, Dialect::Both | Dialect::OpenApi30)
    }
}

const fn row(name: &'static str, role: Role, types: Types, dialect: Dialect) -> Keyword {
    Keyword { name, role, types, holds: Holds::Nothing, limit: None, dialect }
}

const fn holding(name: &'static str, role: Role, types: Types, holds: Holds, dialect: Dialect) -> Keyword {
    Keyword { holds, ..row(name, role, types, dialect) }
}

const fn limit(name: &'static str, types: Types, limit: Limit, dialect: Dialect) -> Keyword {
    Keyword { limit: Some(limit), ..row(name, Role::Assertion, types, dialect) }
}

use Dialect::{Both, Draft202012, Earlier, OpenApi30};
use Limit::{Lower, Upper};
use Role::{Annotation, Assertion, Definitions, Documentation, Identifier, InPlace, Reference, ToParts};

const ALL: Types = Types::ALL;
const ARRAY: Types = Types::ARRAY;
const NUMBER: Types = Types::NUMBER;
const OBJECT: Types = Types::OBJECT;
const STRING: Types = Types::STRING;

/// All keywords. A keyword that is not here is unknown: it is ignored (core §4.3.1) and reported.
#[rustfmt::skip]
pub const KEYWORDS: &[Keyword] = &[
    // Core §8.
    row("$id", Identifier, ALL, Draft202012),
    row("$schema", Identifier, ALL, Draft202012),
    row("$anchor", Identifier, ALL, Draft202012),
    row("$dynamicAnchor", Identifier, ALL, Draft202012),
    row("$vocabulary", Identifier, ALL, Draft202012),
    row("$recursiveAnchor", Identifier, ALL, Earlier),
    row("$ref", Reference, ALL, Both),
    row("$dynamicRef", Reference, ALL, Draft202012),
    row("$recursiveRef", Reference, ALL, Earlier),
    holding("$defs", Definitions, ALL, Holds::Map, Draft202012),
    holding("definitions", Definitions, ALL, Holds::Map, Earlier),
    row("$comment", Documentation, ALL, Draft202012),
    // Core §10.2.
    holding("allOf", InPlace, ALL, Holds::List, Both),
    holding("anyOf", InPlace, ALL, Holds::List, Both),
    holding("oneOf", InPlace, ALL, Holds::List, Both),
    holding("not", InPlace, ALL, Holds::Schema, Both),
    holding("if", InPlace, ALL, Holds::Schema, Draft202012),
    holding("then", InPlace, ALL, Holds::Schema, Draft202012),
    holding("else", InPlace, ALL, Holds::Schema, Draft202012),
    holding("dependentSchemas", InPlace, OBJECT, Holds::Map, Draft202012),
    // Core §10.3 and §11.
    holding("prefixItems", ToParts, ARRAY, Holds::List, Draft202012),
    holding("items", ToParts, ARRAY, Holds::Schema, Both),
    holding("contains", ToParts, ARRAY, Holds::Schema, Draft202012),
    holding("unevaluatedItems", ToParts, ARRAY, Holds::Schema, Draft202012),
    holding("properties", ToParts, OBJECT, Holds::Map, Both),
    holding("patternProperties", ToParts, OBJECT, Holds::Map, Draft202012),
    holding("additionalProperties", ToParts, OBJECT, Holds::Schema, Both),
    holding("propertyNames", ToParts, OBJECT, Holds::Schema, Draft202012),
    holding("unevaluatedProperties", ToParts, OBJECT, Holds::Schema, Draft202012),
    // Validation §6.
    row("type", Assertion, ALL, Both),
    row("enum", Assertion, ALL, Both),
    row("const", Assertion, ALL, Draft202012),
    row("nullable", Assertion, ALL, OpenApi30),
    row("multipleOf", Assertion, NUMBER, Both),
    limit("minimum", NUMBER, Lower, Both),
    limit("exclusiveMinimum", NUMBER, Lower, Both),
    limit("maximum", NUMBER, Upper, Both),
    limit("exclusiveMaximum", NUMBER, Upper, Both),
    limit("minLength", STRING, Lower, Both),
    limit("maxLength", STRING, Upper, Both),
    row("pattern", Assertion, STRING, Both),
    limit("minItems", ARRAY, Lower, Both),
    limit("maxItems", ARRAY, Upper, Both),
    row("uniqueItems", Assertion, ARRAY, Both),
    limit("minContains", ARRAY, Lower, Draft202012),
    limit("maxContains", ARRAY, Upper, Draft202012),
    limit("minProperties", OBJECT, Lower, Both),
    limit("maxProperties", OBJECT, Upper, Both),
    row("required", Assertion, OBJECT, Both),
    row("dependentRequired", Assertion, OBJECT, Draft202012),
    // Validation §7 and §8; by default none of these restricts (§7.2.1, §8.1).
    row("format", Annotation, NUMBER.or(STRING), Both),
    row("contentEncoding", Annotation, STRING, Draft202012),
    row("contentMediaType", Annotation, STRING, Draft202012),
    holding("contentSchema", Annotation, STRING, Holds::Schema, Draft202012),
    // Validation §9 and OpenAPI 3.1.0 §4.8.24.
    row("default", Annotation, ALL, Both),
    row("deprecated", Annotation, ALL, Both),
    row("readOnly", Annotation, ALL, Both),
    row("writeOnly", Annotation, ALL, Both),
    row("discriminator", Annotation, ALL, Both),
    row("xml", Annotation, ALL, Both),
    row("title", Documentation, ALL, Both),
    row("description", Documentation, ALL, Both),
    row("example", Documentation, ALL, Both),
    row("examples", Documentation, ALL, Draft202012),
    row("externalDocs", Documentation, ALL, Both),
];

/// The row of a keyword; `None` if it is unknown.
pub fn keyword(name: &str) -> Option<&'static Keyword> {
    static BY_NAME: LazyLock<HashMap<&str, &Keyword>> =
        LazyLock::new(|| KEYWORDS.iter().map(|keyword| (keyword.name, keyword)).collect());
    BY_NAME.get(name).copied()
}

/// The keywords that apply to one of these types and to no other.
pub fn only_about(types: Types) -> impl Iterator<Item = &'static Keyword> {
    KEYWORDS.iter().filter(move |keyword| keyword.types != ALL && types.has(keyword.types))
}

/// Whether a key of a schema restricts nothing: annotations and extensions.
pub fn is_annotation(key: &str) -> bool {
    is_extension(key) || keyword(key).is_some_and(Keyword::is_annotation)
}

/// Whether a key of a schema is for people only: documentation and extensions.
pub fn is_documentation(key: &str) -> bool {
    is_extension(key) || keyword(key).is_some_and(|keyword| keyword.role == Documentation)
}

/// Whether a keyword applies other schemas to the same instance, such as `$ref` and `allOf`.
pub fn applies_in_place(name: &str) -> bool {
    keyword(name).is_some_and(|keyword| matches!(keyword.role, Role::Reference | Role::InPlace))
}

/// Whether a keyword is `allOf`, `anyOf` or `oneOf`.
pub fn is_composition(name: &str) -> bool {
    keyword(name).is_some_and(|keyword| keyword.role == InPlace && keyword.holds == Holds::List)
}

/// Whether a keyword applies schemas to parts of the instance.
pub fn applies_to_parts(name: &str) -> bool {
    keyword(name).is_some_and(|keyword| keyword.role == ToParts)
}

/// `{type: string, properties: P, required: [a], minimum: 1}` ⇒ `{type: string}`; `{enum: [null], minLength: 2}` ⇒ `{enum: [null]}`
///
/// A keyword about values of other types has no effect (JSON Schema 2020-12 core §7.6.1).
pub(crate) fn drop_those_of_other_types(schema: &mut Map<String, Value>) {
    let own = match schema.get("type").and_then(Value::as_str) {
        Some(name) => Types::named(name),
        None => is_only_null(schema).then_some(Types::NULL),
    };
    let Some(own) = own else { return };
    schema.retain(|name, _| {
        keyword(name)
            .is_none_or(|keyword| !matches!(keyword.role, ToParts | Assertion) || keyword.types.meets(own))
    });
}

/// Whether a keyword holds instances: values in it that look like schemas or references are data.
pub fn holds_instances(name: &str) -> bool {
    matches!(name, "const" | "default" | "enum" | "example" | "examples")
}

/// Whether a regular expression matches every string. Not `^.*$`: a dot is no line break (ECMA-262).
pub fn matches_everything(pattern: &str) -> bool {
    matches!(pattern, "" | "^" | "$" | ".*" | "^.*" | ".*$" | "(.*)" | "^(.*)" | r"[\s\S]*" | r"^[\s\S]*$")
}

/// Whether a schema allows `null` and nothing else, as lowering writes it: `{enum: [null]}`, with annotations.
pub fn is_only_null(schema: &Map<String, Value>) -> bool {
    let is_null = matches!(schema.get("enum"), Some(Value::Array(values)) if *values == [Value::Null]);
    is_null && !schema.keys().any(|key| key == "type" || applies_in_place(key))
}

/// Whether a key is an extension: OpenAPI 3.1.0 §4.9.
pub fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// Whether a schema is `true` or an object without assertions and applicators.
pub fn allows_anything(schema: &Value) -> bool {
    match schema {
        Value::Bool(allows) => *allows,
        Value::Object(map) => map.keys().all(|key| is_annotation(key)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_without_assertions_allows_anything() {
        for (schema, expected) in [
            (json!(true), true),
            (json!(false), false),
            (json!({}), true),
            (json!({ "description": "d", "x-a": 1 }), true),
            (json!({ "description": "d", "type": "string" }), false),
            (json!({ "allOf": [] }), false),
            (json!([]), false),
        ] {
            assert_eq!(allows_anything(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_pattern_that_stops_at_a_line_break_does_not_match_everything() {
        assert!(["", "^", "$", ".*", r"^[\s\S]*$"].into_iter().all(matches_everything));
        assert!(!["^.*$", ".+", "^$"].into_iter().any(matches_everything));
    }
}
