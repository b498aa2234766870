//! The JSON that the data of a server-sent event contains, by the document before any pass.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::Kind;
use relay_rest_codegen::document::media_type::Framing;
use relay_rest_codegen::document::walk::each;
use serde_json::Value;

use crate::validate::in_place;

/// The fields of a server-sent event (HTML, "Server-sent events").
pub(crate) const FIELDS: [&str; 4] = ["event", "data", "id", "retry"];

/// The data of the event that ends a stream, and is not an item.
pub(crate) const LAST: &str = "[DONE]";

/// The schemas of whole events: those of `itemSchema`, with what they refer to and consist of, and of a `schema` those that have
/// `data`, another field of events and nothing else.
pub(crate) fn schemas(document: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    each(document, &mut |kind, at, value| {
        let is_events = at.last().and_then(Framing::of) == Some(Framing::Events);
        if !is_events || kind != Kind::MediaType {
            return;
        }
        match value.get("itemSchema") {
            Some(schema) => found.extend(in_place(document, Some(schema), None)),
            None => {
                let schema = value.get("schema").map(|schema| schema.get("items").unwrap_or(schema));
                found.extend(
                    in_place(document, schema, None).into_iter().filter(|schema| has_only_fields(schema)),
                );
            }
        }
    });
    found
}

fn has_only_fields(schema: &Value) -> bool {
    let properties = schema["properties"].as_object();
    // One without properties is a union or a composition of others.
    properties.is_none_or(|own| {
        own.len() > 1 && own.contains_key("data") && own.keys().all(|name| FIELDS.contains(&name.as_str()))
    })
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
        .any(|part| part["contentMediaType"].as_str().is_some_and(|media_type| media_type.contains("json")))
        && !parts.iter().any(|part| part["contentEncoding"].as_str().is_some_and(|of| of.contains("base")));
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
