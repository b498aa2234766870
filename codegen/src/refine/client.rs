//! Removes progenitor's `Client`, which needs no credentials, and its `Error`, which loses the status.
//! Must not know operations.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{File, ImplItemFn, Item, ItemImpl, Path, PathArguments, ReturnType, parse_quote};

use super::ast::{functions, last_segment, type_name};
use super::deprecated::allowed;
use super::docs;
use super::missing;
use crate::plan::Plan;
use crate::problem::Problem;

/// `pub struct Client { … }` and `pub mod prelude` ⇒ `use ::relay_rest::handwritten::Client; pub enum ErrorBody { … }`
///
/// The operations are implemented on the handwritten client, and there is one enum of all documented error bodies, so that one
/// error type serves all operations.
pub(super) fn replace(file: &mut File, plan: &Plan, handwritten: &Path, problems: &mut Vec<Problem>) {
    let before = file.items.len();
    file.items.retain(|item| !is_replaced(item));
    // Two imports, the struct, its constructors, two impls of traits, and the prelude.
    if before - file.items.len() != 7 {
        missing("client as progenitor 0.15 writes it", problems);
    }
    for item in file.items.iter_mut() {
        match item {
            Item::Impl(item) if is_client(item) => {
                for method in functions(item) {
                    own_builder(method);
                    let planned = plan.operations.iter().find(|planned| method.sig.ident == planned.method);
                    planned.into_iter().for_each(|planned| docs::name_method(&mut method.attrs, planned));
                }
            }
            _ => {}
        }
    }
    let server_url = &plan.server_url;
    let errors = error_variants(plan);
    let allowed = (!plan.deprecated_types.is_empty()).then(allowed);
    let names = &plan.property_names;
    let head: File = parse_quote! {
        use #handwritten::Client;

        /// The URL of the document's first server, with its placeholders.
        pub(crate) const SERVER_URL: &str = #server_url;

        /// The names of all properties, sorted.
        pub(crate) const PROPERTIES: &[&str] = &[#(#names),*];

        /// A documented error body, by its type. The status of the response determines the variant.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #allowed
        pub enum ErrorBody {
            #(#errors,)*
        }
    };
    file.items.splice(0..0, head.items);
}

/// `-> builder::X<'_>` becomes `-> builder::X`: a builder has a client of its own.
fn own_builder(method: &mut ImplItemFn) {
    if let ReturnType::Type(_, builder) = &mut method.sig.output
        && let Some(last) = last_segment(builder)
    {
        last.arguments = PathArguments::None;
    }
}

fn is_replaced(item: &Item) -> bool {
    match item {
        Item::Use(_) => true,
        Item::Struct(item) => item.ident == "Client",
        Item::Mod(item) => item.ident == "prelude",
        Item::Impl(item) => item.trait_.is_some() || (is_client(item) && has_constructor(item)),
        _ => false,
    }
}

pub(super) fn is_client(item: &ItemImpl) -> bool {
    type_name(&item.self_ty).is_some_and(|name| name == "Client")
}

fn has_constructor(item: &ItemImpl) -> bool {
    item.items
        .iter()
        .any(|item| matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == "new_with_client"))
}

/// One variant for each type of an error body.
fn error_variants(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    plan.error_bodies().into_iter().map(|name| {
        let ident = format_ident!("{name}");
        let doc = format!("A body of the type [`types::{name}`].");
        quote!(#[doc = #doc] #ident(types::#ident))
    })
}
