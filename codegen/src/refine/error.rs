//! Replaces typify's error of conversions, which holds a single reason.

use syn::{Item, Path, parse_quote};

use super::ast::module;
use super::missing;
use crate::problem::Problem;

/// `pub mod error { pub struct ConversionError(…); … }` ⇒ `pub mod error { pub use ::relay_rest::handwritten::ConversionError; }`
pub(super) fn replace(types: &mut [Item], handwritten: &Path, problems: &mut Vec<Problem>) {
    match module(types, "error") {
        Some(items) => *items = vec![parse_quote!(pub use #handwritten::ConversionError;)],
        None => missing("`mod error`", problems),
    }
}
