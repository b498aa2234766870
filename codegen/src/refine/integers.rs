//! Deserializes `1.0` and `1e3` as integers: they are integers in JSON Schema, and floats to serde.

use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Item, Meta, Token, Type, parse_quote};

use super::ast::{is_option, type_argument, type_name};

const INTEGERS: [&str; 8] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];

/// `a: Option<i64>` ⇒ `#[serde(deserialize_with = "integers::read")] a: Option<i64>`
///
/// A number with a zero fractional part is an integer (JSON Schema 2020-12 core §4.2.3), and programs that have floats only
/// write it so. The functions are generated only if a field needs them, or a body that consists of integers: `is_body`.
pub(super) fn refine(types: &mut Vec<Item>, is_body: bool) {
    let mut needed = Needed { integers: is_body, present: false };
    for item in types.iter_mut() {
        match item {
            Item::Struct(item) => item.fields.iter_mut().for_each(|field| read(field, &mut needed)),
            Item::Enum(item) => {
                let is_derived = derives_deserialize(&item.attrs);
                for field in item.variants.iter_mut().flat_map(|variant| &mut variant.fields) {
                    if is_derived {
                        read(field, &mut needed);
                    } else {
                        // A union of which a function reads the variants.
                        needed.integers |= holds_integers(&mut field.ty);
                    }
                }
            }
            _ => {}
        }
    }
    if !needed.integers {
        return;
    }
    // In a module, because a type of the document may have any name.
    types.push(parse_quote! {
        pub(super) mod integers {
            /// Reads integers, also those that are written as `1.0` or `1e3`.
            #[allow(dead_code)]
            pub(super) fn read<'de, D, T>(deserializer: D) -> ::std::result::Result<T, D::Error>
            where
                D: ::serde::Deserializer<'de>,
                T: Integers,
            {
                T::read(deserializer)
            }

            /// An integer, or a collection of integers.
            pub(super) trait Integers: Sized {
                fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error>;
            }

            /// A body of integers, or an item of a collection of integers.
            pub(in super::super) struct Integer<T>(pub(in super::super) T);

            impl<'de, T: Integers> ::serde::Deserialize<'de> for Integer<T> {
                fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    T::read(deserializer).map(Self)
                }
            }

            impl<T: Integers> Integers for ::std::option::Option<T> {
                fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    let read: ::std::option::Option<Integer<T>> = ::serde::Deserialize::deserialize(deserializer)?;
                    Ok(read.map(|integer| integer.0))
                }
            }

            impl<T: Integers> Integers for ::std::boxed::Box<T> {
                fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    T::read(deserializer).map(Self::new)
                }
            }

            impl<T: Integers> Integers for ::std::vec::Vec<T> {
                fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    let read: ::std::vec::Vec<Integer<T>> = ::serde::Deserialize::deserialize(deserializer)?;
                    Ok(read.into_iter().map(|integer| integer.0).collect())
                }
            }

            impl<T: Integers> Integers for ::std::collections::HashMap<::std::string::String, T> {
                fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    let read: ::std::collections::HashMap<::std::string::String, Integer<T>> =
                        ::serde::Deserialize::deserialize(deserializer)?;
                    Ok(read.into_iter().map(|(key, integer)| (key, integer.0)).collect())
                }
            }

            /// Reads one integer. Its error does not quote the value.
            struct Whole<T>(::std::marker::PhantomData<T>);

            impl<T: ::std::convert::TryFrom<i128>> ::serde::de::Visitor<'_> for Whole<T> {
                type Value = T;

                fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    write!(f, "an integer that fits `{}`", ::std::any::type_name::<T>())
                }

                fn visit_i64<E: ::serde::de::Error>(self, value: i64) -> ::std::result::Result<T, E> {
                    self.visit_i128(value.into())
                }

                fn visit_u64<E: ::serde::de::Error>(self, value: u64) -> ::std::result::Result<T, E> {
                    self.visit_i128(value.into())
                }

                fn visit_f64<E: ::serde::de::Error>(self, value: f64) -> ::std::result::Result<T, E> {
                    if value.fract() != 0.0 {
                        return Err(E::custom(format_args!("a fraction, expected {}", &self as &dyn ::serde::de::Expected)));
                    }
                    // Beyond 128 bits the cast saturates, and the result does not fit either.
                    self.visit_i128(value as i128)
                }

                fn visit_i128<E: ::serde::de::Error>(self, value: i128) -> ::std::result::Result<T, E> {
                    T::try_from(value).map_err(|_| {
                        E::custom(format_args!("a number out of range, expected {}", &self as &dyn ::serde::de::Expected))
                    })
                }
            }

            macro_rules! integers {
                ($($of:ty),*) => {$(
                    impl Integers for $of {
                        fn read<'de, D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                            deserializer.deserialize_any(Whole(::std::marker::PhantomData))
                        }
                    }
                )*};
            }

            integers!(i8, i16, i32, i64, u8, u16, u32, u64);
        }
    });
    if needed.present
        && let Some(functions) = super::ast::module(types, "integers")
    {
        functions.push(parse_quote! {
            /// Reads integers of a property that is present, even if it is `null`; an absent one gets its default.
            #[allow(dead_code)]
            pub(super) fn present<'de, D, T>(deserializer: D) -> ::std::result::Result<::std::option::Option<T>, D::Error>
            where
                D: ::serde::Deserializer<'de>,
                T: Integers,
            {
                T::read(deserializer).map(::std::option::Option::Some)
            }
        });
    }
}

/// The functions that fields name.
struct Needed {
    integers: bool,
    present: bool,
}

fn read(field: &mut Field, needed: &mut Needed) {
    if !holds_integers(&mut field.ty) {
        return;
    }
    let settings = settings(&field.attrs);
    let has = |name: &str| settings.iter().any(|setting| setting.path().is_ident(name));
    if has("deserialize_with") {
        // Only that of a nullable property: an optional one distinguishes `null` from absent; a required one must be present.
        let is_optional = type_argument(&mut field.ty).is_some_and(|inner| is_option(inner));
        needed.integers = true;
        needed.present |= is_optional;
        let function = if is_optional { "integers::present" } else { "integers::read" };
        for attribute in field.attrs.iter_mut().filter(|attribute| attribute.path().is_ident("serde")) {
            let settings = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let settings = settings.into_iter().flatten().map(|setting| {
                let is_present = setting.path().is_ident("deserialize_with");
                if is_present { parse_quote!(deserialize_with = #function) } else { setting }
            });
            *attribute = parse_quote!(#[serde(#(#settings),*)]);
        }
        return;
    }
    needed.integers = true;
    // Without a function of its own, serde reads an absent `Option` as `None`.
    if is_option(&field.ty) && field.ident.is_some() && !has("default") {
        field.attrs.push(parse_quote!(#[serde(default)]));
    }
    field.attrs.push(parse_quote!(#[serde(deserialize_with = "integers::read")]));
}

/// Whether it is an integer, or a collection of integers and of nothing else.
pub(super) fn holds_integers(of: &mut Type) -> bool {
    let Some(name) = type_name(of).map(ToString::to_string) else { return false };
    match &*name {
        "Option" | "Box" | "Vec" => type_argument(of).is_some_and(holds_integers),
        "HashMap" => values_of(of).is_some_and(holds_integers),
        name => matches!(of, Type::Path(path) if path.path.get_ident().is_some()) && INTEGERS.contains(&name),
    }
}

/// `V` of `HashMap<String, V>`.
fn values_of(of: &mut Type) -> Option<&mut Type> {
    let Type::Path(path) = of else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &mut path.path.segments.last_mut()?.arguments else {
        return None;
    };
    let mut types = arguments.args.iter_mut().filter_map(|argument| match argument {
        syn::GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    types.next().filter(|key| type_name(key).is_some_and(|key| key == "String"))?;
    types.next()
}

/// The arguments of `#[serde(…)]`.
fn settings(attributes: &[Attribute]) -> Vec<Meta> {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let settings =
        serde.filter_map(|serde| serde.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    settings.flatten().collect()
}

fn derives_deserialize(attributes: &[Attribute]) -> bool {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let mut derived = derives.filter_map(|derive| {
        derive.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok()
    });
    derived.any(|paths| {
        paths.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == "Deserialize"))
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn source(items: proc_macro2::TokenStream) -> String {
        prettyplease::unparse(&syn::parse2(items).expect("items"))
    }

    /// The types as they are refined, without the functions, and the names of these.
    fn refined(types: proc_macro2::TokenStream, is_body: bool) -> (String, Vec<String>) {
        let mut items = syn::parse2::<syn::File>(types).expect("items").items;
        refine(&mut items, is_body);
        let functions = super::super::ast::module(&mut items, "integers").map(|functions| {
            let named = functions.iter().filter_map(|item| match item {
                Item::Fn(function) => Some(function.sig.ident.to_string()),
                _ => None,
            });
            named.collect()
        });
        items.retain(|item| !matches!(item, Item::Mod(_)));
        (source(quote!(#(#items)*)), functions.unwrap_or_default())
    }

    fn assert_refined(
        types: proc_macro2::TokenStream,
        expected: proc_macro2::TokenStream,
        functions: &[&str],
    ) {
        let (types, found) = refined(types, false);
        assert_eq!(types, source(expected));
        assert_eq!(found, functions);
    }

    #[test]
    fn a_property_of_integers_is_read_by_a_function() {
        assert_refined(
            quote! {
                struct A {
                    a: i64,
                    b: ::std::vec::Vec<::std::boxed::Box<u8>>,
                    c: ::std::collections::HashMap<::std::string::String, i32>,
                    d: ::std::collections::HashMap<Key, i32>,
                    e: ::std::string::String,
                    f: other::i64,
                    g: ::serde_json::Map<::std::string::String, i64>,
                }
            },
            quote! {
                struct A {
                    #[serde(deserialize_with = "integers::read")]
                    a: i64,
                    #[serde(deserialize_with = "integers::read")]
                    b: ::std::vec::Vec<::std::boxed::Box<u8>>,
                    #[serde(deserialize_with = "integers::read")]
                    c: ::std::collections::HashMap<::std::string::String, i32>,
                    d: ::std::collections::HashMap<Key, i32>,
                    e: ::std::string::String,
                    f: other::i64,
                    g: ::serde_json::Map<::std::string::String, i64>,
                }
            },
            &["read"],
        );
    }

    #[test]
    fn an_optional_property_of_integers_may_be_absent() {
        assert_refined(
            quote! {
                struct A {
                    a: ::std::option::Option<i64>,
                    #[serde(default, skip_serializing_if = "x")]
                    b: ::std::option::Option<i64>,
                }
                struct B(::std::option::Option<i64>);
            },
            quote! {
                struct A {
                    #[serde(default)]
                    #[serde(deserialize_with = "integers::read")]
                    a: ::std::option::Option<i64>,
                    #[serde(default, skip_serializing_if = "x")]
                    #[serde(deserialize_with = "integers::read")]
                    b: ::std::option::Option<i64>,
                }
                struct B(#[serde(deserialize_with = "integers::read")] ::std::option::Option<i64>);
            },
            &["read"],
        );
    }

    #[test]
    fn a_nullable_property_of_integers_keeps_absent_and_null_apart() {
        assert_refined(
            quote! {
                struct A {
                    #[serde(default, deserialize_with = "present")]
                    a: ::std::option::Option<::std::option::Option<i64>>,
                    #[serde(deserialize_with = "required")]
                    b: ::std::option::Option<i64>,
                }
            },
            quote! {
                struct A {
                    #[serde(default, deserialize_with = "integers::present")]
                    a: ::std::option::Option<::std::option::Option<i64>>,
                    #[serde(deserialize_with = "integers::read")]
                    b: ::std::option::Option<i64>,
                }
            },
            &["read", "present"],
        );
        // Whatever comes after it.
        let (_, functions) = refined(
            quote! {
                struct A {
                    #[serde(default, deserialize_with = "present")]
                    a: ::std::option::Option<::std::option::Option<i64>>,
                    #[serde(deserialize_with = "required")]
                    b: ::std::option::Option<i64>,
                    c: i64,
                }
            },
            false,
        );
        assert_eq!(functions, ["read", "present"]);
    }

    #[test]
    fn a_union_reads_its_integers_by_a_function_where_serde_reads_it() {
        assert_refined(
            quote! {
                #[derive(Clone, ::serde::Deserialize)]
                enum A { I(i64), S(::std::string::String) }
            },
            quote! {
                #[derive(Clone, ::serde::Deserialize)]
                enum A { I(#[serde(deserialize_with = "integers::read")] i64), S(::std::string::String) }
            },
            &["read"],
        );
        // Another function of the generated code reads this one, and needs the module.
        let union = quote! {
            #[derive(Clone)]
            enum A { I(i64), S(::std::string::String) }
        };
        assert_refined(union.clone(), union, &["read"]);
        let both = quote! {
            #[derive(Clone)]
            enum A { I(i64) }
            #[derive(Clone)]
            enum B { S(::std::string::String) }
        };
        assert_refined(both.clone(), both, &["read"]);
    }

    #[test]
    fn without_integers_there_are_no_functions() {
        let types = quote! {
            struct A { a: ::std::string::String }
            #[derive(::serde::Deserialize)]
            enum B { S(::std::string::String) }
            #[derive(Clone)]
            enum C { S(::std::string::String) }
        };
        assert_refined(types.clone(), types.clone(), &[]);
        let (unchanged, functions) = refined(types.clone(), true);
        assert_eq!((unchanged, functions), (source(types), vec!["read".to_owned()]));
    }
}
