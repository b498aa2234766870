//! Plans what the document deprecates: progenitor and typify ignore `deprecated`.

use serde_json::{Map, Value, json};

use crate::document::references::is_reference;
use crate::plan::Deprecation;

/// The extensions in which documents say why something is deprecated.
const REASONS: [&str; 2] = ["x-deprecated-reason", "x-deprecation-message"];

/// `{deprecated: true, x-deprecated-reason: r}` ⇒ `r`; `{deprecated: true, description: 'An id. Deprecated, use `b`.'}` ⇒
/// `` Deprecated, use `b`. ``
///
/// Returns `None` if it is not deprecated. The note is empty if the document gives no reason.
pub(super) fn of(object: &Map<String, Value>) -> Option<Deprecation> {
    if object.get("deprecated") != Some(&Value::Bool(true)) {
        return None;
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let reason = REASONS.into_iter().find_map(text).map(str::to_owned);
    Some(Deprecation { note: reason.or_else(|| text("description").and_then(sentence)) })
}

/// As [`of`], of a value.
pub(super) fn of_value(value: &Value) -> Option<Deprecation> {
    value.as_object().and_then(of)
}

/// `{$ref: A}` ⇒ `{allOf: [{$ref: A}], deprecated: true, x-deprecated-reason: r}`
pub(super) fn mark(value: &mut Value, deprecation: Deprecation) {
    if value.as_object().is_some_and(is_reference) {
        *value = json!({ "allOf": [value.take()] });
    }
    value["deprecated"] = true.into();
    if let Some(note) = deprecation.note {
        value[REASONS[0]] = note.into();
    }
}

/// The first sentence that says more than that something is deprecated.
fn sentence(description: &str) -> Option<String> {
    let paragraphs = description.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect());
    paragraphs.flat_map(|words: Vec<&str>| sentences(&words)).find(|sentence| {
        let words = sentence.to_lowercase();
        let rest = words.trim_matches(|c: char| !c.is_alphanumeric());
        words.contains("deprecat") && rest != "deprecated"
    })
}

/// A sentence ends where the next word begins with a capital: not at `e.g. this`.
fn sentences(words: &[&str]) -> Vec<String> {
    let is_end =
        |[word, next]: [&&str; 2]| word.ends_with(['.', '!', '?']) && next.starts_with(char::is_uppercase);
    let next = words.iter().skip(1).map(Some).chain([None]);
    let mut sentences = vec![Vec::new()];
    for (word, next) in words.iter().zip(next) {
        if let Some(last) = sentences.last_mut() {
            last.push(*word);
        }
        if next.is_some_and(|next| is_end([word, next])) {
            sentences.push(Vec::new());
        }
    }
    sentences.into_iter().map(|words| words.join(" ")).collect()
}
