//! Replaces parts of a text, all of them found in the text as it was.

use std::ops::Range;

/// The range of the text to replace, and what with.
pub(super) type Replacement = (Range<usize>, String);

/// Puts a backslash at `index`.
pub(super) fn escape(index: usize) -> Replacement {
    (index..index, "\\".to_owned())
}

/// Makes the replacements, which are sorted. Of two that overlap, the second is skipped.
pub(super) fn replace(text: &str, replacements: Vec<Replacement>) -> String {
    let mut replaced = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for (range, replacement) in replacements {
        if let Some(kept) = text.get(done..range.start) {
            replaced.extend([kept, &replacement]);
            done = range.end;
        }
    }
    replaced + &text[done..]
}
