//! Calls whose responses are read as streams: random items, framed as their media type has it.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::Framing;
use serde_json::{Map, Value, json};

use super::operation::{Streamed, TestedOperation};
use super::server::Expected;
use crate::events::{FIELDS, LAST, content_of, lists};
use crate::instances::Instances;
use crate::validate::{declared, difference, in_place};

/// What a call with the mode `stream` returns.
pub(super) struct StreamCall {
    items: Vec<Item>,
    schema: Option<Pointer>,
    framing: Option<Framing>,
}

/// An item as the client returns it.
struct Item {
    value: Value,
    /// Whether it is a whole event, and not what its data is.
    is_whole: bool,
    /// The location of the schema of its data, where that is JSON in a string.
    content: Option<Pointer>,
}

/// How many items a stream has.
const ITEMS: usize = 3;

/// How often an item is generated anew that no event is.
const TRIES: usize = 50;

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
            let items = vec![Item { value: text.into(), is_whole: false, content: None }];
            return Ok(Some(Self { items, schema: None, framing: None }));
        };
        // An event has no undeclared fields.
        instances.received = stream.framing != Framing::Events;
        let mut items = Vec::new();
        let mut body = String::new();
        for index in 0..ITEMS {
            let mut item = self::item(operation, &stream, instances)?;
            match stream.framing {
                Framing::Events => {
                    let text = item_text(operation.document(), &stream, &item);
                    let is_last = text.as_deref() == Some(LAST);
                    body.push_str(&event(index, &item, text));
                    if is_last {
                        // The client must not read on.
                        let after = self::item(operation, &stream, instances)?;
                        let text = item_text(operation.document(), &stream, &after);
                        body.push_str(&event(index + 1, &after, text));
                        break;
                    }
                    if let (Some(_), Some(Value::String(text))) = (&item.content, item.value.get("data")) {
                        item.value["data"] = serde_json::from_str(text).map_err(|error| error.to_string())?;
                    }
                }
                Framing::Lines => body.push_str(&format!("{}\n", item.value)),
                Framing::Sequence => body.push_str(&format!("\u{1e}{}\n", item.value)),
            }
            items.push(item);
        }
        call.status = stream.status;
        call.response = Some((stream.media_type, body.into()));
        if let Some((_, Value::Object(body))) = &mut call.body
            && stream.is_asked_for
        {
            body.insert("stream".to_owned(), true.into());
        }
        Ok(Some(Self { items, schema: stream.schema, framing: Some(stream.framing) }))
    }

    /// The `id` of an event, or of the last one before it that has one, which remains that of the stream.
    fn last_id(&self, index: usize) -> String {
        let own = |(index, item): (usize, &Item)| match item.is_whole {
            true => item.value.get("id")?.as_str().map(str::to_owned),
            false => Some(index.to_string()),
        };
        self.items[..=index].iter().enumerate().rev().find_map(own).unwrap_or_default()
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
            return (self.items[0].value != text).then(|| format!("the bytes {found:?}"));
        }
        if found.len() != self.items.len() {
            return Some(format!("{} items instead of {}", found.len(), self.items.len()));
        }
        self.items.iter().zip(found).enumerate().find_map(|(index, (item, found))| {
            let (event, found) = match self.framing {
                Some(Framing::Events) => (Some(found), &found["data"]),
                _ => (None, found),
            };
            let mut value = item.value.clone();
            let is_unnamed = item.is_whole && value.get("event").is_none();
            if is_unnamed && found.get("event").is_some_and(|event| event == "message") {
                // An event without a type is a `message` (HTML, "Server-sent events").
                value["event"] = "message".into();
            }
            let mut expected = match &self.schema {
                Some(at) => declared(&value, found, document, at),
                None => value,
            };
            if let Some(at) = &item.content {
                expected["data"] = declared(&item.value["data"], &found["data"], document, at);
            }
            // The type of a whole event has the name and the id as well.
            let is_named = match event {
                Some(event) => {
                    let name = match item.is_whole {
                        true => item.value["event"].as_str().unwrap_or("message"),
                        false => &*name(index),
                    };
                    event["event"] == *name && event["id"] == *self.last_id(index)
                }
                None => true,
            };
            let fault =
                difference(&expected, found).map(|at| format!("item {index} differs at {at}: {found}"));
            fault.or_else(|| (!is_named).then(|| format!("item {index} is the event {found}")))
        })
    }
}

/// A random item, whose data is JSON of its `contentSchema` if it has one.
fn item(
    operation: &TestedOperation<'_>,
    stream: &Streamed,
    instances: &mut Instances<'_>,
) -> Result<Item, String> {
    let document = operation.document();
    let Some(schema) = &stream.schema else {
        return Ok(Item { value: "a text".into(), is_whole: false, content: None });
    };
    let mut value = operation.instance(schema, instances)?;
    if stream.framing != Framing::Events {
        return Ok(Item { value, is_whole: false, content: None });
    }
    let parts = |value| in_place(document, schema.resolve(document), value);
    let is_whole =
        stream.is_item_schema && parts(None).iter().any(|part| part["properties"].get("data").is_some());
    for _ in 0..TRIES {
        // Nothing is dispatched without data.
        if !is_whole || value.get("data").is_some_and(|data| data != "") || !value.is_object() {
            break;
        }
        value = operation.instance(schema, instances)?;
    }
    if let Some(fields) = value.as_object_mut() {
        // The parser does not tell an empty id or type from none, and ignores other fields (HTML, "Server-sent events").
        fields.retain(|name, value| {
            let is_field = !is_whole || FIELDS.contains(&name.as_str());
            is_field && (!matches!(name.as_str(), "id" | "event") || value != "")
        });
    }
    let is_whole = is_whole && value.get("data").is_some() || fields(&value).is_some();
    let content = if is_whole { content_of(document, schema, &value) } else { None };
    if let Some(at) = &content {
        value["data"] = operation.instance(at, instances)?.to_string().into();
    }
    Ok(Item { value, is_whole, content })
}

/// The data of an event, unless it is JSON: strings that the document lists beside objects are sent as they are.
fn item_text(document: &Value, stream: &Streamed, item: &Item) -> Option<String> {
    let data = if item.is_whole { item.value.get("data")? } else { &item.value };
    let text = data.as_str()?;
    let schema = stream.schema.as_ref().and_then(|at| at.resolve(document));
    let is_listed = in_place(document, schema, None).iter().any(|part| lists(part, data));
    let is_json = serde_json::from_str::<Value>(text).is_ok();
    let is_union = in_place(document, schema, None).len() > 2;
    (item.is_whole || stream.is_text || is_listed && is_union && !is_json).then(|| text.to_owned())
}

fn name(index: usize) -> String {
    format!("event-{index}")
}

/// The fields of a server-sent event, if an item has nothing else; they have the fields `data` and another one.
fn fields(item: &Value) -> Option<&Map<String, Value>> {
    let fields = item.as_object()?;
    let is_field = |name: &String| FIELDS.contains(&name.as_str());
    (fields.keys().all(is_field) && fields.contains_key("data") && fields.len() > 1).then_some(fields)
}

/// An item as a server-sent event, with comments and an event that says nothing.
fn event(index: usize, item: &Item, text: Option<String>) -> String {
    let plain = json!({ "id": index.to_string(), "event": name(index), "data": item.value });
    let all = if item.is_whole { &item.value } else { &plain };
    let mut lines = format!(": comment {index}\n");
    for (name, value) in all.as_object().into_iter().flatten() {
        let text = match (value, &text) {
            (_, Some(text)) if name == "data" => text.clone(),
            (Value::String(text), _) if name != "data" => text.clone(),
            (value, _) => value.to_string(),
        };
        lines.extend(text.split('\n').map(|line| format!("{name}: {line}\n")));
    }
    lines + "\n\n"
}
