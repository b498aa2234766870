//! Descriptions are CommonMark for a web page: makes them what rustdoc renders without a warning.
//! Knows Markdown as far as rustdoc warns about it; must not know what is described.

use std::fmt::{self, Write as _};

use proc_macro2::Literal;
use syn::{Attribute, Expr, ExprLit, Fields, File, ImplItem, Item, Lit, Meta};

/// Rewrites every doc comment; `base` is the page that relative links are relative to.
pub(super) fn refine(file: &mut File, base: Option<&str>) {
    items(&mut file.items, base);
}

/// The doc comments of items as the generator writes them, and of their parts.
fn items(list: &mut [Item], base: Option<&str>) {
    for item in list {
        match item {
            Item::Mod(module) => {
                attributes(&mut module.attrs, base);
                items(module.content.as_mut().map_or(&mut [], |(_, items)| items), base);
            }
            Item::Struct(item) => {
                attributes(&mut item.attrs, base);
                fields(&mut item.fields, base);
            }
            Item::Enum(item) => {
                attributes(&mut item.attrs, base);
                for variant in &mut item.variants {
                    attributes(&mut variant.attrs, base);
                    fields(&mut variant.fields, base);
                }
            }
            Item::Impl(item) => {
                attributes(&mut item.attrs, base);
                for part in &mut item.items {
                    if let ImplItem::Fn(function) = part {
                        attributes(&mut function.attrs, base);
                    }
                }
            }
            Item::Fn(item) => attributes(&mut item.attrs, base),
            _ => {}
        }
    }
}

fn fields(fields: &mut Fields, base: Option<&str>) {
    fields.iter_mut().for_each(|field| attributes(&mut field.attrs, base));
}

fn attributes(list: &mut [Attribute], base: Option<&str>) {
    for attribute in list {
        let Meta::NameValue(meta) = &mut attribute.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut meta.value else { continue };
        // Reading the value of a literal takes far longer than looking for what could need a change.
        if !meta.path.is_ident("doc") || !needs_care(&text.token()) {
            continue;
        }
        let said = text.value();
        // The generator's own intra-doc links are in order.
        if said.starts_with("Builder for [`") {
            continue;
        }
        let rewritten = rustdoc(&said, base);
        if rewritten != said {
            *text = syn::LitStr::new(&rewritten, text.span());
        }
    }
}

/// Whether a doc comment may have a link, a tag, a fence or a URL in it: read where it is, without a copy.
fn needs_care(literal: &Literal) -> bool {
    struct Care(bool);
    impl fmt::Write for Care {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let marked = |mark: &&str| text.contains(mark);
            self.0 = self.0 || text.contains(['[', '<']) || ["http", "```", "~~~"].iter().any(marked);
            Ok(())
        }
    }
    let mut care = Care(false);
    // One that could not be written is taken for one that needs care.
    write!(care, "{literal}").is_err() || care.0
}

/// Fenced blocks become `text` (rustdoc would compile them), the generator's `ignore` example goes, links resolve.
fn rustdoc(text: &str, base: Option<&str>) -> String {
    let mut said = String::with_capacity(text.len() + 64);
    let mut fence: Option<(&str, bool)> = None;
    for line in text.lines() {
        let start = line.trim_start();
        match fence {
            Some((marker, kept)) => {
                let closes =
                    start.starts_with(marker) && start.trim_end().chars().all(|c| marker.starts_with(c));
                if kept {
                    said.push_str(line);
                    said.push('\n');
                }
                if closes {
                    fence = None;
                }
            }
            None if start.starts_with("```") || start.starts_with("~~~") => {
                let marker = &start[..3];
                let language = start.trim_start_matches(['`', '~']).trim();
                let kept = language != "ignore";
                if kept {
                    let language = if matches!(language, "" | "rust") { "text" } else { language };
                    let indent = &line[..line.len() - start.len()];
                    said.extend([indent, marker, language, "\n"]);
                }
                fence = Some((marker, kept));
            }
            // A block indented by a tab or four spaces would be compiled as well, but so is a list's second paragraph.
            None => {
                inline(line, base, &mut said);
                said.push('\n');
            }
        }
    }
    said.truncate(said.trim_end().len());
    said
}

/// One line outside fences.
fn inline(line: &str, base: Option<&str>, out: &mut String) {
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            // As it stands, up to the next character that may not be.
            other if !is_special(other) => rest.find(is_special).unwrap_or(rest.len()),
            '`' => code_span(rest),
            '\\' => rest.chars().take(2).map(char::len_utf8).sum(),
            '[' => {
                if let Some((text, target, length)) = link(rest) {
                    out.push_str(&format!("[{text}]({})", resolve(target, base)));
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

/// `[text](target)` at the beginning: the text, the target, and the length of it all.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let close = text.find(']')?;
    let target = text[close + 1..].strip_prefix('(')?;
    let end = target.find(')')?;
    Some((&text[1..close], &target[..end], close + 2 + end + 1))
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

    #[test]
    fn a_relative_link_becomes_absolute() {
        assert_eq!(rustdoc("[scopes](/docs/scopes).", PAGE), "[scopes](https://example.com/docs/scopes).");
        assert_eq!(rustdoc("[a](other)", PAGE), "[a](https://example.com/docs/apis/other)");
        assert_eq!(rustdoc("[a](../up#x)", PAGE), "[a](https://example.com/docs/up#x)");
        assert_eq!(rustdoc("[a](#part)", PAGE), "[a](https://example.com/docs/apis/page#part)");
    }

    #[test]
    fn an_absolute_link_stays() {
        assert_eq!(
            rustdoc("[a](https://x.org/y) [m](mailto:a@x.org)", PAGE),
            "[a](https://x.org/y) [m](mailto:a@x.org)"
        );
        assert_eq!(rustdoc("[a](/y)", None), "[a](/y)");
    }

    #[test]
    fn what_rustdoc_would_warn_about_is_escaped() {
        assert_eq!(
            rustdoc("a list[0] of <ids>, see https://x.org.", None),
            "a list\\[0] of \\<ids>, see <https://x.org>."
        );
        assert_eq!(
            rustdoc("`Vec<[u8]>` stays, <https://x.org> too", None),
            "`Vec<[u8]>` stays, <https://x.org> too"
        );
    }

    #[test]
    fn a_fenced_block_is_not_compiled() {
        assert_eq!(
            rustdoc("a\n```\nAuthorization: [x]\n```\nb", None),
            "a\n```text\nAuthorization: [x]\n```\nb"
        );
        assert_eq!(rustdoc("a\n```ignore\nlet x;\n```", None), "a");
        assert_eq!(rustdoc("```json\n{}\n```", None), "```json\n{}\n```");
    }
}
