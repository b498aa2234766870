//! Makes optional properties of recursive types `Option<Box<_>>`: typify's `Box<Option<_>>` is written as `null` where it is absent.

use syn::{Item, Type, parse_quote};

use super::ast::{is_option, type_argument, type_name};

/// `a: Box<Option<A>>` ⇒ `#[serde(skip_serializing_if = "Option::is_none")] a: Option<Box<A>>`
pub(super) fn refine(types: &mut [Item]) {
    for item in types.iter_mut() {
        if let Item::Struct(item) = item {
            for field in &mut item.fields {
                if turn(&mut field.ty) {
                    field
                        .attrs
                        .push(parse_quote!(#[serde(skip_serializing_if = "::std::option::Option::is_none")]));
                }
            }
        }
    }
}

/// `Box<Option<A>>` ⇒ `Option<Box<A>>`. Returns whether it was one.
fn turn(of: &mut Type) -> bool {
    if type_name(of).is_none_or(|name| name != "Box") {
        return false;
    }
    let Some(optional) = type_argument(of).filter(|optional| is_option(optional)) else { return false };
    let Some(inner) = type_argument(optional).cloned() else { return false };
    *of = parse_quote!(::std::option::Option<::std::boxed::Box<#inner>>);
    true
}
