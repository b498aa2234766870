//! Writes the values of variables into the URL of a server (OpenAPI 3.1.1 §4.8.5, §4.8.6). Generated code calls it.

use crate::encode::encoded;

/// The value of a server variable.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ServerVariable<'a> {
    /// One that the document has, which is written as it is: `https`, `api/v2`.
    Documented(&'a str),
    /// Another one: it cannot change which part of the URL is the host.
    Other(&'a str),
}

impl<'a> ServerVariable<'a> {
    /// A value that may be the documented one.
    pub(crate) fn of(value: &'a str, documented: &str) -> Self {
        if value == documented { Self::Documented(value) } else { Self::Other(value) }
    }
}

/// `https://{region}.example.com`, `region` = `eu` ⇒ `https://eu.example.com`
///
/// Characters that are not unreserved are percent-encoded in values that the document does not have, but for `:` before a port.
pub(crate) fn server_url(template: &str, variables: &[(&str, ServerVariable<'_>)]) -> String {
    let mut url = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, from)| Some((before, from.split_once('}')?)))
    {
        url.push_str(before);
        match variables.iter().find(|(own, _)| *own == name) {
            Some((_, ServerVariable::Documented(value))) => url.push_str(value),
            Some((_, ServerVariable::Other(value))) => {
                let encoded = encoded(value);
                // Only an authority has a port, and a user that would end with `:` has an `@`, which is encoded.
                let is_in_authority = url.split_once("://").is_none_or(|(_, after)| !after.contains('/'));
                url.push_str(&if is_in_authority { encoded.replace("%3A", ":") } else { encoded });
            }
            None => url.push_str(&format!("{{{name}}}")),
        }
        rest = after;
    }
    url + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_values_are_written_as_they_are() {
        let url = server_url(
            "{scheme}://{region}.example.com:{port}/{base}/{unknown}",
            &[
                ("scheme", ServerVariable::Documented("https")),
                ("region", ServerVariable::Documented("eu")),
                ("port", ServerVariable::Documented("8443")),
                ("base", ServerVariable::of("api/v2", "api/v2")),
            ],
        );
        assert_eq!(url, "https://eu.example.com:8443/api/v2/{unknown}");
        assert_eq!(server_url("https://example.com/{", &[]), "https://example.com/{");
    }

    #[test]
    fn other_values_stay_in_their_part_of_the_url() {
        for (tenant, host) in [
            ("acme", "acme.example.com"),
            ("acme.eu", "acme.eu.example.com"),
            ("evil.org/", "evil.org%2F.example.com"),
            ("evil.org?", "evil.org%3F.example.com"),
            ("evil.org#", "evil.org%23.example.com"),
            ("evil.org\\", "evil.org%5C.example.com"),
            ("user:password@evil.org", "user:password%40evil.org.example.com"),
            ("{tenant}", "%7Btenant%7D.example.com"),
        ] {
            let url =
                server_url("https://{tenant}.example.com/", &[("tenant", ServerVariable::Other(tenant))]);
            assert_eq!(url, format!("https://{host}/"));
            // Whatever it is, no other host gets the request.
            let parsed = url::Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned));
            assert!(parsed.is_none_or(|host| host.ends_with(".example.com")), "{url}");
        }
        let other = |value| [("host", ServerVariable::Other(value)), ("path", ServerVariable::Other(value))];
        assert_eq!(server_url("http://{host}/{path}", &other("a:80")), "http://a:80/a%3A80");
        assert_eq!(server_url("/{base}", &[("base", ServerVariable::of("a/b", "c/d"))]), "/a%2Fb");
        assert_eq!(server_url("//{host}/{path}", &other("a/b")), "//a%2Fb/a%2Fb");
    }
}
