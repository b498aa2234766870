//! Parses, resolves and percent-decodes URI references (RFC 3986).

/// The components of a URI reference (RFC 3986 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct UriComponents<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

/// `a/b#c` ⇒ `a/b` and `c`
pub fn split_fragment(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once('#') {
        Some((uri, fragment)) => (uri, Some(fragment)),
        None => (reference, None),
    }
}

/// Parses a reference without a fragment, as the expression of RFC 3986 appendix B does.
fn parts(reference: &str) -> UriComponents<'_> {
    let (rest, query) = match reference.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (reference, None),
    };
    let scheme = rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
    let (scheme, rest) = scheme.map_or((None, rest), |(scheme, rest)| (Some(scheme), rest));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    UriComponents { scheme, authority, path, query }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
}

/// Whether a reference begins with a scheme, so that it needs no base.
pub fn is_absolute(reference: &str) -> bool {
    parts(split_fragment(reference).0).scheme.is_some()
}

/// Resolves a reference against a base, both without a fragment: RFC 3986 §5.2.2.
///
/// The base may be relative itself, such as the name of a file: then so is the result.
pub fn resolve(base: &str, reference: &str) -> String {
    let (from, to) = (parts(base), parts(reference));
    let normal = |path: &str| remove_dot_segments(path);
    if to.scheme.is_some() {
        return join(UriComponents { path: &normal(to.path), ..to });
    }
    if to.authority.is_some() {
        return join(UriComponents { scheme: from.scheme, path: &normal(to.path), ..to });
    }
    let (path, query) = match to.path {
        "" => (from.path.to_owned(), to.query.or(from.query)),
        path if path.starts_with('/') => (normal(path), to.query),
        path => {
            let merged = match (from.authority, from.path.rfind('/')) {
                (Some(_), None) => format!("/{path}"),
                (_, Some(end)) => format!("{}{path}", &from.path[..=end]),
                (None, None) => path.to_owned(),
            };
            (normal(&merged), to.query)
        }
    };
    join(UriComponents { path: &path, query, ..from })
}

/// RFC 3986 §5.3.
fn join(parts: UriComponents<'_>) -> String {
    let mut joined = String::new();
    if let Some(scheme) = parts.scheme {
        joined.push_str(scheme);
        joined.push(':');
    }
    if let Some(authority) = parts.authority {
        joined.push_str("//");
        joined.push_str(authority);
    }
    joined.push_str(parts.path);
    if let Some(query) = parts.query {
        joined.push('?');
        joined.push_str(query);
    }
    joined
}

/// `/a/b/../c` ⇒ `/a/c` (RFC 3986 §5.2.4). A relative path keeps leading `..`, because its base is unknown.
fn remove_dot_segments(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        match *segment {
            "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if is_rooted => {}
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last && !kept.is_empty() {
            kept.push("");
        }
    }
    format!("{}{}", if is_rooted { "/" } else { "" }, kept.join("/"))
}

/// `a%20b` ⇒ `a b` (RFC 3986 §2.1); `None` if a `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
pub fn percent_decode(text: &str) -> Option<std::borrow::Cow<'_, str>> {
    if !text.contains('%') {
        return Some(text.into());
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            let (high, low) = (bytes.get(at + 1).and_then(digit)?, bytes.get(at + 2).and_then(digit)?);
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 3986 §5.4, but for those with a fragment.
    #[test]
    fn references_are_resolved_as_the_rfc_does() {
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("g;x?y", "http://a/b/c/g;x?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference), expected, "{reference}");
        }
    }

    #[test]
    fn a_base_may_be_the_name_of_a_file() {
        for (base, reference, expected) in [
            ("api.yaml", "./schemas/pet.yaml", "schemas/pet.yaml"),
            ("schemas/pet.yaml", "owner.yaml", "schemas/owner.yaml"),
            ("schemas/pet.yaml", "../api.yaml", "api.yaml"),
            ("api.yaml", "../common.yaml", "../common.yaml"),
            ("../common.yaml", "../more.yaml", "../../more.yaml"),
            ("api.yaml", "https://x.example/a.json", "https://x.example/a.json"),
            ("https://x.example", "a.json", "https://x.example/a.json"),
            ("https://x.example/b", "https://y.example/a/../c", "https://y.example/c"),
            ("https://x.example/b", "//y.example/a/../c", "https://y.example/c"),
            ("https://x.example/b", "./a:c", "https://x.example/a:c"),
            ("https://x.example/b", "1:c", "https://x.example/1:c"),
            ("https://x.example/b", "a+b-1.0:c", "a+b-1.0:c"),
            ("", "order", "order"),
            ("", "urn:order", "urn:order"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{reference} from {base}");
        }
    }

    #[test]
    fn only_a_reference_with_a_scheme_is_absolute() {
        assert!(["https://x.example/a#b", "urn:a"].into_iter().all(is_absolute));
        assert!(!["a.yaml", "//x.example/a", "#urn:a", ""].into_iter().any(is_absolute));
    }

    #[test]
    fn percent_encoding_is_undone_or_refused() {
        assert_eq!(percent_decode("a%20b%C3%A9").as_deref(), Some("a bé"));
        assert_eq!(percent_decode("plain").as_deref(), Some("plain"));
        for broken in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(percent_decode(broken), None, "{broken}");
        }
    }
}
