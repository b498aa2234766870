//! Implements `Deserialize` and `Serialize` for types whose fields have no names (newtypes, unions and tuples) by macros: the client then
//! needs no derive of serde's, and compiles faster.

use proc_macro2::Ident;
use quote::{format_ident, quote};
use syn::{Attribute, Field, Fields, Item, ItemEnum, ItemStruct, Path, parse_quote};

use super::ast::{has_serde, is_serde, serde_settings, serde_value, without_derive};
use super::objects::read_by;

/// `#[derive(Serialize)] #[serde(transparent)] struct A(B);` ⇒ `struct A(B); transparent! { A: Serialize }`
/// `#[derive(Deserialize, Serialize)] #[serde(untagged)] enum A { B(B), C(C) }` ⇒ `enum A { B(B), C(C) } untagged! { A: Deserialize, Serialize; B, C }`
/// `#[derive(Deserialize, Serialize)] struct A(B, C);` ⇒ `struct A(B, C); tuple! { A: 0, 1 }`
///
/// This comes after all edits that read the attributes of serde.
pub(super) fn refine(types: &mut Vec<Item>, handwritten: &Path) {
    let derived = std::mem::take(types);
    for mut item in derived {
        let call = match &mut item {
            Item::Struct(item) => of_struct(item, handwritten),
            Item::Enum(item) => of_enum(item, handwritten),
            _ => None,
        };
        types.push(item);
        types.extend(call);
    }
}

fn of_struct(item: &mut ItemStruct, handwritten: &Path) -> Option<Item> {
    let Fields::Unnamed(fields) = &mut item.fields else { return None };
    let ways: Vec<_> = fields.unnamed.iter().map(way).collect::<Option<_>>()?;
    let traits = underived(&mut item.attrs)?;
    fields.unnamed.iter_mut().for_each(|field| field.attrs.retain(|attribute| !is_serde(attribute)));
    let of = &item.ident;
    Some(match ways.as_slice() {
        [way] => {
            let traits = traits.iter().map(|name| {
                let way = way.as_ref().filter(|_| *name == DESERIALIZE);
                let name = format_ident!("{name}");
                quote!(#name #way)
            });
            parse_quote!(#handwritten::transparent! { #of: #(#traits),* })
        }
        ways => {
            let fields = ways.iter().enumerate().map(|(index, way)| {
                let index = syn::Index::from(index);
                quote!(#index #way)
            });
            parse_quote!(#handwritten::tuple! { #of: #(#fields),* })
        }
    })
}

fn of_enum(item: &mut ItemEnum, handwritten: &Path) -> Option<Item> {
    if !has_serde(&item.attrs, "untagged") {
        return None;
    }
    let ways = item.variants.iter().map(|variant| match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Some((&variant.ident, way(&fields.unnamed[0])?))
        }
        _ => None,
    });
    let ways: Vec<_> = ways.collect::<Option<_>>()?;
    let variants = ways.iter().map(|(name, way)| quote!(#name #way));
    let of = &item.ident;
    let variants = quote!(#(#variants),*);
    let traits = underived(&mut item.attrs)?.into_iter().map(|name| format_ident!("{name}"));
    for field in item.variants.iter_mut().flat_map(|variant| &mut variant.fields) {
        field.attrs.retain(|attribute| !is_serde(attribute));
    }
    Some(parse_quote!(#handwritten::untagged! { #of: #(#traits),*; #variants }))
}

const DESERIALIZE: &str = "Deserialize";

/// Removes what serde derives, and its attributes; `None` if it derives nothing.
fn underived(attributes: &mut Vec<Attribute>) -> Option<Vec<&'static str>> {
    let mut traits = vec![DESERIALIZE, "Serialize"];
    traits.retain(|name| without_derive(attributes, name));
    attributes.retain(|attribute| !is_serde(attribute));
    (!traits.is_empty()).then_some(traits)
}

/// How a field is read: by itself, or as `integers`. `None` if neither.
fn way(field: &Field) -> Option<Option<Ident>> {
    let function = serde_value(&field.attrs, "deserialize_with");
    let (has_integers, is_nullable) = read_by(function.as_deref())?;
    if is_nullable || serde_settings(&field.attrs).count() != usize::from(function.is_some()) {
        return None;
    }
    Some(has_integers.then(|| format_ident!("integers")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refined(source: &str) -> String {
        let mut types = syn::parse_file(source).expect("it parses").items;
        refine(&mut types, &parse_quote!(::a::b));
        quote!(#(#types)*).to_string().replace(' ', "")
    }

    fn assert_refined(source: &str, expected: &str) {
        assert_eq!(refined(source), expected.replace(' ', ""), "{source}");
    }

    #[test]
    fn each_form_has_a_macro() {
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize, Clone)]";
        assert_refined(
            &format!("{derive} #[serde(transparent)] pub struct A(pub B);"),
            "#[derive(Clone)] pub struct A(pub B); ::a::b::transparent! { A: Deserialize, Serialize }",
        );
        assert_refined(
            "#[derive(::serde::Serialize)] #[serde(transparent)] pub struct A(B);",
            "pub struct A(B); ::a::b::transparent! { A: Serialize }",
        );
        assert_refined(
            &format!("{derive} #[serde(untagged)] pub enum A {{ B(B), C(Vec<C>) }}"),
            "#[derive(Clone)] pub enum A { B(B), C(Vec<C>) } ::a::b::untagged! { A: Deserialize, Serialize; B, C }",
        );
        assert_refined(
            "#[derive(::serde::Serialize)] #[serde(untagged)] pub enum A { B(B) }",
            "pub enum A { B(B) } ::a::b::untagged! { A: Serialize; B }",
        );
        assert_refined(
            &format!("{derive} pub struct A(pub B, pub C);"),
            "#[derive(Clone)] pub struct A(pub B, pub C); ::a::b::tuple! { A: 0, 1 }",
        );
    }

    #[test]
    fn integers_are_read_as_such() {
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize)]";
        let integer = "#[serde(deserialize_with = \"integers::read\")] i64";
        assert_refined(
            &format!("{derive} #[serde(transparent)] struct A({integer});"),
            "struct A(i64); ::a::b::transparent! { A: Deserialize integers, Serialize }",
        );
        assert_refined(
            &format!("{derive} #[serde(untagged)] enum A {{ B({integer}), C(C) }}"),
            "enum A { B(i64), C(C) } ::a::b::untagged! { A: Deserialize, Serialize; B integers, C }",
        );
        assert_refined(
            &format!("{derive} struct A(B, {integer});"),
            "struct A(B, i64); ::a::b::tuple! { A: 0, 1 integers }",
        );
    }

    /// typify marks a required nullable property, which an item of a tuple was.
    #[test]
    fn an_option_reads_itself() {
        let option = "#[serde(deserialize_with = \"::std::option::Option::deserialize\")] Option<B>";
        assert_refined(
            &format!("#[derive(::serde::Deserialize, ::serde::Serialize)] struct A({option}, C);"),
            "struct A(Option<B>, C); ::a::b::tuple! { A: 0, 1 }",
        );
    }

    #[test]
    fn other_types_stay_as_they_are() {
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize)]";
        for item in [
            "#[serde(untagged)] enum A { B(B, C) }",
            "#[serde(untagged)] enum A { B { c: C } }",
            "#[serde(tag = \"b\")] enum A { B(B) }",
            "#[serde(transparent)] struct A(#[serde(deserialize_with = \"other\")] B);",
            "struct A { b: B }",
        ] {
            let source = format!("{derive} {item}");
            assert_refined(&source, &source);
        }
        assert_refined("#[serde(transparent)] struct A(B);", "struct A(B);");
    }
}
