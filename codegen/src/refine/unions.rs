//! Deserializes unions as the variant that fits best: serde takes the first of an untagged enum that does not fail.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase as _;
use proc_macro2::Ident;
use quote::format_ident;
use syn::{Expr, Fields, Item, ItemEnum, ItemImpl, Type, parse_quote};

use super::ast::{has_serde, rename_variants, type_name, without_derive};
use super::integers::holds_integers;
use super::missing;
use crate::plan::{Branch, OperationPlan, Plan, Union};
use crate::problem::Problem;

/// `enum A { Variant0(B), Variant1(C) }` ⇒ `enum A { B(B), C(C) }`
///
/// Gives the variants the names of their branches, which do not depend on each other.
pub(super) fn rename(types: &mut [Item], unions: &[Union], problems: &mut Vec<Problem>) {
    let planned: BTreeMap<&str, &Union> = unions.iter().map(|union| (union.of.as_str(), union)).collect();
    let mut renamed = BTreeMap::new();
    for item in types.iter_mut().filter_map(union) {
        let name = item.ident.to_string();
        let Some(plan) = planned.get(name.as_str()) else { continue };
        if plan.branches.len() != item.variants.len() {
            missing(&format!("variant for each branch of `{name}`"), problems);
            continue;
        }
        let names = item.variants.iter().zip(&plan.branches);
        let names = names.map(|(variant, branch)| (variant.ident.clone(), format_ident!("{}", branch.name)));
        renamed.insert(name, names.collect());
    }
    rename_variants(types, &renamed);
}

/// `enum GetAResponse { Variant0(B), Variant1(Vec<C>) }` ⇒ `enum GetAResponse { B(B), Array(Vec<C>) }`
///
/// Names the variants of the types that the generator made of several successes; [`rename`] names those of components.
pub(super) fn rename_successes(types: &mut [Item], plan: &Plan) {
    let of = |operation: &OperationPlan| format!("{}Response", operation.method.to_pascal_case());
    let planned: BTreeMap<String, &Vec<String>> = plan
        .operations
        .iter()
        .map(|operation| (of(operation), &operation.success_variants))
        .filter(|(name, _)| !plan.types.iter().any(|(component, _)| component == name))
        .collect();
    let mut renamed = BTreeMap::new();
    for item in types.iter_mut().filter_map(union) {
        let name = item.ident.to_string();
        let names = planned.get(&name).filter(|names| names.len() == item.variants.len());
        let Some(names) = names else { continue };
        let names = item.variants.iter().zip(*names);
        let names = names.map(|(variant, name)| (variant.ident.clone(), format_ident!("{name}")));
        renamed.insert(name, names.collect());
    }
    rename_variants(types, &renamed);
}

/// `#[derive(Deserialize)] #[serde(untagged)] enum A { B(B), C(C) }` ⇒ `impl Deserialize for A`, which calls `closest`
///
/// For unions in which a value of one variant could be read as another, and lose properties. Returns whether there are any: then
/// the enums in `open` must report to `count` whether they knew the value.
pub(super) fn refine(types: &mut Vec<Item>, unions: &[Union], open: &BTreeSet<String>) -> bool {
    let planned: BTreeMap<&str, &Union> = unions.iter().map(|union| (union.of.as_str(), union)).collect();
    let enums = types.iter_mut().filter_map(union);
    let readers: Vec<Item> = enums
        .filter_map(|item| reader(item, planned.get(item.ident.to_string().as_str()).copied(), open))
        .map(Item::Impl)
        .collect();
    if readers.is_empty() {
        return false;
    }
    types.extend(readers);
    // In a module, because a type of the document may have any name.
    types.push(parse_quote! {
        mod unions {
            /// One of the types of a union.
            pub(super) struct Branch<T> {
                /// The values that properties may have, as JSON.
                pub(super) tags: &'static [(&'static str, &'static [&'static str])],
                /// Its required properties.
                pub(super) required: &'static [&'static str],
                /// Whether its values are objects: serde reads arrays as them, too.
                pub(super) is_object: bool,
                /// Whether the discriminator selects it for all values that are not listed.
                pub(super) is_default: bool,
                pub(super) read: fn(&::serde_json::Value) -> ::serde_json::Result<T>,
            }

            impl<T> Branch<T> {
                /// Whether the value has one of the listed values of a property; `None` if it has no such property, or none is listed.
                fn has_tag(&self, value: &::serde_json::Value, name: &str) -> ::std::option::Option<bool> {
                    let (_, listed) = self.tags.iter().find(|(own, _)| *own == name)?;
                    let value = value.get(name)?;
                    let is_value = |tag: &&str| {
                        ::serde_json::from_str::<::serde_json::Value>(tag).is_ok_and(|tag| lost(value, &tag) == 0)
                    };
                    Some(listed.iter().any(is_value))
                }

                /// Whether no required property is missing, and the discriminator is not that of another type.
                fn can_be(&self, value: &::serde_json::Value, discriminator: ::std::option::Option<&str>) -> bool {
                    let has = |name: &&str| value.as_object().is_none_or(|map| map.contains_key(*name));
                    (value.is_object() || !self.is_object)
                        && self.required.iter().all(has)
                        && discriminator.and_then(|name| self.has_tag(value, name)) != Some(false)
                }
            }

            /// Reads the type that the discriminator selects. If several are left, reads the first that
            /// keeps all of the value and knows all of its enums; otherwise the one that knows the most, and of several such the
            /// one that loses the least.
            pub(super) fn closest<T, E>(
                value: &::serde_json::Value,
                discriminator: ::std::option::Option<&str>,
                branches: &[Branch<T>],
            ) -> ::std::result::Result<T, E>
            where
                T: ::serde::Serialize,
                E: ::serde::de::Error,
            {
                let is_meant = |branch: &&Branch<T>| {
                    discriminator.is_some_and(|name| branch.has_tag(value, name) == Some(true))
                };
                let mut candidates: ::std::vec::Vec<&Branch<T>> = branches.iter().filter(is_meant).collect();
                if candidates.is_empty() {
                    candidates = branches.iter().filter(|branch| branch.is_default).collect();
                }
                if candidates.is_empty() {
                    candidates = branches.iter().filter(|branch| branch.can_be(value, discriminator)).collect();
                }
                // A discriminator validates nothing (OpenAPI 3.1.0 §4.8.25): where its type does not fit, the others are tried.
                let mut reason = ::std::option::Option::None;
                if let [only] = candidates.as_slice() {
                    match (only.read)(value) {
                        Ok(read) => return Ok(read),
                        Err(error) => reason = ::std::option::Option::Some(error),
                    }
                    let only: *const Branch<T> = *only;
                    candidates = branches.iter().filter(|branch| !::std::ptr::eq(*branch, only)).collect();
                } else if candidates.is_empty() {
                    candidates = branches.iter().collect();
                }
                let size = size(value);
                let before = WORK.get();
                let is_outermost = before.1 == 0;
                if is_outermost {
                    WORK.set((size.saturating_mul(64), 1));
                }
                let counted = COUNT.get();
                let mut best: ::std::option::Option<(_, _, T)> = ::std::option::Option::None;
                for (index, branch) in candidates.into_iter().enumerate() {
                    // Nested unions multiply the work, so it is limited: beyond the limit, the first candidate is read.
                    let (left, depth) = WORK.get();
                    if (index > 0 || reason.is_some()) && left < size {
                        break;
                    }
                    WORK.set((left.saturating_sub(size), depth));
                    COUNT.set((0, 0));
                    let Ok(read) = (branch.read)(value) else { continue };
                    let (known, unknown) = COUNT.get();
                    let lost = ::serde_json::to_value(&read).map_or(usize::MAX, |again| lost(value, &again));
                    let is_other = |(name, _): &&(&str, _)| branch.has_tag(value, name) == Some(false);
                    let others = branch.tags.iter().filter(is_other).count();
                    let lost = lost.saturating_add(unknown + others);
                    let rank = (lost > 0).then_some((::std::cmp::Reverse(known), lost));
                    if best.as_ref().is_none_or(|(least, ..)| &rank < least) {
                        best = ::std::option::Option::Some((rank, (known, unknown), read));
                    }
                    if rank.is_none() {
                        break;
                    }
                }
                COUNT.set(counted);
                if is_outermost {
                    WORK.set(before);
                }
                let Some((_, (known, unknown), read)) = best else {
                    return Err(match reason {
                        Some(reason) => E::custom(reason),
                        None => E::custom("none of the documented types fits the value"),
                    });
                };
                count(known, unknown);
                Ok(read)
            }

            ::std::thread_local! {
                /// How many known and unknown values of enums have been read on this thread.
                static COUNT: ::std::cell::Cell<(usize, usize)> = const { ::std::cell::Cell::new((0, 0)) };

                /// How many parts may still be read for the outermost union on this thread, and whether there is one.
                static WORK: ::std::cell::Cell<(usize, usize)> = const { ::std::cell::Cell::new((0, 0)) };
            }

            /// Counts values of enums.
            pub(super) fn count(known: usize, unknown: usize) {
                let before = COUNT.get();
                COUNT.set((before.0.wrapping_add(known), before.1.wrapping_add(unknown)));
            }

            /// How many parts a value has.
            fn size(value: &::serde_json::Value) -> usize {
                match value {
                    ::serde_json::Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
                    ::serde_json::Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
                    _ => 1,
                }
            }

            /// How many parts of a value the other lacks or has differently; `1` and `1.0` are the same.
            fn lost(one: &::serde_json::Value, other: &::serde_json::Value) -> usize {
                use ::serde_json::Value;
                match (one, other) {
                    (Value::Object(one), Value::Object(other)) => {
                        let parts = one.iter().map(|(key, value)| {
                            other.get(key).map_or_else(|| size(value), |again| lost(value, again))
                        });
                        parts.sum::<usize>() + other.keys().filter(|key| !one.contains_key(*key)).count()
                    }
                    (Value::Array(one), Value::Array(other)) => {
                        let parts = one.iter().zip(other).map(|(one, other)| lost(one, other));
                        parts.sum::<usize>() + one.len().abs_diff(other.len())
                    }
                    (Value::Number(one), Value::Number(other)) => {
                        usize::from(one != other && one.as_f64() != other.as_f64())
                    }
                    (one, other) if one == other => 0,
                    // serde reads an array as an object as well.
                    (one, _) => size(one),
                }
            }
        }
    });
    true
}

fn union(item: &mut Item) -> Option<&mut ItemEnum> {
    match item {
        Item::Enum(item) if has_serde(&item.attrs, "untagged") => Some(item),
        _ => None,
    }
}

/// The `Deserialize` of a union; `None` if no variant can be taken for another: at most one has parts that could be lost, and no
/// open enum competes with a string.
fn reader(item: &mut ItemEnum, plan: Option<&Union>, open: &BTreeSet<String>) -> Option<ItemImpl> {
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
    let discriminator: Expr = match plan.and_then(|plan| plan.discriminator.as_ref()) {
        Some(name) => parse_quote!(::std::option::Option::Some(#name)),
        None => parse_quote!(::std::option::Option::None),
    };
    let branches = variants.iter().enumerate().map(|(index, (name, of))| -> Expr {
        let planned = plan.and_then(|plan| plan.branches.get(index));
        let tags =
            planned.into_iter().flat_map(|branch: &Branch| &branch.tags).map(|(name, values)| -> Expr {
                let values = values.iter().map(ToString::to_string);
                parse_quote!((#name, &[#(#values),*]))
            });
        let required = planned.into_iter().flat_map(|branch| &branch.required);
        let is_object = planned.is_some_and(|branch| branch.is_object);
        let is_default = planned.is_some_and(|branch| branch.is_default);
        let read: Expr = if holds_integers(&mut Type::clone(of)) {
            parse_quote!(<integers::Integer<#of> as ::serde::Deserialize>::deserialize(value).map(|read| Self::#name(read.0)))
        } else {
            parse_quote!(<#of as ::serde::Deserialize>::deserialize(value).map(Self::#name))
        };
        parse_quote! {
            unions::Branch {
                tags: &[#(#tags),*],
                required: &[#(#required),*],
                is_object: #is_object,
                is_default: #is_default,
                read: |value| #read,
            }
        }
    });
    let reader = parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #ident {
            fn deserialize<__D>(deserializer: __D) -> ::std::result::Result<Self, __D::Error>
            where
                __D: ::serde::Deserializer<'de>,
            {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                unions::closest(&value, #discriminator, &[#(#branches),*])
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
