//! Names that stand in for others in the generator's input: puts the true ones where they are on the wire.
//! Knows serde attributes and string literals; must not know why a name stands in.

use proc_macro2::Span;
use syn::{Block, Fields, Item, LitStr, parse_quote, visit_mut::VisitMut};

use super::missing;
use super::walk::{CodeEdit, Walk};
use crate::plan::StandIn;
use crate::problem::Problem;

/// Renames the fields of types for serde.
pub(super) fn properties(types: &mut [Item], stand_ins: &[StandIn], problems: &mut Vec<Problem>) {
    for stand_in in stand_ins {
        let field = types.iter_mut().find_map(|item| match item {
            Item::Struct(item) if item.ident == stand_in.of.as_str() => match &mut item.fields {
                Fields::Named(fields) => fields
                    .named
                    .iter_mut()
                    .find(|field| field.ident.as_ref().is_some_and(|ident| *ident == stand_in.name)),
                _ => None,
            },
            _ => None,
        });
        match field {
            Some(field) => {
                let original = &stand_in.original;
                field.attrs.push(parse_quote!(#[serde(rename = #original)]));
            }
            None => missing(&format!("field `{}` in `{}`", stand_in.name, stand_in.of), problems),
        }
    }
}

/// Renames the parameters that a `send` sends.
pub(super) fn parameters(block: &mut Block, stand_ins: &[StandIn]) {
    if !stand_ins.is_empty() {
        Walk(&mut Names(stand_ins)).visit_block_mut(block);
    }
}

struct Names<'a>(&'a [StandIn]);

impl CodeEdit for Names<'_> {
    fn text(&mut self, text: &mut LitStr) {
        if let Some(stand_in) = self.0.iter().find(|stand_in| stand_in.name == text.value()) {
            *text = LitStr::new(&stand_in.original, Span::call_site());
        }
    }
}
