//! Rewrites the inlines that rustdoc warns about: relative links, brackets that are not links, bare URLs.
//! Must not know Markdown blocks.

use std::ops::Range;

use pulldown_cmark::LinkType;

use super::replacement::{Replacement, escape};
use crate::document::uri;

/// What ends an URL in plain text.
const URL_ENDS: &[char] = &['<', '>', '"', '\'', '`', '(', ')', '[', ']', '|', '\\'];

/// `a[0], see https://x.org.` ⇒ `a\[0], see <https://x.org>.`
///
/// rustdoc looks for an item of the name in brackets. What resembles a tag is escaped as well, because which tags are HTML depends
/// on the version of its parser. Returns where it stopped: a URL may extend into the next event.
pub(super) fn plain(
    text: &str,
    range: Range<usize>,
    is_in_link: bool,
    edits: &mut Vec<Replacement>,
) -> usize {
    let mut index = range.start;
    while let Some(found) = text.get(index..range.end).and_then(|rest| rest.find(['[', '<', 'h'])) {
        index += found;
        let rest = &text[index..];
        if (rest.starts_with('[') || is_like_a_tag(rest)) && !is_escaped(text, index) {
            edits.push(escape(index));
        }
        if !is_in_link && (rest.starts_with("https://") || rest.starts_with("http://")) {
            let end = rest.find(|c: char| c.is_whitespace() || URL_ENDS.contains(&c)).unwrap_or(rest.len());
            let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '~']);
            edits.push((index..index + url.len(), format!("<{url}>")));
            index += url.len();
        } else {
            index += 1;
        }
    }
    index
}

/// Whether it begins as a tag, a comment, a declaration or an autolink does (CommonMark 0.31 §6.5 and §6.6).
fn is_like_a_tag(text: &str) -> bool {
    let begins = |next: char| next.is_ascii_alphabetic() || "/!?".contains(next);
    text.strip_prefix('<').is_some_and(|rest| rest.starts_with(begins))
}

/// Whether an odd number of backslashes precedes `index`.
fn is_escaped(text: &str, index: usize) -> bool {
    let before = &text[..index];
    (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
}

/// `[a](/b)` ⇒ `[a](https://example.com/b)`; `[a](b)` ⇒ `\[a](b)`
///
/// rustdoc would look for an item named `b`, so a link that cannot be made absolute becomes text.
pub(super) fn link(
    text: &str,
    range: Range<usize>,
    of: LinkType,
    target: &str,
    base: Option<&str>,
) -> Option<Replacement> {
    let source = &text[range.clone()];
    let as_text = || Some(escape(range.start + usize::from(source.starts_with('!'))));
    let resolved = resolve(target, base);
    match of {
        LinkType::Inline | LinkType::Autolink if !is_url(&resolved) => as_text(),
        LinkType::Inline if resolved != target => {
            // The title goes as well.
            let tail = source.rfind("](")?;
            let is_bare = !resolved.contains([' ', '(', ')']);
            let written = if is_bare { format!("]({resolved})") } else { format!("](<{resolved}>)") };
            Some((range.start + tail..range.end, written))
        }
        LinkType::Inline | LinkType::Autolink => None,
        _ => as_text(),
    }
}

/// Whether rustdoc takes the target of a link for a URL, and no browser executes it.
fn is_url(target: &str) -> bool {
    let is_plain = !target.contains(|c: char| c.is_control() || "<>\\".contains(c));
    let scheme = scheme(target).map(str::to_ascii_lowercase);
    is_plain
        && match scheme.as_deref() {
            None | Some("http" | "https") => target.contains('/'),
            Some("mailto" | "tel") => target.contains(['.', '+']) && !target.contains('#'),
            Some(_) => false,
        }
}

/// The scheme of a URL.
fn scheme(target: &str) -> Option<&str> {
    let first = target.split(['/', '?', '#']).next()?;
    first.split_once(':').map(|(scheme, _)| scheme)
}

/// Resolves a reference against `base`, where it has an authority.
fn resolve(target: &str, base: Option<&str>) -> String {
    let base = base.filter(|base| base.contains("://") && scheme(target).is_none() && !target.is_empty());
    let Some((base, _)) = base.map(uri::split_fragment) else { return target.to_owned() };
    let (target, fragment) = uri::split_fragment(target);
    let resolved = uri::resolve(base, target);
    match fragment {
        Some(fragment) => format!("{resolved}#{fragment}"),
        None => resolved,
    }
}
