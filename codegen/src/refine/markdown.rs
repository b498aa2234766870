//! CommonMark as rustdoc renders it without a warning, and without compiling what is no Rust of ours.
//! Knows the blocks of Markdown; must not know links.

use super::links::inline;

/// Rewrites a description: code becomes `text`, the generator's `ignore` example goes, links resolve against `base`.
pub(super) fn rustdoc(text: &str, base: Option<&str>) -> String {
    let mut said = String::with_capacity(text.len() + 64);
    let mut block = Block::Text;
    // Where the text of the list item that a line may belong to begins, and whether the line before was blank.
    let (mut item, mut after_blank) = (0, true);
    for line in text.lines() {
        let start = line.trim_start();
        let indent = columns(&line[..line.len() - start.len()]);
        if let Block::Fenced(fence) = block {
            if fence.is_kept {
                said.extend([line, "\n"]);
            }
            if fence.is_closed_by(start) {
                block = Block::Text;
            }
            continue;
        }
        if let Block::Indented = block {
            if start.is_empty() || indent >= item + 4 {
                said.extend([line, "\n"]);
                continue;
            }
            end_indented(&mut said, item);
            (block, after_blank) = (Block::Text, true);
        }
        if let Some((fence, language)) = Fence::opened_by(start) {
            let language = language.trim();
            block = Block::Fenced(Fence { is_kept: language != "ignore", ..fence });
            if language != "ignore" {
                let marker = &start[..fence.length];
                let language = if is_rust(language) { "text" } else { language };
                said.extend([&line[..line.len() - start.len()], marker, language, "\n"]);
            }
        } else if !start.is_empty() && after_blank && indent >= item + 4 {
            said.extend([&" ".repeat(item), "```text\n", line, "\n"]);
            block = Block::Indented;
        } else {
            match list_item(start) {
                Some(offset) => item = indent + offset,
                None if after_blank && !start.is_empty() && indent < item => item = 0,
                None => {}
            }
            inline(line, base, &mut said);
            said.push('\n');
        }
        after_blank = start.is_empty();
    }
    if let Block::Indented = block {
        end_indented(&mut said, item);
    }
    said.truncate(said.trim_end().len());
    said
}

#[derive(Clone, Copy)]
enum Block {
    Text,
    Fenced(Fence),
    Indented,
}

/// A code fence (CommonMark 0.31 §4.5).
#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
    is_kept: bool,
}

impl Fence {
    /// The fence that a line opens, and the info string.
    fn opened_by(line: &str) -> Option<(Self, &str)> {
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        let is_code_span = mark == '`' && info.contains('`');
        (length >= 3 && !is_code_span).then_some((Self { mark, length, is_kept: true }, info))
    }

    fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim_end();
        line.len() >= self.length && line.chars().all(|mark| mark == self.mark)
    }
}

/// Ends a block that was indented, before the blank lines at its end.
fn end_indented(said: &mut String, item: usize) {
    said.truncate(said.trim_end().len());
    said.extend(["\n", &" ".repeat(item), "```\n\n"]);
}

/// How far white space indents; a tab goes to the next multiple of four (CommonMark 0.31 §2.2).
fn columns(space: &str) -> usize {
    space.chars().fold(0, |columns, space| if space == '\t' { columns / 4 * 4 + 4 } else { columns + 1 })
}

/// Where the text of a list item begins, behind its marker (CommonMark 0.31 §5.2).
fn list_item(line: &str) -> Option<usize> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let marker = match line[digits..].chars().next()? {
        '-' | '*' | '+' if digits == 0 => 1,
        '.' | ')' if digits > 0 => digits + 1,
        _ => return None,
    };
    let text = line[marker..].trim_start();
    let space = line.len() - marker - text.len();
    (space > 0).then(|| marker + if space > 4 { 1 } else { space })
}

/// Whether rustdoc would compile a block with this info string: each word of it is one of rustdoc's own.
fn is_rust(info: &str) -> bool {
    const OWN: [&str; 8] = [
        "compile_fail",
        "ignore",
        "no_run",
        "rust",
        "should_panic",
        "standalone_crate",
        "test_harness",
        "custom",
    ];
    let mut words = info.split([',', ' ', '\t', '{', '}']).filter(|word| !word.is_empty()).peekable();
    let is_own =
        |word: &str| OWN.contains(&word) || word.starts_with("edition") || word.starts_with("ignore-");
    words.clone().any(|word| word == "rust") || words.all(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fenced_block_is_not_compiled() {
        assert_eq!(
            rustdoc("a\n```\nAuthorization: [x]\n```\nb", None),
            "a\n```text\nAuthorization: [x]\n```\nb"
        );
        assert_eq!(rustdoc("a\n```ignore\nlet x;\n```", None), "a");
        assert_eq!(rustdoc("```json\n{}\n```", None), "```json\n{}\n```");
        for compiled in ["no_run", "rust,no_run", "rust ignore", "should_panic", "edition2024"] {
            assert_eq!(rustdoc(&format!("~~~{compiled}\nx\n~~~"), None), "~~~text\nx\n~~~", "{compiled}");
        }
        assert_eq!(rustdoc("````\n```\n[x]\n```\n````\n[y]", None), "````text\n```\n[x]\n```\n````\n\\[y]");
        assert_eq!(rustdoc("```[x]``` is code", None), "```[x]``` is code");
    }

    #[test]
    fn an_indented_block_is_not_compiled() {
        assert_eq!(
            rustdoc("a\n\n    let x = [1];\n\n    y\n\nb [z]", None),
            "a\n\n```text\n    let x = [1];\n\n    y\n```\n\nb \\[z]"
        );
        assert_eq!(rustdoc("a\n\n\tx", None), "a\n\n```text\n\tx\n```");
        // The second paragraph of a list item is none, and neither is what goes on with a paragraph.
        for text in ["- a\n\n    b", "1. a\n\n   b\n\n    c", "a\n    b", "- a\n  - b\n\n    c"] {
            assert_eq!(rustdoc(text, None), text);
        }
        assert_eq!(rustdoc("- a\n\n      b", None), "- a\n\n  ```text\n      b\n  ```");
        assert_eq!(rustdoc("- a\n\nb\n\n    c", None), "- a\n\nb\n\n```text\n    c\n```");
    }
}
