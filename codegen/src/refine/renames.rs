//! Puts the original names back on the wire where the generator's input had stand-ins.
//! Knows serde attributes and string literals; must not know why there is a stand-in.

use proc_macro2::Span;
use syn::{Block, Fields, Item, LitStr, parse_quote, visit_mut::VisitMut};

use super::missing;
use super::walk::{CodeEdit, Walk};
use crate::plan::{ParameterPlan, StandIn};
use crate::problem::Problem;

/// `a_b_2: u8` ⇒ `#[serde(rename = "a_b")] a_b_2: u8`
///
/// Serde would write the name that the generator was given.
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

/// `QueryParam::new("a_b_2", …)` ⇒ `QueryParam::new("a_b", …)`
pub(super) fn parameters(block: &mut Block, parameters: &[ParameterPlan]) {
    if parameters.iter().any(|parameter| parameter.stand_in.is_some()) {
        Walk(&mut Names(parameters)).visit_block_mut(block);
    }
}

struct Names<'a>(&'a [ParameterPlan]);

impl CodeEdit for Names<'_> {
    fn text(&mut self, text: &mut LitStr) {
        let stands_in = |parameter: &&ParameterPlan| parameter.stand_in.as_ref() == Some(&text.value());
        if let Some(parameter) = self.0.iter().find(stands_in) {
            *text = LitStr::new(&parameter.name, Span::call_site());
        }
    }
}
