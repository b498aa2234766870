//! Reads the errors that the body of a response lists, in any of SignalWire's formats.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many errors of one response are kept: a request has fewer properties than that, and 1 MiB has room for 300,000.
const MOST: usize = 100;

/// An error that the API reported. It may quote the request, so `Debug` does not show it.
///
/// SignalWire lists errors as `{"errors": [{"code", "message", "attribute", "url", …}]}`, in another part of its API as
/// `{"errors": [{"code", "title", "detail", …}]}`, and reports a single one as `{"error": "…"}`. Missing properties are `None`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiError {
    code: Option<String>,
    message: Option<String>,
    attribute: Option<String>,
    url: Option<String>,
}

impl ApiError {
    /// Returns SignalWire's code for the error: a string, because SignalWire adds codes over time. [`codes`](crate::codes) has
    /// constants to match on.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the error in words.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns the name of the property of the request that is invalid.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// Returns the URL of SignalWire's page about the error.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Returns the first [`MOST`] errors of a body; none if the body has no format that [`ApiError`] lists.
    pub(crate) fn all(body: &[u8]) -> Vec<Self> {
        let Ok(body) = serde_json::from_slice::<Object<'_>>(body) else { return Vec::new() };
        match body.errors {
            Some(errors) if errors.get().starts_with('[') => {
                serde_json::from_str(errors.get()).map(|First(errors)| errors).unwrap_or_default()
            }
            _ => body.error().into_iter().collect(),
        }
    }

    const fn nothing() -> Self {
        Self { code: None, message: None, attribute: None, url: None }
    }
}

/// An object that may be an error or list some. Its values are slices of the body until they are needed.
#[derive(Default)]
struct Object<'a> {
    code: Option<&'a RawValue>,
    message: Option<&'a RawValue>,
    detail: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    title: Option<&'a RawValue>,
    attribute: Option<&'a RawValue>,
    url: Option<&'a RawValue>,
    errors: Option<&'a RawValue>,
}

impl Object<'_> {
    /// `None` if it has none of the properties.
    fn error(&self) -> Option<ApiError> {
        let error = ApiError {
            code: text(self.code),
            message: [self.message, self.detail, self.error, self.title].into_iter().find_map(text),
            attribute: text(self.attribute),
            url: text(self.url),
        };
        (error != ApiError::nothing()).then_some(error)
    }
}

/// A non-empty string, or a number as written in the body.
fn text(value: Option<&RawValue>) -> Option<String> {
    let value = value?.get();
    match value.as_bytes().first()? {
        b'"' => serde_json::from_str(value).ok().filter(|text: &String| !text.is_empty()),
        b'-' | b'0'..=b'9' => Some(value.to_owned()),
        _ => None,
    }
}

/// By hand, because a derived implementation rejects a duplicate property.
impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Properties;

        impl<'de> Visitor<'de> for Properties {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut object = Object::default();
                while let Some(name) = map.next_key::<String>()? {
                    let property = match &*name {
                        "code" => &mut object.code,
                        "message" => &mut object.message,
                        "detail" => &mut object.detail,
                        "error" => &mut object.error,
                        "title" => &mut object.title,
                        "attribute" => &mut object.attribute,
                        "url" => &mut object.url,
                        "errors" => &mut object.errors,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *property = Some(map.next_value()?);
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Properties)
    }
}

/// The first [`MOST`] errors of a list; the rest is skipped.
struct First(Vec<ApiError>);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;

        impl<'de> Visitor<'de> for Items {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<First, A::Error> {
                let mut errors = Vec::new();
                while errors.len() < MOST {
                    let Some(item) = items.next_element::<&RawValue>()? else { return Ok(First(errors)) };
                    errors.extend(item_error(item));
                }
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(errors))
            }
        }

        deserializer.deserialize_seq(Items)
    }
}

fn item_error(item: &RawValue) -> Option<ApiError> {
    match item.get().as_bytes().first()? {
        b'{' => serde_json::from_str::<Object<'_>>(item.get()).ok()?.error(),
        b'"' => {
            let message = serde_json::from_str(item.get()).ok()?;
            Some(ApiError { message: Some(message), ..ApiError::nothing() })
        }
        _ => None,
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors_of(body: &str) -> Vec<[Option<String>; 4]> {
        let all = ApiError::all(body.as_bytes());
        let properties = |error: &ApiError| {
            let texts = [error.code(), error.message(), error.attribute(), error.url()];
            texts.map(|text| text.map(str::to_owned))
        };
        all.iter().map(properties).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn each_shape_is_read() {
        let body = r#"{"errors":[{"type":"validation_error","code":"missing_required_parameter",
            "message":"to is required","attribute":"to","url":"https://example.com/errors"}, "in words", 7]}"#;
        let first = [
            some("missing_required_parameter"),
            some("to is required"),
            some("to"),
            some("https://example.com/errors"),
        ];
        assert_eq!(errors_of(body), [first, [None, some("in words"), None, None]]);

        let body = r#"{"errors":[{"detail":"no number","status":"422","title":"Invalid","code":21211}]}"#;
        assert_eq!(errors_of(body), [[some("21211"), some("no number"), None, None]]);
        assert_eq!(errors_of(r#"{"error":"Unauthorized"}"#), [[None, some("Unauthorized"), None, None]]);
        assert_eq!(
            errors_of(r#"{"code":"busy","message":"wait"}"#),
            [[some("busy"), some("wait"), None, None]]
        );
        // An `errors` that is not an array is ignored like any unknown property.
        for errors in ["{}", r#""[""#, "null"] {
            let body = format!(r#"{{"errors":{errors},"error":"Unauthorized"}}"#);
            assert_eq!(errors_of(&body), [[None, some("Unauthorized"), None, None]], "{body}");
        }
    }

    #[test]
    fn debug_output_does_not_quote_the_body() {
        let errors = ApiError::all(br#"{"code":"secret","message":"secret"}"#);
        assert_eq!(format!("{errors:?}"), "[ApiError { .. }]");
    }

    #[test]
    fn the_last_of_equal_properties_counts_and_escapes_are_resolved() {
        let body = r#"{"error":"a","err\u006fr":"\u00e9\n","code":[1],"code":-12345678901234567890123}"#;
        assert_eq!(errors_of(body), [[some("-12345678901234567890123"), some("é\n"), None, None]]);
    }

    #[test]
    fn what_has_no_shape_lists_nothing() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"errors":{}}"#,
            r#"{"errors":[{}, null]}"#,
            r#"{"error":{}}"#,
            "\u{0}",
        ] {
            assert!(errors_of(body).is_empty(), "{body}");
        }
        assert!(ApiError::all(b"{\"error\":\"\xff\"}").is_empty());
    }
}
