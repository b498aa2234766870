//! typify's builders want `Some(…)` of the exact type and end in `try_into()`: these take a value and end in `build()`.
//! Knows `types::builder`; must not know operations.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprMethodCall, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, ReturnType, parse_quote};

use super::ast::{
    assigned, converted_type, doc, function_of, functions, last_segment, map_some, module, type_argument,
    type_name,
};
use super::missing;
use super::types::document;
use crate::problem::Problem;

/// Refines `types::builder`.
pub(super) fn refine(types: &mut [Item], problems: &mut Vec<Problem>) {
    let Some(builders) = module(types, "builder") else {
        // A document without objects has no builders.
        return;
    };
    let build = build();
    for item in builders {
        match item {
            Item::Struct(ItemStruct { ident, attrs, .. }) => {
                document(attrs, &format!("Builder for [`{ident}`](super::{ident})."));
            }
            Item::Impl(item) if item.trait_.is_none() => refine_impl(item, &build, problems),
            _ => {}
        }
    }
}

fn refine_impl(item: &mut ItemImpl, build: &ImplItemFn, problems: &mut Vec<Problem>) {
    let Some(ident) = type_name(&item.self_ty).cloned() else { return };
    for function in functions(item) {
        let field = function.sig.ident.to_string();
        if refine_setter(function).is_none() {
            missing(&format!("setter `{field}` in the builder of `{ident}`"), problems);
        }
        // The field has the document's description.
        function.attrs.push(doc(&format!("Sets [`{field}`](super::{ident}::{field}).")));
    }
    // A property named `build` keeps its setter; then `try_into()` builds.
    if function_of(item, "build").is_none() {
        let mut build = build.clone();
        if let ReturnType::Type(_, result) = &mut build.sig.output
            && let Some(built) = type_argument(result).and_then(last_segment)
        {
            built.ident = ident;
        }
        item.items.push(ImplItem::Fn(build));
    }
}

/// `build` of a builder of `Built`; parsed once, since there are as many as types.
fn build() -> ImplItemFn {
    parse_quote! {
        /// The value, unless something required is not set or something set breaks a rule.
        ///
        /// # Errors
        /// The first property that is missing or breaks a rule, and the rule.
        pub fn build(self) -> ::std::result::Result<super::Built, super::error::ConversionError> {
            ::std::convert::TryFrom::try_from(self)
        }
    }
}

/// `TryInto<Option<X>>` becomes `TryInto<X>`, stored as `Some`; the message names the property, then the rule.
fn refine_setter(function: &mut ImplItemFn) -> Option<()> {
    let field = &function.sig.ident;
    let message = format!("{field}: {{e}}");
    let bound = converted_type(function)?;
    let is_optional = type_name(bound).is_some_and(|name| name == "Option");
    if is_optional {
        *bound = type_argument(bound)?.clone();
    }
    let Expr::MethodCall(converted) = assigned(function)? else { return None };
    *format_of(converted)? = quote!(#message);
    if is_optional {
        map_some(&mut converted.receiver);
    }
    Some(())
}

/// What `format!` is given in `value.try_into().map_err(|e| format!(…))`.
fn format_of(converted: &mut ExprMethodCall) -> Option<&mut TokenStream> {
    let Some(Expr::Closure(told)) = converted.args.first_mut() else { return None };
    let Expr::Macro(format) = &mut *told.body else { return None };
    (converted.method == "map_err").then_some(&mut format.mac.tokens)
}
