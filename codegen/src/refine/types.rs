//! Types that can grow without breaking anybody, and a sentence for each public part.
//! Knows structs and enums as typify writes them; must not know their builders.

use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, parse_quote};

use super::enums::wire_value;

/// Makes the types `#[non_exhaustive]` and documents what the document leaves undescribed.
pub(super) fn refine(types: &mut [Item]) {
    for item in types {
        match item {
            Item::Struct(item) => {
                if let Fields::Named(fields) = &mut item.fields {
                    item.attrs.push(parse_quote!(#[non_exhaustive]));
                    for field in &mut fields.named {
                        if let Some(ident) = &field.ident {
                            let name = wire_value(&field.attrs, ident);
                            document(&mut field.attrs, &format!("The property `{name}`."));
                        }
                    }
                }
            }
            Item::Enum(item) => {
                item.attrs.push(parse_quote!(#[non_exhaustive]));
                for variant in &mut item.variants {
                    let value = wire_value(&variant.attrs, &variant.ident);
                    document(&mut variant.attrs, &format!("`{value}`"));
                }
            }
            Item::Impl(item) if item.trait_.is_none() => document_builder(item),
            _ => {}
        }
    }
}

fn document_builder(item: &mut ItemImpl) {
    for function in &mut item.items {
        if let ImplItem::Fn(function) = function
            && function.sig.ident == "builder"
        {
            document(&mut function.attrs, "A builder with nothing set.");
        }
    }
}

/// Adds a doc comment where there is none.
pub(super) fn document(attributes: &mut Vec<Attribute>, text: &str) {
    if !attributes.iter().any(|attribute| attribute.path().is_ident("doc")) {
        attributes.insert(0, parse_quote!(#[doc = #text]));
    }
}
