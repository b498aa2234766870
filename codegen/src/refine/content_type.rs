//! Adds a setter of the media type to operations whose body may have one of several, because a media range cannot be sent.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::{Expr, ImplItemFn, Item, ItemImpl, Path, parse_quote};

use super::ast::{doc, function_of};
use super::markdown::code_span;
use super::missing;
use super::request::sets_header;
use super::servers::{add_setter, each_builder, setting, unpack};
use super::walk::each_expr;
use crate::plan::ChosenMediaType;
use crate::problem::Problem;

/// Adds a setter of the media type to the builders with these names.
pub(super) fn refine(
    operations: &mut [Item],
    builders: &BTreeMap<Ident, &ChosenMediaType>,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) {
    let edit = |item: &mut ItemImpl, chosen: &&ChosenMediaType| set(item, chosen, handwritten);
    let what = "content type in `send` as progenitor 0.15 writes it";
    each_builder(operations, builders, &setting(), |of| &of.setter, edit, || missing(what, problems));
}

/// `header(CONTENT_TYPE, …)` ⇒ `header(CONTENT_TYPE, content_type(content_type, "content_type", &["image/*"], None)?)`
fn set(item: &mut ItemImpl, chosen: &ChosenMediaType, handwritten: &Path) -> Option<()> {
    let ChosenMediaType { setter, allowed, default } = chosen;
    let name = format_ident!("{setter}");
    let shown: Vec<String> = allowed.iter().map(|media_type| code_span(media_type)).collect();
    let otherwise = match default {
        Some(default) => format!("Without this setter, it is {}.", code_span(default)),
        None => "Without it, `send` returns an error if there is a body.".to_owned(),
    };
    let docs = doc(&format!(
        "Sets the media type of the body, its `Content-Type`: one of {}. {otherwise}",
        shown.join(", ")
    ));
    let function: ImplItemFn = parse_quote! {
        #docs
        pub fn #name(mut self, media_type: impl ::std::convert::Into<::std::string::String>) -> Self {
            self.#name = ::std::option::Option::Some(media_type.into());
            self
        }
    };
    add_setter(item, setter, function)?;
    let default: Expr = match default {
        Some(default) => parse_quote!(::std::option::Option::Some(#default)),
        None => parse_quote!(::std::option::Option::None),
    };
    let block = &mut function_of(item, "send")?.block;
    let mut is_replaced = false;
    each_expr(block, &mut |expr| {
        if let Expr::MethodCall(call) = expr
            && sets_header(call, "CONTENT_TYPE")
            && let Some(value) = call.args.last_mut()
        {
            *value = parse_quote!(#handwritten::content_type(#name, #setter, &[#(#allowed),*], #default)?);
            is_replaced = true;
        }
    });
    (unpack(block, setter) && is_replaced).then_some(())
}
