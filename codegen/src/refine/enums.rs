//! Opens enums in responses: typify's enums fail on a value that the server has added since.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use quote::format_ident;
use syn::{Block, File, Item, ItemEnum, ItemImpl, Path, Stmt, parse_quote};

use super::ast::{Variants, doc, functions, rename_variants, type_name, wire_value, without_derive};
use super::markdown::code_span;
use super::missing;
use super::types::document;
use crate::plan::Constant;
use crate::problem::Problem;

/// `enum A { HttpsExampleBad }` ⇒ `enum A { /** It is bad. */ Bad }`
///
/// Gives variants the names and descriptions that the document has. It comes before the edit of documentation.
pub(super) fn annotate(
    types: &mut [Item],
    constants: &[(String, Vec<Constant>)],
    problems: &mut Vec<Problem>,
) {
    let mut renamed: BTreeMap<String, Variants> = BTreeMap::new();
    for (of, constants) in constants {
        let item = types.iter_mut().find_map(|item| match item {
            Item::Enum(item) if item.ident == of => Some(item),
            _ => None,
        });
        let Some(item) = item else {
            missing(&format!("enum `{of}`"), problems);
            continue;
        };
        let mut taken: BTreeSet<Ident> = item.variants.iter().map(|variant| variant.ident.clone()).collect();
        for variant in &mut item.variants {
            let value = wire_value(&variant.attrs, &variant.ident);
            let Some(constant) = constants.iter().find(|constant| constant.value == value) else { continue };
            if let Some(description) = &constant.description {
                variant.attrs.insert(0, doc(description));
            }
            let new = constant.name.as_ref().map(|name| format_ident!("{name}"));
            if let Some(new) = new.filter(|new| taken.insert(new.clone())) {
                // The wire value does not change.
                if !variant.attrs.iter().any(|attribute| attribute.path().is_ident("serde")) {
                    variant.attrs.push(parse_quote!(#[serde(rename = #value)]));
                }
                renamed.entry(of.clone()).or_default().insert(variant.ident.clone(), new);
            }
        }
    }
    rename_variants(types, &renamed);
}

/// `enum A { B }` ⇒ `enum A { B, Unknown(String) }`, with conversions that cannot fail
///
/// A client that is not rebuilt must read values that the API adds. With `are_counted`, deserializing reports to `count` whether
/// the value is known, by which a union chooses between its variants.
pub(super) fn open(
    types: &mut Vec<Item>,
    names: &BTreeSet<String>,
    are_counted: bool,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) {
    if names.is_empty() {
        return;
    }
    let (mut opened, mut kept) = (BTreeSet::new(), 0);
    let mut conversions = Vec::new();
    types.retain_mut(|item| match item {
        Item::Enum(item) if names.contains(&item.ident.to_string()) => {
            opened.insert(item.ident.to_string());
            conversions.extend(open_enum(item, are_counted, handwritten));
            true
        }
        Item::Impl(item) if is_conversion(item, names) => {
            let is_kept = refine(item).is_some();
            kept += usize::from(is_kept);
            is_kept
        }
        _ => true,
    });
    types.append(&mut conversions);
    names.difference(&opened).for_each(|name| missing(&format!("enum `{name}`"), problems));
    if kept != 2 * opened.len() {
        missing("`Display` and `FromStr` of every enum that is read", problems);
    }
}

/// typify's `Display`, `FromStr` or `TryFrom` of one of the enums.
fn is_conversion(item: &ItemImpl, names: &BTreeSet<String>) -> bool {
    item.trait_.is_some() && type_name(&item.self_ty).is_some_and(|name| names.contains(&name.to_string()))
}

/// Gives one of typify's conversions a body that cannot fail; `None` for those that [`From`] replaces.
fn refine(item: &mut ItemImpl) -> Option<()> {
    let body = match item.trait_.as_ref()?.0.segments.last()?.ident.to_string().as_str() {
        "Display" => parse_quote!({ f.write_str(self.as_str()) }),
        "FromStr" => parse_quote!({ Ok(Self::from(value)) }),
        _ => return None,
    };
    functions(item).next()?.block = body;
    Some(())
}

/// Opens the enum, and returns its conversions.
fn open_enum(item: &mut ItemEnum, are_counted: bool, handwritten: &Path) -> Vec<Item> {
    let idents: Vec<Ident> = item.variants.iter().map(|variant| variant.ident.clone()).collect();
    let values: Vec<String> =
        item.variants.iter().map(|variant| wire_value(&variant.attrs, &variant.ident)).collect();
    let (open, unknown) = (&item.ident, unused("Unknown", &idents));
    let mut conversions: File = parse_quote! {
        impl #open {
            /// The value as it is on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#idents => #values,)*
                    Self::#unknown(value) => value,
                }
            }
        }

        impl ::std::convert::From<&str> for #open {
            fn from(value: &str) -> Self {
                match value {
                    #(#values => Self::#idents,)*
                    unknown => Self::#unknown(unknown.to_owned()),
                }
            }
        }
    };
    // A variant that holds a `String` cannot be copied.
    for name in ["Copy", "Deserialize", "Serialize"] {
        without_derive(&mut item.attrs, name);
    }
    for (variant, value) in item.variants.iter_mut().zip(&values) {
        variant.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
        document(&mut variant.attrs, &code_span(value));
    }
    let count: Option<Stmt> = are_counted.then(|| {
        parse_quote! {
            if let Self::#unknown(_) = value {
                unions::count(0, 1);
            } else {
                unions::count(1, 0);
            }
        }
    });
    let read: Block = match count {
        Some(count) => {
            parse_quote!({ let value: Self = #handwritten::open_enum(deserializer)?; #count Ok(value) })
        }
        None => parse_quote!({ #handwritten::open_enum(deserializer) }),
    };
    conversions.items.push(parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #open {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> #read
        }
    });
    conversions.items.push(parse_quote! {
        impl ::serde::Serialize for #open {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    });
    item.variants.push(parse_quote! {
        /// A value that the document does not list, as received.
        #unknown(::std::string::String)
    });
    conversions.items
}

pub(super) fn unused(name: &str, taken: &[Ident]) -> Ident {
    let mut ident = format_ident!("{name}");
    while taken.contains(&ident) {
        ident = format_ident!("{ident}Value");
    }
    ident
}
