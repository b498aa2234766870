//! Adds a type for the response headers of each operation that declares some.

use quote::{format_ident, quote};
use syn::{Item, Path, Type, parse_quote};

use super::ast::{doc, module};
use super::deprecated::attribute;
use super::markdown::{self, code_span};
use crate::plan::{HeaderKind, HeaderPlan, OperationPlan, Plan};

/// `mod types { … }` ⇒ `mod types { …; pub mod headers { pub struct GetA<'a>(…); impl GetA<'_> { pub fn x_limit(self) … } } }`
pub(super) fn add(items: &mut [Item], plan: &Plan, handwritten: &Path) {
    let operations = plan.operations.iter().filter(|operation| !operation.headers.is_empty());
    let declared: Vec<Item> =
        operations.flat_map(|operation| of_operation(operation, plan, handwritten)).collect();
    if let Some(types) = module(items, "types").filter(|_| !declared.is_empty()) {
        types.push(parse_quote! {
            /// The response headers that the document declares, by the operation.
            pub mod headers {
                #(#declared)*
            }
        });
    }
}

fn of_operation(operation: &OperationPlan, plan: &Plan, handwritten: &Path) -> Vec<Item> {
    let ident = format_ident!("{}", operation.builder());
    let docs = doc(&format!(
        "The headers of the responses of [`{0}`](super::super::Client::{0}), errors included.\n\nEach is `None` if a response does not have it, or its value is not of that type; all values as they came are in `headers()` of a response or an error.",
        operation.method
    ));
    let headers = operation.headers.iter().map(|header| method(header, plan, handwritten));
    vec![
        parse_quote! {
            #docs
            #[derive(Clone, Copy)]
            pub struct #ident<'a>(&'a ::reqwest::header::HeaderMap);
        },
        parse_quote! {
            impl<'a> ::std::convert::From<&'a ::reqwest::header::HeaderMap> for #ident<'a> {
                fn from(headers: &'a ::reqwest::header::HeaderMap) -> Self {
                    Self(headers)
                }
            }
        },
        parse_quote! {
            impl ::std::fmt::Debug for #ident<'_> {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.debug_tuple(stringify!(#ident)).finish_non_exhaustive()
                }
            }
        },
        parse_quote! {
            impl<'a> #ident<'a> {
                #(#headers)*
            }
        },
    ]
}

fn method(header: &HeaderPlan, plan: &Plan, handwritten: &Path) -> proc_macro2::TokenStream {
    let HeaderPlan { name, is_list, .. } = header;
    let base = plan.documentation_url.as_deref();
    let method = format_ident!("{}", header.method);
    let span = code_span(name);
    let sentence = match is_list {
        true => format!("Returns the values of the header {span}."),
        false => format!("Returns the value of the header {span}."),
    };
    let docs = match header.description.trim() {
        "" => doc(&sentence),
        description => doc(&format!("{sentence}\n\n{}", markdown::rustdoc(description, base))),
    };
    let deprecated = header.deprecation.as_ref().map(|deprecation| attribute(deprecation, base));
    let of: Type = match header.kind {
        HeaderKind::Text if *is_list => parse_quote!(::std::string::String),
        HeaderKind::Text => parse_quote!(&'a str),
        HeaderKind::Integer => parse_quote!(i64),
        HeaderKind::Unsigned => parse_quote!(u64),
        HeaderKind::Number => parse_quote!(f64),
        HeaderKind::Boolean => parse_quote!(bool),
    };
    let (returned, value): (Type, _) = match (header.kind, is_list) {
        (_, true) => (parse_quote!(::std::vec::Vec<#of>), quote!(#handwritten::header_list(self.0, #name))),
        (HeaderKind::Text, false) => (of, quote!(#handwritten::header(self.0, #name))),
        (_, false) => (of, quote!(#handwritten::header(self.0, #name)?.parse().ok())),
    };
    quote! {
        #docs
        #deprecated
        pub fn #method(self) -> ::std::option::Option<#returned> {
            #value
        }
    }
}
