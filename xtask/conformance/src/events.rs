//! The JSON that the data of a server-sent event contains, by the document before any pass.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::Kind;
use relay_rest_codegen::document::media_type::Framing;
use relay_rest_codegen::document::walk::each;
use serde_json::Value;

use crate::validate::in_place;

/// The schemas of whole events: those of `itemSchema`, with what they refer to and consist of.
pub(crate) fn schemas(document: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    each(document, &mut |kind, at, value| {
        let is_events = at.last().and_then(Framing::of) == Some(Framing::Events);
        if let Some(schema) = value.get("itemSchema").filter(|_| is_events && kind == Kind::MediaType) {
            found.extend(in_place(document, Some(schema), None));
        }
    });
    found
}

/// The location of the `contentSchema` of the data of an event.
pub(crate) fn content_of(document: &Value, schema: &Pointer, event: &Value) -> Option<Pointer> {
    let data = Some(&event["data"]).filter(|data| data.is_string());
    let parts = in_place(document, schema.resolve(document), Some(event));
    let of_data = parts.iter().filter_map(|part| part["properties"].get("data"));
    let parts: Vec<&Value> = of_data.flat_map(|of| in_place(document, Some(of), data)).collect();
    if parts.iter().any(|part| lists(part, &event["data"])) {
        return None;
    }
    let is_json = parts
        .iter()
        .any(|part| part["contentMediaType"].as_str().is_some_and(|media_type| media_type.contains("json")));
    let content = parts.iter().find_map(|part| part.get("contentSchema")).filter(|_| is_json)?;
    let mut found = None;
    each(document, &mut |_, at, value| {
        if std::ptr::eq(value, content) {
            found = Some(at.clone());
        }
    });
    found
}

/// Whether a schema lists a value.
pub(crate) fn lists(schema: &Value, value: &Value) -> bool {
    schema.get("const") == Some(value)
        || schema["enum"].as_array().is_some_and(|listed| listed.contains(value))
}
