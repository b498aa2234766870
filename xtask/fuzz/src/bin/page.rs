//! Any two files as sources of `cargo xtask sync`: a page, an index or a document each, merged and cut, or an error.

#![no_main]

use fuzz::{limited, mutate_lines};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use relay_rest_codegen::document::Selection;
use relay_rest_codegen::parse;

#[path = "../../../src/sync/merge.rs"]
mod merge;
#[path = "../../../src/sync/page.rs"]
mod page;

use merge::{Named, merge};
use page::{Form, classify};

/// What is between the two files.
const BETWEEN: &str = "\n\u{1e}\n";

fuzz_target!(|text: &str| {
    limited(|| {
        let mut named = Vec::new();
        for file in text.split(BETWEEN) {
            match classify(file) {
                Ok(Form::Document(document)) => {
                    assert!(file.contains(document), "the document is not a part of the page");
                    if let Ok(document) = parse(document)
                        && document.is_object()
                    {
                        named.push(Named { name: format!("{}.md", named.len()), document });
                    }
                }
                Ok(Form::Index(links)) => {
                    assert!(!links.is_empty(), "an index without links");
                    assert!(links.iter().all(|link| !link.contains(char::is_whitespace)), "{links:?}");
                }
                Err(reason) => assert!(!reason.is_empty()),
            }
        }
        let Ok(merged) = merge(named) else { return };
        let paths = merged["paths"].as_object().and_then(|paths| paths.keys().next().cloned());
        let part = Selection { paths: paths.into_iter().collect(), ..Selection::default() };
        for selection in [Selection::default(), part] {
            let Ok(cut) = selection.of(merged.clone()) else { continue };
            let text = serde_yaml::to_string(&cut).expect("a document is YAML");
            assert_eq!(parse(&text).expect("what is written can be read"), cut, "written otherwise");
        }
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_lines(data, size, max_size, seed, |corpus, rng| {
        let document = serde_yaml::to_string(&corpus.document(rng)).unwrap_or_default();
        let page = format!("# Title\n\n## OpenAPI Specification\n\n```yaml\n{document}```\n\n## More\n");
        match rng.u8(..4) {
            0 => document,
            1 => "# Documentation\n\n- [A](https://example.com/a.md): about A\n- [B](/b.md)\n".to_owned(),
            2 => format!("{page}{BETWEEN}{document}"),
            _ => page,
        }
    })
});
