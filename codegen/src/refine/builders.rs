//! Writes the builders of the types. typify's report the first error only, take no `Option`s, and are half of all code.
//! Must not know operations.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Item, ItemStruct, Path, ReturnType, Type};

use super::ast::{
    doc, doc_literal, function_of, has_serde, is_option, is_value, last_segment, module, type_argument,
    type_name, wire_value,
};
use super::deprecated::is_mark;
use super::markdown::code_span;
use super::missing;
use super::nullable::MEANING;
use super::types::undescribed;
use super::walk::each_path_of_type;
use crate::problem::Problem;

/// The setters that the builder of each type needs before it can build.
pub(super) type Required = BTreeMap<String, Vec<String>>;

/// `pub struct A { pub b: u8 }` ⇒ `pub mod builder { pub struct ABuilder { b: Slot<u8> } … }`
///
/// For each type with a function `builder`, but not for those in `without`. This is done last, when fields have their final types.
/// Returns what is required.
pub(super) fn write(
    types: &mut [Item],
    without: &BTreeSet<String>,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) -> Required {
    let mut required = Required::new();
    let mut built = BTreeSet::new();
    for item in types.iter_mut() {
        let Item::Impl(item) = item else { continue };
        let Some(of) = type_name(&item.self_ty).map(Ident::to_string) else { continue };
        if let Some(builder) = function_of(item, "builder").filter(|_| !without.contains(&of))
            && let ReturnType::Type(_, builder) = &mut builder.sig.output
        {
            last_segment(builder).into_iter().for_each(|last| last.ident = name_of(&last.ident));
            built.insert(of);
        }
    }
    let mut boxed = BTreeSet::new();
    let mut builders: Vec<Builder> = Vec::new();
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        item.fields.iter_mut().for_each(|field| boxed.extend(boxed_type(&mut field.ty).cloned()));
        if built.contains(&item.ident.to_string()) {
            builders.push(Builder::of(item));
        }
    }
    let Some(items) = module(types, "builder") else {
        // A document without objects has no builders.
        return required;
    };
    if builders.is_empty() {
        return required;
    }
    let imports = imports(&builders, handwritten);
    for tokens in std::iter::once(imports).chain(builders.iter().map(|of| of.code(boxed.contains(&of.of)))) {
        match syn::parse2::<syn::File>(tokens) {
            Ok(mut file) => items.append(&mut file.items),
            Err(error) => missing(&format!("type that a builder can have: {error}"), problems),
        }
    }
    for builder in builders {
        let setters = builder.properties.iter().filter(|property| !property.is_optional);
        required.insert(builder.of.to_string(), setters.map(|property| property.field.to_string()).collect());
    }
    required
}

/// What the code of builders refers to. The names of all builders end in `Builder`.
fn imports(builders: &[Builder], handwritten: &Path) -> TokenStream {
    let mut properties = builders.iter().flat_map(|builder| &builder.properties);
    let kinds: Vec<Kind> = properties.by_ref().map(|property| property.kind).collect();
    let takes_options = kinds.iter().any(|kind| matches!(kind, Kind::Option | Kind::Nullable));
    let option = takes_options.then(|| quote!(use #handwritten::IntoOption;));
    let display = kinds.contains(&Kind::Value).then(|| {
        quote!(
            use ::std::fmt::Display;
        )
    });
    let slot = (!kinds.is_empty()).then(|| quote!(use #handwritten::{Slot, all_valid};));
    quote!(#display #option #slot use super::error::ConversionError;)
}

/// The builder of a type.
struct Builder {
    of: Ident,
    properties: Vec<Property>,
}

/// A property of a type.
struct Property {
    field: Ident,
    /// The name on the wire.
    name: String,
    /// The type as the module of the builders refers to it.
    ty: Type,
    kind: Kind,
    /// Whether the type is built without it.
    is_optional: bool,
    /// The documentation of its setter, and whether it is deprecated.
    attributes: Vec<Attribute>,
}

/// What a setter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What converts to the type.
    Value,
    /// What converts to the type in an `Option`, or an `Option` of it.
    Option,
    /// As [`Kind::Option`], of an `Option<Option<_>>`.
    Nullable,
    /// An `Option` of any JSON value, where `None` is not `null`.
    Any,
}

impl Builder {
    fn of(item: &ItemStruct) -> Self {
        let property = |field: &syn::Field| {
            let ident = field.ident.clone()?;
            let name = wire_value(&field.attrs, &ident).trim_start_matches("r#").to_owned();
            // serde's default for an `Option` that it reads itself.
            let is_optional = has_serde(&field.attrs, "default")
                || is_option(&field.ty) && !has_serde(&field.attrs, "deserialize_with");
            let mut ty = field.ty.clone();
            let inner = type_argument(&mut ty).cloned().filter(|_| is_option(&field.ty));
            let kind = match inner {
                None => Kind::Value,
                Some(inner) if is_value(&inner) => Kind::Any,
                Some(inner) if is_option(&inner) => Kind::Nullable,
                Some(_) => Kind::Option,
            };
            let attributes = setter_docs(&field.attrs, &name, is_optional);
            each_path_of_type(&mut ty, &mut from_inside);
            Some(Property { field: ident, name, ty, kind, is_optional, attributes })
        };
        Self { of: item.ident.clone(), properties: item.fields.iter().filter_map(property).collect() }
    }

    fn code(&self, is_boxed: bool) -> TokenStream {
        let Self { of, properties } = self;
        let builder = name_of(of);
        let docs = format!("Builder for [`{of}`](super::{of}).");
        let slots = properties.iter().map(|Property { field, ty, .. }| quote!(#field: Slot<#ty>));
        let setters = properties.iter().map(Property::setter);
        let nulls = properties.iter().filter_map(|property| property.null_setter(properties));
        // A property named `build` keeps its setter; then `try_into()` builds.
        let has_build = properties.iter().any(|property| property.field == "build");
        let build = (!has_build).then(|| {
            quote! {
                /// Returns the value.
                ///
                /// # Errors
                /// Returns an error that names every required property that is not set, and every value that is invalid.
                pub fn build(self) -> Result<super::#of, ConversionError> {
                    self.try_into()
                }
            }
        });
        // One error lists all problems, so that they can be fixed in one run. The names are those on the wire, as in all errors.
        let checked = properties.iter().map(|Property { field, name, is_optional, .. }| match is_optional {
            true => quote!((#name, value.#field.problem_if_set())),
            false => quote!((#name, value.#field.problem())),
        });
        let check = (!properties.is_empty()).then(|| quote!(all_valid(&[#(#checked),*])?;));
        let values = properties.iter().map(|Property { field, is_optional, .. }| match is_optional {
            true => quote!(#field: value.#field.or_default()?),
            false => quote!(#field: value.#field.value()?),
        });
        let kept = properties.iter().map(|Property { field, .. }| quote!(#field: value.#field.into()));
        let value = if properties.is_empty() { quote!(_) } else { quote!(value) };
        // The setter of a boxed property takes the builder of its type, as every other setter does.
        let into_box = is_boxed.then(|| {
            quote! {
                impl TryFrom<#builder> for Box<super::#of> {
                    type Error = ConversionError;

                    fn try_from(value: #builder) -> Result<Self, ConversionError> {
                        value.try_into().map(Box::<super::#of>::new)
                    }
                }
            }
        });
        quote! {
            #[doc = #docs]
            #[derive(Clone, Debug, Default)]
            pub struct #builder { #(#slots,)* }

            impl #builder {
                #(#setters)*
                #(#nulls)*
                #build
            }

            impl TryFrom<#builder> for super::#of {
                type Error = ConversionError;

                fn try_from(#value: #builder) -> Result<Self, ConversionError> {
                    #check
                    Ok(Self { #(#values,)* })
                }
            }

            impl From<super::#of> for #builder {
                fn from(#value: super::#of) -> Self {
                    Self { #(#kept,)* }
                }
            }

            #into_box
        }
    }
}

impl Property {
    fn setter(&self) -> TokenStream {
        let Self { field, attributes, kind, .. } = self;
        let ty = self.taken();
        let (generics, value, set) = match kind {
            Kind::Value => (quote!(), quote!(impl TryInto<#ty, Error: Display>), quote!(set)),
            Kind::Option => (quote!(<K>), quote!(impl IntoOption<#ty, K>), quote!(set_option)),
            Kind::Nullable => (quote!(<K>), quote!(impl IntoOption<#ty, K>), quote!(set_nullable)),
            Kind::Any => (quote!(), quote!(impl Into<Option<#ty>>), quote!(set_any)),
        };
        quote! {
            #(#attributes)*
            pub fn #field #generics(mut self, value: #value) -> Self {
                self.#field.#set(value);
                self
            }
        }
    }

    /// The type that a value converts to: without its `Option`s.
    fn taken(&self) -> Type {
        let mut ty = self.ty.clone();
        let depth = match self.kind {
            Kind::Value => 0,
            Kind::Option | Kind::Any => 1,
            Kind::Nullable => 2,
        };
        for _ in 0..depth {
            if let Some(inner) = type_argument(&mut ty).cloned() {
                ty = inner;
            }
        }
        ty
    }

    /// `nickname_null()` for `nickname(value)`.
    fn null_setter(&self, all: &[Self]) -> Option<TokenStream> {
        let Self { field, name, kind, is_optional, attributes, .. } = self;
        let null = match kind {
            Kind::Nullable => quote!(Some(None)),
            Kind::Option if !is_optional => quote!(None),
            _ => return None,
        };
        let mut ident =
            format_ident!("{}_null", field.to_string().trim_start_matches("r#").trim_end_matches('_'));
        while all.iter().any(|other| other.field == ident) {
            ident = format_ident!("{ident}_value");
        }
        let docs = format!("Sets the property {} to `null`.", code_span(name));
        let marks = attributes.iter().filter(is_mark);
        Some(quote! {
            #[doc = #docs]
            #(#marks)*
            pub fn #ident(mut self) -> Self {
                self.#field = Slot::from(#null);
                self
            }
        })
    }
}

/// `A` ⇒ `super::A`, but for what has no module, such as `u8`.
fn from_inside(path: &mut Path) {
    const PRIMITIVES: [&str; 15] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "str", "u8", "u16", "u32", "u64",
        "u128",
    ];
    let is_elsewhere = path.leading_colon.is_some()
        || path.segments.len() == 1 && PRIMITIVES.iter().any(|name| path.is_ident(name));
    if !is_elsewhere {
        path.segments.insert(0, format_ident!("super").into());
    }
}

/// `A` of `Box<A>`, also in an `Option`.
fn boxed_type(of: &mut Type) -> Option<&Ident> {
    if is_option(of) {
        return boxed_type(type_argument(of)?);
    }
    let is_box = type_name(of).is_some_and(|name| name == "Box");
    type_name(type_argument(of).filter(|_| is_box)?)
}

/// The name of the builder of a type.
pub(super) fn name_of(of: &Ident) -> Ident {
    format_ident!("{of}Builder")
}

/// The documentation of a field, its property, and whether it is deprecated.
fn setter_docs(of_field: &[Attribute], property: &str, is_optional: bool) -> Vec<Attribute> {
    let property = code_span(property);
    let marks = of_field.iter().filter(is_mark).cloned();
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
    let kind = if is_optional { "optional" } else { "required" };
    docs.push(doc(&format!("Sets the {kind} property {property}.")));
    marks.chain(docs).collect()
}
