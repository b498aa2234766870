//! Implements `Deserialize` and `Serialize` by a macro for types that are read and written as their only field.

use proc_macro2::Ident;
use quote::format_ident;
use syn::{Fields, Item, Meta, Path, parse_quote};

use super::ast::{serde_settings, without_derive};

/// `#[derive(Serialize)] #[serde(transparent)] pub struct A(String);` ⇒ `pub struct A(String); transparent! { A: Serialize }`
///
/// With `objects`, it leaves no struct of most documents to serde's derive, which is longer to compile than all these impls.
pub(super) fn refine(types: &mut Vec<Item>, handwritten: &Path) {
    let derived = std::mem::take(types);
    for mut item in derived {
        let implemented = without_derives(&mut item);
        types.push(item);
        if let Some((name, traits)) = implemented {
            types.push(parse_quote!(#handwritten::transparent! { #name: #(#traits),* }));
        }
    }
}

/// Removes what is derived. Returns the type and the traits.
fn without_derives(item: &mut Item) -> Option<(Ident, Vec<Ident>)> {
    let Item::Struct(item) = item else { return None };
    let settings: Vec<Meta> = serde_settings(&item.attrs).collect();
    let is_transparent = matches!(&*settings, [Meta::Path(path)] if path.is_ident("transparent"));
    let has_one_field = matches!(&item.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    let is_plain = item.generics.params.is_empty() && item.fields.iter().all(|field| field.attrs.is_empty());
    if !(is_transparent && has_one_field && is_plain) {
        return None;
    }
    let of_serde = ["Deserialize", "Serialize"].into_iter();
    let traits: Vec<Ident> = of_serde
        .filter(|name| without_derive(&mut item.attrs, name))
        .map(|name| format_ident!("{name}"))
        .collect();
    item.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
    (!traits.is_empty()).then(|| (item.ident.clone(), traits))
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens as _, quote};

    use super::*;

    fn refined(source: &str) -> String {
        let mut types = syn::parse_file(source).expect("Rust").items;
        refine(&mut types, &parse_quote!(crate::support));
        quote!(#(#types)*).to_string()
    }

    fn code(source: &str) -> String {
        syn::parse_file(source).expect("Rust").to_token_stream().to_string()
    }

    #[test]
    fn a_type_that_is_its_field_has_no_derive_of_serde() {
        assert_eq!(
            refined(
                "#[derive(::serde::Deserialize, ::serde::Serialize, Clone)] #[serde(transparent)] pub struct A(String);"
            ),
            code(
                "#[derive(Clone)] pub struct A(String); crate::support::transparent! { A: Deserialize, Serialize }"
            )
        );
    }

    #[test]
    fn a_type_that_checks_what_it_reads_keeps_that() {
        assert_eq!(
            refined(
                "#[derive(::serde::Serialize)] #[serde(transparent)] pub struct A(String); impl<'de> ::serde::Deserialize<'de> for A {}"
            ),
            code(
                "pub struct A(String); crate::support::transparent! { A: Serialize } impl<'de> ::serde::Deserialize<'de> for A {}"
            )
        );
    }

    #[test]
    fn what_serde_reads_in_another_way_is_left_to_it() {
        for source in [
            "#[derive(::serde::Serialize)] pub struct A(String);",
            "#[derive(::serde::Serialize)] #[serde(transparent, into = \"u8\")] pub struct A(String);",
            "#[derive(::serde::Serialize)] #[serde(transparent)] pub struct A { pub b: u8 }",
            "#[derive(::serde::Serialize)] #[serde(transparent)] pub struct A(#[serde(with = \"b\")] String);",
            "#[derive(::serde::Serialize)] #[serde(transparent)] pub struct A<T>(T);",
            "#[derive(::serde::Serialize)] #[serde(untagged)] pub enum A { B(u8) }",
        ] {
            assert_eq!(refined(source), code(source));
        }
    }
}
