//! Makes typify's builders report all errors, and not only the first, and end in `build()` instead of `try_into()`.
//! Must not know operations.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use quote::format_ident;
use syn::{
    Attribute, Block, Expr, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, Member, ReturnType,
    Stmt, Type, parse_quote,
};

use super::ast::{
    doc, doc_literal, function_of, functions, is_option, last_segment, module, only_type, type_argument,
    type_name, wire_value,
};
use super::markdown::code_span;
use super::missing;
use super::nullable::MEANING;
use super::setters::Setters;
use super::types::{document, undescribed};
use crate::problem::Problem;

/// The fields of each type that its builder has to set.
pub(super) type Required = BTreeMap<String, BTreeSet<String>>;

/// Refines `types::builder`, and returns what is required.
pub(super) fn refine(types: &mut [Item], setters: &Setters, problems: &mut Vec<Problem>) -> Required {
    let mut required = Required::new();
    let Some(builders) = module(types, "builder") else {
        // A document without objects has no builders.
        return required;
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
                        let fields = functions(item).flat_map(|function| setters.require(function)).collect();
                        required.insert(of.to_string(), fields);
                    }
                    Some(_) => {}
                }
            }
            _ => {}
        }
    }
    required
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
        /// Returns an error that names every required property that is not set, and every value that is invalid.
        pub fn build(self) -> ::std::result::Result<super::Built, super::error::ConversionError> {
            ::std::convert::TryFrom::try_from(self)
        }
    }
}

/// `Ok(Self { a_b: value.a_b?, … })` ⇒ `all_valid(&[("a-b", value.a_b.as_ref().err()), …])?; Ok(…)`
///
/// One error lists all problems, so that they can be fixed in one run. The names are those on the wire, as in all errors.
fn check_all(block: &mut Block, fields: &BTreeMap<String, FieldDocs>, setters: &Setters) -> Option<()> {
    let Some(Stmt::Expr(Expr::Call(made), None)) = block.stmts.first() else { return None };
    let Some(Expr::Struct(made)) = made.args.first() else { return None };
    let values = made.fields.iter().map(|field| match (&field.member, &field.expr) {
        (Member::Named(name), Expr::Try(tried)) => {
            Some((fields.get(&name.to_string())?.property.clone(), (*tried.expr).clone()))
        }
        _ => None,
    });
    let values = values.collect::<Option<Vec<_>>>()?;
    if !values.is_empty() {
        block.stmts.insert(0, Stmt::Expr(setters.check(&values), Some(Default::default())));
    }
    Some(())
}

/// A field as its builder needs it.
struct FieldDocs {
    /// The name on the wire.
    property: String,
    /// The doc comment of its setter.
    setter: Vec<Attribute>,
}

/// Names each builder after its type, `A` ⇒ `ABuilder`, documents its setters by the fields of the type, and reports all errors.
///
/// This is done last: the other edits find the builder of a type by the type's name, and change names on the wire.
pub(super) fn finish(
    types: &mut [Item],
    required: &Required,
    setters: &Setters,
    problems: &mut Vec<Problem>,
) {
    let mut types_with_fields: BTreeMap<String, BTreeMap<String, FieldDocs>> = BTreeMap::new();
    let mut boxed = BTreeSet::new();
    for item in types.iter_mut() {
        match item {
            Item::Struct(ItemStruct { ident, fields, .. }) => {
                let required = required.get(&ident.to_string());
                let of_fields = types_with_fields.entry(ident.to_string()).or_default();
                for field in fields {
                    boxed.extend(boxed_type(&mut field.ty).cloned());
                    let Some(name) = &field.ident else { continue };
                    let property = wire_value(&field.attrs, name).trim_start_matches("r#").to_owned();
                    let is_required = required.is_some_and(|required| required.contains(&name.to_string()));
                    let setter = setter_docs(&field.attrs, &property, is_required);
                    of_fields.insert(name.to_string(), FieldDocs { property, setter });
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
    let Some(builders) = module(types, "builder") else { return };
    let mut conversions = Vec::new();
    for item in builders.iter_mut() {
        match item {
            Item::Struct(ItemStruct { ident, attrs, .. }) => {
                document(attrs, &format!("Builder for [`{ident}`](super::{ident})."));
                if boxed.contains(ident) {
                    conversions.push(into_box(ident));
                }
                *ident = name_of(ident);
            }
            Item::Impl(item) => {
                let of = type_name(&item.self_ty).map(Ident::to_string);
                let fields = of.as_ref().and_then(|of| types_with_fields.get_mut(of));
                let conversion = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
                match (conversion.map(|last| last.ident == "TryFrom"), fields) {
                    (None, Some(fields)) => {
                        for setter in functions(item) {
                            let docs = fields.get_mut(&setter.sig.ident.to_string());
                            setter.attrs.extend(docs.into_iter().flat_map(|field| field.setter.drain(..)));
                        }
                    }
                    (Some(true), Some(fields)) => {
                        let checked = functions(item)
                            .try_for_each(|function| check_all(&mut function.block, fields, setters));
                        if checked.is_none() {
                            let of = of.unwrap_or_default();
                            missing(&format!("conversion of the builder of `{of}`"), problems);
                        }
                    }
                    _ => {}
                }
                rename(item);
            }
            _ => {}
        }
    }
    builders.append(&mut conversions);
}

/// `A` of `Box<A>`, also in an `Option`.
fn boxed_type(of: &mut Type) -> Option<&Ident> {
    if is_option(of) {
        return boxed_type(type_argument(of)?);
    }
    let is_box = type_name(of).is_some_and(|name| name == "Box");
    type_name(type_argument(of).filter(|_| is_box)?)
}

/// The setter of a boxed property takes the builder of its type, as every other setter does.
fn into_box(of: &Ident) -> Item {
    let builder = name_of(of);
    parse_quote! {
        impl ::std::convert::TryFrom<#builder> for ::std::boxed::Box<super::#of> {
            type Error = super::error::ConversionError;

            fn try_from(value: #builder) -> ::std::result::Result<Self, super::error::ConversionError> {
                super::#of::try_from(value).map(::std::boxed::Box::new)
            }
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

/// The documentation of a field, and its property.
fn setter_docs(of_field: &[Attribute], property: &str, is_required: bool) -> Vec<Attribute> {
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
    let required = if is_required { "required" } else { "optional" };
    docs.push(doc(&format!("Sets the {required} property {property}.")));
    docs
}
