//! What a schema asks of an instance, however it is written: references, `allOf` and `null` in one form.
//! Knows JSON Schema 2020-12 and the dialect of OpenAPI 3.0; must not know what is compared with what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A JSON Pointer into the document, escaped.
pub(crate) type At = String;

/// The places whose schemas all hold for one value: a property may stand in several members of an `allOf`.
pub(crate) type Places = Vec<At>;

/// What all schemas at some places ask of an instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// The types that are allowed; all where there is none. `number` stands with `integer`.
    pub(crate) types: Option<BTreeSet<String>>,
    pub(crate) formats: BTreeSet<String>,
    /// The values that are allowed, as JSON texts.
    pub(crate) values: Option<BTreeSet<String>>,
    /// Whether it is `const` that allows them, or an `enum` of one.
    pub(crate) is_constant: bool,
    /// Bounds by keyword: numbers, the exclusive ones under their own keywords.
    pub(crate) bounds: BTreeMap<&'static str, f64>,
    pub(crate) patterns: BTreeSet<String>,
    pub(crate) multiples: BTreeSet<String>,
    pub(crate) unique: bool,
    pub(crate) properties: BTreeMap<String, Places>,
    pub(crate) required: BTreeSet<String>,
    /// No properties but those that are named.
    pub(crate) is_closed: bool,
    /// The schema of all other properties.
    pub(crate) additional: Places,
    pub(crate) items: Places,
    /// `oneOf` and `anyOf` of several members.
    pub(crate) unions: Vec<Union>,
    /// Keywords that say more than all of these can.
    pub(crate) conditions: BTreeMap<&'static str, Value>,
    /// Where they stand.
    conditions_at: BTreeMap<&'static str, At>,
    pub(crate) default: Option<Value>,
    pub(crate) discriminator: Option<Value>,
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,
    pub(crate) is_deprecated: bool,
    /// `x-sunset`, for what is deprecated.
    pub(crate) sunset: Option<String>,
    /// Whether nothing fits: the schema `false`.
    pub(crate) is_never: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Union {
    pub(crate) keyword: &'static str,
    pub(crate) members: Vec<At>,
}

/// Bounds that are tighter when larger.
pub(crate) const LOWER: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/// Bounds that are tighter when smaller.
pub(crate) const UPPER: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const CONDITIONS: [&str; 11] = [
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "contains",
    "propertyNames",
    "patternProperties",
    "prefixItems",
    "unevaluatedItems",
];

/// A document whose schemas are asked for.
pub(crate) struct Schemas<'a>(pub(crate) &'a Value);

impl<'a> Schemas<'a> {
    /// What stands at a place, references followed.
    pub(crate) fn resolve(&self, at: &str) -> Option<(At, &'a Value)> {
        let mut at = at.to_owned();
        // A chain longer than this is a circle.
        for _ in 0..100 {
            let value = self.0.pointer(&at)?;
            match value.get("$ref").and_then(Value::as_str) {
                Some(target) => at = target_of(target)?,
                None => return Some((at, value)),
            }
        }
        None
    }

    /// Where a schema stands that says nothing but what it refers to.
    pub(crate) fn resolve_alone(&self, at: &str) -> At {
        let mut at = at.to_owned();
        for _ in 0..100 {
            let Some(Value::Object(schema)) = self.0.pointer(&at) else { break };
            match schema.get("$ref").and_then(Value::as_str).filter(|_| schema.len() == 1).and_then(target_of)
            {
                Some(target) => at = target,
                None => break,
            }
        }
        at
    }

    /// What the schemas at some places ask for together.
    pub(crate) fn shape(&self, places: &[At]) -> Shape {
        let mut shape = Shape::default();
        let mut seen = BTreeSet::new();
        places.iter().for_each(|at| self.add(at, &mut shape, &mut seen));
        shape.tidy();
        shape
    }

    /// Adds what one schema asks for.
    fn add(&self, at: &str, shape: &mut Shape, seen: &mut BTreeSet<At>) {
        if !seen.insert(at.to_owned()) {
            return;
        }
        match self.0.pointer(at) {
            Some(Value::Bool(false)) => shape.is_never = true,
            Some(Value::Object(schema)) => self.add_object(at, schema, shape, seen),
            _ => {}
        }
    }

    fn add_object(&self, at: &str, schema: &Map<String, Value>, shape: &mut Shape, seen: &mut BTreeSet<At>) {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(target_of) {
            self.add(&target, shape, seen);
        }
        shape.own(at, schema);
        for index in 0..schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len) {
            self.add(&format!("{at}/allOf/{index}"), shape, seen);
        }
        for keyword in ["oneOf", "anyOf"] {
            let Some(members) = schema.get(keyword).and_then(Value::as_array) else { continue };
            let (nulls, others): (Vec<_>, Vec<_>) =
                members.iter().enumerate().partition(|(_, member)| is_null(member));
            let others: Vec<At> = others.iter().map(|(index, _)| format!("{at}/{keyword}/{index}")).collect();
            match (others.as_slice(), nulls.is_empty()) {
                ([], _) => shape.allow_types(BTreeSet::from(["null".to_owned()])),
                ([only], true) => self.add(only, shape, seen),
                ([only], false) => {
                    let mut own = Shape::default();
                    self.add(only, &mut own, seen);
                    own.allow_null();
                    shape.and(own);
                }
                (_, _) => {
                    let mut members = others;
                    members.extend(nulls.first().map(|(index, _)| format!("{at}/{keyword}/{index}")));
                    shape.unions.push(Union { keyword, members });
                }
            }
        }
    }
}

/// The pointer of a reference within the document.
fn target_of(reference: &str) -> Option<At> {
    relay_rest_codegen::Pointer::from_reference(reference).map(|pointer| pointer.to_string())
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| *kind == "null" || *kind == serde_json::json!(["null"]))
        || schema.get("const") == Some(&Value::Null)
        || schema.get("enum") == Some(&serde_json::json!([null]))
}

/// A pointer one token further.
pub(crate) fn below(at: &str, token: &str) -> At {
    format!("{at}/{}", token.replace('~', "~0").replace('/', "~1"))
}

impl Shape {
    /// The keywords of one schema object itself.
    fn own(&mut self, at: &str, schema: &Map<String, Value>) {
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        let is_true = |key: &str| schema.get(key) == Some(&Value::Bool(true));
        let mut own = Shape::default();
        match schema.get("type") {
            Some(Value::String(kind)) => own.types = Some(types([kind.as_str()])),
            Some(Value::Array(kinds)) => own.types = Some(types(kinds.iter().filter_map(Value::as_str))),
            _ => {}
        }
        own.formats.extend(text("format").map(str::to_owned));
        if let Some(Value::Array(values)) = schema.get("enum") {
            own.values = Some(values.iter().map(Value::to_string).collect());
        }
        if let Some(value) = schema.get("const") {
            own.values = Some(BTreeSet::from([value.to_string()]));
        }
        for keyword in LOWER.iter().chain(&UPPER) {
            match schema.get(*keyword) {
                Some(Value::Number(number)) => {
                    own.bounds.insert(keyword, number.as_f64().unwrap_or_default());
                }
                // OpenAPI 3.0: a flag beside the bound.
                Some(Value::Bool(true)) => {
                    let inclusive = if *keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                    if let Some(bound) = schema.get(inclusive).and_then(Value::as_f64) {
                        own.bounds.insert(keyword, bound);
                        own.bounds.remove(inclusive);
                    }
                }
                _ => {}
            }
        }
        own.patterns.extend(text("pattern").map(str::to_owned));
        own.multiples.extend(schema.get("multipleOf").map(Value::to_string));
        own.unique = is_true("uniqueItems");
        for name in schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            own.properties.insert(name.clone(), vec![below(&format!("{at}/properties"), name)]);
        }
        let required = schema.get("required").and_then(Value::as_array);
        own.required =
            required.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            match schema.get(keyword) {
                Some(Value::Bool(false)) => own.is_closed = true,
                Some(Value::Object(of)) if !of.is_empty() => own.additional.push(format!("{at}/{keyword}")),
                _ => {}
            }
        }
        match schema.get("items") {
            Some(Value::Object(of)) if !of.is_empty() => own.items.push(format!("{at}/items")),
            Some(Value::Bool(false)) => own.items.push(format!("{at}/items")),
            _ => {}
        }
        for keyword in CONDITIONS {
            if let Some(value) = schema.get(keyword) {
                own.conditions.insert(keyword, value.clone());
                own.conditions_at.insert(keyword, format!("{at}/{keyword}"));
            }
        }
        own.default = schema.get("default").cloned();
        own.discriminator = schema.get("discriminator").cloned();
        (own.read_only, own.write_only) = (is_true("readOnly"), is_true("writeOnly"));
        own.is_deprecated = is_true("deprecated");
        own.sunset = text("x-sunset").map(str::to_owned);
        if is_true("nullable") {
            own.allow_null();
        }
        self.and(own);
    }

    /// One of the conditions and where it stands.
    pub(crate) fn condition(&self, keyword: &str) -> Option<(&At, &Value)> {
        Some((self.conditions_at.get(keyword)?, self.conditions.get(keyword)?))
    }

    fn allow_null(&mut self) {
        if let Some(types) = &mut self.types {
            types.insert("null".to_owned());
        }
        if let Some(values) = &mut self.values {
            values.insert("null".to_owned());
        }
    }

    fn allow_types(&mut self, types: BTreeSet<String>) {
        self.types = Some(match self.types.take() {
            Some(own) => own.intersection(&types).cloned().collect(),
            None => types,
        });
    }

    /// Both hold.
    fn and(&mut self, other: Self) {
        if let Some(types) = other.types {
            self.allow_types(types);
        }
        self.formats.extend(other.formats);
        self.values = match (self.values.take(), other.values) {
            (Some(own), Some(others)) => Some(own.intersection(&others).cloned().collect()),
            (own, others) => own.or(others),
        };
        for (keyword, bound) in other.bounds {
            let own = self.bounds.entry(keyword).or_insert(bound);
            *own = if LOWER.contains(&keyword) { own.max(bound) } else { own.min(bound) };
        }
        self.patterns.extend(other.patterns);
        self.multiples.extend(other.multiples);
        self.unique |= other.unique;
        for (name, places) in other.properties {
            self.properties.entry(name).or_default().extend(places);
        }
        self.required.extend(other.required);
        self.is_closed |= other.is_closed;
        self.additional.extend(other.additional);
        self.items.extend(other.items);
        self.unions.extend(other.unions);
        self.conditions.extend(other.conditions);
        self.conditions_at.extend(other.conditions_at);
        self.default = self.default.take().or(other.default);
        self.discriminator = self.discriminator.take().or(other.discriminator);
        self.read_only |= other.read_only;
        self.write_only |= other.write_only;
        self.is_deprecated |= other.is_deprecated;
        self.sunset = self.sunset.take().or(other.sunset);
        self.is_never |= other.is_never;
    }

    /// Drops what says nothing beside the rest.
    fn tidy(&mut self) {
        self.is_constant = self.values.as_ref().is_some_and(|values| values.len() == 1);
        if let Some(types) = &self.types
            && types.len() == ALL_TYPES.len()
        {
            self.types = None;
        }
        for keyword in ["minLength", "minItems", "minProperties"] {
            if self.bounds.get(keyword) == Some(&0.0) {
                self.bounds.remove(keyword);
            }
        }
        // The exclusive bound wins where it is at least as tight.
        for (inclusive, exclusive, sign) in
            [("minimum", "exclusiveMinimum", 1.0), ("maximum", "exclusiveMaximum", -1.0)]
        {
            if let (Some(with), Some(without)) = (self.bounds.get(inclusive), self.bounds.get(exclusive)) {
                let drop = if without * sign >= with * sign { inclusive } else { exclusive };
                self.bounds.remove(drop);
            }
        }
        // A format that bounds an integer says nothing beside tighter bounds.
        let bound = |inclusive: &str, exclusive: &str| {
            self.bounds.get(inclusive).or_else(|| self.bounds.get(exclusive)).copied()
        };
        if let (Some(lower), Some(upper)) =
            (bound("minimum", "exclusiveMinimum"), bound("maximum", "exclusiveMaximum"))
        {
            let fits = |bits: i32| lower >= -(2_f64.powi(bits - 1)) && upper < 2_f64.powi(bits - 1);
            self.formats.retain(|format| !(format == "int32" && fits(32) || format == "int64" && fits(64)));
        }
        if self.discriminator.as_ref().is_some_and(|discriminator| !discriminator.is_object()) {
            self.discriminator = None;
        }
    }
}

const ALL_TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

fn types<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut types: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
    if types.contains("number") {
        types.insert("integer".to_owned());
    }
    types
}
