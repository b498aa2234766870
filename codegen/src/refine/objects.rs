//! Implements `Deserialize` and `Serialize` for structs by a table of their properties: what serde derives takes most of the time
//! that a client takes to compile.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Field, Fields, Item, ItemStruct, Meta, Path, Token, parse_quote};

use super::ast::{
    has_serde, is_option, is_serde, literal, serde_settings, serde_value, wire_value, without_derive,
};

/// `#[derive(Deserialize, Serialize)] pub struct A { … }` ⇒ `pub struct A { … } object! { A … }`
///
/// This comes after all edits that read the attributes of serde for structs.
pub(super) fn refine(types: &mut Vec<Item>, handwritten: &Path) {
    let derived = std::mem::take(types);
    for mut item in derived {
        let table = table_of(&mut item, handwritten);
        types.push(item);
        types.extend(table);
    }
}

fn table_of(item: &mut Item, handwritten: &Path) -> Option<Item> {
    let Item::Struct(item) = item else { return None };
    let is_closed = match serde_settings(&item.attrs).collect::<Vec<_>>().as_slice() {
        [] => false,
        [Meta::Path(path)] if path.is_ident("deny_unknown_fields") => true,
        _ => return None,
    };
    let (properties, extra) = Property::all(item)?;
    if is_closed && extra.is_some() {
        return None;
    }
    let mut attributes = item.attrs.clone();
    if !["Deserialize", "Serialize"].iter().all(|name| without_derive(&mut attributes, name)) {
        return None;
    }
    attributes.retain(|attribute| !is_serde(attribute));
    item.attrs = attributes;
    item.fields.iter_mut().for_each(|field| field.attrs.retain(|attribute| !is_serde(attribute)));
    let (of, required, rows) = (&item.ident, required(&properties), rows(&properties));
    let closed = is_closed.then(|| format_ident!("closed"));
    let extra = extra.map(|Extra { field, has_integers }| {
        let integers = has_integers.then(|| quote!(integers));
        quote!(.. #field #integers)
    });
    Some(parse_quote!(#handwritten::object! { #closed #of [#required] #rows #extra }))
}

/// Whether a field with this function in `deserialize_with` is read by `integers`, and whether `null` is one of its values, apart from
/// absent. `None` for other functions.
pub(super) fn read_by(function: Option<&str>) -> Option<(bool, bool)> {
    match function {
        // The second is typify's, of a required nullable property.
        None | Some("::std::option::Option::deserialize") => Some((false, false)),
        Some("present") => Some((false, true)),
        Some("integers::read") => Some((true, false)),
        Some("integers::present") => Some((true, true)),
        Some(_) => None,
    }
}

/// The field that holds the properties without a field of their own.
struct Extra {
    field: Ident,
    /// Whether its values are read by `integers`.
    has_integers: bool,
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
    /// The properties of a struct, and the field of all others; `None` if one of them is read or written in another way.
    fn all(item: &ItemStruct) -> Option<(Vec<Self>, Option<Extra>)> {
        let Fields::Named(fields) = &item.fields else { return None };
        if !item.generics.params.is_empty() {
            return None;
        }
        let (extra, own): (Vec<_>, Vec<_>) =
            fields.named.iter().partition(|field| has_serde(&field.attrs, "flatten"));
        let extra = match extra.as_slice() {
            [] => None,
            [extra] => Some(Extra::of(extra)?),
            _ => return None,
        };
        Some((own.into_iter().map(Self::of).collect::<Option<_>>()?, extra))
    }

    fn of(field: &Field) -> Option<Self> {
        let ident = field.ident.clone()?;
        let name = wire_value(&field.attrs, &ident);
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
        let (has_integers, is_nullable) = read_by(function.as_deref())?;
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

impl Extra {
    fn of(field: &Field) -> Option<Self> {
        let function = serde_value(&field.attrs, "deserialize_with");
        let settings = 1 + usize::from(function.is_some());
        let (has_integers, is_nullable) = read_by(function.as_deref())?;
        if is_nullable || serde_settings(&field.attrs).count() != settings {
            return None;
        }
        Some(Self { field: field.ident.clone()?, has_integers })
    }
}

/// `b c`
fn required(properties: &[Property]) -> TokenStream {
    let required = properties.iter().filter(|property| property.kind == REQUIRED);
    let required = required.map(|property| &property.field);
    quote!(#(#required)*)
}

/// `0 "b" b required; 1 "c" c optional integers;`
fn rows(properties: &[Property]) -> TokenStream {
    let rows = properties.iter().enumerate().map(|(index, property)| {
        let Property { field, name, kind, has_integers } = property;
        let (index, kind) = (Literal::usize_unsuffixed(index), format_ident!("{kind}"));
        let integers = has_integers.then(|| quote!(integers));
        quote!(#index #name #field #kind #integers;)
    });
    quote!(#(#rows)*)
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
    fn other_properties_are_denied_or_kept() {
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize)]";
        let fields = "#[serde(default)] pub b: u8, #[serde(flatten)] pub c: Map<u8>";
        assert_eq!(
            refined(&format!("{derive} pub struct A {{ {fields} }}")),
            "pub struct A { pub b: u8, pub c: Map<u8>, } ::a::b::object! { A[] 0 \"b\" b default; ..c }"
        );
        let integers = "#[serde(flatten)] #[serde(deserialize_with = \"integers::read\")] pub c: Map<u8>";
        assert_eq!(
            refined(&format!("{derive} pub struct A {{ {integers} }}")),
            "pub struct A { pub c: Map<u8>, } ::a::b::object! { A[]..c integers }"
        );
        assert_eq!(
            refined(&format!("{derive} #[serde(deny_unknown_fields)] pub struct A {{ pub b: u8 }}")),
            "pub struct A { pub b: u8, } ::a::b::object! { closed A[b] 0 \"b\" b required; }"
        );
    }

    /// What a row cannot say stays with serde.
    #[test]
    fn what_is_read_in_another_way_is_derived() {
        let derive = "#[derive(::serde::Deserialize, ::serde::Serialize)]";
        for item in [
            "pub struct A { #[serde(flatten)] pub b: B, #[serde(flatten)] pub c: C }",
            "pub struct A { #[serde(default, flatten)] pub b: B }",
            "#[serde(deny_unknown_fields)] pub struct A { #[serde(flatten)] pub b: B }",
            "#[serde(default)] pub struct A { pub b: u8 }",
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
