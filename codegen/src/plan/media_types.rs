//! The media types of an operation: how its body is written, and what its responses can be besides JSON.

use super::ParameterStyle;
use crate::document::Pointer;
use crate::document::media_type::Framing;

/// The media types of an operation, as header values, and what a form adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MediaTypes {
    /// `Content-Type`, if there is a body.
    pub content_type: Option<String>,
    /// The media types of the body, if the caller chooses one.
    pub chosen: Option<ChosenMediaType>,
    /// The media types of bodies that the caller formats, beside the one that has a type.
    pub others: Option<OtherBodies>,
    /// `Accept`, if a response has content.
    pub accept: Option<String>,
    /// The media types that a success can have in place of JSON.
    pub alternatives: Vec<String>,
    /// The styles of the properties of a form, by their names on the wire.
    pub encodings: Vec<(String, ParameterStyle)>,
    /// The successful response that is read as a stream of events or JSON values.
    pub stream: Option<StreamPlan>,
    /// How a multipart body is written.
    pub multipart: Option<Multipart>,
    /// How a body of JSON values, one after another, is written.
    pub lines: Option<Lines>,
}

/// A successful response that consists of events or JSON values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamPlan {
    /// The key of the response that has the schema of an item, until this is a type: `200 text/event-stream`.
    pub key: String,
    /// The location of that schema in the document.
    pub item_at: Pointer,
    /// The media type.
    pub media_type: String,
    pub framing: Framing,
    pub item: StreamItem,
    /// Whether an item may be `null`.
    pub is_nullable: bool,
    /// The property of the request's body that asks for a stream, where the operation also has a success that is not one.
    pub switch: Option<String>,
}

/// What a stream consists of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StreamItem {
    /// JSON of this Rust type; `None` for any value. The data of an event is one.
    Json(Option<String>),
    /// Events whose data is text.
    Text,
    /// Events whose data is JSON of this Rust type, or a string of it that is not written as JSON.
    JsonOrText(Option<String>),
    /// Events of this Rust type, which describes all of their fields.
    WholeEvent(Option<String>, EventFields),
}

/// What the fields of an event say, by its schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventFields {
    /// Whether it has the field `event`.
    pub has_event: bool,
    /// What the data of events with these types is.
    pub data: Vec<(String, EventData)>,
    /// What that of all others is.
    pub otherwise: EventData,
}

/// What the data of an event is. The handwritten enum has variants of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventData {
    Json,
    Text,
    /// JSON, or else text.
    Either,
}

impl StreamItem {
    /// The Rust type of its JSON, or of its events.
    pub(crate) fn of_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Json(of) | Self::JsonOrText(of) | Self::WholeEvent(of, _) => Some(of),
            Self::Text => None,
        }
    }

    /// Makes an item any value if its type is not generated.
    pub(crate) fn retain(&mut self, has_type: &dyn Fn(&str) -> bool) {
        if let Some(of) = self.of_mut()
            && of.as_ref().is_some_and(|of| !has_type(of))
        {
            *of = None;
        }
    }
}

/// How a body of JSON values, one after another, is written. In the generator's input, it is a list in JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lines {
    pub framing: Framing,
    /// The location of the schema of a value in the document.
    pub item_at: Pointer,
}

/// How a multipart body is written. In the generator's input, it is a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Multipart {
    /// The media type, without a boundary.
    pub media_type: String,
    /// The location of its schema in the document.
    pub at: Pointer,
    /// In the order of the document.
    pub parts: Vec<Part>,
}

/// How a property of a multipart body is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// The name on the wire.
    pub name: String,
    pub content: PartContent,
    /// The media types that a file may have, or the one that anything else has.
    pub content_types: Vec<String>,
    /// Headers with one value each.
    pub headers: Vec<(String, String)>,
    pub style: Option<ParameterStyle>,
}

/// What a part has of a value. The handwritten enum `Content` has variants of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartContent {
    ByValue,
    Json,
    JsonItems,
}

/// The media types of a body that have no type, and whose bytes the caller gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OtherBodies {
    /// The name of the setter in Rust.
    pub setter: String,
    /// The media types and ranges of the document.
    pub allowed: Vec<String>,
    /// Whether a request has to have a body.
    pub is_required: bool,
}

/// The media types of a body of which one or more are ranges, such as `image/*`, or which has several names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ChosenMediaType {
    /// The name of the setter in Rust.
    pub setter: String,
    /// The media types and ranges of the document.
    pub allowed: Vec<String>,
    /// What is sent without a choice, if the document allows it.
    pub default: Option<String>,
}
