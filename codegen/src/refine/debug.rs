//! Replaces derived `Debug`, which would show phone numbers, codes and names, by one that shows no strings.
//! Knows structs and enums as typify and progenitor write them; must not know which strings are secret.

use proc_macro2::{Ident, TokenTree};
use syn::{
    Arm, Attribute, Expr, ExprMatch, Fields, GenericArgument, Item, ItemEnum, ItemImpl, ItemStruct, Meta,
    Pat, PatRest, PatTupleStruct, PathArguments, Stmt, Type, Variant, parse_quote,
};

use super::ast::without_derive;
use super::ast::{arm, call, ident, of_path, own, plain, string, variant};

/// Types that are strings, or may contain some.
const STRINGS: [&str; 6] = ["Body", "Bytes", "Map", "String", "Value", "str"];

/// `#[derive(Debug)] struct A { b: String, c: u8 }` ⇒ `impl Debug for A`, which prints `A { c: 1, .. }`
///
/// No document says which of its strings are secret, and a later one may add others.
pub(super) fn refine(items: &mut Vec<Item>, template: &ItemImpl) {
    let mut shown = Vec::new();
    for item in items.iter_mut() {
        match item {
            Item::Struct(item)
                if item.fields.iter().any(|field| has_string(&field.ty)) && derives_debug(&item.attrs) =>
            {
                shown.push(Item::Impl(of_struct(item, template)));
                without_derive(&mut item.attrs, "Debug");
            }
            Item::Enum(item) if enum_has_string(item) && derives_debug(&item.attrs) => {
                shown.push(Item::Impl(of_enum(item, template)));
                without_derive(&mut item.attrs, "Debug");
            }
            _ => {}
        }
    }
    items.append(&mut shown);
}

fn derives_debug(attributes: &[Attribute]) -> bool {
    let has_debug = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("derive") => list
            .tokens
            .clone()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "Debug")),
        _ => false,
    };
    attributes.iter().any(has_debug)
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

/// `impl Debug for Shown` with an empty body, parsed once.
pub(super) fn template() -> ItemImpl {
    parse_quote! {
        impl ::std::fmt::Debug for Shown {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {}
        }
    }
}

fn of_struct(item: &ItemStruct, template: &ItemImpl) -> ItemImpl {
    let fields = item.fields.iter().filter(|field| !has_string(&field.ty));
    let fields = fields.filter_map(|field| field.ident.as_ref());
    let body = shown(&item.ident, fields.map(|ident| (ident, own(ident))));
    implemented(template, &item.ident, &item.generics, body)
}

fn of_enum(item: &ItemEnum, template: &ItemImpl) -> ItemImpl {
    let arms = item.variants.iter().map(of_variant).collect();
    let body = Expr::Match(ExprMatch {
        attrs: Vec::new(),
        match_token: Default::default(),
        expr: Box::new(of_path(ident("self").into())),
        brace_token: Default::default(),
        arms,
    });
    implemented(template, &item.ident, &item.generics, body)
}

/// `V(u8)` ⇒ `Self::V(value) => f.debug_tuple("V").field(value).finish(),`; `V(String)` ⇒ `Self::V(..) => …,`
fn of_variant(of: &Variant) -> Arm {
    let name = &of.ident;
    match &of.fields {
        Fields::Unit => arm(Pat::Path(plain(variant(name))), call(formatter(), "write_str", [named(name)])),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 && !has_string(&fields.unnamed[0].ty) => {
            let name_literal = named(name);
            parse_quote!(Self::#name(value) => f.debug_tuple(#name_literal).field(value).finish(),)
        }
        Fields::Unnamed(_) => {
            let rest = Pat::Rest(PatRest { attrs: Vec::new(), dot2_token: Default::default() });
            let hidden = PatTupleStruct {
                attrs: Vec::new(),
                qself: None,
                path: variant(name),
                paren_token: Default::default(),
                elems: [rest].into_iter().collect(),
            };
            arm(Pat::TupleStruct(hidden), shown(name, std::iter::empty()))
        }
        Fields::Named(fields) => {
            let fields = fields.named.iter().filter(|field| !has_string(&field.ty));
            let fields: Vec<&Ident> = fields.filter_map(|field| field.ident.as_ref()).collect();
            let body = shown(name, fields.iter().map(|field| (*field, of_path((*field).clone().into()))));
            parse_quote!(Self::#name { #(#fields,)* .. } => #body,)
        }
    }
}

/// `f.debug_struct("X").field("a", …).finish_non_exhaustive()`.
fn shown<'a>(name: &Ident, fields: impl Iterator<Item = (&'a Ident, Expr)>) -> Expr {
    let begun = call(formatter(), "debug_struct", [named(name)]);
    let builder = fields.fold(begun, |builder, (field, value)| call(builder, "field", [named(field), value]));
    call(builder, "finish_non_exhaustive", [])
}

fn implemented(template: &ItemImpl, ident: &Ident, generics: &syn::Generics, body: Expr) -> ItemImpl {
    let mut implemented = template.clone();
    let (of_impl, of_type, _) = generics.split_for_impl();
    if generics.params.is_empty() {
        *implemented.self_ty =
            Type::Path(syn::TypePath { attrs: Vec::new(), qself: None, path: ident.clone().into() });
    } else {
        *implemented.self_ty = parse_quote!(#ident #of_type);
        implemented.generics = parse_quote!(#of_impl);
    }
    if let Some(syn::ImplItem::Fn(fmt)) = implemented.items.first_mut() {
        fmt.block.stmts = vec![Stmt::Expr(body, None)];
    }
    implemented
}

/// `f`.
fn formatter() -> Expr {
    of_path(ident("f").into())
}

/// The name as a literal.
fn named(ident: &Ident) -> Expr {
    string(ident.to_string().trim_start_matches("r#"))
}
