//! Re-exports everything that generated code imports: the module of `Settings::module`.

pub(crate) use crate::bounded::Bounded;
pub(crate) use crate::caller::Caller;
pub(crate) use crate::client::Client;
#[allow(unused_imports, reason = "which of them are used depends on the document's operations")]
pub(crate) use crate::client::server;
#[allow(unused_imports, reason = "which of them are used depends on the document's types")]
pub(crate) use crate::date_time::{Date, DateTime};
pub(crate) use crate::e164::E164;
#[allow(unused_imports, reason = "which of them are used depends on the document's operations")]
pub(crate) use crate::encode::{
    Style, cookies, encode_path, form, in_cookie, in_cookie_reserved, in_header, in_path, in_path_reserved,
    in_query, in_query_reserved, query, whole_query,
};
#[allow(unused_imports, reason = "only documents with such enums need it")]
pub(crate) use crate::enums::string_enum;
pub(crate) use crate::error::Error;
#[allow(unused_imports, reason = "which of them are used depends on the document's operations")]
pub(crate) use crate::exchange::{Responses, bytes, decode, json, nothing, one_of};
#[cfg(feature = "multipart")]
#[allow(unused_imports, reason = "only documents with multipart forms need it")]
pub(crate) use crate::file::File;
#[allow(unused_imports, reason = "which of them are used depends on the document's operations")]
pub(crate) use crate::headers::{header, header_list, header_value};
#[allow(unused_imports, reason = "only documents with such identifiers need them")]
pub(crate) use crate::id::{IdError, id};
pub(crate) use crate::identifier::Identifier;
#[cfg(feature = "streams")]
#[allow(unused_imports, reason = "only documents with streams need them")]
pub(crate) use crate::items::{
    Event, EventData, chunk, event_of_json, event_of_json_or_text, event_of_text, json_value, whole_event,
};
#[cfg(feature = "streams")]
#[allow(unused_imports, reason = "only documents with such bodies need it")]
pub(crate) use crate::lines::lines;
#[allow(unused_imports, reason = "only documents with several media types need them")]
pub(crate) use crate::media_types::{content_type, other_body};
#[cfg(feature = "multipart")]
#[allow(unused_imports, reason = "only documents with multipart forms need them")]
pub(crate) use crate::multipart::{Content, Part, multipart, without_files};
pub(crate) use crate::object::object;
pub(crate) use crate::one_segment::OneSegment;
pub(crate) use crate::one_time_code::OneTimeCode;
#[cfg(feature = "streams")]
pub(crate) use crate::operation::open;
#[allow(unused_imports, reason = "only documents with several media types need it")]
pub(crate) use crate::operation::send_accepting;
pub(crate) use crate::operation::{Call, Operation, prepare, send, send_request};
#[allow(unused_imports, reason = "only documents with lists need them")]
pub(crate) use crate::pages::{Items, NextPage, Paged, Pages};
pub(crate) use crate::response::Response;
#[allow(unused_imports, reason = "which of them are used depends on the document's requests")]
pub(crate) use crate::rules::{Branch, Check, Rules, no_violations, violations};
pub(crate) use crate::seconds::Seconds;
#[allow(unused_imports, reason = "only documents with such servers need them")]
pub(crate) use crate::server::{ServerVariable, server_url};
pub use crate::setter::ConversionError;
#[allow(unused_imports, reason = "which of them are used depends on the document's types")]
pub(crate) use crate::setter::{IntoOption, Invalid, Slot, all_valid};
#[cfg(feature = "streams")]
#[allow(unused_imports, reason = "only documents with streams need them")]
pub(crate) use crate::stream::{Framing, ResponseStream, StreamOf, Streamed, stream};
#[allow(unused_imports, reason = "which of them are used depends on the document's types")]
pub(crate) use crate::unnamed::{transparent, tuple, untagged};
