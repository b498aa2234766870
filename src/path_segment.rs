//! A parameter in the path of a URL: whatever it is, it stays one segment.
//! Knows URLs; must not know operations.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;

/// Everything but the unreserved characters (RFC 3986 §2.3).
///
/// A URL parser takes a backslash for a slash (WHATWG URL §4.4), so that leaving out what need not be encoded is not enough.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a path. Generated code calls it for every parameter there.
///
/// # Errors
/// The value is empty, `.` or `..`: URL parsers take those for other paths, encoded or not, so that the request would reach
/// another operation.
#[allow(dead_code, reason = "only an operation with parameters in its path needs it")]
pub(crate) fn encode_path(value: &str) -> Result<String, Error> {
    match value {
        "" => Err(Error::invalid_request("a parameter in the path is empty".to_owned())),
        "." | ".." => Err(Error::invalid_request("a parameter in the path is `.` or `..`".to_owned())),
        _ => Ok(utf8_percent_encode(value, RESERVED).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_segment() {
        for value in
            ["a/b", "a\\b", "..\\x", "../x", "?a#b", "%2e%2e", "é €", "a\tb\r\n", "+1", "...", "a;b@c:d"]
        {
            let encoded = encode_path(value).expect("a segment");
            let url = url::Url::parse(&format!("https://example.com/before/{encoded}/after")).expect("a URL");
            let segments: Vec<&str> = url.path_segments().expect("a path").collect();
            let found = percent_encoding::percent_decode_str(segments[1]).decode_utf8().expect("UTF-8");
            assert_eq!((segments.len(), &*found, url.query(), url.fragment()), (3, value, None, None));
        }
    }

    #[test]
    fn what_would_be_another_path_is_refused() {
        for value in ["", ".", ".."] {
            assert!(encode_path(value).is_err(), "{value}");
        }
    }
}
