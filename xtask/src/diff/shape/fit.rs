//! Whether a value fits what a shape asks of it beside its type.
//! Knows the keywords that judge a text or a number; must not know why it is asked.

use serde_json::{Map, Value, json};

use super::Shape;

impl Shape<'_> {
    /// Whether a text or a number keeps to bounds, patterns and formats. What cannot be judged fits.
    pub(crate) fn fits(&self, value: &Value) -> bool {
        let formats = self.formats.keys().map(|format| json!({ "format": format })).collect();
        self.validator(formats).is_none_or(|validator| validator.is_valid(value))
    }

    /// Drops the listed values that bounds, patterns or multiples beside the list refuse. Formats refuse none: JSON Schema
    /// leaves open whether they are checked.
    ///
    /// `enum: [1, 5], minimum: 2 ⇒ enum: [5]`
    pub(super) fn drop_values_that_do_not_fit(&mut self) {
        let Some(mut values) = self.values.take() else { return };
        if let Some(validator) = self.validator(Vec::new()) {
            values.retain(|_, value| validator.is_valid(value));
        }
        self.values = Some(values);
    }

    /// Judges bounds, patterns, multiples and `more`; nothing where there are none, or where they cannot be judged.
    fn validator(&self, more: Vec<Value>) -> Option<jsonschema::Validator> {
        let mut schema: Map<String, Value> =
            self.bounds.iter().map(|(keyword, (bound, _))| ((*keyword).to_owned(), bound.shown())).collect();
        let number = |text: &String| serde_json::from_str::<Value>(text).unwrap_or_default();
        let patterns = self.patterns.keys().map(|pattern| json!({ "pattern": pattern }));
        let multiples = self.multiples.keys().map(|multiple| json!({ "multipleOf": number(multiple) }));
        let all: Vec<Value> = patterns.chain(multiples).chain(more).collect();
        if !all.is_empty() {
            schema.insert("allOf".to_owned(), json!(all));
        }
        if schema.is_empty() {
            return None;
        }
        let options =
            jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
        options.build(&Value::Object(schema)).ok()
    }
}
