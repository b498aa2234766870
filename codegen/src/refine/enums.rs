//! typify's enums refuse a value that the server has added since: those that are read keep it.
//! Knows enums of strings as typify writes them; must not know where they are used.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::format_ident;
use syn::{Attribute, Expr, Item, ItemEnum, Lit, Meta, Type, parse_quote};

use super::missing;
use crate::problem::Problem;

/// Gives each enum in `names` a variant for unknown values, and conversions that cannot fail.
pub(super) fn open(types: &mut Vec<Item>, names: &BTreeSet<String>, problems: &mut Vec<Problem>) {
    for name in names {
        let found =
            types.iter().position(|item| matches!(item, Item::Enum(item) if item.ident == name.as_str()));
        let Some(index) = found else {
            missing(&format!("enum `{name}`"), problems);
            continue;
        };
        types.retain_mut(|item| !is_conversion_of(item, name));
        let found =
            types.iter().position(|item| matches!(item, Item::Enum(item) if item.ident == name.as_str()));
        if let Some(Item::Enum(item)) = types.get(found.unwrap_or(index)) {
            let opened = opened(item);
            types.splice(found.unwrap_or(index)..=found.unwrap_or(index), opened);
        }
    }
}

/// typify's `Display`, `FromStr` and `TryFrom` of the enum.
fn is_conversion_of(item: &Item, name: &str) -> bool {
    let Item::Impl(item) = item else { return false };
    item.trait_.is_some() && matches!(&*item.self_ty, Type::Path(path) if path.path.is_ident(name))
}

fn opened(item: &ItemEnum) -> Vec<Item> {
    let name = &item.ident;
    let docs: Vec<&Attribute> =
        item.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect();
    let variants: Vec<(&Ident, String)> = item
        .variants
        .iter()
        .map(|variant| (&variant.ident, wire_value(&variant.attrs, &variant.ident)))
        .collect();
    let idents: Vec<&Ident> = variants.iter().map(|(ident, _)| *ident).collect();
    let values: Vec<&String> = variants.iter().map(|(_, value)| value).collect();
    let variant_docs = values.iter().map(|value| format!("`{value}`"));
    let unknown = unused("Unknown", &idents);
    vec![
        parse_quote! {
            #(#docs)*
            #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub enum #name {
                #(#[doc = #variant_docs] #idents,)*
                /// A value that the document does not list, as it came.
                #unknown(::std::string::String),
            }
        },
        parse_quote! {
            impl #name {
                /// The value as it is on the wire.
                pub fn as_str(&self) -> &str {
                    match self {
                        #(Self::#idents => #values,)*
                        Self::#unknown(value) => value,
                    }
                }
            }
        },
        parse_quote! {
            impl ::std::convert::From<&str> for #name {
                fn from(value: &str) -> Self {
                    match value {
                        #(#values => Self::#idents,)*
                        unknown => Self::#unknown(unknown.to_owned()),
                    }
                }
            }
        },
        parse_quote! {
            impl ::std::fmt::Display for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        },
        parse_quote! {
            impl ::serde::Serialize for #name {
                fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.as_str())
                }
            }
        },
        parse_quote! {
            impl<'de> ::serde::Deserialize<'de> for #name {
                fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)
                        .map(|value| Self::from(value.as_str()))
                }
            }
        },
    ]
}

/// The value of `#[serde(rename = "…")]`, else the variant's own name.
pub(super) fn wire_value(attributes: &[Attribute], ident: &Ident) -> String {
    let mut renamed = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let Meta::List(list) = &attribute.meta else { continue };
        let _: syn::Result<()> = list.parse_nested_meta(|meta| {
            let value = meta.value()?.parse::<Expr>()?;
            if let (true, Expr::Lit(literal)) = (meta.path.is_ident("rename"), value)
                && let Lit::Str(text) = literal.lit
            {
                renamed = Some(text.value());
            }
            Ok(())
        });
    }
    renamed.unwrap_or_else(|| ident.to_string())
}

fn unused(name: &str, taken: &[&Ident]) -> Ident {
    let mut ident = format_ident!("{name}");
    while taken.contains(&&ident) {
        ident = format_ident!("{ident}Value");
    }
    ident
}
