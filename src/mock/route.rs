//! Which requests are those of an operation.
//! Knows methods and templates of paths; must not know what else is expected.

use super::received::Received;

/// Method and path of an operation.
pub(super) struct Route {
    verb: &'static str,
    /// What stands before, between and after the parameters.
    pieces: Vec<&'static str>,
}

impl Route {
    /// The template has `{}` for each parameter.
    pub(super) fn new(verb: &'static str, template: &'static str) -> Self {
        Self { verb, pieces: template.split("{}").collect() }
    }

    /// How many parameters the path has. Of two paths that fit, OpenAPI prefers the one with fewer (3.1.0 §4.8.8.2).
    pub(super) fn parameters(&self) -> usize {
        self.pieces.len() - 1
    }

    /// The parameters in the path, encoded, if the request is one of this operation.
    pub(super) fn parse<'a>(&self, request: &'a Received) -> Option<Vec<&'a str>> {
        if request.method.as_str() != self.verb {
            return None;
        }
        let (first, rest) = self.pieces.split_first()?;
        let mut path = request.path.strip_prefix(first)?;
        let mut parameters = Vec::with_capacity(rest.len());
        for (index, piece) in rest.iter().enumerate() {
            // A parameter ends where its segment ends, or where the text after it begins.
            let segment = path.find('/').unwrap_or(path.len());
            let end = match *piece {
                "" => segment,
                _ if piece.starts_with('/') => segment,
                // The last piece ends the path, so that a parameter may hold the same text.
                _ if index + 1 == rest.len() => path.len().checked_sub(piece.len())?,
                _ => path[..segment].find(*piece)?,
            };
            let (parameter, after) = path.split_at_checked(end).filter(|_| 0 < end && end <= segment)?;
            parameters.push(parameter);
            path = after.strip_prefix(piece)?;
        }
        path.is_empty().then_some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn parsed(template: &'static str, path: &str) -> Option<Vec<String>> {
        let request = Received {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Default::default(),
            body: Default::default(),
        };
        let found = Route::new("POST", template).parse(&request)?;
        Some(found.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_path_is_one_of_its_template_alone() {
        for (template, path, expected) in [
            ("/mfa/sms", "/mfa/sms", Some(vec![])),
            ("/mfa/sms", "/mfa/sms/", None),
            ("/mfa/sms", "/mfa/call", None),
            ("/mfa/{}/verify", "/mfa/7/verify", Some(vec!["7"])),
            ("/mfa/{}/verify", "/mfa//verify", None),
            ("/mfa/{}/verify", "/mfa/7/8/verify", None),
            ("/mfa/{}/verify", "/mfa/7/verify/8", None),
            ("/a/{}", "/a/b%2Fc", Some(vec!["b%2Fc"])),
            ("/a/{}", "/a/", None),
            ("/a/{}/b/{}", "/a/1/b/2", Some(vec!["1", "2"])),
            ("/a/{}.json", "/a/x.json.json", Some(vec!["x.json"])),
            ("/a/{}.json", "/a/.json", None),
            ("/a/{}.json", "/a/é", None),
            ("/a/{}-{}", "/a/1-2-3", Some(vec!["1", "2-3"])),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(parsed(template, path), expected, "{template} {path}");
        }
    }
}
