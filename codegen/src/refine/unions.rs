//! Deserializes unions as the variant that fits best: serde takes the first of an untagged enum that does not fail.
//! Knows untagged enums as typify writes them; must not know which unions they are.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::{Fields, File, Item, ItemEnum, ItemImpl, Type, parse_quote};

use super::ast::{type_name, without_derive};

/// `#[derive(Deserialize)] #[serde(untagged)] enum A { B(B), C(C) }` ⇒ `impl Deserialize for A`, which calls `closest`
///
/// For unions in which one variant could be taken for another, and lose properties. Returns whether there are any: then the
/// enums in `open` have to report to `count` whether they knew the value.
pub(super) fn refine(types: &mut Vec<Item>, open: &BTreeSet<String>) -> bool {
    let unions = types.iter_mut().filter_map(union);
    let readers: Vec<Item> = unions.filter_map(|item| reader(item, open)).map(Item::Impl).collect();
    if readers.is_empty() {
        return false;
    }
    types.extend(readers);
    let helpers: File = parse_quote! {
        /// Reads the first of several types that keeps all of a value and knows all of its enums; else the one that knows
        /// the most of them, and of several such the one that loses the least.
        fn closest<T, E>(
            value: &::serde_json::Value,
            readers: &[fn(&::serde_json::Value) -> ::serde_json::Result<T>],
        ) -> ::std::result::Result<T, E>
        where
            T: ::serde::Serialize,
            E: ::serde::de::Error,
        {
            let before = COUNT.get();
            let mut best: ::std::option::Option<(_, _, T)> = ::std::option::Option::None;
            for reader in readers {
                COUNT.set((0, 0));
                let Ok(read) = reader(value) else { continue };
                let (known, unknown) = COUNT.get();
                let lost = ::serde_json::to_value(&read).map_or(usize::MAX, |again| lost(value, &again));
                let lost = lost.saturating_add(unknown);
                let rank = (lost > 0).then_some((::std::cmp::Reverse(known), lost));
                if best.as_ref().is_none_or(|(least, ..)| &rank < least) {
                    best = ::std::option::Option::Some((rank, (known, unknown), read));
                }
                if rank.is_none() {
                    break;
                }
            }
            COUNT.set(before);
            let Some((_, (known, unknown), read)) = best else {
                return Err(E::custom("none of the documented types fits the value"));
            };
            count(known, unknown);
            Ok(read)
        }

        ::std::thread_local! {
            /// How many values of enums have been read on this thread: those that are known, and those that are not.
            static COUNT: ::std::cell::Cell<(usize, usize)> = const { ::std::cell::Cell::new((0, 0)) };
        }

        /// Notes that values of enums have been read.
        fn count(known: usize, unknown: usize) {
            let before = COUNT.get();
            COUNT.set((before.0.wrapping_add(known), before.1.wrapping_add(unknown)));
        }

        /// How many parts of a value are not in the other, or not the same; `1` and `1.0` are.
        fn lost(one: &::serde_json::Value, other: &::serde_json::Value) -> usize {
            use ::serde_json::Value;
            match (one, other) {
                (Value::Object(one), Value::Object(other)) => {
                    let parts = one.iter().map(|(key, value)| other.get(key).map_or(1, |again| lost(value, again)));
                    parts.sum::<usize>() + other.keys().filter(|key| !one.contains_key(*key)).count()
                }
                (Value::Array(one), Value::Array(other)) => {
                    let parts = one.iter().zip(other).map(|(one, other)| lost(one, other));
                    parts.sum::<usize>() + one.len().abs_diff(other.len())
                }
                (Value::Number(one), Value::Number(other)) => {
                    usize::from(one != other && one.as_f64() != other.as_f64())
                }
                (one, other) => usize::from(one != other),
            }
        }
    };
    types.extend(helpers.items);
    true
}

fn union(item: &mut Item) -> Option<&mut ItemEnum> {
    match item {
        Item::Enum(item) if item.attrs.iter().any(is_untagged) => Some(item),
        _ => None,
    }
}

fn is_untagged(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("serde")
        && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("untagged"))
}

/// The `Deserialize` of a union; `None` if no variant can be taken for another: at most one has parts that could be lost, and no
/// open enum competes with a string.
fn reader(item: &mut ItemEnum, open: &BTreeSet<String>) -> Option<ItemImpl> {
    let variants = item.variants.iter().map(|variant| match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some((&variant.ident, &fields.unnamed[0].ty)),
        _ => None,
    });
    let variants: Vec<_> = variants.collect::<Option<_>>()?;
    let is_open = |of: &&Type| type_name(of).is_some_and(|last| open.contains(&last.to_string()));
    let all = || variants.iter().map(|(_, of)| *of);
    let competes_with_string = all().any(|of| is_open(&of)) && all().any(is_string);
    if all().filter(|of| has_parts(of)).count() < 2 && !competes_with_string {
        return None;
    }
    let ident = &item.ident;
    let (names, of): (Vec<_>, Vec<_>) = variants.into_iter().unzip();
    let reader = parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #ident {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: ::serde::Deserializer<'de>,
            {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                closest(&value, &[#(|value| <#of as ::serde::Deserialize>::deserialize(value).map(Self::#names)),*])
            }
        }
    };
    without_derive(&mut item.attrs, "Deserialize");
    Some(reader)
}

/// Whether values of a type may have parts. Scalars have none: those are lower case, except `String`.
fn has_parts(of: &Type) -> bool {
    let is_primitive = |last: &Ident| last.to_string().starts_with(|first: char| first.is_ascii_lowercase());
    !is_string(of) && type_name(of).is_none_or(|last| !is_primitive(last))
}

fn is_string(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.first().is_some_and(|first| first.ident == "std"))
        && type_name(of).is_some_and(|last| last == "String")
}

#[cfg(test)]
mod tests;
