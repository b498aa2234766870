//! Rewrites a description so that rustdoc compiles no part of it and has no warnings.
//! Must not know where doc comments are.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::links;
use super::replacement::{Replacement, escape, replace};

/// How often a description is rewritten. An edit may reveal another one, such as a URL in what was a reference definition; only
/// a hostile description takes more rounds.
const ROUNDS: usize = 8;

/// rustdoc renders with extensions, but searches for doctests without: `- [x] ```` begins a block only there.
const PARSERS: [Options; 2] = [
    Options::ENABLE_TABLES
        .union(Options::ENABLE_FOOTNOTES)
        .union(Options::ENABLE_STRIKETHROUGH)
        .union(Options::ENABLE_TASKLISTS)
        .union(Options::ENABLE_SMART_PUNCTUATION),
    Options::empty(),
];

/// The languages of fenced blocks that stay. rustdoc compiles a block in any unknown language and warns about words that
/// resemble its own attributes, so every other one becomes `text`.
const LANGUAGES: [&str; 18] = [
    "bash",
    "console",
    "csv",
    "curl",
    "diff",
    "graphql",
    "html",
    "http",
    "ini",
    "java",
    "javascript",
    "json",
    "python",
    "ruby",
    "shell",
    "text",
    "xml",
    "yaml",
];

/// ` ```rust ` ⇒ ` ```text `; `[a](/b)` ⇒ `[a](https://example.com/b)`; `<b>` ⇒ `\<b>`
///
/// Descriptions come from strangers: rustdoc must not compile or execute any part of one. The result is parsed again until there
/// is nothing to edit, so that it has been checked by the parser that rustdoc uses; if that does not end, the whole description
/// becomes one block of text.
pub(super) fn rustdoc(description: &str, base: Option<&str>) -> String {
    let mut text = normalized(description);
    for _ in 0..ROUNDS {
        let mut found = PARSERS.iter().map(|options| edits(&text, *options, base));
        match found.find(|edits| edits.as_ref().is_none_or(|edits| !edits.is_empty())) {
            None => return text,
            Some(Some(edits)) => text = normalized(&replace(&text, edits)),
            Some(None) => break,
        }
    }
    as_written(&normalized(description))
}

/// A name from the document as a code span, in one line.
pub(crate) fn code_span(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_whitespace() { ' ' } else { visible(c) }).collect();
    let name = name.trim();
    let fence = "`".repeat(longest_run(name) + 1);
    match name {
        "" => "` `".to_owned(),
        // A space on both sides is not part of a code span (CommonMark 0.31 §6.1).
        name if name.starts_with('`') || name.ends_with('`') => format!("{fence} {name} {fence}"),
        name => format!("{fence}{name}{fence}"),
    }
}

/// `\r\n\ta` ⇒ `a`: a description as rustdoc sees it, with `\n`, without tabs and common indentation
///
/// Characters that rustc rejects in a comment are replaced. Lines of white space become empty, including characters
/// such as U+2028 that are not white space in Markdown: rustdoc leaves their indentation, which could make it indented code.
fn normalized(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    let indent = |line: &String| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or_default();
    for line in &mut lines {
        line.drain(..common.min(indent(line)));
    }
    lines.join("\n").trim_matches('\n').trim_end().to_owned()
}

fn line(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut column = 0;
    for c in line.chars() {
        // A tab goes to the next multiple of four (CommonMark 0.31 §2.2).
        let width = if c == '\t' { 4 - column % 4 } else { 1 };
        column += width;
        match c {
            '\t' => clean.extend(std::iter::repeat_n(' ', width)),
            c => clean.push(visible(c)),
        }
    }
    let is_blank = clean.trim().is_empty();
    clean.truncate(if is_blank { 0 } else { clean.trim_end_matches(' ').len() });
    clean
}

/// rustc rejects control characters for bidirectional text in comments, which make code read differently from what it is.
fn visible(c: char) -> char {
    match c {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// The edits of one round; `None` if there is something that cannot be edited.
fn edits(text: &str, options: Options, base: Option<&str>) -> Option<Vec<Replacement>> {
    let mut edits = Vec::new();
    let mut events = Parser::new_ext(text, options).into_offset_iter();
    // The open elements, the links among them, and the end of a URL that spans several events.
    let (mut depth, mut links, mut done) = (0_usize, 0_usize, 0);
    let mut is_code = false;
    for (event, range) in events.by_ref() {
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::CodeBlock(kind) => {
                        is_code = true;
                        match kind {
                            CodeBlockKind::Fenced(_) => fenced(text, range, depth == 0, &mut edits),
                            CodeBlockKind::Indented => indented(text, range, &mut edits)?,
                        }
                    }
                    Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. } => {
                        links += 1;
                        edits.extend(links::link(text, range, link_type, &dest_url, base));
                    }
                    Tag::FootnoteDefinition(_) => edits.push(escape(range.start)),
                    _ => {}
                }
                depth += 1;
            }
            Event::End(end) => {
                depth -= 1;
                links -= usize::from(matches!(end, TagEnd::Link | TagEnd::Image));
                is_code = is_code && end != TagEnd::CodeBlock;
            }
            // A line of an HTML block.
            Event::Html(_) => {
                let start = range.start + text[range.clone()].find(|c: char| c != ' ').unwrap_or_default();
                edits.extend(text[start..].starts_with('<').then(|| escape(start)));
            }
            Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {
                edits.push(escape(range.start))
            }
            Event::Text(_) if !is_code => {
                let start = range.start.max(done).min(range.end);
                done = links::plain(text, start..range.end, links > 0, &mut edits).max(done);
            }
            _ => {}
        }
    }
    edits.extend(events.reference_definitions().iter().map(|(_, definition)| escape(definition.span.start)));
    edits.sort_by_key(|(range, _)| range.start);
    Some(edits)
}

/// ` ```rust ` ⇒ ` ```text `; an unclosed block is closed
fn fenced(text: &str, range: Range<usize>, is_at_root: bool, edits: &mut Vec<Replacement>) {
    let block = &text[range.clone()];
    let opening = block.lines().next().unwrap_or_default();
    let info = opening.trim_start_matches(|c| opening.starts_with(c));
    let fence = &opening[..opening.len() - info.len()];
    if info.trim() == "ignore" && is_at_root {
        // The generator's example of a call.
        edits.push((range, String::new()));
        return;
    }
    let language = if LANGUAGES.contains(&info) { info } else { "text" };
    if language != info {
        let start = range.start + fence.len();
        edits.push((start..start + info.len(), language.to_owned()));
    }
    // Blocks inside a list item or a block quote end with it.
    if is_at_root
        && range.end == text.len()
        && !block.lines().skip(1).last().is_some_and(|last| closes(last, fence))
    {
        edits.push((range.end..range.end, format!("\n{fence}")));
    }
}

/// Whether a line ends the block that `fence` began (CommonMark 0.31 §4.5).
fn closes(line: &str, fence: &str) -> bool {
    let found = line.trim_start_matches(' ');
    line.len() - found.len() < 4
        && found.starts_with(fence)
        && found.bytes().all(|byte| byte == fence.as_bytes()[0])
}

/// `> - a\n>\n>       code` ⇒ `> - a\n>\n>   ```text\n>       code\n>   ``` `
///
/// rustdoc compiles indented code, which cannot name a language.
fn indented(text: &str, range: Range<usize>, edits: &mut Vec<Replacement>) -> Option<()> {
    let line = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
    let containers = text[line..range.start].strip_suffix("    ")?;
    // The block quotes and list items that the block is in, as their further lines show them.
    let further: String = containers.chars().map(|c| if c == '>' { '>' } else { ' ' }).collect();
    let block = text[range.clone()].trim_end();
    let fence = "`".repeat(longest_run(block).max(2) + 1);
    let (start, end) = (line + containers.len(), range.start + block.len());
    edits.push((start..start, format!("{fence}text\n{further}")));
    edits.push((end..end, format!("\n{further}{fence}")));
    Some(())
}

/// The whole description as one block, with a fence longer than any inside, so that nothing closes it early.
fn as_written(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Option<&str> = Some("https://example.com/docs/apis/page");

    #[test]
    fn a_fenced_block_is_not_compiled() {
        assert_eq!(
            rustdoc("a\n```\nAuthorization: [x]\n```\nb", None),
            "a\n```text\nAuthorization: [x]\n```\nb"
        );
        assert_eq!(rustdoc("a\n```ignore\nlet x;\n```", None), "a");
        assert_eq!(rustdoc("```json\n{}\n```", None), "```json\n{}\n```");
        for compiled in [
            "no_run",
            "rust,no_run",
            "rust ignore",
            "should_panic",
            "edition2024",
            "{.foo}",
            "(x)",
            "\"rust\"",
        ] {
            assert_eq!(rustdoc(&format!("~~~{compiled}\nx\n~~~"), None), "~~~text\nx\n~~~", "{compiled}");
        }
        assert_eq!(rustdoc("````\n```\n[x]\n```\n````\n[y]", None), "````text\n```\n[x]\n```\n````\n\\[y]");
        assert_eq!(rustdoc("```[x]``` is code", None), "```[x]``` is code");
        assert_eq!(rustdoc("> ```\n> x\n\n- ```\n  y", None), "> ```text\n> x\n\n- ```text\n  y");
    }

    #[test]
    fn an_unclosed_block_is_closed() {
        assert_eq!(rustdoc("~~~~\nx", None), "~~~~text\nx\n~~~~");
        assert_eq!(rustdoc("```", None), "```text\n```");
        assert_eq!(rustdoc("```\n    ```", None), "```text\n    ```\n```");
    }

    #[test]
    fn an_indented_block_is_not_compiled() {
        assert_eq!(
            rustdoc("a\n\n    let x = [1];\n\n    y\n\nb [z]", None),
            "a\n\n```text\n    let x = [1];\n\n    y\n```\n\nb \\[z]"
        );
        assert_eq!(rustdoc("a\n\n\tx", None), "a\n\n```text\n    x\n```");
        assert_eq!(rustdoc("# a\n    ```", None), "# a\n````text\n    ```\n````");
        // The second paragraph of a list item is not indented code, and neither is the continuation of a paragraph.
        for text in ["- a\n\n    b", "1. a\n\n   b\n\n    c", "a\n    b", "- a\n  - b\n\n    c"] {
            assert_eq!(rustdoc(text, None), text);
        }
        assert_eq!(rustdoc("- a\n\n      b", None), "- a\n\n  ```text\n      b\n  ```");
        assert_eq!(rustdoc("- a\n\nb\n\n    c", None), "- a\n\nb\n\n```text\n    c\n```");
        assert_eq!(rustdoc("-     a\n      b", None), "- ```text\n      a\n      b\n  ```");
        assert_eq!(rustdoc("> - a\n>\n>       b", None), "> - a\n>\n>   ```text\n>       b\n>   ```");
    }

    #[test]
    fn what_links_cannot_be_is_escaped() {
        assert_eq!(rustdoc("[a][b]\n\n[b]: https://x.org/y", None), "\\[a]\\[b]\n\n\\[b]: <https://x.org/y>");
        assert_eq!(rustdoc("a[^1]\n\n[^1]: b", None), "a\\[^1]\n\n\\[^1]: b");
        assert_eq!(rustdoc("<div>\n<b>x</b>\n</div>", None), "\\<div>\n\\<b>x\\</b>\n\\</div>");
    }

    #[test]
    fn characters_that_rustc_refuses_are_replaced() {
        assert_eq!(rustdoc("a\r\nb\rc\u{202E}d\0", None), "a\nb\nc\u{FFFD}d\u{FFFD}");
    }

    #[test]
    fn a_name_is_one_code_span() {
        assert_eq!(code_span("a"), "`a`");
        assert_eq!(code_span("a`b``c"), "```a`b``c```");
        assert_eq!(code_span("`a`\n\n    b\r\u{202E}"), "`` `a`      b \u{FFFD} ``");
    }

    #[test]
    fn a_relative_link_becomes_absolute() {
        assert_eq!(rustdoc("[scopes](/docs/scopes).", PAGE), "[scopes](https://example.com/docs/scopes).");
        assert_eq!(rustdoc("[a](other)", PAGE), "[a](https://example.com/docs/apis/other)");
        assert_eq!(rustdoc("[a](../up#x)", PAGE), "[a](https://example.com/docs/up#x)");
        assert_eq!(rustdoc("[a](#part)", PAGE), "[a](https://example.com/docs/apis/page#part)");
        assert_eq!(rustdoc("[a]( /b ).", PAGE), "[a](https://example.com/b).");
        assert_eq!(rustdoc("[a](</b c>).", PAGE), "[a](<https://example.com/b c>).");
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
}
