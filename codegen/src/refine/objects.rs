//! Implements `Deserialize` and `Serialize` for structs by a table of their properties: what serde derives takes most of the time
//! that a client takes to compile.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Fields, Item, ItemStruct, Meta, Path, Token, parse_quote};

use super::ast::{is_option, literal, module, serde_value, wire_value, without_derive};

/// `#[derive(Deserialize, Serialize)] pub struct A { … }` ⇒ `pub struct A { … } object! { A … }`
///
/// This comes after all edits that read the attributes of serde for structs. A struct that also keeps properties without a name keeps
/// what is derived. Functions that only the attributes of others named are removed.
pub(super) fn refine(types: &mut Vec<Item>, handwritten: &Path) {
    let derived = std::mem::take(types);
    for mut item in derived {
        let table = table_of(&mut item, handwritten);
        types.push(item);
        types.extend(table);
    }
    let named = named_functions(types);
    types.retain(|item| !is_unnamed(item, "", &named));
    if let Some(integers) = module(types, "integers") {
        integers.retain(|item| !is_unnamed(item, "integers::", &named));
    }
}

/// The functions that derived code reads fields with.
fn named_functions(types: &[Item]) -> BTreeSet<String> {
    let of_structs = types.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item.fields.iter()),
        _ => None,
    });
    let of_enums = types.iter().filter_map(|item| match item {
        Item::Enum(item) => Some(item.variants.iter().flat_map(|variant| &variant.fields)),
        _ => None,
    });
    let fields = of_structs.flatten().chain(of_enums.flatten());
    fields.filter_map(|field| serde_value(&field.attrs, "deserialize_with")).collect()
}

/// Whether it is a function that is not named.
fn is_unnamed(item: &Item, module: &str, named: &BTreeSet<String>) -> bool {
    matches!(item, Item::Fn(function) if !named.contains(&format!("{module}{}", function.sig.ident)))
}

fn table_of(item: &mut Item, handwritten: &Path) -> Option<Item> {
    let Item::Struct(item) = item else { return None };
    let properties = Property::all(item)?;
    let mut attributes = item.attrs.clone();
    if !["Deserialize", "Serialize"].iter().all(|name| without_derive(&mut attributes, name)) {
        return None;
    }
    item.attrs = attributes;
    item.fields.iter_mut().for_each(|field| field.attrs.retain(|attribute| !is_serde(attribute)));
    Some(table(&item.ident, &properties, handwritten))
}

/// A property of an object.
struct Property {
    field: Ident,
    /// The name on the wire.
    name: String,
    /// What the macro calls it.
    kind: &'static str,
    /// Whether it is read by `integers`.
    has_integers: bool,
}

const REQUIRED: &str = "required";

impl Property {
    /// The properties of a struct; `None` if one of them is read or written in another way.
    fn all(item: &ItemStruct) -> Option<Vec<Self>> {
        let Fields::Named(fields) = &item.fields else { return None };
        if item.attrs.iter().any(is_serde) || !item.generics.params.is_empty() {
            return None;
        }
        fields.named.iter().map(Self::of).collect()
    }

    fn of(field: &Field) -> Option<Self> {
        let ident = field.ident.clone()?;
        let name = wire_value(&field.attrs, &ident).trim_start_matches("r#").to_owned();
        let (mut function, mut has_default, mut is_skipped) = (None, false, false);
        for attribute in field.attrs.iter().filter(|attribute| is_serde(attribute)) {
            let settings = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            for setting in settings {
                match setting {
                    Meta::Path(path) if path.is_ident("default") => has_default = true,
                    Meta::NameValue(setting) if setting.path.is_ident("rename") => {}
                    Meta::NameValue(setting) if setting.path.is_ident("deserialize_with") => {
                        function = Some(literal(&setting.value)?.value());
                    }
                    Meta::NameValue(setting) if setting.path.is_ident("skip_serializing_if") => {
                        is_skipped = true;
                        literal(&setting.value)
                            .filter(|text| text.value() == "::std::option::Option::is_none")?;
                    }
                    _ => return None,
                }
            }
        }
        let (has_integers, is_nullable) = match function.as_deref() {
            None | Some("::std::option::Option::deserialize") => (false, false),
            Some("present") => (false, true),
            Some("integers::read") => (true, false),
            Some("integers::present") => (true, true),
            Some(_) => return None,
        };
        // serde's default for an `Option` that it reads itself.
        let is_optional = has_default || is_option(&field.ty) && function.is_none();
        let kind = match (is_optional, is_nullable, is_skipped) {
            (false, false, false) => REQUIRED,
            (true, false, true) => "optional",
            (true, true, true) => "nullable",
            (true, false, false) => "default",
            _ => return None,
        };
        Some(Self { field: ident, name, kind, has_integers })
    }
}

/// `object! { A [b] 0 "b" b required; 1 "c" c optional integers; }`
fn table(of: &Ident, properties: &[Property], handwritten: &Path) -> Item {
    let required = properties.iter().filter(|property| property.kind == REQUIRED);
    let required = required.map(|property| &property.field);
    let rows = properties.iter().enumerate().map(|(index, property)| {
        let Property { field, name, kind, has_integers } = property;
        let (index, kind) = (Literal::usize_unsuffixed(index), format_ident!("{kind}"));
        let integers = has_integers.then(|| quote!(integers));
        quote!(#index #name #field #kind #integers;)
    });
    parse_quote!(#handwritten::object! { #of [#(#required)*] #(#rows)* })
}

fn is_serde(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refined(source: &str) -> String {
        let mut types = syn::parse_file(source).expect("it parses").items;
        refine(&mut types, &parse_quote!(::a::b));
        let file = syn::File { frontmatter: None, shebang: None, attrs: Vec::new(), items: types };
        prettyplease::unparse(&file).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_property_is_a_row() {
        let source = r#"
            #[derive(::serde::Deserialize, ::serde::Serialize, Clone)]
            pub struct A {
                #[serde(rename = "the b")] pub b: u8,
                #[serde(deserialize_with = "::std::option::Option::deserialize")] pub c: ::std::option::Option<u8>,
                #[serde(skip_serializing_if = "::std::option::Option::is_none")] pub d: ::std::option::Option<u8>,
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
                #[serde(default, deserialize_with = "present")]
                pub e: ::std::option::Option<::std::option::Option<u8>>,
                #[serde(default)] pub f: ::std::vec::Vec<u8>,
                #[serde(deserialize_with = "integers::read")] pub g: i64,
                #[serde(default, deserialize_with = "integers::present", skip_serializing_if = "::std::option::Option::is_none")]
                pub h: ::std::option::Option<::std::option::Option<i64>>,
            }
        "#;
        let expected = r#"#[derive(Clone)] pub struct A { pub b: u8, pub c: ::std::option::Option<u8>, pub d: ::std::option::Option<u8>, pub e: ::std::option::Option<::std::option::Option<u8>>, pub f: ::std::vec::Vec<u8>, pub g: i64, pub h: ::std::option::Option<::std::option::Option<i64>>, } ::a::b::object! { A[b c g] 0 "the b" b required; 1 "c" c required; 2 "d" d optional; 3 "e" e nullable; 4 "f" f default; 5 "g" g required integers; 6 "h" h nullable integers; }"#;
        assert_eq!(refined(source), expected);
    }

    #[test]
    fn functions_are_kept_for_what_is_derived() {
        let functions = "fn present() {} mod integers { fn read() {} fn present() {} struct Integer; }";
        let left = |structs: &str| {
            let refined = refined(&format!("{structs} {functions}"));
            let (_, functions) = refined
                .split_at(refined.find("fn present() {} mod").or(refined.find("mod")).expect("a module"));
            functions.to_owned()
        };
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize)]";
        let row =
            format!("{derive} pub struct A {{ #[serde(deserialize_with = \"integers::read\")] pub a: i64 }}");
        assert_eq!(left(&row), "mod integers { struct Integer; }");
        for (derived, expected) in [
            (
                "struct B(#[serde(deserialize_with = \"integers::read\")] i64);",
                "mod integers { fn read() {} struct Integer; }",
            ),
            (
                "enum B { C(#[serde(deserialize_with = \"integers::present\")] i64) }",
                "mod integers { fn present() {} struct Integer; }",
            ),
            (
                "struct B { #[serde(flatten)] c: C, #[serde(default, deserialize_with = \"present\")] d: D }",
                "fn present() {} mod integers { struct Integer; }",
            ),
        ] {
            assert_eq!(left(&format!("{row} {derive} {derived}")), expected, "{derived}");
        }
    }

    /// What a row cannot say stays with serde.
    #[test]
    fn what_is_read_in_another_way_is_derived() {
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize)]";
        for item in [
            "pub struct A { #[serde(flatten)] pub b: B }",
            "#[serde(deny_unknown_fields)] pub struct A { pub b: u8 }",
            "pub struct A<'a> { pub b: &'a str }",
            "pub struct A { #[serde(deserialize_with = \"other\")] pub b: u8 }",
            "pub struct A { #[serde(default, skip_serializing_if = \"Vec::is_empty\")] pub b: Vec<u8> }",
            "pub struct A { #[serde(skip_serializing_if = \"::std::option::Option::is_none\")] #[serde(deserialize_with = \"integers::read\")] pub b: ::std::option::Option<i64> }",
            "pub struct A(pub u8);",
        ] {
            let source = format!("{derive} {item}");
            let same = refined(&source);
            assert!(same.starts_with(derive) && !same.contains("object!"), "{same}");
            assert_eq!(same.contains("serde("), item.contains("serde("), "{same}");
        }
        let one = "#[derive(::serde::Serialize)] pub struct A { pub b: u8 }";
        assert!(refined(one).starts_with("#[derive(::serde::Serialize)]"));
    }
}
