//! What an operation can return besides JSON, as the document describes it: streams and other media types.

use std::collections::BTreeSet;

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::{Form, Framing, is_range};
use serde_json::Value;

use super::{Body, DocumentedResponse, TestedOperation};

/// A successful response that is a stream.
pub(in crate::calls) struct Streamed {
    pub(in crate::calls) status: u16,
    pub(in crate::calls) media_type: String,
    pub(in crate::calls) framing: Framing,
    /// The location of the schema of an item.
    pub(in crate::calls) schema: Option<Pointer>,
    /// Whether that is an `itemSchema`, which describes whole events.
    pub(in crate::calls) is_item_schema: bool,
    /// Whether the data of its events is text.
    pub(in crate::calls) is_text: bool,
    /// Whether there is a success that is not a stream, and the property `stream` of the body asks for this one.
    pub(in crate::calls) is_asked_for: bool,
}

/// How deep compositions are searched for a property.
const DEEPEST: usize = 8;

impl TestedOperation<'_> {
    /// The first successful response that is a stream.
    pub(in crate::calls) fn stream(&self) -> Option<Streamed> {
        let successes: Vec<_> =
            self.responses().into_iter().filter(|response| response.status / 100 == 2).collect();
        let at = self.at.join("responses");
        let keys = at.resolve(self.document)?.as_object()?.keys();
        let has_success = keys.clone().any(|key| key.starts_with('2'));
        let is_success = |key: &&String| key.starts_with('2') || **key == "default" && !has_success;
        keys.filter(is_success).find_map(|key| {
            let status = match key.parse() {
                Ok(status) => status,
                Err(_) if key == "default" => 200,
                Err(_) => 298,
            };
            let at = self.resolved(at.join(key)).join("content");
            let content = at.resolve(self.document)?.as_object()?;
            let (media_type, framing) =
                content.keys().find_map(|name| Some((name.clone(), Framing::of(name)?)))?;
            let schema = self.item_schema(&self.resolved(at.join(&media_type)));
            let resolved = schema.as_ref().and_then(|at| self.resolved(at.clone()).resolve(self.document));
            let is_text =
                resolved.is_none_or(|schema| schema["type"] == "string" && schema.get("enum").is_none());
            let is_other = |response: &DocumentedResponse| {
                response.body.as_ref().is_some_and(|body| Framing::of(&body.media_type).is_none())
            };
            let request = self.body_schema();
            let is_asked_for =
                successes.iter().any(is_other) && request.is_some_and(|at| self.takes_stream(at, 0));
            let is_item_schema = schema.as_ref().is_some_and(|at| at.last() == Some("itemSchema"));
            Some(Streamed { status, media_type, framing, schema, is_item_schema, is_text, is_asked_for })
        })
    }

    /// Whether a schema, or one that it is composed of, has a boolean property `stream`.
    fn takes_stream(&self, at: Pointer, depth: usize) -> bool {
        let at = self.resolved(at);
        let property = self.resolved(at.join("properties").join("stream"));
        if let Some(property) = property.resolve(self.document) {
            return property["type"] == "boolean" || property["type"][0] == "boolean";
        }
        let parts = ["allOf", "oneOf", "anyOf"].iter().flat_map(|key| {
            let parts = at.join(key).resolve(self.document).and_then(Value::as_array).map_or(0, Vec::len);
            (0..parts).map(|index| at.join(key).join(&index.to_string())).collect::<Vec<_>>()
        });
        depth < DEEPEST && parts.into_iter().any(|part| self.takes_stream(part, depth + 1))
    }

    /// The media types of successes that are JSON, in which the response can be had instead, with the status.
    pub(in crate::calls) fn alternatives(&self) -> Vec<(u16, String)> {
        let at = self.at.join("responses");
        let successes = self.responses().into_iter().filter(|documented| {
            let is_json = |body: &Body| Form::of(&body.media_type) == Form::Json;
            documented.status / 100 == 2 && documented.body.as_ref().is_some_and(is_json)
        });
        let of = |status: u16| {
            let content = self.resolved(at.join(&status.to_string())).join("content");
            let content = content.resolve(self.document).and_then(Value::as_object);
            let is_other =
                |name: &&String| !matches!(Form::of(name), Form::Json | Form::Stream) && !is_range(name);
            let names = content.into_iter().flatten().map(|(name, _)| name).filter(is_other);
            names.map(|name| (status, name.clone())).collect::<BTreeSet<_>>()
        };
        successes.flat_map(|documented| of(documented.status)).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The location of the schema of the items of a stream (OpenAPI 3.2 §4.14.3; before, that of all of them, or of each).
    fn item_schema(&self, media_type: &Pointer) -> Option<Pointer> {
        let has = |at: &Pointer| at.resolve(self.document).is_some();
        let of_item = media_type.join("itemSchema");
        if has(&of_item) {
            return Some(of_item);
        }
        let of_all = media_type.join("schema");
        let items = self.resolved(of_all.clone()).join("items");
        [items, of_all].into_iter().find(has)
    }
}
