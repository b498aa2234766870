//! Adds conversions from every kind of string to validated strings: typify has `&str` and `String`.

use proc_macro2::Ident;
use quote::{format_ident, quote};
use syn::{Item, Type, parse_quote};

use super::ast::{only_type, type_name};

/// `impl TryFrom<String> for A` ⇒ the same, and `from_strings!(checked A);`
/// `impl From<&str> for B` ⇒ the same, and `from_strings!(open B);`
///
/// Callers have different kinds of strings. The impls differ only in the name, so a macro in the generated code has them.
pub(super) fn refine(types: &mut Vec<Item>) {
    let checked: Vec<Ident> =
        types.iter_mut().filter_map(|item| converted(item, "TryFrom", "String")).collect();
    let open: Vec<Ident> = types.iter_mut().filter_map(|item| converted(item, "From", "str")).collect();
    if checked.is_empty() && open.is_empty() {
        return;
    }
    // Not `Self::Error`, which would be the variant of an enum that has one.
    let result = quote!(::std::result::Result<Self, <Self as ::std::str::FromStr>::Err>);
    types.push(parse_quote! {
        /// Implements the conversions from the other kinds of strings.
        macro_rules! from_strings {
            ($kind:ident $name:ident) => {
                from_strings!(@$kind $name, &::std::string::String);
                from_strings!(@$kind $name, ::std::boxed::Box<str>);
                from_strings!(@$kind $name, ::std::borrow::Cow<'_, str>);
            };
            (@checked $name:ident, $string:ty) => {
                impl ::std::convert::TryFrom<$string> for $name {
                    type Error = <Self as ::std::str::FromStr>::Err;

                    fn try_from(value: $string) -> #result {
                        value.parse()
                    }
                }
            };
            (@open $name:ident, $string:ty) => {
                impl ::std::convert::From<$string> for $name {
                    fn from(value: $string) -> Self {
                        <Self as ::std::convert::From<&str>>::from(value.as_ref())
                    }
                }
            };
        }
    });
    for (kind, names) in [("checked", checked), ("open", open)] {
        let kind = format_ident!("{kind}");
        for name in names {
            if kind == "open" {
                types.push(parse_quote!(from_strings!(@open #name, ::std::string::String);));
            }
            types.push(parse_quote!(from_strings!(#kind #name);));
        }
    }
}

/// `A` of `impl TryFrom<String> for A` or `impl From<&str> for A`.
fn converted(item: &mut Item, conversion: &str, from: &str) -> Option<Ident> {
    let Item::Impl(item) = item else { return None };
    let converts = item.trait_.as_mut()?.0.segments.last_mut().filter(|last| last.ident == conversion)?;
    let of = match only_type(converts)? {
        Type::Reference(of) => &*of.elem,
        of => of,
    };
    let is_string = type_name(of).is_some_and(|name| name == from);
    type_name(&item.self_ty).filter(|_| is_string).cloned()
}
