//! Makes optional nullable properties `Option<Option<_>>`: typify reads absent and `null` as `None`, and writes both as absent.
//! Knows structs and refined builders; must not know which properties are nullable.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::{
    Expr, ExprMethodCall, Field, Fields, ImplItem, ImplItemFn, Item, ItemImpl, Member, Stmt, Type,
    parse_quote,
};

use super::ast::{builder_module, chain, doc, last_segment, only_type, some, wire_value};
use super::markdown::code_span;
use super::{as_function, missing};
use crate::plan::NullableProperty;
use crate::problem::Problem;

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
    let templates = NullSetters::new();
    for item in types.iter_mut().find_map(builder_module).into_iter().flatten() {
        let refined = match item {
            Item::Struct(item) => {
                of_builders.get(&item.ident.to_string()).map(|nullable| keep_both(&mut item.fields, nullable))
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let of = name_of(&item.self_ty);
                of.and_then(|of| of_builders.get(&of)).map(|nullable| set_both(item, nullable, &templates))
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
        /// Reads a property that is there, be it `null`: without its key it is not read at all.
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
/// Removes the field's property from those that are expected, and returns what its builder needs to know.
fn tell_apart(field: &mut Field, expected: &mut Vec<&NullableProperty>) -> Option<Nullable> {
    let ident = field.ident.clone()?;
    let name = wire_value(&field.attrs, &ident);
    let property = expected.swap_remove(expected.iter().position(|property| property.name == name)?);
    // `Value` has a `null` of its own.
    let has_null = is_value(&mut field.ty);
    if property.is_optional {
        field.attrs.push(parse_quote!(#[serde(default, deserialize_with = "present")]));
        if !has_null {
            let meaning = doc("`None` where it is absent, `Some(None)` where it is `null`.");
            field.attrs.splice(0..0, [meaning, doc("")]);
            optional(&mut field.ty);
        }
    }
    (!has_null).then_some(Nullable { field: ident, property: name, is_optional: property.is_optional })
}

/// `a: Result<Option<u8>, String>` ⇒ `a: Result<Option<Option<u8>>, String>` in the builder
fn keep_both(fields: &mut Fields, nullable: &[Nullable]) -> Option<()> {
    for nullable in nullable.iter().filter(|nullable| nullable.is_optional) {
        let kept = fields.iter_mut().find(|field| field.ident.as_ref() == Some(&nullable.field))?;
        optional(only_type(&mut last_segment(&mut kept.ty)?.arguments)?);
    }
    Some(())
}

/// `fn a(value)` sets `Some(value)`, and `fn a_null()` sets `None`.
fn set_both(item: &mut ItemImpl, nullable: &[Nullable], templates: &NullSetters) -> Option<()> {
    for nullable in nullable {
        if nullable.is_optional {
            chain(&mut converted(&mut item.items, &nullable.field)?.receiver, "map", some());
        }
        let null = templates.null_setter(&mut item.items, nullable)?;
        item.items.push(null);
    }
    Some(())
}

fn name_of(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.get_ident().map(Ident::to_string),
        _ => None,
    }
}

/// `X` ⇒ `Option<X>`
fn optional(of: &mut Type) {
    *of = parse_quote!(::std::option::Option<#of>);
}

/// Whether it is `Value` or an `Option` of it.
fn is_value(of: &mut Type) -> bool {
    let Some(segment) = last_segment(of) else { return false };
    segment.ident == "Value"
        || (segment.ident == "Option" && only_type(&mut segment.arguments).is_some_and(is_value))
}

/// `value.try_into().map(…).map_err(…)` in the setter of a field.
fn converted<'a>(methods: &'a mut [ImplItem], field: &Ident) -> Option<&'a mut ExprMethodCall> {
    let setter = methods.iter_mut().filter_map(as_function).find(|function| function.sig.ident == *field)?;
    let Some(Stmt::Expr(Expr::Assign(assign), _)) = setter.block.stmts.first_mut() else { return None };
    match &mut *assign.right {
        Expr::MethodCall(converted) => Some(converted),
        _ => None,
    }
}

/// The setters, parsed once.
struct NullSetters {
    /// For a property that is required, and for one that may be absent.
    null: [ImplItemFn; 2],
}

impl NullSetters {
    fn new() -> Self {
        Self {
            null: [
                parse_quote! {
                    pub fn null(mut self) -> Self {
                        self.field = Ok(::std::option::Option::None);
                        self
                    }
                },
                parse_quote! {
                    pub fn null(mut self) -> Self {
                        self.field = Ok(::std::option::Option::Some(::std::option::Option::None));
                        self
                    }
                },
            ],
        }
    }

    /// `nickname_null()` for `nickname(value)`.
    fn null_setter(&self, methods: &mut [ImplItem], nullable: &Nullable) -> Option<ImplItem> {
        let Nullable { field, property, is_optional } = nullable;
        let mut ident = format_ident!("{field}_null");
        while methods.iter_mut().filter_map(as_function).any(|function| function.sig.ident == ident) {
            ident = format_ident!("{ident}_value");
        }
        let mut setter = self.null[usize::from(*is_optional)].clone();
        setter.attrs.push(doc(&format!("Sets the property {} to `null`.", code_span(property))));
        setter.sig.ident = ident;
        let Stmt::Expr(Expr::Assign(assign), _) = setter.block.stmts.first_mut()? else { return None };
        let Expr::Field(assigned) = &mut *assign.left else { return None };
        assigned.member = Member::Named(field.clone());
        Some(ImplItem::Fn(setter))
    }
}
