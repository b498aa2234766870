//! Media types: that of a response, and those among which the caller chooses for a body.

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::setter::ConversionError;

/// A media type in lower case and without its parameters.
pub(crate) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The media type of a response, in lower case and without parameters; empty if the response has none.
pub(crate) fn of_response(headers: &HeaderMap) -> String {
    essence(headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// Returns the `Content-Type` of a body whose media type the caller chooses.
///
/// # Errors
/// Returns an error if the choice does not match an allowed media type or range, or if there is no choice and no default.
pub(crate) fn content_type(
    chosen: Option<String>,
    setter: &str,
    allowed: &[&str],
    default: Option<&str>,
) -> Result<String, ConversionError> {
    let Some(chosen) = chosen else {
        return default.map(str::to_owned).ok_or_else(|| format!("`{setter}` is not set").into());
    };
    let own = essence(&chosen);
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&byte))
    };
    let is_media_type =
        own.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
            && chosen.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let is_allowed = |range: &&str| {
        let range = essence(range);
        match range.strip_suffix('*') {
            Some(start) => start == "*/" || own.starts_with(start),
            None => range == own,
        }
    };
    if is_media_type && allowed.iter().any(is_allowed) {
        Ok(chosen)
    } else {
        Err(format!("`{setter}` is not one of {}", allowed.join(", ")).into())
    }
}

/// Sets a body that the caller has formatted, in place of the typed one.
///
/// # Errors
/// Returns an error if both are set, if neither is and one is required, or if the media type is not allowed.
pub(crate) fn other_body(
    mut request: Request,
    other: Option<(String, Bytes)>,
    setter: &str,
    allowed: &[&str],
    is_required: bool,
) -> Result<Request, ConversionError> {
    let Some((media_type, body)) = other else {
        return match is_required && request.body().is_none() {
            true => Err(format!("neither `body` nor `{setter}` is set").into()),
            false => Ok(request),
        };
    };
    if request.body().is_some() {
        return Err(format!("both `body` and `{setter}` are set").into());
    }
    let media_type = content_type(Some(media_type), setter, allowed, None)?;
    let media_type =
        HeaderValue::try_from(media_type).map_err(|_| format!("the media type of `{setter}` is invalid"))?;
    request.headers_mut().insert(CONTENT_TYPE, media_type);
    *request.body_mut() = Some(body.into());
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_has_no_parameters_and_is_in_lower_case() {
        let of = |value: &[u8]| {
            let value = reqwest::header::HeaderValue::from_bytes(value).expect("a value");
            of_response(&HeaderMap::from_iter([(CONTENT_TYPE, value)]))
        };
        assert_eq!(of(b"Application/Problem+JSON ; charset=utf-8"), "application/problem+json");
        assert_eq!(of(b"\xff"), "");
        assert_eq!(of_response(&HeaderMap::new()), "");
    }

    #[test]
    fn a_media_type_is_one_that_the_document_allows() {
        let of = |chosen: &str, allowed: &[&str]| {
            content_type(Some(chosen.to_owned()), "content_type", allowed, Some("image/gif")).ok()
        };
        for (chosen, allowed) in [
            ("image/png", "image/*"),
            ("IMAGE/svg+xml; charset=utf-8", "Image/*"),
            ("a/b", "*/*"),
            ("video/mp4", "video/mp4"),
        ] {
            assert_eq!(of(chosen, &[allowed]).as_deref(), Some(chosen));
        }
        for (chosen, allowed) in [
            ("video/mp4", "image/*"),
            ("image/*", "image/*"),
            ("imagex/png", "image/*"),
            ("image", "*/*"),
            ("image/", "image/*"),
            ("image/a b", "image/*"),
            ("image/png\r\nX-A: b", "image/*"),
            ("image/png; a=\u{e9}", "image/*"),
            ("video/mp4a", "video/mp4"),
        ] {
            assert_eq!(of(chosen, &[allowed]), None, "{chosen}");
        }
        assert_eq!(
            content_type(None, "a", &["image/*"], Some("image/gif")).ok().as_deref(),
            Some("image/gif")
        );
        let error = content_type(None, "content_type", &["image/*"], None).expect_err("nothing is chosen");
        assert_eq!(error.to_string(), "`content_type` is not set");
        let error = content_type(Some("a/b".to_owned()), "content_type", &["image/*", "video/mp4"], None);
        let error = error.expect_err("it is not allowed");
        assert_eq!(error.to_string(), "`content_type` is not one of image/*, video/mp4");
    }

    #[test]
    fn a_body_is_the_typed_one_or_one_that_the_caller_formats() {
        crate::tls::choose_cryptography();
        let http = reqwest::Client::new();
        let request = |typed: Option<&'static str>| {
            let request = http.post("http://localhost/");
            typed
                .map_or(request.try_clone().expect("no body"), |body| request.body(body))
                .build()
                .expect("valid")
        };
        let xml = |media_type: &str| Some((media_type.to_owned(), Bytes::from("<a/>")));
        let other = |typed, other, is_required| {
            other_body(request(typed), other, "body_as", &["application/xml", "text/*"], is_required)
        };
        let sent = other(None, xml("text/xml; charset=utf-8"), true).expect("a body");
        assert_eq!(sent.body().and_then(reqwest::Body::as_bytes), Some(&b"<a/>"[..]));
        assert_eq!(sent.headers()[CONTENT_TYPE], "text/xml; charset=utf-8");
        assert!(other(Some("{}"), None, true).is_ok() && other(None, None, false).is_ok());
        let refused = |typed, body| other(typed, body, true).expect_err("invalid").to_string();
        assert_eq!(refused(None, None), "neither `body` nor `body_as` is set");
        assert_eq!(refused(Some("{}"), xml("application/xml")), "both `body` and `body_as` are set");
        assert_eq!(refused(None, xml("image/png")), "`body_as` is not one of application/xml, text/*");
    }
}
