//! Decides which error codes and request ids of a server an error may show: none that could be a telephone number or a one-time code.

use percent_encoding::percent_decode_str;
use reqwest::Request;

/// The longest code or id that is shown.
const LONGEST: usize = 64;

/// The longest run of digits in a code that is shown. Telephone numbers and one-time codes can have five or more.
const LONGEST_RUN: usize = 4;

/// Larger requests are not kept for the comparison, and then no code is shown.
const LARGEST_REQUEST: usize = 64 << 10;

/// The content of a request, to recognise a response that repeats it.
pub(crate) struct SentWords(Option<String>);

impl SentWords {
    pub(crate) fn of(request: &Request) -> Self {
        let body = request.body().map_or(Some(&[][..]), reqwest::Body::as_bytes);
        let body = body.filter(|body| body.len() <= LARGEST_REQUEST);
        Self(body.map(|body| {
            let url = percent_decode_str(request.url().as_str()).decode_utf8_lossy();
            let mut sent = format!("{url} {}", String::from_utf8_lossy(body));
            for header in request.headers().values() {
                sent.push(' ');
                sent.push_str(&String::from_utf8_lossy(header.as_bytes()));
            }
            sent
        }))
    }

    /// Whether the request contains `code` as a word; true if its content is not known.
    fn has(&self, code: &str) -> bool {
        let Some(sent) = &self.0 else { return true };
        sent.split(|character| !is_allowed(character)).any(|word| word.eq_ignore_ascii_case(code))
    }
}

/// Whether an error code reveals nothing about a person: it is an identifier that the request does not contain.
pub(crate) fn is_safe_code(code: &str, sent: &SentWords) -> bool {
    let runs = code.split(|character: char| !character.is_ascii_digit());
    is_safe_id(code)
        && code.starts_with(|first: char| first.is_ascii_alphabetic())
        && runs.map(str::len).all(|length| length <= LONGEST_RUN)
        && !sent.has(code)
}

/// Whether a request id has the form of one.
pub(crate) fn is_safe_id(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.chars().all(is_allowed)
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.:-".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(body: &str) -> SentWords {
        let mut request =
            Request::new(reqwest::Method::POST, "https://h/mfa/abcd-1/verify?q=Xy".parse().expect("a URL"));
        *request.body_mut() = Some(body.to_owned().into());
        SentWords::of(&request)
    }

    #[test]
    fn shows_codes_that_are_identifiers() {
        let sent = sent(r#"{"to":"+14043287382","token":"abc123","message":"a b"}"#);
        for code in ["invalid_to", "E21211:x", "not.found", "z", &"x".repeat(64)] {
            assert_eq!(is_safe_code(code, &sent), code != "E21211:x", "{code}");
        }
    }

    #[test]
    fn hides_what_a_header_or_the_query_had() {
        let mut request =
            Request::new(reqwest::Method::GET, "https://h/?q=a%20Secret".parse().expect("a URL"));
        request.headers_mut().insert("x-key", "k:Hidden".parse().expect("a value"));
        let sent = SentWords::of(&request);
        for (code, is_safe) in [("Secret", false), ("k:Hidden", false), ("invalid_to", true)] {
            assert_eq!(is_safe_code(code, &sent), is_safe, "{code}");
        }
    }

    #[test]
    fn hides_what_could_be_a_number_or_was_sent() {
        let sent = sent(r#"{"to":"+14043287382","token":"abc123","message":"a b"}"#);
        for code in ["", "14043287382", "n14043287382", "abc123", "ABC123", "xy", "abcd-1", "a b", "é", "_a"]
        {
            assert!(!is_safe_code(code, &sent), "{code}");
        }
        assert!(!is_safe_code(&"x".repeat(65), &sent));
    }

    #[test]
    fn hides_all_codes_when_the_request_is_not_known() {
        assert!(!is_safe_code("invalid_to", &sent(&"x".repeat(LARGEST_REQUEST + 1))));
        let mut streamed = Request::new(reqwest::Method::POST, "https://h/".parse().expect("a URL"));
        *streamed.body_mut() = Some(reqwest::Body::wrap(reqwest::Body::from("x")));
        assert!(!is_safe_code("invalid_to", &SentWords::of(&streamed)));
    }
}
