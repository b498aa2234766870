//! Drops constraints that the other constraints of the same schema imply.

use relay_rest_codegen::document::keyword;
use relay_rest_codegen::document::keywords::Limit::Lower;
use serde_json::Value;

use super::{Bound, Flag, NormalSchema, Types};

/// Whether a keyword constrains instances of one of the types (JSON Schema Validation §6).
fn bears_on(name: &str, types: Types) -> bool {
    keyword(name).is_none_or(|keyword| types.meets(keyword.types))
}

/// The formats of numbers (OpenAPI 3.1.0 §4.4). All other formats are of strings.
const NUMBERS: [&str; 4] = ["int32", "int64", "float", "double"];

/// The types that a format constrains.
fn format_types(format: &str) -> Types {
    if NUMBERS.contains(&format) { Types::NUMBER } else { Types::STRING }
}

impl NormalSchema<'_> {
    /// Drops redundant constraints.
    pub(crate) fn simplify(&mut self) {
        self.values_and_types();
        if self.types == Types::NONE {
            self.flags
                .entry(Flag::Never)
                .or_insert_with(|| self.types_at.clone().unwrap_or_else(|| "".into()));
        }
        for additional in self.additional.iter().filter(|additional| additional.allows_only_names()) {
            self.properties.retain(|name, _| additional.names.contains(name));
        }
        self.bounds();
        self.formats();
        self.drop_keywords_of_others(self.types);
        // `if` needs `then` or `else`, and they need `if` (JSON Schema 2020-12 §10.2.2).
        let has = |keyword: &str| self.applicators.contains_key(keyword);
        if !has("if") || !(has("then") || has("else")) {
            ["if", "then", "else"].iter().for_each(|keyword| {
                self.applicators.remove(keyword);
            });
        }
    }

    /// Drops the keywords that constrain no instance of these types.
    ///
    /// `{type: integer, maxLength: 5}` ⇒ `{type: integer}`
    pub(crate) fn drop_keywords_of_others(&mut self, types: Types) {
        self.bounds.retain(|name, _| bears_on(name, types));
        self.formats.retain(|format, _| types.meets(format_types(format)));
        self.applicators.retain(|name, _| bears_on(name, types));
        if !types.meets(Types::STRING) {
            self.patterns.clear();
            self.contents.clear();
        }
        if !types.meets(Types::NUMBER) {
            self.multiples.clear();
        }
        if !types.meets(Types::ARRAY) {
            self.flags.remove(&Flag::UniqueItems);
            self.items.clear();
        }
        if !types.meets(Types::OBJECT) {
            self.object_keywords();
        }
    }

    fn object_keywords(&mut self) {
        self.properties.clear();
        self.required.clear();
        self.additional.clear();
        self.flags.remove(&Flag::Closed);
    }

    /// Restricts listed values to the types and the types to those of the values.
    ///
    /// `{type: [string, integer], enum: [a, b]}` ⇒ `{type: string, enum: [a, b]}`
    fn values_and_types(&mut self) {
        self.drop_values_that_do_not_fit();
        let types = self.types;
        let Some(values) = &mut self.values else { return };
        values.retain(|_, value| types.has(Types::of_value(value)));
        let all = values.values().map(|value| Types::of_value(value)).fold(Types::NONE, Types::or);
        self.types = types.and(all);
        self.types_at = self.types_at.take().or_else(|| self.values_at.clone());
        // Nullability is compared with the types.
        values.retain(|_, value| **value != Value::Null);
        if values.is_empty() {
            self.values = None;
        }
    }

    fn bounds(&mut self) {
        let types = self.types;
        if self.values.is_some() {
            self.bounds.clear();
        }
        self.bounds.retain(|name, _| bears_on(name, types));
        if !self.applicators.contains_key("contains") {
            self.bounds.remove("minContains");
            self.bounds.remove("maxContains");
        }
        // `minLength: 0` and the like, and `minContains: 1`, are the defaults.
        self.bounds.retain(|name, (bound, _)| {
            let least = if *name == "minContains" { 1 } else { 0 };
            let is_least_of_count = keyword(name)
                .is_some_and(|keyword| keyword.limit == Some(Lower) && !Types::NUMBER.has(keyword.types));
            !(is_least_of_count && *bound == Bound::Integer(least))
        });
        if self.types.and(Types::NUMBER) == Types::INTEGER {
            // `{type: integer, minimum: 3.5}` ⇒ `{type: integer, minimum: 4}`
            for (inclusive, step) in [("minimum", 1), ("maximum", -1)] {
                if let Some((bound @ Bound::Other(_), _)) = self.bounds.get_mut(inclusive) {
                    *bound = bound.next(step);
                }
            }
            // `{type: integer, exclusiveMinimum: 3}` ⇒ `{type: integer, minimum: 4}`
            for (exclusive, inclusive, step) in
                [("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)]
            {
                if let Some((bound, at)) = self.bounds.remove(exclusive) {
                    let next = bound.next(step);
                    let own = self.bounds.entry(inclusive).or_insert((next, at));
                    if (next > own.0) == (step > 0) {
                        own.0 = next;
                    }
                }
            }
        }
        // Of an inclusive and an exclusive bound, the tighter one stays; of two equal ones, the exclusive one.
        for (inclusive, exclusive, is_lower) in
            [("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false)]
        {
            let bound = |keyword| self.bounds.get(keyword).map(|(bound, _)| *bound);
            if let (Some(with), Some(without)) = (bound(inclusive), bound(exclusive)) {
                let is_tighter = if is_lower { without >= with } else { without <= with };
                self.bounds.remove(if is_tighter { inclusive } else { exclusive });
            }
        }
    }

    /// The integer formats that the bounds imply.
    pub(crate) fn implied_formats(&self) -> Vec<&'static str> {
        let bound = |keyword| self.bounds.get(keyword).map(|(bound, _)| *bound);
        let (Some(lower), Some(upper)) = (bound("minimum"), bound("maximum")) else { return Vec::new() };
        let holds =
            |bits: i32| lower >= Bound::Integer(-1 << (bits - 1)) && upper < Bound::Integer(1 << (bits - 1));
        [("int32", 32), ("int64", 64)]
            .into_iter()
            .filter(|(_, bits)| holds(*bits))
            .map(|(name, _)| name)
            .collect()
    }

    fn formats(&mut self) {
        let types = self.types;
        let has_values = self.values.is_some();
        let implied = self.implied_formats();
        if has_values {
            self.formats_of_values.extend(self.formats.keys());
        }
        self.formats.retain(|format, _| {
            types.meets(format_types(format)) && !implied.contains(format) && !has_values
        });
        // The narrower format implies the wider one.
        for (narrow, wide) in [("int32", "int64"), ("float", "double")] {
            if self.formats.contains_key(narrow) {
                self.formats.remove(wide);
            }
        }
        if has_values {
            self.patterns.clear();
            self.multiples.clear();
        }
    }
}
