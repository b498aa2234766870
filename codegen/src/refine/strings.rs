//! Lets checked strings be made of every kind of string: typify takes `&str` and `String`.
//! Knows the conversions that typify writes; must not know what is checked.

use proc_macro2::Ident;
use quote::quote;
use syn::{Item, parse_quote};

use super::ast::{only_type, type_name};

/// `impl TryFrom<String> for A` ⇒ the same, and `from_strings!(A);`
///
/// A caller has the string that it has. The impls are alike but for the name, so a macro in the generated code has them.
pub(super) fn refine(types: &mut Vec<Item>) {
    let names: Vec<Ident> = types.iter_mut().filter_map(converted_string).collect();
    if names.is_empty() {
        return;
    }
    let result = quote!(::std::result::Result<Self, Self::Error>);
    types.push(parse_quote! {
        /// Makes types of the strings that are neither `&str` nor `String`.
        macro_rules! from_strings {
            ($($name:ident),*) => {$(
                from_strings!(@$name, &::std::string::String);
                from_strings!(@$name, ::std::boxed::Box<str>);
                from_strings!(@$name, ::std::borrow::Cow<'_, str>);
            )*};
            (@$name:ident, $string:ty) => {
                impl ::std::convert::TryFrom<$string> for $name {
                    type Error = <Self as ::std::str::FromStr>::Err;

                    fn try_from(value: $string) -> #result {
                        value.parse()
                    }
                }
            };
        }
    });
    types.push(parse_quote!(from_strings!(#(#names),*);));
}

/// `A` of `impl TryFrom<String> for A`.
fn converted_string(item: &mut Item) -> Option<Ident> {
    let Item::Impl(item) = item else { return None };
    let converts = item.trait_.as_mut()?.0.segments.last_mut().filter(|last| last.ident == "TryFrom")?;
    let is_string = type_name(only_type(converts)?).is_some_and(|name| name == "String");
    type_name(&item.self_ty).filter(|_| is_string).cloned()
}
