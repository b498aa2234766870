//! Matches requests to an operation by method and path.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use super::difference::line;
use super::received::{Received, pairs};

/// Method and path of an operation.
pub(super) struct Route {
    method: &'static str,
    /// The path up to the first parameter.
    start: String,
    /// The name of each parameter, and the path from it to the next one.
    parameters: Vec<(String, String)>,
    /// The query that the path has in the document.
    query: Vec<(String, String)>,
}

impl Route {
    /// The path has `{name}` for each parameter.
    pub(super) fn new(method: &'static str, path: &str) -> Self {
        let url = as_sent(path);
        let mut pieces = url.path().split("%7B");
        let start = pieces.next().unwrap_or_default().to_owned();
        let parameter = |piece: &str| {
            let (name, next) = piece.split_once("%7D")?;
            Some((percent_decode_str(name).decode_utf8_lossy().into_owned(), next.to_owned()))
        };
        let parameters = pieces.filter_map(parameter).collect();
        Self { method, start, parameters, query: pairs(url.query().unwrap_or_default()) }
    }

    /// How many parameters the path has. Of two paths that fit, OpenAPI prefers the one with fewer (3.1.0 §4.8.8.2).
    pub(super) fn parameters(&self) -> usize {
        self.parameters.len()
    }

    /// The differences between the parameters in the path and these encoded values; `None` if it is a request of another operation.
    pub(super) fn differences(&self, request: &Received, values: &[(&str, String)]) -> Option<Vec<String>> {
        let is_method = request.method == self.method;
        let has_query = self.query.iter().all(|pair| request.query.contains(pair));
        let rest = request.path.strip_prefix(&self.start).filter(|_| is_method && has_query)?;
        if split(rest, &self.parameters, values).is_some() {
            return Some(Vec::new());
        }
        let found = split(rest, &self.parameters, &[])?;
        let differ = values.iter().flat_map(|(name, expected)| {
            let others = found.iter().filter(move |(of, value)| of == name && value != expected);
            others.map(move |(_, value)| {
                let (found, expected) = (decoded(value), decoded(expected));
                line(&format!("path parameter {name}"), Some(&found), Some(&expected))
            })
        });
        Some(differ.collect())
    }
}

fn decoded(value: &str) -> Value {
    Value::String(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// The path as the client's URL parser writes it, which encodes some characters and resolves `..`.
fn as_sent(path: &str) -> Url {
    Url::parse(&format!("http://127.0.0.1{path}")).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// Splits the rest of a path into its parameters, the last one first; `None` if it does not have them with these values.
///
/// A parameter is part of one segment. There may be several ways: `1-2-3` fits `{a}-{b}` in two.
fn split<'a>(
    rest: &'a str,
    parameters: &'a [(String, String)],
    values: &[(&str, String)],
) -> Option<Vec<(&'a str, &'a str)>> {
    let Some(((name, next), others)) = parameters.split_first() else {
        return rest.is_empty().then(Vec::new);
    };
    let segment = rest.find('/').unwrap_or(rest.len());
    (1..=segment).filter_map(|end| rest.split_at_checked(end)).find_map(|(value, after)| {
        let mut expected = values.iter().filter(|(of, _)| of == name);
        let after = after.strip_prefix(next.as_str()).filter(|_| expected.all(|(_, of)| of == value))?;
        let mut found = split(after, others, values)?;
        found.push((name.as_str(), value));
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(template: &str, url: &str, values: &[(&str, &str)]) -> bool {
        differences(template, url, values).is_some_and(|differ| differ.is_empty())
    }

    fn differences(template: &str, url: &str, values: &[(&str, &str)]) -> Option<Vec<String>> {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Received {
            method: reqwest::Method::POST,
            path: path.to_owned(),
            query: pairs(query),
            headers: Default::default(),
            body: Default::default(),
        };
        let values: Vec<(&str, String)> =
            values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Route::new("POST", template).differences(&request, &values)
    }

    #[test]
    fn a_value_that_differs_is_named() {
        assert_eq!(
            differences("/a/{x}/{y}", "/a/%2B1/2", &[("x", "%2B2"), ("y", "2")]),
            Some(vec![r#"path parameter x is "+1", expected "+2""#.to_owned()])
        );
        let expected = r#"path parameter y is "2-3", expected "4""#.to_owned();
        assert_eq!(differences("/a/{x}-{y}", "/a/1-2-3", &[("y", "4")]), Some(vec![expected]));
        assert_eq!(differences("/a/{x}/{y}", "/b/1/2", &[("x", "2")]), None);
    }

    #[test]
    fn a_path_is_one_of_its_template_alone() {
        for (template, path, expected) in [
            ("/mfa/sms", "/mfa/sms", true),
            ("/mfa/sms", "/mfa/sms/", false),
            ("/mfa/sms", "/mfa/call", false),
            ("/mfa/{id}/verify", "/mfa/7/verify", true),
            ("/mfa/{id}/verify", "/mfa//verify", false),
            ("/mfa/{id}/verify", "/mfa/7/8/verify", false),
            ("/mfa/{id}/verify", "/mfa/7/verify/8", false),
            ("/a/{x}", "/a/b%2Fc", true),
            ("/a/{x}", "/a/", false),
            ("/a/{x}/b/{y}", "/a/1/b/2", true),
            ("/a/{x}.json", "/a/x.json.json", true),
            ("/a/{x}.json", "/a/.json", false),
            ("/a/{x}.json", "/a/é", false),
            ("/a/{x}-{y}", "/a/1-2-3", true),
            ("/a/{x}-{y}", "/a/1-", false),
            ("/a/{x}{y}", "/a/12", true),
            ("/a/{x}{y}", "/a/1", false),
        ] {
            assert_eq!(fits(template, path, &[]), expected, "{template} {path}");
        }
    }

    #[test]
    fn a_parameter_has_the_value_that_it_should_have() {
        for (template, path, values, expected) in [
            ("/a/{x}/{y}", "/a/1/2", &[("x", "1"), ("y", "2")][..], true),
            ("/a/{x}/{y}", "/a/1/2", &[("y", "1")], false),
            ("/a/{x}-{y}", "/a/1-2-3", &[("x", "1-2"), ("y", "3")], true),
            ("/a/{x}-{y}", "/a/1-2-3", &[("x", "1"), ("y", "2-3")], true),
            ("/a/{x}-{y}", "/a/1-2-3", &[("x", "1"), ("y", "3")], false),
            ("/a/{x}{y}", "/a/123", &[("x", "12")], true),
            ("/a/{x}{y}", "/a/123", &[("x", "123")], false),
            ("/a/{x}/b/{x}", "/a/1/b/1", &[("x", "1")], true),
            ("/a/{x}/b/{x}", "/a/1/b/2", &[("x", "1")], false),
        ] {
            assert_eq!(fits(template, path, values), expected, "{template} {path} {values:?}");
        }
    }

    #[test]
    fn a_template_is_compared_as_the_client_sends_it() {
        for (template, url, expected) in [
            ("/a b/é/{x y}", "/a%20b/%C3%A9/1", true),
            ("/a%20b/{x}", "/a%20b/1", true),
            ("/a/\"<>`|^/{x}", "/a/%22%3C%3E%60|^/1", true),
            ("/a\\b/{x}", "/a/b/1", true),
            ("/a/../b/./{x}", "/b/1", true),
            ("//a//{x}", "//a//1", true),
            ("//a//{x}", "/a/1", false),
            ("/a/{x}#part", "/a/1", true),
            ("/a/{x}?b=c", "/a/1?d=e&b=c", true),
            ("/a/{x}?b=c", "/a/1?b=d", false),
        ] {
            assert_eq!(fits(template, url, &[("x", "1")]), expected, "{template} {url}");
        }
    }
}
