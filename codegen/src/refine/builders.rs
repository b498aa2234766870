//! Writes the builders of the types. typify's report the first error only, take no `Option`s, and are half of all code.
//! Must not know operations.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Field, Item, ItemStruct, Path, ReturnType, Type};

use super::ast::{
    doc, doc_literal, function_of, has_serde, is_option, is_value, last_segment, module, type_argument,
    type_name, wire_value,
};
use super::deprecated::is_mark;
use super::gate::Gate;
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
/// For each type with a function `builder`, but not for those in `without`. Those of types that no request contains are behind a
/// cargo feature, if there is one for them. This is done last, when fields have their final types. Returns what is required.
pub(super) fn write(
    types: &mut [Item],
    without: &BTreeSet<String>,
    gate: Option<&Gate>,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) -> Required {
    let mut required = Required::new();
    let mut built = BTreeSet::new();
    let sent = gate.map(|gate| gate.sent(types));
    let gate_of = |of: &str| gate.filter(|_| sent.as_ref().is_some_and(|sent| !sent.contains(of)));
    for item in types.iter_mut() {
        let Item::Impl(item) = item else { continue };
        let Some(of) = type_name(&item.self_ty).map(Ident::to_string) else { continue };
        if let Some(builder) = function_of(item, "builder").filter(|_| !without.contains(&of))
            && let ReturnType::Type(_, builder_type) = &mut builder.sig.output
        {
            last_segment(builder_type).into_iter().for_each(|last| last.ident = name_of(&last.ident));
            builder.attrs.extend(gate_of(&of).map(Gate::attribute));
            built.insert(of);
        }
    }
    let mut boxed = BTreeSet::new();
    let mut builders: Vec<Builder> = Vec::new();
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        item.fields.iter_mut().for_each(|field| boxed.extend(boxed_type(&mut field.ty).cloned()));
        if built.contains(&item.ident.to_string()) {
            builders.push(Builder::of(item, gate_of(&item.ident.to_string()).map(Gate::attribute)));
        }
    }
    let Some(items) = module(types, "builder") else {
        // A document without objects has no builders.
        return required;
    };
    if builders.is_empty() {
        return required;
    }
    for tokens in std::iter::once(imports(&builders, handwritten))
        .chain(builders.iter().map(|of| of.code(boxed.contains(&of.of))))
    {
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
    // With the attribute of those that only builders behind a feature need.
    let import = |is_needed: &dyn Fn(&Builder) -> bool, import: TokenStream| {
        let gates = builders.iter().filter(|builder| is_needed(builder)).map(|builder| &builder.gate);
        // `None` is less than any.
        let gate = gates.min_by_key(|gate| gate.is_some())?;
        Some(quote!(#gate #import))
    };
    let has = |builder: &Builder, kinds: &[Kind]| {
        builder.properties.iter().any(|property| kinds.contains(&property.kind))
    };
    let display = import(
        &|builder| has(builder, &[Kind::Value]),
        quote!(
            use ::std::fmt::Display;
        ),
    );
    let option = import(
        &|builder| has(builder, &[Kind::Option, Kind::Nullable]),
        quote!(use #handwritten::IntoOption;),
    );
    let slot =
        import(&|builder| !builder.properties.is_empty(), quote!(use #handwritten::{Slot, all_valid};));
    let error = import(
        &|_| true,
        quote!(
            use super::error::ConversionError;
        ),
    );
    quote!(#display #option #slot #error)
}

/// The builder of a type.
struct Builder {
    of: Ident,
    properties: Vec<Property>,
    /// The attribute of each of its items, if it is behind a feature.
    gate: Option<Attribute>,
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
    fn of(item: &ItemStruct, gate: Option<Attribute>) -> Self {
        let property = |field: &Field| {
            let ident = field.ident.clone()?;
            let name = wire_value(&field.attrs, &ident);
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
        Self { of: item.ident.clone(), properties: item.fields.iter().filter_map(property).collect(), gate }
    }

    fn code(&self, is_boxed: bool) -> TokenStream {
        let Self { of, properties, gate } = self;
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
                #gate
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
            #gate
            #[derive(Clone, Debug, Default)]
            pub struct #builder { #(#slots,)* }

            #gate
            impl #builder {
                #(#setters)*
                #(#nulls)*
                #build
            }

            #gate
            impl TryFrom<#builder> for super::#of {
                type Error = ConversionError;

                fn try_from(#value: #builder) -> Result<Self, ConversionError> {
                    #check
                    Ok(Self { #(#values,)* })
                }
            }

            #gate
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

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::{File, parse_quote};

    use super::*;

    fn items(source: &str) -> Vec<Item> {
        syn::parse_file(source).expect("it parses").items
    }

    const TYPES: &str = "
        pub struct Sent { pub kind: Kind, #[serde(default)] pub again: Part }
        pub enum Kind { One(InKind), Two }
        pub struct InKind { pub x: u8 }
        pub struct Part { pub deep: ::std::vec::Vec<Deep> }
        pub struct Deep { pub x: u8 }
        pub struct Received { pub part: Part, pub note: ::std::option::Option<u8> }
        impl Sent { pub fn builder() -> builder::Sent { Default::default() } }
        impl InKind { pub fn builder() -> builder::InKind { Default::default() } }
        impl Part { pub fn builder() -> builder::Part { Default::default() } }
        impl Deep { pub fn builder() -> builder::Deep { Default::default() } }
        impl Received { pub fn builder() -> builder::Received { Default::default() } }
        pub mod builder {}
    ";

    /// The outline of what is written, with its imports, and what is required.
    fn written(with_gate: bool) -> (Vec<String>, Vec<String>, Required) {
        let mut types = items(TYPES);
        let mut operations =
            items("pub struct Send { body: Result<types::builder::SentBuilder, Invalid>, client: Client }");
        let gate = with_gate.then(|| Gate::new("tests", &mut operations));
        let (handwritten, mut problems) = (parse_quote!(::a::b), Vec::new());
        let required = write(&mut types, &BTreeSet::new(), gate.as_ref(), &handwritten, &mut problems);
        assert_eq!(problems, []);
        let builders = module(&mut types, "builder").expect("the module");
        let imports = builders.iter().filter(|item| matches!(item, Item::Use(_)));
        let imports = imports.map(|import| import.to_token_stream().to_string()).collect();
        let outline = crate::outline::of_file(&File {
            frontmatter: None,
            shebang: None,
            attrs: Vec::new(),
            items: types,
        });
        (outline.items.iter().map(ToString::to_string).collect(), imports, required)
    }

    #[test]
    fn builders_of_what_no_request_contains_need_the_feature() {
        let (outline, imports, required) = written(true);
        let gated: Vec<&str> =
            outline.iter().filter_map(|line| line.strip_suffix(" [feature tests]")).collect();
        let is_of_received = |line: &str| line.contains("Received");
        assert!(gated.len() >= 6 && gated.iter().all(|line| is_of_received(line)), "{gated:?}");
        let others: Vec<&String> = outline
            .iter()
            .filter(|line| is_of_received(line) && !line.ends_with(" [feature tests]"))
            .filter(|line| line.contains("uilder"))
            .collect();
        assert!(others.is_empty(), "{others:?}");
        // Only the gated one has an optional property.
        let of_options: Vec<&String> = imports.iter().filter(|line| line.contains("IntoOption")).collect();
        assert!(
            matches!(of_options[..], [line] if line.starts_with("# [cfg (feature = \"tests\")]")),
            "{imports:?}"
        );
        let is_gated = |name: &str| {
            imports.iter().find(|line| line.contains(name)).map(|line| line.starts_with("# [cfg"))
        };
        assert_eq!(["Display", "Slot", "ConversionError"].map(is_gated), [Some(false); 3], "{imports:?}");
        let of = |name: &str| required.get(name).map(|setters| setters.join(" "));
        assert_eq!([of("Sent"), of("Received")], [Some("kind".to_owned()), Some("part".to_owned())]);
    }

    #[test]
    fn without_a_feature_all_builders_are_there() {
        let (outline, imports, _) = written(false);
        assert!(outline.iter().all(|line| !line.contains("[feature")), "{outline:?}");
        assert!(imports.len() == 4 && imports.iter().all(|line| !line.contains("cfg")), "{imports:?}");
        assert!(outline.iter().any(|line| line == "struct builder::ReceivedBuilder (Clone, Debug, Default)"));
    }

    #[test]
    fn a_property_called_build_has_the_setter_of_that_name() {
        let builds = |property: &str| {
            let item = syn::parse_str(&format!("pub struct A {{ pub {property}: u8 }}")).expect("a struct");
            let code: File = syn::parse2(Builder::of(&item, None).code(false)).expect("items");
            let functions = code.items.into_iter().filter_map(|item| match item {
                Item::Impl(item) if item.trait_.is_none() => Some(item.items),
                _ => None,
            });
            let functions = functions.flatten().filter_map(|item| match item {
                syn::ImplItem::Fn(function) => {
                    Some((function.sig.ident.to_string(), function.sig.inputs.len()))
                }
                _ => None,
            });
            functions.collect::<Vec<_>>()
        };
        assert_eq!(builds("a"), [("a".to_owned(), 2), ("build".to_owned(), 1)]);
        assert_eq!(builds("build"), [("build".to_owned(), 2)]);
    }
}
