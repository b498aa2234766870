//! Recognizes published files: a page that contains a document, an index of pages, or a document itself.

/// The form of a published file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// An OpenAPI document, byte for byte: the whole file, or the block of a page.
    Document(&'a str),
    /// An index: the links to pages.
    Index(Vec<&'a str>),
}

/// The heading that SignalWire puts above the document of a page.
const HEADING: &str = "OpenAPI Specification";

/// Recognizes the form of a file by its content.
///
/// # Errors
/// It is neither a document nor an index.
pub(crate) fn classify(text: &str) -> Result<Form<'_>, String> {
    // The parser ignores a byte order mark as well; it is vendored with the document.
    let marked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = marked.trim_start();
    if start.is_empty() {
        return Err("it is empty".to_owned());
    }
    if start.starts_with('<') {
        return Err("it is HTML, perhaps a login page; the Markdown of a page has a URL that ends in `.md`"
            .to_owned());
    }
    // A comment in a YAML document looks like a heading, so a page needs a fence too.
    let is_page = has_heading(marked) && marked.lines().any(|line| fence(line).is_some());
    if start.starts_with('{') || !is_page && marked.lines().any(is_version) {
        return Ok(Form::Document(text));
    }
    if has_heading(marked) {
        return block(marked).map(Form::Document);
    }
    let links: Vec<&str> = marked.lines().filter_map(link).collect();
    if links.is_empty() {
        return Err(format!(
            "it is neither an OpenAPI document, nor a page with one under \"{HEADING}\", nor a list of links to such pages"
        ));
    }
    Ok(Form::Index(links))
}

/// Whether a line of YAML has the key `openapi` or `swagger`.
fn is_version(line: &str) -> bool {
    let key = line.split_once(':').map(|(key, _)| key.trim_end().trim_matches(['"', '\'']));
    matches!(key, Some("openapi" | "swagger"))
}

fn has_heading(text: &str) -> bool {
    text.lines().any(is_heading)
}

/// Whether a line is the heading, as an ATX heading (CommonMark 0.31.2 §4.2).
fn is_heading(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.trim_matches(['#', ' ', '\r', '\t']) == HEADING)
}

/// Returns the first fenced block under the heading. It ends at the first fence without indentation: fences in descriptions are
/// indented.
fn block(text: &str) -> Result<&str, String> {
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    lines.by_ref().find(|(_, line)| is_heading(line.trim_end()));
    let opening = lines.find_map(|(start, line)| Some((start + line.len(), fence(line)?)));
    let Some((begin, fence)) = opening else {
        return Err(format!("there is no fenced block under \"{HEADING}\""));
    };
    let end = lines.find(|(_, line)| is_closing(line, fence)).map(|(start, _)| start);
    end.map(|end| &text[begin..end])
        .ok_or_else(|| "the block of the document is not closed: the page is truncated".to_owned())
}

/// Returns the fence of a line that opens a block of YAML or JSON.
fn fence(line: &str) -> Option<&str> {
    let length = line.len()
        - line.trim_start_matches(line.chars().next().filter(|first| "`~".contains(*first))?).len();
    let language = line[length..].split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    (length >= 3 && matches!(language.as_str(), "yaml" | "yml" | "json")).then(|| &line[..length])
}

/// Whether a line closes a fence: the same character, at least as many, and nothing after them (CommonMark 0.31.2 §4.5).
fn is_closing(line: &str, fence: &str) -> bool {
    line.starts_with(fence) && line.trim_end().chars().all(|character| fence.starts_with(character))
}

/// Returns the target of a list item that begins with a link.
///
/// `- [title](target): more` ⇒ `target`
fn link(line: &str) -> Option<&str> {
    let item = line.trim_start().strip_prefix(['-', '*', '+'])?.trim_start();
    let (_, from_target) = item.strip_prefix('[')?.split_once("](")?;
    let (target, _) = from_target.split_once(')')?;
    target.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_a_page_ends_at_the_first_fence_that_is_not_indented() {
        let page = "# Title\n\n```yaml\nno: document\n```\n\n## OpenAPI Specification\n\n```yaml\nopenapi: 3.1.0\ninfo:\n  description: |\n    ```\n    code\n    ```\n```\n\n## SDK\n\n```yaml\nother: true\n```\n";
        let expected = "openapi: 3.1.0\ninfo:\n  description: |\n    ```\n    code\n    ```\n";
        assert_eq!(classify(page), Ok(Form::Document(expected)));
        let page = page
            .replace("```yaml\nopenapi", "~~~~ JSON title\nopenapi")
            .replace("    ```\n```", "    ```\n~~~\n~~~~~");
        assert_eq!(classify(&page), Ok(Form::Document(&format!("{expected}~~~\n"))));
    }

    #[test]
    fn a_block_keeps_its_byte_order_mark_and_line_ends() {
        let page = "\u{feff}## OpenAPI Specification\r\n\r\n```yaml\r\n\u{feff}openapi: 3.1.0\r\n```\r\n";
        assert_eq!(classify(page), Ok(Form::Document("\u{feff}openapi: 3.1.0\r\n")));
    }

    #[test]
    fn a_page_that_is_cut_off_is_an_error() {
        let page = "## OpenAPI Specification\n\n```yaml\nopenapi: 3.1.0\n";
        assert_eq!(
            classify(page),
            Err("the block of the document is not closed: the page is truncated".to_owned())
        );
        assert!(
            classify("## OpenAPI Specification\n\nsoon\n")
                .is_err_and(|error| error.contains("no fenced block"))
        );
    }

    #[test]
    fn an_index_is_a_list_of_links() {
        let index = "# Docs\n\n> about\n\n- [A](https://x.org/a.md): about A\n* [B [b]](/b.md \"title\")\n\nnot [a link](c.md)\n";
        assert_eq!(classify(index), Ok(Form::Index(vec!["https://x.org/a.md", "/b.md"])));
    }

    #[test]
    fn documents_are_recognized() {
        for document in [
            "openapi: 3.1.0\n",
            "# comment\n'openapi': 3.1.0\r\n",
            "\u{feff}{\"openapi\": \"3.1.0\"}",
            "\u{feff}openapi: 3.1.0\r\ninfo: {}\r\n",
            "# OpenAPI Specification\nopenapi : 3.1.0\n",
            "---\ninfo: {}\nopenapi: 3.1.0",
        ] {
            assert_eq!(classify(document), Ok(Form::Document(document)));
        }
    }

    #[test]
    fn an_unrecognized_file_is_an_error_that_says_what_is_expected() {
        assert!(classify("<!doctype html><title>Sign in</title>").is_err_and(|error| error.contains("HTML")));
        assert_eq!(classify(" \n"), Err("it is empty".to_owned()));
        assert!(
            classify("# Title\n\nSome words.\n")
                .is_err_and(|error| error.starts_with("it is neither an OpenAPI document"))
        );
    }
}
