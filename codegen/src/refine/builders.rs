//! typify's builders want `Some(…)` of the exact type and end in `try_into()`: these take a value and end in `build()`.
//! Knows `types::builder`; must not know operations.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprMethodCall, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, Stmt, Type, parse_quote};

use super::ast::{builder_module, chain, conversion_target, doc, only_type, some};
use super::types::document;
use super::walk::{Rename, Walk};
use super::{as_function, missing};
use crate::problem::Problem;

/// Refines `types::builder`.
pub(super) fn refine(types: &mut [Item], problems: &mut Vec<Problem>) {
    let Some(builders) = types.iter_mut().find_map(builder_module) else {
        // A document without objects has no builders.
        return;
    };
    let templates = Templates::new();
    for item in builders {
        match item {
            Item::Struct(ItemStruct { ident, attrs, .. }) => {
                document(attrs, &format!("Builder for [`{ident}`](super::{ident})."));
            }
            Item::Impl(item) if item.trait_.is_none() => refine_impl(item, &templates, problems),
            _ => {}
        }
    }
}

fn refine_impl(item: &mut ItemImpl, templates: &Templates, problems: &mut Vec<Problem>) {
    let Type::Path(path) = &*item.self_ty else { return };
    let Some(ident) = path.path.get_ident().cloned() else { return };
    for function in item.items.iter_mut().filter_map(as_function) {
        let field = function.sig.ident.to_string();
        if templates.refine_setter(function).is_none() {
            missing(&format!("setter `{field}` in the builder of `{ident}`"), problems);
        }
        // The field has the document's description.
        function.attrs.push(doc(&format!("Sets [`{field}`](super::{ident}::{field}).")));
    }
    // A property named `build` keeps its setter; then `try_into()` builds.
    if !item.items.iter_mut().filter_map(as_function).any(|function| function.sig.ident == "build") {
        item.items.push(templates.build_of(&ident));
    }
}

/// Code that is parsed once and then adapted: parsing takes longer than everything else here.
struct Templates {
    build: ImplItem,
}

impl Templates {
    fn new() -> Self {
        Self {
            build: parse_quote! {
                /// The value, unless something required is not set or something set breaks a rule.
                ///
                /// # Errors
                /// The first property that is missing or breaks a rule, and the rule.
                pub fn build(self) -> ::std::result::Result<super::BUILT, super::error::ConversionError> {
                    ::std::convert::TryFrom::try_from(self)
                }
            },
        }
    }

    /// `TryInto<Option<X>>` becomes `TryInto<X>`, stored as `Some`; the message names the property, then the rule.
    fn refine_setter(&self, function: &mut ImplItemFn) -> Option<()> {
        let field = &function.sig.ident;
        let message = format!("{field}: {{e}}");
        let bound =
            function.sig.generics.where_clause.as_mut()?.predicates.iter_mut().find_map(conversion_target)?;
        let Some(Stmt::Expr(Expr::Assign(assign), _)) = function.block.stmts.first_mut() else { return None };
        let Expr::MethodCall(converted) = &mut *assign.right else { return None };
        *format_of(converted)? = quote!(#message);
        if let Some(inner) = inner_of_option(bound) {
            *bound = inner;
            chain(&mut converted.receiver, "map", some());
        }
        Some(())
    }

    fn build_of(&self, ident: &Ident) -> ImplItem {
        let mut build = self.build.clone();
        Walk(&mut Rename("BUILT", ident)).visit_impl_item_mut(&mut build);
        build
    }
}

/// What `format!` is given in `value.try_into().map_err(|e| format!(…))`.
fn format_of(converted: &mut ExprMethodCall) -> Option<&mut TokenStream> {
    let Some(Expr::Closure(told)) = converted.args.first_mut() else { return None };
    let Expr::Macro(format) = &mut *told.body else { return None };
    (converted.method == "map_err").then_some(&mut format.mac.tokens)
}

fn inner_of_option(of: &mut Type) -> Option<Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last_mut().filter(|last| last.ident == "Option")?;
    only_type(&mut last.arguments).cloned()
}
