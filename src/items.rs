//! Reads the items of a stream: events, whose data is JSON or text, JSON values and bytes.

use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::frames::Frame;

/// A server-sent event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event<T> {
    /// The type of the event; `message` if the server sends none.
    pub event: String,
    /// The id of this event, or of the last one that has one; empty without one.
    pub id: String,
    /// What the event says.
    pub data: T,
}

impl<T> std::ops::Deref for Event<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

/// Why an item cannot be read, and the JSON that the location of the error is in.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) error: serde_json::Error,
    pub(crate) json: Bytes,
}

/// What the data of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "which of them are used depends on the document's operations")]
pub(crate) enum EventData {
    Json,
    Text,
    /// JSON if its type takes that, else text.
    Either,
}

/// With this event, many APIs whose events are JSON say that it was the last one.
pub(crate) const LAST: &[u8] = b"[DONE]";

/// The type of an event that the server gives none (HTML, "Server-sent events").
const UNNAMED: &str = "message";

fn from_json<T: DeserializeOwned>(json: Bytes) -> Result<T, Unread> {
    serde_json::from_slice(&json).map_err(|error| Unread { error, json })
}

/// An event whose data is JSON.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn event_of_json<T: DeserializeOwned>(frame: Frame) -> Result<Event<T>, Unread> {
    Ok(Event { event: frame.event, id: frame.id, data: from_json(frame.data)? })
}

/// An event whose data is JSON, or a string that is not written as JSON.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn event_of_json_or_text<T: DeserializeOwned>(frame: Frame) -> Result<Event<T>, Unread> {
    let text = text_of(&frame);
    let data = from_json(frame.data).or_else(|unread| {
        let is_text = unread.error.is_syntax() && unread.json.trim_ascii() != LAST;
        if is_text { serde_json::from_value(Value::String(text)).map_err(|_| unread) } else { Err(unread) }
    })?;
    Ok(Event { event: frame.event, id: frame.id, data })
}

/// An event whose data is a string.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn event_of_text(frame: Frame) -> Result<Event<String>, Unread> {
    let data = text_of(&frame);
    Ok(Event { event: frame.event, id: frame.id, data })
}

/// The parser of events has made it of a string.
fn text_of(frame: &Frame) -> String {
    String::from_utf8_lossy(&frame.data).into_owned()
}

/// An event whose type describes all of its fields: `{event, id, retry, data}`.
///
/// `has_event` is whether the type has `event`, `data` what the data of the events with these types is, and `otherwise` that of all others.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn whole_event<T: DeserializeOwned>(
    frame: Frame,
    has_event: bool,
    data: &[(&str, EventData)],
    otherwise: EventData,
) -> Result<Event<T>, Unread> {
    let named = data.iter().find(|(event, _)| *event == frame.event);
    let form = named.map_or(otherwise, |(_, form)| *form);
    if form == EventData::Json {
        from_json::<IgnoredAny>(frame.data.clone())?;
    }
    let is_json = form != EventData::Text && serde_json::from_slice::<IgnoredAny>(&frame.data).is_ok();
    let forms = [is_json.then_some(true), (form != EventData::Json).then_some(false)];
    // A branch that has no `event` may allow no other fields.
    let events = [has_event.then_some(true), (!has_event || frame.event == UNNAMED).then_some(false)];
    let mut first: Option<Unread> = None;
    for with_event in events.into_iter().flatten() {
        for as_json in forms.into_iter().flatten() {
            match from_json(fields(&frame, with_event, as_json)) {
                Ok(data) => return Ok(Event { event: frame.event, id: frame.id, data }),
                Err(unread) => _ = first.get_or_insert(unread),
            }
        }
    }
    Err(first.unwrap_or_else(|| Unread { error: serde::de::Error::custom("no event"), json: frame.data }))
}

/// The fields of an event as JSON. Its data is written as it came, so that errors say where they are.
fn fields(frame: &Frame, with_event: bool, as_json: bool) -> Bytes {
    let mut fields = json!({});
    if with_event {
        fields["event"] = frame.event.as_str().into();
    }
    if frame.has_own_id {
        fields["id"] = frame.id.as_str().into();
    }
    if let Some(retry) = frame.retry {
        fields["retry"] = u64::try_from(retry.as_millis()).unwrap_or(u64::MAX).into();
    }
    let mut json = fields.to_string().into_bytes();
    json.pop();
    if json.len() > 1 {
        json.push(b',');
    }
    json.extend_from_slice(b"\"data\":");
    if as_json {
        json.extend_from_slice(&frame.data);
    } else {
        json.extend_from_slice(Value::String(text_of(frame)).to_string().as_bytes());
    }
    json.push(b'}');
    json.into()
}

/// A JSON value on a line, or in a sequence.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn json_value<T: DeserializeOwned>(frame: Frame) -> Result<T, Unread> {
    from_json(frame.data)
}

/// Bytes as they arrive.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn chunk(frame: Frame) -> Result<Bytes, Unread> {
    Ok(frame.data)
}
