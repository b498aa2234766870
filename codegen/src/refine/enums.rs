//! Enums of strings: opens those in responses, and reads and writes all others without what serde derives.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use quote::format_ident;
use syn::{Arm, Block, Fields, Item, ItemEnum, ItemImpl, Path, Stmt, parse_quote};

use super::ast::{
    Variants, doc, functions, is_serde, rename_variants, type_name, wire_value, without_derive,
};
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
                if !variant.attrs.iter().any(is_serde) {
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

/// `#[derive(Deserialize, Serialize)] enum A { B }` ⇒ `enum A { B }`, read by its `FromStr`, and written by `as_str`
///
/// What serde derives is the most expensive part of an enum to compile, reads `{"b": null}` as well, and shows a wrong string in its error.
/// This comes after all steps that look up names on the wire, which it takes from the variants.
pub(super) fn close(types: &mut Vec<Item>, handwritten: &Path, problems: &mut Vec<Problem>) {
    let (mut closed, mut displayed) = (BTreeSet::new(), 0);
    let mut conversions = Vec::new();
    for item in types.iter_mut() {
        if let Item::Enum(item) = item
            && let Some(more) = close_enum(item, handwritten)
        {
            closed.insert(item.ident.to_string());
            conversions.extend(more);
        }
    }
    for item in types.iter_mut() {
        if let Item::Impl(item) = item
            && is_conversion(item, &closed)
            && trait_of(item).is_some_and(|of| of == "Display")
            && let Some(function) = functions(item).next()
        {
            function.block = display();
            displayed += 1;
        }
    }
    types.append(&mut conversions);
    if displayed != closed.len() {
        missing("`Display` of every enum of strings", problems);
    }
}

/// Removes what serde derives for an enum of strings, and returns what replaces it; `None` for any other enum.
fn close_enum(item: &mut ItemEnum, handwritten: &Path) -> Option<Vec<Item>> {
    let has_values = item.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
    let has_form = item.attrs.iter().any(is_serde);
    if !has_values || has_form || !without_derive(&mut item.attrs, "Deserialize") {
        return None;
    }
    without_derive(&mut item.attrs, "Serialize");
    let (idents, values) = values(item);
    for variant in &mut item.variants {
        variant.attrs.retain(|attribute| !is_serde(attribute));
    }
    let closed = &item.ident;
    Some(vec![
        as_str(closed, &idents, &values, None),
        read(closed, parse_quote!({ #handwritten::string_enum(deserializer) })),
        written(closed),
    ])
}

/// The variants of an enum, and their values on the wire.
fn values(item: &ItemEnum) -> (Vec<Ident>, Vec<String>) {
    item.variants
        .iter()
        .map(|variant| (variant.ident.clone(), wire_value(&variant.attrs, &variant.ident)))
        .unzip()
}

fn as_str(of: &Ident, idents: &[Ident], values: &[String], other: Option<Arm>) -> Item {
    parse_quote! {
        impl #of {
            /// The value as it is on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#idents => #values,)*
                    #other
                }
            }
        }
    }
}

fn read(of: &Ident, block: Block) -> Item {
    parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #of {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> #block
        }
    }
}

fn written(of: &Ident) -> Item {
    parse_quote! {
        impl ::serde::Serialize for #of {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    }
}

/// typify's `Display`, `FromStr` or `TryFrom` of one of the enums.
fn is_conversion(item: &ItemImpl, names: &BTreeSet<String>) -> bool {
    item.trait_.is_some() && type_name(&item.self_ty).is_some_and(|name| names.contains(&name.to_string()))
}

fn display() -> Block {
    parse_quote!({ f.write_str(self.as_str()) })
}

fn trait_of(item: &ItemImpl) -> Option<&Ident> {
    Some(&item.trait_.as_ref()?.0.segments.last()?.ident)
}

/// Gives one of typify's conversions a body that cannot fail; `None` for those that [`From`] replaces.
fn refine(item: &mut ItemImpl) -> Option<()> {
    let body = match trait_of(item)?.to_string().as_str() {
        "Display" => display(),
        "FromStr" => parse_quote!({ Ok(Self::from(value)) }),
        _ => return None,
    };
    functions(item).next()?.block = body;
    Some(())
}

/// Opens the enum, and returns its conversions.
fn open_enum(item: &mut ItemEnum, are_counted: bool, handwritten: &Path) -> Vec<Item> {
    let (idents, values) = values(item);
    let (open, unknown) = (&item.ident, unused("Unknown", &idents));
    let mut conversions =
        vec![as_str(open, &idents, &values, Some(parse_quote!(Self::#unknown(value) => value,)))];
    conversions.push(parse_quote! {
        impl ::std::convert::From<&str> for #open {
            fn from(value: &str) -> Self {
                match value {
                    #(#values => Self::#idents,)*
                    unknown => Self::#unknown(unknown.to_owned()),
                }
            }
        }
    });
    // A variant that holds a `String` cannot be copied.
    for name in ["Copy", "Deserialize", "Serialize"] {
        without_derive(&mut item.attrs, name);
    }
    for (variant, value) in item.variants.iter_mut().zip(&values) {
        variant.attrs.retain(|attribute| !is_serde(attribute));
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
    let block: Block = match count {
        Some(count) => {
            parse_quote!({ let value: Self = #handwritten::string_enum(deserializer)?; #count Ok(value) })
        }
        None => parse_quote!({ #handwritten::string_enum(deserializer) }),
    };
    conversions.push(read(open, block));
    conversions.push(written(open));
    item.variants.push(parse_quote! {
        /// A value that the document does not list, as received.
        #unknown(::std::string::String)
    });
    conversions
}

pub(super) fn unused(name: &str, taken: &[Ident]) -> Ident {
    let mut ident = format_ident!("{name}");
    while taken.contains(&ident) {
        ident = format_ident!("{ident}Value");
    }
    ident
}
