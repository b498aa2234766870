//! Which requests are those of an operation.

use percent_encoding::percent_decode_str;
use reqwest::Method;
use url::Url;

use super::received::{Received, pairs};

/// Method and path of an operation.
pub(super) struct Route {
    method: Method,
    /// What stands before the first parameter.
    start: String,
    /// The name of each parameter, and what stands behind it.
    parameters: Vec<(String, String)>,
    /// What stands behind a `?` in the path.
    query: Vec<(String, String)>,
}

impl Route {
    /// The path has `{name}` for each parameter.
    pub(super) fn new(method: Method, path: &str) -> Self {
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

    /// Whether the request is one of this operation, with these values, encoded, of parameters in the path.
    pub(super) fn fits(&self, request: &Received, values: &[(&str, String)]) -> bool {
        request.method == self.method
            && self.query.iter().all(|pair| request.query.contains(pair))
            && request.path.strip_prefix(&self.start).is_some_and(|rest| has(rest, &self.parameters, values))
    }
}

/// The path as the client's URL parser writes it, which encodes some characters and resolves `..`.
fn as_sent(path: &str) -> Url {
    Url::parse(&format!("http://127.0.0.1{path}")).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// Whether the rest of a path has these parameters, each in one segment and with what stands behind it. Where a parameter ends may
/// be a matter of choice: `1-2-3` is a `{a}-{b}` in two ways.
fn has(rest: &str, parameters: &[(String, String)], values: &[(&str, String)]) -> bool {
    let Some(((name, next), others)) = parameters.split_first() else { return rest.is_empty() };
    let wanted = || values.iter().filter(|(of, _)| of == name).map(|(_, value)| value);
    let segment = rest.find('/').unwrap_or(rest.len());
    (1..=segment).filter_map(|end| rest.split_at_checked(end)).any(|(value, after)| {
        wanted().all(|wanted| wanted == value)
            && after.strip_prefix(next.as_str()).is_some_and(|rest| has(rest, others, values))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(template: &str, url: &str, values: &[(&str, &str)]) -> bool {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Received {
            method: Method::POST,
            path: path.to_owned(),
            query: pairs(query),
            headers: Default::default(),
            body: Default::default(),
        };
        let values: Vec<(&str, String)> =
            values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Route::new(Method::POST, template).fits(&request, &values)
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
