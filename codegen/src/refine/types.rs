//! Makes types extensible without a breaking change, and documents each public item.

use syn::{Attribute, Fields, Item, parse_quote};

use super::ast::{doc, doc_literal, function_of, wire_value};
use super::markdown::code_span;
use super::nullable::MEANING;

/// `pub struct A { pub b: u8 }` ⇒ ``#[non_exhaustive] pub struct A { /** The property `b`. */ pub b: u8 }``
///
/// A property or a value that the API adds must not break a build, and every public item must be documented.
pub(super) fn refine(types: &mut [Item]) {
    let non_exhaustive: Attribute = parse_quote!(#[non_exhaustive]);
    for item in types {
        match item {
            Item::Struct(item) => {
                if let Fields::Named(fields) = &mut item.fields {
                    item.attrs.push(non_exhaustive.clone());
                    for field in &mut fields.named {
                        if let Some(ident) = field.ident.as_ref().filter(|_| !is_documented(&field.attrs)) {
                            let name = wire_value(&field.attrs, ident);
                            field.attrs.insert(0, doc(&undescribed(&code_span(&name))));
                        }
                    }
                }
            }
            Item::Enum(item) => {
                // typify documents an undescribed type by its name.
                let name = format!("`{}`", item.ident);
                let is_name = |attribute: &&mut Attribute| {
                    doc_literal(attribute).is_some_and(|text| text.value() == name)
                };
                if let Some(own) = item.attrs.iter_mut().find(is_name) {
                    *own = doc("One of the values below.");
                }
                item.attrs.push(non_exhaustive.clone());
                for variant in &mut item.variants {
                    let value = wire_value(&variant.attrs, &variant.ident);
                    document(&mut variant.attrs, &code_span(&value));
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                if let Some(builder) = function_of(item, "builder") {
                    document(&mut builder.attrs, "Returns a builder with nothing set.");
                }
            }
            _ => {}
        }
    }
}

/// The doc comment of a field that the document does not describe.
pub(super) fn undescribed(property: &str) -> String {
    format!("The property {property}.")
}

/// Adds a doc comment to an item without one.
pub(super) fn document(attributes: &mut Vec<Attribute>, text: &str) {
    if !is_documented(attributes) {
        attributes.insert(0, doc(text));
    }
}

/// Whether the document describes it.
fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().filter_map(doc_literal).any(|text| text.value() != MEANING)
}
