//! Replaces derived `Debug`, which would show phone numbers, codes and names, by one that shows no strings.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Block, Fields, GenericArgument, Generics, Item, ItemEnum, ItemImpl, ItemStruct, PathArguments, Type,
    Variant, parse_quote,
};

use super::ast::{functions, without_derive};

/// Types that are strings, or may contain some.
const STRINGS: [&str; 6] = ["Body", "Bytes", "Map", "String", "Value", "str"];

/// `#[derive(Debug)] struct A { b: String, c: u8 }` ⇒ `impl Debug for A`, which prints `A { c: 1, .. }`
///
/// No document says which of its strings are secret, and a later one may add others.
pub(super) fn refine(items: &mut Vec<Item>) {
    let (mut shown, template) = (Vec::new(), template());
    for item in items.iter_mut() {
        match item {
            Item::Struct(item) if item.fields.iter().any(|field| has_string(&field.ty)) => {
                shown.extend(without_derive(&mut item.attrs, "Debug").then(|| of_struct(item, &template)));
            }
            Item::Enum(item) if enum_has_string(item) => {
                shown.extend(without_derive(&mut item.attrs, "Debug").then(|| of_enum(item, &template)));
            }
            _ => {}
        }
    }
    items.append(&mut shown);
}

fn enum_has_string(item: &ItemEnum) -> bool {
    item.variants.iter().flat_map(|variant| &variant.fields).any(|field| has_string(&field.ty))
}

/// Whether a value of the type may contain a string that its own `Debug` shows. The error of a `Result` is shown: it says which
/// property breaks which rule.
fn has_string(of: &Type) -> bool {
    match of {
        Type::Path(path) => path.path.segments.last().is_none_or(|last| {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return STRINGS.iter().any(|string| last.ident == string);
            };
            let types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(of) => Some(of),
                _ => None,
            });
            STRINGS.iter().any(|string| last.ident == string)
                || types.take(if last.ident == "Result" { 1 } else { usize::MAX }).any(has_string)
        }),
        Type::Reference(of) => has_string(&of.elem),
        Type::Array(of) => has_string(&of.elem),
        Type::Tuple(of) => of.elems.iter().any(has_string),
        _ => true,
    }
}

fn of_struct(item: &ItemStruct, template: &ItemImpl) -> Item {
    let fields = without_strings(&item.fields);
    let body = shown(&item.ident, &fields, fields.iter().map(|field| quote!(&self.#field)));
    let mut implemented = implemented(template, &item.ident, &item.generics, parse_quote!({ #body }));
    // A type behind a feature.
    implemented.attrs.extend(item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned());
    Item::Impl(implemented)
}

fn of_enum(item: &ItemEnum, template: &ItemImpl) -> Item {
    let arms = item.variants.iter().map(of_variant);
    Item::Impl(implemented(
        template,
        &item.ident,
        &item.generics,
        parse_quote!({ match self { #(#arms,)* } }),
    ))
}

/// `V(u8)` ⇒ `Self::V(value) => f.debug_tuple("V").field(value).finish()`; `V(String)` ⇒ `Self::V(..) => …`
fn of_variant(of: &Variant) -> TokenStream {
    let (ident, fields) = (&of.ident, without_strings(&of.fields));
    let name = named(ident);
    match &of.fields {
        Fields::Unit => quote!(Self::#ident => f.write_str(#name)),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 && !has_string(&fields.unnamed[0].ty) => {
            quote!(Self::#ident(value) => f.debug_tuple(#name).field(value).finish())
        }
        Fields::Unnamed(_) => quote!(Self::#ident(..) => f.debug_struct(#name).finish_non_exhaustive()),
        Fields::Named(_) => {
            let body = shown(ident, &fields, fields.iter().map(|field| quote!(#field)));
            quote!(Self::#ident { #(#fields,)* .. } => #body)
        }
    }
}

/// The names of the fields that are shown.
fn without_strings(fields: &Fields) -> Vec<&Ident> {
    let shown = fields.iter().filter(|field| !has_string(&field.ty));
    shown.filter_map(|field| field.ident.as_ref()).collect()
}

/// `f.debug_struct("X").field("a", …).finish_non_exhaustive()`
fn shown(ident: &Ident, fields: &[&Ident], values: impl Iterator<Item = TokenStream>) -> TokenStream {
    let (name, names) = (named(ident), fields.iter().map(|field| named(field)));
    quote!(f.debug_struct(#name) #(.field(#names, #values))* .finish_non_exhaustive())
}

/// The impl for `Shown`, parsed once: most types have one.
fn template() -> ItemImpl {
    parse_quote! {
        impl ::std::fmt::Debug for Shown {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {}
        }
    }
}

fn implemented(template: &ItemImpl, ident: &Ident, generics: &Generics, body: Block) -> ItemImpl {
    let mut implemented = template.clone();
    implemented.generics = generics.clone();
    let (_, arguments, _) = generics.split_for_impl();
    implemented.self_ty = parse_quote!(#ident #arguments);
    if let Some(fmt) = functions(&mut implemented).next() {
        fmt.block = body;
    }
    implemented
}

/// The name as it is shown.
fn named(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
