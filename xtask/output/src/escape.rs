//! Escapes text from documents and pages, so that it cannot control a terminal or the log of a CI job.

/// The styles of this program, the only escape sequences that stay.
const STYLES: [&str; 5] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[36m"];

/// Replaces characters that control a terminal or the direction of text with their code points, and those that make a line a
/// command of GitHub Actions: `::error::x` at its beginning, `##[error]x` anywhere in it.
///
/// `a\r::error::b` ⇒ `a\u{d}::error::b`
pub fn escaped(text: &str) -> String {
    escaped_with(text, |shown, c| shown.extend(c.escape_unicode()))
}

/// Like [`escaped`], with another replacement.
pub(crate) fn escaped_with(text: &str, escape: impl Fn(&mut String, char)) -> String {
    let mut shown = String::with_capacity(text.len());
    // Styles are skipped here, because they are removed if the output is not a terminal: `#<style>#[` would become `##[`.
    let (mut before, mut is_start) = (['\n'; 2], true);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(style) = STYLES.iter().find(|style| rest.starts_with(**style)) {
            shown.push_str(style);
            rest = &rest[style.len()..];
            continue;
        }
        let is_command = (is_start && c == ':') || (before == ['#', '#'] && c == '[');
        let is_control = c.is_control() && !matches!(c, '\n' | '\t');
        if is_command || is_control || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') {
            escape(&mut shown, c);
        } else {
            shown.push(c);
        }
        is_start = c == '\n' || (is_start && c.is_whitespace());
        before = [before[1], c];
        rest = &rest[c.len_utf8()..];
    }
    shown
}
