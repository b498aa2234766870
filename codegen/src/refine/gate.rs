//! Decides which builders of types need a cargo feature: those of types that no request contains.
//! Must not know operations.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Field, Item, Path, parse_quote};

use super::walk::each_path_of_type;

/// The cargo feature of the builders that no request needs, and the types that requests name.
pub(super) struct Gate {
    feature: String,
    named: BTreeSet<String>,
}

impl Gate {
    /// Requests name the types of the fields of the operations' builders.
    pub(super) fn new(feature: &str, operations: &mut [Item]) -> Self {
        let mut named = BTreeSet::new();
        for item in operations {
            if let Item::Struct(item) = item {
                item.fields.iter_mut().for_each(|field| {
                    each_path_of_type(&mut field.ty, &mut |path| named.extend(last_name(path)));
                });
            }
        }
        // The builder of a type may be named in its place.
        let types = named.iter().filter_map(|name| name.strip_suffix("Builder")).map(str::to_owned);
        let types: Vec<String> = types.collect();
        named.extend(types);
        Self { feature: feature.to_owned(), named }
    }

    /// The types that requests can contain.
    pub(super) fn sent(&self, types: &mut [Item]) -> BTreeSet<String> {
        let mut contained: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for item in types {
            let (ident, mut fields): (_, Vec<&mut Field>) = match item {
                Item::Struct(item) => (&item.ident, item.fields.iter_mut().collect()),
                Item::Enum(item) => {
                    (&item.ident, item.variants.iter_mut().flat_map(|variant| &mut variant.fields).collect())
                }
                _ => continue,
            };
            let contained = contained.entry(ident.to_string()).or_default();
            fields.iter_mut().for_each(|field| {
                each_path_of_type(&mut field.ty, &mut |path| contained.extend(last_name(path)));
            });
        }
        let mut sent = BTreeSet::new();
        let mut next: Vec<&String> = self.named.iter().collect();
        while let Some(name) = next.pop() {
            if sent.insert(name.clone()) {
                next.extend(contained.get(name).into_iter().flatten());
            }
        }
        sent
    }

    /// The attribute of what needs the feature.
    pub(super) fn attribute(&self) -> Attribute {
        let feature = &self.feature;
        parse_quote!(#[cfg(feature = #feature)])
    }
}

fn last_name(path: &Path) -> Option<String> {
    path.segments.last().map(|last| last.ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(source: &str) -> Vec<Item> {
        syn::parse_file(source).expect("it parses").items
    }

    /// Those of these types that an operation with such a field sends.
    fn sent(field: &str, types: &str) -> Vec<String> {
        let gate = Gate::new("tests", &mut items(&format!("pub struct Send {{ field: {field} }}")));
        let mut types = items(types);
        let sent = gate.sent(&mut types);
        let names = types.iter().filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        });
        names.filter(|name| sent.contains(name)).collect()
    }

    #[test]
    fn a_request_contains_what_its_types_contain() {
        let types = "
            pub struct A { b: ::std::vec::Vec<B>, again: ::std::option::Option<::std::boxed::Box<A>> }
            pub enum B { One(C), Two { d: super::D }, Three }
            pub struct C(::std::collections::HashMap<::std::string::String, E>);
            pub struct D;
            pub struct E { x: u8 }
            pub struct F { a: A }
            pub type G = A;
        ";
        for (field, expected) in [
            ("types::A", "A B C D E"),
            ("Result<Option<types::builder::ABuilder>, Invalid>", "A B C D E"),
            ("Vec<types::C>", "C E"),
            ("types::builder::FBuilder", "A B C D E F"),
            ("reqwest::Client", ""),
        ] {
            assert_eq!(sent(field, types).join(" "), expected, "{field}");
        }
    }

    #[test]
    fn a_type_may_be_called_like_a_builder() {
        let types = "pub struct Site { x: u8 } pub struct SiteBuilder { a: A } pub struct A;";
        assert_eq!(sent("types::SiteBuilder", types), ["Site", "SiteBuilder", "A"]);
        assert_eq!(sent("types::builder::SiteBuilderBuilder", types), ["SiteBuilder", "A"]);
    }
}
