//! Deserializes `1.0` and `1e3` as integers: they are integers in JSON Schema, and floats to serde.

use syn::punctuated::Punctuated;
use syn::{Field, Item, Meta, Token, Type, parse_quote};

use super::ast::{derives, has_serde, is_option, is_serde, type_argument, type_name};

const INTEGERS: [&str; 8] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];

/// `a: Option<i64>` ⇒ `#[serde(deserialize_with = "integers::read")] a: Option<i64>`
///
/// A number with a zero fractional part is an integer (JSON Schema 2020-12 core §4.2.3), and programs that have floats only
/// write it so. The attribute is a mark for `objects` and `unnamed`, which replace it by a word in the call of a macro; there is no such
/// function. The module is generated only if a field needs it, or a body that consists of integers: `is_body`.
pub(super) fn refine(types: &mut Vec<Item>, is_body: bool) {
    let mut is_needed = is_body;
    for item in types.iter_mut() {
        match item {
            Item::Struct(item) => item.fields.iter_mut().for_each(|field| is_needed |= read(field)),
            Item::Enum(item) => {
                let is_derived = derives(&item.attrs, "Deserialize");
                for field in item.variants.iter_mut().flat_map(|variant| &mut variant.fields) {
                    if is_derived {
                        is_needed |= read(field);
                    } else {
                        // A union of which a function reads the variants.
                        is_needed |= holds_integers(&mut field.ty);
                    }
                }
            }
            _ => {}
        }
    }
    if !is_needed {
        return;
    }
    // In a module, because a type of the document may have any name.
    types.push(parse_quote! {
        pub(super) mod integers {
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
}

/// Makes the module read a field of integers; returns whether it is one.
fn read(field: &mut Field) -> bool {
    if !holds_integers(&mut field.ty) {
        return false;
    }
    if has_serde(&field.attrs, "deserialize_with") {
        // Only that of a nullable property: an optional one distinguishes `null` from absent; a required one must be present.
        let is_optional = type_argument(&mut field.ty).is_some_and(|inner| is_option(inner));
        let function = if is_optional { "integers::present" } else { "integers::read" };
        for attribute in field.attrs.iter_mut().filter(|attribute| is_serde(attribute)) {
            let settings = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let settings = settings.into_iter().flatten().map(|setting| {
                let is_present = setting.path().is_ident("deserialize_with");
                if is_present { parse_quote!(deserialize_with = #function) } else { setting }
            });
            *attribute = parse_quote!(#[serde(#(#settings),*)]);
        }
        return true;
    }
    // Without a function of its own, serde reads an absent `Option` as `None`.
    if is_option(&field.ty) && field.ident.is_some() && !has_serde(&field.attrs, "default") {
        field.attrs.push(parse_quote!(#[serde(default)]));
    }
    field.attrs.push(parse_quote!(#[serde(deserialize_with = "integers::read")]));
    true
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

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn source(items: proc_macro2::TokenStream) -> String {
        prettyplease::unparse(&syn::parse2(items).expect("items"))
    }

    /// The types as they are refined, without the module, and whether there is one.
    fn refined(types: proc_macro2::TokenStream, is_body: bool) -> (String, bool) {
        let mut items = syn::parse2::<syn::File>(types).expect("items").items;
        refine(&mut items, is_body);
        let has_module = super::super::ast::module(&mut items, "integers").is_some();
        items.retain(|item| !matches!(item, Item::Mod(_)));
        (source(quote!(#(#items)*)), has_module)
    }

    fn assert_refined(types: proc_macro2::TokenStream, expected: proc_macro2::TokenStream, has_module: bool) {
        assert_eq!(refined(types, false), (source(expected), has_module));
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
            true,
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
            true,
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
            true,
        );
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
            true,
        );
        // Another function of the generated code reads this one, and needs the module.
        let union = quote! {
            #[derive(Clone)]
            enum A { I(i64), S(::std::string::String) }
        };
        assert_refined(union.clone(), union, true);
        let both = quote! {
            #[derive(Clone)]
            enum A { I(i64) }
            #[derive(Clone)]
            enum B { S(::std::string::String) }
        };
        assert_refined(both.clone(), both, true);
    }

    #[test]
    fn without_integers_there_is_no_module() {
        let types = quote! {
            struct A { a: ::std::string::String }
            #[derive(::serde::Deserialize)]
            enum B { S(::std::string::String) }
            #[derive(Clone)]
            enum C { S(::std::string::String) }
        };
        assert_refined(types.clone(), types.clone(), false);
        assert_eq!(refined(types.clone(), true), (source(types), true));
    }
}
