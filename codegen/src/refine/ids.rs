//! Writes the types of the identifiers that the document names.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use syn::{Item, Path, parse_quote};

use super::ast::doc;

/// `x-id: PetId` ⇒ `pub struct PetId(String); transparent! { PetId: Deserialize, Serialize } id! { PetId }`
pub(super) fn add(types: &mut Vec<Item>, ids: &BTreeSet<String>, handwritten: &Path) {
    for name in ids {
        let ident = Ident::new(name, Span::call_site());
        let doc = doc(&format!(
            " An identifier, `{name}`: a UUID when it is set, and any string when it is received. No other identifier is taken for one."
        ));
        types.push(parse_quote! {
            #doc
            #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct #ident(::std::string::String);
        });
        types.push(parse_quote!(#handwritten::transparent! { #ident: Deserialize, Serialize }));
        types.push(parse_quote!(#handwritten::id! { #ident }));
    }
}
