//! What rustdoc warns about in a line: links that are relative, brackets that are none, tags, bare URLs.
//! Knows the inlines of Markdown and references of URLs; must not know blocks.

/// Rewrites one line of a text that is no code.
pub(super) fn inline(line: &str, base: Option<&str>, out: &mut String) {
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            // As it stands, up to the next character that may not be.
            other if !is_special(other) => rest.find(is_special).unwrap_or(rest.len()),
            '`' => code_span(rest),
            '\\' => rest.chars().take(2).map(char::len_utf8).sum(),
            '[' => {
                if let Some((text, target, length)) = link(rest) {
                    let written = match target.strip_prefix('<') {
                        Some(target) => format!("[{text}](<{}", resolve(target, base)),
                        None => format!("[{text}]({})", resolve(target, base)),
                    };
                    out.push_str(&written);
                    rest = &rest[length..];
                } else {
                    out.push_str("\\[");
                    rest = &rest[1..];
                }
                continue;
            }
            '<' if is_autolink(rest) => rest.find('>').map_or(1, |end| end + 1),
            '<' => {
                out.push_str("\\<");
                rest = &rest[1..];
                continue;
            }
            'h' if rest.starts_with("https://") || rest.starts_with("http://") => {
                let end =
                    rest.find(|c: char| c.is_whitespace() || "<>\"'`)]".contains(c)).unwrap_or(rest.len());
                let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
                out.push_str(&format!("<{url}>"));
                rest = &rest[url.len()..];
                continue;
            }
            other => other.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '`' | '\\' | '[' | '<' | 'h')
}

/// The length of the code span that `text` begins with, or of its backticks where nothing closes them.
fn code_span(text: &str) -> usize {
    let ticks = text.len() - text.trim_start_matches('`').len();
    text[ticks..].find(&text[..ticks]).map_or(ticks, |end| ticks + end + ticks)
}

/// `[text](target)` at the beginning: the text, the target, and the length of it all. Of a target that begins with `<` the
/// length ends before its `>`.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let close = text.find(']')?;
    let target = text[close + 1..].strip_prefix('(')?;
    let start = target.len() - target.trim_start().len();
    if target[start..].starts_with('<') {
        let end = start + target[start..].find('>')?;
        return Some((&text[1..close], &target[start..end], close + 2 + end));
    }
    let end = target.find(')')?;
    Some((&text[1..close], target[..end].trim(), close + 2 + end + 1))
}

fn is_autolink(text: &str) -> bool {
    let inside = text[1..].split('>').next().unwrap_or_default();
    text.contains('>')
        && !inside.contains(char::is_whitespace)
        && (inside.contains("://") || inside.starts_with("mailto:"))
}

/// Resolves a reference against `base` (RFC 3986 §5.2, for a base with an authority).
fn resolve(target: &str, base: Option<&str>) -> String {
    let has_scheme = target.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'));
    let split = base.and_then(|base| {
        let authority = base.find("://")? + 3;
        Some(base.split_at(base[authority..].find('/').map_or(base.len(), |slash| authority + slash)))
    });
    let Some((origin, page)) = split.filter(|_| !has_scheme && !target.is_empty()) else {
        return target.to_owned();
    };
    if target.starts_with("//") {
        let scheme = origin.split("//").next().unwrap_or_default();
        return format!("{scheme}{target}");
    }
    if target.starts_with('/') {
        return format!("{origin}{target}");
    }
    let page = page.split(['?', '#']).next().unwrap_or_default();
    if target.starts_with(['?', '#']) {
        return format!("{origin}{page}{target}");
    }
    let mut segments: Vec<&str> = page.split('/').filter(|segment| !segment.is_empty()).collect();
    if !page.ends_with('/') {
        segments.pop();
    }
    for segment in target.split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    format!("{origin}/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Option<&str> = Some("https://example.com/docs/apis/page");

    fn rewritten(line: &str, base: Option<&str>) -> String {
        let mut out = String::new();
        inline(line, base, &mut out);
        out
    }

    #[test]
    fn a_relative_link_becomes_absolute() {
        assert_eq!(rewritten("[scopes](/docs/scopes).", PAGE), "[scopes](https://example.com/docs/scopes).");
        assert_eq!(rewritten("[a](other)", PAGE), "[a](https://example.com/docs/apis/other)");
        assert_eq!(rewritten("[a](../up#x)", PAGE), "[a](https://example.com/docs/up#x)");
        assert_eq!(rewritten("[a](#part)", PAGE), "[a](https://example.com/docs/apis/page#part)");
        assert_eq!(rewritten("[a]( /b ).", PAGE), "[a](https://example.com/b).");
        assert_eq!(rewritten("[a](</b c>).", PAGE), "[a](<https://example.com/b c>).");
    }

    #[test]
    fn an_absolute_link_stays() {
        assert_eq!(
            rewritten("[a](https://x.org/y) [m](mailto:a@x.org)", PAGE),
            "[a](https://x.org/y) [m](mailto:a@x.org)"
        );
        assert_eq!(rewritten("[a](/y)", None), "[a](/y)");
    }

    #[test]
    fn what_rustdoc_would_warn_about_is_escaped() {
        assert_eq!(
            rewritten("a list[0] of <ids>, see https://x.org.", None),
            "a list\\[0] of \\<ids>, see <https://x.org>."
        );
        assert_eq!(
            rewritten("`Vec<[u8]>` stays, <https://x.org> too", None),
            "`Vec<[u8]>` stays, <https://x.org> too"
        );
    }
}
