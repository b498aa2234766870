//! Checks for errors that rustc would report: two items with one name, a type that contains itself, and what needs serde's
//! derive, which the crate need not have.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Fields, GenericArgument, ImplItem, Item, PathArguments, Type};

use super::ast::{derives, type_name};

/// An error that rustc would report, and the type or builder that has it.
pub(super) struct Unsound {
    /// The name of the type, or of the builder of an operation.
    pub(super) of: String,
    pub(super) reason: String,
}

/// Checks the items of a module and of those in it.
pub(super) fn check(items: &[Item]) -> Vec<Unsound> {
    let mut found = Vec::new();
    let mut held = BTreeMap::new();
    let (mut types, mut values, mut methods) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for item in items {
        let own = match item {
            Item::Struct(item) => {
                let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
                twice(&item.ident, "field", fields, &mut found);
                held.insert(item.ident.to_string(), by_value(&item.fields));
                derived(&item.ident, &item.attrs, &mut found);
                types.insert(item.ident.to_string()).then_some(()).ok_or(&item.ident)
            }
            Item::Enum(item) => {
                twice(&item.ident, "variant", item.variants.iter().map(|variant| &variant.ident), &mut found);
                let fields = item.variants.iter().flat_map(|variant| by_value(&variant.fields));
                held.insert(item.ident.to_string(), fields.collect());
                derived(&item.ident, &item.attrs, &mut found);
                types.insert(item.ident.to_string()).then_some(()).ok_or(&item.ident)
            }
            Item::Type(item) => types.insert(item.ident.to_string()).then_some(()).ok_or(&item.ident),
            Item::Trait(item) => types.insert(item.ident.to_string()).then_some(()).ok_or(&item.ident),
            Item::Mod(item) => {
                found.extend(item.content.iter().flat_map(|(_, items)| check(items)));
                types.insert(item.ident.to_string()).then_some(()).ok_or(&item.ident)
            }
            Item::Fn(item) => values.insert(item.sig.ident.to_string()).then_some(()).ok_or(&item.sig.ident),
            Item::Impl(item) => {
                let Some(of) = type_name(&item.self_ty) else { continue };
                let owner = item.self_ty.to_token_stream().to_string();
                match &item.trait_ {
                    Some((path, _)) => {
                        let of_trait = format!("{owner} {}", path.to_token_stream());
                        methods.insert(of_trait).then_some(()).ok_or(of)
                    }
                    None => {
                        for function in &item.items {
                            let ImplItem::Fn(function) = function else { continue };
                            let name = &function.sig.ident;
                            if !methods.insert(format!("{owner}::{name}")) {
                                let reason = format!("two methods would be called `{name}`");
                                found.push(Unsound { of: of.to_string(), reason });
                            }
                        }
                        Ok(())
                    }
                }
            }
            _ => Ok(()),
        };
        if let Err(ident) = own {
            let reason = match item {
                Item::Impl(_) => "two conversions would be the same".to_owned(),
                _ => format!("two items would be called `{ident}`"),
            };
            found.push(Unsound { of: ident.to_string(), reason });
        }
    }
    found.extend(endless(&held));
    found
}

/// Reports what serde would derive for a type.
fn derived(of: &syn::Ident, attributes: &[syn::Attribute], found: &mut Vec<Unsound>) {
    for name in ["Deserialize", "Serialize"].into_iter().filter(|name| derives(attributes, name)) {
        found.push(Unsound { of: of.to_string(), reason: format!("`{name}` would need serde's derive") });
    }
}

/// Reports duplicate names in a type.
fn twice<'a>(
    of: &syn::Ident,
    what: &str,
    names: impl Iterator<Item = &'a syn::Ident>,
    found: &mut Vec<Unsound>,
) {
    let mut seen = BTreeSet::new();
    for name in names.filter(|name| !seen.insert((*name).clone())) {
        let reason = format!("two {what}s would be called `{name}`");
        found.push(Unsound { of: of.to_string(), reason });
    }
}

/// The types of fields, except those behind a pointer.
fn by_value(fields: &Fields) -> Vec<String> {
    let mut held = Vec::new();
    fields.iter().for_each(|field| collect(&field.ty, &mut held));
    held
}

fn collect(of: &Type, held: &mut Vec<String>) {
    match of {
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|of| collect(of, held)),
        Type::Array(array) => collect(&array.elem, held),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return };
            match &last.arguments {
                PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
                    arguments.args.iter().for_each(|argument| {
                        if let GenericArgument::Type(of) = argument {
                            collect(of, held);
                        }
                    });
                }
                PathArguments::None if path.path.segments.len() == 1 => held.push(last.ident.to_string()),
                _ => {}
            }
        }
        _ => {}
    }
}

/// The types that contain themselves.
fn endless(held: &BTreeMap<String, Vec<String>>) -> Vec<Unsound> {
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for start in held.keys() {
        // Depth first, with a list of its own: types may be nested as deep as schemas.
        let mut open: Vec<(&String, usize)> = vec![(start, 0)];
        while let Some((name, next)) = open.pop() {
            if done.contains(name) {
                continue;
            }
            let Some(part) = held.get(name).and_then(|parts| parts.get(next)) else {
                done.insert(name.clone());
                continue;
            };
            open.push((name, next + 1));
            if open.iter().any(|(other, _)| *other == part) {
                let reason = "the type would contain itself".to_owned();
                found.push(Unsound { of: part.clone(), reason });
            } else if held.contains_key(part) {
                open.push((part, 0));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let file = syn::parse_file(source).expect("source that parses");
        check(&file.items).into_iter().map(|Unsound { of, reason }| format!("{of}: {reason}")).collect()
    }

    #[test]
    fn names_are_unique_where_rust_wants_it() {
        let source = "
            mod types {
                struct A { a: u8, a: u8 }
                enum B { C, C(u8) }
                type A = u8;
                impl A { fn x(self) {} }
                impl A { fn x(&self) {} }
                impl From<A> for B {}
                impl From<A> for B {}
                fn f() {}
                fn f() {}
            }
        ";
        assert_eq!(
            found(source),
            [
                "A: two fields would be called `a`",
                "B: two variants would be called `C`",
                "A: two items would be called `A`",
                "A: two methods would be called `x`",
                "B: two conversions would be the same",
                "f: two items would be called `f`",
            ]
        );
        // A type and a function, a trait's method and one's own, and other modules have name spaces of their own.
        let fine = "
            struct a { x: u8 } fn a() {} mod b { struct a; } enum C { A, B }
            impl a { fn x(self) {} } impl X for a { fn x(self) {} } impl From<u8> for a {} impl From<u16> for a {}
        ";
        assert_eq!(found(fine), [""; 0]);
    }

    #[test]
    fn a_type_is_behind_a_pointer_in_itself() {
        let endless = "struct A { b: ::std::option::Option<B> } enum B { C((u8, C)) } struct C { a: [A; 2] } struct D { a: A }";
        assert_eq!(found(endless), ["A: the type would contain itself"]);
        let fine =
            "struct A { b: Box<A>, c: Vec<A>, d: super::A, e: Option<B> } struct B { a: Option<Box<A>> }";
        assert_eq!(found(fine), [""; 0]);
    }
}
