//! Whether the pages that the overlay cites still have the words and figures that it rests on.
//! Knows HTML as far as its text goes; must not know what the words mean.

use std::collections::BTreeMap;

use relay_rest_codegen::Pointer;

use super::sources;
use crate::build;
use crate::fetch::{self, Found, Wanted};
use crate::output::{errln, outln};

/// Fetches every page that the overlay cites, and no other, and reports each citation that is gone. Whether all are there.
///
/// # Errors
/// A page cannot be fetched, so that nothing is known of it; or a source of the overlay cannot be read.
pub(crate) fn check(overlay: &str) -> Result<bool, String> {
    let mut pages: BTreeMap<String, Vec<(Pointer, String)>> = BTreeMap::new();
    for (at, source) in sources(overlay)? {
        let Some(url) = source.url else { continue };
        pages.entry(url).or_default().extend(source.says.into_iter().map(|says| (at.clone(), says)));
    }
    if pages.is_empty() {
        return Err(format!(
            "error: {}: no action cites a URL, so there is nothing to check",
            build::OVERLAY
        ));
    }
    let wanted = pages.keys().map(|url| Wanted { url: url.clone(), etag: None }).collect();
    let (mut there, mut gone) = (0, 0);
    for ((url, citations), found) in pages.iter().zip(fetch::each(wanted)?) {
        let page = match found? {
            Found::Text { text, .. } => words(&text),
            Found::Missing(_) => String::new(),
            Found::Unchanged => {
                return Err(format!("error: {url}: the server sent 304 for an unconditional request"));
            }
        };
        for (at, says) in citations {
            if page.contains(&folded(says)) {
                there += 1;
            } else {
                gone += 1;
                errln!("error: {}#{at}: {url} does not say \"{says}\" any more", build::OVERLAY);
            }
        }
    }
    outln!("{} citations on {} pages: {there} there, {gone} gone", there + gone, pages.len());
    Ok(gone == 0)
}

/// The words of a page, be it Markdown or HTML, with one space between any two.
fn words(page: &str) -> String {
    if page.trim_start().starts_with('<') { folded(&nanohtml2text::html2text(page)) } else { folded(page) }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_page_are_found_however_they_are_broken() {
        for page in [
            "The code has\n  from 4\tto 20 characters",
            "<!doctype html><html><head><style>p{}</style></head><body><p>has from&nbsp;4 <em>to</em>\n20</p></body></html>",
            "<p>from <code>4</code> to <b>20</b></p>",
            "\n<p>from 4<br>to 20</p>",
        ] {
            assert!(words(page).contains("from 4 to 20"), "{:?}", words(page));
        }
        assert!(!words("<p>from 6 to 10</p><script>'from 4 to 20'</script>").contains("from 4 to 20"));
    }

    #[test]
    fn the_vendored_page_says_what_is_cited_of_it() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/upstream/request-mfa-sms.md");
        let Ok(page) = std::fs::read_to_string(path) else {
            errln!("skipped: there is no {path}");
            return;
        };
        let page = words(&page);
        let mut tried = 0;
        for (at, source) in sources(include_str!("../../../openapi/overlay.yaml")).expect("they can be read")
        {
            if source.url.is_some_and(|url| {
                url.ends_with("/relay-rest/multi-factor-authentication/request-mfa-sms.md")
            }) {
                for says in source.says {
                    assert!(page.contains(&folded(&says)), "#{at}: {says}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 5, "{tried}");
    }
}
