//! typify's builders stop at the first mistake and end in `try_into()`: these list all mistakes and end in `build()`.
//! Knows `types::builder`; must not know operations.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::{
    Attribute, Block, Expr, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, Member, ReturnType,
    Stmt, parse_quote,
};

use super::ast::{
    doc, doc_literal, function_of, functions, last_segment, module, only_type, type_argument, type_name,
    wire_value,
};
use super::markdown::code_span;
use super::missing;
use super::nullable::MEANING;
use super::setters::Setters;
use super::types::{document, undescribed};
use crate::problem::Problem;

/// Refines `types::builder`.
pub(super) fn refine(types: &mut [Item], setters: &Setters, problems: &mut Vec<Problem>) {
    let Some(builders) = module(types, "builder") else {
        // A document without objects has no builders.
        return;
    };
    let build = build();
    for item in builders {
        match item {
            Item::Struct(item) => setters.keep_reasons(&mut item.fields),
            Item::Impl(item) => {
                let Some(of) = type_name(&item.self_ty).cloned() else { continue };
                match item.trait_.as_ref().and_then(|(path, _)| path.segments.last()) {
                    None => refine_setters(item, &of, setters, &build, problems),
                    Some(last) if last.ident == "Default" => {
                        functions(item).for_each(|function| setters.require(function));
                    }
                    Some(last) if last.ident == "TryFrom" => {
                        if functions(item)
                            .try_for_each(|function| check_all(&mut function.block, setters))
                            .is_none()
                        {
                            missing(&format!("conversion of the builder of `{of}`"), problems);
                        }
                    }
                    Some(_) => {}
                }
            }
            _ => {}
        }
    }
}

fn refine_setters(
    item: &mut ItemImpl,
    of: &Ident,
    setters: &Setters,
    build: &ImplItemFn,
    problems: &mut Vec<Problem>,
) {
    for function in functions(item) {
        if setters.refine(function).is_none() {
            missing(&format!("setter `{}` in the builder of `{of}`", function.sig.ident), problems);
        }
    }
    // A property named `build` keeps its setter; then `try_into()` builds.
    if function_of(item, "build").is_none() {
        let mut build = build.clone();
        if let ReturnType::Type(_, result) = &mut build.sig.output
            && let Some(built) = type_argument(result).and_then(last_segment)
        {
            built.ident = of.clone();
        }
        item.items.push(ImplItem::Fn(build));
    }
}

/// `build` of a builder of `Built`; parsed once, since there are as many as types.
fn build() -> ImplItemFn {
    parse_quote! {
        /// Returns the value.
        ///
        /// # Errors
        /// Every required property that is not set, and every value that breaks a rule.
        pub fn build(self) -> ::std::result::Result<super::Built, super::error::ConversionError> {
            ::std::convert::TryFrom::try_from(self)
        }
    }
}

/// `Ok(Self { a: value.a?, … })` ⇒ `all_valid(&[("a", value.a.as_ref().err()), …])?; Ok(…)`
///
/// Whoever fixes one mistake at a time needs as many runs as there are mistakes.
fn check_all(block: &mut Block, setters: &Setters) -> Option<()> {
    let Some(Stmt::Expr(Expr::Call(made), None)) = block.stmts.first() else { return None };
    let Some(Expr::Struct(made)) = made.args.first() else { return None };
    let values = made.fields.iter().map(|field| match (&field.member, &field.expr) {
        (Member::Named(name), Expr::Try(tried)) => Some((name.to_string(), (*tried.expr).clone())),
        _ => None,
    });
    let values = values.collect::<Option<Vec<_>>>()?;
    if !values.is_empty() {
        block.stmts.insert(0, Stmt::Expr(setters.check(&values), Some(Default::default())));
    }
    Some(())
}

/// Names each builder after its type, `A` ⇒ `ABuilder`, and documents its setters by the fields of the type.
///
/// This is done last: the other edits find the builder of a type by the type's name.
pub(super) fn finish(types: &mut [Item]) {
    let mut documented: BTreeMap<(String, String), Vec<Attribute>> = BTreeMap::new();
    for item in types.iter_mut() {
        match item {
            Item::Struct(ItemStruct { ident, fields, .. }) => {
                for (field, name) in fields.iter().filter_map(|field| Some((field, field.ident.as_ref()?))) {
                    let docs = setter_docs(&field.attrs, &wire_value(&field.attrs, name));
                    documented.insert((ident.to_string(), name.to_string()), docs);
                }
            }
            Item::Impl(item) => {
                if let Some(builder) = function_of(item, "builder")
                    && let ReturnType::Type(_, builder) = &mut builder.sig.output
                {
                    last_segment(builder).into_iter().for_each(|last| last.ident = name_of(&last.ident));
                }
            }
            _ => {}
        }
    }
    for item in module(types, "builder").into_iter().flatten() {
        match item {
            Item::Struct(ItemStruct { ident, attrs, .. }) => {
                document(attrs, &format!("Builder for [`{ident}`](super::{ident})."));
                *ident = name_of(ident);
            }
            Item::Impl(item) => {
                if item.trait_.is_none()
                    && let Some(of) = type_name(&item.self_ty).map(Ident::to_string)
                {
                    for setter in functions(item) {
                        let of_field = documented.remove(&(of.clone(), setter.sig.ident.to_string()));
                        setter.attrs.extend(of_field.into_iter().flatten());
                    }
                }
                rename(item);
            }
            _ => {}
        }
    }
}

/// The name of the builder of a type.
pub(super) fn name_of(of: &Ident) -> Ident {
    format_ident!("{of}Builder")
}

/// `impl TryFrom<A> for super::A` ⇒ `impl TryFrom<ABuilder> for super::A`, and `impl From<super::A> for A` ⇒ `… for ABuilder`
fn rename(item: &mut ItemImpl) -> Option<()> {
    let from = item.trait_.as_mut().and_then(|(path, _)| path.segments.last_mut());
    if let Some(from) = from.filter(|last| last.ident == "TryFrom") {
        let builder = last_segment(only_type(from)?)?;
        builder.ident = name_of(&builder.ident);
        let FnArg::Typed(value) = functions(item).next()?.sig.inputs.first_mut()? else { return None };
        let builder = last_segment(&mut value.ty)?;
        builder.ident = name_of(&builder.ident);
    } else {
        let builder = last_segment(&mut item.self_ty)?;
        builder.ident = name_of(&builder.ident);
    }
    Some(())
}

/// What the docs of a field say, and which property it is.
fn setter_docs(of_field: &[Attribute], property: &str) -> Vec<Attribute> {
    let property = code_span(property);
    let mut docs: Vec<Attribute> =
        of_field.iter().filter(|attribute| doc_literal(attribute).is_some()).cloned().collect();
    let of_type = [undescribed(&property), MEANING.to_owned()];
    docs.retain(|attribute| doc_literal(attribute).is_none_or(|text| !of_type.contains(&text.value())));
    while docs.last().and_then(doc_literal).is_some_and(|text| text.value().is_empty()) {
        docs.pop();
    }
    if !docs.is_empty() {
        docs.push(doc(""));
    }
    docs.push(doc(&format!("Sets the property {property}.")));
    docs
}
