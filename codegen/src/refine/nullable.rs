//! Makes optional nullable properties `Option<Option<_>>`: typify reads absent and `null` as `None`, and writes both as absent.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Fields, ImplItem, Item, ItemImpl, Meta, Token, Type, parse_quote};

use super::ast::{
    assigned, doc, doc_literal, field_of, function_of, is_option, is_value, module, optional, type_argument,
    type_name, wire_value,
};
use super::deprecated::is_mark;
use super::markdown::code_span;
use super::missing;
use crate::plan::NullableProperty;
use crate::problem::Problem;

/// The documentation of the values of such a field.
pub(super) const MEANING: &str = "`None` where it is absent, `Some(None)` where it is `null`.";

/// A nullable field, and whether it may be absent as well.
struct Nullable {
    field: Ident,
    property: String,
    is_optional: bool,
}

/// `a: Option<u8>` ⇒ `a: Option<Option<u8>>`, and `fn a_null(self)` in the builder
///
/// Absent leaves a value as it is and `null` deletes it, so a caller must be able to send either.
pub(super) fn properties(types: &mut Vec<Item>, nullable: &[NullableProperty], problems: &mut Vec<Problem>) {
    if nullable.is_empty() {
        return;
    }
    let mut expected: BTreeMap<String, Vec<&NullableProperty>> = BTreeMap::new();
    nullable.iter().for_each(|property| expected.entry(property.of.clone()).or_default().push(property));
    let mut of_builders: BTreeMap<String, Vec<Nullable>> = BTreeMap::new();
    for item in types.iter_mut() {
        if let Item::Struct(item) = item
            && let Some(properties) = expected.get_mut(&item.ident.to_string())
        {
            let found = of_builders.entry(item.ident.to_string()).or_default();
            item.fields.iter_mut().for_each(|field| found.extend(tell_apart(field, properties)));
        }
    }
    for property in expected.into_values().flatten() {
        missing(&format!("property `{}` of `{}`", property.name, property.of), problems);
    }
    for item in module(types, "builder").into_iter().flatten() {
        let refined = match item {
            Item::Struct(item) => {
                of_builders.get(&item.ident.to_string()).map(|nullable| keep_both(&mut item.fields, nullable))
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let of = type_name(&item.self_ty);
                of.and_then(|of| of_builders.get(&of.to_string())).map(|nullable| set_both(item, nullable))
            }
            _ => None,
        };
        if refined == Some(None) {
            missing("builder of a type that has nullable properties", problems);
        }
    }
    if !nullable.iter().any(|property| property.is_optional) {
        return;
    }
    types.push(parse_quote! {
        /// Reads a property that is present, even if it is `null`; an absent one gets its default.
        fn present<'de, D, T>(deserializer: D) -> ::std::result::Result<::std::option::Option<T>, D::Error>
        where
            D: ::serde::Deserializer<'de>,
            T: ::serde::Deserialize<'de>,
        {
            T::deserialize(deserializer).map(::std::option::Option::Some)
        }
    });
}

/// `a: Option<u8>` ⇒ `#[serde(default, deserialize_with = "present")] a: Option<Option<u8>>`
///
/// Removes the field's property from the pending ones, and returns what its builder needs.
fn tell_apart(field: &mut Field, expected: &mut Vec<&NullableProperty>) -> Option<Nullable> {
    let ident = field.ident.clone()?;
    let name = wire_value(&field.attrs, &ident);
    let property = expected.swap_remove(expected.iter().position(|property| property.name == name)?);
    // `Value` has a `null` of its own.
    let has_null = holds_value(&mut field.ty);
    if property.is_optional {
        field.attrs.push(if has_default(&field.attrs) {
            parse_quote!(#[serde(deserialize_with = "present")])
        } else {
            parse_quote!(#[serde(default, deserialize_with = "present")])
        });
        if !has_null {
            if field.attrs.iter().any(|attribute| doc_literal(attribute).is_some()) {
                field.attrs.push(doc(""));
            }
            field.attrs.push(doc(MEANING));
            optional(&mut field.ty);
        }
    }
    (!has_null).then_some(Nullable { field: ident, property: name, is_optional: property.is_optional })
}

/// `a: Result<Option<u8>, String>` ⇒ `a: Result<Option<Option<u8>>, String>` in the builder
fn keep_both(fields: &mut Fields, nullable: &[Nullable]) -> Option<()> {
    for nullable in nullable.iter().filter(|nullable| nullable.is_optional) {
        optional(type_argument(&mut field_of(fields, &nullable.field.to_string())?.ty)?);
    }
    Some(())
}

/// `fn a(value)` sets `Some(Some(value))`, or `None` for `None`; `fn a_null()` sets `Some(None)`.
fn set_both(item: &mut ItemImpl, nullable: &[Nullable]) -> Option<()> {
    for nullable in nullable {
        if nullable.is_optional {
            let setter = function_of(item, &nullable.field.to_string())?;
            let Expr::MethodCall(kept) = assigned(setter)? else { return None };
            let converted = &kept.receiver;
            *kept.receiver = parse_quote!(#converted.map(|value| value.map(::std::option::Option::Some)));
        }
        let null = null_setter(item, nullable);
        item.items.push(null);
    }
    Some(())
}

/// Whether it is deserialized to its default where it is absent.
fn has_default(attributes: &[Attribute]) -> bool {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let mut settings =
        serde.filter_map(|serde| serde.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    settings.any(|settings| settings.iter().any(|setting| setting.path().is_ident("default")))
}

/// Whether it is a `Value` or an `Option` of one.
fn holds_value(of: &mut Type) -> bool {
    is_value(of) || (is_option(of) && type_argument(of).is_some_and(holds_value))
}

/// `nickname_null()` for `nickname(value)`.
fn null_setter(builder: &mut ItemImpl, nullable: &Nullable) -> ImplItem {
    let Nullable { field, property, is_optional } = nullable;
    let mut ident =
        format_ident!("{}_null", field.to_string().trim_start_matches("r#").trim_end_matches('_'));
    while function_of(builder, &ident.to_string()).is_some() {
        ident = format_ident!("{ident}_value");
    }
    let text = format!("Sets the property {} to `null`.", code_span(property));
    let setter = function_of(builder, &field.to_string());
    let marks: Vec<_> =
        setter.into_iter().flat_map(|setter| setter.attrs.iter().filter(is_mark).cloned()).collect();
    let null: Expr = if *is_optional {
        parse_quote!(::std::option::Option::Some(::std::option::Option::None))
    } else {
        parse_quote!(::std::option::Option::None)
    };
    parse_quote! {
        #[doc = #text]
        #(#marks)*
        pub fn #ident(mut self) -> Self {
            self.#field = Ok(#null);
            self
        }
    }
}
