//! Whether a value fits what a shape asks of it beside its type.
//! Knows the keywords that judge a text or a number; must not know why it is asked.

use serde_json::{Map, Value, json};

use super::Shape;

impl Shape<'_> {
    /// Whether a text or a number keeps to bounds, patterns and formats. What cannot be judged fits.
    pub(crate) fn fits(&self, value: &Value) -> bool {
        let mut schema: Map<String, Value> =
            self.bounds.iter().map(|(keyword, (bound, _))| ((*keyword).to_owned(), bound.shown())).collect();
        let number = |text: &String| serde_json::from_str::<Value>(text).unwrap_or_default();
        let patterns = self.patterns.keys().map(|pattern| json!({ "pattern": pattern }));
        let formats = self.formats.keys().map(|format| json!({ "format": format }));
        let multiples = self.multiples.keys().map(|multiple| json!({ "multipleOf": number(multiple) }));
        let all: Vec<Value> = patterns.chain(formats).chain(multiples).collect();
        if !all.is_empty() {
            schema.insert("allOf".to_owned(), json!(all));
        }
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&Value::Object(schema));
        validator.map_or(true, |validator| validator.is_valid(value))
    }
}
