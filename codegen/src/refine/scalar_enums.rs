//! Writes and reads enums of integers and booleans by their values: the generator has made enums of strings of them.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use syn::{Expr, File, Item, ItemEnum, parse_quote};

use super::ast::{is_serde, type_name, wire_value, without_derive};
use super::enums::unused;
use super::missing;
use crate::plan::{Plan, ScalarEnum, ScalarValue};
use crate::problem::Problem;

/// `enum A { Low, High }`, of strings ⇒ the same, of the values 1 and 2; in what is read with `Unknown(i64)`
///
/// With `are_counted`, deserializing reports to `count` whether the value is known, as open enums of strings do.
pub(super) fn refine(types: &mut Vec<Item>, plan: &Plan, are_counted: bool, problems: &mut Vec<Problem>) {
    let planned: BTreeMap<&str, &ScalarEnum> =
        plan.scalar_enums.iter().map(|of| (of.name.as_str(), of)).collect();
    if planned.is_empty() {
        return;
    }
    let mut found = BTreeSet::new();
    let mut conversions = Vec::new();
    types.retain_mut(|item| match item {
        Item::Enum(item) => {
            let name = item.ident.to_string();
            if let Some(of) = planned.get(name.as_str()) {
                let is_open = plan.open_enums.contains(&name);
                match refine_enum(item, of, is_open, are_counted) {
                    Some(more) => conversions.extend(more),
                    None => missing(&format!("variant for each value of `{name}`"), problems),
                }
                found.insert(name);
            }
            true
        }
        // The conversions of strings.
        Item::Impl(item) => {
            let of = type_name(&item.self_ty).map(Ident::to_string);
            let of = item.trait_.as_ref().zip(of.filter(|of| planned.contains_key(of.as_str())));
            let last = of.and_then(|((path, ..), _)| path.segments.last());
            !last.is_some_and(|last| ["Display", "FromStr", "TryFrom"].iter().any(|name| last.ident == name))
        }
        _ => true,
    });
    types.append(&mut conversions);
    for name in planned.keys().filter(|name| !found.contains(**name)) {
        missing(&format!("enum `{name}`"), problems);
    }
}

/// Gives the enum its values, and returns its conversions; `None` if a variant has no value.
fn refine_enum(item: &mut ItemEnum, of: &ScalarEnum, is_open: bool, are_counted: bool) -> Option<Vec<Item>> {
    for derived in ["Serialize", "Deserialize"] {
        without_derive(&mut item.attrs, derived);
    }
    let name = &item.ident;
    let mut idents: Vec<Ident> = Vec::new();
    let mut values: Vec<Expr> = Vec::new();
    for variant in &mut item.variants {
        let written = wire_value(&variant.attrs, &variant.ident);
        let (_, value) = of.values.iter().find(|(name, _)| *name == written)?;
        variant.attrs.retain(|attribute| !is_serde(attribute));
        idents.push(variant.ident.clone());
        values.push(match value {
            ScalarValue::Integer(value) => {
                let value = proc_macro2::Literal::i64_unsuffixed(*value);
                parse_quote!(#value)
            }
            ScalarValue::Boolean(value) => parse_quote!(#value),
        });
    }
    let is_integer = of.has_integers();
    let (scalar, getter, serialize): (syn::Type, Ident, Ident) = match is_integer {
        true => (parse_quote!(i64), parse_quote!(as_i64), parse_quote!(serialize_i64)),
        false => (parse_quote!(bool), parse_quote!(as_bool), parse_quote!(serialize_bool)),
    };
    let read: Expr = match is_integer {
        true => parse_quote!(<integers::Integer<i64> as ::serde::Deserialize>::deserialize(deserializer)?.0),
        false => parse_quote!(<bool as ::serde::Deserialize>::deserialize(deserializer)?),
    };
    let is_complete = !is_integer && of.values.len() == 2;
    let unknown = (is_open && !is_complete).then(|| unused("Unknown", &idents));
    let other: Option<syn::Arm> =
        unknown.as_ref().map(|unknown| parse_quote!(Self::#unknown(value) => *value,));
    let mut made: File = parse_quote! {
        impl #name {
            /// The value as it is on the wire.
            pub fn #getter(&self) -> #scalar {
                match self {
                    #(Self::#idents => #values,)*
                    #other
                }
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.#getter(), f)
            }
        }

        impl ::serde::Serialize for #name {
            fn serialize<S>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error>
            where
                S: ::serde::Serializer,
            {
                serializer.#serialize(self.#getter())
            }
        }
    };
    let conversion: Item = if unknown.is_some() || is_complete {
        let rest: Option<syn::Arm> =
            unknown.as_ref().map(|unknown| parse_quote!(unknown => Self::#unknown(unknown),));
        parse_quote! {
            impl ::std::convert::From<#scalar> for #name {
                fn from(value: #scalar) -> Self {
                    match value {
                        #(#values => Self::#idents,)*
                        #rest
                    }
                }
            }
        }
    } else {
        parse_quote! {
            impl ::std::convert::TryFrom<#scalar> for #name {
                type Error = self::error::ConversionError;

                fn try_from(value: #scalar) -> ::std::result::Result<Self, self::error::ConversionError> {
                    match value {
                        #(#values => Ok(Self::#idents),)*
                        _ => Err("not one of the documented values".into()),
                    }
                }
            }
        }
    };
    made.items.push(conversion);
    let count: Option<syn::Stmt> = unknown.as_ref().filter(|_| are_counted).map(|unknown| {
        parse_quote! {
            if let Self::#unknown(_) = value {
                unions::count(0, 1);
            } else {
                unions::count(1, 0);
            }
        }
    });
    let converted: Expr = match unknown.is_some() || is_complete {
        true => parse_quote!(Self::from(#read)),
        false => parse_quote!(
            <Self as ::std::convert::TryFrom<#scalar>>::try_from(#read)
                .map_err(<D::Error as ::serde::de::Error>::custom)?
        ),
    };
    made.items.push(parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: ::serde::Deserializer<'de>,
            {
                let value = #converted;
                #count
                Ok(value)
            }
        }
    });
    if let Some(unknown) = unknown {
        item.variants.push(parse_quote! {
            /// A value that the document does not list, as received.
            #unknown(#scalar)
        });
    }
    Some(made.items)
}
