//! How long the server asks to wait: the header `Retry-After`.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The value of a number of seconds that is too large to represent (RFC 9111 §1.2.2).
const OVERFLOW: u64 = 1 << 31;

/// The time to wait: `None` if the header is missing or invalid, zero if its date has passed.
///
/// A date is compared with the server's own `Date`, so that this machine's clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = text(headers, RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(
            text.parse().map_or(OVERFLOW, |seconds: u64| seconds.min(OVERFLOW)),
        ));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = self::text(headers, DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    Some(until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().expect("a header"));
        if let Some(date) = date {
            headers.insert(DATE, date.parse().expect("a header"));
        }
        self::retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_seconds() {
        assert_eq!(wait("0", None), Some(0));
        assert_eq!(wait(" 120 ", None), Some(120));
        for huge in ["99999999999", "99999999999999999999999999"] {
            assert_eq!(wait(huge, None), Some(OVERFLOW));
        }
    }

    #[test]
    fn a_date_counts_from_the_servers_own() {
        let date = Some("Mon, 23 Nov 2026 12:00:00 GMT");
        assert_eq!(wait("Mon, 23 Nov 2026 12:01:30 GMT", date), Some(90));
        assert_eq!(wait("Monday, 23-Nov-26 12:01:30 GMT", date), Some(90));
        assert_eq!(wait("Mon, 23 Nov 2026 11:00:00 GMT", date), Some(0));
        assert_eq!(wait("Thu, 01 Jan 1970 00:00:00 GMT", None), Some(0));
        assert!(wait("Fri, 31 Dec 9999 23:59:59 GMT", None) > Some(OVERFLOW));
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for text in ["", "-1", "1.5", "soon", "1h", "+5"] {
            assert_eq!(wait(text, None), None, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
