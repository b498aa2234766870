//! Reads the response headers that a document declares, and writes request headers.

use std::str::FromStr;

use reqwest::header::{HeaderMap, HeaderValue};

use crate::setter::ConversionError;

/// Writes the value of a header of a request.
///
/// # Errors
/// Returns an error if the text has a control character.
pub(crate) fn header_value(text: String) -> Result<HeaderValue, ConversionError> {
    HeaderValue::try_from(text).map_err(|_| "a header value has a control character".into())
}

/// Returns the value of a header without the spaces around it; `None` if the header is missing or not ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The values of a header that lists them with commas between, or has several lines (RFC 9110 §5.3). `None` if there is no such
/// header, or one of its values is not of the type.
pub(crate) fn header_list<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<Vec<T>> {
    let mut values = Vec::new();
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    for line in lines {
        // Empty elements are ignored (RFC 9110 §5.6.1.2).
        for value in line.to_str().ok()?.split(',').map(str::trim).filter(|value| !value.is_empty()) {
            values.push(value.parse().ok()?);
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_with_a_control_character_is_an_error() {
        assert_eq!(header_value("a b".to_owned()).expect("a value"), "a b");
        let error = header_value("secret\r\nhost: x".to_owned()).expect_err("two lines");
        assert_eq!(error.to_string(), "a header value has a control character");
    }

    fn headers(lines: &[(&'static str, &'static [u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn a_header_is_its_first_value() {
        let headers = headers(&[("x-a", b" b c "), ("x-a", b"d"), ("x-e", b"\xff")]);
        assert_eq!(header(&headers, "X-A"), Some("b c"));
        assert_eq!((header(&headers, "x-e"), header(&headers, "x-f")), (None, None));
        assert_eq!(header(&headers, "not a name"), None);
    }

    #[test]
    fn a_list_has_the_values_of_all_lines() {
        let headers =
            headers(&[("x-a", b"1, 2,,"), ("x-a", b"3"), ("x-b", b"1,b"), ("x-c", b""), ("x-d", b"\xff")]);
        let list = |name: &str| header_list::<i64>(&headers, name);
        assert_eq!(list("X-A"), Some(vec![1, 2, 3]));
        assert_eq!((list("x-b"), list("x-c"), list("x-d")), (None, Some(vec![]), None));
        assert_eq!(list("x-e"), None);
        assert_eq!(header_list(&headers, "x-b"), Some(vec!["1".to_owned(), "b".to_owned()]));
    }
}
