//! Makes tuples of the structs that stand for them.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Item, Meta, Path, PathSegment, Token, parse_quote};

use super::ast::{doc, doc_literal, is_serde, type_name};
use super::markdown::code_span;
use super::missing;
use super::types::undescribed;
use super::walk::each_path_of;
use crate::plan::{Plan, TUPLES, item_name};
use crate::problem::Problem;

/// `::relay_rest::tuples::A`, of a tuple or an identifier ⇒ `A` in the module `types`, `super::A` in the modules inside it and `types::A` elsewhere
pub(super) fn place(items: &mut [Item], tuples: &BTreeSet<String>, ids: &BTreeSet<String>) {
    if tuples.is_empty() && ids.is_empty() {
        return;
    }
    for item in items {
        match item {
            Item::Mod(types) if types.ident == "types" => {
                for item in types.content.iter_mut().flat_map(|(_, items)| items) {
                    let within = matches!(item, Item::Mod(_)).then_some("super");
                    each_path_of(item, &mut |path| name(path, within));
                }
            }
            item => each_path_of(item, &mut |path| name(path, Some("types"))),
        }
    }
}

fn name(path: &mut Path, within: Option<&str>) {
    let is_tuple = path.segments.len() == 3 && path.segments[1].ident == TUPLES;
    if let Some(last) = path.segments.last().filter(|_| is_tuple).cloned() {
        let within = within.map(|within| PathSegment::from(Ident::new(within, Span::call_site())));
        *path = Path { leading_colon: None, segments: within.into_iter().chain([last]).collect() };
    }
}

/// `pub struct A { pub item000: B, pub item001: C }` ⇒ `pub struct A(pub B, pub C);`, `impl From<(B, C)> for A` and
/// `impl From<A> for (B, C)`, without a builder
///
/// A type with a name and not a plain tuple, because its `Debug` shows no strings; a setter takes the plain one as well.
pub(super) fn refine(types: &mut Vec<Item>, plan: &Plan, problems: &mut Vec<Problem>) {
    let Plan { tuples, boxed_items, .. } = plan;
    let mut conversions: Vec<Item> = Vec::new();
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        if !tuples.contains(&item.ident.to_string()) {
            continue;
        }
        let Fields::Named(fields) = &mut item.fields else { continue };
        let (ident, mut of) = (&item.ident, Vec::new());
        for (index, field) in fields.named.iter_mut().enumerate() {
            let undescribed = undescribed(&code_span(&item_name(index)));
            let own = field
                .attrs
                .iter_mut()
                .find(|attribute| doc_literal(attribute).is_some_and(|text| text.value() == undescribed));
            own.into_iter().for_each(|own| *own = doc(&format!("The item at index {index}.")));
            field.ident = None;
            field.colon_token = None;
            field.attrs.retain_mut(keep);
            if boxed_items.contains(&(ident.to_string(), index)) {
                let inner = &field.ty;
                field.ty = parse_quote!(::std::boxed::Box<#inner>);
                // It reads what is in the box.
                field.attrs.retain(|attribute| !is_serde(attribute));
            }
            of.push(field.ty.clone());
        }
        let fields = &fields.named;
        item.fields = Fields::Unnamed(parse_quote!((#fields)));
        item.semi_token = Some(Default::default());
        // Its length is that of the document, so that nothing can be added.
        item.attrs.retain(|attribute| !attribute.path().is_ident("non_exhaustive"));
        let index = || (0..of.len()).map(syn::Index::from);
        let (first, second) = (index(), index());
        conversions.push(parse_quote! {
            impl ::std::convert::From<(#(#of,)*)> for #ident {
                fn from(value: (#(#of,)*)) -> Self {
                    Self(#(value.#first),*)
                }
            }
        });
        conversions.push(parse_quote! {
            impl ::std::convert::From<#ident> for (#(#of,)*) {
                fn from(value: #ident) -> Self {
                    (#(value.#second,)*)
                }
            }
        });
    }
    if conversions.len() != 2 * tuples.len() {
        missing("struct of a tuple", problems);
    }
    types.retain(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => {
            !type_name(&item.self_ty).is_some_and(|of| tuples.contains(&of.to_string()))
        }
        _ => true,
    });
    types.append(&mut conversions);
}

/// Keeps what a field of a tuple may have: of `serde`, how it is read.
fn keep(attribute: &mut Attribute) -> bool {
    if !is_serde(attribute) {
        return true;
    }
    let settings = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let read = settings.into_iter().flatten().find(|setting| setting.path().is_ident("deserialize_with"));
    if let Some(read) = &read {
        *attribute = parse_quote!(#[serde(#read)]);
    }
    read.is_some()
}
