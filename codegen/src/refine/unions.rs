//! serde reads an untagged enum as the first variant that does not fail: the one that drops no property has to come first.
//! Knows untagged enums as typify writes them; must not know which unions they are.

use syn::{Fields, Item, ItemEnum, ItemImpl, Type, parse_quote};

use super::enums::without_derive;

/// Replaces the derived `Deserialize` of the unions in which a variant could be taken for another.
pub(super) fn refine(types: &mut Vec<Item>) {
    let readers: Vec<Item> = types.iter_mut().filter_map(union).filter_map(reader).map(Item::Impl).collect();
    if readers.is_empty() {
        return;
    }
    types.extend(readers);
    types.push(parse_quote! {
        /// Reads the first of several types that keeps all of a value, else the first that reads it.
        fn closest<T, E>(
            value: &::serde_json::Value,
            readers: &[fn(&::serde_json::Value) -> ::serde_json::Result<T>],
        ) -> ::std::result::Result<T, E>
        where
            T: ::serde::Serialize,
            E: ::serde::de::Error,
        {
            let mut first = ::std::option::Option::None;
            for reader in readers {
                let Ok(read) = reader(value) else { continue };
                if ::serde_json::to_value(&read).is_ok_and(|again| is_same(value, &again)) {
                    return Ok(read);
                }
                first.get_or_insert(read);
            }
            first.ok_or_else(|| E::custom("none of the documented types fits the value"))
        }
    });
    types.push(parse_quote! {
        /// Whether two values are the same; `1` and `1.0` are.
        fn is_same(one: &::serde_json::Value, other: &::serde_json::Value) -> bool {
            use ::serde_json::Value;
            match (one, other) {
                (Value::Object(one), Value::Object(other)) => {
                    one.len() == other.len()
                        && one.iter().all(|(key, value)| other.get(key).is_some_and(|again| is_same(value, again)))
                }
                (Value::Array(one), Value::Array(other)) => {
                    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
                }
                (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
                (one, other) => one == other,
            }
        }
    });
}

fn union(item: &mut Item) -> Option<&mut ItemEnum> {
    match item {
        Item::Enum(item) if item.attrs.iter().any(is_untagged) => Some(item),
        _ => None,
    }
}

fn is_untagged(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("serde")
        && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("untagged"))
}

/// The `Deserialize` of a union; none where at most one variant has parts that another could lose.
fn reader(item: &mut ItemEnum) -> Option<ItemImpl> {
    let variants = item.variants.iter().map(|variant| match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some((&variant.ident, &fields.unnamed[0].ty)),
        _ => None,
    });
    let variants: Vec<_> = variants.collect::<Option<_>>()?;
    if variants.iter().filter(|(_, of)| has_parts(of)).count() < 2 {
        return None;
    }
    let ident = &item.ident;
    let (names, of): (Vec<_>, Vec<_>) = variants.into_iter().unzip();
    let reader = parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #ident {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: ::serde::Deserializer<'de>,
            {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                closest(&value, &[#(|value| <#of as ::serde::Deserialize>::deserialize(value).map(Self::#names)),*])
            }
        }
    };
    without_derive(&mut item.attrs, "Deserialize");
    Some(reader)
}

/// Whether values of a type may have parts: everything but the scalars, of which only `String` has a capital letter.
fn has_parts(of: &Type) -> bool {
    let Type::Path(path) = of else { return true };
    let segments = &path.path.segments;
    segments.last().is_none_or(|last| {
        let is_standard = segments.first().is_some_and(|first| first.ident == "std");
        let is_primitive = last.ident.to_string().starts_with(|first: char| first.is_ascii_lowercase());
        !(is_primitive || is_standard && last.ident == "String")
    })
}
