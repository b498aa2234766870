//! Which requests are those of an operation.

use reqwest::Method;

use super::received::Received;

/// Method and path of an operation.
pub(super) struct Route {
    method: Method,
    /// What stands before the first parameter.
    start: &'static str,
    /// The name of each parameter, and what stands behind it.
    parameters: Vec<(&'static str, &'static str)>,
}

impl Route {
    /// The path has `{name}` for each parameter.
    pub(super) fn new(method: Method, path: &'static str) -> Self {
        let mut pieces = path.split('{');
        let start = pieces.next().unwrap_or_default();
        Self { method, start, parameters: pieces.filter_map(|piece| piece.split_once('}')).collect() }
    }

    /// How many parameters the path has. Of two paths that fit, OpenAPI prefers the one with fewer (3.1.0 §4.8.8.2).
    pub(super) fn parameters(&self) -> usize {
        self.parameters.len()
    }

    /// The parameters in the path by name, encoded, if the request is one of this operation.
    pub(super) fn parse<'a>(&self, request: &'a Received) -> Option<Vec<(&'static str, &'a str)>> {
        if request.method != self.method {
            return None;
        }
        let mut path = request.path.strip_prefix(self.start)?;
        let mut parameters = Vec::with_capacity(self.parameters.len());
        for (index, (name, next)) in self.parameters.iter().enumerate() {
            // A parameter ends where its segment ends, or where the text after it begins.
            let segment = path.find('/').unwrap_or(path.len());
            let end = match *next {
                "" => segment,
                _ if next.starts_with('/') => segment,
                // The last piece ends the path, so that a parameter may hold the same text.
                _ if index + 1 == self.parameters.len() => path.len().checked_sub(next.len())?,
                _ => path[..segment].find(*next)?,
            };
            let (parameter, after) = path.split_at_checked(end).filter(|_| 0 < end && end <= segment)?;
            parameters.push((*name, parameter));
            path = after.strip_prefix(next)?;
        }
        path.is_empty().then_some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(template: &'static str, path: &str) -> Option<Vec<String>> {
        let request = Received {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Default::default(),
            body: Default::default(),
        };
        let found = Route::new(Method::POST, template).parse(&request)?;
        Some(found.into_iter().map(|(name, value)| format!("{name}={value}")).collect())
    }

    #[test]
    fn a_path_is_one_of_its_template_alone() {
        for (template, path, expected) in [
            ("/mfa/sms", "/mfa/sms", Some(vec![])),
            ("/mfa/sms", "/mfa/sms/", None),
            ("/mfa/sms", "/mfa/call", None),
            ("/mfa/{id}/verify", "/mfa/7/verify", Some(vec!["id=7"])),
            ("/mfa/{id}/verify", "/mfa//verify", None),
            ("/mfa/{id}/verify", "/mfa/7/8/verify", None),
            ("/mfa/{id}/verify", "/mfa/7/verify/8", None),
            ("/a/{x}", "/a/b%2Fc", Some(vec!["x=b%2Fc"])),
            ("/a/{x}", "/a/", None),
            ("/a/{x}/b/{y}", "/a/1/b/2", Some(vec!["x=1", "y=2"])),
            ("/a/{x}.json", "/a/x.json.json", Some(vec!["x=x.json"])),
            ("/a/{x}.json", "/a/.json", None),
            ("/a/{x}.json", "/a/é", None),
            ("/a/{x}-{y}", "/a/1-2-3", Some(vec!["x=1", "y=2-3"])),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(parsed(template, path), expected, "{template} {path}");
        }
    }
}
