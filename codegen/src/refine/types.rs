//! Makes types extensible without a breaking change, and documents each public item.
//! Knows structs and enums as typify writes them; must not know their builders.

use syn::{
    Attribute, Expr, ExprLit, Fields, ImplItem, Item, ItemImpl, Lit, Meta, MetaNameValue, parse_quote,
};

use super::ast::doc;
use super::ast::wire_value;
use super::markdown::code_span;

/// `pub struct A { pub b: u8 }` ⇒ ``#[non_exhaustive] pub struct A { /** The property `b`. */ pub b: u8 }``
///
/// A property or a value that the API adds must not break a build, and every public item is documented.
pub(super) fn refine(types: &mut [Item]) {
    let non_exhaustive: Attribute = parse_quote!(#[non_exhaustive]);
    for item in types {
        match item {
            Item::Struct(item) => {
                if let Fields::Named(fields) = &mut item.fields {
                    item.attrs.push(non_exhaustive.clone());
                    for field in &mut fields.named {
                        if let Some(ident) = field.ident.as_ref().filter(|_| !is_documented(&field.attrs)) {
                            let name = wire_value(&field.attrs, ident);
                            field.attrs.insert(0, doc(&format!("The property {}.", code_span(&name))));
                        }
                    }
                }
            }
            Item::Enum(item) => {
                // typify documents an undescribed type by its name.
                let name = format!("\"`{}`\"", item.ident);
                if let Some(own) = item.attrs.iter_mut().find(|attribute| is_doc(attribute, &name)) {
                    *own = doc("One of the values below.");
                }
                item.attrs.push(non_exhaustive.clone());
                for variant in &mut item.variants {
                    let value = wire_value(&variant.attrs, &variant.ident);
                    document(&mut variant.attrs, &code_span(&value));
                }
            }
            Item::Impl(item) if item.trait_.is_none() => document_builder(item),
            _ => {}
        }
    }
}

fn document_builder(item: &mut ItemImpl) {
    for function in &mut item.items {
        if let ImplItem::Fn(function) = function
            && function.sig.ident == "builder"
        {
            document(&mut function.attrs, "A builder with nothing set.");
        }
    }
}

/// Adds a doc comment if there is none.
pub(super) fn document(attributes: &mut Vec<Attribute>, text: &str) {
    if !is_documented(attributes) {
        attributes.insert(0, doc(text));
    }
}

fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}

/// Whether it is a doc comment with this literal; comparing literals is faster than parsing them.
fn is_doc(attribute: &Attribute, literal: &str) -> bool {
    match &attribute.meta {
        Meta::NameValue(MetaNameValue {
            path,
            value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }),
            ..
        }) => path.is_ident("doc") && text.token().to_string() == literal,
        _ => false,
    }
}
