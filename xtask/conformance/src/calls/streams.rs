//! Calls whose responses are read as streams: random items, framed as their media type has it.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::Framing;
use serde_json::{Map, Value, json};

use super::operation::TestedOperation;
use super::server::Expected;
use crate::instances::Instances;
use crate::validate::{declared, difference};

/// What a call with the mode `stream` returns.
pub(super) struct StreamCall {
    items: Vec<Value>,
    schema: Option<Pointer>,
    framing: Option<Framing>,
}

/// How many items a stream has.
const ITEMS: usize = 3;

impl StreamCall {
    /// Makes the response to a call a stream of random items; `None` for an operation whose responses are JSON.
    pub(super) fn new(
        operation: &TestedOperation<'_>,
        call: &mut Expected,
        instances: &mut Instances<'_>,
    ) -> Result<Option<Self>, String> {
        let Some(stream) = operation.stream() else {
            let text = "some bytes".to_owned();
            let Some((media_type, _)) = call.response.take() else { return Ok(None) };
            call.response = Some((media_type, text.clone().into()));
            return Ok(Some(Self { items: vec![text.into()], schema: None, framing: None }));
        };
        // An event has no undeclared fields.
        instances.received = stream.framing != Framing::Events;
        let items = (0..ITEMS).map(|_| {
            let mut item = match &stream.schema {
                Some(schema) => operation.instance(schema, instances)?,
                None => "a text".into(),
            };
            // The parser does not tell an empty id from no id.
            if let Some(fields) =
                item.as_object_mut().filter(|item| item.get("id").is_some_and(|id| id == ""))
            {
                fields.remove("id");
            }
            Ok(item)
        });
        let items: Vec<Value> = items.collect::<Result<_, String>>()?;
        let body: String = items
            .iter()
            .enumerate()
            .map(|(index, item)| match stream.framing {
                Framing::Events => event(index, item, stream.is_text),
                Framing::Lines => format!("{item}\n"),
                Framing::Sequence => format!("\u{1e}{item}\n"),
            })
            .collect();
        call.status = stream.status;
        call.response = Some((stream.media_type, body.into()));
        if let Some((_, Value::Object(body))) = &mut call.body
            && stream.is_asked_for
        {
            body.insert("stream".to_owned(), true.into());
        }
        Ok(Some(Self { items, schema: stream.schema, framing: Some(stream.framing) }))
    }

    /// Why the items that the client returned are not those that were sent.
    pub(super) fn fault(&self, document: &Value, result: &Value) -> Option<String> {
        let (Some("streamed"), Some(found), &Value::Null) =
            (result[0].as_str(), result[1].as_array(), &result[2])
        else {
            return Some(result.to_string());
        };
        if self.framing.is_none() {
            let text: String = found.iter().filter_map(Value::as_str).collect();
            return (self.items[0] != text).then(|| format!("the bytes {found:?}"));
        }
        if found.len() != self.items.len() {
            return Some(format!("{} items instead of {}", found.len(), self.items.len()));
        }
        self.items.iter().zip(found).enumerate().find_map(|(index, (item, found))| {
            let (whole, found) = match self.framing {
                Some(Framing::Events) => (Some(found), &found["data"]),
                _ => (None, found),
            };
            let expected = match &self.schema {
                Some(at) => declared(item, found, document, at),
                None => item.clone(),
            };
            // The type of a whole event has the name and the id as well.
            let is_named = whole.is_none_or(|whole| {
                fields(item).is_some() || whole["event"] == *name(index) && whole["id"] == *index.to_string()
            });
            let fault =
                difference(&expected, found).map(|at| format!("item {index} differs at {at}: {found}"));
            fault.or_else(|| (!is_named).then(|| format!("item {index} is the event {found}")))
        })
    }
}

fn name(index: usize) -> String {
    format!("event-{index}")
}

/// The fields of a server-sent event, if an item has nothing else; they have the fields `data` and another one.
fn fields(item: &Value) -> Option<&Map<String, Value>> {
    let fields = item.as_object()?;
    let is_field = |name: &String| ["event", "data", "id", "retry"].contains(&name.as_str());
    (fields.keys().all(is_field) && fields.contains_key("data") && fields.len() > 1).then_some(fields)
}

/// An item as a server-sent event, with comments and an event that says nothing.
fn event(index: usize, item: &Value, is_text: bool) -> String {
    let plain = json!({ "id": index.to_string(), "event": name(index), "data": item });
    let is_whole = fields(item).is_some();
    let all = if is_whole { item } else { &plain };
    let mut lines = format!(": comment {index}\n");
    for (name, value) in all.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) if is_whole || is_text || name != "data" => text.clone(),
            value => value.to_string(),
        };
        lines.extend(text.split('\n').map(|line| format!("{name}: {line}\n")));
    }
    lines + "\n\n"
}
