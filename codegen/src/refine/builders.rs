//! typify's builders want `Some(…)` of the exact type and end in `try_into()`: these take a value and end in `build()`.
//! Knows `types::builder`; must not know operations.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{
    Attribute, Expr, Fields, GenericArgument, ImplItem, ImplItemFn, Item, ItemMod, ItemStruct, PathArguments,
    Stmt, Type, TypeParamBound, WherePredicate, parse_quote,
};

use super::missing;
use super::types::document;
use crate::problem::Problem;

/// Refines `types::builder`.
pub(super) fn refine(types: &mut [Item], problems: &mut Vec<Problem>) {
    let described = descriptions(types);
    let Some(builders) = types.iter_mut().find_map(builder_module) else {
        // A document without objects has no builders.
        return;
    };
    for item in builders {
        match item {
            Item::Struct(ItemStruct { ident, attrs, .. }) => {
                document(attrs, &format!("Builder for [`{ident}`](super::{ident})."));
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let name = item.self_ty.to_token_stream().to_string();
                let mut has_build = false;
                for function in item.items.iter_mut() {
                    let ImplItem::Fn(function) = function else { continue };
                    let field = function.sig.ident.to_string();
                    has_build |= field == "build";
                    if refine_setter(function).is_none() {
                        missing(&format!("setter `{field}` in the builder of `{name}`"), problems);
                    }
                    document(&mut function.attrs, &format!("Sets `{field}`."));
                    function
                        .attrs
                        .extend(described.get(&(name.clone(), field)).into_iter().flatten().cloned());
                }
                if !has_build {
                    let ident = &item.self_ty;
                    item.items.push(parse_quote! {
                        /// The value, unless something required is not set or something set breaks a rule.
                        ///
                        /// # Errors
                        /// The first property that is missing or breaks a rule, and the rule.
                        pub fn build(self) -> ::std::result::Result<super::#ident, super::error::ConversionError> {
                            ::std::convert::TryFrom::try_from(self)
                        }
                    });
                }
            }
            _ => {}
        }
    }
}

fn builder_module(item: &mut Item) -> Option<&mut Vec<Item>> {
    match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == "builder" => Some(items),
        _ => None,
    }
}

/// The doc comments of each field, as a paragraph of their own, by type and field.
fn descriptions(types: &[Item]) -> BTreeMap<(String, String), Vec<Attribute>> {
    let mut described = BTreeMap::new();
    for item in types {
        let Item::Struct(ItemStruct { ident, fields: Fields::Named(fields), .. }) = item else { continue };
        for field in &fields.named {
            let Some(name) = &field.ident else { continue };
            let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned();
            let paragraph: Vec<Attribute> = std::iter::once(parse_quote!(#[doc = ""])).chain(docs).collect();
            if paragraph.len() > 1 {
                described.insert((ident.to_string(), name.to_string()), paragraph);
            }
        }
    }
    described
}

/// `TryInto<Option<X>>` becomes `TryInto<X>`, stored as `Some`; the message names the property, then the rule.
fn refine_setter(function: &mut ImplItemFn) -> Option<()> {
    let field = function.sig.ident.to_string();
    let bound =
        function.sig.generics.where_clause.as_mut()?.predicates.iter_mut().find_map(conversion_target)?;
    let is_optional = match inner_of_option(bound) {
        Some(inner) => {
            *bound = inner;
            true
        }
        None => false,
    };
    let Some(Stmt::Expr(Expr::Assign(assign), _)) = function.block.stmts.first_mut() else { return None };
    let message = format!("{field}: {{e}}");
    *assign.right = if is_optional {
        parse_quote!(value.try_into().map(::std::option::Option::Some).map_err(|e| format!(#message)))
    } else {
        parse_quote!(value.try_into().map_err(|e| format!(#message)))
    };
    Some(())
}

/// `X` in the predicate `T: TryInto<X>`.
fn conversion_target(predicate: &mut WherePredicate) -> Option<&mut Type> {
    let WherePredicate::Type(predicate) = predicate else { return None };
    predicate.bounds.iter_mut().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last_mut().filter(|last| last.ident == "TryInto")?;
        only_type(&mut last.arguments)
    })
}

fn only_type(arguments: &mut PathArguments) -> Option<&mut Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    match arguments.args.first_mut()? {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}

fn inner_of_option(of: &mut Type) -> Option<Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last_mut().filter(|last| last.ident == "Option")?;
    only_type(&mut last.arguments).cloned()
}
