//! Adds what media types beside the typed ones need: a setter of a body that the caller formats, and a way to ask for another response.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::{Expr, ImplItemFn, Item, ItemImpl, Path, Stmt, parse_quote};

use super::ast::{doc, function_of, module};
use super::markdown::code_span;
use super::missing;
use super::pages::setters_of;
use super::servers::{add_setter, each_builder, unpack};
use crate::plan::{OtherBodies, Plan};
use crate::problem::Problem;

/// Adds a setter of other bodies to the builders with these names. Their typed bodies are optional already.
pub(super) fn other_bodies(
    operations: &mut [Item],
    builders: &BTreeMap<Ident, &OtherBodies>,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) {
    let edit = |item: &mut ItemImpl, others: &&OtherBodies| set(item, others, handwritten);
    let kept = parse_quote!((::std::string::String, ::bytes::Bytes));
    let what = "end of `send` as progenitor 0.15 writes it";
    each_builder(operations, builders, &kept, |of| &of.setter, edit, || missing(what, problems));
}

/// `Ok((client, request))` ⇒ `Ok((client, other_body(request, body_as, "body_as", &["application/xml"], true)?))`
fn set(item: &mut ItemImpl, others: &OtherBodies, handwritten: &Path) -> Option<()> {
    let OtherBodies { setter, allowed, is_required } = others;
    let name = format_ident!("{setter}");
    let shown: Vec<String> = allowed.iter().map(|media_type| code_span(media_type)).collect();
    let docs = doc(&format!(
        "Sets the body in place of `body`, as bytes of this media type: one of {}. It is sent as it is, and not checked.",
        shown.join(", ")
    ));
    let function: ImplItemFn = parse_quote! {
        #docs
        pub fn #name(
            mut self,
            media_type: impl ::std::convert::Into<::std::string::String>,
            body: impl ::std::convert::Into<::bytes::Bytes>,
        ) -> Self {
            self.#name = ::std::option::Option::Some((media_type.into(), body.into()));
            self
        }
    };
    add_setter(item, setter, function)?;
    let block = &mut function_of(item, "send")?.block;
    let Some(Stmt::Expr(Expr::Call(ok), None)) = block.stmts.last_mut() else { return None };
    let Some(Expr::Tuple(pair)) = ok.args.first_mut() else { return None };
    let request = pair.elems.last_mut()?;
    let built = request.clone();
    *request =
        parse_quote!(#handwritten::other_body(#built, #name, #setter, &[#(#allowed),*], #is_required)?);
    unpack(block, setter).then_some(())
}

/// `impl Operation for GetA { … }` ⇒ the same, and `impl GetA { pub fn send_accepting(self, media_type) … }`
///
/// For operations whose successes are read as JSON, and have other media types as well. A setter may have that name; there is no method then.
pub(super) fn alternatives(items: &mut [Item], plan: &Plan, handwritten: &Path) {
    let Some(operations) = module(items, "builder") else { return };
    let mut added: Vec<Item> = Vec::new();
    for operation in &plan.operations {
        let alternatives = &operation.media_types.alternatives;
        let builder = format_ident!("{}", operation.builder());
        if alternatives.is_empty() || setters_of(operations, &builder).contains("send_accepting") {
            continue;
        }
        let shown: Vec<String> = alternatives.iter().map(|media_type| code_span(media_type)).collect();
        let docs = doc(&format!(
            "Sends the request, and asks for a response of this media type in place of JSON: one of {}. Its body is returned as bytes.\n\n# Errors\n\nReturns the errors of `send`, and an error if the media type is not one of these.",
            shown.join(", ")
        ));
        added.push(parse_quote! {
            impl #builder {
                #docs
                pub fn send_accepting(
                    self,
                    media_type: impl ::std::convert::Into<::std::string::String>,
                ) -> impl ::std::future::Future<Output = ::std::result::Result<Response<::bytes::Bytes>, Error>> + ::std::marker::Send
                {
                    #handwritten::send_accepting(self, media_type.into(), &[#(#alternatives),*])
                }
            }
        });
    }
    operations.extend(added);
}
