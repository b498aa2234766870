//! A request that the mock server has received.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;

/// A request whose body was read.
#[derive(Clone)]
pub(super) struct Received {
    pub(super) method: Method,
    /// The path below that of the space.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A message for each request to which no mock replied.
#[derive(Default)]
pub(super) struct Unexpected {
    messages: Vec<String>,
    /// Whether the test has seen them.
    reported: bool,
}

impl Unexpected {
    pub(super) fn push(&mut self, message: String) {
        self.messages.push(message);
        self.reported = false;
    }

    pub(super) fn report(&mut self) -> Vec<String> {
        self.reported = true;
        self.messages.clone()
    }

    /// The messages as lines; `None` if all were reported.
    pub(super) fn unreported(&mut self) -> Option<String> {
        let is_new = !self.reported && !self.messages.is_empty();
        is_new.then(|| listed(&self.report()))
    }
}

/// `unexpected requests:` and a line for each.
pub(super) fn listed(messages: &[String]) -> String {
    format!("unexpected requests:\n  {}", messages.join("\n  "))
}

/// The decoded pairs of a query.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_has_seen_is_not_reported_again() {
        let mut unexpected = Unexpected::default();
        assert_eq!(unexpected.unreported(), None);
        unexpected.push("a".to_owned());
        assert_eq!(unexpected.report(), ["a"]);
        assert_eq!(unexpected.unreported(), None);
        unexpected.push("b".to_owned());
        assert_eq!(unexpected.unreported().as_deref(), Some("unexpected requests:\n  a\n  b"));
        assert_eq!(unexpected.unreported(), None);
    }
}
