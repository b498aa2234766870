//! Media types: compares them, and classifies how their content is read and written.

/// How the content of a media type is written and read, the preferred way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// JSON under any name, and `*/*`.
    Json,
    /// `application/x-www-form-urlencoded`.
    UrlEncoded,
    /// Opaque bytes.
    Bytes,
    /// Text.
    Text,
    /// `multipart/…`.
    Multipart,
    /// One value after another: event streams, JSON lines, JSON text sequences.
    Stream,
}

/// `application/json`.
pub const JSON: &str = "application/json";
/// `application/x-www-form-urlencoded`.
pub const URL_ENCODED: &str = "application/x-www-form-urlencoded";

impl Form {
    /// The form of a media type.
    pub fn of(media_type: &str) -> Self {
        match essence(media_type).as_str() {
            stream if Framing::of(stream).is_some() => Self::Stream,
            JSON | "text/json" | "*/*" | "application/*" => Self::Json,
            json if json.ends_with("+json") => Self::Json,
            URL_ENCODED => Self::UrlEncoded,
            multipart if multipart.starts_with("multipart/") => Self::Multipart,
            text if text.starts_with("text/") => Self::Text,
            _ => Self::Bytes,
        }
    }
}

/// The fields of a server-sent event (HTML, "Server-sent events").
pub(crate) const EVENT_FIELDS: [&str; 4] = ["event", "data", "id", "retry"];

/// How the values of a [`Form::Stream`] follow each other. The handwritten enum has variants of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Events,
    /// A JSON value on each line.
    Lines,
    /// A record separator before each JSON value (RFC 7464).
    Sequence,
}

impl Framing {
    /// The framing of a media type; `None` for one that is not a stream.
    pub fn of(media_type: &str) -> Option<Self> {
        match essence(media_type).as_str() {
            "text/event-stream" => Some(Self::Events),
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/stream+json" => Some(Self::Lines),
            "application/json-seq" => Some(Self::Sequence),
            sequence if sequence.ends_with("+json-seq") => Some(Self::Sequence),
            _ => None,
        }
    }
}

/// A media type without its parameters, in lower case: both of its names are case-insensitive (RFC 9110 §8.3.1).
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `application/json;charset="UTF-8"` ⇒ `application/json; charset=utf-8`
///
/// The form for comparisons: case of names, quotes and order are not significant (RFC 9110 §5.6.6, §8.3).
pub fn normal(media_type: &str) -> String {
    let mut parameters: Vec<String> = media_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .map(|(name, value)| {
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            // Only values of `charset` are known to be case-insensitive (RFC 9110 §8.3.2).
            let value = if name == "charset" { value.to_ascii_lowercase() } else { value.to_owned() };
            format!("; {name}={value}")
        })
        .collect();
    parameters.sort();
    format!("{}{}", essence(media_type), parameters.concat())
}

/// `application/problem+json` ⇒ `application` and `json` (RFC 6839 §2)
fn general(essence: &str) -> Option<(&str, &str)> {
    let (kind, subtype) = essence.split_once('/')?;
    Some((kind, subtype.rsplit_once('+').map(|(_, suffix)| suffix)?))
}

/// Whether a reader of the second media type can read the first: `application/problem+json` is `application/json`.
pub fn is_special_case(special: &str, of: &str) -> bool {
    let (special, of) = (essence(special), essence(of));
    match (general(&special), of.split_once('/')) {
        (Some((_, suffix)), Some((_, subtype))) => suffix == subtype,
        _ => false,
    }
}

/// The preferred of several media types: by form, then one that is not a range (OpenAPI 3.1.0 §4.8.14.1), then by order.
pub fn preferred<'a>(media_types: impl IntoIterator<Item = &'a String>) -> Option<&'a String> {
    media_types.into_iter().min_by_key(|media_type| (Form::of(media_type), is_range(media_type)))
}

/// The preferred media type of a request. If it may be, `multipart/…` comes before all but JSON: no other form has files.
///
/// Of several that are alike, one whose schema gives a type comes first: `multipart/form-data: {}` says nothing of its parts.
pub fn preferred_of_request<'a>(
    media_types: impl IntoIterator<Item = &'a String>,
    may_be_multipart: bool,
    is_typed: impl Fn(&str) -> bool,
) -> Option<&'a String> {
    let rank = |form: Form| match form {
        Form::Json => 0,
        Form::Multipart if may_be_multipart => 1,
        form => 2 + form as u8,
    };
    media_types.into_iter().min_by_key(|media_type| {
        let form = Form::of(media_type);
        let is_untyped = matches!(form, Form::Json | Form::Multipart) && !is_typed(media_type);
        (rank(form), is_range(media_type), is_untyped)
    })
}

/// Whether it is a media range such as `image/*`, which is not a valid `Content-Type`.
pub fn is_range(media_type: &str) -> bool {
    essence(media_type).ends_with("/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_has_one_form_however_it_is_written() {
        for (media_type, form) in [
            ("Application/JSON; charset=utf-8", Form::Json),
            ("text/json", Form::Json),
            ("application/vnd.api+json;v=1", Form::Json),
            ("*/*", Form::Json),
            ("application/json-seq", Form::Stream),
            ("application/geo+json-seq", Form::Stream),
            ("application/stream+json", Form::Stream),
            ("application/jsonl; charset=utf-8", Form::Stream),
            ("text/event-stream", Form::Stream),
            ("multipart/mixed; boundary=x", Form::Multipart),
            ("text/csv", Form::Text),
            ("image/png", Form::Bytes),
            ("", Form::Bytes),
        ] {
            assert_eq!(Form::of(media_type), form, "{media_type}");
        }
    }

    #[test]
    fn spelling_makes_no_other_media_type() {
        let expected = "application/json; charset=utf-8; v=\u{e9}X";
        for spelling in
            ["Application/JSON;V=\u{e9}X;charset=UTF-8", "application/json ; charset=\"utf-8\" ;v=\u{e9}X"]
        {
            assert_eq!(normal(spelling), expected);
        }
        assert_eq!(normal("text/plain;"), "text/plain");
    }

    #[test]
    fn a_suffix_makes_a_special_case() {
        assert!(is_special_case("application/problem+json", "application/json; charset=utf-8"));
        assert!(!is_special_case("application/json", "application/problem+json"));
        assert!(!is_special_case("application/problem+xml", "application/json"));
    }
}
