//! Puts the original names back on the wire where the generator's input had stand-ins.

use proc_macro2::Span;
use syn::{Block, Item, LitStr, parse_quote};

use super::ast::field_of;
use super::missing;
use super::walk::{CodePart, each};
use crate::plan::{ParameterPlan, StandIn};
use crate::problem::Problem;

/// `a_b_2: u8` ⇒ `#[serde(rename = "a_b")] a_b_2: u8`
///
/// Serde would write the name that the generator was given.
pub(super) fn properties(types: &mut [Item], stand_ins: &[StandIn], problems: &mut Vec<Problem>) {
    for stand_in in stand_ins {
        let field = types.iter_mut().find_map(|item| match item {
            Item::Struct(item) if item.ident == stand_in.of.as_str() => {
                field_of(&mut item.fields, &stand_in.name)
            }
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
    if parameters.iter().all(|parameter| parameter.stand_in.is_none()) {
        return;
    }
    each(block, &mut |part| {
        let CodePart::Text(text) = part else { return };
        let stands_in = |parameter: &&ParameterPlan| parameter.stand_in.as_ref() == Some(&text.value());
        if let Some(parameter) = parameters.iter().find(stands_in) {
            *text = LitStr::new(&parameter.name, Span::call_site());
        }
    });
}
