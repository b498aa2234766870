//! Checks that the pages that the overlay cites still have the cited words and figures.

use std::collections::BTreeMap;

use relay_rest_codegen::Pointer;

use super::sources;
use crate::fetch::{self, FetchOutcome, FetchRequest};
use crate::vendored;
use output::{errln, outln};

/// Fetches every page that the overlay cites, and no other, and reports each missing citation. Returns whether none is missing.
///
/// # Errors
/// A page cannot be fetched, or a source of the overlay is invalid.
pub(crate) fn check(overlay: &str) -> Result<bool, String> {
    let mut pages: BTreeMap<String, Vec<(Pointer, String)>> = BTreeMap::new();
    for (at, source) in sources(overlay)? {
        let Some(url) = source.url else { continue };
        pages.entry(url).or_default().extend(source.says.into_iter().map(|says| (at.clone(), says)));
    }
    if pages.is_empty() {
        return Err(format!(
            "error: {}: no action cites a URL, so there is nothing to check",
            vendored::OVERLAY
        ));
    }
    let requests = pages.keys().map(|url| FetchRequest { url: url.clone(), etag: None }).collect();
    let (mut there, mut gone, mut failed) = (0, 0, Vec::new());
    for ((url, citations), found) in pages.iter().zip(fetch::each(requests)?) {
        let page = match found {
            Ok(FetchOutcome::Text { text, .. }) => words(&text),
            // `Unchanged` is the outcome of a request with an entity tag only.
            Ok(FetchOutcome::Missing(_) | FetchOutcome::Unchanged) => String::new(),
            Err(reason) => {
                failed.push(reason);
                continue;
            }
        };
        for (at, says) in citations {
            if self::says(&page, says) {
                there += 1;
            } else {
                gone += 1;
                errln!("error: {}#{at}: {url} no longer says \"{says}\"", vendored::OVERLAY);
            }
        }
    }
    outln!("{} citations on {} pages: {there} found, {gone} missing", there + gone, pages.len());
    if failed.is_empty() { Ok(gone == 0) } else { Err(failed.join("\n")) }
}

/// The visible words of a Markdown or HTML page, separated by single spaces.
fn words(page: &str) -> String {
    let page = without_comments(page);
    let is_html = page.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    if is_html { folded(&nanohtml2text::html2text(&page)) } else { folded(&page) }
}

/// `a<!-- b -->c ⇒ ac`
fn without_comments(page: &str) -> String {
    let mut rest = page;
    let mut text = String::new();
    while let Some((before, comment)) = rest.split_once("<!--")
        && let Some((_, after)) = comment.split_once("-->")
    {
        text.push_str(before);
        rest = after;
    }
    text + rest
}

/// Whether a page has these words and figures, and not as parts of others: `20` is not in `200`, `1,200` or `20.5`.
fn says(page: &str, words: &str) -> bool {
    let words = folded(words);
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    // Whether a word with `edge` at its end continues with the next characters, in either direction.
    let goes_on = |edge: Option<char>, mut after: [Option<char>; 2]| {
        let Some(edge) = edge.filter(|edge| is_word(*edge)) else { return false };
        if edge.is_ascii_digit() && after[0].is_some_and(|next| matches!(next, '.' | ',')) {
            after[0] = after[1].filter(char::is_ascii_digit);
        }
        after[0].is_some_and(is_word)
    };
    !words.is_empty()
        && page.match_indices(&words).any(|(at, _)| {
            let mut before = page[..at].chars().rev();
            let mut after = page[at + words.len()..].chars();
            !goes_on(words.chars().next(), [before.next(), before.next()])
                && !goes_on(words.chars().next_back(), [after.next(), after.next()])
        })
}

/// Replaces white space with single spaces, and drops invisible characters such as soft hyphens.
fn folded(text: &str) -> String {
    let is_visible =
        |character: &char| !matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    let visible: String = text.chars().filter(is_visible).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_found_across_white_space_and_markup() {
        for page in [
            "The code has\n  from 4\tto 20 characters",
            "<!doctype html><html><head><style>p{}</style></head><body><p>has from&nbsp;4 <em>to</em>\n20</p></body></html>",
            "<p>from <code>4</code> to <b>20</b></p>",
            "\n<p>from 4<br>to 20</p>",
            "\u{feff}<p>from <b>4</b> to 20</p>",
            "<p>from&#32;&#52; to&#xA0;20</p>",
            "<p>fr&shy;om 4 t\u{200b}o 2\u{2060}0</p>",
            "from 4\u{202f}to\u{2009}20.",
            "(from 4 to 20), from 4 to 200",
        ] {
            assert!(says(&words(page), "from 4 to 20"), "{:?}", words(page));
        }
    }

    #[test]
    fn other_figures_and_hidden_words_do_not_match_a_citation() {
        for page in [
            "<p>from 6 to 10</p><script>'from 4 to 20'</script>",
            "<p>from 6 to 10</p><!-- from 4 to 20 -->",
            "<p>from 6 to 10</p><template>from 4 to 20</template>",
            "from 6 to 10 <!-- from 4 to 20 -->",
            "from 4 to 200",
            "from 4 to 20.5",
            "from 4 to 20,000",
            "from 4 to 20th",
            "from 4 to 20_000",
            "upfrom 4 to 20",
        ] {
            assert!(!says(&words(page), "from 4 to 20"), "{:?}", words(page));
        }
        assert!(!says("1,500 characters, 2.500 or 1500", "500"));
        assert!(says("at most 500, or so", "500"));
        assert!(says("a list: required: - to", "required: - to"));
        assert!(!says("anything", ""));
    }

    #[test]
    fn the_shared_page_has_all_citations() {
        let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
        if !shared.exists() {
            errln!("skipped: there is no {}", shared.display());
            return;
        }
        let page = std::fs::read_to_string(shared.join("upstream/request-mfa-sms.md")).expect("the page");
        let page = words(&page);
        let mut tried = 0;
        for (at, source) in sources(include_str!("../../../openapi/overlay.yaml")).expect("they can be read")
        {
            if source.url.is_some_and(|url| {
                url.ends_with("/relay-rest/multi-factor-authentication/request-mfa-sms.md")
            }) {
                for says in source.says {
                    assert!(super::says(&page, &says), "#{at}: {says}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 5, "{tried}");
    }
}
